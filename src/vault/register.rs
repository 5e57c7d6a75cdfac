//! The register of erasures: which keys were destroyed and which texts are gone, in a file that is
//! kept apart from backups, so that a restored office forgets again what it had forgotten.
//!
//! A line is an act: `destroy` with a holder and the blobs gone with its key, or `redact` with
//! blobs alone, and a checksum. Ids only; nothing in it is personal by itself.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use events::{BlobId, StreamName};
use sha2::{Digest as _, Sha256};

use super::root::private_folder;

/// The register's name in its folder.
pub const REGISTER_FILE: &str = "erasures.log";
/// What every register begins with.
const HEADING: &str = "guichet-erasures 1";
/// So many blobs stand in one line.
const LINE_BLOBS_MAX: usize = 1_000;
/// A register is at most so long.
const REGISTER_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Hexadecimal digits of a line's checksum.
const SUM_DIGITS: usize = 16;

/// What was erased for good.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erasures {
    /// Whose keys were destroyed.
    pub holders: BTreeSet<StreamName>,
    /// Which blobs are gone.
    pub blobs: BTreeSet<BlobId>,
}

/// Why a register can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The file can't be read or written.
    #[error("register of erasures {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is something else.
    #[error("{} is no register of erasures", .0.display())]
    Foreign(PathBuf),
    /// A line is not what was written.
    #[error(
        "register of erasures {}: line {line} is damaged; take the other copy of the register, \
         or move the file away and let the keys' own record begin another",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
}

impl Erasures {
    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.holders.is_empty() && self.blobs.is_empty()
    }

    /// Adds what others know of.
    pub fn extend(&mut self, others: Self) {
        self.holders.extend(others.holders);
        self.blobs.extend(others.blobs);
    }

    /// Those that others do not know of.
    pub fn without(&self, others: &Self) -> Self {
        Self {
            holders: self.holders.difference(&others.holders).cloned().collect(),
            blobs: self.blobs.difference(&others.blobs).copied().collect(),
        }
    }

    /// What a register holds; `None` where there is none. A last line without its end was never
    /// finished, and neither was what it was about to say.
    ///
    /// # Errors
    /// When the file can't be read, is no register, or is damaged.
    pub fn read(path: &Path) -> Result<Option<Self>, RegisterError> {
        let io = |source| RegisterError::Io { path: path.to_owned(), source };
        match File::open(path) {
            Ok(file) => parsed(path, &contents(file).map_err(io)?).map(|(read, _)| Some(read)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io(error)),
        }
    }

    /// As a register: the heading, and an act a line.
    pub fn to_lines(&self) -> String {
        let mut text = format!("{HEADING}\n");
        for holder in &self.holders {
            text.push_str(&line(Some(holder), &[]));
        }
        let blobs: Vec<BlobId> = self.blobs.iter().copied().collect();
        for chunk in blobs.chunks(LINE_BLOBS_MAX) {
            text.push_str(&line(None, chunk));
        }
        text
    }

    /// What text in the form of [`Erasures::to_lines`] says; `path` is where it was found.
    ///
    /// # Errors
    /// When it is something else, or damaged.
    pub fn from_lines(path: &Path, text: &[u8]) -> Result<Self, RegisterError> {
        parsed(path, text).map(|(read, _)| read)
    }
}

/// A register that is written on.
#[derive(Debug)]
pub(super) struct Register {
    path: PathBuf,
}

impl Register {
    /// Opens a register, begun where there is none, and says what stands in it. What a crash left
    /// of a line is cut off.
    pub(super) fn open(path: &Path) -> Result<(Self, Erasures), RegisterError> {
        let register = Self { path: path.to_owned() };
        let io = |source| RegisterError::Io { path: path.to_owned(), source };
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                register.write("").map_err(io)?;
                return Ok((register, Erasures::default()));
            }
            Err(error) => return Err(io(error)),
        };
        let bytes = contents(&file).map_err(io)?;
        let (read, whole) = parsed(path, &bytes)?;
        if whole < bytes.len() {
            file.set_len(whole as u64).and_then(|()| file.sync_all()).map_err(io)?;
        }
        Ok((register, read))
    }

    /// Writes an act down; it is durable when this returns.
    pub(super) fn append(
        &self,
        holder: Option<&StreamName>,
        blobs: &[BlobId],
    ) -> Result<(), RegisterError> {
        let mut lines = String::new();
        let (first, rest) = blobs.split_at(blobs.len().min(LINE_BLOBS_MAX));
        if holder.is_some() || !first.is_empty() {
            lines.push_str(&line(holder, first));
        }
        for chunk in rest.chunks(LINE_BLOBS_MAX) {
            lines.push_str(&line(holder, chunk));
        }
        self.write(&lines).map_err(|source| RegisterError::Io { path: self.path.clone(), source })
    }

    fn write(&self, lines: &str) -> io::Result<()> {
        let folder = match self.path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        if !folder.exists() {
            private_folder(folder)?;
        }
        let mut options = OpenOptions::new();
        let mut file = options.create(true).read(true).append(true).mode(0o600).open(&self.path)?;
        let mut bytes = String::new();
        if file.seek(SeekFrom::End(0))? == 0 {
            bytes = format!("{HEADING}\n");
        }
        bytes.push_str(lines);
        file.write_all(bytes.as_bytes())?;
        file.sync_all()?;
        File::open(folder)?.sync_all()
    }
}

