//! `keys.db`: every key, wrapped, and the names of those that were destroyed.

mod ring;
mod rotation;
mod schema;
mod status;

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use events::{BlobId, StreamName, Time};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use uuid::Uuid;

use super::key::Key;
use super::keys::Slot;
use super::root::{self, RootKeyError};

use ring::{Epochs, Ring};
pub(super) use rotation::{NewRoot, pass};
pub use rotation::{Point, Witness};
pub use status::{Epoch, KeyStatus, RetiredEpoch};

/// The file's name in its folder.
const NAME: &str = "keys.db";
/// How long to wait for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// So often emptying the log is tried while another process does so, and with this pause.
const TRUNCATIONS_MAX: u32 = 3;
const TRUNCATION_PAUSE: Duration = Duration::from_millis(20);

const FIRST_EPOCH: u32 = 1;
const DIGEST_SECRET: &str = "digest";

/// Why the keys can't be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The root key can't be had.
    #[error(transparent)]
    Root(#[from] RootKeyError),
    /// There are keys, but the file that opens them is gone.
    #[error(
        "no root key at {}, but {} was made with one: {}",
        root_key.display(), keys.display(), remedy(last_used, "restore it from its backup")
    )]
    RootMissing {
        /// Where the root key should be.
        root_key: PathBuf,
        /// The keys it opens.
        keys: PathBuf,
        /// Where it lay when it was last used, if that was elsewhere.
        last_used: Option<PathBuf>,
    },
    /// The keys were made with another root key, or are damaged from the top.
    #[error(
        "the root key {} does not open {}: {}",
        root_key.display(), keys.display(),
        remedy(last_used, "it is another one's, or the latter is damaged")
    )]
    RootWrong {
        /// The file given as root key.
        root_key: PathBuf,
        /// The keys it does not open.
        keys: PathBuf,
        /// Where the one lay that opened them last, if that was elsewhere.
        last_used: Option<PathBuf>,
    },
    /// The root key was to be changed for itself.
    #[error("{} is the root key already: name a new file", .0.display())]
    RootSame(PathBuf),
    /// A later build wrote the file.
    #[error("{} has format {found}, this build knows formats 1 and 2", keys.display())]
    Format {
        /// The file.
        keys: PathBuf,
        /// What it says of itself.
        found: i64,
    },
    /// Keys are only written out into a new file.
    #[error("{} holds keys already", .0.display())]
    NotEmpty(PathBuf),
    /// A stored key is not what was stored.
    #[error("the key of {holder} is damaged: restore keys.db from its backup")]
    Damaged {
        /// Whose key it is.
        holder: StreamName,
    },
    /// A row that no build ever wrote.
    #[error("keys.db is damaged: {0}")]
    Row(String),
    /// The key is destroyed, but its wrapped bytes still stand in the write-ahead log.
    #[error("another process reads keys.db, so its log can't be emptied: erase again")]
    LogHeld,
    /// Whoever watched the rotation stopped it.
    #[error("the rotation was stopped; the next one goes on from there")]
    Stopped,
    /// There is nothing to rotate.
    #[error("these keys follow from a seed: they have no epochs")]
    Seeded,
    /// The folder of the keys can't be read or written.
    #[error("keys in {}: {source}", folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// SQLite can't read or write the file.
    #[error("keys.db: {0}")]
    Storage(#[from] rusqlite::Error),
    /// The system has no random bytes to give.
    #[error("no random bytes: {0}")]
    Random(#[from] getrandom::Error),
    /// What is erased can't be written down first.
    #[error(transparent)]
    Register(#[from] super::RegisterError),
}

/// Keys made elsewhere, with which a new file starts.
pub(super) struct Adopted<'a> {
    pub(super) secret: &'a Key,
    pub(super) slots: &'a HashMap<StreamName, Slot>,
    pub(super) erased: &'a HashSet<BlobId>,
}

/// The open file.
pub(super) struct KeyFile {
    db: Connection,
    ring: Ring,
    secret: Key,
    root_was_made: bool,
}

impl KeyFile {
    /// Opens the keys of a folder, or starts them: with those adopted, if any, in which case there
    /// must be none yet.
    pub(super) fn open(
        folder: &Path,
        root_key: &Path,
        now: Time,
        adopted: Option<Adopted<'_>>,
    ) -> Result<Self, KeyError> {
        let keys = folder.join(NAME);
        let io = |source| KeyError::Io { folder: folder.to_owned(), source };
        root::private_folder(folder).map_err(io)?;
        // Made before SQLite opens it: the files that SQLite puts beside it inherit its mode.
        root::private_file(&keys).map_err(io)?;
        let root_key = std::path::absolute(root_key).map_err(io)?;
        let mut db = Connection::open(&keys)?;
        db.busy_timeout(BUSY_TIMEOUT)?;
        db.execute_batch(schema::SETTINGS)?;
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let format = transaction.query_row("PRAGMA user_version", (), |row| row.get(0))?;
        if adopted.is_some() && format != 0 {
            return Err(KeyError::NotEmpty(keys));
        }
        let found = match format {
            0 | schema::FORMAT_UNDATED | schema::FORMAT => root::read(&root_key)?,
            found => return Err(KeyError::Format { keys, found }),
        };
        let root_was_made = format == 0 && found.is_none();
        let last_used = || {
            let place = schema::place_of_root(&transaction)?.map(PathBuf::from);
            Ok::<_, KeyError>(place.filter(|place| *place != root_key))
        };
        let root = match found {
            Some(root) => root,
            None if format == 0 => root::read_or_create(&root_key)?,
            None => {
                let last_used = last_used()?;
                return Err(KeyError::RootMissing { root_key, keys, last_used });
            }
        };
        if format == 0 {
            schema::start(&transaction, &root, now, adopted)?;
        }
        let Some((ring, secret)) = Ring::open(&transaction, &root)? else {
            let last_used = last_used()?;
            return Err(KeyError::RootWrong { root_key, keys, last_used });
        };
        if format == schema::FORMAT_UNDATED {
            schema::date(&transaction)?;
        }
        schema::note_place(&transaction, &root_key)?;
        transaction.commit()?;
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
        let file = Self { db, ring, secret, root_was_made };
        if schema::unwiped(&file.db)? > 0 {
            // A crash left wrapped keys in the log that are destroyed by now.
            file.wipe()?;
        }
        Ok(file)
    }

    pub(super) const fn secret(&self) -> &Key {
        &self.secret
    }

    /// Whether there was no root key before the file was opened.
    pub(super) const fn root_was_made(&self) -> bool {
        self.root_was_made
    }

    /// Whether this is the root key.
    pub(super) fn is_root(&mut self, key: &Key) -> Result<bool, KeyError> {
        self.ring.reload(&self.db)?;
        Ok(self.ring.root.bytes() == key.bytes())
    }

    pub(super) fn find(&mut self, holder: &StreamName) -> Result<Option<Slot>, KeyError> {
        // One view of the file, so that a key and its epoch belong together.
        let snapshot = self.db.transaction()?;
        self.ring.keep_up(&snapshot)?;
        find(&snapshot, &self.ring, holder)
    }

    /// What is known of each holder; who is unknown gets a key. One transaction, one fsync.
    pub(super) fn ensure(&mut self, holders: &[StreamName]) -> Result<Vec<Slot>, KeyError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        self.ring.keep_up(&transaction)?;
        let mut slots = Vec::with_capacity(holders.len());
        for holder in holders {
            let slot = if let Some(slot) = find(&transaction, &self.ring, holder)? {
                slot
            } else {
                let key = Key::random()?;
                insert(&transaction, &self.ring.epochs, holder, &key)?;
                Slot::Key(key)
            };
            slots.push(slot);
        }
        transaction.commit()?;
        Ok(slots)
    }

    /// Tombstone first, then the key goes, in one transaction.
    pub(super) fn bury(
        &mut self,
        holder: Option<&StreamName>,
        blobs: &[BlobId],
    ) -> Result<(), KeyError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if let Some(holder) = holder {
            entomb(&transaction, holder)?;
            transaction.execute("DELETE FROM keys WHERE holder = ?1", [holder.as_str()])?;
        }
        record_erased(&transaction, blobs)?;
        schema::note_destroyed(&transaction)?;
        transaction.commit()?;
        Ok(())
    }

    /// Empties the write-ahead log, where destroyed keys would otherwise linger.
    pub(super) fn truncate_log(&self) -> Result<(), KeyError> {
        let unwiped = schema::unwiped(&self.db)?;
        for _ in 0..TRUNCATIONS_MAX {
            let (sql, begin) = ("PRAGMA wal_checkpoint(TRUNCATE)", Instant::now());
            let busy: i64 = self.db.query_row(sql, (), |row| row.get(0))?;
            if busy == 0 {
                return schema::note_wiped(&self.db, unwiped);
            }
            // SQLite waits for readers, but not for another process that is emptying the log too.
            if begin.elapsed() > TRUNCATION_PAUSE {
                break;
            }
            std::thread::sleep(TRUNCATION_PAUSE);
        }
        Err(KeyError::LogHeld)
    }

    /// The same, at the end of a rotation; `false` while another process reads.
    pub(super) fn wipe(&self) -> Result<bool, KeyError> {
        match self.truncate_log() {
            Ok(()) => Ok(true),
            Err(KeyError::LogHeld) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) fn tombstones(&self) -> Result<Vec<StreamName>, KeyError> {
        let mut statement = self.db.prepare("SELECT holder FROM tombstones ORDER BY holder")?;
        let holders = statement.query_map((), |row| row.get::<_, String>(0))?;
        holders
            .map(|holder| {
                let holder = holder?;
                holder.parse().map_err(|error| KeyError::Row(format!("{holder:?}: {error}")))
            })
            .collect()
    }

    pub(super) fn erased_blobs(&self) -> Result<HashSet<BlobId>, KeyError> {
        let mut statement = self.db.prepare("SELECT blob FROM erased_blobs")?;
        let blobs = statement.query_map((), |row| row.get::<_, Vec<u8>>(0))?;
        blobs
            .map(|blob| match Uuid::from_slice(&blob?) {
                Ok(uuid) => Ok(BlobId::new(uuid)),
                Err(error) => Err(KeyError::Row(format!("erased blob: {error}"))),
            })
            .collect()
    }
}

