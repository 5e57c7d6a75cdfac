//! Reading a backup again: all of it, byte by byte.

use std::collections::HashMap;
use std::path::Path;

use ::events::{Code, Digest, Revision, StreamName, Time};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::files::{self, Held, Lines, Part};
use super::manifest::{DOCUMENTS, LOCK, Manifest, Segment};
use super::references::References;
use super::save::erasures_of;
use super::{BackupError, FINDINGS_MAX, Step, Watch, events, step, texts};
use crate::vault::Erasures;

/// What reading a backup again found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The log it is of.
    pub log: Uuid,
    /// The build that wrote it.
    pub build: Code,
    /// When it was written.
    pub taken_at: Time,
    /// The position it goes to.
    pub position: u64,
    /// Files of events.
    pub segments: u64,
    /// Events that are what was written.
    pub events: u64,
    /// Texts that are.
    pub texts: u64,
    /// Documents that are.
    pub documents: u64,
    /// Texts that events refer to and that were erased.
    pub erased_texts: u64,
    /// Documents that were.
    pub erased_documents: u64,
    /// What is wrong: the first hundred.
    pub findings: Vec<String>,
    /// How much is wrong.
    pub found: u64,
}

impl Verified {
    /// Whether the backup is what was written, and complete.
    pub fn is_sound(&self) -> bool {
        self.found == 0
    }

    fn find(&mut self, finding: String) {
        self.found += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        }
    }
}

/// A backup that was read again, with what a restore has to know.
pub(super) struct Examined {
    pub(super) verified: Verified,
    pub(super) manifest: Manifest,
    pub(super) erasures: Erasures,
    /// Documents that events refer to, each with its holder.
    pub(super) documents: HashMap<Digest, StreamName>,
    /// Documents of erased holders that are there all the same.
    pub(super) left_behind: Vec<Digest>,
}

/// Reads a backup again: every file against its digest, every event against its own, positions and
/// revisions without a gap, every text and document that an event refers to unless it was erased.
///
/// # Errors
/// When there is none, a run works on it, or it can't be read at all. What is wrong with it is in
/// what is given back.
pub fn verify(folder: &Path, watch: &mut Watch<'_>) -> Result<Verified, BackupError> {
    let _held = Held::shared(folder, LOCK)?;
    let examined = examine(folder, watch)?;
    let Examined { mut verified, left_behind, .. } = examined;
    for document in left_behind {
        verified.find(format!("document {document} was erased and is still there"));
    }
    Ok(verified)
}

/// The same, for whoever holds the folder.
pub(super) fn examine(folder: &Path, watch: &mut Watch<'_>) -> Result<Examined, BackupError> {
    let manifest = Manifest::read(folder)?;
    let manifest = manifest.ok_or_else(|| BackupError::Missing(folder.to_owned()))?;
    let erasures = erasures_of(folder, &manifest)?;
    let verified = Verified {
        log: manifest.log,
        build: manifest.build.clone(),
        taken_at: manifest.taken_at,
        position: manifest.position,
        segments: manifest.segments.len() as u64,
        events: 0,
        texts: 0,
        documents: 0,
        erased_texts: 0,
        erased_documents: 0,
        findings: Vec::new(),
        found: 0,
    };
    let mut reading = Reading {
        folder,
        erasures: &erasures,
        verified,
        next: 1,
        last: None,
        streams: HashMap::new(),
        documents: HashMap::new(),
    };
    for segment in &manifest.segments {
        step(watch, Step::Verify, segment.from, manifest.position)?;
        reading.segment(segment);
    }
    let last = manifest.last.as_ref().map(|last| last.sha256);
    if reading.next != manifest.position + 1 || reading.last != last {
        let end = reading.next - 1;
        let said = format!("it goes to position {end}, its manifest says {}", manifest.position);
        reading.verified.find(said);
    }
    if let Some(part) = &manifest.demonstration {
        reading.part(part);
    }
    let left_behind = reading.documents(watch)?;
    let Reading { verified, documents, .. } = reading;
    Ok(Examined { verified, manifest, erasures, documents, left_behind })
}

struct Reading<'a> {
    folder: &'a Path,
    erasures: &'a Erasures,
    verified: Verified,
    /// The next position.
    next: u64,
    last: Option<Digest>,
    /// The next revision of each stream.
    streams: HashMap<StreamName, Revision>,
    documents: HashMap<Digest, StreamName>,
}

