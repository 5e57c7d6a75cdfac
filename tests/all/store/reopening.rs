//! A SQLite store that is closed and opened again before every append.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use events::{BlobId, Revision, StreamName};
use guichet::store::{
    AppendError, Appended, EventStore, Expected, NewEvent, Position, SealedBlob, SqliteStore,
    StoreError, Stored,
};
use tokio::sync::{RwLock, RwLockReadGuard};
use tokio::time::Instant;

/// How long a wait keeps the store open at a time, since an append must be able to close it.
const SLICE: Duration = Duration::from_millis(2);

pub(super) struct Reopening {
    path: PathBuf,
    store: RwLock<Option<SqliteStore>>,
}

impl Reopening {
    pub(super) fn new(path: PathBuf) -> Self {
        let store = SqliteStore::open(&path).expect("a store");
        Self { path, store: RwLock::new(Some(store)) }
    }

    async fn open(&self) -> RwLockReadGuard<'_, SqliteStore> {
        let store = self.store.read().await;
        RwLockReadGuard::map(store, |store| store.as_ref().expect("open between appends"))
    }
}

#[async_trait]
impl EventStore for Reopening {
    async fn append(
        &self,
        stream: &StreamName,
        expected: Expected,
        events: Vec<NewEvent>,
        blobs: Vec<SealedBlob>,
    ) -> Result<Appended, AppendError> {
        let mut slot = self.store.write().await;
        *slot = None;
        let store = slot.insert(SqliteStore::open(&self.path).expect("the store again"));
        store.append(stream, expected, events, blobs).await
    }

    async fn read_stream(
        &self,
        stream: &StreamName,
        from: Revision,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        self.open().await.read_stream(stream, from, limit).await
    }

    async fn read_all(
        &self,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        self.open().await.read_all(after, limit).await
    }

    async fn read_blobs(&self, ids: &[BlobId]) -> Result<Vec<Option<SealedBlob>>, StoreError> {
        self.open().await.read_blobs(ids).await
    }

    async fn delete_blobs(&self, ids: &[BlobId]) -> Result<(), StoreError> {
        self.open().await.delete_blobs(ids).await
    }

    async fn head(&self) -> Result<Option<Position>, StoreError> {
        self.open().await.head().await
    }

    async fn wait_past(
        &self,
        after: Option<Position>,
        timeout: Duration,
    ) -> Result<bool, StoreError> {
        let end = Instant::now() + timeout;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if self.open().await.wait_past(after, left.min(SLICE)).await? {
                return Ok(true);
            }
            if left.is_zero() {
                return Ok(false);
            }
        }
    }
}
