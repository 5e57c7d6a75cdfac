//! A store whose answers get lost.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use events::{BlobId, Revision, StreamName};
use guichet::store::{
    AppendError, Appended, EventStore, Expected, NewEvent, Position, SealedBlob, StoreError, Stored,
};

/// Where the connection is cut.
#[derive(Clone, Copy)]
pub(super) enum When {
    /// The store never hears of it.
    BeforeCommit,
    /// The store did it; its answer is lost.
    AfterCommit,
}

/// Another store, with a connection that can be cut.
pub(super) struct Faulty {
    store: Arc<dyn EventStore>,
    cut: Mutex<Option<When>>,
}

impl Faulty {
    pub(super) fn new(store: Arc<dyn EventStore>) -> Self {
        Self { store, cut: Mutex::new(None) }
    }

    /// Cuts the connection during the next append.
    pub(super) fn fail_next(&self, when: When) {
        *self.cut.lock().expect("a sound lock") = Some(when);
    }
}

#[async_trait]
impl EventStore for Faulty {
    async fn append(
        &self,
        stream: &StreamName,
        expected: Expected,
        events: Vec<NewEvent>,
        blobs: Vec<SealedBlob>,
    ) -> Result<Appended, AppendError> {
        let cut = self.cut.lock().expect("a sound lock").take();
        if !matches!(cut, Some(When::BeforeCommit)) {
            let outcome = self.store.append(stream, expected, events, blobs).await;
            if cut.is_none() {
                return outcome;
            }
        }
        Err(AppendError::Unavailable("the connection was cut".into()))
    }

    async fn read_stream(
        &self,
        stream: &StreamName,
        from: Revision,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        self.store.read_stream(stream, from, limit).await
    }

    async fn read_all(
        &self,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        self.store.read_all(after, limit).await
    }

    async fn read_blobs(&self, ids: &[BlobId]) -> Result<Vec<Option<SealedBlob>>, StoreError> {
        self.store.read_blobs(ids).await
    }

    async fn delete_blobs(&self, ids: &[BlobId]) -> Result<(), StoreError> {
        self.store.delete_blobs(ids).await
    }

    async fn head(&self) -> Result<Option<Position>, StoreError> {
        self.store.head().await
    }

    async fn wait_past(
        &self,
        after: Option<Position>,
        timeout: Duration,
    ) -> Result<bool, StoreError> {
        self.store.wait_past(after, timeout).await
    }
}
