//! Killing the writing process, at any moment.

use std::collections::HashMap;
use std::path::Path;

use events::StreamName;
use guichet::store::{EventStore, SqliteStore};

use super::worker::{WRITERS, Work, Worker, batch, blob_of};
use super::{folder, stream};

/// How often a store is killed before a new one takes its place, lest reading it takes long.
const ROUNDS_PER_STORE: usize = 50;
/// The child is killed after so many acknowledgements at most.
const ACKNOWLEDGED_MAX: u32 = 40;

/// `GUICHET_KILLS` says how often.
#[test]
fn every_acknowledged_event_survives_a_kill_and_batches_are_whole() {
    let kills = std::env::var("GUICHET_KILLS").map_or(5, |kills| kills.parse().expect("a number"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for begun in (0..kills).step_by(ROUNDS_PER_STORE) {
        let folder = folder();
        let path = folder.path().join("log.db");
        let mut checked = HashMap::new();
        for _ in begun..kills.min(begun + ROUNDS_PER_STORE) {
            let acknowledged = append_and_kill(&path);
            runtime.block_on(check(&path, &acknowledged, &mut checked));
        }
        let store = SqliteStore::open(&path).expect("the store again");
        let examination = runtime.block_on(store.examine()).expect("an examination");
        assert!(examination.is_sound(), "{examination:?}");
        assert_eq!(examination.events, checked.values().sum::<u64>());
    }
}

/// The last revision acknowledged in each stream.
fn append_and_kill(path: &Path) -> HashMap<StreamName, u64> {
    let mut worker = Worker::start(Work::Append, path, &[]);
    let mut acknowledged = HashMap::new();
    let mut hear = |worker: &mut Worker| {
        let line = worker.hear()?;
        let (name, revision) = line.split_once(' ').expect("a stream and a revision");
        acknowledged.insert(stream(name), revision.parse().expect("a revision"));
        Some(())
    };
    // None at all means: killed while it starts, or soon after.
    for _ in 0..getrandom::u32().expect("chance") % ACKNOWLEDGED_MAX {
        hear(&mut worker).expect("a worker that goes on");
    }
    worker.process.kill().expect("a running child");
    // What it could still say before it died counts too.
    while hear(&mut worker).is_some() {}
    acknowledged
}

/// Goes on where the last check ended in each stream.
async fn check(
    path: &Path,
    acknowledged: &HashMap<StreamName, u64>,
    checked: &mut HashMap<StreamName, u64>,
) {
    if acknowledged.is_empty() {
        // Killed while the file was made, perhaps: whoever opens it next makes it.
        SqliteStore::open(path).expect("a store");
    }
    let store = SqliteStore::open_read_only(path).expect("the store again");
    for writer in 0..WRITERS {
        let stream = stream(&format!("writer-{writer}"));
        let next = checked.entry(stream.clone()).or_insert(0);
        let found = store.read_stream(&stream, *next, usize::MAX).await.expect("the stream");
        let mut found = found.into_iter().map(|event| event.into_new().1).peekable();
        while found.peek().is_some() {
            let whole = batch(&stream, *next);
            assert!(found.by_ref().take(whole.len()).eq(whole.iter().cloned()), "a torn batch");
            let blobs = store.read_blobs(&[blob_of(&stream, *next)]).await.expect("blobs");
            assert!(blobs[0].is_some(), "events without their blob");
            *next += whole.len() as u64;
        }
        let acknowledged = acknowledged.get(&stream).map_or(0, |last| last + 1);
        assert!(acknowledged <= *next, "{stream}: {acknowledged} acknowledged, {next} there");
    }
}
