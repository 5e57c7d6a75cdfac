//! One run of a backup: what is new is added, what was erased is dropped, all of it is read again.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ::events::{BlobId, Code, Digest, StreamName, Time};
use sha2::{Digest as _, Sha256};

use super::files::{self, Beside, Held, Part, UNFINISHED};
use super::manifest::{DOCUMENTS, FORMAT, LOCK, Last, MANIFEST, Manifest, Segment};
use super::references::References;
use super::verify::{Verified, examine};
use super::{
    BackupError, SEGMENT_EVENTS_MAX, SHORT_SEGMENTS_MAX, Step, Watch, events, step, texts,
};
use crate::demo::MANIFEST_FILE;
use crate::guichet::Layout;
use crate::store::{EventStore, Position, SealedBlob, SqliteStore, Stored};
use crate::vault::{self, Erasures};

/// Events read from the log at a time.
const PAGE_EVENTS: usize = 1_000;
/// Texts read from the store at a time.
const BATCH_TEXTS: usize = 256;
/// What a demonstration must come to, as the backup names it.
const DEMONSTRATION: &str = "demonstration.json";

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// Events that were not in the backup before.
    pub new_events: u64,
    /// Texts written in this run.
    pub new_texts: u64,
    /// Documents copied in this run.
    pub new_documents: u64,
    /// Texts taken out, since they were erased.
    pub dropped_texts: u64,
    /// Documents taken out, since they were erased.
    pub dropped_documents: u64,
    /// The backup as it was read again.
    pub verified: Verified,
}

/// Saves an office into a folder, also while a server writes to it: as much of the log as there is
/// now, with every text and document that its events refer to, unless erased. What an earlier run
/// saved is kept. Ends by reading the whole backup again; whether that found anything wrong is in
/// what is given back.
///
/// # Errors
/// When the folder is not this office's to use, the office lacks what it should have, or anything
/// can't be read or written. The backup that was there before is there still.
pub async fn save(
    layout: &Layout,
    folder: &Path,
    build: Code,
    now: Time,
    watch: &mut Watch<'_>,
) -> Result<Saved, BackupError> {
    files::apart(&layout.data, folder)?;
    let store = SqliteStore::open_read_only(&layout.log())?;
    let _held = claim(folder)?;
    let before = Manifest::read(folder)?;
    let known = known(folder, before.as_ref())?;
    if let Some(before) = &before {
        same_log(&store, before).await?;
    }
    sweep(folder, before.as_ref())?;
    let head = store.head().await?.map_or(0, |position| position.0);
    let erased = erased(layout)?;
    let mut saving = Saving { layout, folder, store, erased, watch, last: None, done: (0, 0) };
    let had = before.as_ref().map_or(0, |before| before.position);
    let mut segments = kept(before.as_ref().map_or(Vec::new(), |before| before.segments.clone()));
    let mut last = segments.last().map_or(0, |segment| segment.to);
    while last < head {
        let to = head.min(last + SEGMENT_EVENTS_MAX);
        segments.push(saving.segment(last + 1, to, head).await?);
        last = to;
    }
    let run = before.as_ref().map_or(0, |before| before.run) + 1;
    let (dropped_texts, erasures) = saving.forget(&mut segments, &known, run)?;
    let demonstration = saving.demonstration(before.as_ref())?;
    let last = saving.last.or_else(|| before.and_then(|before| before.last));
    step(saving.watch, Step::Commit, 0, 1)?;
    let manifest = Manifest {
        format: FORMAT,
        build,
        log: saving.store.identity(),
        run,
        taken_at: now,
        position: head,
        last,
        segments,
        erasures,
        demonstration,
    };
    manifest.commit(folder)?;
    step(saving.watch, Step::Sweep, 0, 1)?;
    sweep(folder, Some(&manifest))?;
    let examined = examine(folder, saving.watch)?;
    for document in &examined.left_behind {
        files::remove(&folder.join(DOCUMENTS).join(document.to_string()))?;
    }
    Ok(Saved {
        new_events: head - had,
        new_texts: saving.done.0,
        new_documents: saving.done.1,
        dropped_texts,
        dropped_documents: examined.left_behind.len() as u64,
        verified: examined.verified,
    })
}

/// Takes the folder, unless it holds something else.
fn claim(folder: &Path) -> Result<Held, BackupError> {
    let names = files::names(folder)?;
    if !names.is_empty() && !names.iter().any(|name| name == LOCK || name == MANIFEST) {
        return Err(BackupError::Foreign(folder.to_owned()));
    }
    files::make_folder(folder)?;
    files::make_folder(&folder.join(DOCUMENTS))?;
    Held::alone(folder, LOCK)
}

/// What the backup knows to be erased.
fn known(folder: &Path, before: Option<&Manifest>) -> Result<Erasures, BackupError> {
    let Some(before) = before else { return Ok(Erasures::default()) };
    erasures_of(folder, before)
}

