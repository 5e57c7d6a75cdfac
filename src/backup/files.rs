//! Files that are there whole or not at all, and folders for their owner alone.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use events::Digest;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::BackupError;

/// What a file is called until it is whole.
pub(super) const UNFINISHED: &str = "unfinished";
/// The longest line: an append has 768 KiB, and no byte of it takes more than six.
const LINE_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Read and written at a time.
const BLOCK_BYTES: usize = 256 * 1024;

/// A file that a manifest names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    /// Its name in the folder.
    pub(super) file: String,
    /// Its length.
    pub(super) bytes: u64,
    /// What it holds.
    pub(super) sha256: Digest,
}

/// A file on its way; dropped before [`Beside::finish`], it never was.
pub(super) struct Beside {
    path: PathBuf,
    beside: PathBuf,
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Beside {
    /// Begins a file of this name in a folder.
    pub(super) fn begin(folder: &Path, name: &str) -> Result<Self, BackupError> {
        let path = folder.join(name);
        let beside = folder.join(format!("{name}.{UNFINISHED}"));
        let mut options = OpenOptions::new();
        let file = options.create(true).write(true).truncate(true).mode(0o600).open(&beside);
        let file = file.map_err(BackupError::io(&beside))?;
        let file = BufWriter::with_capacity(BLOCK_BYTES, file);
        Ok(Self { path, beside, file, hash: Sha256::new(), bytes: 0 })
    }

    /// Adds bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        self.file.write_all(bytes).map_err(BackupError::io(&self.beside))
    }

    /// What was written so far.
    pub(super) fn digest(&self) -> Digest {
        Digest(self.hash.clone().finalize().into())
    }

    /// Puts it in its place, durable but for its name: that takes [`sync`] of the folder.
    pub(super) fn finish(mut self) -> Result<Part, BackupError> {
        let written = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        written.map_err(BackupError::io(&self.beside))?;
        fs::rename(&self.beside, &self.path).map_err(BackupError::io(&self.path))?;
        let file = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let sha256 = self.digest();
        Ok(Part { file, bytes: self.bytes, sha256 })
    }
}

/// Makes the names in a folder durable.
pub(super) fn sync(folder: &Path) -> Result<(), BackupError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(BackupError::io(folder))
}

/// Makes a folder for its owner alone, unless it is there.
pub(super) fn make_folder(folder: &Path) -> Result<(), BackupError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(BackupError::io(folder))
}

/// The names in a folder; none where it is not there.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, BackupError> {
    let io = BackupError::io(folder);
    let listed = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed.and_then(|entries| {
            let name = |entry: io::Result<fs::DirEntry>| {
                Ok(entry?.file_name().to_string_lossy().into_owned())
            };
            entries.map(name).collect()
        }),
    };
    listed.map_err(io)
}

/// Removes a file; none there is fine.
pub(super) fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BackupError::io(path)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Two folders of which neither is, or holds, the other.
///
/// # Errors
/// When one does, or a path can't be followed.
pub fn apart(one: &Path, other: &Path) -> Result<(), BackupError> {
    let (a, b) = (real(one)?, real(other)?);
    if a.starts_with(&b) || b.starts_with(&a) {
        return Err(BackupError::NotApart(one.to_owned(), other.to_owned()));
    }
    Ok(())
}

/// Where a path leads, whether or not something is there yet.
fn real(path: &Path) -> Result<PathBuf, BackupError> {
    let mut there = std::path::absolute(path).map_err(BackupError::io(path))?;
    let mut below = Vec::new();
    loop {
        match fs::canonicalize(&there) {
            Ok(real) => return Ok(below.iter().rev().fold(real, |path, name| path.join(name))),
            Err(error) => match (there.file_name().map(ToOwned::to_owned), there.pop()) {
                (Some(name), true) => below.push(name),
                _ => return Err(BackupError::io(path)(error)),
            },
        }
    }
}

/// Held by whoever works on a folder; the system lets go of it when the process ends, however.
#[derive(Debug)]
pub(super) struct Held {
    _file: Option<File>,
}

