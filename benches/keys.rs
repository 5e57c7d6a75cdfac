//! What rotating the keys claims: how long it takes beside its floor, and that nobody notices.
//!
//! `cargo bench --bench keys`; `GUICHET_BENCH_FOLDER` names a folder on the disk to be measured.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chacha20poly1305::aead::Aead;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use events::{BlobId, Sealed, StreamName};
use guichet::clock::{Clock, SystemClock};
use guichet::store::SealedBlob;
use guichet::vault::{Opened, Vault};
use rusqlite::Connection;

const KEYS: usize = 10_000;
const THREADS: usize = 4;
/// One in so many requests is of somebody new, whose key has to be made first.
const NEWCOMERS: usize = 10;
const GOAL: Duration = Duration::from_secs(5);

/// What the requests beside a rotation met.
#[derive(Default)]
struct Met {
    requests: AtomicU64,
    failures: AtomicU64,
    longest_micros: AtomicU64,
}

fn main() {
    // Beside the build, since a temporary folder may be in memory.
    let disk = std::env::var_os("GUICHET_BENCH_FOLDER");
    let disk = disk.unwrap_or(env!("CARGO_TARGET_TMPDIR").into());
    let folder = tempfile::tempdir_in(disk).expect("a folder");
    let (keys, root) = (folder.path().join("keys"), folder.path().join("root.key"));
    let vault = Vault::in_folder(&keys, &root).expect("a vault");
    let holders: Vec<_> = (0..KEYS).map(holder).collect();
    vault.ensure(&holders).expect("keys");
    let texts: Vec<_> = (0..KEYS).map(|at| seal(&vault, at)).collect();
    drop(vault);

    let floor = floor(&folder.path().join("floor.db"));
    report("10,000 keys: cipher and one bulk update", &format!("{} ms", floor.as_millis()));
    // Opened again, so that nobody's key is in memory and each first request reads the file.
    let vault = Vault::in_folder(&keys, &root).expect("a vault");
    let (loaded, met) = under_load(&vault, &texts);
    let (requests, failures) = (met.requests.into_inner(), met.failures.into_inner());
    report("10,000 keys rotated under load", &format!("{} ms", loaded.as_millis()));
    report("  goal", &format!("at most {} s", GOAL.as_secs()));
    report("  against the floor", &ratio(loaded, floor));
    report("  requests by 4 threads meanwhile", &requests.to_string());
    report("  of which failed", &failures.to_string());
    report("  the longest took", &format!("{} ms", met.longest_micros.into_inner() / 1_000));
    let idle = rotate(&vault);
    report("10,000 keys and newcomers rotated, idle", &format!("{} ms", idle.as_millis()));
    report("  against the floor", &ratio(idle, floor));

    let vault = Vault::in_folder(&keys, &root).expect("a vault");
    let lost = texts.iter().filter(|text| !opens(&vault, text)).count();
    report("texts that no longer open", &lost.to_string());
    assert_eq!((failures, lost), (0, 0), "nobody notices a rotation");
    assert!(loaded <= GOAL, "a rotation under load takes at most {GOAL:?}");
}

fn report(what: &str, figure: &str) {
    // A bench is read on standard output.
    writeln!(std::io::stdout(), "{what:<42} {figure}").expect("standard output");
}

fn ratio(time: Duration, floor: Duration) -> String {
    format!("{:.1} ×", time.as_secs_f64() / floor.as_secs_f64())
}

fn holder(at: usize) -> StreamName {
    format!("person-{at}").parse().expect("a name")
}

fn seal(vault: &Vault, at: usize) -> (Sealed, SealedBlob) {
    let id = BlobId::derived(&at.to_string());
    vault.seal(&holder(at), id, "name", "Camille Martin").expect("sealed")
}

fn opens(vault: &Vault, (sealed, blob): &(Sealed, SealedBlob)) -> bool {
    matches!(vault.open(sealed, Some(blob)), Ok(Opened::Text(text)) if text.as_str() == "Camille Martin")
}

fn rotate(vault: &Vault) -> Duration {
    let begin = Instant::now();
    let rotated = vault.rotate(SystemClock.now(), None, &mut |_| ControlFlow::Continue(()));
    assert!(rotated.expect("rotated").moved >= KEYS as u64);
    begin.elapsed()
}

/// A rotation while others open texts and seal new ones, some for people who have no key yet.
fn under_load(vault: &Vault, texts: &[(Sealed, SealedBlob)]) -> (Duration, Met) {
    let (met, done) = (Met::default(), AtomicBool::new(false));
    let taken = std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (met, done) = (&met, &done);
            scope.spawn(move || {
                let mut number = 0;
                while !done.load(Ordering::Relaxed) {
                    request(vault, texts, thread, number, met);
                    number += 1;
                }
            });
        }
        let taken = rotate(vault);
        done.store(true, Ordering::Relaxed);
        taken
    });
    (taken, met)
}

fn request(vault: &Vault, texts: &[(Sealed, SealedBlob)], thread: usize, number: usize, met: &Met) {
    let begin = Instant::now();
    let well = if number.is_multiple_of(NEWCOMERS) {
        let newcomer = holder(KEYS + number * THREADS + thread);
        let id = BlobId::derived(newcomer.as_str());
        vault.seal(&newcomer, id, "name", "Camille Martin").is_ok()
    } else {
        // Each thread opens the texts in an order of its own, so that they meet few at once.
        opens(vault, &texts[(number * (2 * thread + 7)) % texts.len()])
    };
    let micros = u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX);
    met.requests.fetch_add(1, Ordering::Relaxed);
    met.failures.fetch_add(u64::from(!well), Ordering::Relaxed);
    met.longest_micros.fetch_max(micros, Ordering::Relaxed);
}

/// The floor: the bare cipher, twice for each key, and one transaction that changes every row.
fn floor(path: &Path) -> Duration {
    let mut db = Connection::open(path).expect("a database");
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;
         CREATE TABLE keys (holder TEXT PRIMARY KEY, epoch INTEGER NOT NULL,
            wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID",
    )
    .expect("a table");
    let cipher = |key: u8| XChaCha20Poly1305::new(&[key; 32].into());
    let (old, new) = (cipher(1), cipher(2));
    let nonce = XNonce::from([3; 24]);
    let mut rows = Vec::new();
    let tx = db.transaction().expect("a transaction");
    for at in 0..KEYS {
        let wrapped = old.encrypt(&nonce, &[7; 32][..]).expect("wrapped");
        let row = (holder(at).as_str().to_owned(), wrapped);
        tx.execute("INSERT INTO keys VALUES (?1, 1, ?2)", (&row.0, &row.1)).expect("a row");
        rows.push(row);
    }
    tx.commit().expect("a commit");
    let begin = Instant::now();
    let tx = db.transaction().expect("a transaction");
    {
        let sql = "UPDATE keys SET epoch = 2, wrapped = ?2 WHERE holder = ?1";
        let mut update = tx.prepare(sql).expect("a statement");
        for (holder, wrapped) in &rows {
            let key = old.decrypt(&nonce, &wrapped[..]).expect("unwrapped");
            let wrapped = new.encrypt(&nonce, &key[..]).expect("wrapped");
            update.execute((holder, wrapped)).expect("a row");
        }
    }
    tx.commit().expect("a commit");
    begin.elapsed()
}
