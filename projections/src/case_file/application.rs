//! The applications in the file of a case.

use std::collections::BTreeMap;

use events::{
    ApplicationId, ApplicationState, CallId, Channel, Code, ConflictGround, Date, DocumentId,
    EligibilityOutcome, Envelope, EventId, PersonId, ReceivedBy, Sealed, Time,
    selection::{Fact, Finding, Ruling, Submission},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Act;

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

impl Lateness {
    const fn by(late_by_minutes: u64, deadline: Time) -> Self {
        Self { deadline, late_by_minutes, ruling: None }
    }
}

impl ApplicationFile {
    fn new(application: ApplicationId, submission: &Submission, act: Act) -> Self {
        Self {
            application,
            call: submission.call,
            carried_over_from: Vec::new(),
            state: ApplicationState::Submitted,
            submitted: act,
            received_at: submission.received_at,
            received_by: submission.received_by,
            documents: submission.documents.clone(),
            declarations: submission.declarations.clone(),
            evidence: submission.evidence,
            late: None,
            conflicts: Vec::new(),
            eligibility: None,
            opinions: Vec::new(),
            meetings: Vec::new(),
            proposal: None,
            decision: None,
            notified: None,
            withdrawn: None,
        }
    }

    /// Takes a fact into the list: a submission adds to it, the rest is for those it holds.
    pub(super) fn take(files: &mut Vec<Self>, fact: &Fact, next: &Envelope) {
        let application = fact.application();
        if let Some(file) = files.iter_mut().find(|file| file.application == application) {
            file.evolve(fact, next);
        } else if let Fact::ApplicationSubmitted { submission, .. } = fact {
            files.push(Self::new(application, submission, Act::of(next)));
        }
    }

    fn declare(&mut self, line: ConflictLine) {
        self.conflicts.retain(|known| known.person != line.person);
        self.conflicts.push(line);
    }

    fn rule_late(&mut self, admitted: bool, reason: &Sealed, act: Act) {
        if let Some(late) = &mut self.late {
            late.ruling = Some(LateRuling { admitted, reason: reason.clone(), act });
        }
    }

    fn evolve(&mut self, fact: &Fact, next: &Envelope) {
        let act = Act::of(next);
        self.state = ApplicationState::after(Some(self.state), fact).unwrap_or(self.state);
        match fact {
            Fact::ApplicationSubmitted { submission, .. } => {
                *self = Self::new(self.application, submission, act);
            }
            Fact::ApplicationReceivedLate { deadline, late_by_minutes, .. } => {
                self.late = Some(Lateness::by(*late_by_minutes, *deadline));
            }
            Fact::LateApplicationAdmitted { reason, .. } => self.rule_late(true, reason, act),
            Fact::LateApplicationRefused { reason, .. } => self.rule_late(false, reason, act),
            Fact::ApplicationWithdrawn { reason, .. } => {
                self.withdrawn = Some(Withdrawal { reason: reason.clone(), act });
            }
            Fact::ApplicationCarriedOver { call, .. } => {
                self.carried_over_from.push(std::mem::replace(&mut self.call, *call));
            }
            Fact::ConflictDeclared { person, ground, description, .. } => {
                let (person, ground) = (*person, Some(*ground));
                self.declare(ConflictLine {
                    person,
                    ground,
                    description: description.clone(),
                    act,
                });
            }
            Fact::NoConflictDeclared { person, .. } => {
                let person = *person;
                self.declare(ConflictLine { person, ground: None, description: None, act });
            }
            Fact::EligibilityAssessed { results, outcome, .. } => {
                let (outcome, results) = (*outcome, results.clone());
                self.eligibility = Some(EligibilityLine { outcome, results, act });
            }
            Fact::PreselectionOpinionGiven { opinion, .. } => {
                self.opinions.push(RulingLine { ruling: opinion.clone(), act });
            }
            Fact::PreselectionProposed { ruling, .. } => {
                self.proposal = Some(RulingLine { ruling: ruling.clone(), act });
            }
            Fact::PreselectionMeetingHeld { date, present, .. } => {
                let (date, present) = (*date, present.clone());
                self.meetings.push(PreselectionMeeting { date, present, act });
            }
            Fact::PreselectionDecided { ruling, proposal, .. } => {
                let (ruling, proposal) = (ruling.clone(), *proposal);
                self.decision = Some(DecisionLine { ruling, proposal, act });
            }
            Fact::DecisionNotified { decision, channel, letter, appeal_deadline, .. } => {
                let (decision, channel, letter) = (*decision, *channel, *letter);
                let appeal_deadline = *appeal_deadline;
                let told = NotificationLine { decision, channel, letter, appeal_deadline, act };
                self.notified = Some(told);
            }
        }
    }
}
