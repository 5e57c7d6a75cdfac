//! A few connections that read.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use events::{BlobId, EventId, Revision, StreamName};
use rusqlite::{Connection, OptionalExtension, Row};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::checksum::Parts;
use super::fault::Fault;
use super::{log, schema};
use crate::store::{Position, SealedBlob, StoreError, Stored};

/// How many readings go on at a time; the others wait for their turn.
const READERS_MAX: usize = 4;
/// How many stream names a connection remembers.
const NAMES_MAX: usize = 65_536;
/// Room made beforehand for what is found; a damaged count must not claim all memory.
const PAGE_EVENTS: usize = 4_096;

/// The connections that read. Opened when first needed; one that failed is not used again.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Reader>>,
    turns: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Arc<Self> {
        let turns = Arc::new(Semaphore::new(READERS_MAX));
        Arc::new(Self { path, idle: Mutex::default(), turns })
    }

    /// Reads outside the threads that answer requests.
    pub(super) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&mut Reader) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let stopped = |_| StoreError::Unavailable("no thread to read with".into());
        let turn =
            self.turns.clone().acquire_owned().await.map_err(|error| {
                StoreError::Internal(format!("readings were closed off: {error}"))
            })?;
        let readers = Arc::clone(self);
        let reading = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            readers.read_now(read)
        });
        reading.await.map_err(stopped)?.map_err(|fault| StoreError::from(&fault))
    }

    fn read_now<T>(&self, read: impl FnOnce(&mut Reader) -> Result<T, Fault>) -> Result<T, Fault> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let reader = idle().pop();
        let mut reader = match reader {
            Some(reader) => reader,
            None => Reader { db: schema::open_reader(&self.path)?, names: HashMap::new() },
        };
        let outcome = read(&mut reader);
        if outcome.is_ok() {
            idle().push(reader);
        }
        outcome
    }
}

/// One connection, and the names of the streams it met: they never change.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) db: Connection,
    names: HashMap<i64, StreamName>,
}

const COLUMNS: &str = "position, stream, revision, id, kind, metadata, data, checksum";

impl Reader {
    pub(super) fn head(&self) -> Result<Option<Position>, Fault> {
        Ok(super::writer::position(log::head(&self.db)?))
    }

