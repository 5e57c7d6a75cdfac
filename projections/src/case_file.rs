//! The file of a case: everything its own stream says about it, as it stands.

mod application;
mod coaching;
mod fold;

use std::collections::BTreeMap;

use events::{
    ActionId, ApplicantKind, CaseId, CaseRelation, CaseStatus, ClosingReason, CoachingTopic, Code,
    ConsentId, Country, Date, Digest, DocumentId, DocumentKind, History, IntakeChannel, MediaType,
    MilestoneId, MilestoneKind, OfferComponent, OrganisationId, OutcomeId, Party, PersonId,
    ReadinessScale, ReferralAnswer, ReferralId, ReferralKind, RequestId, Revision, Sealed, Stream,
    Time, UserId, intake::Project, outcome,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::application::*;
pub use self::coaching::*;
use crate::{Act, Row};

/// A case as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaseFile {
    /// The case.
    pub id: CaseId,
    /// The short form of its id, for reading and typing.
    pub reference: String,
    /// The last revision of its stream.
    pub revision: Revision,
    /// Where it is in its life.
    pub status: CaseStatus,
    /// Set while nothing is expected of it.
    pub on_hold: Option<OnHold>,
    /// How it came.
    pub arrival: CaseArrival,
    /// When the innovators were told that it arrived.
    pub acknowledged: Option<Act>,
    /// Who speaks for it.
    pub contact: PersonId,
    /// Who is in its team.
    pub team: Vec<TeamMember>,
    /// The organisation that carries it.
    pub carrier: Option<Carrier>,
    /// The project, as last described.
    pub project: Project,
    /// Parts of the offer they ask for.
    pub needs: Vec<OfferComponent>,
    /// The last assessment on each scale.
    pub readiness: BTreeMap<ReadinessScale, Readiness>,
    /// Who follows it.
    pub advisor: Option<UserId>,
    /// Its mentors.
    pub mentors: Vec<Mentor>,
    /// Its applications, first to last.
    pub applications: Vec<ApplicationFile>,
    /// Its coaching.
    pub coaching: CoachingFile,
    /// Actions that somebody still has to do.
    pub open_actions: Vec<OpenAction>,
    /// Where it means to be, and whether it got there.
    pub milestones: Vec<Milestone>,
    /// Its documents, first to last.
    pub documents: Vec<DocumentLine>,
    /// Questions to the innovators without an answer.
    pub open_requests: Vec<OpenRequest>,
    /// Partners it was passed to.
    pub referrals: Vec<Referral>,
    /// What partners said of it.
    pub referrals_received: Vec<ReferralReceived>,
    /// Cases it belongs together with.
    pub links: Vec<CaseLink>,
    /// What came of it.
    pub outcomes: Vec<OutcomeLine>,
    /// How much happened.
    pub counts: CaseCounts,
    /// When it was logged.
    pub opened: Act,
    /// How its last closing came about; absent while it is open.
    pub closed: Option<CaseClosing>,
    /// When something last happened in it.
    pub last_activity: Time,
}

/// A pause in the work on a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OnHold {
    /// Why.
    pub reason: Sealed,
    /// Until when, if that was said.
    pub until: Option<Date>,
    /// Who put it on hold, when.
    pub act: Act,
}

/// How a case came to the office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaseArrival {
    /// Which way it came.
    pub channel: IntakeChannel,
    /// When it reached the office.
    pub received_at: Time,
    /// What kind of applicant.
    pub applicant_kind: ApplicantKind,
    /// Where the applicant is.
    pub country: Country,
    /// The partner who sent them.
    pub referred_by: Option<OrganisationId>,
    /// The message or form it came in.
    pub source_document: Option<DocumentId>,
}

/// Somebody in the team of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TeamMember {
    /// Who.
    pub person: PersonId,
    /// As what.
    pub function: Code,
}

/// The organisation that carries a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Carrier {
    /// Which.
    pub organisation: OrganisationId,
    /// Since when, if it was not so from the start.
    pub from: Option<Date>,
}

/// How ready a project is on one scale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Readiness {
    /// The level.
    pub level: u8,
    /// What shows it.
    pub evidence: Option<Sealed>,
    /// Who assessed it, when.
    pub act: Act,
}

