//! Introductions: bringing a project and a funder or partner together, once both agree.

use events::introduction::{Fact, Proposal};
use events::policy::ComponentAccess;
use events::{
    CaseStatus, Channel, DeclineReason, DocumentId, Envelope, IntroductionKind,
    IntroductionOutcome, IntroductionState, OfferComponent, PolicyKind, Role, Rule, Sealed,
    ShareScope, Time,
};
use schemars::JsonSchema;
use serde::Deserialize;
use strum::{IntoStaticStr, VariantNames};

use super::case::Case;
use super::command::{Effect, Spec, Texts};
use super::context::{Context, missing};
use super::intake::{attached, open};
use super::{Decision, Refusal, Stop};

/// What can be asked about an introduction.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[strum(serialize_all = "kebab-case")]
pub enum Command {
    /// Propose that a project and a funder or partner meet.
    ProposeIntroduction(Proposal),
    /// Record that the innovator agrees, and to what being shared (I-1, I-2).
    Consent {
        /// What may be shared.
        #[schemars(length(min = 1, max = 6))]
        scope: Vec<ShareScope>,
        /// Until when.
        until: Time,
    },
    /// Record that the innovator does not want it.
    Refuse {
        /// Why.
        reason: DeclineReason,
    },
    /// Record that the target agrees (I-1).
    Accept {
        /// Until when, if not for good.
        until: Option<Time>,
    },
    /// Record that the target does not want it.
    Decline {
        /// Why.
        reason: DeclineReason,
    },
    /// Introduce them to each other.
    Make {
        /// How.
        channel: Channel,
        /// What was shared: no more than the innovator agreed to (I-2).
        #[serde(default)]
        #[schemars(length(max = 6))]
        shared: Vec<ShareScope>,
        /// The agreement on confidentiality, a document of the case.
        nda: Option<DocumentId>,
    },
    /// Log how it goes.
    FollowUp {
        /// What was said.
        summary: Sealed,
    },
    /// Record what came of it; the last word counts.
    RecordOutcome {
        /// What.
        outcome: IntroductionOutcome,
        /// More about it.
        note: Option<Sealed>,
    },
    /// Give it up.
    Abandon {
        /// Why.
        reason: Sealed,
    },
}

const OFFICE: &[Role] = &[Role::Funding, Role::Advisor, Role::Head, Role::Deputy];
/// The innovator, or whoever heard it from them.
const INNOVATOR: &[Role] = &[Role::Funding, Role::Advisor, Role::Innovator];

const fn spec(name: &'static str, roles: &'static [Role], example: &'static str) -> Spec {
    Spec { name, roles, effect: Effect::Adds, texts: Texts::OfStream, example }
}

