//! selection.: from application to the decision on pre-selection.

use crate::ApplicationState;
use crate::fields::*;

/// What an applicant hands in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// The call it answers.
    pub call: CallId,
    /// Its documents, all in the case's file.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub documents: Vec<DocumentId>,
    /// What the applicant declared, by code.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub declarations: Vec<Code>,
    /// When it reached the office.
    pub received_at: Time,
    /// Who handed it in.
    pub received_by: ReceivedBy,
    /// The message that shows when it arrived (C-2).
    #[serde(default)]
    pub evidence: Option<DocumentId>,
}

/// The result of one criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The result.
    pub result: CriterionResult,
    /// What shows it.
    #[serde(default)]
    pub evidence: Option<Sealed>,
}

/// A decision, or the proposal of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ruling {
    /// What is to become of the application.
    pub outcome: PreselectionOutcome,
    /// Why; it names no one.
    pub rationale: Sealed,
    /// What speaks for it.
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub strengths: Vec<Sealed>,
    /// What is missing.
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub gaps: Vec<Sealed>,
}

/// What happens to an application before the committee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Fact {
    /// The project applies to a call.
    #[serde(rename = "selection.application-submitted.v1")]
    ApplicationSubmitted {
        /// The application.
        application: ApplicationId,
        /// What was handed in.
        submission: Submission,
    },
    /// It came after the deadline (C-2).
    #[serde(rename = "selection.application-received-late.v1")]
    ApplicationReceivedLate {
        /// Which.
        application: ApplicationId,
        /// The deadline it missed.
        deadline: Time,
        /// By how much, minutes, rounded up.
        late_by_minutes: u64,
    },
    /// The head admits it all the same.
    #[serde(rename = "selection.late-application-admitted.v1")]
    LateApplicationAdmitted {
        /// Which.
        application: ApplicationId,
        /// Why.
        reason: Sealed,
    },
    /// The head does not admit it.
    #[serde(rename = "selection.late-application-refused.v1")]
    LateApplicationRefused {
        /// Which.
        application: ApplicationId,
        /// Why.
        reason: Sealed,
    },
    /// The applicant takes it back.
    #[serde(rename = "selection.application-withdrawn.v1")]
    ApplicationWithdrawn {
        /// Which.
        application: ApplicationId,
        /// Why.
        reason: Option<Sealed>,
    },
    /// A deferred application goes to a later call.
    #[serde(rename = "selection.application-carried-over.v1")]
    ApplicationCarriedOver {
        /// Which.
        application: ApplicationId,
        /// The call it goes to.
        call: CallId,
    },
    /// A member of staff has a conflict of interest.
    #[serde(rename = "selection.conflict-declared.v1")]
    ConflictDeclared {
        /// On which application.
        application: ApplicationId,
        /// Whose conflict.
        person: PersonId,
        /// On what ground.
        ground: ConflictGround,
        /// What exactly.
        description: Option<Sealed>,
    },
    /// A member of staff declares to have none (C-8).
    #[serde(rename = "selection.no-conflict-declared.v1")]
    NoConflictDeclared {
        /// On which application.
        application: ApplicationId,
        /// Who.
        person: PersonId,
    },
    /// Each criterion was looked at (C-3).
    #[serde(rename = "selection.eligibility-assessed.v1")]
    EligibilityAssessed {
        /// Which application.
        application: ApplicationId,
        /// Criterion by criterion.
        #[serde(default)]
        results: BTreeMap<Code, Finding>,
        /// What follows.
        outcome: EligibilityOutcome,
    },
    /// Somebody gave an opinion.
    #[serde(rename = "selection.preselection-opinion-given.v1")]
    PreselectionOpinionGiven {
        /// On which application.
        application: ApplicationId,
        /// What they would decide, and why.
        opinion: Ruling,
    },
    /// An advisor proposes a decision.
    #[serde(rename = "selection.preselection-proposed.v1")]
    PreselectionProposed {
        /// On which application.
        application: ApplicationId,
        /// What, and why.
        ruling: Ruling,
    },
    /// The office met over pre-selection.
    #[serde(rename = "selection.preselection-meeting-held.v1")]
    PreselectionMeetingHeld {
        /// On which application.
        application: ApplicationId,
        /// When.
        date: Date,
        /// Who was there.
        #[serde(default)]
        present: Vec<PersonId>,
    },
    /// The head decided (C-4, C-5).
    #[serde(rename = "selection.preselection-decided.v1")]
    PreselectionDecided {
        /// On which application.
        application: ApplicationId,
        /// What, and why.
        ruling: Ruling,
        /// The proposal that was decided on.
        proposal: EventId,
    },
    /// The applicant was told.
    #[serde(rename = "selection.decision-notified.v1")]
    DecisionNotified {
        /// On which application.
        application: ApplicationId,
        /// The decision.
        decision: EventId,
        /// How.
        channel: Channel,
        /// The letter.
        letter: Option<DocumentId>,
        /// Until when it can be appealed.
        appeal_deadline: Option<Date>,
    },
}