/// What a manifest says was erased.
pub(super) fn erasures_of(folder: &Path, manifest: &Manifest) -> Result<Erasures, BackupError> {
    let path = folder.join(&manifest.erasures.file);
    let text = std::fs::read(&path).map_err(BackupError::io(&path))?;
    if Sha256::digest(&text)[..] != manifest.erasures.sha256.0[..] {
        let first = format!("{} is damaged", manifest.erasures.file);
        return Err(BackupError::Damaged { found: 1, first });
    }
    Ok(Erasures::from_lines(&path, &text)?)
}

/// What the office knows to be erased at this moment.
fn erased(layout: &Layout) -> Result<Erasures, BackupError> {
    let mut erased = vault::erasures(&layout.keys())?;
    erased.extend(Erasures::read(&layout.register)?.unwrap_or_default());
    Ok(erased)
}

/// The log is the one that was saved, and still holds what the backup ends with.
async fn same_log(store: &SqliteStore, before: &Manifest) -> Result<(), BackupError> {
    let (backup, log) = (before.log, store.identity());
    if backup != log {
        return Err(BackupError::OtherLog { backup, log });
    }
    let Some(last) = &before.last else { return Ok(()) };
    let after = before.position.checked_sub(1).filter(|after| *after > 0).map(Position);
    let there = store.read_all(after, 1).await?;
    let same = |event: &Stored| event.id == last.event && events::digest(event) == last.sha256;
    if there.first().is_some_and(same) {
        return Ok(());
    }
    Err(BackupError::Parted { position: before.position })
}

/// Removes what a killed run left, and what the backup no longer consists of.
fn sweep(folder: &Path, manifest: Option<&Manifest>) -> Result<(), BackupError> {
    let parts = manifest.map(Manifest::parts).unwrap_or_default();
    let ours = ["events-", "texts-", "erasures-", "demonstration"];
    for name in files::names(folder)? {
        let stale = ours.iter().any(|ours| name.starts_with(ours)) && !parts.contains(&*name);
        if stale || name.ends_with(UNFINISHED) {
            files::remove(&folder.join(name))?;
        }
    }
    let documents = folder.join(DOCUMENTS);
    for name in files::names(&documents)? {
        if name.ends_with(UNFINISHED) {
            files::remove(&documents.join(name))?;
        }
    }
    Ok(())
}

/// The segments that stay as they are. Short ones at the end are written again as one, once they
/// are many.
fn kept(mut segments: Vec<Segment>) -> Vec<Segment> {
    let full = segments.iter().rposition(|segment| segment.count() >= SEGMENT_EVENTS_MAX);
    let full = full.map_or(0, |last| last + 1);
    if segments.len() - full >= SHORT_SEGMENTS_MAX {
        segments.truncate(full);
    }
    segments
}

/// A run under way.
struct Saving<'a, 'w> {
    layout: &'a Layout,
    folder: &'a Path,
    store: SqliteStore,
    /// What was erased when it began, and what it met since.
    erased: Erasures,
    watch: &'a mut Watch<'w>,
    last: Option<Last>,
    /// Texts and documents written.
    done: (u64, u64),
}

impl Saving<'_, '_> {
    /// Writes some events, their texts and their documents.
    async fn segment(&mut self, from: u64, to: u64, head: u64) -> Result<Segment, BackupError> {
        let name = |what: &str| format!("{what}-{from:012}-{to:012}.ndjson");
        let mut file = Beside::begin(self.folder, &name("events"))?;
        let mut references = References::default();
        let mut documents = Vec::<(Digest, StreamName)>::new();
        let mut last = from - 1;
        while last < to {
            step(self.watch, Step::Segment, last, head)?;
            let after = (last > 0).then_some(Position(last));
            let limit = usize::try_from(to - last).unwrap_or(PAGE_EVENTS).min(PAGE_EVENTS);
            let page = self.store.read_all(after, limit).await?;
            if page.is_empty() {
                return Err(BackupError::Lost(format!("the event after {last}")));
            }
            for event in &page {
                last = event.position.0;
                file.write(&events::line(event).map_err(self.unwritten(&name("events")))?)?;
                references.collect(event);
                let found = references.documents.drain(..);
                documents.extend(found.map(|digest| (digest, event.stream.clone())));
            }
            self.last = page
                .last()
                .map(|event| Last { event: event.id, sha256: events::digest(event) })
                .or(self.last.take());
        }
        let events = file.finish()?;
        let texts = self.texts(&references, &name("texts")).await?;
        for (at, (digest, holder)) in (0..).zip(&documents) {
            step(self.watch, Step::Document, at, documents.len() as u64)?;
            self.document(*digest, holder)?;
        }
        files::sync(&self.folder.join(DOCUMENTS))?;
        Ok(Segment { from, to, events, texts })
    }

    async fn texts(&mut self, references: &References, name: &str) -> Result<Part, BackupError> {
        let mut wanted: Vec<(BlobId, Digest)> =
            references.texts.iter().map(|(id, digest)| (*id, *digest)).collect();
        wanted.sort_unstable();
        let mut file = Beside::begin(self.folder, name)?;
        for batch in wanted.chunks(BATCH_TEXTS) {
            step(self.watch, Step::Segment, self.done.0, self.done.0)?;
            let ids: Vec<BlobId> = batch.iter().map(|(id, _)| *id).collect();
            let found = self.store.read_blobs(&ids).await?;
            for ((id, digest), text) in batch.iter().zip(found) {
                if let Some(text) = self.admitted(*id, *digest, text)? {
                    file.write(&texts::line(&text).map_err(self.unwritten(name))?)?;
                    self.done.0 += 1;
                }
            }
        }
        file.finish()
    }

