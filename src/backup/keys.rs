//! The keys in a folder of their own. They are copied after the log, so that whatever the log
//! holds by then has its key; keys are durable before anything is sealed with them.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use events::{Code, Time};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::files::{self, Held, Part, UNFINISHED};
use super::manifest::{self, FORMAT};
use super::{BackupError, Step, Watch, step};
use crate::guichet::Layout;
use crate::store::{EventStore, SqliteStore};
use crate::vault;

/// The manifest of a copy of the keys.
const MANIFEST: &str = "keys.json";
/// Whoever writes holds this file.
const LOCK: &str = "keys.lock";
/// What zeros are written in.
const BLOCK: [u8; 4096] = [0; 4096];

/// A copy of the keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedKeys {
    /// The form of the copy.
    pub(super) format: u32,
    /// The build that wrote it.
    pub build: Code,
    /// The log whose texts they open.
    pub log: Uuid,
    /// How many times they were copied.
    pub(super) run: u64,
    /// When.
    pub taken_at: Time,
    /// The log's position before they were copied: what stands there has its key here.
    pub position: u64,
    /// The copy.
    pub(super) keys: Part,
}

/// Copies the keys, wrapped as they are, into a folder, also while a server writes to them; the
/// copy before goes. The root key is not among them.
///
/// # Errors
/// When the folder holds something else or other keys, lies with the office, or anything can't be
/// read or written.
pub async fn save_keys(
    layout: &Layout,
    folder: &Path,
    build: Code,
    now: Time,
    watch: &mut Watch<'_>,
) -> Result<SavedKeys, BackupError> {
    files::apart(&layout.data, folder)?;
    let names = files::names(folder)?;
    if !names.is_empty() && !names.iter().any(|name| name == LOCK || name == MANIFEST) {
        return Err(BackupError::Foreign(folder.to_owned()));
    }
    files::make_folder(folder)?;
    let _held = Held::alone(folder, LOCK)?;
    let before: Option<SavedKeys> = manifest::read(&folder.join(MANIFEST))?;
    let store = SqliteStore::open_read_only(&layout.log())?;
    let log = store.identity();
    if let Some(backup) = before.as_ref().map(|before| before.log).filter(|known| *known != log) {
        return Err(BackupError::OtherLog { backup, log });
    }
    sweep(folder, before.as_ref())?;
    let position = store.head().await?.map_or(0, |position| position.0);
    let run = before.map_or(0, |before| before.run) + 1;
    step(watch, Step::Keys, 0, 1)?;
    let keys = copied(layout, folder, &format!("keys-{run}.db"))?;
    step(watch, Step::CommitKeys, 0, 1)?;
    let saved = SavedKeys { format: FORMAT, build, log, run, taken_at: now, position, keys };
    files::sync(folder)?;
    manifest::write(folder, MANIFEST, &saved)?;
    step(watch, Step::Sweep, 0, 1)?;
    sweep(folder, Some(&saved))?;
    Ok(saved)
}

/// The copy in a folder, if it is what was written, and its file.
///
/// # Errors
/// When there is none, or it is damaged.
pub(super) fn saved(folder: &Path) -> Result<(SavedKeys, PathBuf, Held), BackupError> {
    let held = Held::shared(folder, LOCK)?;
    let saved: Option<SavedKeys> = manifest::read(&folder.join(MANIFEST))?;
    let saved = saved.ok_or_else(|| BackupError::Missing(folder.to_owned()))?;
    let path = folder.join(&saved.keys.file);
    let found = files::hashed(&path).map_err(BackupError::io(&path))?;
    if found != (saved.keys.sha256, saved.keys.bytes) {
        let first = format!("{} is not what was written", saved.keys.file);
        return Err(BackupError::Damaged { found: 1, first });
    }
    Ok((saved, path, held))
}

fn copied(layout: &Layout, folder: &Path, name: &str) -> Result<Part, BackupError> {
    let beside = folder.join(format!("{name}.{UNFINISHED}"));
    vault::copy_keys(&layout.keys(), &beside)?;
    let (sha256, bytes) = files::hashed(&beside).map_err(BackupError::io(&beside))?;
    std::fs::rename(&beside, folder.join(name)).map_err(BackupError::io(&beside))?;
    Ok(Part { file: name.to_owned(), bytes, sha256 })
}

/// Removes copies that are no longer the copy, which may hold keys destroyed since.
fn sweep(folder: &Path, saved: Option<&SavedKeys>) -> Result<(), BackupError> {
    for name in files::names(folder)? {
        let kept = saved.is_some_and(|saved| saved.keys.file == name);
        if name.starts_with("keys-") && !kept || name.ends_with(UNFINISHED) {
            let path = folder.join(name);
            wipe(&path).map_err(BackupError::io(&path))?;
            files::remove(&path)?;
        }
    }
    files::sync(folder)
}

/// Writes zeros over a file. What a file system keeps elsewhere of it is out of reach.
fn wipe(path: &Path) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let mut left = file.metadata()?.len();
    while left > 0 {
        let block = &BLOCK[..usize::try_from(left).map_or(BLOCK.len(), |left| left.min(4096))];
        file.write_all(block)?;
        left -= block.len() as u64;
    }
    file.sync_all()
}
