//! The store that most offices need: one SQLite file.
//!
//! One process writes, on one thread; the appends that wait at a moment share a commit and its
//! fsync. Readings have their own connections and never wait for a write. What is read is checked
//! against what was written: an event that is damaged or missing is an error, never an answer.

mod check;
mod checksum;
mod fault;
mod lock;
mod log;
mod readers;
mod schema;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use events::{BlobId, Revision, StreamName};
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

pub(crate) use check::refer;
pub use check::{Examination, Finding};
pub use writer::QUEUE_WRITES_MAX;

use super::{
    AppendError, Appended, EventStore, Expected, NewEvent, Position, SealedBlob, StoreError, Stored,
};
use log::Append;
use readers::Readers;
use writer::{Head, Import, Write, Writer};

/// How often a store opened for reading looks whether the other process wrote.
const POLL: Duration = Duration::from_millis(50);

/// An event store in one file.
pub struct SqliteStore {
    /// Closed first: only a connection that writes can clear the write-ahead log away.
    readers: Arc<Readers>,
    /// `None` when it was opened for reading.
    writer: Option<Writer>,
    head: Arc<Head>,
    identity: Uuid,
}

/// Why a file could not be opened as a store.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process writes to it.
    #[error(
        "the store is in use by {} (it holds {})",
        holder.map_or("another process".to_owned(), |pid| format!("process {pid}")),
        path.display()
    )]
    InUse {
        /// The lock file.
        path: PathBuf,
        /// The process.
        holder: Option<u32>,
    },
    /// There is nothing to read.
    #[error("there is no store at {}", .0.display())]
    Missing(PathBuf),
    /// The file is not a store of ours.
    #[error("the file is not a guichet store")]
    Foreign,
    /// The file is of another build.
    #[error("the store has format {found}, this build knows {known}")]
    Version {
        /// Its format.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// The file system does not allow what durable writing needs.
    #[error("the file system of the store does not support a write-ahead log")]
    NoWal,
    /// The lock file could not be opened.
    #[error("lock file {}: {source}", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The writing thread could not be started.
    #[error("writing thread: {0}")]
    Thread(#[source] std::io::Error),
    /// The database failed.
    #[error("database: {0}")]
    Sql(#[from] rusqlite::Error),
}

/// Why a log was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Only an empty store takes a whole log.
    #[error("the store has events already")]
    NotEmpty,
    /// Something in it breaks a limit of the port; nothing was written.
    #[error("import refused: {0}")]
    Invalid(String),
    /// The store could not answer; a store that is empty afterwards may be tried again.
    #[error("store unavailable, outcome unknown: {0}")]
    Unavailable(String),
    /// A defect, or damage; nothing was written.
    #[error("store failed: {0}")]
    Internal(String),
}

impl SqliteStore {
    /// Opens a file for writing and makes it where there is none. Its folder must be there.
    ///
    /// # Errors
    /// When another process writes to it, and when it is not a store that this build knows.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_as(path, Uuid::new_v4())
    }

    /// The same; where there is no file it is made under this identity, that of the log which is
    /// about to be written into it again.
    ///
    /// # Errors
    /// As for [`SqliteStore::open`].
    pub fn open_as(path: &Path, identity: Uuid) -> Result<Self, OpenError> {
        let lock = lock::Lock::take(path)?;
        let db = schema::open_writer_as(path, identity)?;
        let identity = schema::identity(&db)?;
        let head = Arc::new(watch::Sender::new(writer::position(log::head(&db)?)));
        let writer = Writer::start(path.to_owned(), lock, db, Arc::clone(&head))?;
        Ok(Self { readers: Readers::new(path.to_owned()), writer: Some(writer), head, identity })
    }

    /// Opens a file for reading, also while another process writes to it. Writes are refused.
    ///
    /// # Errors
    /// When it is not there, and when it is not a store that this build knows.
    pub fn open_read_only(path: &Path) -> Result<Self, OpenError> {
        if !path.exists() {
            return Err(OpenError::Missing(path.to_owned()));
        }
        let db = schema::open_reader(path)?;
        let identity = schema::identity(&db)?;
        let head = Arc::new(watch::Sender::new(None));
        Ok(Self { readers: Readers::new(path.to_owned()), writer: None, head, identity })
    }

    /// The name given to this log when it was made, unlike any other.
    pub fn identity(&self) -> Uuid {
        self.identity
    }

    /// Writes a whole log in one transaction, in the order given, and says where it ends.
    ///
    /// # Errors
    /// When the store has events already; then and otherwise, nothing is written.
    pub async fn import(
        &self,
        events: impl Iterator<Item = (StreamName, NewEvent)> + Send + 'static,
        blobs: impl Iterator<Item = SealedBlob> + Send + 'static,
    ) -> Result<Option<Position>, ImportError> {
        let import = Import { events: Box::new(events), blobs: Box::new(blobs) };
        let writer = self.writer.as_ref().ok_or_else(|| ImportError::Invalid(read_only()))?;
        let (reply, answer) = oneshot::channel();
        writer.submit(Write::Import(import, reply)).map_err(ImportError::Unavailable)?;
        answer.await.unwrap_or_else(|_| Err(ImportError::Unavailable(stopped())))
    }

    /// Goes through the whole file for what is wrong with it.
    ///
    /// # Errors
    /// When the file can't be read at all.
    pub async fn examine(&self) -> Result<Examination, StoreError> {
        self.readers.read(check::examine).await
    }
}

