//! What an event refers to outside the log, by its shape: also in facts of types that this build
//! does not know.

use std::collections::HashMap;

use events::{BlobId, Digest, DocumentId};
use serde_json::Value;

use crate::store::{Stored, refer};

/// What has to be there for an event to be read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct References {
    /// Texts, each with the digest of its ciphertext.
    pub(super) texts: HashMap<BlobId, Digest>,
    /// Documents, by the digest of their ciphertext. Their holder is the event's stream.
    pub(super) documents: Vec<Digest>,
}

impl References {
    /// Adds those of an event.
    pub(super) fn collect(&mut self, event: &Stored) {
        for json in [&event.metadata, &event.data] {
            if let Ok(json) = serde_json::from_slice(json) {
                refer(&json, &mut self.texts);
                self.documents(&json);
            }
        }
    }

    fn documents(&mut self, json: &Value) {
        match json {
            Value::Object(map) => {
                let text = |name: &str| map.get(name).and_then(Value::as_str);
                if let (Some(document), Some(digest)) = (text("document"), text("digest"))
                    && document.parse::<DocumentId>().is_ok()
                    && let Ok(digest) = digest.parse()
                {
                    self.documents.push(digest);
                }
                map.values().for_each(|value| self.documents(value));
            }
            Value::Array(list) => list.iter().for_each(|value| self.documents(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_documents_are_found_by_their_shape() {
        let digest = "ab".repeat(32);
        let id = DocumentId::derived("deck");
        let json = serde_json::json!({ "later": [{
            "document": id, "digest": digest, "name": { "blob": BlobId::derived("n"), "digest": digest },
        }]});
        let mut found = References::default();
        refer(&json, &mut found.texts);
        found.documents(&json);
        assert_eq!(found.documents, [digest.parse().expect("a digest")]);
        assert_eq!(found.texts.len(), 1);
    }
}
