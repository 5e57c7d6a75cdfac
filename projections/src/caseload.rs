//! The caseload: a line per case, with what lists are filtered and sorted by.

use events::{
    ApplicantKind, ApplicationId, ApplicationState, Area, CallId, CaseId, CaseStatus, Discipline,
    IntakeChannel, OfferComponent, OrganisationId, PersonId, RequestId, Revision, Stage, Time,
    Title, UserId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A case in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaseRow {
    /// The case.
    pub id: CaseId,
    /// The short form of its id.
    pub reference: String,
    /// The last revision of its stream.
    pub revision: Revision,
    /// The project's title.
    pub title: Title,
    /// Where it is in its life.
    pub status: CaseStatus,
    /// How far the project is.
    pub stage: Stage,
    /// What it is for.
    pub area: Area,
    /// The sciences it brings together.
    pub disciplines: Vec<Discipline>,
    /// Which way it came.
    pub channel: IntakeChannel,
    /// What kind of applicant.
    pub applicant_kind: ApplicantKind,
    /// Who speaks for it.
    pub contact: PersonId,
    /// Who is in its team.
    pub team: Vec<PersonId>,
    /// The organisation that carries it.
    pub organisation: Option<OrganisationId>,
    /// Who follows it.
    pub advisor: Option<UserId>,
    /// Its mentors.
    pub mentors: Vec<PersonId>,
    /// Parts of the offer they ask for.
    pub needs: Vec<OfferComponent>,
    /// Its applications, first to last.
    pub applications: Vec<ApplicationLine>,
    /// When the project reached the office.
    pub received_at: Time,
    /// When something last happened in it.
    pub last_activity: Time,
    /// Whether nothing is expected for a while.
    pub on_hold: bool,
    /// When it was closed; absent while it is open.
    pub closed_at: Option<Time>,
    /// What it waits for, and since when.
    pub waiting: Option<Waiting>,
    /// Questions to the innovators without an answer.
    pub open_requests: Vec<AskedRequest>,
}

/// An application in a list of cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApplicationLine {
    /// The application.
    pub application: ApplicationId,
    /// The call it answers now.
    pub call: CallId,
    /// Where it is.
    pub state: ApplicationState,
    /// Since when it is there.
    pub since: Time,
    /// When a decision was proposed that is not decided yet.
    pub proposed_at: Option<Time>,
    /// Whether the applicant was told of the last decision.
    pub notified: bool,
}

/// What a case waits for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum WaitingFor {
    /// An advisor.
    Advisor,
    /// The head's word on a late application.
    LateRuling,
    /// An eligibility assessment.
    Eligibility,
    /// A proposal on pre-selection.
    Proposal,
    /// The decision on a proposal.
    Decision,
    /// The applicant's being told.
    Notification,
    /// The innovators' answer to a question.
    Innovator,
}

/// What a case waits for, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waiting {
    /// What for.
    #[serde(rename = "for")]
    pub what: WaitingFor,
    /// Since when.
    pub since: Time,
}

/// A question to the innovators, and when it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AskedRequest {
    /// The request.
    pub request: RequestId,
    /// When it was asked.
    pub at: Time,
}
