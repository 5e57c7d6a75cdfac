//! A child process that works on a store: this binary, run again with one test selected.

use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use events::{BlobId, EventId, StreamName};
use guichet::clock::{Clock, SystemClock};
use guichet::store::{AppendError, EventStore, Expected, NewEvent, SealedBlob, SqliteStore};
use guichet::vault::Vault;

use super::stream;

const WORK: &str = "GUICHET_TEST_WORK";
const PATH: &str = "GUICHET_TEST_PATH";
const TEST: &str = "store::worker::works_when_it_is_a_child";

/// How many streams the appending child writes to at once.
pub(super) const WRITERS: usize = 4;

/// What a child does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Work {
    /// Opens the store and says how that went.
    Open,
    /// Appends without end, acknowledging each append.
    Append,
    /// Appends until the disk is full; after a line on standard input, does the last one again.
    Fill,
    /// Rotates keys without end, and says each point that it passes.
    Rotate,
}

/// A running child.
pub(crate) struct Worker {
    pub(crate) process: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Worker {
    /// Starts one; `wrap` are words before its own, of a program that runs it.
    pub(crate) fn start(work: Work, path: &Path, wrap: &[&str]) -> Self {
        let own = std::env::current_exe().expect("this program");
        let mut command = match wrap {
            [] => Command::new(own),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(own);
                command
            }
        };
        let mut process = command
            .args(["--exact", TEST, "--nocapture"])
            .env(WORK, format!("{work:?}"))
            .env(PATH, path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a child");
        let output = process.stdout.take().expect("its output");
        Self { process, lines: BufReader::new(output).lines() }
    }

    /// What it says next; `None` when it has ended.
    pub(crate) fn hear(&mut self) -> Option<String> {
        let lines = self.lines.by_ref().map(|line| line.expect("text"));
        // What stands before is the test harness talking.
        lines.filter_map(|line| line.strip_prefix("worker: ").map(str::to_owned)).next()
    }

    /// Says a line to it.
    pub(super) fn tell(&mut self, line: &str) {
        let input = self.process.stdin.as_mut().expect("its input");
        writeln!(input, "{line}").expect("a listening child");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The child's side.
#[test]
fn works_when_it_is_a_child() {
    let Ok(work) = std::env::var(WORK) else { return };
    let path = PathBuf::from(std::env::var_os(PATH).expect("a path"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match work.as_str() {
        "Open" => open(&path),
        "Append" => runtime.block_on(append(&path)),
        "Fill" => runtime.block_on(fill(&path)),
        "Rotate" => rotate(&path),
        other => panic!("no such work: {other}"),
    }
}

/// In one write, so that lines of several writers do not mix; on a line of its own, since the
/// test harness leaves some unfinished.
fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    output.write_all(format!("\nworker: {line}\n").as_bytes()).expect("a listening parent");
    output.flush().expect("a listening parent");
}

fn open(path: &Path) {
    match SqliteStore::open(path) {
        Ok(_) => say("opened"),
        Err(error) => say(&error.to_string()),
    }
}

/// `path` is the folder of the keys, and holds their root key too.
fn rotate(path: &Path) {
    let vault = Vault::in_folder(path, &path.join("root.key")).expect("a vault");
    loop {
        let told = &mut |point| {
            say(&format!("{point:?}"));
            ControlFlow::Continue(())
        };
        vault.rotate(SystemClock.now(), None, told).expect("rotated");
    }
}

/// The batch of a stream that begins at a revision. Each event says where it stands in it.
pub(super) fn batch(stream: &StreamName, first: u64) -> Vec<NewEvent> {
    let size = first % 5 + 1;
    let event = |index| NewEvent {
        id: EventId::derived(&format!("{stream}/{first}/{index}")),
        kind: "test.happened.v1".into(),
        metadata: vec![b' '; 200],
        data: format!("{first} {index} {size}").into(),
    };
    (0..size).map(event).collect()
}

/// The blob that is stored with that batch.
pub(super) fn blob_of(stream: &StreamName, first: u64) -> BlobId {
    BlobId::derived(&format!("{stream}/{first}"))
}

async fn append(path: &Path) {
    let store = Arc::new(SqliteStore::open(path).expect("a store"));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(append_to(Arc::clone(&store), stream(&format!("writer-{writer}"))));
    }
    while let Some(ended) = writers.join_next().await {
        ended.expect("a writer never ends");
    }
}

async fn append_to(store: Arc<SqliteStore>, stream: StreamName) {
    let mut first = 0;
    loop {
        let page = store.read_stream(&stream, first, 1_000).await.expect("a page");
        if page.is_empty() {
            break;
        }
        first += page.len() as u64;
    }
    loop {
        let events = batch(&stream, first);
        let blobs = vec![SealedBlob { id: blob_of(&stream, first), bytes: vec![7; 100] }];
        let appended = store.append(&stream, Expected::after(first), events, blobs).await;
        let last = appended.expect("an append that holds").revision;
        say(&format!("{stream} {last}"));
        first = last + 1;
    }
}

async fn fill(path: &Path) {
    let store = SqliteStore::open(path).expect("a store");
    let name = stream("a");
    let mut count = 0_u64;
    loop {
        let id = EventId::derived(&count.to_string());
        let kind = "test.happened.v1".to_owned();
        let batch = vec![NewEvent { id, kind, metadata: vec![], data: vec![b'x'; 16_384] }];
        let append = || store.append(&name, Expected::after(count), batch.clone(), vec![]);
        match append().await {
            Ok(_) => count += 1,
            Err(AppendError::Unavailable(why)) => {
                // What was acknowledged stays readable.
                let read = store.read_all(None, usize::MAX).await.expect("the log");
                assert_eq!(read.len() as u64, count);
                say(&format!("{count} {why}"));
                std::io::stdin().lock().read_line(&mut String::new()).expect("a line");
                append().await.expect("room again");
                return say(&(count + 1).to_string());
            }
            Err(other) => panic!("a full disk is no {other}"),
        }
    }
}