    /// A text that belongs into the backup; `None` for one that was erased.
    fn admitted(
        &mut self,
        id: BlobId,
        digest: Digest,
        text: Option<SealedBlob>,
    ) -> Result<Option<SealedBlob>, BackupError> {
        let lost = || BackupError::Lost(format!("the text {id}"));
        let Some(text) = text else {
            if !self.erased.blobs.contains(&id) {
                // It may have been erased since this began.
                self.erased.extend(erased(self.layout)?);
            }
            return if self.erased.blobs.contains(&id) { Ok(None) } else { Err(lost()) };
        };
        if texts::is_erased(&text, &self.erased) {
            self.erased.blobs.insert(id);
            return Ok(None);
        }
        if Sha256::digest(&text.bytes)[..] == digest.0[..] { Ok(Some(text)) } else { Err(lost()) }
    }

    fn document(&mut self, digest: Digest, holder: &StreamName) -> Result<(), BackupError> {
        let (name, folder) = (digest.to_string(), self.folder.join(DOCUMENTS));
        if folder.join(&name).exists() || self.erased.holders.contains(holder) {
            return Ok(());
        }
        let lost = || BackupError::Lost(format!("the document {digest}"));
        match files::copy(&self.layout.documents().join(&name), &folder, &name, digest) {
            Ok(true) => {
                self.done.1 += 1;
                Ok(())
            }
            Ok(false) => Err(lost()),
            Err(BackupError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                files::remove(&folder.join(format!("{name}.{UNFINISHED}")))?;
                self.erased.extend(erased(self.layout)?);
                if self.erased.holders.contains(holder) { Ok(()) } else { Err(lost()) }
            }
            Err(error) => Err(error),
        }
    }

    /// Takes out of all segments what was erased since the last run, or during this one; how many
    /// texts that were, and the list of all that is erased.
    fn forget(
        &mut self,
        segments: &mut [Segment],
        known: &Erasures,
        run: u64,
    ) -> Result<(u64, Part), BackupError> {
        self.erased.extend(erased(self.layout)?);
        self.erased.extend(known.clone());
        let mut dropped_texts = 0;
        if !self.erased.without(known).is_empty() {
            let of = segments.len() as u64;
            for (at, segment) in (0..).zip(segments) {
                step(self.watch, Step::Drop, at, of)?;
                let Segment { from, to, .. } = segment;
                let name = format!("texts-{from:012}-{to:012}-{run}.ndjson");
                let texts = &segment.texts;
                let kept = texts::without_erased(self.folder, texts, &self.erased, &name)?;
                if let Some((kept, dropped)) = kept {
                    dropped_texts += dropped.len() as u64;
                    // One that went with its holder has to be told from one that is missing.
                    self.erased.blobs.extend(dropped);
                    segment.texts = kept;
                }
            }
        }
        step(self.watch, Step::Erasures, 0, 1)?;
        let mut file = Beside::begin(self.folder, &format!("erasures-{run}.log"))?;
        file.write(self.erased.to_lines().as_bytes())?;
        Ok((dropped_texts, file.finish()?))
    }

    /// What says that all data are invented goes along, once.
    fn demonstration(&self, before: Option<&Manifest>) -> Result<Option<Part>, BackupError> {
        let path = self.layout.data.join(MANIFEST_FILE);
        if let Some(part) = before.and_then(|before| before.demonstration.clone()) {
            return Ok(Some(part));
        }
        if !path.exists() {
            return Ok(None);
        }
        let mut file = Beside::begin(self.folder, DEMONSTRATION)?;
        file.write(&std::fs::read(&path).map_err(BackupError::io(&path))?)?;
        file.finish().map(Some)
    }

    fn unwritten(&self, name: &str) -> impl Fn(serde_json::Error) -> BackupError + use<> {
        let path: PathBuf = self.folder.join(name);
        move |source| BackupError::Manifest { path: path.clone(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(from: u64, to: u64) -> Segment {
        let part = Part { file: String::new(), bytes: 0, sha256: Digest([0; 32]) };
        Segment { from, to, events: part.clone(), texts: part }
    }

    #[test]
    fn full_segments_stay_and_short_ones_are_joined_once_they_are_many() {
        let full = segment(1, SEGMENT_EVENTS_MAX);
        let short = |at: u64| segment(SEGMENT_EVENTS_MAX + at, SEGMENT_EVENTS_MAX + at);
        let few: Vec<_> = [full.clone()].into_iter().chain((1..32).map(short)).collect();
        assert_eq!(kept(few.clone()), few);
        let many: Vec<_> = few.into_iter().chain([short(32)]).collect();
        assert_eq!(kept(many), [full]);
        assert_eq!(kept(Vec::new()), []);
    }
}
