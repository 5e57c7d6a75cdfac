//! privacy.: what a person asks about their own data, and how the office answers. The texts here
//! are sealed with that person's key and go with it; what proves the answer is in clear and stays.

use crate::fields::*;

/// A part of the data that is kept, though its erasure was asked for (D-1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// What: a duty's code of the retention policy, or the scope of a hold.
    pub what: Code,
    /// On what legal basis.
    pub legal_basis: Code,
    /// Until when, where that is known.
    #[serde(default)]
    pub until: Option<Date>,
}

/// What happens to a request about a person's own data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Fact {
    /// Somebody asks for something about their own data.
    #[serde(rename = "privacy.request-received.v1")]
    RequestReceived {
        /// What they ask for.
        kind: PrivacyKind,
        /// Whose data.
        subject: PersonId,
        /// When it reached the office.
        received_at: Time,
        /// Until when it is to be answered (D-1).
        due: Date,
        /// How it came.
        channel: Channel,
        /// What they wrote.
        words: Option<Sealed>,
    },
    /// Whoever asks is the person the data are about.
    #[serde(rename = "privacy.identity-verified.v1")]
    IdentityVerified {
        /// How that was made sure of.
        method: Code,
    },
    /// The answer takes longer; the person is told why (D-1).
    #[serde(rename = "privacy.extended.v1")]
    Extended {
        /// Until when it is to be answered now.
        until: Date,
        /// Why.
        reason: Sealed,
    },
    /// What is done about it.
    #[serde(rename = "privacy.assessed.v1")]
    Assessed {
        /// Whether they are given what they ask for.
        outcome: PrivacyOutcome,
        /// The rules of law it rests on.
        #[serde(default)]
        #[schemars(length(max = 20))]
        legal_basis: Vec<Code>,
        /// What is kept all the same.
        #[serde(default)]
        #[schemars(length(max = 50))]
        kept: Vec<Kept>,
        /// Why.
        reason: Option<Sealed>,
    },
    /// The person was told.
    #[serde(rename = "privacy.answered.v1")]
    Answered {
        /// How.
        channel: Channel,
        /// What was written to them.
        letter: Option<Sealed>,
    },
    /// A text of something they took part in was looked at and stays as it is (D-3).
    #[serde(rename = "privacy.text-kept.v1")]
    TextKept {
        /// The event in which it stands.
        event: EventId,
        /// Where in it.
        field: FieldPath,
        /// On what basis it stays.
        basis: Code,
    },
}

impl Fact {
    /// What may be done about it when it is wrong.
    pub const fn class(&self) -> Class {
        match self {
            Self::Assessed { .. } => Class::Decision,
            Self::RequestReceived { .. }
            | Self::IdentityVerified { .. }
            | Self::Extended { .. }
            | Self::Answered { .. }
            | Self::TextKept { .. } => Class::Mechanical,
        }
    }

    /// What it is about beside the request.
    pub(crate) fn objects(&self, about: &mut Vec<Object>) {
        match self {
            Self::RequestReceived { subject, .. } => about.push(subject.as_object("data_subject")),
            Self::IdentityVerified { .. }
            | Self::Extended { .. }
            | Self::Assessed { .. }
            | Self::Answered { .. }
            // Who works on a case need not learn whose request made somebody read its texts.
            | Self::TextKept { .. } => {}
        }
    }
}
