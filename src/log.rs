//! Between envelopes and stored events.

use events::wire::{self, DecodeError, EncodeError};
use events::{Envelope, Fact, Metadata};

use crate::store::{NewEvent, Stored};

/// A stored event, read.
///
/// # Errors
/// When this build does not know its type, or its bytes don't fit.
pub fn read(stored: &Stored) -> Result<Envelope, DecodeError> {
    Ok(Envelope {
        id: stored.id,
        stream: stored.stream.clone(),
        revision: stored.revision,
        meta: metadata(stored)?,
        fact: Fact::decode(&stored.kind, &stored.data)?,
        amended_by: None,
    })
}

/// When, who and by which rule, of any event, known or not.
///
/// # Errors
/// When the bytes don't fit.
pub fn metadata(stored: &Stored) -> Result<Metadata, DecodeError> {
    serde_json::from_slice(&stored.metadata)
        .map_err(|source| DecodeError::Malformed { name: "metadata".to_owned(), source })
}

/// An envelope, ready to be appended.
///
/// # Errors
/// Never for facts of the catalogue.
pub fn write(envelope: &Envelope) -> Result<NewEvent, EncodeError> {
    let (kind, data) = envelope.fact.encode()?;
    Ok(NewEvent { id: envelope.id, kind, metadata: wire::canonical(&envelope.meta)?, data })
}
