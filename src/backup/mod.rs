//! Backups: the log, the sealed texts and the sealed documents in one folder, the keys in another.
//!
//! What a backup consists of is what its manifest names; the manifest is replaced in one step once
//! all it names is on the disk, so whoever is killed leaves the backup that was there before, or
//! the new one. The root key is never copied. What was erased since the last run is dropped from
//! the folder in the next one.

mod events;
mod files;
mod keys;
mod manifest;
mod references;
mod restore;
mod save;
mod texts;
mod verify;

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::store::{ImportError, OpenError, StoreError};
use crate::vault::{KeyError, RegisterError};

pub use files::apart;
pub use keys::{SavedKeys, save_keys};
pub use restore::{Restored, Since, restore};
pub use save::{Saved, save};
pub use verify::{Verified, verify};

/// So many events stand in one file of a backup.
pub const SEGMENT_EVENTS_MAX: u64 = 10_000;
/// So many files may be shorter than that; then they are joined.
pub const SHORT_SEGMENTS_MAX: usize = 32;
/// How many findings are told; all are counted.
pub const FINDINGS_MAX: usize = 100;

/// What a backup or a restore is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Write events and texts.
    Segment,
    /// Copy a document.
    Document,
    /// Take erased texts out of what was saved before.
    Drop,
    /// Write down what was erased.
    Erasures,
    /// Make what was written the backup.
    Commit,
    /// Remove what is no part of the backup any more.
    Sweep,
    /// Copy the keys.
    Keys,
    /// Make the copied keys the copy.
    CommitKeys,
    /// Read everything again.
    Verify,
    /// Say that the folder is half restored.
    Begin,
    /// Write the log.
    Log,
    /// Erase what was erased since.
    Erase,
    /// Say that the folder is whole.
    Finish,
}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// In what.
    pub step: Step,
    /// So much of it is done.
    pub done: u64,
    /// Of so much.
    pub of: u64,
}

/// Is told before each step, and may stop the work there as a kill would: nothing is cleaned up.
pub type Watch<'a> = dyn FnMut(At) -> ControlFlow<()> + Send + 'a;

/// Why there is no backup, or no office from one.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file or folder can't be used.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Whoever watches stopped it.
    #[error("stopped")]
    Stopped,
    /// The folder is no place for a backup.
    #[error("{} holds something else: name an empty folder", .0.display())]
    Foreign(PathBuf),
    /// Another one works on it.
    #[error("another backup or restore works on {}", .0.display())]
    Busy(PathBuf),
    /// The folders must lie apart.
    #[error("{} and {} must be two folders, neither inside the other", .0.display(), .1.display())]
    NotApart(PathBuf, PathBuf),
    /// There is none.
    #[error("there is no backup in {}", .0.display())]
    Missing(PathBuf),
    /// Its manifest can't be read.
    #[error("{} can't be read: {source}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// A later build wrote it.
    #[error("{} has format {found}, this build knows {}", path.display(), manifest::FORMAT)]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// It is of another log.
    #[error("the backup is of the log {backup}, this is {log}: use another folder")]
    OtherLog {
        /// Its log.
        backup: Uuid,
        /// The one at hand.
        log: Uuid,
    },
    /// The log is not the one that was saved: it was restored from an earlier backup meanwhile.
    #[error(
        "the log does not hold the event that the backup ends with, at position {position}: it \
         was set back meanwhile; use another folder"
    )]
    Parted {
        /// Where the backup ends.
        position: u64,
    },
    /// The office itself lacks what it should have.
    #[error("{0} is missing or damaged in the office itself: see `guichet store check`")]
    Lost(String),
    /// The backup is not what was written.
    #[error("the backup is not what was written: {found} found, the first: {first}")]
    Damaged {
        /// How much is wrong.
        found: u64,
        /// What, for one.
        first: String,
    },
    /// The keys were copied before the log.
    #[error(
        "the keys were saved when the log was at position {keys}, the backup goes to {log}: save \
         the keys again, or take the copy that goes with it"
    )]
    KeysOlder {
        /// Where the log was when the keys were saved.
        keys: u64,
        /// Where the backup ends.
        log: u64,
    },
    /// A text or a document whose key is not among the keys.
    #[error("the keys lack the key of {0}, and no erasure says why")]
    NoKey(String),
    /// There is something in the folder that is to be filled.
    #[error("{} is not empty: an office is restored into an empty folder", .0.display())]
    NotEmpty(PathBuf),
    /// Only the root key opens the other keys.
    #[error(
        "there is no root key at {}: name it with --root-key; no backup holds it",
        .0.display()
    )]
    NoRootKey(PathBuf),
    /// The register that was named is not there.
    #[error("there is no register of erasures at {}", .0.display())]
    NoRegister(PathBuf),
    /// The log can't be opened.
    #[error("the log: {0}")]
    Open(#[from] OpenError),
    /// The log can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log can't be written.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The keys can't be had.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The register of erasures can't be had.
    #[error(transparent)]
    Register(#[from] RegisterError),
}

impl BackupError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        |source| Self::Io { path: path.to_owned(), source }
    }
}

/// Tells that a step begins.
fn step(watch: &mut Watch<'_>, step: Step, done: u64, of: u64) -> Result<(), BackupError> {
    match watch(At { step, done, of }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(BackupError::Stopped),
    }
}