fn read_only() -> String {
    "the store was opened for reading only".into()
}

fn stopped() -> String {
    "the writing thread stopped".into()
}

#[async_trait]
impl EventStore for SqliteStore {
    /// While it is open for writing it holds the lock that keeps every other writer out.
    fn sole_writer(&self) -> bool {
        self.writer.is_some()
    }

    async fn append(
        &self,
        stream: &StreamName,
        expected: Expected,
        events: Vec<NewEvent>,
        blobs: Vec<SealedBlob>,
    ) -> Result<Appended, AppendError> {
        super::admit(&events, &blobs)?;
        let writer = self.writer.as_ref().ok_or_else(|| AppendError::Invalid(read_only()))?;
        let append = Append { stream: stream.clone(), expected, events, blobs };
        let (reply, answer) = oneshot::channel();
        writer.submit(Write::Append(append, reply)).map_err(AppendError::Unavailable)?;
        answer.await.unwrap_or_else(|_| Err(AppendError::Unavailable(stopped())))
    }

    async fn read_stream(
        &self,
        stream: &StreamName,
        from: Revision,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        let stream = stream.clone();
        self.readers.read(move |reader| reader.stream(&stream, from, limit)).await
    }

    async fn read_all(
        &self,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        self.readers.read(move |reader| reader.all(after, limit)).await
    }

    async fn read_blobs(&self, ids: &[BlobId]) -> Result<Vec<Option<SealedBlob>>, StoreError> {
        let ids = ids.to_owned();
        self.readers.read(move |reader| reader.blobs(&ids)).await
    }

    async fn delete_blobs(&self, ids: &[BlobId]) -> Result<(), StoreError> {
        let writer = self.writer.as_ref().ok_or_else(|| StoreError::Internal(read_only()))?;
        let (reply, answer) = oneshot::channel();
        let write = Write::DeleteBlobs(ids.to_owned(), reply);
        writer.submit(write).map_err(StoreError::Unavailable)?;
        answer.await.unwrap_or_else(|_| Err(StoreError::Unavailable(stopped())))
    }

    async fn head(&self) -> Result<Option<Position>, StoreError> {
        self.readers.read(|reader| reader.head()).await
    }

    async fn wait_past(
        &self,
        after: Option<Position>,
        timeout: Duration,
    ) -> Result<bool, StoreError> {
        if self.writer.is_some() {
            return Ok(super::past(&self.head, after, timeout).await);
        }
        let poll = async {
            while self.head().await? <= after {
                tokio::time::sleep(POLL).await;
            }
            Ok(true)
        };
        tokio::time::timeout(timeout, poll).await.unwrap_or(Ok(false))
    }
}
