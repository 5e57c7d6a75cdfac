//! The texts that a person looks through when somebody's data are erased (D-3): which were kept,
//! which were taken away, and which nobody decided on yet.

use std::collections::BTreeMap;

use events::{Code, EventId, Fact, History, Sealed, StreamName, Time, amendment};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Act;
use crate::facts::Quoted;
use crate::privacy::KeptText;
use crate::story::Teller;

/// A text that somebody looks through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewedText {
    /// The event in which it stands.
    pub event: EventId,
    /// Where in it; the same word redacts it, or keeps it.
    pub field: String,
    /// The record that the event stands on.
    pub stream: StreamName,
    /// When it happened.
    pub occurred_at: Time,
    /// What happened, in a sentence.
    pub sentence: String,
    /// The text, as it reads now.
    pub text: Sealed,
    /// What was decided on it.
    pub state: ReviewState,
    /// On what basis it was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<Code>,
    /// Who decided, when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided: Option<Act>,
}

/// What was decided on a text.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    /// Nothing yet.
    Open,
    /// It stays as it is.
    Kept,
    /// It was taken away, or put in other words.
    Redacted,
}

/// Every text of one record, in the order of the log, with what was decided on it.
pub fn of(history: &History, kept: &[KeptText], teller: &mut Teller<'_>) -> Vec<ReviewedText> {
    let kept: BTreeMap<(EventId, &str), &KeptText> =
        kept.iter().map(|text| ((text.event, text.field.as_str()), text)).collect();
    let mut texts = Vec::new();
    for entry in history.entries() {
        let envelope = &entry.envelope;
        let sentence = teller.tell(envelope);
        for quoted in Quoted::of(&envelope.fact).texts {
            // What a correction puts in place stands in the event that it corrects.
            if quoted.field.starts_with("replacement") {
                continue;
            }
            let redacted = entry.amendments.iter().rev().find_map(|place| {
                let said = history.entries().get(*place)?.recorded();
                match &said.fact {
                    Fact::Amendment(amendment::Fact::Redacted { field, .. })
                        if field.as_str() == quoted.field =>
                    {
                        Some(Act::of(said))
                    }
                    _ => None,
                }
            });
            let stays = kept.get(&(envelope.id, quoted.field.as_str()));
            let (state, basis, decided) = match (redacted, stays) {
                (Some(act), _) => (ReviewState::Redacted, None, Some(act)),
                (None, Some(stays)) => {
                    (ReviewState::Kept, Some(stays.basis.clone()), Some(stays.act))
                }
                (None, None) => (ReviewState::Open, None, None),
            };
            texts.push(ReviewedText {
                event: envelope.id,
                field: quoted.field,
                stream: envelope.stream.clone(),
                occurred_at: envelope.meta.occurred_at,
                sentence: sentence.clone(),
                text: quoted.text,
                state,
                basis,
                decided,
            });
        }
    }
    texts
}
