//! What a store in a file promises beyond the suite.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use events::{BlobId, Digest};
use guichet::store::{
    AppendError, EventStore, Expected, Finding, ImportError, MemoryStore, NewEvent, OpenError,
    QUEUE_WRITES_MAX, SealedBlob, SqliteStore, Stored,
};
use rusqlite::Connection;
use sha2::Digest as _;
use tempfile::TempDir;

use super::worker::{Work, Worker};
use super::{blob, event, events, folder, put, stream};

fn place() -> (TempDir, PathBuf) {
    let folder = folder();
    let path = folder.path().join("log.db");
    (folder, path)
}

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).expect("a store")
}

fn raw(path: &Path) -> Connection {
    Connection::open(path).expect("a database")
}

async fn wrote(store: &SqliteStore, name: &str, expected: Expected, events: Vec<NewEvent>) {
    let appended = store.append(&stream(name), expected, events, vec![]).await;
    appended.expect("an append that holds");
}

async fn log(store: &SqliteStore) -> Vec<Stored> {
    store.read_all(None, usize::MAX).await.expect("the log")
}

#[tokio::test]
async fn a_store_opened_again_goes_on_where_it_was() {
    let (_folder, path) = place();
    let store = open(&path);
    let identity = store.identity();
    wrote(&store, "a", Expected::NoStream, events(["1", "2"])).await;
    let before = log(&store).await;
    drop(store);
    let store = open(&path);
    assert_eq!(store.identity(), identity);
    wrote(&store, "a", Expected::At(1), events(["3"])).await;
    wrote(&store, "b", Expected::NoStream, events(["4"])).await;
    let after = log(&store).await;
    assert_eq!(after[..2], before);
    assert!(after.is_sorted_by(|one, next| one.position < next.position));
    assert!(store.wait_past(Some(after[2].position), std::time::Duration::ZERO).await.is_ok());
}

#[test]
fn two_logs_have_two_identities() {
    let (one, other) = (place(), place());
    assert_ne!(open(&one.1).identity(), open(&other.1).identity());
}

#[test]
fn a_second_process_is_refused_and_told_who_writes() {
    let (_folder, path) = place();
    let store = open(&path);
    let own = std::process::id();
    let mut other = Worker::start(Work::Open, &path, &[]);
    let heard = other.hear().expect("an answer");
    assert!(heard.contains(&format!("in use by process {own}")), "{heard}");
    assert!(heard.contains("log.db-lock"), "{heard}");
    assert!(matches!(
        SqliteStore::open(&path),
        Err(OpenError::InUse { holder: Some(holder), .. }) if holder == own
    ));
    drop(store);
    let mut other = Worker::start(Work::Open, &path, &[]);
    assert_eq!(other.hear().as_deref(), Some("opened"));
}

#[tokio::test]
async fn a_store_opened_for_reading_follows_the_one_that_writes_and_takes_no_writes() {
    let (_folder, path) = place();
    assert!(matches!(SqliteStore::open_read_only(&path), Err(OpenError::Missing(_))));
    let writing = open(&path);
    let reading = SqliteStore::open_read_only(&path).expect("a store to read");
    assert_eq!(reading.identity(), writing.identity());
    let brief = std::time::Duration::from_millis(1);
    assert!(!reading.wait_past(None, brief).await.expect("a wait"));
    wrote(&writing, "a", Expected::NoStream, events(["1"])).await;
    let long = std::time::Duration::from_secs(60);
    assert!(reading.wait_past(None, long).await.expect("a wait"));
    assert_eq!(log(&reading).await, log(&writing).await);
    let refused = reading.append(&stream("a"), Expected::At(0), events(["2"]), vec![]).await;
    assert!(matches!(refused, Err(AppendError::Invalid(_))), "{refused:?}");
    assert!(reading.delete_blobs(&[]).await.is_err());
    drop(writing);
    assert_eq!(log(&reading).await.len(), 1);
}

