//! What the store claims about speed, each figure beside its floor from the same run.
//!
//! `cargo bench --bench store`; `GUICHET_BENCH_FOLDER` names a folder on the disk to be measured.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use events::{EventId, StreamName};
use guichet::store::{EventStore, Expected, NewEvent, SqliteStore, Stored};
use rusqlite::{Connection, params};
use tokio::runtime::Runtime;
use uuid::Uuid;

const WRITERS: usize = 32;
const APPENDS_EACH: u64 = 1_000;
const LONE_APPENDS: u64 = 2_000;
const IMPORTED: usize = 60_000;

fn main() {
    let runtime = Runtime::new().expect("a runtime");
    // Beside the build, since a temporary folder may be in memory.
    let disk = std::env::var_os("GUICHET_BENCH_FOLDER");
    let disk = disk.unwrap_or(env!("CARGO_TARGET_TMPDIR").into());
    let folder = tempfile::tempdir_in(disk).expect("a folder");
    let store = SqliteStore::open(&folder.path().join("appends.db")).expect("a store");
    let (lone, fsync) = runtime.block_on(lone(&store, &folder.path().join("floor")));
    let ratio = lone.as_secs_f64() / fsync.as_secs_f64();
    report("one fsync of 4 KiB, p50", &format!("{} µs", fsync.as_micros()));
    report("one lone writer, p50", &format!("{} µs", lone.as_micros()));
    report("  against one fsync", &format!("{ratio:.2} × (goal: at most 3)"));

    let appends = runtime.block_on(racing(&Arc::new(store)));
    let ratio = appends * fsync.as_secs_f64();
    report("32 writers, each waiting for its fsync", &format!("{appends:.0} appends/s"));
    report("  against fsyncs one after the other", &format!("{ratio:.1} ×"));

    let rows: Vec<_> = (0..IMPORTED).map(row).collect();
    let raw = raw_insert(&folder.path().join("raw.db"), &rows);
    report("60,000 rows into bare SQLite", &format!("{raw:.0} rows/s"));
    let store = SqliteStore::open(&folder.path().join("import.db")).expect("a store");
    let import = runtime.block_on(import(&store, rows));
    report("60,000 events imported", &format!("{import:.0} events/s"));
    let ratio = 100.0 * import / raw;
    report("  against bare SQLite", &format!("{ratio:.0} % (goal: at least 70)"));
    let scan = runtime.block_on(scan(&store));
    report("reading the log, one core", &format!("{scan:.0} events/s"));
}

fn report(what: &str, figure: &str) {
    // A bench is read on standard output.
    writeln!(std::io::stdout(), "{what:<42} {figure}").expect("standard output");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// An event of the size that a coaching session has.
fn event(stream: &StreamName, revision: u64) -> NewEvent {
    NewEvent {
        id: EventId::derived(&format!("{stream}/{revision}")),
        kind: "coaching.session-held.v1".into(),
        metadata: vec![b'm'; 250],
        data: vec![b'd'; 250],
    }
}

/// In turns, since disks have moods: one append, then the floor, four kilobytes written for sure.
async fn lone(store: &SqliteStore, floor: &Path) -> (Duration, Duration) {
    let stream: StreamName = "case-alone".parse().expect("a name");
    let mut file = File::create(floor).expect("a file");
    let (mut appends, mut fsyncs) = (Vec::new(), Vec::new());
    for revision in 0..LONE_APPENDS {
        let events = vec![event(&stream, revision)];
        let begin = Instant::now();
        let appended = store.append(&stream, Expected::after(revision), events, vec![]).await;
        appended.expect("an append");
        appends.push(begin.elapsed());
        let begin = Instant::now();
        file.write_all(&[7; 4096]).expect("room");
        file.sync_data().expect("a disk");
        fsyncs.push(begin.elapsed());
    }
    (median(appends), median(fsyncs))
}

async fn racing(store: &Arc<SqliteStore>) -> f64 {
    let write = |store: Arc<SqliteStore>, writer: usize| async move {
        let stream: StreamName = format!("case-{writer}").parse().expect("a name");
        for revision in 0..APPENDS_EACH {
            let events = vec![event(&stream, revision)];
            let appended = store.append(&stream, Expected::after(revision), events, vec![]);
            appended.await.expect("an append");
        }
    };
    let begin = Instant::now();
    let mut writers = tokio::task::JoinSet::new();
    (0..WRITERS).for_each(|writer| drop(writers.spawn(write(Arc::clone(store), writer))));
    writers.join_all().await;
    WRITERS as f64 * APPENDS_EACH as f64 / begin.elapsed().as_secs_f64()
}

/// Twenty cases at a time, as a log has them.
fn row(number: usize) -> (StreamName, NewEvent) {
    let case = number / 1_000 * 20 + number % 20;
    let name = format!("case-{}", Uuid::from_u128(case as u128 * 0x9e37_79b9_7f4a_7c15));
    let stream: StreamName = name.parse().expect("a name");
    let event = event(&stream, number as u64);
    (stream, event)
}

/// The rival: the same rows, with the index that finds a stream, in one transaction as durable.
fn raw_insert(path: &Path, rows: &[(StreamName, NewEvent)]) -> f64 {
    let begin = Instant::now();
    let mut db = Connection::open(path).expect("a database");
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384;
         CREATE TABLE events (position INTEGER PRIMARY KEY, stream TEXT, revision INTEGER,
            id BLOB, kind TEXT, metadata BLOB, data BLOB, UNIQUE (stream, revision))",
    )
    .expect("a table");
    let tx = db.transaction().expect("a transaction");
    let mut next = HashMap::<&StreamName, i64>::new();
    {
        let sql = "INSERT INTO events VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6)";
        let mut insert = tx.prepare(sql).expect("a statement");
        for (stream, event) in rows {
            let revision = next.entry(stream).or_default();
            let NewEvent { id, kind, metadata, data } = event;
            let (name, id) = (stream.as_str(), id.uuid());
            let row = params![name, *revision, id.as_bytes(), kind, metadata, data];
            insert.execute(row).expect("a row");
            *revision += 1;
        }
    }
    tx.commit().expect("a commit");
    rows.len() as f64 / begin.elapsed().as_secs_f64()
}

async fn import(store: &SqliteStore, rows: Vec<(StreamName, NewEvent)>) -> f64 {
    let count = rows.len();
    let begin = Instant::now();
    store.import(rows.into_iter(), std::iter::empty()).await.expect("an import");
    count as f64 / begin.elapsed().as_secs_f64()
}

async fn scan(store: &SqliteStore) -> f64 {
    let begin = Instant::now();
    let (mut after, mut count) = (None, 0);
    loop {
        let page: Vec<Stored> = store.read_all(after, 1_000).await.expect("a page");
        let Some(last) = page.last() else { break };
        (after, count) = (Some(last.position), count + page.len());
    }
    count as f64 / begin.elapsed().as_secs_f64()
}