impl Fact {
    /// Which application it is about.
    pub const fn application(&self) -> ApplicationId {
        match self {
            Self::ApplicationSubmitted { application, .. }
            | Self::ApplicationReceivedLate { application, .. }
            | Self::LateApplicationAdmitted { application, .. }
            | Self::LateApplicationRefused { application, .. }
            | Self::ApplicationWithdrawn { application, .. }
            | Self::ApplicationCarriedOver { application, .. }
            | Self::ConflictDeclared { application, .. }
            | Self::NoConflictDeclared { application, .. }
            | Self::EligibilityAssessed { application, .. }
            | Self::PreselectionOpinionGiven { application, .. }
            | Self::PreselectionProposed { application, .. }
            | Self::PreselectionMeetingHeld { application, .. }
            | Self::PreselectionDecided { application, .. }
            | Self::DecisionNotified { application, .. } => *application,
        }
    }

    /// What may be done about it when it is wrong.
    pub const fn class(&self) -> Class {
        match self {
            Self::PreselectionOpinionGiven { .. }
            | Self::PreselectionMeetingHeld { .. }
            | Self::DecisionNotified { .. } => Class::Descriptive,
            Self::LateApplicationAdmitted { .. }
            | Self::LateApplicationRefused { .. }
            | Self::EligibilityAssessed { .. }
            | Self::PreselectionProposed { .. }
            | Self::PreselectionDecided { .. } => Class::Decision,
            Self::ApplicationSubmitted { .. }
            | Self::ApplicationReceivedLate { .. }
            | Self::ApplicationWithdrawn { .. }
            | Self::ApplicationCarriedOver { .. }
            | Self::ConflictDeclared { .. }
            | Self::NoConflictDeclared { .. } => Class::Mechanical,
        }
    }

    /// What it is about beside the case.
    pub(crate) fn objects(&self, about: &mut Vec<Object>) {
        about.push(self.application().as_object("application"));
        match self {
            Self::ApplicationSubmitted { submission, .. } => {
                about.push(submission.call.as_object("call"));
                about.extend(submission.documents.iter().map(|id| id.as_object("handed_in")));
                about.extend(submission.evidence.map(|id| id.as_object("evidence")));
            }
            Self::ApplicationCarriedOver { call, .. } => about.push(call.as_object("call")),
            Self::ConflictDeclared { person, .. } => about.push(person.as_object("conflicted")),
            Self::NoConflictDeclared { person, .. } => about.push(person.as_object("declarant")),
            Self::PreselectionMeetingHeld { present, .. } => {
                about.extend(present.iter().map(|id| id.as_object("present")));
            }
            Self::DecisionNotified { letter, .. } => {
                about.extend(letter.map(|id| id.as_object("letter")));
            }
            Self::ApplicationReceivedLate { .. }
            | Self::LateApplicationAdmitted { .. }
            | Self::LateApplicationRefused { .. }
            | Self::ApplicationWithdrawn { .. }
            | Self::EligibilityAssessed { .. }
            | Self::PreselectionOpinionGiven { .. }
            | Self::PreselectionProposed { .. }
            | Self::PreselectionDecided { .. } => {}
        }
    }
}

impl ApplicationState {
    /// Where `fact` leads, from nothing or from a state.
    pub const fn after(from: Option<Self>, fact: &Fact) -> Option<Self> {
        match fact {
            Fact::ApplicationSubmitted { .. }
            | Fact::LateApplicationAdmitted { .. }
            | Fact::ApplicationCarriedOver { .. } => Some(Self::Submitted),
            Fact::ApplicationReceivedLate { .. } => Some(Self::Late),
            Fact::LateApplicationRefused { .. } => Some(Self::NotAdmitted),
            Fact::ApplicationWithdrawn { .. } => Some(Self::Withdrawn),
            Fact::EligibilityAssessed { outcome, .. } => Some(match outcome {
                EligibilityOutcome::Eligible => Self::Eligible,
                EligibilityOutcome::Ineligible => Self::Ineligible,
                EligibilityOutcome::Incomplete => Self::Submitted,
            }),
            Fact::PreselectionDecided { ruling, .. } => Some(match ruling.outcome {
                PreselectionOutcome::Forward => Self::Preselected,
                PreselectionOutcome::Defer => Self::Deferred,
                PreselectionOutcome::Decline => Self::NotPreselected,
                PreselectionOutcome::Refer => Self::Referred,
            }),
            Fact::ConflictDeclared { .. }
            | Fact::NoConflictDeclared { .. }
            | Fact::PreselectionOpinionGiven { .. }
            | Fact::PreselectionProposed { .. }
            | Fact::PreselectionMeetingHeld { .. }
            | Fact::DecisionNotified { .. } => from,
        }
    }
}