/// What is said of each command.
pub const SPECS: &[Spec] = &[
    Spec {
        effect: Effect::Creates,
        texts: Texts::OfCaseAt("/case"),
        ..spec(
            "propose-introduction",
            OFFICE,
            r#"{"case":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a07",
            "target":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a04","kind":"funding",
            "initiated_by":"office","owner":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a02",
            "rationale":"They fund diagnostics at this stage."}"#,
        )
    },
    spec(
        "consent",
        INNOVATOR,
        r#"{"scope":["contact","project_title"],"until":"2035-01-31T17:00:00Z"}"#,
    ),
    spec("refuse", INNOVATOR, r#"{"reason":"too_early"}"#),
    spec("accept", OFFICE, r#"{"until":"2035-01-31T17:00:00Z"}"#),
    spec("decline", OFFICE, r#"{"reason":"out_of_scope"}"#),
    spec("make", OFFICE, r#"{"channel":"email","shared":["contact","project_title"]}"#),
    spec("follow-up", OFFICE, r#"{"summary":"They met twice and exchange data now."}"#),
    spec(
        "record-outcome",
        OFFICE,
        r#"{"outcome":"under_diligence","note":"An answer is expected by the summer."}"#,
    ),
    spec("abandon", OFFICE, r#"{"reason":"The fund does not invest any more."}"#),
];

/// An introduction as deciders know it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Introduction {
    /// What was proposed.
    pub proposal: Option<Proposal>,
    /// Where it is.
    pub state: Option<IntroductionState>,
    /// What the innovator agreed to.
    pub consent: Option<Consent>,
    /// That the target agreed.
    pub acceptance: Option<Acceptance>,
    /// What came of it, as said last.
    pub outcome: Option<IntroductionOutcome>,
}

/// What an innovator agreed to, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// What may be shared.
    pub scope: Vec<ShareScope>,
    /// Since when.
    pub from: Time,
    /// Until when.
    pub until: Time,
}

/// For how long a target agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acceptance {
    /// Since when.
    pub from: Time,
    /// Until when, if not for good.
    pub until: Option<Time>,
}

impl Introduction {
    /// Whether it was proposed.
    pub const fn exists(&self) -> bool {
        self.proposal.is_some()
    }

    /// The innovator's consent, if it holds at a moment.
    pub fn consent_at(&self, at: Time) -> Option<&Consent> {
        self.consent.as_ref().filter(|consent| consent.from <= at && at < consent.until)
    }

    /// The target's acceptance, if it holds at a moment.
    pub fn acceptance_at(&self, at: Time) -> Option<Acceptance> {
        self.acceptance.filter(|acceptance| {
            acceptance.from <= at && acceptance.until.is_none_or(|until| at < until)
        })
    }

    /// Takes a fact in.
    pub fn evolve(&mut self, fact: &Fact, envelope: &Envelope) {
        self.state = IntroductionState::after(self.state, fact);
        let from = envelope.meta.occurred_at;
        match fact {
            Fact::Proposed(proposal) => self.proposal = Some(proposal.clone()),
            Fact::InnovatorConsented { scope, until } => {
                self.consent = Some(Consent { scope: scope.clone(), from, until: *until });
            }
            Fact::InnovatorRefused { .. } => self.consent = None,
            Fact::TargetAccepted { until } => {
                self.acceptance = Some(Acceptance { from, until: *until });
            }
            Fact::TargetDeclined { .. } => self.acceptance = None,
            Fact::OutcomeRecorded { outcome, .. } => self.outcome = Some(*outcome),
            Fact::Made { .. } | Fact::FollowedUp { .. } | Fact::Abandoned { .. } => {}
        }
    }
}

/// Decides a command of this family.
///
/// # Errors
/// The rule that forbids it.
pub fn decide(introduction: &Introduction, command: &Command, context: &Context<'_>) -> Decision {
    let proposal = match (command, &introduction.proposal) {
        (Command::ProposeIntroduction(_), Some(_)) => return Ok(vec![]),
        (Command::ProposeIntroduction(proposal), None) => return propose(proposal, context),
        (_, Some(proposal)) => proposal,
        (_, None) => {
            return Err(missing("introduction", "", "look it up: GET /v1/introductions").into());
        }
    };
    theirs(proposal, context)?;
    match command {
        Command::ProposeIntroduction(_) => Ok(vec![]),
        Command::Consent { .. }
        | Command::Refuse { .. }
        | Command::Accept { .. }
        | Command::Decline { .. } => decide_agreement(introduction, command, context),
        Command::Make { channel, shared, nda } => {
            if introduction.state == Some(IntroductionState::Made) {
                return Ok(vec![]);
            }
            attached(context.case(proposal.case)?, nda, "nda", context)?;
            in_state(introduction, &[IntroductionState::Proposed], context)?;
            agreed(introduction, shared, context)?;
            let (channel, shared, nda) = (*channel, shared.clone(), *nda);
            Ok(vec![Fact::Made { channel, shared, nda }.into()])
        }
        Command::FollowUp { .. } | Command::RecordOutcome { .. } | Command::Abandon { .. } => {
            decide_rest(introduction, command, context)
        }
    }
}

fn propose(proposal: &Proposal, context: &Context<'_>) -> Decision {
    let case = context.known_case(proposal.case, "case")?;
    context.known_organisation(proposal.target, "target")?;
    if let Some(person) = proposal.person {
        context.known_person(person, "person")?;
    }
    let access = context.access()?;
    let may = [Role::Funding, Role::Advisor]
        .into_iter()
        .any(|role| access.holds(proposal.owner, role, Some(case.id), context.now));
    context.keep(may, || {
        let message = "who looks after an introduction is an advisor or works on funding";
        Refusal::new(Rule::G4, "not_an_owner", message)
            .at("owner")
            .remedy("choose one of GET /v1/users?role=funding")
    })?;
    open(case, context)?;
    offered(case, proposal.kind, context)?;
    Ok(vec![Fact::Proposed(proposal.clone()).into()])
}

/// C-7: the case has come to where the policy opens this part of the offer.
fn offered(case: &Case, kind: IntroductionKind, context: &Context<'_>) -> Result<(), Stop> {
    let component = match kind {
        IntroductionKind::Funding => OfferComponent::Funding,
        IntroductionKind::IndustrialPartnership
        | IntroductionKind::ClinicalPartnership
        | IntroductionKind::AcademicPartnership
        | IntroductionKind::Expertise => OfferComponent::Networks,
    };
    let policy = context.policy(PolicyKind::OfferComponents)?;
    let Some((version, access)) = policy.component(context.now, component) else {
        return Ok(());
    };
    context.quote(PolicyKind::OfferComponents, version);
    let (offered, reason, message) = match access {
        ComponentAccess::Included => (true, "not_offered", "it is part of every case"),
        ComponentAccess::OpenFromFollowed => {
            let followed =
                matches!(case.status, Some(CaseStatus::Followed | CaseStatus::Supported));
            (followed, "not_followed", "no advisor follows the case yet")
        }
        ComponentAccess::OpenFromSupported => {
            let supported = case.status == Some(CaseStatus::Supported);
            (supported, "not_supported", "the case has no signed agreement yet")
        }
        ComponentAccess::Metered => (false, "no_entitlement", "this needs an entitlement"),
    };
    context.keep(offered, || {
        Refusal::new(Rule::C7, reason, message)
            .at("case")
            .remedy("the offer_components policy says from when a case may use what")
    })
}

fn decide_agreement(
    introduction: &Introduction,
    command: &Command,
    context: &Context<'_>,
) -> Decision {
    use IntroductionState as State;
    let fact = match command {
        Command::Consent { scope, until } => {
            let (known, at) = (introduction.consent_at(context.occurred_at), context.occurred_at);
            if known.is_some_and(|known| (&known.scope, known.until) == (scope, *until)) {
                return Ok(vec![]);
            }
            context.keep(!scope.is_empty(), || {
                Refusal::new(Rule::G9, "empty", "say what may be shared").at("scope")
            })?;
            ends_later(at, Some(*until), context)?;
            Fact::InnovatorConsented { scope: scope.clone(), until: *until }
        }
        Command::Refuse { reason } => {
            if introduction.state == Some(State::Refused) {
                return Ok(vec![]);
            }
            Fact::InnovatorRefused { reason: *reason }
        }
        Command::Accept { until } => {
            let known = introduction.acceptance_at(context.occurred_at);
            if known.is_some_and(|known| known.until == *until) {
                return Ok(vec![]);
            }
            ends_later(context.occurred_at, *until, context)?;
            Fact::TargetAccepted { until: *until }
        }
        Command::Decline { reason } => {
            if introduction.state == Some(State::Declined) {
                return Ok(vec![]);
            }
            Fact::TargetDeclined { reason: *reason }
        }
        _ => return Ok(vec![]),
    };
    in_state(introduction, &[State::Proposed], context)?;
    Ok(vec![fact.into()])
}

fn decide_rest(introduction: &Introduction, command: &Command, context: &Context<'_>) -> Decision {
    use IntroductionState as State;
    let (fact, from): (_, &[State]) = match command {
        Command::FollowUp { summary } => {
            (Fact::FollowedUp { summary: summary.clone() }, &[State::Made, State::Concluded])
        }
        Command::RecordOutcome { outcome, note } => {
            if introduction.outcome == Some(*outcome) && note.is_none() {
                return Ok(vec![]);
            }
            let fact = Fact::OutcomeRecorded { outcome: *outcome, note: note.clone() };
            (fact, &[State::Made, State::Concluded])
        }
        Command::Abandon { reason } => {
            if introduction.state == Some(State::Abandoned) {
                return Ok(vec![]);
            }
            (Fact::Abandoned { reason: reason.clone() }, &[State::Proposed, State::Made])
        }
        _ => return Ok(vec![]),
    };
    in_state(introduction, from, context)?;
    Ok(vec![fact.into()])
}

/// An innovator's eyes end at their own project.
fn theirs(proposal: &Proposal, context: &Context<'_>) -> Result<(), Stop> {
    if context.sender.role == Role::Innovator {
        let theirs = context.concerns_sender(context.case(proposal.case)?)?;
        context.keep(theirs, || missing("record", "", "look it up in the list first"))?;
    }
    Ok(())
}

/// C-7: it is where this may follow.
fn in_state(
    introduction: &Introduction,
    from: &[IntroductionState],
    context: &Context<'_>,
) -> Result<(), Stop> {
    let fits = introduction.state.is_some_and(|state| from.contains(&state));
    context.keep(fits, || {
        let (message, remedy) = match introduction.state {
            Some(IntroductionState::Proposed) => ("they were not introduced yet", "make it first"),
            Some(IntroductionState::Made) => ("they were introduced", "record its outcome"),
            Some(IntroductionState::Refused) => ("the innovator refused", "propose another"),
            Some(IntroductionState::Declined) => ("the target declined", "propose another"),
            Some(IntroductionState::Concluded) => ("its outcome is known", "propose another"),
            Some(IntroductionState::Abandoned) | None => ("it was abandoned", "propose another"),
        };
        Refusal::new(Rule::C7, "wrong_state", message).remedy(remedy)
    })
}

/// I-1: both agree then; I-2: what is shared lies within what the innovator agreed to.
fn agreed(
    introduction: &Introduction,
    shared: &[ShareScope],
    context: &Context<'_>,
) -> Result<(), Stop> {
    let consent = introduction.consent_at(context.occurred_at);
    let acceptance = introduction.acceptance_at(context.occurred_at);
    context.keep(consent.is_some(), || {
        Refusal::new(Rule::I1, "no_consent", "the innovator has not agreed, or not any more")
            .remedy("ask them and record it: POST …/consent")
    })?;
    context.keep(acceptance.is_some(), || {
        Refusal::new(Rule::I1, "no_acceptance", "the target has not agreed, or not any more")
            .remedy("ask them and record it: POST …/accept")
    })?;
    let beyond = shared.iter().find(|item| consent.is_none_or(|given| !given.scope.contains(item)));
    context.keep(beyond.is_none(), || {
        let item = beyond.map_or("this", |item| events::Labelled::word(*item));
        let message = format!("the innovator did not agree to share {item}");
        Refusal::new(Rule::I2, "beyond_consent", message)
            .at("shared")
            .remedy("share less, or ask for their consent to more")
    })
}

/// G-9: an agreement that is over before it is given is none.
fn ends_later(from: Time, until: Option<Time>, context: &Context<'_>) -> Result<(), Stop> {
    context.keep(until.is_none_or(|until| from < until), || {
        Refusal::new(Rule::G9, "already_over", "it ends before it is given").at("until")
    })
}

#[cfg(test)]
mod tests;
