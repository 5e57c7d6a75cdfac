//! What a backup says of itself. It is written last: what it does not name is no part of it.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use events::{Code, Digest, EventId, Time};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::BackupError;
use super::files::{self, Beside, Part};

/// The form of a backup; another one is another number.
pub(super) const FORMAT: u32 = 1;
/// The manifest's name.
pub(super) const MANIFEST: &str = "backup.json";
/// Whoever writes holds this file.
pub(super) const LOCK: &str = "backup.lock";
/// Where documents lie.
pub(super) const DOCUMENTS: &str = "documents";

/// What a backup is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    /// Its form.
    pub(super) format: u32,
    /// The build that wrote it.
    pub(super) build: Code,
    /// The log's identity.
    pub(super) log: Uuid,
    /// How many times something was written.
    pub(super) run: u64,
    /// When, for the last time.
    pub(super) taken_at: Time,
    /// The position it goes to.
    pub(super) position: u64,
    /// The event there, so that a log that went another way is noticed.
    pub(super) last: Option<Last>,
    /// The log, file by file.
    pub(super) segments: Vec<Segment>,
    /// What was erased by then.
    pub(super) erasures: Part,
    /// What a demonstration must come to; without it, it would pass for an office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) demonstration: Option<Part>,
}

/// The event that a backup ends with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Last {
    /// Its id.
    pub(super) event: EventId,
    /// SHA-256 of all of it.
    pub(super) sha256: Digest,
}

/// Successive events, and the texts they refer to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Segment {
    /// Position of its first event.
    pub(super) from: u64,
    /// Position of its last.
    pub(super) to: u64,
    /// Its events.
    pub(super) events: Part,
    /// Their texts.
    pub(super) texts: Part,
}

impl Segment {
    /// How many events it holds.
    pub(super) const fn count(&self) -> u64 {
        self.to - self.from + 1
    }
}

impl Manifest {
    /// The manifest in a folder; `None` where there is none.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, BackupError> {
        let path = folder.join(MANIFEST);
        let Some(manifest): Option<Self> = read(&path)? else { return Ok(None) };
        let apart = manifest.segments.iter().all(|segment| segment.from <= segment.to);
        let plain = manifest.parts().iter().all(|name| !name.contains('/'));
        if !apart || !plain {
            let source = serde::de::Error::custom("no build ever wrote this");
            return Err(BackupError::Manifest { path, source });
        }
        Ok(Some(manifest))
    }

    /// Makes what it names the backup.
    pub(super) fn commit(&self, folder: &Path) -> Result<(), BackupError> {
        files::sync(folder)?;
        write(folder, MANIFEST, self)
    }

    /// The names of all its files.
    pub(super) fn parts(&self) -> BTreeSet<&str> {
        let segments = self.segments.iter();
        let segments = segments.flat_map(|segment| [&segment.events, &segment.texts]);
        let others = [&self.erasures].into_iter().chain(&self.demonstration);
        segments.chain(others).map(|part| part.file.as_str()).collect()
    }
}

/// Reads a manifest of this form.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, BackupError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(BackupError::io(path)(error)),
    };
    #[derive(Deserialize)]
    struct Formed {
        format: u32,
    }
    let unread = |source| BackupError::Manifest { path: path.to_owned(), source };
    let Formed { format: found } = serde_json::from_slice(&bytes).map_err(unread)?;
    if found != FORMAT {
        return Err(BackupError::Format { path: path.to_owned(), found });
    }
    serde_json::from_slice(&bytes).map(Some).map_err(unread)
}

/// Puts a manifest in its place, durably.
pub(super) fn write(folder: &Path, name: &str, value: &impl Serialize) -> Result<(), BackupError> {
    let path: PathBuf = folder.join(name);
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|source| BackupError::Manifest { path, source })?;
    text.push(b'\n');
    let mut file = Beside::begin(folder, name)?;
    file.write(&text)?;
    file.finish()?;
    files::sync(folder)
}
