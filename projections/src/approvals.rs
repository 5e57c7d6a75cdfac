//! What was asked for, for a second person to agree to, and what became of it.

use events::{
    ApprovalId, Envelope, Fact, Revision, Sealed, Stream, StreamName,
    approval::{self, Matter},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Act, Row};

/// Everything that was asked for on one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalBook {
    /// What was asked for, first to last.
    pub approvals: Vec<ApprovalRow>,
}

/// Something that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalRow {
    /// The approval.
    pub approval: ApprovalId,
    /// The short form of its id.
    pub reference: String,
    /// The record it is about.
    pub stream: StreamName,
    /// The last revision of that record, which an answer states.
    pub revision: Revision,
    /// What is asked for.
    pub matter: Matter,
    /// Where it is.
    pub state: ApprovalState,
    /// Who asked, when.
    pub requested: Act,
    /// Who answered, when.
    pub answered: Option<Act>,
    /// Why it was not agreed to.
    pub reason: Option<Sealed>,
}

/// Where something that was asked for is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// It waits for a second person.
    Waiting,
    /// A second person agreed.
    Given,
    /// It was not agreed to, or taken back.
    Refused,
}

impl ApprovalBook {
    fn answer(
        &mut self,
        approval: ApprovalId,
        state: ApprovalState,
        reason: Option<&Sealed>,
        next: &Envelope,
    ) {
        let asked = self
            .approvals
            .iter_mut()
            .find(|row| row.approval == approval && row.state == ApprovalState::Waiting);
        if let Some(row) = asked {
            row.state = state;
            row.answered = Some(Act::of(next));
            row.reason = reason.cloned();
        }
    }
}

impl Row for ApprovalBook {
    const KIND: &'static str = "approval";

    /// Every record may have some.
    fn answers(_: Stream) -> bool {
        true
    }

    fn begin(first: &Envelope) -> Option<Self> {
        let Fact::Approval(approval::Fact::Requested { .. }) = &first.fact else { return None };
        let mut book = Self { approvals: Vec::new() };
        book.evolve(first);
        Some(book)
    }

    fn evolve(&mut self, next: &Envelope) {
        if let Fact::Approval(fact) = &next.fact {
            match fact {
                approval::Fact::Requested { approval, matter } => {
                    self.approvals.push(ApprovalRow {
                        approval: *approval,
                        reference: approval.reference().to_string(),
                        stream: next.stream.clone(),
                        revision: next.revision,
                        matter: matter.clone(),
                        state: ApprovalState::Waiting,
                        requested: Act::of(next),
                        answered: None,
                        reason: None,
                    });
                }
                approval::Fact::Given { approval } => {
                    self.answer(*approval, ApprovalState::Given, None, next);
                }
                approval::Fact::Refused { approval, reason } => {
                    self.answer(*approval, ApprovalState::Refused, reason.as_ref(), next);
                }
            }
        }
        self.approvals.iter_mut().for_each(|row| row.revision = next.revision);
    }
}