fn find(db: &Connection, ring: &Ring, holder: &StreamName) -> Result<Option<Slot>, KeyError> {
    let buried = "SELECT 1 FROM tombstones WHERE holder = ?1";
    if db.query_row(buried, [holder.as_str()], |_| Ok(())).optional()?.is_some() {
        return Ok(Some(Slot::Destroyed));
    }
    let stored = "SELECT epoch, wrapped FROM keys WHERE holder = ?1";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, u32>(0)?, row.get::<_, Vec<u8>>(1)?));
    let Some((epoch, wrapped)) = db.query_row(stored, [holder.as_str()], row).optional()? else {
        return Ok(None);
    };
    ring.unwrap(holder, epoch, &wrapped).map(|key| Some(Slot::Key(key)))
}

fn insert(
    db: &Connection,
    epochs: &Epochs,
    holder: &StreamName,
    key: &Key,
) -> Result<(), KeyError> {
    let (epoch, wrapping) = ring::newest(epochs)?;
    let wrapped = wrapping.wrap(&key_name(holder), key);
    db.execute("INSERT INTO keys VALUES (?1, ?2, ?3)", (holder.as_str(), epoch, wrapped))?;
    Ok(())
}

fn entomb(db: &Connection, holder: &StreamName) -> Result<(), KeyError> {
    db.execute("INSERT OR IGNORE INTO tombstones VALUES (?1)", [holder.as_str()])?;
    Ok(())
}

