//! Selection: a case applies to a call, and the office decides what goes to the committee.

mod application;
mod ruling;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use events::selection::{Fact, Finding, Ruling, Submission};
use events::{
    ApplicationId, ApplicationState, CallId, Channel, Code, ConflictGround, Date, DocumentId,
    EligibilityOutcome, Envelope, EventId, PersonId, Role, Rule, Sealed,
};
use schemars::JsonSchema;
use serde::Deserialize;
use strum::{IntoStaticStr, VariantNames};

use super::call::Call;
use super::case::{Application, Case, Declaration, Proposal};
use super::command::{Effect, Spec, Texts};
use super::context::{Context, missing};
use super::{Decision, Refusal, Stop};

/// What can be asked around an application.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[strum(serialize_all = "kebab-case")]
pub enum Command {
    /// Submit an application to a call. Self-service is timed by the server's clock; what the
    /// office enters, by the message that came, if it is attached as evidence (C-2).
    SubmitApplication(Submission),
    /// Admit an application that came late.
    AdmitLateApplication {
        /// Which.
        application: ApplicationId,
        /// Why.
        reason: Sealed,
    },
    /// Refuse an application that came late.
    RefuseLateApplication {
        /// Which.
        application: ApplicationId,
        /// Why.
        reason: Sealed,
    },
    /// Take an application back, for the applicant.
    WithdrawApplication {
        /// Which.
        application: ApplicationId,
        /// Why.
        reason: Option<Sealed>,
    },
    /// Take a deferred application to another call.
    CarryOverApplication {
        /// Which.
        application: ApplicationId,
        /// The call it goes to.
        call: CallId,
    },
    /// Declare your own conflict of interest on an application. It is not taken back.
    DeclareConflict {
        /// On which application.
        application: ApplicationId,
        /// On what ground.
        ground: ConflictGround,
        /// What exactly.
        description: Option<Sealed>,
    },
    /// Declare that you have no conflict of interest on an application (C-8).
    DeclareNoConflict {
        /// On which application.
        application: ApplicationId,
    },
    /// Assess an application against each criterion of its call; the outcome follows (C-3).
    AssessEligibility {
        /// Which application.
        application: ApplicationId,
        /// Criterion by criterion.
        #[schemars(extend("maxProperties" = 500))]
        results: BTreeMap<Code, Finding>,
    },
    /// Give an opinion on what should become of an application.
    GiveOpinion {
        /// On which application.
        application: ApplicationId,
        /// What you would decide, and why.
        opinion: Ruling,
    },
    /// Propose what becomes of an eligible application; the last proposal is decided on.
    ProposePreselection {
        /// On which application.
        application: ApplicationId,
        /// What, and why.
        ruling: Ruling,
    },
    /// Log that the office met over an application.
    LogPreselectionMeeting {
        /// On which application.
        application: ApplicationId,
        /// When.
        date: Date,
        /// Who was there.
        #[schemars(length(max = 100))]
        present: Vec<PersonId>,
    },
    /// Decide what becomes of an eligible application, on somebody else's proposal (C-4).
    DecidePreselection {
        /// On which application.
        application: ApplicationId,
        /// What, and why.
        ruling: Ruling,
        /// The event of the proposal that is decided on.
        proposal: EventId,
    },
    /// Record that the applicant was told of a decision.
    NotifyDecision {
        /// On which application.
        application: ApplicationId,
        /// The event of the decision.
        decision: EventId,
        /// How.
        channel: Channel,
        /// The letter, a document of the case.
        letter: Option<DocumentId>,
        /// Until when it can be appealed; absent: as the service levels of the call say.
        appeal_deadline: Option<Date>,
    },
}

const OFFICE: &[Role] = &[Role::Advisor, Role::Head, Role::Deputy];
const WITH_INNOVATOR: &[Role] = &[Role::Advisor, Role::Head, Role::Deputy, Role::Innovator];
const WITH_DIRECTOR: &[Role] = &[Role::Advisor, Role::Head, Role::Deputy, Role::Director];
const HEADS: &[Role] = &[Role::Head, Role::Deputy];
/// C-9: where the head can't decide, a deputy or the director does.
const DECIDERS: &[Role] = &[Role::Head, Role::Deputy, Role::Director];

