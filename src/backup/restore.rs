//! An office from its backup. It may not be opened before everything is there and everything that
//! was erased since is erased again.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::events::{BlobId, Digest, StreamName, Time};
use serde_json::json;

use super::files::{self, Beside, Held, Lines, Part};
use super::keys::{SavedKeys, saved};
use super::manifest::{DOCUMENTS, LOCK, Manifest};
use super::verify::{Examined, examine};
use super::{BackupError, Step, Watch, events, step, texts};
use crate::demo::MANIFEST_FILE;
use crate::guichet::Layout;
use crate::store::{NewEvent, SealedBlob, SqliteStore};
use crate::vault::{self, Erasures, KEYS_FILE, Vault, holder_of};

/// How often progress is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// Says afterwards where the office came from.
const RESTORED: &str = "restored.json";

/// What was erased since the backup was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// What this register says.
    Register(PathBuf),
    /// Nothing, as somebody vouches for.
    Nothing,
}

/// An office that can be opened again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Its log's position.
    pub position: u64,
    /// Events.
    pub events: u64,
    /// Texts.
    pub texts: u64,
    /// Documents.
    pub documents: u64,
    /// Keys destroyed that the copy of the keys still held.
    pub destroyed_keys: u64,
    /// Texts left out, since they were erased after the backup.
    pub erased_texts: u64,
    /// Documents left out for the same reason.
    pub erased_documents: u64,
}

/// Restores an office into an empty folder: the same events at the same positions under the same
/// identity, its texts, documents and keys, without what was erased by then or since. The root
/// key must be where the layout says.
///
/// Until it ends well the folder says that it is half restored, and nothing opens it but another
/// restore, which begins again.
///
/// # Errors
/// When the backup or the keys are not what was written or do not fit together, the folder holds
/// something else, or anything can't be read or written.
pub async fn restore(
    folder: &Path,
    keys: &Path,
    since: &Since,
    layout: &Layout,
    now: Time,
    watch: &mut Watch<'_>,
) -> Result<Restored, BackupError> {
    files::apart(&layout.data, folder)?;
    files::apart(&layout.data, keys)?;
    free(layout)?;
    if !layout.root_key.exists() {
        return Err(BackupError::NoRootKey(layout.root_key.clone()));
    }
    let _held = Held::shared(folder, LOCK)?;
    let backup = examine(folder, watch)?;
    if let Some(first) = backup.verified.findings.first() {
        let found = backup.verified.found;
        return Err(BackupError::Damaged { found, first: first.clone() });
    }
    let (keys, keys_path, _keys_held) = saved(keys)?;
    fit(&backup.manifest, &keys)?;
    let mut erasures = backup.erasures.clone();
    if let Since::Register(path) = since {
        let register = Erasures::read(path)?;
        erasures.extend(register.ok_or_else(|| BackupError::NoRegister(path.clone()))?);
    }
    step(watch, Step::Begin, 0, 1)?;
    let _begun = begin(layout)?;
    step(watch, Step::Keys, 0, 1)?;
    copy_keys(layout, &keys_path, &keys)?;
    let tombstones = vault::erasures(&layout.keys())?;
    let destroyed_keys = erasures.holders.difference(&tombstones.holders).count() as u64;
    erasures.extend(tombstones);
    let sifted = sift(folder, &backup.manifest, &mut erasures)?;
    log(folder, &backup.manifest, layout, &erasures, watch).await?;
    let documents = documents(folder, &backup, layout, &erasures, watch)?;
    step(watch, Step::Erase, 0, 1)?;
    let vault = Vault::registering(&layout.keys(), &layout.root_key, &layout.register)?;
    vault.replay(&erasures)?;
    let holders = sifted.holders.iter().chain(backup.documents.values());
    every_key(&vault, holders.collect())?;
    step(watch, Step::Finish, 0, 1)?;
    finish(folder, layout, &backup.manifest, now)?;
    Ok(Restored {
        position: backup.manifest.position,
        events: backup.verified.events,
        texts: sifted.kept,
        documents,
        destroyed_keys,
        erased_texts: sifted.erased,
        erased_documents: backup.verified.documents - documents,
    })
}

/// The folder is empty, or was begun to be filled.
fn free(layout: &Layout) -> Result<(), BackupError> {
    if layout.restoring().exists() || files::names(&layout.data)?.is_empty() {
        return Ok(());
    }
    Err(BackupError::NotEmpty(layout.data.clone()))
}

