//! What can be done with `keys.db` without the root key: copy it, and read what was erased.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use events::BlobId;
use rusqlite::{Connection, OpenFlags};
use uuid::Uuid;

use super::keyfile::KeyError;
use super::register::Erasures;
use super::root::private_file;

/// The keys' name in their folder.
pub const KEYS_FILE: &str = "keys.db";
/// How long to wait for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Writes the keys of a folder, as they are at one moment, into a new file; wrapped, as they
/// always are. Nothing of a destroyed key is in it.
///
/// # Errors
/// When there are no keys, or either file can't be used.
pub fn copy_keys(folder: &Path, to: &Path) -> Result<(), KeyError> {
    let io = |source| KeyError::Io { folder: folder.to_owned(), source };
    let name = to.to_str().ok_or_else(|| io(std::io::Error::other("a name that is no text")))?;
    // Made before SQLite writes it, for its owner alone.
    private_file(to).and_then(|file| file.set_len(0)).map_err(io)?;
    connect(folder)?.execute("VACUUM INTO ?1", [name])?;
    File::open(to).and_then(|file| file.sync_all()).map_err(io)
}

/// What the keys of a folder say was erased; nothing where there are no keys.
///
/// # Errors
/// When the file can't be read.
pub fn erasures(folder: &Path) -> Result<Erasures, KeyError> {
    let mut erased = Erasures::default();
    if !folder.join(KEYS_FILE).exists() {
        return Ok(erased);
    }
    let row = |error: &dyn std::fmt::Display| KeyError::Row(error.to_string());
    let mut db = connect(folder)?;
    let db = db.transaction()?;
    let mut select = db.prepare("SELECT holder FROM tombstones")?;
    for holder in select.query_map((), |row| row.get::<_, String>(0))? {
        erased.holders.insert(holder?.parse().map_err(|error| row(&error))?);
    }
    let mut select = db.prepare("SELECT blob FROM erased_blobs")?;
    for blob in select.query_map((), |row| row.get::<_, Vec<u8>>(0))? {
        let blob = Uuid::from_slice(&blob?).map_err(|error| row(&error))?;
        erased.blobs.insert(BlobId::new(blob));
    }
    Ok(erased)
}

fn connect(folder: &Path) -> Result<Connection, KeyError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(folder.join(KEYS_FILE), flags)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;")?;
    Ok(db)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::{Opened, Vault};

    #[test]
    fn a_copy_opens_what_the_keys_open_and_holds_nothing_of_what_was_destroyed() {
        let place = tempfile::tempdir().expect("folder");
        let (keys, root) = (place.path().join("keys"), place.path().join("root.key"));
        let holder = |name: &str| name.parse().expect("a stream name");
        let vault = Vault::in_folder(&keys, &root).expect("new");
        let blob = BlobId::derived("a");
        let (sealed, text) = vault.seal(&holder("case-1"), blob, "name", "Léa").expect("sealed");
        vault.seal(&holder("case-2"), BlobId::derived("b"), "name", "Noé").expect("sealed");
        vault.destroy(&holder("case-2"), &[BlobId::derived("b")]).expect("destroyed");
        let other = place.path().join("other");
        std::fs::create_dir(&other).expect("made");
        copy_keys(&keys, &other.join(KEYS_FILE)).expect("copied beside an open vault");
        let copied = Vault::in_folder(&other, &root).expect("opens");
        assert!(matches!(copied.open(&sealed, Some(&text)), Ok(Opened::Text(_))));
        let erased = erasures(&keys).expect("read");
        assert_eq!(erased.holders.len() + erased.blobs.len(), 2);
        assert_eq!(erasures(&other).expect("read"), erased);
        assert!(erasures(place.path()).expect("none").is_empty());
    }
}
