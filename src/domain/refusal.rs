//! Why a command is refused: always one rule, in words that say what to do.

use events::{Rule, Stream};

/// A command that a rule forbids.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({rule})")]
pub struct Refusal {
    /// The invariant that would not hold.
    pub rule: Rule,
    /// What exactly is wrong, as a code; irregularities of reports carry it too.
    pub reason: &'static str,
    /// What is wrong, as a sentence without personal data.
    pub message: String,
    /// The field of the command that has to change, if there is one.
    pub field: Option<&'static str>,
    /// What to do about it.
    pub remedy: &'static str,
}

impl Refusal {
    /// A refusal by `rule`.
    pub fn new(rule: Rule, reason: &'static str, message: impl Into<String>) -> Self {
        Self { rule, reason, message: message.into(), field: None, remedy: "" }
    }

    /// Names the field that has to change.
    #[must_use]
    pub const fn at(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }

    /// Says what to do.
    #[must_use]
    pub const fn remedy(mut self, remedy: &'static str) -> Self {
        self.remedy = remedy;
        self
    }
}

/// Whether a rule binds reports as well as acts: what happened, happened, but nobody reports
/// without the right to, into the future, or against somebody's privacy.
pub const fn binds_reports(rule: Rule) -> bool {
    match rule {
        Rule::G1
        | Rule::G2
        | Rule::G3
        | Rule::G4
        | Rule::G5
        | Rule::G6
        | Rule::G7
        | Rule::G8
        | Rule::G9
        | Rule::F1
        | Rule::X1
        | Rule::X2
        | Rule::X3
        | Rule::D1
        | Rule::D2
        | Rule::D3 => true,
        Rule::C1
        | Rule::C2
        | Rule::C3
        | Rule::C4
        | Rule::C5
        | Rule::C6
        | Rule::C7
        | Rule::C8
        | Rule::C9
        | Rule::R1
        | Rule::R2
        | Rule::R3
        | Rule::R4
        | Rule::R5
        | Rule::I1
        | Rule::I2
        | Rule::I3
        | Rule::M1 => false,
    }
}

/// Why a decision stopped short of facts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// A rule forbids it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The decision must know this stream first; load it and decide again.
    #[error("the decision must read {}", .0.name())]
    Needs(Stream),
    /// The decision must know every event of its own stream; load them and decide again.
    #[error("the decision must read its record whole")]
    NeedsHistory,
    /// A stream holds facts of a later build, so this one can't know its state.
    #[error("{} holds {kind}, which this build does not know", stream.name())]
    Unreadable {
        /// The stream.
        stream: Stream,
        /// The type it does not know.
        kind: String,
    },
}
