//! Events in a file: one JSON object a line, with the very bytes that are stored.

use data_encoding::BASE64;
use events::{Digest, EventId, Revision, StreamName};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::store::{Position, Stored};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    position: u64,
    stream: StreamName,
    revision: Revision,
    id: EventId,
    #[serde(rename = "type")]
    kind: String,
    metadata: Bytes,
    data: Bytes,
    sha256: Digest,
}

/// As text where they are text, which facts always are.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Bytes {
    Text(String),
    Other { base64: String },
}

impl Bytes {
    fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Other { base64: BASE64.encode(bytes) },
        }
    }

    fn bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Text(text) => Some(text.into_bytes()),
            Self::Other { base64 } => BASE64.decode(base64.as_bytes()).ok(),
        }
    }
}

/// SHA-256 of all that an event is, wherever it stands: stream, revision, id, type, metadata, data.
pub(super) fn digest(event: &Stored) -> Digest {
    let Stored { position: _, stream, revision, id, kind, metadata, data } = event;
    let mut hash = Sha256::new();
    let (revision, id) = (revision.to_be_bytes(), id.uuid());
    let parts: [&[u8]; 6] =
        [stream.as_str().as_bytes(), &revision, id.as_bytes(), kind.as_bytes(), metadata, data];
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    Digest(hash.finalize().into())
}

/// An event as a line.
pub(super) fn line(event: &Stored) -> serde_json::Result<Vec<u8>> {
    let line = Line {
        position: event.position.0,
        stream: event.stream.clone(),
        revision: event.revision,
        id: event.id,
        kind: event.kind.clone(),
        metadata: Bytes::of(&event.metadata),
        data: Bytes::of(&event.data),
        sha256: digest(event),
    };
    let mut bytes = serde_json::to_vec(&line)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The event of a line, if it is what was written.
pub(super) fn event(line: &[u8]) -> Option<Stored> {
    let Line { position, stream, revision, id, kind, metadata, data, sha256 } =
        serde_json::from_slice(line).ok()?;
    let (metadata, data) = (metadata.bytes()?, data.bytes()?);
    let position = Position(position);
    let event = Stored { position, stream, revision, id, kind, metadata, data };
    (digest(&event) == sha256).then_some(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(metadata: &[u8]) -> Stored {
        Stored {
            position: Position(7),
            stream: "case-1".parse().expect("a stream name"),
            revision: 3,
            id: EventId::derived("a"),
            kind: "intake.logged.v1".into(),
            metadata: metadata.into(),
            data: "{\"fr\":\"é\\n\"}".into(),
        }
    }

    #[test]
    fn an_event_comes_back_byte_for_byte_whatever_its_bytes() {
        for metadata in [&b"{}"[..], b"", b"\0\n\"", &[0xff, 0xfe, 0]] {
            let written = line(&stored(metadata)).expect("written");
            assert_eq!(written.iter().filter(|byte| **byte == b'\n').count(), 1);
            assert_eq!(event(written.strip_suffix(b"\n").expect("a line")), Some(stored(metadata)));
        }
    }

    #[test]
    fn a_changed_event_is_none() {
        let text = String::from_utf8(line(&stored(b"{}")).expect("written")).expect("text");
        for (from, to) in [("case-1", "case-2"), ("\"revision\":3", "\"revision\":4"), ("é", "e")]
        {
            assert!(text.contains(from));
            assert_eq!(event(text.replace(from, to).trim_end().as_bytes()), None, "{from}");
        }
    }
}
