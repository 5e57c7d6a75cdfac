//! Going through the whole file for what is wrong with it.

use std::collections::{HashMap, HashSet};

use events::{BlobId, Digest, Revision, StreamName};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::fault::Fault;
use super::log;
use super::readers::Reader;
use crate::store::Stored;

/// How many findings are kept; all are counted.
const FINDINGS_MAX: usize = 100;

/// What an examination of the whole file found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Examination {
    /// Events that are what was written.
    pub events: u64,
    /// Streams.
    pub streams: u64,
    /// Blobs.
    pub blobs: u64,
    /// Blobs that no event refers to.
    pub unreferenced: u64,
    /// Blobs that events refer to and that are not there: erased, or lost. The key store knows.
    pub absent: Vec<BlobId>,
    /// What is wrong: the first hundred.
    pub findings: Vec<Finding>,
    /// How much is wrong.
    pub found: u64,
}

impl Examination {
    /// Whether the file is as it was written.
    pub fn is_sound(&self) -> bool {
        self.found == 0
    }

    fn find(&mut self, finding: Finding) {
        self.found += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        }
    }

    /// A part that could not be gone through is a finding, unless the device only stutters.
    fn note(&mut self, outcome: Result<(), Fault>) -> Result<(), Fault> {
        match outcome {
            Err(fault) if !fault.passes() => self.find(Finding::Database(fault.to_string())),
            outcome => return outcome,
        }
        Ok(())
    }
}

/// Something wrong with the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// The database says so of itself.
    #[error("database: {0}")]
    Database(String),
    /// An event that is not what was written, or can't be read.
    #[error("{0}")]
    Event(String),
    /// Events went missing.
    #[error("log: position {expected} expected, {found} found")]
    Hole {
        /// The next position.
        expected: i64,
        /// The one met, or the head.
        found: i64,
    },
    /// Events of a stream went missing, or stand in another order than the log's.
    #[error("stream {stream}: revision {expected} expected, {found} found")]
    Gap {
        /// The stream.
        stream: StreamName,
        /// Its next revision.
        expected: Revision,
        /// The one met, or the number of its events.
        found: Revision,
    },
    /// A blob that is not the one its event refers to.
    #[error("blob {0} is not what was written")]
    Blob(BlobId),
}

/// Examines the file.
pub(super) fn examine(reader: &mut Reader) -> Result<Examination, Fault> {
    let mut examination = Examination::default();
    let outcome = structure(reader, &mut examination);
    examination.note(outcome)?;
    let mut references = HashMap::new();
    let outcome = events(reader, &mut examination, &mut references);
    examination.note(outcome)?;
    let outcome = blobs(reader, &mut examination, &references);
    examination.note(outcome)?;
    Ok(examination)
}

/// What the database knows of itself: pages, rows, and whether indexes and tables agree.
fn structure(reader: &Reader, examination: &mut Examination) -> Result<(), Fault> {
    let mut check = reader.db.prepare("PRAGMA integrity_check")?;
    let mut lines = check.query([])?;
    while let Some(line) = lines.next()? {
        let line: String = line.get(0)?;
        if line != "ok" {
            examination.find(Finding::Database(line));
        }
    }
    Ok(())
}

/// Every event is what was written, and none is missing from the log or from its stream.
fn events(
    reader: &mut Reader,
    examination: &mut Examination,
    references: &mut HashMap<BlobId, Digest>,
) -> Result<(), Fault> {
    let mut next = 1;
    let mut streams: HashMap<StreamName, Revision> = HashMap::new();
    reader.scan(|position, event| {
        if position != next {
            examination.find(Finding::Hole { expected: next, found: position });
        }
        next = position.saturating_add(1);
        let event = match event {
            Ok(event) => event,
            Err(fault) => return examination.find(Finding::Event(fault.to_string())),
        };
        examination.events += 1;
        let Stored { stream, revision: found, .. } = &event;
        let expected = streams.entry(stream.clone()).or_default();
        if found != expected {
            let (stream, expected, found) = (stream.clone(), *expected, *found);
            examination.find(Finding::Gap { stream, expected, found });
        }
        *expected = found.saturating_add(1);
        for json in [&event.metadata, &event.data] {
            if let Ok(json) = serde_json::from_slice(json) {
                refer(&json, references);
            }
        }
    })?;
    let head = log::head(&reader.db)?;
    if next != head.saturating_add(1) {
        examination.find(Finding::Hole { expected: next, found: head });
    }
    let mut select = reader.db.prepare("SELECT name, events FROM streams")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        examination.streams += 1;
        let (name, count): (String, i64) = (row.get(0)?, row.get(1)?);
        let Ok(stream) = name.parse::<StreamName>() else {
            examination.find(Finding::Database(format!("{name:?} is no stream name")));
            continue;
        };
        let expected = streams.get(&stream).copied().unwrap_or(0);
        let found = count.cast_unsigned();
        if found != expected {
            examination.find(Finding::Gap { stream, expected, found });
        }
    }
    Ok(())
}

/// Every blob that is referred to is the one it was; which are not there, or not referred to.
fn blobs(
    reader: &Reader,
    examination: &mut Examination,
    references: &HashMap<BlobId, Digest>,
) -> Result<(), Fault> {
    let mut select = reader.db.prepare("SELECT id, bytes FROM blobs")?;
    let mut rows = select.query([])?;
    let mut there = HashSet::new();
    while let Some(row) = rows.next()? {
        examination.blobs += 1;
        let id = BlobId::new(Uuid::from_bytes(row.get(0)?));
        let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        there.insert(id);
        match references.get(&id) {
            None => examination.unreferenced += 1,
            Some(digest) if digest.0[..] == Sha256::digest(bytes)[..] => {}
            Some(_) => examination.find(Finding::Blob(id)),
        }
    }
    let absent = references.keys().filter(|id| !there.contains(id));
    examination.absent = absent.copied().collect();
    examination.absent.sort_unstable();
    Ok(())
}

/// Collects what has the shape of a sealed value, wherever it stands.
pub(crate) fn refer(json: &Value, references: &mut HashMap<BlobId, Digest>) {
    match json {
        Value::Object(map) => {
            if let (2, Some(blob), Some(digest)) = (map.len(), map.get("blob"), map.get("digest"))
                && let Ok(blob) = serde_json::from_value(blob.clone())
                && let Ok(digest) = serde_json::from_value(digest.clone())
            {
                references.insert(blob, digest);
            }
            map.values().for_each(|value| refer(value, references));
        }
        Value::Array(list) => list.iter().for_each(|value| refer(value, references)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