fn contents(file: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(REGISTER_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn line(holder: Option<&StreamName>, blobs: &[BlobId]) -> String {
    let mut line = holder.map_or("redact".to_owned(), |holder| format!("destroy {holder}"));
    for blob in blobs {
        // Writing into a string cannot fail.
        let _ = write!(line, " {blob}");
    }
    let sum = sum(&line);
    format!("{line} {sum}\n")
}

/// It guards against accidents, not against people.
fn sum(line: &str) -> String {
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(line.as_bytes()));
    digest[..SUM_DIGITS].to_owned()
}

/// What the whole lines say, and where the last of them ends.
fn parsed(path: &Path, bytes: &[u8]) -> Result<(Erasures, usize), RegisterError> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let mut read = Erasures::default();
    if whole == 0 && HEADING.as_bytes().starts_with(bytes) {
        return Ok((read, 0));
    }
    let text = std::str::from_utf8(&bytes[..whole]).unwrap_or_default();
    let mut lines = text.lines().zip(1..);
    if lines.next().is_none_or(|(heading, _)| heading != HEADING) {
        return Err(RegisterError::Foreign(path.to_owned()));
    }
    for (text, line) in lines {
        let damaged = || RegisterError::Damaged { path: path.to_owned(), line };
        act(text, &mut read).ok_or_else(damaged)?;
    }
    Ok((read, whole))
}

/// Takes one line in; `None` unless it is what was written.
fn act(text: &str, read: &mut Erasures) -> Option<()> {
    let (line, found) = text.rsplit_once(' ')?;
    if sum(line) != found {
        return None;
    }
    let mut words = line.split(' ');
    match words.next()? {
        "destroy" => {
            read.holders.insert(words.next()?.parse().ok()?);
        }
        "redact" => {}
        _ => return None,
    }
    for blob in words {
        read.blobs.insert(blob.parse().ok()?);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn holder(name: &str) -> StreamName {
        name.parse().expect("a stream name")
    }

    fn blobs(count: usize) -> Vec<BlobId> {
        (0..count).map(|at| BlobId::derived(&format!("blob {at}"))).collect()
    }

    #[test]
    fn what_is_written_down_is_read_again_by_whoever_opens_it() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("apart/erasures.log");
        assert_eq!(Erasures::read(&path).expect("none"), None);
        let (register, before) = Register::open(&path).expect("new");
        assert!(before.is_empty());
        assert_eq!(Erasures::read(&path).expect("begun"), Some(Erasures::default()));
        register.append(Some(&holder("person-1")), &blobs(2_500)).expect("written");
        register.append(None, &blobs(3_000)[2_900..]).expect("written");
        let (_, read) = Register::open(&path).expect("again");
        assert_eq!(read.holders, BTreeSet::from([holder("person-1")]));
        assert_eq!(read.blobs.len(), 2_600);
        assert_eq!(Erasures::read(&path).expect("read"), Some(read.clone()));
        let lines = read.to_lines();
        assert_eq!(Erasures::from_lines(&path, lines.as_bytes()).expect("read"), read);
    }

    #[test]
    fn a_line_that_was_never_finished_is_cut_off() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join(REGISTER_FILE);
        let (register, _) = Register::open(&path).expect("new");
        register.append(Some(&holder("person-1")), &[]).expect("written");
        let one = fs::read(&path).expect("there");
        register.append(Some(&holder("person-2")), &[]).expect("written");
        let two = fs::read(&path).expect("there");
        for length in 0..two.len() {
            fs::write(&path, &two[..length]).expect("torn");
            let (register, read) = Register::open(&path).expect("opened");
            assert_eq!(read.holders.len(), usize::from(length >= one.len()), "{length}");
            register.append(Some(&holder("person-3")), &[]).expect("written");
            let read = Erasures::read(&path).expect("read").expect("there");
            assert!(read.holders.contains(&holder("person-3")), "{length}");
        }
    }

    #[test]
    fn damage_and_other_files_are_told_apart_from_a_register() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join(REGISTER_FILE);
        let (register, _) = Register::open(&path).expect("new");
        register.append(Some(&holder("person-1")), &blobs(3)).expect("written");
        let whole = fs::read(&path).expect("there");
        for at in HEADING.len() + 1..whole.len() - 1 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&path, &bytes).expect("damaged");
            assert!(matches!(Erasures::read(&path), Err(RegisterError::Damaged { line: 2, .. })));
        }
        fs::write(&path, "Dear diary,\n").expect("written");
        assert!(matches!(Erasures::read(&path), Err(RegisterError::Foreign(_))));
    }
}
