//! The read model: follows the log and keeps disposable tables, from which lists are answered and
//! the facts about a thing are found.
//!
//! Nothing in it is the truth: delete its file and it is rebuilt. Rows and the place up to which
//! the log was read stand in one transaction, so a crash never leaves the two apart. A fact that
//! this build can't read halts the model, which keeps serving what it has and says so; nothing is
//! ever skipped. No name is in any file: what is sealed stays sealed here, and names are looked up
//! in memory.

mod batch;
mod cut;
mod db;
mod facts;
mod follower;
pub mod lists;
mod records;
mod references;
mod schema;
pub mod search;
#[cfg(test)]
mod testing;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use events::wire::DecodeError;
use events::{EventId, Revision, StreamName};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::{Notify, watch};

use crate::store::{EventStore, Position, StoreError};
use crate::vault::Vault;

pub use cut::{AsOf, BadAsOf, Cut, CutError, Last};
pub use facts::{History, Place};
pub use references::ReferenceError;

use batch::Names;
use db::Db;
use lists::Past;
use search::Directory;

/// Follows one log and answers from what it read.
pub struct ReadModel {
    store: Arc<dyn EventStore>,
    db: Arc<Db>,
    directory: Arc<Directory>,
    past: Mutex<Past>,
    progress: watch::Sender<Progress>,
    /// Somebody waits for what was not read yet.
    wanted: Notify,
    /// One at a time reads on.
    following: tokio::sync::Mutex<Names>,
}

/// How far the log was read.
#[derive(Debug, Clone, Default)]
struct Progress {
    position: Option<Position>,
    halted: Option<Halt>,
    trouble: Option<String>,
}

/// How the read model is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Status {
    /// The last position read.
    pub position: Option<u64>,
    /// Which tables it keeps; other tables, other name.
    pub shape: String,
    /// Set when it met a fact that it can't read, and stopped there.
    pub halted: Option<Halt>,
    /// Why it does not get on at the moment; it keeps trying.
    pub trouble: Option<String>,
    /// How many people can be found by name.
    pub people: Coverage,
    /// How many organisations can be found by name.
    pub organisations: Coverage,
}

/// Where the read model stopped, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Halt {
    /// The position of the fact it can't read.
    pub position: u64,
    /// The event.
    pub event: EventId,
    /// The stream it stands in.
    pub stream: StreamName,
    /// Its place there.
    pub revision: Revision,
    /// Its type's name.
    pub kind: String,
    /// What is wrong with it.
    pub error: String,
}

/// How much of what there is an answer can know of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Coverage {
    /// So many were looked at.
    pub covered: usize,
    /// So many there are.
    pub of: usize,
}

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The store can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The tables can't be read or written.
    #[error("tables of the read model: {0}")]
    Tables(#[from] rusqlite::Error),
    /// A row of the tables is not what this build writes.
    #[error("row of the read model: {0}")]
    Row(#[from] serde_json::Error),
    /// A fact in the log can't be read, where only known ones are expected.
    #[error("event {event}: {source}")]
    Fact {
        /// The event.
        event: EventId,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// The folder can't be used.
    #[error("folder of the read model: {0}")]
    Folder(#[from] std::io::Error),
    /// The program is stopping.
    #[error("the read model was stopped")]
    Stopped,
}

impl ReadModel {
    /// The model of a store, over the tables in a folder; without one, in memory.
    ///
    /// Tables of another store, of another shape or ahead of the store are built anew; it then
    /// starts empty and must catch up.
    ///
    /// # Errors
    /// When the folder or the store can't be used.
    pub async fn open(
        folder: Option<&Path>,
        store: Arc<dyn EventStore>,
        store_identity: &str,
        vault: Arc<Vault>,
    ) -> Result<Arc<Self>, ReadError> {
        let db = Arc::new(Db::open(folder, store_identity)?);
        if !facts::same_log(&db, store.as_ref()).await? {
            tracing::warn!("the tables are not of this log as it is: they are built anew");
            db.restart(store_identity)?;
        }
        let position = db.read(|db| Ok(cut::now(db)?.position()))?;
        let progress = Progress { position, ..Progress::default() };
        let directory = Directory::open(Arc::clone(&store), vault, &db)?;
        Ok(Arc::new(Self {
            store,
            db,
            directory,
            past: Mutex::default(),
            progress: watch::Sender::new(progress),
            wanted: Notify::new(),
            following: tokio::sync::Mutex::default(),
        }))
    }

    /// The last position read.
    pub fn position(&self) -> Option<Position> {
        self.progress.borrow().position
    }

    /// How it is.
    pub fn status(&self) -> Status {
        let Progress { position, halted, trouble } = self.progress.borrow().clone();
        Status {
            position: position.map(|position| position.0),
            shape: schema::shape().to_owned(),
            halted,
            trouble,
            people: self.directory.people_covered(),
            organisations: self.directory.organisations_covered(),
        }
    }

    /// Waits until the log was read up to a position, so that a writer reads its own write;
    /// `false` when that did not happen in time, or can't, because the model halted before.
    pub async fn wait_for(&self, position: Position, timeout: Duration) -> bool {
        let mut progress = self.progress.subscribe();
        let there = |progress: &Progress| progress.position >= Some(position);
        if !there(&progress.borrow()) {
            self.wanted.notify_one();
        }
        let either = progress.wait_for(|now| there(now) || now.halted.is_some());
        match tokio::time::timeout(timeout, either).await {
            Ok(Ok(progress)) => there(&progress),
            Ok(Err(_)) | Err(_) => false,
        }
    }

    /// People, organisations and what they are called.
    pub fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// Reads the tables outside the threads that answer requests, all in one transaction.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&rusqlite::Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let db = Arc::clone(&self.db);
        tokio::task::spawn_blocking(move || db.read(read)).await.map_err(|_| ReadError::Stopped)?
    }
}
