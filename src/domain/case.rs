//! A case as its deciders know it, folded from the five families of its stream.

use std::collections::{BTreeMap, BTreeSet};

use events::{
    ActionId, ApplicationId, ApplicationState, CallId, CaseId, CaseRelation, CaseStatus, ConsentId,
    DocumentId, Envelope, EventId, Fact, FundingRound, MilestoneId, OfferComponent, OrganisationId,
    OutcomeId, OutcomeKind, PersonId, PreselectionOutcome, ReferralId, RequestId, SessionId, Stage,
    Time, UserId, coaching, followup, intake, outcome, selection,
};

/// One project at the office.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Which.
    pub id: CaseId,
    /// Where it is in its life; `None` before its intake.
    pub status: Option<CaseStatus>,
    /// Nothing is expected for a while.
    pub on_hold: bool,
    /// It was acknowledged to the applicant.
    pub acknowledged: bool,
    /// Who speaks for it.
    pub contact: Option<PersonId>,
    /// Its team, the contact not counted.
    pub team: BTreeSet<PersonId>,
    /// Who carries it.
    pub carrier: Option<OrganisationId>,
    /// Who follows it.
    pub advisor: Option<UserId>,
    /// How far the project is.
    pub stage: Stage,
    /// The project, to notice a description that says nothing new.
    pub project: Option<intake::Project>,
    /// Parts of the offer asked for.
    pub needs: Vec<OfferComponent>,
    /// Cases it is linked to.
    pub links: BTreeMap<CaseId, CaseRelation>,
    /// Questions to the innovator: whether each was answered.
    pub requests: BTreeMap<RequestId, bool>,
    /// Referrals: whether each was answered.
    pub referrals: BTreeMap<ReferralId, bool>,
    /// Consents that a hand-over used.
    pub consents_used: BTreeSet<ConsentId>,
    /// Documents: whether each still counts.
    pub documents: BTreeMap<DocumentId, bool>,
    /// Agreed actions: whether each is closed.
    pub actions: BTreeMap<ActionId, bool>,
    /// Milestones: whether each is over.
    pub milestones: BTreeMap<MilestoneId, bool>,
    /// Mentors who have the project.
    pub mentors: BTreeSet<PersonId>,
    /// Coaching sessions.
    pub sessions: BTreeMap<SessionId, SessionState>,
    /// Applications, oldest first.
    pub applications: BTreeMap<ApplicationId, Application>,
    /// What came of the project.
    pub outcomes: BTreeMap<OutcomeId, Outcome>,
}

/// Where a coaching session is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionState {
    /// It has a date.
    Scheduled(coaching::Appointment),
    /// It was cancelled, held or missed.
    Over,
}

/// An application as its deciders know it.
#[derive(Debug, Clone, PartialEq)]
pub struct Application {
    /// The call it is in.
    pub call: CallId,
    /// Where it is.
    pub state: ApplicationState,
    /// When it reached the office.
    pub received_at: Time,
    /// Staff who declared: `true` for a conflict (C-8).
    pub declarations: BTreeMap<PersonId, bool>,
    /// The proposal that waits for a decision.
    pub proposal: Option<Proposal>,
    /// The last decision, and whether the applicant was told.
    pub decision: Option<(EventId, bool)>,
}

/// A proposal of pre-selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposal {
    /// The event that holds it.
    pub event: EventId,
    /// Who proposed (C-4).
    pub by: UserId,
    /// What.
    pub outcome: PreselectionOutcome,
}

/// An outcome as its deciders know it.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// As recorded.
    pub result: outcome::Result,
    /// Somebody saw the proof.
    pub verified: bool,
    /// Somebody doubts it.
    pub contested: bool,
}

impl Outcome {
    /// The round it counts, if it is money raised (M-1).
    pub fn round(&self) -> Option<(OutcomeKind, FundingRound, events::Date)> {
        self.result.round.map(|round| (self.result.kind, round, self.result.closed_on))
    }
}

