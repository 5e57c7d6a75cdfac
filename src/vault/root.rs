//! The root key: a file that only its owner can read.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::key::Key;

/// Why there is no root key.
#[derive(Debug, thiserror::Error)]
pub enum RootKeyError {
    /// Somebody else can read it, so it may no longer be a secret.
    #[error("{} can be read by others (mode {mode:03o}): run `chmod 600` on it", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is not a root key.
    #[error(
        "{} holds {length} bytes, a root key has 32: restore it from its backup",
        path.display()
    )]
    Length {
        /// The file.
        path: PathBuf,
        /// How long it is.
        length: u64,
    },
    /// The file can't be read or written.
    #[error("root key {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system has no random bytes to give.
    #[error("no random bytes: {0}")]
    Random(#[from] getrandom::Error),
}

/// The key in this file; `None` when there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Key>, RootKeyError> {
    let io = |source| RootKeyError::Io { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(error)),
    };
    let metadata = file.metadata().map_err(io)?;
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(RootKeyError::Exposed { path: path.to_owned(), mode });
    }
    let mut bytes = Zeroizing::new([0; Key::BYTES]);
    let length = metadata.len();
    if length != Key::BYTES as u64 {
        return Err(RootKeyError::Length { path: path.to_owned(), length });
    }
    io::Read::read_exact(&mut &file, &mut *bytes).map_err(io)?;
    Ok(Some(Key::new(*bytes)))
}

/// The key in this file, which is made first when missing; it is durable before this returns.
pub(super) fn read_or_create(path: &Path) -> Result<Key, RootKeyError> {
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    let key = Key::random()?;
    write(path, &key).map_err(|source| RootKeyError::Io { path: path.to_owned(), source })?;
    Ok(key)
}

/// Beside its place first, then moved: a crash leaves a whole key or none.
fn write(path: &Path, key: &Key) -> io::Result<()> {
    let folder = above(path);
    let missing: Vec<_> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
    if !missing.is_empty() {
        private_folder(folder)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut file = private_file(Path::new(&beside))?;
    file.set_len(0)?;
    file.write_all(key.bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    // A folder made just now is lost with the power unless the one above it is synced too.
    for folder in std::iter::once(folder).chain(missing.into_iter().map(above)) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// The folder of a path.
fn above(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Makes a folder that only its owner can enter.
pub(super) fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

/// Opens or makes a file that only its owner can read.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options.create(true).write(true).truncate(false).mode(0o600).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_root_key_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("secrets/ours/root.key");
        assert!(read(&path).expect("readable").is_none());
        let made = read_or_create(&path).expect("made");
        let again = read_or_create(&path).expect("read");
        assert_eq!(made.bytes(), again.bytes());
        let mode = |path: &Path| fs::metadata(path).expect("there").mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&folder.path().join("secrets/ours")), 0o700);
    }

    #[test]
    fn a_root_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("root.key");
        read_or_create(&path).expect("made");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("changed");
        let error = read(&path).err().expect("refused");
        assert!(matches!(error, RootKeyError::Exposed { mode: 0o640, .. }));
        assert!(error.to_string().ends_with("(mode 640): run `chmod 600` on it"));
    }

    #[test]
    fn a_file_of_another_length_is_no_root_key() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("root.key");
        private_file(&path).expect("file").write_all(b"short").expect("written");
        assert!(matches!(read(&path), Err(RootKeyError::Length { length: 5, .. })));
    }
}