fn record_erased<'a>(
    db: &Connection,
    blobs: impl IntoIterator<Item = &'a BlobId>,
) -> Result<(), KeyError> {
    let mut statement = db.prepare("INSERT OR IGNORE INTO erased_blobs VALUES (?1)")?;
    for blob in blobs {
        statement.execute([blob.uuid().as_bytes()])?;
    }
    Ok(())
}

/// What to do about a root key, given where the right one lay last.
fn remedy(last_used: &Option<PathBuf>, otherwise: &str) -> String {
    match last_used {
        Some(place) => format!(
            "the one that opens it lay at {} when it was last used; say where it is with \
             --root-key, or restore it from its backup",
            place.display()
        ),
        None => otherwise.to_owned(),
    }
}

// What a wrapped key is called inside its wrapping, so that rows can't be exchanged.

fn epoch_name(epoch: u32) -> String {
    format!("epoch/{epoch}")
}

fn secret_name(name: &str) -> String {
    format!("secret/{name}")
}

fn key_name(holder: &StreamName) -> String {
    format!("key/{holder}")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    use super::*;

    struct Place(tempfile::TempDir);

    impl Place {
        fn new() -> Self {
            Self(tempfile::tempdir().expect("folder"))
        }

        fn keys(&self) -> PathBuf {
            self.0.path().join("vault")
        }

        fn root(&self) -> PathBuf {
            self.0.path().join("root.key")
        }

        fn open(&self) -> Result<KeyFile, KeyError> {
            KeyFile::open(&self.keys(), &self.root(), now(), None)
        }

        fn holds(&self, needle: &[u8]) -> bool {
            fs::read_dir(self.keys()).expect("folder").any(|entry| {
                let bytes = fs::read(entry.expect("entry").path()).expect("readable");
                bytes.windows(needle.len()).any(|window| window == needle)
            })
        }
    }

    fn now() -> Time {
        Time::from_micros(1_772_355_600_000_000).expect("a moment")
    }

    fn holder(name: &str) -> StreamName {
        name.parse().expect("a stream name")
    }

    fn wrapped(file: &KeyFile, holder: &str) -> Vec<u8> {
        let sql = "SELECT wrapped FROM keys WHERE holder = ?1";
        file.db.query_row(sql, [holder], |row| row.get(0)).expect("a key")
    }

    fn bytes(slot: &Slot) -> [u8; 32] {
        match slot {
            Slot::Key(key) => *key.bytes(),
            Slot::Destroyed => panic!("destroyed"),
        }
    }

    #[test]
    fn only_the_owner_can_read_the_keys() {
        let place = Place::new();
        let mut file = place.open().expect("new");
        file.ensure(&[holder("case-1")]).expect("a key");
        let mode = |path: &Path| fs::metadata(path).expect("there").mode() & 0o777;
        assert_eq!(mode(&place.keys()), 0o700);
        for name in ["keys.db", "keys.db-wal", "keys.db-shm"] {
            assert_eq!(mode(&place.keys().join(name)), 0o600, "{name}");
        }
    }

    #[test]
    fn what_is_committed_is_durable_and_what_is_deleted_is_wiped() {
        let place = Place::new();
        let file = place.open().expect("new");
        let setting = |name: &str| -> i64 {
            file.db.query_row(&format!("PRAGMA {name}"), (), |row| row.get(0)).expect("a number")
        };
        let (full, on, memory) = (2, 1, 2);
        assert_eq!(setting("synchronous"), full);
        assert_eq!(setting("secure_delete"), on);
        assert_eq!(setting("temp_store"), memory);
    }

    #[test]
    fn another_root_key_is_refused_and_a_missing_one_is_not_made_anew() {
        let place = Place::new();
        drop(place.open().expect("new"));
        let elsewhere = place.0.path().join("other.key");
        root::read_or_create(&elsewhere).expect("made");
        let wrong = KeyFile::open(&place.keys(), &elsewhere, now(), None).err().expect("refused");
        assert!(matches!(wrong, KeyError::RootWrong { .. }), "{wrong}");
        fs::rename(place.root(), place.0.path().join("moved.key")).expect("moved");
        let missing = place.open().err().expect("refused");
        assert!(matches!(missing, KeyError::RootMissing { .. }), "{missing}");
        assert!(!place.root().exists());
    }

    #[test]
    fn no_key_is_stored_as_it_is() {
        let place = Place::new();
        let mut file = place.open().expect("new");
        let slots = file.ensure(&[holder("case-1"), holder("case-2")]).expect("keys");
        assert_ne!(bytes(&slots[0]), bytes(&slots[1]));
        assert!(place.holds(&wrapped(&file, "case-1")));
        assert!(slots.iter().all(|slot| !place.holds(&bytes(slot))));
        assert!(file.ring.epochs.values().all(|key| !place.holds(key.bytes())));
        assert!(!place.holds(file.secret.bytes()));
    }

    #[test]
    fn a_destroyed_key_leaves_no_byte_in_any_file() {
        let place = Place::new();
        let mut file = place.open().expect("new");
        let holders: Vec<_> = (0..100).map(|at| holder(&format!("person-{at}"))).collect();
        file.ensure(&holders).expect("keys");
        file.truncate_log().expect("emptied");
        let (gone, kept) = (wrapped(&file, "person-50"), wrapped(&file, "person-51"));
        assert!(place.holds(&gone));
        file.bury(Some(&holders[50]), &[BlobId::derived("a")]).expect("destroyed");
        file.truncate_log().expect("emptied");
        assert!(!place.holds(&gone) && place.holds(&kept));
        assert!(matches!(file.ensure(&holders[50..51]).as_deref(), Ok([Slot::Destroyed])));
    }

    #[test]
    fn while_another_process_reads_the_log_is_not_said_to_be_empty() {
        let place = Place::new();
        let mut file = place.open().expect("new");
        file.ensure(&[holder("case-1")]).expect("a key");
        let reader = Connection::open(place.keys().join(NAME)).expect("open");
        reader.execute_batch("BEGIN; SELECT * FROM keys;").expect("reading");
        file.db.busy_timeout(Duration::ZERO).expect("set");
        file.bury(Some(&holder("case-1")), &[]).expect("destroyed");
        assert!(matches!(file.truncate_log(), Err(KeyError::LogHeld)));
        drop(reader);
        file.bury(Some(&holder("case-1")), &[]).expect("destroyed");
        file.truncate_log().expect("emptied");
    }

    #[test]
    fn what_could_not_be_wiped_is_wiped_by_whoever_opens_the_keys_next() {
        let place = Place::new();
        let mut file = place.open().expect("new");
        file.ensure(&[holder("case-1")]).expect("a key");
        let old = wrapped(&file, "case-1");
        let reader = Connection::open(place.keys().join(NAME)).expect("open");
        reader.execute_batch("BEGIN; SELECT * FROM keys;").expect("reading");
        file.db.busy_timeout(Duration::ZERO).expect("set");
        let on = &mut |_| std::ops::ControlFlow::Continue(());
        file.begin_epoch(now(), None, on).expect("begun");
        let (ring, batch) = file.outdated(None, 10).expect("read");
        let rewrapped: Vec<_> =
            batch.into_iter().map(|old| ring.rewrap(old).expect("a key")).collect();
        assert_eq!(file.replace(&ring, &rewrapped, on).expect("moved"), 1);
        assert_eq!(file.retire(now(), on).expect("retired"), Some(vec![1]));
        assert!(!file.wipe().expect("tried"));
        drop(reader);
        // As a kill would leave it: nobody closes the file, which would empty its log.
        std::mem::forget(file);
        assert!(place.holds(&old));
        let mut file = place.open().expect("again");
        assert!(!place.holds(&old) && place.holds(&wrapped(&file, "case-1")));
        assert!(matches!(file.find(&holder("case-1")), Ok(Some(Slot::Key(_)))));
    }

    #[test]
    fn damaged_and_exchanged_keys_are_found() {
        let place = Place::new();
        let mut file = place.open().expect("new");
        file.ensure(&[holder("case-1"), holder("case-2")]).expect("keys");
        let exchanged = wrapped(&file, "case-1");
        let sql = "UPDATE keys SET wrapped = ?1 WHERE holder = 'case-2'";
        file.db.execute(sql, [exchanged]).expect("exchanged");
        assert!(matches!(file.find(&holder("case-2")), Err(KeyError::Damaged { .. })));
        assert!(matches!(file.ensure(&[holder("case-2")]), Err(KeyError::Damaged { .. })));
        assert!(matches!(file.find(&holder("case-1")), Ok(Some(Slot::Key(_)))));
    }

    #[test]
    fn a_file_of_a_later_build_is_refused() {
        let place = Place::new();
        let file = place.open().expect("new");
        file.db.execute_batch("PRAGMA user_version = 3").expect("set");
        drop(file);
        assert!(matches!(place.open(), Err(KeyError::Format { found: 3, .. })));
    }
}
