//! Whatever is done to them, all stores answer alike.

use std::time::Duration;

use events::{BlobId, EventId};
use guichet::store::{
    AppendError, EventStore, Expected, MemoryStore, NewEvent, Position, SealedBlob, SqliteStore,
    Stored,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::Config;

use super::{folder, stream};

/// Something done to a store. Small numbers, so that things meet.
#[derive(Debug, Clone)]
enum Operation {
    Append {
        stream: u8,
        expected: Option<u64>,
        ids: Vec<u8>,
        blobs: Vec<(u8, u8)>,
    },
    ReadStream {
        stream: u8,
        from: u64,
        limit: usize,
    },
    /// After the event that stands at that place of the log.
    ReadAll {
        after: usize,
        limit: usize,
    },
    ReadBlobs(Vec<u8>),
    DeleteBlobs(Vec<u8>),
    Head,
    Wait {
        after: usize,
    },
}

fn operation() -> impl Strategy<Value = Operation> {
    let expected = prop_oneof![1 => Just(None), 3 => (0_u64..6).prop_map(Some)];
    let blobs = vec((0_u8..6, 0_u8..2), 0..2);
    let append = (0_u8..3, expected, vec(0_u8..5, 0..4), blobs);
    prop_oneof![
        6 => append.prop_map(|(stream, expected, ids, blobs)| {
            Operation::Append { stream, expected, ids, blobs }
        }),
        1 => (0_u8..4, 0_u64..6, 0_usize..4)
            .prop_map(|(stream, from, limit)| Operation::ReadStream { stream, from, limit }),
        1 => (0_usize..12, 0_usize..5)
            .prop_map(|(after, limit)| Operation::ReadAll { after, limit }),
        1 => vec(0_u8..6, 0..3).prop_map(Operation::ReadBlobs),
        1 => vec(0_u8..6, 0..3).prop_map(Operation::DeleteBlobs),
        1 => Just(Operation::Head),
        1 => (0_usize..12).prop_map(|after| Operation::Wait { after }),
    ]
}

/// What a store answered, with places in the log instead of positions.
#[derive(Debug, PartialEq)]
enum Answer {
    Appended(u64, usize),
    Conflict(Option<u64>),
    Invalid,
    Events(Vec<Stored>),
    Blobs(Vec<Option<SealedBlob>>),
    Done,
    Head(usize),
    Waited(bool),
}

/// A store, and the positions it gave out.
struct Subject<S> {
    store: S,
    positions: Vec<Position>,
}

impl<S: EventStore> Subject<S> {
    fn new(store: S) -> Self {
        Self { store, positions: Vec::new() }
    }

    async fn answer(&mut self, operation: Operation) -> Answer {
        match operation {
            Operation::Append { stream: name, expected, ids, blobs } => {
                let name = stream(&format!("stream-{name}"));
                let expected = expected.map_or(Expected::NoStream, Expected::At);
                let events = ids.into_iter().map(event).collect();
                let blobs = blobs.into_iter().map(|(id, byte)| blob(id, byte)).collect();
                let outcome = self.store.append(&name, expected, events, blobs).await;
                self.learn().await;
                match outcome {
                    Ok(done) => Answer::Appended(done.revision, self.place(done.position)),
                    Err(AppendError::Conflict { actual }) => Answer::Conflict(actual),
                    Err(AppendError::Invalid(_)) => Answer::Invalid,
                    Err(other) => panic!("nothing should fail here: {other}"),
                }
            }
            Operation::ReadStream { stream: name, from, limit } => {
                let name = stream(&format!("stream-{name}"));
                self.events(self.store.read_stream(&name, from, limit).await.expect("events"))
            }
            Operation::ReadAll { after, limit } => {
                let after = self.position(after);
                self.events(self.store.read_all(after, limit).await.expect("events"))
            }
            Operation::ReadBlobs(ids) => {
                let ids: Vec<_> = ids.into_iter().map(|id| blob(id, 0).id).collect();
                Answer::Blobs(self.store.read_blobs(&ids).await.expect("blobs"))
            }
            Operation::DeleteBlobs(ids) => {
                let ids: Vec<_> = ids.into_iter().map(|id| blob(id, 0).id).collect();
                self.store.delete_blobs(&ids).await.expect("a deletion");
                Answer::Done
            }
            Operation::Head => {
                let head = self.store.head().await.expect("a head");
                Answer::Head(head.map_or(0, |position| self.place(position)))
            }
            Operation::Wait { after } => {
                let after = self.position(after);
                let waited = self.store.wait_past(after, Duration::ZERO).await;
                Answer::Waited(waited.expect("a wait"))
            }
        }
    }

    /// Notes the positions of events that are new.
    async fn learn(&mut self) {
        let news = self.store.read_all(self.positions.last().copied(), usize::MAX).await;
        self.positions.extend(news.expect("events").iter().map(|event| event.position));
    }

    /// Counted from 1.
    fn place(&self, position: Position) -> usize {
        self.positions.binary_search(&position).expect("a position that was given out") + 1
    }

    /// The head for places beyond it.
    fn position(&self, place: usize) -> Option<Position> {
        let place = place.min(self.positions.len());
        place.checked_sub(1).map(|index| self.positions[index])
    }

    fn events(&self, mut events: Vec<Stored>) -> Answer {
        for event in &mut events {
            event.position = Position(self.place(event.position) as u64);
        }
        Answer::Events(events)
    }
}

fn event(id: u8) -> NewEvent {
    NewEvent {
        id: EventId::derived(&id.to_string()),
        kind: "test.happened.v1".into(),
        metadata: vec![id],
        data: vec![id; 3],
    }
}

fn blob(id: u8, byte: u8) -> SealedBlob {
    SealedBlob { id: BlobId::derived(&id.to_string()), bytes: vec![byte; 3] }
}

/// `PROPTEST_CASES` says how many; each waits for the disk some twenty times.
fn config() -> Config {
    let cases =
        std::env::var("PROPTEST_CASES").map_or(48, |cases| cases.parse().expect("a number"));
    Config { cases, failure_persistence: None, ..Config::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_same_operations_have_the_same_answers(operations in vec(operation(), 1..40)) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let folder = folder();
        let file = SqliteStore::open(&folder.path().join("log.db")).expect("a store");
        let (mut memory, mut file) = (Subject::new(MemoryStore::new()), Subject::new(file));
        for operation in operations {
            let expected = runtime.block_on(memory.answer(operation.clone()));
            let found = runtime.block_on(file.answer(operation.clone()));
            prop_assert_eq!(found, expected, "{:?}", operation);
        }
    }
}
