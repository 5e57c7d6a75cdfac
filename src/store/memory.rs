//! A log in memory: for tests, and for building a log that is then imported.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use async_trait::async_trait;
use events::{BlobId, EventId, Revision, StreamName};
use tokio::sync::watch;

use super::{
    AppendError, Appended, EventStore, Expected, NewEvent, Position, SealedBlob, StoreError, Stored,
};

/// An event store that forgets everything when it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore {
    log: RwLock<Log>,
    head: watch::Sender<Option<Position>>,
}

/// Positions leave holes, so that nobody comes to rely on their being dense.
const STRIDE: u64 = 7;

#[derive(Debug, Default)]
struct Log {
    events: Vec<Stored>,
    /// Where in `events` the events of each stream stand.
    streams: HashMap<StreamName, Vec<usize>>,
    blobs: HashMap<BlobId, Vec<u8>>,
}

impl MemoryStore {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// [`EventStore::append`] without a runtime.
    ///
    /// # Errors
    /// As [`EventStore::append`], but never unavailable.
    pub fn append_now(
        &self,
        stream: &StreamName,
        expected: Expected,
        events: Vec<NewEvent>,
        blobs: Vec<SealedBlob>,
    ) -> Result<Appended, AppendError> {
        super::admit(&events, &blobs)?;
        let mut log = self.log.write().unwrap_or_else(PoisonError::into_inner);
        let appended = log.append(stream, expected, events, blobs)?;
        self.head.send_if_modified(|head| {
            let further = Some(appended.position) > *head;
            *head = (*head).max(Some(appended.position));
            further
        });
        Ok(appended)
    }

    /// Shows every event of a stream from a revision on, in order and without a copy.
    pub fn visit_stream(&self, stream: &StreamName, from: Revision, visit: impl FnMut(&Stored)) {
        self.read().stream(stream, from).for_each(visit);
    }

    /// Shows the whole log, in order and without a copy.
    pub fn visit_all(&self, visit: impl FnMut(&Stored)) {
        self.read().events.iter().for_each(visit);
    }

    /// Everything in it: the events in the order of the log, and the blobs in the order of ids.
    pub fn into_log(self) -> (Vec<Stored>, Vec<SealedBlob>) {
        let log = self.log.into_inner().unwrap_or_else(PoisonError::into_inner);
        let blobs = log.blobs.into_iter().map(|(id, bytes)| SealedBlob { id, bytes });
        let mut blobs: Vec<_> = blobs.collect();
        blobs.sort_unstable_by_key(|blob| blob.id);
        (log.events, blobs)
    }

    /// Every change is made whole or not at all, so a panic elsewhere leaves nothing half done.
    fn read(&self) -> RwLockReadGuard<'_, Log> {
        self.log.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn append(
        &mut self,
        stream: &StreamName,
        expected: Expected,
        events: Vec<NewEvent>,
        blobs: Vec<SealedBlob>,
    ) -> Result<Appended, AppendError> {
        let places = self.streams.get(stream).map_or(&[][..], Vec::as_slice);
        let first = places.len() as Revision;
        if expected.next() != Some(first) {
            let ids = events.iter().map(|event| event.id);
            return self
                .repeated(places, expected, ids)
                .ok_or(AppendError::Conflict { actual: first.checked_sub(1) });
        }
        let clash =
            |blob: &&SealedBlob| self.blobs.get(&blob.id).is_some_and(|bytes| *bytes != blob.bytes);
        if let Some(clash) = blobs.iter().find(clash) {
            return Err(super::taken(clash.id));
        }
        self.blobs.extend(blobs.into_iter().map(|blob| (blob.id, blob.bytes)));
        let places = match self.streams.entry(stream.clone()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(Vec::new()),
        };
        for event in events {
            let NewEvent { id, kind, metadata, data } = event;
            let (position, revision) = (position(self.events.len()), places.len() as Revision);
            places.push(self.events.len());
            let stream = stream.clone();
            self.events.push(Stored { position, stream, revision, id, kind, metadata, data });
        }
        Ok(Appended {
            revision: places.len() as Revision - 1,
            position: position(self.events.len() - 1),
        })
    }

    /// The first reply, where these very ids stand in the place they are meant for.
    fn repeated(
        &self,
        places: &[usize],
        expected: Expected,
        ids: impl ExactSizeIterator<Item = EventId>,
    ) -> Option<Appended> {
        let from = usize::try_from(expected.next()?).ok()?;
        let there = places.get(from..from.checked_add(ids.len())?)?;
        let same = there.iter().zip(ids).all(|(place, id)| self.events[*place].id == id);
        let last = &self.events[*there.last()?];
        same.then_some(Appended { revision: last.revision, position: last.position })
    }

    fn stream(&self, stream: &StreamName, from: Revision) -> impl Iterator<Item = &Stored> {
        let places = self.streams.get(stream).map_or(&[][..], Vec::as_slice);
        let from = usize::try_from(from).unwrap_or(usize::MAX).min(places.len());
        places[from..].iter().map(|place| &self.events[*place])
    }

    fn all(&self, after: Option<Position>) -> &[Stored] {
        let from = self.events.partition_point(|event| Some(event.position) <= after);
        &self.events[from..]
    }
}

fn position(place: usize) -> Position {
    Position((place as u64 + 1) * STRIDE)
}

#[async_trait]
impl EventStore for MemoryStore {
    fn sole_writer(&self) -> bool {
        true
    }

    async fn append(
        &self,
        stream: &StreamName,
        expected: Expected,
        events: Vec<NewEvent>,
        blobs: Vec<SealedBlob>,
    ) -> Result<Appended, AppendError> {
        self.append_now(stream, expected, events, blobs)
    }

    async fn read_stream(
        &self,
        stream: &StreamName,
        from: Revision,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        Ok(self.read().stream(stream, from).take(limit).cloned().collect())
    }

    async fn read_all(
        &self,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        Ok(self.read().all(after).iter().take(limit).cloned().collect())
    }

    async fn read_blobs(&self, ids: &[BlobId]) -> Result<Vec<Option<SealedBlob>>, StoreError> {
        let log = self.read();
        let blob = |id: &BlobId| {
            log.blobs.get(id).map(|bytes| SealedBlob { id: *id, bytes: bytes.clone() })
        };
        Ok(ids.iter().map(blob).collect())
    }

    async fn delete_blobs(&self, ids: &[BlobId]) -> Result<(), StoreError> {
        let mut log = self.log.write().unwrap_or_else(PoisonError::into_inner);
        for id in ids {
            log.blobs.remove(id);
        }
        Ok(())
    }

    async fn head(&self) -> Result<Option<Position>, StoreError> {
        Ok(self.read().events.last().map(|event| event.position))
    }

    async fn wait_past(
        &self,
        after: Option<Position>,
        timeout: Duration,
    ) -> Result<bool, StoreError> {
        Ok(super::past(&self.head, after, timeout).await)
    }
}