impl Case {
    /// A case before anything happened to it.
    pub fn new(id: CaseId) -> Self {
        Self {
            id,
            status: None,
            on_hold: false,
            acknowledged: false,
            contact: None,
            team: BTreeSet::new(),
            carrier: None,
            advisor: None,
            stage: Stage::Unknown,
            project: None,
            needs: Vec::new(),
            links: BTreeMap::new(),
            requests: BTreeMap::new(),
            referrals: BTreeMap::new(),
            consents_used: BTreeSet::new(),
            documents: BTreeMap::new(),
            actions: BTreeMap::new(),
            milestones: BTreeMap::new(),
            mentors: BTreeSet::new(),
            sessions: BTreeMap::new(),
            applications: BTreeMap::new(),
            outcomes: BTreeMap::new(),
        }
    }

    /// Whether it came in.
    pub const fn exists(&self) -> bool {
        self.status.is_some()
    }

    /// Whether the office works on it.
    pub fn is_open(&self) -> bool {
        self.status.is_some_and(|status| status != CaseStatus::Closed)
    }

    /// Whether the person speaks for it or is on its team.
    pub fn concerns(&self, person: PersonId) -> bool {
        self.contact == Some(person) || self.team.contains(&person)
    }

    /// Takes a fact in.
    pub fn evolve(&mut self, envelope: &Envelope) {
        match &envelope.fact {
            Fact::Intake(fact) => self.evolve_intake(fact),
            Fact::Followup(fact) => self.evolve_followup(fact),
            Fact::Coaching(fact) => self.evolve_coaching(fact),
            Fact::Selection(fact) => self.evolve_selection(fact, envelope),
            Fact::Outcome(fact) => self.evolve_outcome(fact),
            _ => {}
        }
    }

    fn evolve_intake(&mut self, fact: &intake::Fact) {
        use intake::Fact;
        self.status = self.status.map(|status| status.after(fact));
        match fact {
            Fact::Logged(arrival) => {
                self.status.get_or_insert(CaseStatus::Received);
                self.contact = Some(arrival.contact);
                self.carrier = arrival.organisation;
                self.needs.clone_from(&arrival.needs);
                self.stage = arrival.project.stage;
                self.project = Some(arrival.project.clone());
                self.documents.extend(arrival.source_document.map(|document| (document, true)));
            }
            Fact::Acknowledged { .. } => self.acknowledged = true,
            Fact::AdvisorAssigned { advisor, .. } => self.advisor = Some(*advisor),
            Fact::ProjectDescribed { project } => {
                self.stage = project.stage;
                self.project = Some(project.clone());
            }
            Fact::NeedsExpressed { needs } => self.needs.clone_from(needs),
            Fact::TeamMemberJoined { person, .. } => {
                self.team.insert(*person);
            }
            Fact::TeamMemberLeft { person } => {
                self.team.remove(person);
            }
            Fact::CarrierChanged { organisation, .. } => self.carrier = Some(*organisation),
            Fact::InformationRequested { request, .. } => {
                self.requests.insert(*request, false);
            }
            Fact::InformationProvided { request, .. } => {
                self.requests.insert(*request, true);
            }
            Fact::ReferralSent { referral, consent, .. } => {
                self.referrals.insert(*referral, false);
                self.consents_used.extend(*consent);
            }
            Fact::ReferralAnswered { referral, .. } => {
                self.referrals.insert(*referral, true);
            }
            Fact::CaseLinked { other, relation } => {
                self.links.insert(*other, *relation);
            }
            Fact::PutOnHold { .. } => self.on_hold = true,
            Fact::Resumed {} | Fact::Reopened { .. } => self.on_hold = false,
            Fact::ReadinessAssessed { .. }
            | Fact::ReferralReceived { .. }
            | Fact::Closed { .. } => {}
        }
    }

