//! What every event store must pass, and what only one in a file can show.

mod equal;
mod faulty;
mod kill;
mod reopening;
mod sqlite;
mod suite;
pub(crate) mod worker;

use std::sync::Arc;

use events::{BlobId, EventId, StreamName};
use guichet::store::{
    Appended, EventStore, Expected, MemoryStore, NewEvent, SealedBlob, SqliteStore,
};
use tempfile::TempDir;

/// A store under test, and the folder it lives in.
struct Fixture {
    store: Arc<dyn EventStore>,
    _folder: Option<TempDir>,
}

fn memory() -> Fixture {
    Fixture { store: Arc::new(MemoryStore::new()), _folder: None }
}

fn sqlite() -> Fixture {
    let folder = folder();
    let store = SqliteStore::open(&folder.path().join("log.db")).expect("a store");
    Fixture { store: Arc::new(store), _folder: Some(folder) }
}

/// Closed and opened again before every append.
fn sqlite_reopened() -> Fixture {
    let folder = folder();
    let store = reopening::Reopening::new(folder.path().join("log.db"));
    Fixture { store: Arc::new(store), _folder: Some(folder) }
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn stream(name: &str) -> StreamName {
    name.parse().expect("a valid name")
}

/// The event of that name; the same name is the same event.
fn event(name: &str) -> NewEvent {
    NewEvent {
        id: EventId::derived(name),
        kind: "test.happened.v1".into(),
        metadata: br#"{"actor":"nobody"}"#.into(),
        data: format!(r#"{{"name":"{name}"}}"#).into(),
    }
}

fn events<const N: usize>(names: [&str; N]) -> Vec<NewEvent> {
    names.map(event).into()
}

fn blob(name: &str, bytes: &[u8]) -> SealedBlob {
    SealedBlob { id: BlobId::derived(name), bytes: bytes.into() }
}

/// Appends to the stream `a`, with blobs.
async fn put(
    store: &dyn EventStore,
    expected: Expected,
    events: Vec<NewEvent>,
    blobs: Vec<SealedBlob>,
) -> Appended {
    let appended = store.append(&stream("a"), expected, events, blobs).await;
    appended.expect("an append that holds")
}
