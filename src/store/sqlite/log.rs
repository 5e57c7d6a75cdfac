//! Writing to the log: what stands inside a transaction.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use events::{BlobId, EventId, Revision, StreamName};
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};
use uuid::Uuid;

use super::ImportError;
use super::checksum::Parts;
use super::fault::Fault;
use crate::store::{AppendError, Appended, Expected, NewEvent, Position, SealedBlob};

/// One append, as the port takes it.
pub(super) struct Append {
    pub(super) stream: StreamName,
    pub(super) expected: Expected,
    pub(super) events: Vec<NewEvent>,
    pub(super) blobs: Vec<SealedBlob>,
}

/// The highest position ever given out; 0 before the first.
pub(super) fn head(db: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'events'";
    let found = db.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or(0))
}

/// Appends after the head. The caller undoes whatever was written unless this ends well twice.
pub(super) fn append(
    db: &Connection,
    head: i64,
    append: &Append,
) -> Result<Result<Appended, AppendError>, Fault> {
    let Append { stream: name, expected, events, blobs } = append;
    let stream = stream(db, name)?;
    let there = stream.as_ref().map_or(0, |stream| stream.events);
    if expected.next() != Some(there.cast_unsigned()) {
        let repeated = repeated(db, stream.as_ref(), *expected, events)?;
        let actual = there.cast_unsigned().checked_sub(1);
        return Ok(repeated.ok_or(AppendError::Conflict { actual }));
    }
    for blob in blobs {
        if !put(db, blob)? {
            return Ok(Err(crate::store::taken(blob.id)));
        }
    }
    let after = there + rows(events.len());
    let row = match &stream {
        Some(Stream { row, .. }) => {
            let sql = "UPDATE streams SET events = ?2 WHERE stream = ?1";
            db.prepare_cached(sql)?.execute([*row, after])?;
            *row
        }
        None => add_stream(db, name, after)?,
    };
    let mut insert = Insert::into(db)?;
    for ((event, revision), position) in events.iter().zip(there..).zip(head + 1..) {
        insert.event(position, (row, name), revision, event)?;
    }
    Ok(Ok(Appended {
        revision: (after - 1).cast_unsigned(),
        position: Position((head + rows(events.len())).cast_unsigned()),
    }))
}

/// Writes a whole log: its head afterwards. As for [`append`], the caller undoes what ended badly.
pub(super) fn import(
    db: &Connection,
    events: impl Iterator<Item = (StreamName, NewEvent)>,
    blobs: impl Iterator<Item = SealedBlob>,
) -> Result<Result<i64, ImportError>, Fault> {
    let mut head = head(db)?;
    if head != 0 {
        return Ok(Err(ImportError::NotEmpty));
    }
    for blob in blobs {
        if !put(db, &blob)? {
            let why = format!("two blobs with the id {}", blob.id);
            return Ok(Err(ImportError::Invalid(why)));
        }
    }
    let mut streams: HashMap<StreamName, Stream> = HashMap::new();
    let mut insert = Insert::into(db)?;
    for (name, event) in events {
        if let Err(refused) = crate::store::admit(std::slice::from_ref(&event), &[]) {
            let why = format!("event {}: {refused}", event.id);
            return Ok(Err(ImportError::Invalid(why)));
        }
        let stream = match streams.entry(name.clone()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                entry.insert(Stream { row: add_stream(db, &name, 0)?, events: 0 })
            }
        };
        head += 1;
        insert.event(head, (stream.row, &name), stream.events, &event)?;
        stream.events += 1;
    }
    let mut count = db.prepare("UPDATE streams SET events = ?2 WHERE stream = ?1")?;
    for stream in streams.values() {
        count.execute([stream.row, stream.events])?;
    }
    Ok(Ok(head))
}

/// Removes blobs; those that are not there are as gone as the others.
pub(super) fn delete_blobs(db: &Connection, ids: &[BlobId]) -> rusqlite::Result<()> {
    let mut delete = db.prepare_cached("DELETE FROM blobs WHERE id = ?1")?;
    for id in ids {
        delete.execute([id.uuid().as_bytes()])?;
    }
    Ok(())
}

struct Stream {
    row: i64,
    events: i64,
}

fn stream(db: &Connection, name: &StreamName) -> rusqlite::Result<Option<Stream>> {
    let sql = "SELECT stream, events FROM streams WHERE name = ?1";
    db.prepare_cached(sql)?
        .query_row([name.as_str()], |row| Ok(Stream { row: row.get(0)?, events: row.get(1)? }))
        .optional()
}

fn add_stream(db: &Connection, name: &StreamName, events: i64) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO streams (name, events) VALUES (?1, ?2)";
    db.prepare_cached(sql)?.insert(params![name.as_str(), events])
}

/// The first reply, where these very ids stand in the place they are meant for.
fn repeated(
    db: &Connection,
    stream: Option<&Stream>,
    expected: Expected,
    events: &[NewEvent],
) -> rusqlite::Result<Option<Appended>> {
    let (Some(stream), Some(first)) = (stream, expected.next()) else { return Ok(None) };
    let Ok(first) = i64::try_from(first) else { return Ok(None) };
    let sql = "SELECT position, id FROM events
        WHERE stream = ?1 AND revision >= ?2 ORDER BY revision LIMIT ?3";
    let mut select = db.prepare_cached(sql)?;
    let mut found = select.query([stream.row, first, rows(events.len())])?;
    let mut last = None;
    for event in events {
        let Some(row) = found.next()? else { return Ok(None) };
        let id = EventId::new(Uuid::from_bytes(row.get(1)?));
        if id != event.id {
            return Ok(None);
        }
        last = Some(row.get::<_, i64>(0)?);
    }
    Ok(last.map(|position| Appended {
        revision: first.cast_unsigned() + events.len() as Revision - 1,
        position: Position(position.cast_unsigned()),
    }))
}

/// Stores a blob; `false` when its id is taken by other bytes.
fn put(db: &Connection, blob: &SealedBlob) -> rusqlite::Result<bool> {
    let id = blob.id.uuid();
    let row = params![id.as_bytes(), blob.bytes];
    let sql = "INSERT INTO blobs (id, bytes) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    if db.prepare_cached(sql)?.execute(row)? == 1 {
        return Ok(true);
    }
    let sql = "SELECT bytes = ?2 FROM blobs WHERE id = ?1";
    db.prepare_cached(sql)?.query_row(row, |row| row.get(0))
}

struct Insert<'db>(CachedStatement<'db>);

impl<'db> Insert<'db> {
    fn into(db: &'db Connection) -> rusqlite::Result<Self> {
        let sql = "INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        db.prepare_cached(sql).map(Self)
    }

    fn event(
        &mut self,
        position: i64,
        (row, stream): (i64, &StreamName),
        revision: i64,
        event: &NewEvent,
    ) -> rusqlite::Result<()> {
        let NewEvent { id, kind, metadata, data } = event;
        let (stream, id) = (stream.as_str(), id.uuid());
        let checksum = Parts { position, stream, revision, id, kind, metadata, data }.checksum();
        let id = id.as_bytes();
        self.0.execute(params![position, row, revision, id, kind, metadata, data, checksum])?;
        Ok(())
    }
}

/// As a number of rows. A length in memory always fits.
fn rows(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
