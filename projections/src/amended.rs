//! What was said about a fact later: how it was corrected, annulled or noted upon, by whom, why,
//! and what it had said before.

use std::borrow::Cow;

use events::{Approved, Entry, Envelope, EventId, Fact, History, Time, amendment};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::Quoted;
use crate::story::Teller;
use crate::{By, Text};

/// What was done about a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AmendmentKind {
    /// It reads otherwise from then on.
    Corrected,
    /// It no longer counts.
    Annulled,
    /// Somebody noted something about it.
    Annotated,
    /// A text of it was taken away or put in other words.
    Redacted,
}

/// Something that was said about a fact later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Amendment {
    /// What was done.
    pub kind: AmendmentKind,
    /// The event in which it was.
    pub event: EventId,
    /// When it was done.
    pub at: Time,
    /// When it was recorded.
    pub recorded_at: Time,
    /// By whom.
    pub by: By,
    /// Their name and role, for reading.
    pub who: String,
    /// What the fact had said until then, in a sentence; absent where that stays as it is.
    pub before: Option<String>,
    /// When it had been said to have happened, where that changed.
    pub occurred_at_before: Option<Time>,
    /// Why, as written.
    pub texts: Vec<Text>,
    /// Who asked and who agreed, where two persons did it together.
    pub approved: Option<Approved>,
    /// The event in which the same was logged again, where it belongs.
    pub again: Option<EventId>,
}

/// A fact as it was recorded, where it reads otherwise now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recorded {
    /// When it was said to have happened.
    pub occurred_at: Time,
    /// What was said, in a sentence.
    pub sentence: String,
    /// What was written.
    pub texts: Vec<Text>,
}

impl Recorded {
    /// The fact of an entry as it was recorded; `None` where it still reads so.
    pub(crate) fn of(entry: &Entry, teller: &Teller<'_>) -> Option<Self> {
        let original = entry.original.as_deref()?;
        Some(Self {
            occurred_at: original.meta.occurred_at,
            sentence: teller.say(original),
            texts: Quoted::of(&original.fact).texts,
        })
    }
}

impl Amendment {
    /// Everything that was said about an entry, oldest first.
    pub(crate) fn all(history: &History, entry: &Entry, teller: &Teller<'_>) -> Vec<Self> {
        let mut said_until_then = Cow::Borrowed(entry.recorded());
        let mut amendments = Vec::with_capacity(entry.amendments.len());
        for place in &entry.amendments {
            let envelope = history.entries()[*place].recorded();
            let Fact::Amendment(said) = &envelope.fact else { continue };
            let before = said_until_then.clone();
            said_until_then.to_mut().amend(said, envelope.id);
            amendments.push(Self::of(envelope, said, &before, &said_until_then, teller));
        }
        amendments
    }

    fn of(
        envelope: &Envelope,
        said: &amendment::Fact,
        before: &Envelope,
        after: &Envelope,
        teller: &Teller<'_>,
    ) -> Self {
        let (kind, again) = match said {
            amendment::Fact::Corrected { .. } => (AmendmentKind::Corrected, None),
            amendment::Fact::Annulled { again, .. } => (AmendmentKind::Annulled, *again),
            amendment::Fact::Annotated { .. } => (AmendmentKind::Annotated, None),
            amendment::Fact::Redacted { .. } => (AmendmentKind::Redacted, None),
        };
        let moved = before.meta.occurred_at != after.meta.occurred_at;
        // What a replacement says stands in the fact itself.
        let texts = Quoted::of(&envelope.fact).texts.into_iter();
        let texts = texts.filter(|text| !text.field.starts_with("replacement/"));
        Self {
            kind,
            event: envelope.id,
            at: envelope.meta.occurred_at,
            recorded_at: envelope.meta.recorded_at,
            by: By::of(envelope),
            who: teller.signature(envelope),
            before: (kind == AmendmentKind::Corrected).then(|| teller.say(before)),
            occurred_at_before: moved.then_some(before.meta.occurred_at),
            texts: texts.collect(),
            approved: envelope.meta.approved,
            again,
        }
    }
}
