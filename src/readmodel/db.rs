//! The tables' file and the connections to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::{ReadError, schema};

/// Statements that a connection keeps prepared.
const STATEMENTS_MAX: usize = 128;
/// Connections kept for the next reading.
const IDLE_MAX: usize = 4;
/// How long a connection waits for another one.
const BUSY: Duration = Duration::from_secs(5);

/// One that writes, and a few that read. In memory, one does it all.
pub(super) struct Db {
    path: Option<PathBuf>,
    writer: Mutex<Connection>,
    idle: Mutex<Vec<Connection>>,
    /// Whether files of other shapes were removed.
    alone: AtomicBool,
}

impl Db {
    /// The tables of this shape and of this store, empty where there were none.
    pub(super) fn open(folder: Option<&Path>, identity: &str) -> Result<Self, ReadError> {
        let Some(folder) = folder else {
            let mut writer = connect(None)?;
            create(&mut writer, identity)?;
            return Ok(Self::with(None, writer));
        };
        fs::create_dir_all(folder)?;
        let path = folder.join(format!("readmodel-{}.db", schema::shape()));
        // Whatever is wrong with the file, it holds nothing that the log does not.
        let opened = connect(Some(&path)).and_then(|writer| {
            let known = writer.query_row("SELECT identity FROM source", [], |row| row.get(0));
            let known: Option<String> = known.optional()?;
            Ok((known.as_deref() == Some(identity)).then_some(writer))
        });
        match opened {
            Ok(Some(writer)) => Ok(Self::with(Some(path), writer)),
            Ok(None) | Err(_) => {
                let writer = anew(&path, identity)?;
                Ok(Self::with(Some(path), writer))
            }
        }
    }

    fn with(path: Option<PathBuf>, writer: Connection) -> Self {
        let (writer, idle) = (Mutex::new(writer), Mutex::default());
        Self { path, writer, idle, alone: AtomicBool::new(false) }
    }

    /// Forgets everything.
    pub(super) fn restart(&self, identity: &str) -> Result<(), ReadError> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let mut writer = self.writer();
        match &self.path {
            Some(path) => {
                *writer = connect(None)?;
                *writer = anew(path, identity)?;
            }
            None => {
                *writer = connect(None)?;
                create(&mut writer, identity)?;
            }
        }
        Ok(())
    }

    /// Writes all or nothing.
    pub(super) fn write<T>(
        &self,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let mut writer = self.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let written = write(&transaction)?;
        transaction.commit()?;
        Ok(written)
    }

    /// Reads one state of the tables, even while they are written.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let Some(path) = &self.path else { return read(&self.writer()) };
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let reader = idle().pop();
        let mut reader = match reader {
            Some(reader) => reader,
            None => connect(Some(path))?,
        };
        let transaction = reader.transaction()?;
        let answer = read(&transaction)?;
        drop(transaction);
        let mut idle = idle();
        if idle.len() < IDLE_MAX {
            idle.push(reader);
        }
        Ok(answer)
    }

    /// Removes what other shapes left behind, once this one has caught up.
    pub(super) fn remove_others(&self) -> Result<(), ReadError> {
        let Some(path) = &self.path else { return Ok(()) };
        if self.alone.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let (Some(folder), Some(own)) = (path.parent(), path.file_name()) else { return Ok(()) };
        let own = own.to_string_lossy();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with("readmodel-") && !name.starts_with(&*own) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    fn writer(&self) -> MutexGuard<'_, Connection> {
        // A panic in a transaction rolls it back.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An empty set of tables, in memory.
pub(super) fn scratch(tables: &str) -> Result<Connection, ReadError> {
    let db = connect(None)?;
    db.execute_batch(tables)?;
    Ok(db)
}

fn anew(path: &Path, identity: &str) -> Result<Connection, ReadError> {
    for suffix in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        match fs::remove_file(PathBuf::from(file)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
    }
    let mut db = connect(Some(path))?;
    create(&mut db, identity)?;
    Ok(db)
}

fn create(db: &mut Connection, identity: &str) -> Result<(), ReadError> {
    let transaction = db.transaction()?;
    transaction.execute_batch(schema::tables())?;
    transaction.execute("INSERT INTO source VALUES (?1)", [identity])?;
    transaction.commit()?;
    Ok(())
}

/// A power cut may take the last transactions, which the log still has, but never mixes them up:
/// hence `synchronous = NORMAL`. What SQLite sorts aside stays in memory.
fn connect(path: Option<&Path>) -> Result<Connection, ReadError> {
    let db = match path {
        Some(path) => Connection::open(path)?,
        None => Connection::open_in_memory()?,
    };
    db.busy_timeout(BUSY)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 8192;
         PRAGMA journal_size_limit = 67108864; PRAGMA trusted_schema = OFF;",
    )?;
    Ok(db)
}