const fn spec(name: &'static str, roles: &'static [Role], example: &'static str) -> Spec {
    Spec { name, roles, effect: Effect::Adds, texts: Texts::OfStream, example }
}

const fn decision(name: &'static str, roles: &'static [Role], example: &'static str) -> Spec {
    Spec { effect: Effect::Decides, ..spec(name, roles, example) }
}

/// What is said of each command.
pub const SPECS: &[Spec] = &[
    spec(
        "submit-application",
        WITH_INNOVATOR,
        r#"{"call":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0e",
        "documents":["5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a08"],
        "declarations":["non_confidential_material"],"received_at":"2026-03-02T08:45:00Z",
        "received_by":"office","evidence":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a08"}"#,
    ),
    decision(
        "admit-late-application",
        HEADS,
        r#"{"application":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0f",
        "reason":"The form was out of order in the last hour."}"#,
    ),
    decision(
        "refuse-late-application",
        HEADS,
        r#"{"application":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0f",
        "reason":"Two days late without a reason; the next call opens in May."}"#,
    ),
    spec(
        "withdraw-application",
        WITH_INNOVATOR,
        r#"{"application":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0f",
        "reason":"The team first wants its patent filed."}"#,
    ),
    spec(
        "carry-over-application",
        OFFICE,
        r#"{"application":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0f",
        "call":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a10"}"#,
    ),
    spec(
        "declare-conflict",
        WITH_DIRECTOR,
        r#"{"application":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0f","ground":"co_publication",
        "description":"Two papers together in 2024."}"#,
    ),
    spec(
        "declare-no-conflict",
        WITH_DIRECTOR,
        r#"{"application":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0f"}"#,
    ),
    decision(
        "assess-eligibility",
        OFFICE,
        r#"{"application":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0f","results":{
        "oncology_scope":{"result":"met"},"stage_in_scope":{"result":"met"},
        "area_in_scope":{"result":"met"},"contributes_to_french_economy":{"result":"met"},
        "non_confidential_material":{"result":"met"},
        "ip_position_stated":{"result":"insufficient_information"},
        "team_contactable":{"result":"met"},"no_exclusion_situation":{"result":"met"},
        "no_double_funding":{"result":"not_applicable"}}}"#,
    ),
    spec(
        "give-opinion",
        WITH_DIRECTOR,
        r#"{"application":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0f","opinion":{
        "outcome":"forward","rationale":"The assay is new and the team complete."}}"#,
    ),
    decision(
        "propose-preselection",
        OFFICE,
        r#"{"application":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0f","ruling":{
        "outcome":"defer","rationale":"Strong science; the business side is not there yet.",
        "strengths":["Data on forty samples."],"gaps":["Nobody for the business side."]}}"#,
    ),
    spec(
        "log-preselection-meeting",
        OFFICE,
        r#"{"application":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0f","date":"2026-02-27",
        "present":["5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a11"]}"#,
    ),
    decision(
        "decide-preselection",
        DECIDERS,
        r#"{"application":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0f","ruling":{
        "outcome":"defer","rationale":"As proposed: once the team is complete."},
        "proposal":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a12"}"#,
    ),
    spec(
        "notify-decision",
        OFFICE,
        r#"{"application":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0f",
        "decision":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a13","channel":"email"}"#,
    ),
];

