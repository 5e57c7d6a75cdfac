//! The caseload: a line per case, with what lists are filtered and sorted by.

use events::{
    ApplicantKind, ApplicationId, ApplicationState, Area, CallId, CaseId, CaseStatus, Discipline,
    Envelope, Fact, IntakeChannel, OfferComponent, OrganisationId, PersonId, RequestId, Revision,
    Stage, Stream, Time, Title, UserId, coaching, intake, selection,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Row;

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

impl ApplicationLine {
    /// What it waits for, if it waits for the office.
    fn waiting(&self) -> Option<Waiting> {
        let since = |what| Some(Waiting { what, since: self.since });
        match self.state {
            ApplicationState::Late => since(WaitingFor::LateRuling),
            ApplicationState::Submitted => since(WaitingFor::Eligibility),
            ApplicationState::Eligible => match self.proposed_at {
                Some(since) => Some(Waiting { what: WaitingFor::Decision, since }),
                None => since(WaitingFor::Proposal),
            },
            ApplicationState::NotAdmitted
            | ApplicationState::Ineligible
            | ApplicationState::Preselected
            | ApplicationState::Deferred
            | ApplicationState::NotPreselected
            | ApplicationState::Referred => {
                if self.notified {
                    None
                } else {
                    since(WaitingFor::Notification)
                }
            }
            ApplicationState::Withdrawn => None,
        }
    }

    fn evolve(&mut self, fact: &selection::Fact, at: Time) {
        use selection::Fact;
        let state = ApplicationState::after(Some(self.state), fact).unwrap_or(self.state);
        match fact {
            Fact::PreselectionProposed { .. } => self.proposed_at = Some(at),
            Fact::DecisionNotified { .. } => self.notified = true,
            Fact::ApplicationCarriedOver { call, .. } => self.call = *call,
            Fact::ApplicationSubmitted { submission, .. } => self.call = submission.call,
            Fact::PreselectionDecided { .. }
            | Fact::EligibilityAssessed { .. }
            | Fact::ApplicationReceivedLate { .. }
            | Fact::LateApplicationAdmitted { .. }
            | Fact::LateApplicationRefused { .. }
            | Fact::ApplicationWithdrawn { .. }
            | Fact::ConflictDeclared { .. }
            | Fact::NoConflictDeclared { .. }
            | Fact::PreselectionOpinionGiven { .. }
            | Fact::PreselectionMeetingHeld { .. } => {}
        }
        if state != self.state {
            self.state = state;
            self.since = at;
            self.proposed_at = None;
            self.notified = false;
        }
    }
}

impl CaseRow {
    /// The oldest thing that the case waits for from the office; else from the innovators.
    fn waits(&self) -> Option<Waiting> {
        if self.on_hold || self.status == CaseStatus::Closed {
            return None;
        }
        let advisor = Waiting { what: WaitingFor::Advisor, since: self.received_at };
        let office = self.applications.iter().filter_map(ApplicationLine::waiting);
        let innovator = self.open_requests.iter().map(|request| request.at).min();
        self.advisor
            .is_none()
            .then_some(advisor)
            .into_iter()
            .chain(office)
            .min_by_key(|waiting| waiting.since)
            .or(innovator.map(|since| Waiting { what: WaitingFor::Innovator, since }))
    }

    fn describe(&mut self, project: &intake::Project) {
        self.title = project.title.clone();
        self.stage = project.stage;
        self.area = project.area;
        self.disciplines.clone_from(&project.disciplines);
    }

    fn arrive(&mut self, arrival: &intake::Arrival) {
        self.describe(&arrival.project);
        self.channel = arrival.channel;
        self.applicant_kind = arrival.applicant_kind;
        self.contact = arrival.contact;
        self.organisation = arrival.organisation;
        self.needs.clone_from(&arrival.needs);
        self.received_at = arrival.received_at;
    }

    fn take_intake(&mut self, fact: &intake::Fact, at: Time) {
        use intake::Fact;
        self.status = self.status.after(fact);
        match fact {
            Fact::Logged(arrival) => self.arrive(arrival),
            Fact::AdvisorAssigned { advisor, .. } => self.advisor = Some(*advisor),
            Fact::ProjectDescribed { project } => self.describe(project),
            Fact::NeedsExpressed { needs } => self.needs.clone_from(needs),
            Fact::TeamMemberJoined { person, .. } => {
                if !self.team.contains(person) {
                    self.team.push(*person);
                }
            }
            Fact::TeamMemberLeft { person } => self.team.retain(|known| known != person),
            Fact::CarrierChanged { organisation, .. } => self.organisation = Some(*organisation),
            Fact::InformationRequested { request, .. } => {
                self.open_requests.push(AskedRequest { request: *request, at });
            }
            Fact::InformationProvided { request, .. } => {
                self.open_requests.retain(|open| open.request != *request);
            }
            Fact::PutOnHold { .. } => self.on_hold = true,
            Fact::Resumed {} => self.on_hold = false,
            Fact::Closed { .. } => self.closed_at = Some(at),
            Fact::Reopened { .. } => self.closed_at = None,
            Fact::Acknowledged { .. }
            | Fact::ReadinessAssessed { .. }
            | Fact::ReferralReceived { .. }
            | Fact::ReferralSent { .. }
            | Fact::ReferralAnswered { .. }
            | Fact::CaseLinked { .. } => {}
        }
    }

    fn take_coaching(&mut self, fact: &coaching::Fact) {
        use coaching::Fact;
        match fact {
            Fact::MentorAssigned { mentor, .. } => {
                if !self.mentors.contains(mentor) {
                    self.mentors.push(*mentor);
                }
            }
            Fact::MentorReleased { mentor } => self.mentors.retain(|known| known != mentor),
            Fact::PlanAgreed { .. }
            | Fact::SessionScheduled { .. }
            | Fact::SessionRescheduled { .. }
            | Fact::SessionCancelled { .. }
            | Fact::SessionHeld(_)
            | Fact::SessionMissed { .. } => {}
        }
    }

    fn take_selection(&mut self, fact: &selection::Fact, at: Time) {
        let application = fact.application();
        let known = |line: &&mut ApplicationLine| line.application == application;
        if let Some(line) = self.applications.iter_mut().find(known) {
            line.evolve(fact, at);
        } else if let selection::Fact::ApplicationSubmitted { submission, .. } = fact {
            self.applications.push(ApplicationLine {
                application,
                call: submission.call,
                state: ApplicationState::Submitted,
                since: at,
                proposed_at: None,
                notified: false,
            });
        }
    }
}

impl Row for CaseRow {
    const KIND: &'static str = "case";

    fn answers(stream: Stream) -> bool {
        matches!(stream, Stream::Case(_))
    }

    fn begin(first: &Envelope) -> Option<Self> {
        let Some(Stream::Case(id)) = first.stream.stream() else { return None };
        let Fact::Intake(intake::Fact::Logged(arrival)) = &first.fact else { return None };
        let mut row = Self {
            id,
            reference: id.reference().to_string(),
            revision: first.revision,
            title: arrival.project.title.clone(),
            status: CaseStatus::Received,
            stage: arrival.project.stage,
            area: arrival.project.area,
            disciplines: arrival.project.disciplines.clone(),
            channel: arrival.channel,
            applicant_kind: arrival.applicant_kind,
            contact: arrival.contact,
            team: Vec::new(),
            organisation: arrival.organisation,
            advisor: None,
            mentors: Vec::new(),
            needs: arrival.needs.clone(),
            applications: Vec::new(),
            received_at: arrival.received_at,
            last_activity: first.meta.occurred_at,
            on_hold: false,
            closed_at: None,
            waiting: None,
            open_requests: Vec::new(),
        };
        row.waiting = row.waits();
        Some(row)
    }

    fn evolve(&mut self, next: &Envelope) {
        self.revision = next.revision;
        let at = next.meta.occurred_at;
        self.last_activity = self.last_activity.max(at);
        match &next.fact {
            Fact::Intake(fact) => self.take_intake(fact, at),
            Fact::Followup(fact) => self.stage = fact.stage().unwrap_or(self.stage),
            Fact::Coaching(fact) => self.take_coaching(fact),
            Fact::Selection(fact) => self.take_selection(fact, at),
            Fact::Outcome(_)
            | Fact::Person(_)
            | Fact::Organisation(_)
            | Fact::Policy(_)
            | Fact::Call(_)
            | Fact::Resource(_)
            | Fact::Booking(_)
            | Fact::Introduction(_)
            | Fact::Gathering(_)
            | Fact::Access(_)
            | Fact::Amendment(_)
            | Fact::Approval(_) => {}
        }
        self.waiting = self.waits();
    }
}
