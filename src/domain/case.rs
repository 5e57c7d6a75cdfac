//! A case as its deciders know it, folded from the five families of its stream.

use std::collections::{BTreeMap, BTreeSet};

use events::{
    ActionId, ActionResult, ApplicationId, ApplicationState, CallId, CaseId, CaseRelation,
    CaseStatus, CoachingTopic, Code, ConflictGround, Date, Digest, DocumentId, Envelope, EventId,
    Fact, FundingRound, MilestoneId, OfferComponent, OrganisationId, OutcomeId, OutcomeKind,
    PersonId, ReferralAnswer, ReferralId, RequestId, SessionId, Stage, UserId, coaching, intake,
    outcome,
};

/// One project at the office.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Which.
    pub id: CaseId,
    /// Where it is in its life; `None` before its intake.
    pub status: Option<CaseStatus>,
    /// Nothing is expected for a while: until when, if that is known.
    pub on_hold: Option<Option<Date>>,
    /// It was acknowledged to the applicant.
    pub acknowledged: bool,
    /// Who speaks for it.
    pub contact: Option<PersonId>,
    /// Its team with what each does there, the contact not counted.
    pub team: BTreeMap<PersonId, Code>,
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
    /// Referrals, with the partner's last answer.
    pub referrals: BTreeMap<ReferralId, Option<ReferralAnswer>>,
    /// Documents of its file.
    pub documents: BTreeMap<DocumentId, Document>,
    /// Agreed actions, with how each ended.
    pub actions: BTreeMap<ActionId, Option<ActionResult>>,
    /// Milestones.
    pub milestones: BTreeMap<MilestoneId, MilestoneState>,
    /// Mentors who have the project, and what for.
    pub mentors: BTreeMap<PersonId, Vec<CoachingTopic>>,
    /// Coaching sessions.
    pub sessions: BTreeMap<SessionId, SessionState>,
    /// Applications, oldest first.
    pub applications: BTreeMap<ApplicationId, Application>,
    /// What came of the project.
    pub outcomes: BTreeMap<OutcomeId, Outcome>,
}

/// A document as its deciders know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Document {
    /// SHA-256 of the sealed file; `None` when a fact names it that came before the file.
    pub digest: Option<Digest>,
    /// It was not retracted.
    pub counts: bool,
}

/// Where a milestone is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MilestoneState {
    /// The project means to get there.
    Set,
    /// It got there.
    Reached,
    /// It did not.
    Missed,
}

/// Where a coaching session is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionState {
    /// It has a date.
    Scheduled(coaching::Appointment),
    /// It was cancelled.
    Cancelled,
    /// It took place.
    Held,
    /// Somebody did not come.
    Missed,
}

/// An application as its deciders know it.
#[derive(Debug, Clone, PartialEq)]
pub struct Application {
    /// The call it is in.
    pub call: CallId,
    /// Where it is.
    pub state: ApplicationState,
    /// What staff declared (C-8).
    pub declarations: BTreeMap<PersonId, Declaration>,
    /// The proposal that waits for a decision.
    pub proposal: Option<Proposal>,
    /// The last decision that the applicant is to be told of, and whether they were.
    pub decision: Option<(EventId, bool)>,
}

impl Application {
    /// Who declared a conflict of interest, as they were named then.
    pub fn conflicted(&self) -> impl Iterator<Item = PersonId> {
        let conflict = |it: &(&PersonId, &Declaration)| matches!(it.1, Declaration::Conflict(_));
        self.declarations.iter().filter(conflict).map(|(person, _)| *person)
    }

    /// Takes a declaration of a conflict in.
    pub(super) fn declare(&mut self, person: PersonId, ground: ConflictGround) {
        match self.declarations.entry(person).or_insert(Declaration::NoConflict) {
            Declaration::Conflict(grounds) => {
                grounds.insert(ground);
            }
            other @ Declaration::NoConflict => {
                *other = Declaration::Conflict(BTreeSet::from([ground]));
            }
        }
    }
}

/// What somebody declared of their interests in an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declaration {
    /// None.
    NoConflict,
    /// A conflict, on these grounds; nothing undoes it.
    Conflict(BTreeSet<ConflictGround>),
}

