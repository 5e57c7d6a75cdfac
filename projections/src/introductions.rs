//! Introductions of projects to funders and partners.

use events::{
    CaseId, Channel, DeclineReason, DocumentId, EntitlementId, Initiator, IntroductionId,
    IntroductionKind, IntroductionOutcome, IntroductionState, OrganisationId, PersonId, Revision,
    Sealed, ShareScope, Time, UserId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Act;

/// An introduction in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IntroductionRow {
    /// The introduction.
    pub id: IntroductionId,
    /// The short form of its id.
    pub reference: String,
    /// The last revision of its stream.
    pub revision: Revision,
    /// Where it is.
    pub state: IntroductionState,
    /// The project.
    pub case: CaseId,
    /// The funder or partner.
    pub target: OrganisationId,
    /// The person there.
    pub person: Option<PersonId>,
    /// What for.
    pub kind: IntroductionKind,
    /// Who wished for it.
    pub initiated_by: Initiator,
    /// Who looks after it.
    pub owner: UserId,
    /// The innovator's consent.
    pub consent: Option<ShareConsent>,
    /// The target's acceptance.
    pub acceptance: Option<Acceptance>,
    /// When it was proposed.
    pub proposed_at: Time,
    /// When it was made.
    pub made_at: Option<Time>,
    /// What came of it, as last recorded.
    pub outcome: Option<IntroductionOutcome>,
    /// When something last happened in it.
    pub last_activity: Time,
}

/// What the innovator allows to be shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShareConsent {
    /// What may be shared.
    pub scope: Vec<ShareScope>,
    /// Until when.
    pub until: Time,
    /// When it was given.
    pub act: Act,
}

/// The target's acceptance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Acceptance {
    /// Until when.
    pub until: Option<Time>,
    /// When it was given.
    pub act: Act,
}

/// An introduction with everything known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IntroductionFile {
    /// As in a list.
    #[serde(flatten)]
    pub row: IntroductionRow,
    /// Why these two.
    pub rationale: Sealed,
    /// The entitlement it draws on.
    pub entitlement: Option<EntitlementId>,
    /// Who proposed it, when.
    pub proposed: Act,
    /// Why the innovator said no.
    pub refused: Option<Refusal>,
    /// Why the target said no.
    pub declined: Option<Refusal>,
    /// How they were introduced.
    pub made: Option<Introduced>,
    /// What was said since, first to last.
    pub follow_ups: Vec<FollowUp>,
    /// What came of it, first to last.
    pub outcomes: Vec<IntroductionResult>,
    /// Why nothing will come of it.
    pub abandoned: Option<Sealed>,
}

/// A no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// Why.
    pub reason: DeclineReason,
    /// When.
    pub act: Act,
}

/// How project and target were introduced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Introduced {
    /// How.
    pub channel: Channel,
    /// What was shared.
    pub shared: Vec<ShareScope>,
    /// The agreement on confidentiality.
    pub nda: Option<DocumentId>,
    /// Who did it, when.
    pub act: Act,
}

/// What was said after an introduction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FollowUp {
    /// What was said.
    pub summary: Sealed,
    /// When.
    pub act: Act,
}

/// What came of an introduction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IntroductionResult {
    /// What.
    pub outcome: IntroductionOutcome,
    /// More about it.
    pub note: Option<Sealed>,
    /// When it was recorded.
    pub act: Act,
}
