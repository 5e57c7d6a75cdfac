//! The tables of `keys.db`: made anew, or brought forward from an older format.

use std::path::Path;

use events::Time;
use rusqlite::{Connection, OptionalExtension};

use super::{
    Adopted, DIGEST_SECRET, Epochs, FIRST_EPOCH, KeyError, entomb, epoch_name, insert,
    record_erased, secret_name,
};
use crate::vault::key::Key;
use crate::vault::keys::Slot;

/// The format of the file; a change of its tables is a new number.
pub(super) const FORMAT: i64 = 2;
/// The format whose epochs had no dates, and which did not say where its root key lay.
pub(super) const FORMAT_UNDATED: i64 = 1;

pub(super) const SETTINGS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA foreign_keys = ON;
";

/// The root key wraps secrets and epoch keys; an epoch key wraps the keys of people and cases.
/// Times are microseconds since 1970; an epoch of unknown age was made under format 1.
const TABLES: &str = "
    CREATE TABLE secrets (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE epochs (
        epoch INTEGER PRIMARY KEY,
        wrapped BLOB NOT NULL,
        made_at INTEGER
    ) STRICT;
    CREATE TABLE keys (
        holder TEXT PRIMARY KEY,
        epoch INTEGER NOT NULL REFERENCES epochs,
        wrapped BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE tombstones (holder TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    CREATE TABLE erased_blobs (blob BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
";

/// What format 2 has beside; `unwiped` counts what was destroyed since the log was last emptied.
const SINCE_FORMAT_2: &str = "
    CREATE TABLE retired_epochs (
        epoch INTEGER PRIMARY KEY,
        made_at INTEGER,
        retired_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE state (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        root_key TEXT NOT NULL,
        root_since INTEGER,
        unwiped INTEGER NOT NULL
    ) STRICT;
    PRAGMA user_version = 2;
";

/// Makes the tables, with a first epoch; with the keys adopted, if any.
pub(super) fn start(
    db: &Connection,
    root: &Key,
    now: Time,
    adopted: Option<Adopted<'_>>,
) -> Result<(), KeyError> {
    db.execute_batch(TABLES)?;
    db.execute_batch(SINCE_FORMAT_2)?;
    db.execute("INSERT INTO state VALUES (1, '', ?1, 0)", [now.micros()])?;
    let epoch = Key::random()?;
    let wrapped = root.wrap(&epoch_name(FIRST_EPOCH), &epoch);
    let row = (FIRST_EPOCH, wrapped, now.micros());
    db.execute("INSERT INTO epochs VALUES (?1, ?2, ?3)", row)?;
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

/// Brings a file of format 1 forward; no key changes.
pub(super) fn date(db: &Connection) -> Result<(), KeyError> {
    db.execute_batch("ALTER TABLE epochs ADD COLUMN made_at INTEGER")?;
    db.execute_batch(SINCE_FORMAT_2)?;
    db.execute("INSERT INTO state VALUES (1, '', NULL, 0)", ())?;
    Ok(())
}

/// Where the root key lay when it was last used, as far as the file says.
pub(super) fn place_of_root(db: &Connection) -> Result<Option<String>, KeyError> {
    // A file of format 1 does not say.
    let said = "SELECT 1 FROM sqlite_schema WHERE name = 'state'";
    if db.query_row(said, (), |_| Ok(())).optional()?.is_none() {
        return Ok(None);
    }
    let place = "SELECT root_key FROM state WHERE root_key <> ''";
    Ok(db.query_row(place, (), |row| row.get(0)).optional()?)
}

/// Notes where the root key lies that has just opened the file.
pub(super) fn note_place(db: &Connection, root_key: &Path) -> Result<(), KeyError> {
    let place = root_key.to_string_lossy();
    if place_of_root(db)?.as_deref() != Some(&*place) {
        db.execute("UPDATE state SET root_key = ?1", [place])?;
    }
    Ok(())
}

/// Notes that the log holds bytes that are destroyed: whoever opens the file next empties it,
/// should this process not come to it.
pub(super) fn note_destroyed(db: &Connection) -> Result<(), KeyError> {
    db.execute("UPDATE state SET unwiped = unwiped + 1", ())?;
    Ok(())
}

/// How much was destroyed since the log was last emptied.
pub(super) fn unwiped(db: &Connection) -> Result<i64, KeyError> {
    Ok(db.query_row("SELECT unwiped FROM state", (), |row| row.get(0))?)
}

/// Notes that the log was emptied of so much, unless more was destroyed meanwhile.
pub(super) fn note_wiped(db: &Connection, unwiped: i64) -> Result<(), KeyError> {
    if unwiped > 0 {
        db.execute("UPDATE state SET unwiped = 0 WHERE unwiped = ?1", [unwiped])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use events::StreamName;

    use super::*;
    use crate::vault::keyfile::{KeyFile, NAME, key_name};
    use crate::vault::root;

    /// What format 1 looked like.
    const OLD_TABLES: &str = "
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

    fn holder(name: &str) -> StreamName {
        name.parse().expect("a stream name")
    }

    fn now() -> Time {
        Time::from_micros(1_772_355_600_000_000).expect("a moment")
    }

    /// A file as format 1 had it, with a key and a tombstone; gives its folder and its root key.
    fn old_file(place: &Path, key: &Key) -> (PathBuf, PathBuf) {
        let (folder, root_key) = (place.join("keys"), place.join("root.key"));
        root::private_folder(&folder).expect("a folder");
        let root = root::read_or_create(&root_key).expect("a root key");
        let epoch = Key::new([2; 32]);
        let db = Connection::open(folder.join(NAME)).expect("a file");
        db.execute_batch(SETTINGS).expect("settings");
        db.execute_batch(OLD_TABLES).expect("tables");
        let wrapped = root.wrap("epoch/1", &epoch);
        db.execute("INSERT INTO epochs VALUES (1, ?1)", [wrapped]).expect("an epoch");
        let wrapped = root.wrap("secret/digest", &Key::new([3; 32]));
        db.execute("INSERT INTO secrets VALUES ('digest', ?1)", [wrapped]).expect("a secret");
        let wrapped = epoch.wrap(&key_name(&holder("case-1")), key);
        db.execute("INSERT INTO keys VALUES ('case-1', 1, ?1)", [wrapped]).expect("a key");
        db.execute("INSERT INTO tombstones VALUES ('case-2')", ()).expect("a tombstone");
        (folder, root_key)
    }

    #[test]
    fn a_file_of_format_1_is_brought_forward_with_all_that_it_holds() {
        let place = tempfile::tempdir().expect("a folder");
        let key = Key::new([1; 32]);
        let (folder, root_key) = old_file(place.path(), &key);
        for _restart in 0..2 {
            let opened = KeyFile::open(&folder, &root_key, now(), None);
            let mut file = opened.expect("brought forward");
            let found = file.find(&holder("case-1")).expect("read");
            assert!(matches!(found, Some(Slot::Key(found)) if found.bytes() == key.bytes()));
            assert!(matches!(file.find(&holder("case-2")), Ok(Some(Slot::Destroyed))));
            assert_eq!(file.secret().bytes(), &[3; 32]);
            let status = file.status().expect("status");
            assert_eq!(status.epochs.len(), 1);
            assert_eq!((status.epochs[0].made_at, status.epochs[0].keys), (None, 1));
            assert_eq!((status.root_since, status.destroyed), (None, 1));
            assert_eq!(status.root_key, root_key);
            file.ensure(&[holder("case-1")]).expect("there");
        }
    }

    #[test]
    fn a_file_of_format_1_stays_as_it_is_under_a_wrong_root_key() {
        let place = tempfile::tempdir().expect("a folder");
        let (folder, root_key) = old_file(place.path(), &Key::new([1; 32]));
        let other = place.path().join("other.key");
        root::read_or_create(&other).expect("a root key");
        let refused = KeyFile::open(&folder, &other, now(), None).err().expect("refused");
        assert!(matches!(refused, KeyError::RootWrong { last_used: None, .. }), "{refused}");
        let absent = KeyFile::open(&folder, &place.path().join("none"), now(), None);
        assert!(matches!(absent, Err(KeyError::RootMissing { last_used: None, .. })));
        let db = Connection::open(folder.join(NAME)).expect("the file");
        let format = db.query_row("PRAGMA user_version", (), |row| row.get::<_, i64>(0));
        assert_eq!(format.expect("a format"), FORMAT_UNDATED);
        KeyFile::open(&folder, &root_key, now(), None).expect("brought forward");
    }

    #[test]
    fn the_file_says_where_its_root_key_lay_last() {
        let place = tempfile::tempdir().expect("a folder");
        let (folder, root_key) = old_file(place.path(), &Key::new([1; 32]));
        let moved = place.path().join("moved.key");
        KeyFile::open(&folder, &root_key, now(), None).expect("brought forward");
        std::fs::rename(&root_key, &moved).expect("moved");
        let lost = KeyFile::open(&folder, &root_key, now(), None).err().expect("refused");
        assert!(matches!(lost, KeyError::RootMissing { last_used: None, .. }), "{lost}");
        KeyFile::open(&folder, &moved, now(), None).expect("opened from its new place");
        let forgotten = KeyFile::open(&folder, &root_key, now(), None).err().expect("refused");
        let said = forgotten.to_string();
        assert!(said.contains(&format!("lay at {}", moved.display())), "{said}");
        assert!(said.contains("--root-key"), "{said}");
    }
}