    fn evolve_followup(&mut self, fact: &followup::Fact) {
        use followup::Fact;
        match fact {
            Fact::DocumentAttached(attachment) => {
                self.documents.insert(attachment.document, true);
            }
            Fact::DocumentRetracted { document, .. } => {
                self.documents.insert(*document, false);
            }
            Fact::ActionAgreed { action, .. } => {
                self.actions.insert(*action, false);
            }
            Fact::ActionClosed { action, .. } => {
                self.actions.insert(*action, true);
            }
            Fact::MilestoneSet { milestone, .. } => {
                self.milestones.insert(*milestone, false);
            }
            Fact::MilestoneReached { milestone, .. } | Fact::MilestoneMissed { milestone, .. } => {
                self.milestones.insert(*milestone, true);
            }
            Fact::StageAdvanced { to, .. } | Fact::StageCorrected { to, .. } => {
                self.stage = *to;
                if let Some(project) = &mut self.project {
                    project.stage = *to;
                }
            }
            Fact::InteractionLogged(_) | Fact::NoteAdded { .. } => {}
        }
    }

    fn evolve_coaching(&mut self, fact: &coaching::Fact) {
        use coaching::Fact;
        match fact {
            Fact::MentorAssigned { mentor, .. } => {
                self.mentors.insert(*mentor);
            }
            Fact::MentorReleased { mentor } => {
                self.mentors.remove(mentor);
            }
            Fact::SessionScheduled { session, appointment }
            | Fact::SessionRescheduled { session, appointment } => {
                self.sessions.insert(*session, SessionState::Scheduled(appointment.clone()));
            }
            Fact::SessionCancelled { session, .. } | Fact::SessionMissed { session, .. } => {
                self.sessions.insert(*session, SessionState::Over);
            }
            Fact::SessionHeld(held) => {
                self.sessions.extend(held.session.map(|session| (session, SessionState::Over)));
            }
            Fact::PlanAgreed { .. } => {}
        }
    }

    fn evolve_selection(&mut self, fact: &selection::Fact, envelope: &Envelope) {
        use selection::Fact;
        let id = fact.application();
        if let Fact::ApplicationSubmitted { submission, .. } = fact {
            let application = Application {
                call: submission.call,
                state: ApplicationState::Submitted,
                received_at: submission.received_at,
                declarations: BTreeMap::new(),
                proposal: None,
                decision: None,
            };
            self.applications.insert(id, application);
        }
        let Some(application) = self.applications.get_mut(&id) else { return };
        if let Some(state) = ApplicationState::after(Some(application.state), fact) {
            application.state = state;
        }
        match fact {
            Fact::ApplicationCarriedOver { call, .. } => {
                application.call = *call;
                application.proposal = None;
            }
            Fact::ConflictDeclared { person, .. } => {
                application.declarations.insert(*person, true);
            }
            Fact::NoConflictDeclared { person, .. } => {
                application.declarations.insert(*person, false);
            }
            Fact::PreselectionProposed { ruling, .. } => {
                let (event, by) = (envelope.id, envelope.meta.actor.user);
                application.proposal = Some(Proposal { event, by, outcome: ruling.outcome });
            }
            Fact::PreselectionDecided { .. } => application.decision = Some((envelope.id, false)),
            Fact::DecisionNotified { decision, .. } => {
                application.decision = Some((*decision, true));
            }
            Fact::ApplicationSubmitted { .. }
            | Fact::ApplicationReceivedLate { .. }
            | Fact::LateApplicationAdmitted { .. }
            | Fact::LateApplicationRefused { .. }
            | Fact::ApplicationWithdrawn { .. }
            | Fact::EligibilityAssessed { .. }
            | Fact::PreselectionOpinionGiven { .. }
            | Fact::PreselectionMeetingHeld { .. } => {}
        }
    }

    fn evolve_outcome(&mut self, fact: &outcome::Fact) {
        use outcome::Fact;
        match fact {
            Fact::Recorded { outcome, result } => {
                let fresh = Outcome { result: result.clone(), verified: false, contested: false };
                self.outcomes.insert(*outcome, fresh);
            }
            Fact::Verified { outcome, .. } => {
                if let Some(outcome) = self.outcomes.get_mut(outcome) {
                    outcome.verified = true;
                    outcome.contested = false;
                }
            }
            Fact::Contested { outcome, .. } => {
                if let Some(outcome) = self.outcomes.get_mut(outcome) {
                    outcome.contested = true;
                }
            }
        }
    }
}