/// A mentor of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mentor {
    /// Who.
    pub person: PersonId,
    /// What for.
    pub topics: Vec<CoachingTopic>,
    /// Since when.
    pub since: Time,
}

/// Something that somebody still has to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenAction {
    /// The action.
    pub action: ActionId,
    /// What.
    pub what: Sealed,
    /// Which side.
    pub by: Party,
    /// By when.
    pub due: Option<Date>,
    /// When it was agreed.
    pub act: Act,
}

/// Whether a milestone was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MilestoneState {
    /// It lies ahead.
    Set,
    /// It was.
    Reached,
    /// It was not.
    Missed,
}

/// A date that a project means to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Milestone {
    /// The milestone.
    pub milestone: MilestoneId,
    /// What about.
    pub kind: MilestoneKind,
    /// What exactly.
    pub what: Sealed,
    /// By when.
    pub due: Date,
    /// Whether it was reached.
    pub state: MilestoneState,
    /// When it was reached.
    pub reached_on: Option<Date>,
    /// Why it was missed.
    pub reason: Option<Sealed>,
}

/// A document in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DocumentLine {
    /// The document.
    pub document: DocumentId,
    /// What it is.
    pub kind: DocumentKind,
    /// Its file name.
    pub name: Sealed,
    /// Size in clear, bytes.
    pub size_bytes: u64,
    /// Its media type.
    pub media_type: MediaType,
    /// SHA-256 of the sealed file.
    pub digest: Digest,
    /// The document it replaces.
    pub supersedes: Option<DocumentId>,
    /// The document that replaces it.
    pub superseded_by: Option<DocumentId>,
    /// Why it no longer counts.
    pub retracted: Option<Sealed>,
    /// Who attached it, when.
    pub act: Act,
}

/// A question to the innovators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenRequest {
    /// The request.
    pub request: RequestId,
    /// What for.
    pub question: Sealed,
    /// By when.
    pub due: Option<Date>,
    /// Who asked, when.
    pub act: Act,
}

/// A partner that a project was passed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Referral {
    /// The referral.
    pub referral: ReferralId,
    /// To whom.
    pub partner: OrganisationId,
    /// Signposted or handed over.
    pub kind: ReferralKind,
    /// The consent that names the partner.
    pub consent: Option<ConsentId>,
    /// Why.
    pub reason: Sealed,
    /// What they said.
    pub answer: Option<ReferralAnswer>,
    /// Who sent it, when.
    pub act: Act,
}

/// What a partner said of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReferralReceived {
    /// Who.
    pub partner: OrganisationId,
    /// What they said.
    pub note: Option<Sealed>,
    /// When.
    pub act: Act,
}

/// A case that belongs together with this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaseLink {
    /// The other.
    pub case: CaseId,
    /// How.
    pub relation: CaseRelation,
}

/// Something that came of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutcomeLine {
    /// The outcome.
    pub outcome: OutcomeId,
    /// What it is.
    pub result: outcome::Result,
    /// What was seen to show it.
    pub verified: Option<Sealed>,
    /// Why it is doubted.
    pub contested: Option<Sealed>,
    /// Who recorded it, when.
    pub act: Act,
}

/// How much happened in a case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaseCounts {
    /// Facts of its stream.
    pub facts: u64,
    /// Calls, meetings and messages.
    pub interactions: u64,
    /// Their length, where it was given, minutes.
    pub interaction_minutes: u64,
    /// Notes.
    pub notes: u64,
    /// Coaching sessions held.
    pub sessions_held: u64,
    /// Their length, minutes.
    pub session_minutes: u64,
}

/// A closing of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaseClosing {
    /// Why.
    pub reason: ClosingReason,
    /// More about why.
    pub note: Option<Sealed>,
    /// Who closed it, when.
    pub act: Act,
}

impl CaseFile {
    /// The file of `case` after these facts, of which those of other streams don't count.
    pub fn of(case: CaseId, history: &History) -> Option<Self> {
        let stream = Stream::Case(case).name();
        history.facts().filter(|envelope| envelope.stream == stream).fold(None, Self::after)
    }
}
