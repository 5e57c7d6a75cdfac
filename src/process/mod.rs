//! What goes on after a decision, beyond the one stream it was taken on: each process finds out by
//! itself how far it came, and a program that starts finishes what another left (see the decision
//! record on erasing).

pub mod erasure;
pub mod redaction;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use events::approval::Matter;
use events::{BlobId, Id, Sealed, Stream, StreamName};
use projections::approvals::{ApprovalBook, ApprovalState};
use projections::registers::{Register, RegisterBook};
use serde_json::Value;

use crate::guichet::Guichet;
use crate::readmodel::ReadError;
use crate::readmodel::lists::{
    ApprovalFilter, LIMIT_MAX, ListError, Listed, Paging, RegisterFilter,
};
use crate::store::{StoreError, Stored};
use crate::transact::Failure;
use crate::vault::KeyError;

/// Events that one read of a stream takes.
const PAGE_EVENTS: usize = 1_000;
/// How often bytes are asked to go again, while a reader keeps them in a write-ahead log.
const TRIES_MAX: usize = 40;
/// The pause before they are asked again.
const PAUSE: Duration = Duration::from_millis(50);

/// Finishes what was begun and not finished: erasures agreed to, keys destroyed without the fact
/// that says so, texts taken away whose bytes are still there.
///
/// # Errors
/// When the log, the keys or the tables can't be read or written; what was done stays done.
pub async fn resume(guichet: &Arc<Guichet>) -> Result<(), Failure> {
    caught_up(guichet).await?;
    let mut people: BTreeSet<_> = guichet
        .vault
        .tombstones()
        .map_err(keyless)?
        .iter()
        .filter_map(|holder| match holder.stream() {
            Some(Stream::Person(person)) => Some(person),
            _ => None,
        })
        .collect();
    let given = ApprovalFilter { state: Some(ApprovalState::Given), ..ApprovalFilter::default() };
    for row in all::<ApprovalBook>(guichet, given).await? {
        if let (Matter::Erasure { .. }, Some(Stream::Person(person))) =
            (&row.matter, row.stream.stream())
        {
            people.insert(person);
        }
    }
    for person in people {
        if erasure::finish(guichet, person).await? {
            tracing::info!(person = %person.reference(), "finished an erasure");
        }
    }
    let corrections =
        RegisterFilter { register: Some(Register::Correction), ..RegisterFilter::default() };
    let redacted = all::<RegisterBook>(guichet, corrections).await?.into_iter();
    let redacted = redacted.filter(|entry| entry.kind.starts_with("text.redacted."));
    let streams: BTreeSet<StreamName> = redacted.map(|entry| entry.stream).collect();
    for stream in streams.iter().filter_map(StreamName::stream) {
        redaction::finish(guichet, stream).await?;
    }
    Ok(())
}

/// Every item of a list, page by page.
async fn all<R: Listed>(guichet: &Guichet, filter: R::Filter) -> Result<Vec<R::Item>, Failure> {
    let mut paging = Paging { limit: Some(LIMIT_MAX), cursor: None };
    let mut items = Vec::new();
    loop {
        let page = guichet.readmodel.list::<R>(filter.clone(), paging, None).await;
        let page = page.map_err(|error| match error {
            ListError::Read(error) => unread(error),
            other => Failure::Internal(other.to_string()),
        })?;
        items.extend(page.items);
        match page.next {
            Some(next) => paging = Paging { limit: Some(LIMIT_MAX), cursor: Some(next) },
            None => return Ok(items),
        }
    }
}

/// Has the tables take in everything that was recorded by now, whether anybody follows or not.
async fn caught_up(guichet: &Guichet) -> Result<(), Failure> {
    guichet.readmodel.catch_up().await.map_err(unread)
}

/// The events of a stream as stored, whether this build knows their types or not.
async fn stored(guichet: &Guichet, stream: &StreamName) -> Result<Vec<Stored>, Failure> {
    let mut found = Vec::new();
    loop {
        let page = guichet.store().read_stream(stream, found.len() as u64, PAGE_EVENTS).await?;
        let full = page.len() == PAGE_EVENTS;
        found.extend(page);
        if !full {
            return Ok(found);
        }
    }
}

/// Every sealed text of an event, wherever it stands in its fact or beside it.
fn texts_in(event: &Stored, found: &mut BTreeSet<BlobId>) {
    for bytes in [&event.data, &event.metadata] {
        if let Ok(value) = serde_json::from_slice::<Value>(bytes) {
            collect(&value, found);
        }
    }
}

fn collect(value: &Value, found: &mut BTreeSet<BlobId>) {
    match value {
        Value::Object(map) => match serde_json::from_value::<Sealed>(value.clone()) {
            Ok(sealed) => drop(found.insert(sealed.blob)),
            Err(_) => map.values().for_each(|value| collect(value, found)),
        },
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Those of these texts whose bytes are there, or that are not recorded as gone.
async fn left_of(guichet: &Guichet, texts: &BTreeSet<BlobId>) -> Result<Vec<BlobId>, Failure> {
    let texts: Vec<BlobId> = texts.iter().copied().collect();
    let there = guichet.store().read_blobs(&texts).await?;
    let left = texts.into_iter().zip(there);
    let left = left.filter(|(blob, bytes)| bytes.is_some() || !guichet.vault.is_gone(*blob));
    Ok(left.map(|(blob, _)| blob).collect())
}

/// Records that these texts are gone, and removes their bytes from every file.
async fn remove(guichet: &Guichet, texts: &[BlobId]) -> Result<(), Failure> {
    insisting(|| guichet.vault.redact(texts)).await?;
    for _ in 0..TRIES_MAX {
        match guichet.store().delete_blobs(texts).await {
            Ok(()) => return Ok(()),
            Err(StoreError::Unavailable(_)) => tokio::time::sleep(PAUSE).await,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(guichet.store().delete_blobs(texts).await?)
}

/// Does something to the keys again while another process reads their log.
async fn insisting(act: impl Fn() -> Result<(), KeyError>) -> Result<(), Failure> {
    for _ in 0..TRIES_MAX {
        match act() {
            Err(KeyError::LogHeld) => tokio::time::sleep(PAUSE).await,
            other => return other.map_err(keyless),
        }
    }
    act().map_err(keyless)
}

fn keyless(error: KeyError) -> Failure {
    match error {
        KeyError::LogHeld => Failure::Unavailable(error.to_string()),
        other => Failure::Internal(other.to_string()),
    }
}

fn unread(error: ReadError) -> Failure {
    match error {
        ReadError::Store(error) => error.into(),
        other => Failure::Internal(other.to_string()),
    }
}

/// The id of a process's step: the same for the same cause.
fn step_of(cause: &str, step: &str) -> events::CommandId {
    Id::derived(&format!("{cause}/{step}"))
}
