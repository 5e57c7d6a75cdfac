//! What was in the tables when the program started, read beside its other work.

use std::sync::{Arc, Weak};

use rusqlite::Connection;
use uuid::Uuid;

use super::Directory;
use crate::readmodel::ReadError;
use crate::readmodel::db::Db;
use crate::readmodel::lists::Listed;

/// Rows that are read at a time.
const PAGE_ROWS: usize = 500;

/// Takes everything in, and ends early when nobody needs the directory any more.
pub(super) async fn all(directory: Weak<Directory>, db: Arc<Db>) {
    if let Err(error) = tables(&directory, &db).await {
        tracing::error!(%error, "the tables can't be read: not every name can be found");
    }
    if let Some(directory) = directory.upgrade() {
        directory.loaded.send_replace(true);
    }
}

async fn tables(directory: &Weak<Directory>, db: &Arc<Db>) -> Result<(), ReadError> {
    each(directory, db, async |to, rows| rows.iter().for_each(|row| to.write().things.policy(row)))
        .await?;
    each(directory, db, async |to, rows| {
        rows.iter().for_each(|row| to.write().things.accounts(row));
    })
    .await?;
    each(directory, db, async |to, rows| {
        rows.iter().for_each(|row| to.write().things.resource(row));
    })
    .await?;
    each(directory, db, async |to, rows| rows.iter().for_each(|row| to.write().things.call(row)))
        .await?;
    each(directory, db, async |to, rows| rows.iter().for_each(|row| to.write().things.case(row)))
        .await?;
    each(directory, db, async |to, rows| to.take_organisations(rows).await).await?;
    each(directory, db, async |to, rows| to.take_people(rows).await).await
}

/// Takes in every row of a kind, some at a time.
async fn each<R: Listed>(
    directory: &Weak<Directory>,
    db: &Arc<Db>,
    take: impl AsyncFn(&Directory, Vec<R>),
) -> Result<(), ReadError> {
    let mut after = i64::MIN;
    loop {
        let tables = Arc::clone(db);
        let page = tokio::task::spawn_blocking(move || tables.read(|db| page(db, after)));
        let (last, rows) = page.await.map_err(|_| ReadError::Stopped)??;
        let (Some(last), Some(directory)) = (last, directory.upgrade()) else { return Ok(()) };
        take(&directory, rows).await;
        after = last;
    }
}

/// Some rows, and the number of the last stream among them.
fn page<R: Listed>(db: &Connection, after: i64) -> Result<(Option<i64>, Vec<R>), ReadError> {
    let sql = format!(
        "SELECT stream, row FROM {}_rows WHERE stream > ?1 ORDER BY stream LIMIT {PAGE_ROWS}",
        R::KIND
    );
    let mut select = db.prepare_cached(&sql)?;
    let mut found = select.query([after])?;
    let (mut last, mut rows) = (None, Vec::new());
    while let Some(row) = found.next()? {
        last = Some(row.get(0)?);
        let bytes = row.get_ref(1)?.as_bytes().map_err(rusqlite::Error::from)?;
        rows.push(serde_json::from_slice(bytes)?);
    }
    Ok((last, rows))
}

/// Every id in a table.
pub(super) fn ids(db: &Connection, table: &str) -> Result<Vec<Uuid>, ReadError> {
    let mut select = db.prepare(&format!("SELECT id FROM {table}"))?;
    let found = select.query_map([], |row| row.get(0).map(Uuid::from_bytes))?;
    Ok(found.collect::<Result<_, _>>()?)
}
