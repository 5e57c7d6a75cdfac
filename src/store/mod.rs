//! The store port: what an event store must do, whichever it is.
//!
//! One append goes to one stream. Left out on purpose: appends without an exact expectation,
//! deletion of events, appends to several streams, server-side projections, subscriptions.

mod memory;
mod sqlite;

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use events::{BlobId, EventId, Revision, StreamName};
use tokio::sync::watch;

pub use memory::MemoryStore;
pub(crate) use sqlite::refer;
pub use sqlite::{Examination, Finding, ImportError, OpenError, QUEUE_WRITES_MAX, SqliteStore};

/// The most events that one append takes.
pub const APPEND_EVENTS_MAX: usize = 1_000;
/// The most bytes that one append takes: types, metadata, data and blobs together.
pub const APPEND_BYTES_MAX: usize = 768 * 1024;

/// A place in the whole log: increasing, not dense, meaningful to the store that gave it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a stream must be for an append to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// It has no event.
    NoStream,
    /// Its last event is this one.
    At(Revision),
}

impl Expected {
    /// The expectation that holds for a stream of so many events.
    pub fn after(events: u64) -> Self {
        events.checked_sub(1).map_or(Self::NoStream, Self::At)
    }

    /// The revision that the first event of the append would have; `None` past the last number.
    fn next(self) -> Option<Revision> {
        match self {
            Self::NoStream => Some(0),
            Self::At(revision) => revision.checked_add(1),
        }
    }
}

/// An event to be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Distinct within an append.
    pub id: EventId,
    /// The type's name, `intake.logged.v1`.
    pub kind: String,
    /// The metadata's bytes, kept as they are.
    pub metadata: Vec<u8>,
    /// The fact's bytes, kept as they are.
    pub data: Vec<u8>,
}

/// An event as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its place in the log.
    pub position: Position,
    /// Its stream.
    pub stream: StreamName,
    /// Its place there.
    pub revision: Revision,
    /// Its id.
    pub id: EventId,
    /// The type's name.
    pub kind: String,
    /// The metadata's bytes.
    pub metadata: Vec<u8>,
    /// The fact's bytes.
    pub data: Vec<u8>,
}

impl Stored {
    /// The event as it was before it had a place, to be written into another log.
    pub fn into_new(self) -> (StreamName, NewEvent) {
        let Self { stream, id, kind, metadata, data, .. } = self;
        (stream, NewEvent { id, kind, metadata, data })
    }
}

/// A ciphertext, stored beside the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedBlob {
    /// Its id.
    pub id: BlobId,
    /// Nonce and ciphertext.
    pub bytes: Vec<u8>,
}

/// Where an append ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Revision of its last event.
    pub revision: Revision,
    /// Position of its last event.
    pub position: Position,
}

/// Why an append did not happen, or may not have.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The stream is elsewhere; nothing was written.
    #[error("stream is at {}", actual.map_or("no event".to_owned(), |at| format!("revision {at}")))]
    Conflict {
        /// Revision of the stream's last event.
        actual: Option<Revision>,
    },
    /// The append breaks a limit of the port; nothing was written.
    #[error("append refused: {0}")]
    Invalid(String),
    /// The store could not answer: the append may or may not have happened. The same append again
    /// gives one write.
    #[error("store unavailable, outcome unknown: {0}")]
    Unavailable(String),
    /// A defect, or damage; nothing was written.
    #[error("store failed: {0}")]
    Internal(String),
}

/// Why a read gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Try again later.
    #[error("store unavailable: {0}")]
    Unavailable(String),
    /// A defect, or damage.
    #[error("store failed: {0}")]
    Internal(String),
}

/// An append-only log of events in streams, with sealed blobs beside it.
#[async_trait]
pub trait EventStore: Send + Sync {
    /// All events and the blobs they refer to, or nothing: no event is visible before its blobs.
    ///
    /// The same append again (same ids at the same place) gives the same reply and writes nothing.
    /// A blob whose id is taken by other bytes is refused as invalid.
    async fn append(
        &self,
        stream: &StreamName,
        expected: Expected,
        events: Vec<NewEvent>,
        blobs: Vec<SealedBlob>,
    ) -> Result<Appended, AppendError>;

    /// Events of one stream from a revision on; a missing stream reads empty.
    async fn read_stream(
        &self,
        stream: &StreamName,
        from: Revision,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError>;

    /// Events of the whole log after a position, in order.
    async fn read_all(
        &self,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError>;

    /// The blobs of these ids, in their order; `None` where there is none.
    async fn read_blobs(&self, ids: &[BlobId]) -> Result<Vec<Option<SealedBlob>>, StoreError>;

    /// Removes blobs for good. For erasure only.
    async fn delete_blobs(&self, ids: &[BlobId]) -> Result<(), StoreError>;

    /// Position of the last event.
    async fn head(&self) -> Result<Option<Position>, StoreError>;

    /// Whether nobody else can append while this store is open, so that what was once folded from
    /// it need not be read again.
    fn sole_writer(&self) -> bool {
        false
    }

    /// Waits until the log goes past a position; `false` when it did not in time.
    async fn wait_past(
        &self,
        after: Option<Position>,
        timeout: Duration,
    ) -> Result<bool, StoreError>;
}

/// The limits of the port, whichever the store.
fn admit(events: &[NewEvent], blobs: &[SealedBlob]) -> Result<(), AppendError> {
    let refuse = |why: String| Err(AppendError::Invalid(why));
    if events.is_empty() {
        return refuse("no event".into());
    }
    if events.len() > APPEND_EVENTS_MAX {
        return refuse(format!("{} events, {APPEND_EVENTS_MAX} at most", events.len()));
    }
    if events.iter().any(|event| event.kind.is_empty()) {
        return refuse("an event without a type".into());
    }
    let bytes = bytes(events, blobs);
    if bytes > APPEND_BYTES_MAX {
        return refuse(format!("{bytes} bytes, {APPEND_BYTES_MAX} at most"));
    }
    let mut ids = HashSet::with_capacity(events.len());
    if let Some(twice) = events.iter().find(|event| !ids.insert(event.id)) {
        return refuse(format!("event {} stands in it twice", twice.id));
    }
    let mut ids = HashSet::with_capacity(blobs.len());
    if let Some(twice) = blobs.iter().find(|blob| !ids.insert(blob.id)) {
        return refuse(format!("blob {} stands in it twice", twice.id));
    }
    Ok(())
}

/// The size of an append, as the limit counts it.
fn bytes(events: &[NewEvent], blobs: &[SealedBlob]) -> usize {
    let events = events.iter().map(|e| e.kind.len() + e.metadata.len() + e.data.len());
    events.chain(blobs.iter().map(|blob| blob.bytes.len())).sum()
}

/// Refuses to put other bytes under the id of a blob that is there.
fn taken(blob: BlobId) -> AppendError {
    AppendError::Invalid(format!("blob {blob} is there already, with other bytes"))
}

/// Waits until a head that is told about goes past a position.
async fn past(
    head: &watch::Sender<Option<Position>>,
    after: Option<Position>,
    timeout: Duration,
) -> bool {
    let mut heads = head.subscribe();
    let went = tokio::time::timeout(timeout, heads.wait_for(|head| *head > after)).await;
    matches!(went, Ok(Ok(_)))
}
