//! The file of a case: everything its own stream says about it, as it stands.

use std::collections::BTreeMap;

use events::{
    ActionId, ApplicantKind, ApplicationId, ApplicationState, CallId, CaseId, CaseRelation,
    CaseStatus, Channel, ClosingReason, CoachingTopic, Code, ConflictGround, ConsentId, Country,
    Date, Digest, DocumentId, DocumentKind, EligibilityOutcome, EventId, IntakeChannel, MediaType,
    MilestoneId, MilestoneKind, OfferComponent, OrganisationId, OutcomeId, Party, PersonId,
    ReadinessScale, ReceivedBy, ReferralAnswer, ReferralId, ReferralKind, RequestId, Revision,
    Sealed, SessionId, Time, UserId,
    coaching::Appointment,
    intake::Project,
    outcome,
    selection::{Finding, Ruling},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Act;

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

/// One application of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApplicationFile {
    /// The application.
    pub application: ApplicationId,
    /// The call it answers now.
    pub call: CallId,
    /// Calls from which it was carried over.
    pub carried_over_from: Vec<CallId>,
    /// Where it is.
    pub state: ApplicationState,
    /// When it was handed in.
    pub submitted: Act,
    /// When it reached the office.
    pub received_at: Time,
    /// Who handed it in.
    pub received_by: ReceivedBy,
    /// What was handed in.
    pub documents: Vec<DocumentId>,
    /// What the applicant declared.
    pub declarations: Vec<Code>,
    /// The message that shows when it arrived.
    pub evidence: Option<DocumentId>,
    /// Set when it came after the deadline.
    pub late: Option<Lateness>,
    /// What members of staff declared on their interests, last word of each.
    pub conflicts: Vec<ConflictLine>,
    /// The last eligibility assessment.
    pub eligibility: Option<EligibilityLine>,
    /// Opinions on what to decide.
    pub opinions: Vec<RulingLine>,
    /// Meetings over its pre-selection.
    pub meetings: Vec<PreselectionMeeting>,
    /// The last proposal.
    pub proposal: Option<RulingLine>,
    /// The last decision.
    pub decision: Option<DecisionLine>,
    /// How the applicant was last told of a decision.
    pub notified: Option<NotificationLine>,
    /// Set when the applicant took it back.
    pub withdrawn: Option<Withdrawal>,
}

/// By how much an application missed its deadline, and what the head said to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lateness {
    /// The deadline it missed.
    pub deadline: Time,
    /// By how much, minutes.
    pub late_by_minutes: u64,
    /// Whether it was admitted; absent while nothing is decided.
    pub ruling: Option<LateRuling>,
}

/// The head's word on a late application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LateRuling {
    /// Whether it was admitted.
    pub admitted: bool,
    /// Why.
    pub reason: Sealed,
    /// Who decided, when.
    pub act: Act,
}

/// What a member of staff declared on an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConflictLine {
    /// Who.
    pub person: PersonId,
    /// The ground of the conflict; absent: they declared to have none.
    pub ground: Option<ConflictGround>,
    /// What exactly.
    pub description: Option<Sealed>,
    /// When it was declared.
    pub act: Act,
}

/// An assessment of eligibility.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EligibilityLine {
    /// What follows.
    pub outcome: EligibilityOutcome,
    /// Criterion by criterion.
    pub results: BTreeMap<Code, Finding>,
    /// Who assessed, when.
    pub act: Act,
}

/// What somebody would decide, or proposes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RulingLine {
    /// What, and why.
    pub ruling: Ruling,
    /// Who, when.
    pub act: Act,
}

/// A decision on pre-selection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DecisionLine {
    /// What, and why.
    pub ruling: Ruling,
    /// The proposal that was decided on.
    pub proposal: EventId,
    /// Who decided, when.
    pub act: Act,
}

/// A meeting over pre-selection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PreselectionMeeting {
    /// When.
    pub date: Date,
    /// Who was there.
    pub present: Vec<PersonId>,
    /// Who recorded it.
    pub act: Act,
}

/// How an applicant was told of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotificationLine {
    /// The decision.
    pub decision: EventId,
    /// How.
    pub channel: Channel,
    /// The letter.
    pub letter: Option<DocumentId>,
    /// Until when it can be appealed.
    pub appeal_deadline: Option<Date>,
    /// Who told them, when.
    pub act: Act,
}

/// An applicant's taking back of an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Withdrawal {
    /// Why.
    pub reason: Option<Sealed>,
    /// When.
    pub act: Act,
}

/// The coaching of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CoachingFile {
    /// What it is to reach, as last agreed.
    pub plan: Option<CoachingPlan>,
    /// Its sessions, first to last.
    pub sessions: Vec<CoachingSession>,
}

/// What coaching is to reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CoachingPlan {
    /// The objectives.
    pub objectives: Sealed,
    /// How many sessions.
    pub sessions: u32,
    /// Until when.
    pub until: Option<Date>,
    /// When it was agreed.
    pub act: Act,
}

/// Where a coaching session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// It has a date.
    Scheduled,
    /// It took place.
    Held,
    /// It won't.
    Cancelled,
    /// Somebody did not come.
    Missed,
}

/// A coaching session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CoachingSession {
    /// The session; absent where it was held without having been scheduled.
    pub session: Option<SessionId>,
    /// Where it is.
    pub state: SessionState,
    /// When, where, with whom it was to be.
    pub appointment: Option<Appointment>,
    /// How often it was moved.
    pub rescheduled: u32,
    /// Who cancelled it or did not come.
    pub by: Option<Party>,
    /// What took place.
    pub held: Option<events::coaching::Held>,
    /// The last event about it.
    pub act: Act,
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
