//! The states that facts lead to. No rule is here: whether a step was allowed is for the deciders;
//! where it led is so for everyone who folds a history, and stands with the family of facts that
//! led there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::intake;

/// Where a case is in its life.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CaseStatus {
    /// It came in.
    Received,
    /// An advisor follows it.
    Followed,
    /// An agreement is signed.
    Supported,
    /// The office's work is over.
    Closed,
}

impl CaseStatus {
    /// Where `fact` leads from here.
    pub const fn after(self, fact: &intake::Fact) -> Self {
        match (self, fact) {
            (Self::Received, intake::Fact::AdvisorAssigned { .. }) => Self::Followed,
            (_, intake::Fact::Closed { .. }) => Self::Closed,
            (_, intake::Fact::Reopened { .. }) => Self::Followed,
            _ => self,
        }
    }
}

/// Where an application is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationState {
    /// It is to be assessed.
    Submitted,
    /// It came late and waits for the head's word.
    Late,
    /// It came late and was not admitted.
    NotAdmitted,
    /// It is to be decided on.
    Eligible,
    /// It does not meet the criteria.
    Ineligible,
    /// It goes to the committee.
    Preselected,
    /// It is put off, and may go to a later call.
    Deferred,
    /// It does not go to the committee.
    NotPreselected,
    /// It goes elsewhere.
    Referred,
    /// The applicant took it back.
    Withdrawn,
}

impl ApplicationState {
    /// Whether something may still become of it in its call (C-1).
    pub const fn is_open(self) -> bool {
        match self {
            Self::Submitted | Self::Late | Self::Eligible | Self::Preselected | Self::Deferred => {
                true
            }
            Self::NotAdmitted
            | Self::Ineligible
            | Self::NotPreselected
            | Self::Referred
            | Self::Withdrawn => false,
        }
    }
}

/// Where a booking is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum BookingState {
    /// Asked for; the slot is kept.
    Requested,
    /// Theirs.
    Confirmed,
    /// Refused.
    Rejected,
    /// Not answered in time.
    Expired,
    /// Taken back.
    Cancelled,
    /// Ousted by an outage.
    Displaced,
    /// Under way.
    Started,
    /// Done.
    Completed,
    /// Cut short.
    Interrupted,
    /// Nobody came.
    NoShow,
}

impl BookingState {
    /// Whether it takes up room on the calendar.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Requested | Self::Confirmed | Self::Started)
    }
}

/// Where an introduction is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum IntroductionState {
    /// Waiting for consent and acceptance.
    Proposed,
    /// The innovator does not want it.
    Refused,
    /// The target does not want it.
    Declined,
    /// They were introduced.
    Made,
    /// Its outcome is known.
    Concluded,
    /// Nothing will come of it.
    Abandoned,
}
