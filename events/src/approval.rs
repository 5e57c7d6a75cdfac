//! approval.: what two persons do together: one asks, another agrees (G-8). It stands on the
//! stream that the act is about; the act that follows quotes both in its metadata.

use crate::fields::*;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Matter {
    /// To annul an event.
    Annulment {
        /// Which.
        target: EventId,
        /// Why.
        reason: Sealed,
    },
    /// To work on a closed case again.
    Reopening {
        /// Why.
        reason: Sealed,
    },
    /// To let somebody act in a role that decides or oversees.
    Role {
        /// The account.
        user: UserId,
        /// As what.
        role: Role,
        /// On one case only.
        #[serde(default)]
        scope: Option<CaseId>,
        /// Until when.
        #[serde(default)]
        until: Option<Time>,
    },
    /// To end a version of a rule without another in its place.
    Retirement {
        /// Which version.
        version: u32,
    },
    /// To keep a person's or an organisation's data, whoever asks for their erasure (D-1).
    Hold {
        /// Who asks for it: a court, an auditor.
        authority: Code,
        /// What must be kept.
        scope: Code,
        /// Until when.
        #[serde(default)]
        until: Option<Time>,
    },
    /// To keep them no longer.
    Release {
        /// Which hold.
        hold: HoldId,
    },
    /// To erase a person's data for good (G-7).
    Erasure {
        /// The request it answers.
        request: PrivacyId,
        /// What for the data were held.
        #[serde(default)]
        purposes: Vec<Code>,
    },
}

/// How two persons come to act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Fact {
    /// One person asks.
    #[serde(rename = "approval.requested.v1")]
    Requested {
        /// The approval.
        approval: ApprovalId,
        /// What for.
        matter: Matter,
    },
    /// Another agrees; what was asked for happens with it.
    #[serde(rename = "approval.given.v1")]
    Given {
        /// Which.
        approval: ApprovalId,
    },
    /// Another does not agree, or who asked takes it back.
    #[serde(rename = "approval.refused.v1")]
    Refused {
        /// Which.
        approval: ApprovalId,
        /// Why.
        reason: Option<Sealed>,
    },
}

impl Fact {
    /// Which approval.
    pub const fn approval(&self) -> ApprovalId {
        match self {
            Self::Requested { approval, .. }
            | Self::Given { approval }
            | Self::Refused { approval, .. } => *approval,
        }
    }

    /// What may be done about it when it is wrong.
    pub const fn class(&self) -> Class {
        match self {
            Self::Requested { .. } | Self::Given { .. } | Self::Refused { .. } => Class::Mechanical,
        }
    }

    /// What it is about beside the stream's subject.
    pub(crate) fn objects(&self, about: &mut Vec<Object>) {
        about.push(self.approval().as_object("approval"));
        if let Self::Requested { matter, .. } = self {
            match matter {
                Matter::Annulment { target, .. } => about.push(target.as_object("in_question")),
                Matter::Role { user, scope, .. } => {
                    about.push(user.as_object("beneficiary"));
                    about.extend(scope.map(|case| case.as_object("scope")));
                }
                Matter::Erasure { request, .. } => about.push(request.as_object("request")),
                Matter::Reopening { .. }
                | Matter::Retirement { .. }
                | Matter::Hold { .. }
                | Matter::Release { .. } => {}
            }
        }
    }
}