impl Case {
    /// Takes a fact of this family in.
    pub(super) fn evolve_selection(&mut self, fact: &Fact, envelope: &Envelope) {
        let id = fact.application();
        if let Fact::ApplicationSubmitted { submission, .. } = fact {
            let application = Application {
                call: submission.call,
                state: ApplicationState::Submitted,
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
            Fact::ConflictDeclared { person, ground, .. } => application.declare(*person, *ground),
            Fact::NoConflictDeclared { person, .. } => {
                application.declarations.entry(*person).or_insert(Declaration::NoConflict);
            }
            Fact::PreselectionProposed { .. } => {
                let (event, by) = (envelope.id, envelope.meta.actor.user);
                application.proposal = Some(Proposal { event, by });
            }
            Fact::PreselectionDecided { .. }
            | Fact::LateApplicationRefused { .. }
            | Fact::EligibilityAssessed { outcome: EligibilityOutcome::Ineligible, .. } => {
                application.decision = Some((envelope.id, false));
            }
            Fact::DecisionNotified { decision, .. } => {
                application.decision = Some((*decision, true));
            }
            Fact::ApplicationSubmitted { .. }
            | Fact::ApplicationReceivedLate { .. }
            | Fact::LateApplicationAdmitted { .. }
            | Fact::ApplicationWithdrawn { .. }
            | Fact::EligibilityAssessed { .. }
            | Fact::PreselectionOpinionGiven { .. }
            | Fact::PreselectionMeetingHeld { .. } => {}
        }
    }
}

/// Decides a command of this family.
///
/// # Errors
/// The rule that forbids it.
pub fn decide(case: &Case, command: &Command, context: &Context<'_>) -> Decision {
    match command {
        Command::SubmitApplication(submission) => application::submit(case, submission, context),
        Command::AdmitLateApplication { application, reason } => {
            application::admit_late(case, *application, reason, context)
        }
        Command::RefuseLateApplication { application, reason } => {
            application::refuse_late(case, *application, reason, context)
        }
        Command::WithdrawApplication { application, reason } => {
            application::withdraw(case, *application, reason.as_ref(), context)
        }
        Command::CarryOverApplication { application, call } => {
            application::carry_over(case, *application, *call, context)
        }
        Command::DeclareConflict { application, ground, description } => {
            ruling::declare_conflict(case, *application, *ground, description.as_ref(), context)
        }
        Command::DeclareNoConflict { application } => {
            ruling::declare_no_conflict(case, *application, context)
        }
        Command::AssessEligibility { application, results } => {
            ruling::assess(case, *application, results, context)
        }
        Command::GiveOpinion { application, opinion } => {
            ruling::give_opinion(case, *application, opinion, context)
        }
        Command::ProposePreselection { application, ruling } => {
            ruling::propose(case, *application, ruling, context)
        }
        Command::LogPreselectionMeeting { application, date, present } => {
            ruling::log_meeting(case, *application, *date, present, context)
        }
        Command::DecidePreselection { application, ruling, proposal } => {
            ruling::decide(case, *application, ruling, *proposal, context)
        }
        Command::NotifyDecision { application, decision, channel, letter, appeal_deadline } => {
            let notice = ruling::Notice {
                decision: *decision,
                channel: *channel,
                letter: *letter,
                appeal_deadline: *appeal_deadline,
            };
            ruling::notify(case, *application, notice, context)
        }
    }
}

fn known(case: &Case, application: ApplicationId) -> Result<&Application, Stop> {
    let known = case.applications.get(&application);
    known.ok_or_else(|| {
        missing("application", "application", "the case shows its applications").into()
    })
}

/// C-7: `message` says which states this is possible in.
fn in_state(
    application: &Application,
    states: &[ApplicationState],
    message: &'static str,
    context: &Context<'_>,
) -> Result<(), Stop> {
    context.keep(states.contains(&application.state), || {
        Refusal::new(Rule::C7, "wrong_state", message)
            .at("application")
            .remedy("the case shows where its applications are")
    })
}

/// C-8: who assesses, proposes or decides declared to have no conflict of interest first.
fn unconflicted(application: &Application, context: &Context<'_>) -> Result<(), Stop> {
    not_conflicted(application, context)?;
    let declared = context.sender_is_among(application.declarations.keys().copied())?;
    context.keep(declared, || {
        Refusal::new(Rule::C8, "not_declared", "you have not declared your interests here yet")
            .at("application")
            .remedy("declare them first: POST …/declare-no-conflict or …/declare-conflict")
    })
}

/// C-8: who declared a conflict has no say; nor do they in the head's place (C-9).
fn not_conflicted(application: &Application, context: &Context<'_>) -> Result<(), Stop> {
    let conflicted = context.sender_is_among(application.conflicted())?;
    context.keep(!conflicted, || {
        Refusal::new(Rule::C8, "conflict_declared", "you declared a conflict on this application")
            .at("application")
            .remedy("leave it to a colleague; in the head's place a deputy or the director decides")
    })
}

/// G-6: a decision quotes the versions of the rules that its call was opened under.
fn quote_bound(call: &Call, context: &Context<'_>) {
    call.policies.iter().for_each(|(kind, version)| context.quote(*kind, *version));
}