/// The keys are those of the log, and none of them is missing.
fn fit(backup: &Manifest, keys: &SavedKeys) -> Result<(), BackupError> {
    if keys.log != backup.log {
        return Err(BackupError::OtherLog { backup: keys.log, log: backup.log });
    }
    if keys.position < backup.position {
        return Err(BackupError::KeysOlder { keys: keys.position, log: backup.position });
    }
    Ok(())
}

/// Marks the folder, and removes what an earlier attempt left in it.
fn begin(layout: &Layout) -> Result<Held, BackupError> {
    files::make_folder(&layout.data)?;
    let marker = layout.restoring();
    let name = marker.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let held = Held::alone(&layout.data, &name)?;
    files::sync(&layout.data)?;
    let log = layout.log();
    let log = log.file_name().unwrap_or_default().to_string_lossy();
    let ours = [&*log, MANIFEST_FILE, RESTORED];
    sweep(&layout.data, |name| ours.iter().any(|ours| name.starts_with(ours)))?;
    sweep(&layout.keys(), |name| name.starts_with(KEYS_FILE))?;
    sweep(&layout.documents(), |name| {
        name.parse::<Digest>().is_ok() || name.ends_with(files::UNFINISHED)
    })?;
    files::make_folder(&layout.keys())?;
    files::make_folder(&layout.documents())?;
    Ok(held)
}

fn sweep(folder: &Path, ours: impl Fn(&str) -> bool) -> Result<(), BackupError> {
    for name in files::names(folder)? {
        if ours(&name) {
            files::remove(&folder.join(name))?;
        }
    }
    Ok(())
}

fn copy_keys(layout: &Layout, from: &Path, saved: &SavedKeys) -> Result<(), BackupError> {
    if !files::copy(from, &layout.keys(), KEYS_FILE, saved.keys.sha256)? {
        return Err(changed(&saved.keys));
    }
    files::sync(&layout.keys())
}

/// What the texts of a backup come to, given what was erased.
struct Sifted {
    /// Whose keys those need that are restored.
    holders: BTreeSet<StreamName>,
    /// So many are.
    kept: u64,
    /// So many are left out.
    erased: u64,
}

/// Adds those texts to what was erased that go with their holders.
fn sift(
    folder: &Path,
    manifest: &Manifest,
    erasures: &mut Erasures,
) -> Result<Sifted, BackupError> {
    let mut sifted = Sifted { holders: BTreeSet::new(), kept: 0, erased: 0 };
    let mut seen = HashSet::new();
    for segment in &manifest.segments {
        texts::visit(folder, &segment.texts, |text| {
            // Two events on either side of a segment's end may refer to one text.
            if !seen.insert(text.id) {
                return Ok(());
            }
            if texts::is_erased(&text, erasures) {
                erasures.blobs.insert(text.id);
                sifted.erased += 1;
            } else {
                sifted.kept += 1;
                sifted.holders.extend(holder_of(&text));
            }
            Ok(())
        })?;
    }
    Ok(sifted)
}

/// Writes the log with its texts, in one transaction.
async fn log(
    folder: &Path,
    manifest: &Manifest,
    layout: &Layout,
    erasures: &Erasures,
    watch: &mut Watch<'_>,
) -> Result<(), BackupError> {
    step(watch, Step::Log, 0, manifest.position)?;
    let store = SqliteStore::open_as(&layout.log(), manifest.log)?;
    let (done, trouble) = (Arc::new(AtomicU64::new(0)), Trouble::default());
    let parts = |part: fn(&super::manifest::Segment) -> &Part| {
        let parts = manifest.segments.iter().map(part).cloned().collect();
        Parts { folder: folder.to_owned(), parts, open: None, trouble: trouble.clone() }
    };
    let (events, counter) = (parts(|segment| &segment.events), Arc::clone(&done));
    let events = events.read(events::event).map(move |event| {
        counter.fetch_add(1, Ordering::Relaxed);
        event.into_new()
    });
    let erased: HashSet<BlobId> = erasures.blobs.iter().copied().collect();
    let blobs = parts(|segment| &segment.texts).read(texts::text);
    let mut seen = HashSet::new();
    let blobs = blobs.filter(move |text| !erased.contains(&text.id) && seen.insert(text.id));
    if manifest.position > 0 {
        let importing = store.import(Box::new(events) as Events, Box::new(blobs) as Blobs);
        tokio::pin!(importing);
        let mut looks = tokio::time::interval(LOOK);
        let head = loop {
            tokio::select! {
                head = &mut importing => break head,
                _ = looks.tick() => {
                    step(watch, Step::Log, done.load(Ordering::Relaxed), manifest.position)?;
                }
            }
        };
        trouble.take()?;
        let head = head?.map_or(0, |position| position.0);
        if head != manifest.position {
            let first = format!("the log ends at {head}, not at {}", manifest.position);
            return Err(BackupError::Damaged { found: 1, first });
        }
    }
    let examined = store.examine().await?;
    match examined.findings.first() {
        None => Ok(()),
        Some(first) => {
            Err(BackupError::Damaged { found: examined.found, first: first.to_string() })
        }
    }
}