#[test]
fn files_of_others_and_of_other_builds_are_refused_and_left_alone() {
    let (_folder, path) = place();
    raw(&path).execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)").expect("x");
    assert!(matches!(SqliteStore::open(&path), Err(OpenError::Foreign)));
    raw(&path).query_row("SELECT x FROM theirs", [], |_| Ok(())).expect("their row");

    let (_folder, path) = place();
    drop(open(&path));
    raw(&path).pragma_update(None, "user_version", 2).expect("a later format");
    assert!(matches!(SqliteStore::open(&path), Err(OpenError::Version { found: 2, known: 1 })));

    let (_folder, path) = place();
    std::fs::write(&path, [b'x'; 4096]).expect("a file");
    assert!(SqliteStore::open(&path).is_err());
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_or_remove_events() {
    let (_folder, path) = place();
    let store = open(&path);
    wrote(&store, "a", Expected::NoStream, events(["1"])).await;
    let database = raw(&path);
    for sql in [
        "UPDATE events SET data = x'00'",
        "UPDATE events SET position = 7",
        "DELETE FROM events",
        "UPDATE streams SET name = 'b'",
        "DELETE FROM streams",
    ] {
        let refused = database.execute(sql, []).expect_err(sql).to_string();
        assert!(refused.contains("never") || refused.contains("keeps"), "{refused}");
    }
    assert_eq!(log(&store).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_says_unavailable_at_once() {
    let (_folder, path) = place();
    let store = Arc::new(open(&path));
    let holder = raw(&path);
    holder.execute_batch("BEGIN IMMEDIATE").expect("the write lock");
    let append = |number: usize| {
        let store = Arc::clone(&store);
        async move {
            let name = stream(&format!("stream-{number}"));
            store.append(&name, Expected::NoStream, vec![event("1")], vec![]).await
        }
    };
    let mut appends = tokio::task::JoinSet::new();
    // The writing thread may have taken one group off the queue before it met the lock.
    let over = 2 * QUEUE_WRITES_MAX + 10;
    (0..over).for_each(|number| drop(appends.spawn(append(number))));
    let first = appends.join_next().await.expect("an answer").expect("no panic");
    assert!(matches!(first, Err(AppendError::Unavailable(_))), "{first:?}");
    holder.execute_batch("ROLLBACK").expect("the lock let go");
    let (mut done, mut refused) = (0, 1);
    while let Some(outcome) = appends.join_next().await {
        match outcome.expect("no panic") {
            Ok(_) => done += 1,
            Err(AppendError::Unavailable(_)) => refused += 1,
            Err(other) => panic!("only a full queue is expected, not {other}"),
        }
    }
    assert_eq!(done + refused, over);
    assert!(done >= QUEUE_WRITES_MAX, "{done} done");
    // Those turned away may come again: everything is there once.
    for number in 0..over {
        append(number).await.expect("room again");
    }
    assert_eq!(log(&store).await.len(), over);
}

/// A limit on the size of files stands in for the disk; the limit is then lifted.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_unavailable_and_then_the_store_recovers() {
    let (_folder, path) = place();
    let limited = r#"trap "" XFSZ; exec prlimit --fsize=1000000:unlimited "$0" "$@""#;
    let mut worker = Worker::start(Work::Fill, &path, &["sh", "-c", limited]);
    let heard = worker.hear().expect("a full disk");
    let (written, _) = heard.split_once(' ').expect("a number and a reason");
    let written: u64 = written.parse().expect("a number");
    assert!(written > 0);
    let lift = ["--fsize=unlimited".into(), format!("--pid={}", worker.process.id())];
    assert!(Command::new("prlimit").args(lift).status().expect("prlimit").success());
    worker.tell("there is room");
    assert_eq!(worker.hear(), Some((written + 1).to_string()));
    assert!(worker.process.wait().expect("an end").success());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let examination = runtime.block_on(open(&path).examine()).expect("an examination");
    assert!(examination.is_sound(), "{examination:?}");
    assert_eq!(examination.events, written + 1);
}

#[tokio::test]
async fn deleted_blobs_leave_no_trace_in_any_file() {
    let (folder, path) = place();
    let store = open(&path);
    let needle = b"a needle that is easy to find again";
    let (secret, kept) = (blob("1", &needle.repeat(500)), blob("2", b"another needle"));
    let blobs = vec![secret.clone(), kept];
    put(&store, Expected::NoStream, events(["1"]), blobs).await;
    let holding = |needle: &[u8]| {
        let files = std::fs::read_dir(folder.path()).expect("the folder");
        let files = files.map(|file| std::fs::read(file.expect("a file").path()).expect("bytes"));
        files.filter(|bytes| bytes.windows(needle.len()).any(|part| part == needle)).count()
    };
    assert!(holding(needle) > 0);
    store.delete_blobs(&[secret.id]).await.expect("a deletion");
    assert_eq!(holding(needle), 0);
    assert!(holding(b"another needle") > 0);
}

#[tokio::test]
async fn a_log_built_in_memory_is_imported_as_it_is() {
    let memory = MemoryStore::new();
    for (name, expected, batch) in [
        ("a", Expected::NoStream, events(["1", "2"])),
        ("b", Expected::NoStream, events(["3"])),
        ("a", Expected::At(1), events(["4"])),
    ] {
        let blobs = vec![blob(&batch.len().to_string(), b"same")];
        memory.append_now(&stream(name), expected, batch, blobs).expect("an append");
    }
    let (built, blobs) = memory.into_log();
    let (_folder, path) = place();
    let store = open(&path);
    let import = |built: Vec<Stored>| {
        let events = built.into_iter().map(Stored::into_new);
        store.import(events, blobs.clone().into_iter())
    };
    let head = import(built.clone()).await.expect("an import");
    let found = log(&store).await;
    assert_eq!(found.last().map(|event| event.position), head);
    assert!(store.wait_past(None, std::time::Duration::ZERO).await.expect("a wait"));
    let places = |log: &[Stored]| -> Vec<_> {
        log.iter().map(|e| (e.stream.clone(), e.revision, e.id, e.data.clone())).collect()
    };
    assert_eq!(places(&found), places(&built));
    assert!(store.examine().await.expect("an examination").is_sound());
    wrote(&store, "a", Expected::At(2), events(["5"])).await;
    assert!(matches!(import(built).await, Err(ImportError::NotEmpty)));
    assert_eq!(log(&store).await.len(), 5);
}

#[tokio::test]
async fn an_import_that_is_refused_writes_nothing() {
    let (_folder, path) = place();
    let store = open(&path);
    let mut bad = event("2");
    bad.kind.clear();
    let events = [(stream("a"), event("1")), (stream("a"), bad)];
    let outcome = store.import(events.into_iter(), [blob("1", b"one")].into_iter()).await;
    assert!(matches!(outcome, Err(ImportError::Invalid(_))), "{outcome:?}");
    assert_eq!(log(&store).await, []);
    assert_eq!(store.read_blobs(&[BlobId::derived("1")]).await.expect("blobs"), [None]);
    wrote(&store, "a", Expected::NoStream, vec![event("1")]).await;
}

#[tokio::test]
async fn an_examination_tells_what_is_wrong() {
    let (_folder, path) = place();
    let store = open(&path);
    let sealed = |name: &str| -> (NewEvent, SealedBlob) {
        let blob = blob(name, name.as_bytes());
        let digest = Digest(sha2::Sha256::digest(&blob.bytes).into());
        let data = serde_json::json!({"notes": [{"blob": blob.id, "digest": digest}]});
        (NewEvent { data: data.to_string().into(), ..event(name) }, blob)
    };
    for (count, name) in ["1", "2", "3"].into_iter().enumerate() {
        let (event, blob) = sealed(name);
        let expected = Expected::after(count as u64);
        put(&store, expected, vec![event], vec![blob]).await;
    }
    wrote(&store, "b", Expected::NoStream, events(["4"])).await;
    let examination = store.examine().await.expect("an examination");
    assert!(examination.is_sound(), "{examination:?}");
    assert_eq!((examination.events, examination.streams, examination.blobs), (4, 2, 3));

    let (lost, changed) = (blob("1", b"").id, blob("2", b"").id);
    store.delete_blobs(&[lost]).await.expect("a deletion");
    let unused = vec![blob("unused", b"x")];
    put(&store, Expected::At(2), events(["5"]), unused).await;
    let damage = raw(&path);
    let sql = "UPDATE blobs SET bytes = x'00' WHERE id = ?1";
    damage.execute(sql, [changed.uuid().as_bytes()]).expect("damage");
    damage.execute_batch("DROP TRIGGER events_remain; DROP TRIGGER events_stay").expect("damage");
    damage.execute("DELETE FROM events WHERE position = 2", []).expect("damage");
    damage.execute("UPDATE events SET data = x'00' WHERE position = 5", []).expect("damage");
    let examination = store.examine().await.expect("an examination");
    assert_eq!((examination.absent, examination.unreferenced), (vec![lost], 2));
    let is = |wanted: fn(&Finding) -> bool| examination.findings.iter().any(wanted);
    assert!(is(|found| matches!(found, Finding::Hole { expected: 2, found: 3 })));
    assert!(is(|found| matches!(found, Finding::Gap { expected: 1, found: 2, .. })));
    assert!(is(|found| matches!(found, Finding::Event(_))));
}

#[tokio::test]
async fn events_that_went_missing_are_noticed_and_not_skipped() {
    for missing in [1, 20, 39, 40] {
        let (_folder, path) = place();
        let store = open(&path);
        forty_events(&store).await;
        let damage = raw(&path);
        damage.execute_batch("DROP TRIGGER events_remain").expect("damage");
        damage.execute("DELETE FROM events WHERE position = ?1", [missing]).expect("damage");
        assert!(store.read_all(None, usize::MAX).await.is_err(), "{missing}");
        let name = stream(["a", "b"][(missing as usize - 1) % 2]);
        assert!(store.read_stream(&name, 0, usize::MAX).await.is_err(), "{missing}");
    }
}

/// One byte at a time, all over the file.
#[tokio::test]
async fn a_damaged_file_is_refused_and_never_believed() {
    let (_folder, path) = place();
    let store = open(&path);
    let written = forty_events(&store).await;
    drop(store);
    let sound = std::fs::read(&path).expect("the file");
    let (mut noticed, mut harmless) = (0, 0);
    for at in (0..sound.len()).step_by(31) {
        damage(&path, &sound, at);
        let Ok(store) = SqliteStore::open_read_only(&path) else {
            noticed += 1;
            continue;
        };
        match store.read_all(None, usize::MAX).await {
            Err(_) => noticed += 1,
            Ok(log) => {
                assert_eq!(log, written, "byte {at}");
                harmless += 1;
            }
        }
        for name in ["a", "b"].map(stream) {
            let Ok(found) = store.read_stream(&name, 0, usize::MAX).await else { continue };
            if !found.iter().eq(written.iter().filter(|event| event.stream == name)) {
                let examination = store.examine().await.expect("an examination");
                assert!(!examination.is_sound(), "byte {at}");
            }
        }
    }
    assert!(noticed > 100 && harmless > 100, "{noticed} noticed, {harmless} harmless");
}

/// What follows the damage can't be told from what was never written; what precedes it stands.
#[tokio::test]
async fn a_damaged_write_ahead_log_gives_what_stood_before_the_damage() {
    let (folder, path) = place();
    let store = open(&path);
    let written = forty_events(&store).await;
    let (copy, wal) = (folder.path().join("copy.db"), folder.path().join("copy.db-wal"));
    let main = std::fs::read(&path).expect("the file");
    let sound = std::fs::read(folder.path().join("log.db-wal")).expect("the write-ahead log");
    for at in (0..sound.len()).step_by(sound.len() / 100) {
        std::fs::write(&copy, &main).expect("a copy");
        damage(&wal, &sound, at);
        if let Ok(store) = SqliteStore::open(&copy) {
            let found = log(&store).await;
            assert_eq!(found, written[..found.len()], "byte {at}");
        }
    }
}

async fn forty_events(store: &SqliteStore) -> Vec<Stored> {
    for count in 0..40_u64 {
        let name = ["a", "b"][(count % 2) as usize];
        wrote(store, name, Expected::after(count / 2), vec![event(&count.to_string())]).await;
    }
    log(store).await
}

fn damage(path: &Path, sound: &[u8], at: usize) {
    let mut damaged = sound.to_owned();
    damaged[at] ^= 0x20;
    std::fs::write(path, damaged).expect("the damage");
}