impl Reading<'_> {
    fn segment(&mut self, segment: &Segment) {
        if segment.from != self.next {
            let from = segment.from;
            self.verified.find(format!("position {} expected, {from} found", self.next));
            self.next = from;
        }
        let mut references = References::default();
        self.events(&segment.events, &mut references);
        if self.next != segment.to + 1 {
            let file = &segment.events.file;
            self.verified.find(format!("{file} ends at position {}", self.next - 1));
            self.next = segment.to + 1;
        }
        self.texts(&segment.texts, references);
    }

    fn events(&mut self, part: &Part, references: &mut References) {
        let Some(mut lines) = self.opened(part) else { return };
        loop {
            let event = match lines.next() {
                Ok(Some(line)) => events::event(line),
                Ok(None) => break,
                Err(error) => return self.verified.find(format!("{}: {error}", part.file)),
            };
            let position = self.next;
            self.next += 1;
            let Some(event) = event.filter(|event| event.position.0 == position) else {
                let file = &part.file;
                self.verified.find(format!("{file}: event {position} is not what was written"));
                continue;
            };
            self.verified.events += 1;
            self.last = Some(events::digest(&event));
            references.collect(&event);
            let found = references.documents.drain(..);
            self.documents.extend(found.map(|digest| (digest, event.stream.clone())));
            let expected = self.streams.entry(event.stream.clone()).or_default();
            if event.revision != *expected {
                let (stream, found) = (&event.stream, event.revision);
                let said = format!("{stream}: revision {expected} expected, {found} found");
                self.verified.find(said);
            }
            *expected = event.revision.saturating_add(1);
        }
        self.close(lines, part);
    }

    fn texts(&mut self, part: &Part, mut references: References) {
        let Some(mut lines) = self.opened(part) else { return };
        loop {
            let text = match lines.next() {
                Ok(Some(line)) => texts::text(line),
                Ok(None) => break,
                Err(error) => return self.verified.find(format!("{}: {error}", part.file)),
            };
            let Some(text) = text else {
                self.verified.find(format!("{}: a text is not what was written", part.file));
                continue;
            };
            let id = text.id;
            let digest = references.texts.remove(&id);
            if digest.is_none_or(|digest| digest.0[..] != Sha256::digest(&text.bytes)[..]) {
                self.verified.find(format!("text {id} is not the one its event refers to"));
            } else if texts::is_erased(&text, self.erasures) {
                self.verified.find(format!("text {id} was erased and is still there"));
            } else {
                self.verified.texts += 1;
            }
        }
        for id in references.texts.keys() {
            if self.erasures.blobs.contains(id) {
                self.verified.erased_texts += 1;
            } else {
                self.verified.find(format!("text {id} is missing, and no erasure says why"));
            }
        }
        self.close(lines, part);
    }

    /// Every document, and those that should be gone.
    fn documents(&mut self, watch: &mut Watch<'_>) -> Result<Vec<Digest>, BackupError> {
        let mut left_behind = Vec::new();
        let of = self.documents.len() as u64;
        for (at, (digest, holder)) in (0..).zip(&self.documents) {
            step(watch, Step::Verify, at, of)?;
            let path = self.folder.join(DOCUMENTS).join(digest.to_string());
            if self.erasures.holders.contains(holder) {
                self.verified.erased_documents += 1;
                left_behind.extend(path.exists().then_some(*digest));
                continue;
            }
            match files::hashed(&path) {
                Ok((found, _)) if found == *digest => self.verified.documents += 1,
                Ok(_) => self.verified.find(format!("document {digest} is not what was written")),
                Err(error) => self.verified.find(format!("document {digest}: {error}")),
            }
        }
        Ok(left_behind)
    }

    fn part(&mut self, part: &Part) {
        match files::hashed(&self.folder.join(&part.file)) {
            Ok(found) if found == (part.sha256, part.bytes) => {}
            Ok(_) => self.verified.find(format!("{} is not what was written", part.file)),
            Err(error) => self.verified.find(format!("{}: {error}", part.file)),
        }
    }

    fn opened(&mut self, part: &Part) -> Option<Lines> {
        match Lines::open(self.folder, part) {
            Ok(lines) => Some(lines),
            Err(error) => {
                self.verified.find(format!("{}: {error}", part.file));
                None
            }
        }
    }

    fn close(&mut self, lines: Lines, part: &Part) {
        if !lines.are(part) {
            self.verified.find(format!("{} is not what was written", part.file));
        }
    }
}