type Events = Box<dyn Iterator<Item = (StreamName, NewEvent)> + Send>;
type Blobs = Box<dyn Iterator<Item = SealedBlob> + Send>;

/// What stopped a reading that could not say so itself.
#[derive(Clone, Default)]
struct Trouble(Arc<Mutex<Option<BackupError>>>);

impl Trouble {
    fn set(&self, error: BackupError) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }

    fn take(&self) -> Result<(), BackupError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }
}

/// The lines of several parts, one after the other.
struct Parts {
    folder: PathBuf,
    parts: VecDeque<Part>,
    open: Option<(Part, Lines)>,
    trouble: Trouble,
}

impl Parts {
    fn read<T>(mut self, read: fn(&[u8]) -> Option<T>) -> impl Iterator<Item = T> {
        std::iter::from_fn(move || match self.next(read) {
            Ok(next) => next,
            Err(error) => {
                self.trouble.set(error);
                None
            }
        })
    }

    fn next<T>(&mut self, read: fn(&[u8]) -> Option<T>) -> Result<Option<T>, BackupError> {
        loop {
            let Some((part, lines)) = &mut self.open else {
                let Some(part) = self.parts.pop_front() else { return Ok(None) };
                let lines = Lines::open(&self.folder, &part);
                let path = self.folder.join(&part.file);
                self.open = Some((part, lines.map_err(BackupError::io(&path))?));
                continue;
            };
            let path = self.folder.join(&part.file);
            if let Some(line) = lines.next().map_err(BackupError::io(&path))? {
                return read(line).map(Some).ok_or_else(|| changed(part));
            }
            if let Some((part, lines)) = self.open.take()
                && !lines.are(&part)
            {
                return Err(changed(&part));
            }
        }
    }
}

/// It was what was written a moment ago.
fn changed(part: &Part) -> BackupError {
    BackupError::Damaged { found: 1, first: format!("{} changed meanwhile", part.file) }
}

/// Copies the documents of those who were not erased; how many.
fn documents(
    folder: &Path,
    backup: &Examined,
    layout: &Layout,
    erasures: &Erasures,
    watch: &mut Watch<'_>,
) -> Result<u64, BackupError> {
    let (from, to) = (folder.join(DOCUMENTS), layout.documents());
    let mut copied = 0;
    for (digest, holder) in &backup.documents {
        if erasures.holders.contains(holder) {
            continue;
        }
        step(watch, Step::Document, copied, backup.documents.len() as u64)?;
        let name = digest.to_string();
        if !files::copy(&from.join(&name), &to, &name, *digest)? {
            let first = format!("document {digest} changed meanwhile");
            return Err(BackupError::Damaged { found: 1, first });
        }
        copied += 1;
    }
    files::sync(&to)?;
    Ok(copied)
}

/// Whatever is sealed can be opened, or was erased.
fn every_key(vault: &Vault, holders: BTreeSet<&StreamName>) -> Result<(), BackupError> {
    for holder in holders {
        if !vault.knows(holder)? {
            return Err(BackupError::NoKey(holder.to_string()));
        }
    }
    Ok(())
}

/// From here on the folder is an office.
fn finish(
    folder: &Path,
    layout: &Layout,
    manifest: &Manifest,
    now: Time,
) -> Result<(), BackupError> {
    // Before the marker goes, so that invented data never pass for real ones.
    if let Some(part) = &manifest.demonstration
        && !files::copy(&folder.join(&part.file), &layout.data, MANIFEST_FILE, part.sha256)?
    {
        return Err(changed(part));
    }
    let restored = json!({
        "log": manifest.log,
        "position": manifest.position,
        "taken_at": manifest.taken_at,
        "restored_at": now,
    });
    let mut file = Beside::begin(&layout.data, RESTORED)?;
    file.write(format!("{restored:#}\n").as_bytes())?;
    file.finish()?;
    files::sync(&layout.data)?;
    fs::remove_file(layout.restoring()).map_err(BackupError::io(&layout.restoring()))?;
    files::sync(&layout.data)
}