impl Held {
    /// Takes a folder for writing, by a file that stays in it.
    pub(super) fn alone(folder: &Path, name: &str) -> Result<Self, BackupError> {
        let path = folder.join(name);
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).mode(0o600).open(&path);
        let file = file.map_err(BackupError::io(&path))?;
        Self::taken(folder, file.try_lock(), file)
    }

    /// Keeps writers out while a folder is read. One that can't be written has none.
    pub(super) fn shared(folder: &Path, name: &str) -> Result<Self, BackupError> {
        match File::open(folder.join(name)) {
            Ok(file) => Self::taken(folder, file.try_lock_shared(), file),
            Err(_) => Ok(Self { _file: None }),
        }
    }

    fn taken(
        folder: &Path,
        locked: Result<(), TryLockError>,
        file: File,
    ) -> Result<Self, BackupError> {
        match locked {
            Ok(()) => Ok(Self { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(BackupError::Busy(folder.to_owned())),
            Err(TryLockError::Error(source)) => Err(BackupError::io(folder)(source)),
        }
    }
}

/// Reads a part line by line, and says at the end whether it was what was written.
pub(super) struct Lines {
    file: BufReader<File>,
    hash: Sha256,
    bytes: u64,
    line: Vec<u8>,
}

impl Lines {
    /// Opens a part of a folder.
    pub(super) fn open(folder: &Path, part: &Part) -> io::Result<Self> {
        let file = BufReader::with_capacity(BLOCK_BYTES, File::open(folder.join(&part.file))?);
        Ok(Self { file, hash: Sha256::new(), bytes: 0, line: Vec::new() })
    }

    /// The next line, without its end.
    pub(super) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        let read = (&mut self.file).take(LINE_BYTES_MAX).read_until(b'\n', &mut self.line)?;
        self.hash.update(&self.line);
        self.bytes += read as u64;
        Ok((read > 0).then(|| self.line.strip_suffix(b"\n").unwrap_or(&self.line)))
    }

    /// Whether all of it, read to its end, is what was written.
    pub(super) fn are(self, part: &Part) -> bool {
        self.bytes == part.bytes && part.sha256.0[..] == self.hash.finalize()[..]
    }
}

/// SHA-256 and length of a file.
pub(super) fn hashed(path: &Path) -> io::Result<(Digest, u64)> {
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    pour(path, |block| {
        hash.update(block);
        bytes += block.len() as u64;
        Ok(())
    })?;
    Ok((Digest(hash.finalize().into()), bytes))
}

/// Copies a file into a folder under a name, if it is what it should be; `false` if it is not.
pub(super) fn copy(
    from: &Path,
    folder: &Path,
    name: &str,
    digest: Digest,
) -> Result<bool, BackupError> {
    let mut copy = Beside::begin(folder, name)?;
    let mut wrong = None;
    let poured = pour(from, |block| {
        copy.write(block).map_err(|error| {
            wrong = Some(error);
            io::Error::other("the copy can't be written")
        })
    });
    if let Some(error) = wrong {
        return Err(error);
    }
    poured.map_err(BackupError::io(from))?;
    if copy.digest() != digest {
        let beside = copy.beside.clone();
        drop(copy);
        remove(&beside)?;
        return Ok(false);
    }
    copy.finish()?;
    Ok(true)
}

fn pour(path: &Path, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(()),
            read => take(&block[..read])?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_apart_unless_one_holds_the_other() {
        let place = tempfile::tempdir().expect("folder");
        let path = |name: &str| place.path().join(name);
        make_folder(&path("a")).expect("made");
        std::os::unix::fs::symlink(path("a"), path("alias")).expect("a link");
        assert!(apart(&path("a"), &path("b/not/there")).is_ok());
        assert!(apart(&path("a"), &path("ab")).is_ok());
        for (one, other) in [("a", "a"), ("a", "a/b"), ("a/b/c", "a"), ("alias/b", "a")] {
            let apart = apart(&path(one), &path(other));
            assert!(matches!(apart, Err(BackupError::NotApart(..))), "{one} {other}");
        }
    }

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let place = tempfile::tempdir().expect("folder");
        let mut file = Beside::begin(place.path(), "a").expect("begun");
        file.write(b"one\ntwo").expect("written");
        assert!(!place.path().join("a").exists());
        let part = file.finish().expect("finished");
        let mut lines = Lines::open(place.path(), &part).expect("there");
        assert_eq!(lines.next().expect("read"), Some(&b"one"[..]));
        assert_eq!(lines.next().expect("read"), Some(&b"two"[..]));
        assert_eq!(lines.next().expect("read"), None);
        assert!(lines.are(&part));
        let there = place.path().join("a");
        assert_eq!(hashed(&there).expect("read"), (part.sha256, 7));
        assert!(copy(&there, place.path(), "b", part.sha256).expect("copied"));
        assert!(!copy(&there, place.path(), "c", Digest([0; 32])).expect("refused"));
        let mut names = names(place.path()).expect("listed");
        names.sort();
        assert_eq!(names, ["a", "b"]);
    }
}
