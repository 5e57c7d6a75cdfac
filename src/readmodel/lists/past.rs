//! Lists as they were: folded from the log up to a cut, into tables of their own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use events::StreamName;
use rusqlite::{Connection, params};

use super::Listed;
use crate::log;
use crate::readmodel::{Cut, ReadError, ReadModel, db, schema};
use crate::store::Stored;

/// Events that one read of the log takes.
const PAGE_EVENTS: usize = 1_000;
/// Past lists that are kept for the next page; they never change.
const KEPT_MAX: usize = 3;

/// The past lists asked for last, the latest at the end.
#[derive(Default)]
pub(in crate::readmodel) struct Past(Vec<(&'static str, Cut, Arc<Tables>)>);

/// The tables of one list as of one cut.
pub(in crate::readmodel) struct Tables(Mutex<Connection>);

impl Tables {
    pub(super) fn db(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReadModel {
    /// The tables of a list as they were.
    pub(super) async fn as_of<R: Listed>(&self, cut: Cut) -> Result<Arc<Tables>, ReadError> {
        let past = || self.past.lock().unwrap_or_else(PoisonError::into_inner);
        let known = past().0.iter().find(|(kind, of, _)| *kind == R::KIND && *of == cut).cloned();
        if let Some((_, _, tables)) = known {
            return Ok(tables);
        }
        let rows = self.fold_log::<R>(cut).await?;
        let filled = tokio::task::spawn_blocking(move || fill(rows));
        let tables = Arc::new(Tables(Mutex::new(filled.await.map_err(|_| ReadError::Stopped)??)));
        let mut past = past();
        if past.0.len() >= KEPT_MAX {
            past.0.remove(0);
        }
        past.0.push((R::KIND, cut, Arc::clone(&tables)));
        Ok(tables)
    }

    /// The rows that the log up to a cut folds to.
    async fn fold_log<R: Listed>(&self, cut: Cut) -> Result<Vec<R>, ReadError> {
        let mut rows: HashMap<StreamName, Option<R>> = HashMap::new();
        let mut after = None;
        while after < cut.position() {
            let page = self.store.read_all(after, PAGE_EVENTS).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.position);
            for stored in page.iter().filter(|stored| cut.holds(stored.position)) {
                take(&mut rows, stored)?;
            }
        }
        Ok(rows.into_values().flatten().collect())
    }
}

fn take<R: Listed>(
    rows: &mut HashMap<StreamName, Option<R>>,
    stored: &Stored,
) -> Result<(), ReadError> {
    if !rows.contains_key(&stored.stream) {
        if !stored.stream.stream().is_some_and(R::answers) {
            return Ok(());
        }
        rows.insert(stored.stream.clone(), None);
    }
    let next = log::read(stored);
    let next = next.map_err(|source| ReadError::Fact { event: stored.id, source })?;
    if let Some(row) = rows.get_mut(&stored.stream) {
        *row = R::after(row.take(), &next);
    }
    Ok(())
}

fn fill<R: Listed>(rows: Vec<R>) -> Result<Connection, ReadError> {
    let mut db = db::scratch(&schema::of::<R>())?;
    let transaction = db.transaction()?;
    let sql = format!("INSERT INTO {}_rows VALUES (?1, ?2)", R::KIND);
    for (stream, row) in rows.iter().enumerate() {
        let stream = stream as i64;
        let bytes = serde_json::to_vec(row)?;
        transaction.prepare_cached(&sql)?.execute(params![stream, bytes])?;
        row.index(&transaction, stream)?;
    }
    transaction.commit()?;
    Ok(db)
}
