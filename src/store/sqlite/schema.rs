//! The file: its tables, how it is opened, and who may.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use uuid::Uuid;

use super::OpenError;

/// `guic`: what tools that know files by their first bytes see.
const APPLICATION_ID: i64 = 0x6775_6963;
/// The shape of the tables below.
const VERSION: i64 = 1;
/// How long a statement waits for somebody else's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// `events` holds facts, which the database itself refuses to change. A stream's `events` is how
/// many it has; like the highest position given out, it shows when rows have gone missing.
const TABLES: &str = "
    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE streams (
        stream INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        events INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE events (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        stream INTEGER NOT NULL REFERENCES streams (stream),
        revision INTEGER NOT NULL,
        id BLOB NOT NULL,
        kind TEXT NOT NULL,
        metadata BLOB NOT NULL,
        data BLOB NOT NULL,
        checksum INTEGER NOT NULL,
        UNIQUE (stream, revision)
    ) STRICT;
    CREATE TABLE blobs (id BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT;

    CREATE TRIGGER events_stay BEFORE UPDATE ON events
        BEGIN SELECT RAISE (ABORT, 'events are facts: they are never changed'); END;
    CREATE TRIGGER events_remain BEFORE DELETE ON events
        BEGIN SELECT RAISE (ABORT, 'events are facts: they are never removed'); END;
    CREATE TRIGGER streams_stay BEFORE UPDATE OF stream, name ON streams
        BEGIN SELECT RAISE (ABORT, 'a stream keeps its name'); END;
    CREATE TRIGGER streams_remain BEFORE DELETE ON streams
        BEGIN SELECT RAISE (ABORT, 'streams are never removed'); END;
";

/// Opens the file for writing, making it where there is none.
pub(super) fn open_writer(path: &Path) -> Result<Connection, OpenError> {
    open_writer_as(path, Uuid::new_v4())
}

/// The same; where there is none it is made under this name.
pub(super) fn open_writer_as(path: &Path, identity: Uuid) -> Result<Connection, OpenError> {
    let mut db = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    if is_blank(&db)? {
        let mode: String = db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        if mode != "wal" {
            return Err(OpenError::NoWal);
        }
        create(&mut db, identity)?;
    }
    verify(&db)?;
    // FULL, since NORMAL loses acknowledged events in a power cut. What is erased is overwritten.
    db.execute_batch("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;")?;
    Ok(db)
}

/// Opens the file for reading, beside whoever writes.
pub(super) fn open_reader(path: &Path) -> Result<Connection, OpenError> {
    let db = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    verify(&db)?;
    Ok(db)
}

/// A random name given when the file was made. What is built from a log is bound to it.
pub(super) fn identity(db: &Connection) -> rusqlite::Result<Uuid> {
    let sql = "SELECT value FROM meta WHERE name = 'identity'";
    db.query_row(sql, [], |row| row.get(0)).map(Uuid::from_bytes)
}

fn connect(path: &Path, access: OpenFlags) -> Result<Connection, OpenError> {
    let db = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    // Nothing is ever written outside the store's own files; 16 MiB of pages are kept at hand.
    // Rows point to their streams by construction, and every reading proves it again.
    db.execute_batch(
        "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384; PRAGMA foreign_keys = OFF;
         PRAGMA trusted_schema = OFF;",
    )?;
    Ok(db)
}

fn is_blank(db: &Connection) -> rusqlite::Result<bool> {
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(tables == 0 && number(db, "application_id")? == 0)
}

/// In one transaction: whoever is killed here leaves a blank file or a whole one.
fn create(db: &mut Connection, identity: Uuid) -> rusqlite::Result<()> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    tx.execute_batch(TABLES)?;
    tx.execute("INSERT INTO meta VALUES ('identity', ?1)", [identity.into_bytes()])?;
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", VERSION)?;
    tx.commit()
}

fn verify(db: &Connection) -> Result<(), OpenError> {
    if number(db, "application_id")? != APPLICATION_ID {
        return Err(OpenError::Foreign);
    }
    match number(db, "user_version")? {
        VERSION => Ok(()),
        found => Err(OpenError::Version { found, known: VERSION }),
    }
}

fn number(db: &Connection, pragma: &str) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, pragma, |row| row.get(0))
}
