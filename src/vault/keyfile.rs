//! `keys.db`: every key, wrapped, and the names of those that were destroyed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use events::{BlobId, StreamName};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use uuid::Uuid;

use super::key::Key;
use super::keys::Slot;
use super::root::{self, RootKeyError};

/// The file's name in its folder.
const NAME: &str = "keys.db";
/// How long to wait for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The format of the file; a change of its tables is a new number.
const FORMAT: i64 = 1;

const SETTINGS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA foreign_keys = ON;
";

/// The root key wraps secrets and epoch keys; an epoch key wraps the keys made in its time.
const TABLES: &str = "
    CREATE TABLE secrets (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE epochs (epoch INTEGER PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;
    CREATE TABLE keys (
        holder TEXT PRIMARY KEY,
        epoch INTEGER NOT NULL REFERENCES epochs,
        wrapped BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE tombstones (holder TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    CREATE TABLE erased_blobs (blob BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
    PRAGMA user_version = 1;
";

const FIRST_EPOCH: i64 = 1;
const DIGEST_SECRET: &str = "digest";

/// Why the keys can't be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The root key can't be had.
    #[error(transparent)]
    Root(#[from] RootKeyError),
    /// There are keys, but the file that opens them is gone.
    #[error(
        "no root key at {}, but {} was made with one: restore it from its backup",
        root_key.display(), keys.display()
    )]
    RootMissing {
        /// Where the root key should be.
        root_key: PathBuf,
        /// The keys it opens.
        keys: PathBuf,
    },
    /// The keys were made with another root key, or are damaged from the top.
    #[error(
        "the root key {} does not open {}: it is another one's, or the latter is damaged",
        root_key.display(), keys.display()
    )]
    RootWrong {
        /// The file given as root key.
        root_key: PathBuf,
        /// The keys it does not open.
        keys: PathBuf,
    },
    /// A later build wrote the file.
    #[error("{} has format {found}, this build knows format 1", keys.display())]
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

/// The keys that wrap other keys; new ones are wrapped by the last.
type Epochs = BTreeMap<i64, Key>;

/// The open file.
pub(super) struct KeyFile {
    db: Connection,
    epochs: Epochs,
    secret: Key,
}

impl KeyFile {
    /// Opens the keys of a folder, or starts them: with those adopted, if any, in which case there
    /// must be none yet.
    pub(super) fn open(
        folder: &Path,
        root_key: &Path,
        adopted: Option<Adopted<'_>>,
    ) -> Result<Self, KeyError> {
        let keys = folder.join(NAME);
        let io = |source| KeyError::Io { folder: folder.to_owned(), source };
        root::private_folder(folder).map_err(io)?;
        // Made before SQLite opens it: the files that SQLite puts beside it inherit its mode.
        root::private_file(&keys).map_err(io)?;
        let mut db = Connection::open(&keys)?;
        db.busy_timeout(BUSY_TIMEOUT)?;
        db.execute_batch(SETTINGS)?;
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let format = transaction.query_row("PRAGMA user_version", (), |row| row.get(0))?;
        let root = match format {
            0 => {
                let root = root::read_or_create(root_key)?;
                start(&transaction, &root, adopted)?;
                root
            }
            FORMAT if adopted.is_some() => return Err(KeyError::NotEmpty(keys)),
            FORMAT => root::read(root_key)?.ok_or_else(|| KeyError::RootMissing {
                root_key: root_key.to_owned(),
                keys: keys.clone(),
            })?,
            found => return Err(KeyError::Format { keys, found }),
        };
        transaction.commit()?;
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
        match unlock(&db, &root)? {
            Some((epochs, secret)) => Ok(Self { db, epochs, secret }),
            None => Err(KeyError::RootWrong { root_key: root_key.to_owned(), keys }),
        }
    }

    pub(super) const fn secret(&self) -> &Key {
        &self.secret
    }

    pub(super) fn find(&self, holder: &StreamName) -> Result<Option<Slot>, KeyError> {
        find(&self.db, &self.epochs, holder)
    }

    /// What is known of each holder; who is unknown gets a key. One transaction, one fsync.
    pub(super) fn ensure(&mut self, holders: &[StreamName]) -> Result<Vec<Slot>, KeyError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut slots = Vec::with_capacity(holders.len());
        for holder in holders {
            let slot = if let Some(slot) = find(&transaction, &self.epochs, holder)? {
                slot
            } else {
                let key = Key::random()?;
                insert(&transaction, &self.epochs, holder, &key)?;
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
        transaction.commit()?;
        Ok(())
    }

    /// Empties the write-ahead log, where destroyed keys would otherwise linger.
    pub(super) fn truncate_log(&self) -> Result<(), KeyError> {
        let busy: i64 =
            self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0))?;
        if busy == 0 { Ok(()) } else { Err(KeyError::LogHeld) }
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

fn start(db: &Connection, root: &Key, adopted: Option<Adopted<'_>>) -> Result<(), KeyError> {
    db.execute_batch(TABLES)?;
    let epoch = Key::random()?;
    let wrapped = root.wrap(&epoch_name(FIRST_EPOCH), &epoch);
    db.execute("INSERT INTO epochs VALUES (?1, ?2)", (FIRST_EPOCH, wrapped))?;
    let secret = adopted.as_ref().map_or_else(Key::random, |adopted| Ok(adopted.secret.clone()))?;
    let wrapped = root.wrap(&secret_name(DIGEST_SECRET), &secret);
    db.execute("INSERT INTO secrets VALUES (?1, ?2)", (DIGEST_SECRET, wrapped))?;
    let Some(Adopted { slots, erased, .. }) = adopted else { return Ok(()) };
    let epochs = Epochs::from([(FIRST_EPOCH, epoch)]);
    for (holder, slot) in slots {
        match slot {
            Slot::Key(key) => insert(db, &epochs, holder, key)?,
            Slot::Destroyed => entomb(db, holder)?,
        }
    }
    record_erased(db, erased)
}

/// Epoch keys and the secret for digests; `None` when the root key does not open them.
fn unlock(db: &Connection, root: &Key) -> Result<Option<(Epochs, Key)>, KeyError> {
    let mut statement = db.prepare("SELECT epoch, wrapped FROM epochs")?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    let mut epochs = Epochs::new();
    for row in rows {
        let (epoch, wrapped) = row?;
        let Some(key) = root.unwrapped(&epoch_name(epoch), &wrapped) else { return Ok(None) };
        epochs.insert(epoch, key);
    }
    let wrapped: Vec<u8> =
        db.query_row("SELECT wrapped FROM secrets WHERE name = ?1", [DIGEST_SECRET], |row| {
            row.get(0)
        })?;
    Ok(root.unwrapped(&secret_name(DIGEST_SECRET), &wrapped).map(|secret| (epochs, secret)))
}

fn find(db: &Connection, epochs: &Epochs, holder: &StreamName) -> Result<Option<Slot>, KeyError> {
    let buried = "SELECT 1 FROM tombstones WHERE holder = ?1";
    if db.query_row(buried, [holder.as_str()], |_| Ok(())).optional()?.is_some() {
        return Ok(Some(Slot::Destroyed));
    }
    let stored = "SELECT epoch, wrapped FROM keys WHERE holder = ?1";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?));
    let Some((epoch, wrapped)) = db.query_row(stored, [holder.as_str()], row).optional()? else {
        return Ok(None);
    };
    let key = epochs.get(&epoch).and_then(|key| key.unwrapped(&key_name(holder), &wrapped));
    key.map(|key| Some(Slot::Key(key))).ok_or_else(|| KeyError::Damaged { holder: holder.clone() })
}

fn insert(
    db: &Connection,
    epochs: &Epochs,
    holder: &StreamName,
    key: &Key,
) -> Result<(), KeyError> {
    let no_epoch = || KeyError::Row("no epoch".to_owned());
    let (epoch, wrapping) = epochs.last_key_value().ok_or_else(no_epoch)?;
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

// What a wrapped key is called inside its wrapping, so that rows can't be exchanged.

fn epoch_name(epoch: i64) -> String {
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
            KeyFile::open(&self.keys(), &self.root(), None)
        }

        fn holds(&self, needle: &[u8]) -> bool {
            fs::read_dir(self.keys()).expect("folder").any(|entry| {
                let bytes = fs::read(entry.expect("entry").path()).expect("readable");
                bytes.windows(needle.len()).any(|window| window == needle)
            })
        }
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
        let wrong = KeyFile::open(&place.keys(), &elsewhere, None).err().expect("refused");
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
        assert!(file.epochs.values().all(|key| !place.holds(key.bytes())));
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
        file.db.execute_batch("PRAGMA user_version = 2").expect("set");
        drop(file);
        assert!(matches!(place.open(), Err(KeyError::Format { found: 2, .. })));
    }
}
