//! Requests about a person's own data: where each is, until when it is to be answered, and what
//! came of it.

use events::{
    Channel, Code, Date, Envelope, EventId, Fact, FieldPath, PersonId, PrivacyId, PrivacyKind,
    PrivacyOutcome, Revision, Sealed, Stream, Time,
    privacy::{self, Kept},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Act, Row};

/// A request about a person's own data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PrivacyRow {
    /// The request.
    pub id: PrivacyId,
    /// The short form of its id.
    pub reference: String,
    /// The last revision of its stream.
    pub revision: Revision,
    /// What is asked for.
    pub kind: PrivacyKind,
    /// Whose data.
    pub subject: PersonId,
    /// Where it is.
    pub state: PrivacyState,
    /// When it reached the office.
    pub received_at: Time,
    /// Until when it is to be answered.
    pub due: Date,
    /// How it came.
    pub channel: Channel,
    /// What they wrote.
    pub words: Option<Sealed>,
    /// Who recorded it, when.
    pub received: Act,
    /// How it was made sure who asks.
    pub verified: Option<Verified>,
    /// Why it takes longer.
    pub extended: Option<Extension>,
    /// What was decided, first to last; the last one counts.
    pub assessments: Vec<Assessment>,
    /// How they were told what was decided last.
    pub answered: Option<Reply>,
    /// Texts that were looked at and stay as they are (D-3).
    pub kept_texts: Vec<KeptText>,
}

/// Where a request is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PrivacyState {
    /// It came; who asks is not made sure of yet.
    Received,
    /// It is known who asks.
    Verified,
    /// It was decided what is done.
    Assessed,
    /// They were told.
    Answered,
}

impl PrivacyState {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Verified => "verified",
            Self::Assessed => "assessed",
            Self::Answered => "answered",
        }
    }
}

/// How it was made sure who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verified {
    /// How.
    pub method: Code,
    /// By whom, when.
    pub act: Act,
}

/// Why an answer takes longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Extension {
    /// Until when.
    pub until: Date,
    /// Why.
    pub reason: Sealed,
    /// By whom, when.
    pub act: Act,
}

/// What was decided about a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Assessment {
    /// Whether they are given what they ask for.
    pub outcome: PrivacyOutcome,
    /// The rules of law it rests on.
    pub legal_basis: Vec<Code>,
    /// What is kept all the same.
    pub kept: Vec<Kept>,
    /// Why.
    pub reason: Option<Sealed>,
    /// By whom, when.
    pub act: Act,
}

/// How somebody was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reply {
    /// How.
    pub channel: Channel,
    /// What was written to them.
    pub letter: Option<Sealed>,
    /// By whom, when.
    pub act: Act,
}

/// A text that was looked at and stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeptText {
    /// The event in which it stands.
    pub event: EventId,
    /// Where in it.
    pub field: FieldPath,
    /// On what basis it stays.
    pub basis: Code,
    /// By whom, when.
    pub act: Act,
}

impl Row for PrivacyRow {
    const KIND: &'static str = "privacy";

    fn answers(stream: Stream) -> bool {
        matches!(stream, Stream::Privacy(_))
    }

    fn begin(first: &Envelope) -> Option<Self> {
        let Some(Stream::Privacy(id)) = first.stream.stream() else { return None };
        let Fact::Privacy(privacy::Fact::RequestReceived {
            kind,
            subject,
            received_at,
            due,
            channel,
            words,
        }) = &first.fact
        else {
            return None;
        };
        Some(Self {
            id,
            reference: id.reference().to_string(),
            revision: first.revision,
            kind: *kind,
            subject: *subject,
            state: PrivacyState::Received,
            received_at: *received_at,
            due: *due,
            channel: *channel,
            words: words.clone(),
            received: Act::of(first),
            verified: None,
            extended: None,
            assessments: Vec::new(),
            answered: None,
            kept_texts: Vec::new(),
        })
    }

    fn evolve(&mut self, next: &Envelope) {
        self.revision = next.revision;
        let Fact::Privacy(fact) = &next.fact else { return };
        let act = Act::of(next);
        match fact {
            privacy::Fact::RequestReceived { .. } => {}
            privacy::Fact::IdentityVerified { method } => {
                self.verified = Some(Verified { method: method.clone(), act });
                self.state = self.state.max(PrivacyState::Verified);
            }
            privacy::Fact::Extended { until, reason } => {
                self.due = *until;
                self.extended = Some(Extension { until: *until, reason: reason.clone(), act });
            }
            privacy::Fact::Assessed { outcome, legal_basis, kept, reason } => {
                self.assessments.push(Assessment {
                    outcome: *outcome,
                    legal_basis: legal_basis.clone(),
                    kept: kept.clone(),
                    reason: reason.clone(),
                    act,
                });
                // What is decided anew is to be told anew.
                self.answered = None;
                self.state = PrivacyState::Assessed;
            }
            privacy::Fact::Answered { channel, letter } => {
                self.answered = Some(Reply { channel: *channel, letter: letter.clone(), act });
                self.state = PrivacyState::Answered;
            }
            privacy::Fact::TextKept { event, field, basis } => {
                self.kept_texts.push(KeptText {
                    event: *event,
                    field: field.clone(),
                    basis: basis.clone(),
                    act,
                });
            }
        }
    }
}
