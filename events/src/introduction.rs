//! introduction.: bringing a project and a funder or partner together.

use crate::IntroductionState;
use crate::fields::*;

/// What is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// The project.
    pub case: CaseId,
    /// The funder or partner.
    pub target: OrganisationId,
    /// The person there.
    #[serde(default)]
    pub person: Option<PersonId>,
    /// What for.
    pub kind: IntroductionKind,
    /// Who wished for it.
    pub initiated_by: Initiator,
    /// Who looks after it.
    pub owner: UserId,
    /// Why these two.
    pub rationale: Sealed,
    /// The entitlement it draws on.
    #[serde(default)]
    pub entitlement: Option<EntitlementId>,
}

/// What happens to an introduction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Fact {
    /// The office thinks these two should meet.
    #[serde(rename = "introduction.proposed.v1")]
    Proposed(Proposal),
    /// The innovator agrees (I-1).
    #[serde(rename = "introduction.innovator-consented.v1")]
    InnovatorConsented {
        /// What may be shared (I-2).
        #[serde(default)]
        scope: Vec<ShareScope>,
        /// Until when.
        until: Time,
    },
    /// The innovator does not.
    #[serde(rename = "introduction.innovator-refused.v1")]
    InnovatorRefused {
        /// Why.
        reason: DeclineReason,
    },
    /// The target agrees (I-1).
    #[serde(rename = "introduction.target-accepted.v1")]
    TargetAccepted {
        /// Until when.
        until: Option<Time>,
    },
    /// The target does not.
    #[serde(rename = "introduction.target-declined.v1")]
    TargetDeclined {
        /// Why.
        reason: DeclineReason,
    },
    /// They were introduced.
    #[serde(rename = "introduction.made.v1")]
    Made {
        /// How.
        channel: Channel,
        /// What was shared.
        #[serde(default)]
        shared: Vec<ShareScope>,
        /// The agreement on confidentiality.
        nda: Option<DocumentId>,
    },
    /// The office asked how it goes.
    #[serde(rename = "introduction.followed-up.v1")]
    FollowedUp {
        /// What was said.
        summary: Sealed,
    },
    /// What came of it.
    #[serde(rename = "introduction.outcome-recorded.v1")]
    OutcomeRecorded {
        /// What.
        outcome: IntroductionOutcome,
        /// More about it.
        note: Option<Sealed>,
    },
    /// Nothing will come of it.
    #[serde(rename = "introduction.abandoned.v1")]
    Abandoned {
        /// Why.
        reason: Sealed,
    },
}

impl Fact {
    /// What may be done about it when it is wrong.
    pub const fn class(&self) -> Class {
        match self {
            Self::Proposed(_) | Self::FollowedUp { .. } | Self::OutcomeRecorded { .. } => {
                Class::Descriptive
            }
            Self::InnovatorConsented { .. }
            | Self::InnovatorRefused { .. }
            | Self::TargetAccepted { .. }
            | Self::TargetDeclined { .. }
            | Self::Made { .. }
            | Self::Abandoned { .. } => Class::Mechanical,
        }
    }

    /// What it is about beside the introduction.
    pub(crate) fn objects(&self, about: &mut Vec<Object>) {
        match self {
            Self::Proposed(proposal) => {
                about.push(proposal.case.as_object("introduced"));
                about.push(proposal.target.as_object("target"));
                about.push(proposal.owner.as_object("owner"));
                about.extend(proposal.person.map(|id| id.as_object("target_contact")));
                about.extend(proposal.entitlement.map(|id| id.as_object("entitlement")));
            }
            Self::Made { nda, .. } => about.extend(nda.map(|id| id.as_object("nda"))),
            Self::InnovatorConsented { .. }
            | Self::InnovatorRefused { .. }
            | Self::TargetAccepted { .. }
            | Self::TargetDeclined { .. }
            | Self::FollowedUp { .. }
            | Self::OutcomeRecorded { .. }
            | Self::Abandoned { .. } => {}
        }
    }
}

impl IntroductionState {
    /// Where `fact` leads from a state.
    pub const fn after(from: Option<Self>, fact: &Fact) -> Option<Self> {
        match fact {
            Fact::Proposed(_) => Some(Self::Proposed),
            Fact::InnovatorConsented { .. } | Fact::TargetAccepted { .. } => from,
            Fact::InnovatorRefused { .. } => Some(Self::Refused),
            Fact::TargetDeclined { .. } => Some(Self::Declined),
            Fact::Made { .. } => Some(Self::Made),
            Fact::FollowedUp { .. } => from,
            Fact::OutcomeRecorded { .. } => Some(Self::Concluded),
            Fact::Abandoned { .. } => Some(Self::Abandoned),
        }
    }
}