/// A proposal of pre-selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposal {
    /// The event that holds it.
    pub event: EventId,
    /// Who proposed (C-4).
    pub by: UserId,
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
            on_hold: None,
            acknowledged: false,
            contact: None,
            team: BTreeMap::new(),
            carrier: None,
            advisor: None,
            stage: Stage::Unknown,
            project: None,
            needs: Vec::new(),
            links: BTreeMap::new(),
            requests: BTreeMap::new(),
            referrals: BTreeMap::new(),
            documents: BTreeMap::new(),
            actions: BTreeMap::new(),
            milestones: BTreeMap::new(),
            mentors: BTreeMap::new(),
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

    /// Who speaks for it and who is on its team, as they are named there.
    pub fn people(&self) -> impl Iterator<Item = PersonId> {
        self.contact.into_iter().chain(self.team.keys().copied())
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
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use events::samples::{self, pooled};
    use events::{
        Channel, CommandId, CriterionResult, Party, PreselectionOutcome, ReferralAnswer, Role,
        Stream, selection,
    };
    use proptest::prelude::*;

    use super::*;
    use crate::domain::testing::{at, code, given, sealed};
    use crate::domain::{Command, Folded, Known, Request, Stop, decide, system_user};

    /// One command of each kind that looks something up in the case.
    fn commands() -> Vec<Command> {
        let (application, person, session) = (pooled(0), pooled(1), pooled(2));
        let ruling = || selection::Ruling {
            outcome: PreselectionOutcome::Decline,
            rationale: sealed("rationale"),
            strengths: vec![],
            gaps: vec![],
        };
        let finding = selection::Finding { result: CriterionResult::Met, evidence: None };
        use crate::domain::selection as s;
        use crate::domain::{coaching as c, followup as f, intake as i, outcome as o};
        vec![
            i::Command::AddTeamMember { person, function: code("cso") }.into(),
            i::Command::RemoveTeamMember { person }.into(),
            i::Command::LinkCase { other: pooled(1), relation: CaseRelation::Related }.into(),
            i::Command::AnswerReferral { referral: pooled(0), answer: ReferralAnswer::NoReply }
                .into(),
            i::Command::Resume {}.into(),
            f::Command::RetractDocument { document: pooled(0), reason: sealed("reason") }.into(),
            f::Command::CloseAction { action: pooled(0), result: ActionResult::Done }.into(),
            f::Command::MissMilestone { milestone: pooled(0), reason: None }.into(),
            f::Command::AdvanceStage { to: Stage::Seed, evidence: None }.into(),
            c::Command::ReleaseMentor { mentor: person }.into(),
            c::Command::CancelCoachingSession { session, by: Party::Office }.into(),
            c::Command::LogMissedSession { session, by: Party::Office }.into(),
            s::Command::WithdrawApplication { application, reason: None }.into(),
            s::Command::CarryOverApplication { application, call: pooled(2) }.into(),
            s::Command::DeclareNoConflict { application }.into(),
            s::Command::AssessEligibility {
                application,
                results: [(code("oncology_scope"), finding)].into(),
            }
            .into(),
            s::Command::ProposePreselection { application, ruling: ruling() }.into(),
            s::Command::DecidePreselection { application, ruling: ruling(), proposal: pooled(3) }
                .into(),
            s::Command::NotifyDecision {
                application,
                decision: pooled(3),
                channel: Channel::Email,
                letter: None,
                appeal_deadline: None,
            }
            .into(),
            o::Command::VerifyOutcome { outcome: pooled(0), evidence: sealed("evidence") }.into(),
            o::Command::ContestOutcome { outcome: pooled(0), reason: sealed("reason") }.into(),
        ]
    }

    fn folded(history: &[Envelope]) -> Known {
        let mut streams: HashMap<_, Folded> = HashMap::new();
        for envelope in history {
            let stream = envelope.stream.stream().expect("samples stand in streams");
            let folded =
                streams.entry(envelope.stream.clone()).or_insert_with(|| Folded::empty(stream));
            folded.take(envelope);
        }
        streams.into_iter().map(|(name, folded)| (name, Arc::new(folded))).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn any_history_can_be_decided_on(seed: u64, reported: bool) {
            let mut known = folded(&samples::history(seed, 100));
            let sender = given(Stream::Case(pooled(0)), []);
            for which in 0..samples::POOL {
                let stream = Stream::Case(pooled(which));
                let empty = || Arc::new(Folded::empty(stream));
                let subject = known.get(&stream.name()).map_or_else(empty, Arc::clone);
                for command in commands() {
                    let id = CommandId::derived("a command no sample knows");
                    let asked = sender.asked(Role::Advisor, command, id);
                    let report = reported.then(crate::domain::testing::report);
                    let request = Request {
                        stream,
                        user: system_user(),
                        late_entry_reason: Some(code("absence")),
                        expected: None,
                        report,
                        ..asked
                    };
                    let now = at("2026-06-01T09:00:00Z");
                    while let Err(Stop::Needs(other)) =
                        decide(&request, &subject, &known, now, &code("test"))
                    {
                        known.insert(other.name(), Arc::new(Folded::empty(other)));
                    }
                }
            }
        }
    }
}