    /// Positions in this store leave no hole and the head is written down, so that an event that
    /// went missing is noticed rather than skipped.
    pub(super) fn all(
        &mut self,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Stored>, Fault> {
        let after = after.map_or(0, |position| number(position.0));
        let Self { db, names } = self;
        let tx = db.transaction()?;
        let head = log::head(&tx)?;
        let wanted = count(head.saturating_sub(after)).min(limit);
        let sql = format!("SELECT {COLUMNS} FROM events WHERE position > ?1 LIMIT ?2");
        let mut select = tx.prepare_cached(&sql)?;
        let mut rows = select.query([after, number(wanted as u64)])?;
        let mut found = Vec::with_capacity(wanted.min(PAGE_EVENTS));
        while let Some(row) = rows.next()? {
            let event = stored(&tx, names, row)?;
            if event.position.0 != after.cast_unsigned() + found.len() as u64 + 1 {
                return Err(Fault::Damaged(format!("no event before {}", event.position)));
            }
            found.push(event);
        }
        if found.len() < wanted {
            let last = after + number(found.len() as u64);
            return Err(Fault::Damaged(format!("no event after {last}, and the head is {head}")));
        }
        Ok(found)
    }

    pub(super) fn stream(
        &mut self,
        name: &StreamName,
        from: Revision,
        limit: usize,
    ) -> Result<Vec<Stored>, Fault> {
        let from = number(from);
        let Self { db, names } = self;
        let tx = db.transaction()?;
        let sql = "SELECT stream, events FROM streams WHERE name = ?1";
        let stream: Option<(i64, i64)> = tx
            .prepare_cached(sql)?
            .query_row([name.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((stream, events)) = stream else { return Ok(Vec::new()) };
        let wanted = count(events.saturating_sub(from)).min(limit);
        let sql = format!(
            "SELECT {COLUMNS} FROM events
                WHERE stream = ?1 AND revision >= ?2 ORDER BY revision LIMIT ?3"
        );
        let mut select = tx.prepare_cached(&sql)?;
        let mut rows = select.query([stream, from, number(wanted as u64)])?;
        let mut found = Vec::with_capacity(wanted.min(PAGE_EVENTS));
        while let Some(row) = rows.next()? {
            let event = stored(&tx, names, row)?;
            let revision = from.cast_unsigned() + found.len() as u64;
            if event.revision != revision || event.stream != *name {
                return Err(Fault::Damaged(format!("no revision {revision} in stream {name}")));
            }
            found.push(event);
        }
        if found.len() < wanted {
            let last = from + number(found.len() as u64);
            return Err(Fault::Damaged(format!("no revision {last} in stream {name}")));
        }
        Ok(found)
    }

    pub(super) fn blobs(&mut self, ids: &[BlobId]) -> Result<Vec<Option<SealedBlob>>, Fault> {
        let tx = self.db.transaction()?;
        let mut select = tx.prepare_cached("SELECT bytes FROM blobs WHERE id = ?1")?;
        let mut blob = |id: &BlobId| {
            let found = select.query_row([id.uuid().as_bytes()], |row| row.get(0)).optional()?;
            Ok(found.map(|bytes| SealedBlob { id: *id, bytes }))
        };
        ids.iter().map(&mut blob).collect()
    }

    /// Every row of the log in its order, each as it can be read or why it can't.
    pub(super) fn scan(
        &mut self,
        mut visit: impl FnMut(i64, Result<Stored, Fault>),
    ) -> Result<(), Fault> {
        let Self { db, names } = self;
        let mut select = db.prepare(&format!("SELECT {COLUMNS} FROM events ORDER BY position"))?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            visit(row.get(0)?, stored(db, names, row));
        }
        Ok(())
    }
}

/// An event from its row, if it is still what was written.
fn stored(
    db: &Connection,
    names: &mut HashMap<i64, StreamName>,
    row: &Row<'_>,
) -> Result<Stored, Fault> {
    let position: i64 = row.get(0)?;
    let damaged = |what: &str| Fault::Damaged(format!("event {position}: {what}"));
    let stream = name(db, names, row.get(1)?)?.ok_or_else(|| damaged("no such stream"))?;
    let revision: i64 = row.get(2)?;
    let id = Uuid::from_bytes(row.get(3)?);
    let text = |column| row.get_ref(column).map_err(Fault::from);
    let kind = text(4)?.as_str().map_err(|_| damaged("its type is no text"))?;
    let metadata = text(5)?.as_blob().map_err(|_| damaged("its metadata are no bytes"))?;
    let data = text(6)?.as_blob().map_err(|_| damaged("its data are no bytes"))?;
    let parts = Parts { position, stream: stream.as_str(), revision, id, kind, metadata, data };
    if parts.checksum() != row.get::<_, i64>(7)? {
        return Err(damaged("it is not what was written"));
    }
    Ok(Stored {
        position: Position(position.cast_unsigned()),
        stream,
        revision: revision.cast_unsigned(),
        id: EventId::new(id),
        kind: kind.to_owned(),
        metadata: metadata.to_owned(),
        data: data.to_owned(),
    })
}

fn name(
    db: &Connection,
    names: &mut HashMap<i64, StreamName>,
    stream: i64,
) -> Result<Option<StreamName>, Fault> {
    if let Some(name) = names.get(&stream) {
        return Ok(Some(name.clone()));
    }
    let mut select = db.prepare_cached("SELECT name FROM streams WHERE stream = ?1")?;
    let name: Option<String> = select.query_row([stream], |row| row.get(0)).optional()?;
    let name: Option<StreamName> = name.and_then(|name| name.parse().ok());
    if let Some(name) = &name {
        if names.len() >= NAMES_MAX {
            names.clear();
        }
        names.insert(stream, name.clone());
    }
    Ok(name)
}

/// As the database counts. Nothing has a number beyond its largest.
fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn count(rows: i64) -> usize {
    usize::try_from(rows).unwrap_or(0)
}
