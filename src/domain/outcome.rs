//! Outcomes: what came of a project. Amounts of money raised stand here and nowhere else (M-1).

use events::outcome::{Fact, Result as Outcome};
use events::{OutcomeId, OutcomeKind, Role, Rule, Sealed};
use schemars::JsonSchema;
use serde::Deserialize;
use strum::{IntoStaticStr, VariantNames};

use super::case::{self, Case};
use super::command::{Effect, Spec, Texts};
use super::context::{Context, missing};
use super::{Decision, Refusal, Stop};

/// What can be asked about what came of a project. Closed cases take it all the same.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[strum(serialize_all = "kebab-case")]
pub enum Command {
    /// Record money raised, a patent, a company, a trial: each once (M-1).
    RecordOutcome(Outcome),
    /// Record that somebody saw the proof of an outcome.
    VerifyOutcome {
        /// Which.
        outcome: OutcomeId,
        /// What they saw.
        evidence: Sealed,
    },
    /// Record a doubt about an outcome.
    ContestOutcome {
        /// Which.
        outcome: OutcomeId,
        /// Why.
        reason: Sealed,
    },
}

const RECORDERS: &[Role] = &[Role::Advisor, Role::Funding, Role::Head, Role::Deputy];
const VERIFIERS: &[Role] = &[Role::Head, Role::Deputy, Role::Funding];

const fn spec(name: &'static str, roles: &'static [Role], example: &'static str) -> Spec {
    Spec { name, roles, effect: Effect::Adds, texts: Texts::OfStream, example }
}

/// What is said of each command.
pub const SPECS: &[Spec] = &[
    spec(
        "record-outcome",
        RECORDERS,
        r#"{"kind":"funding_secured","closed_on":"2026-02-20","round":"seed",
        "instrument":"equity","total":{"eur_cents":250000000},
        "contributions":[{"organisation":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a04",
        "amount":{"eur_cents":150000000}}],"attribution":"contributory",
        "evidence":"Press release and the signed term sheet."}"#,
    ),
    spec(
        "verify-outcome",
        VERIFIERS,
        r#"{"outcome":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0d",
        "evidence":"Saw the company's register entry."}"#,
    ),
    spec(
        "contest-outcome",
        RECORDERS,
        r#"{"outcome":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0d",
        "reason":"One investor says their part was a loan."}"#,
    ),
];

/// Decides a command of this family.
///
/// # Errors
/// The rule that forbids it.
pub fn decide(case: &Case, command: &Command, context: &Context<'_>) -> Decision {
    let fact = match command {
        Command::RecordOutcome(result) => {
            context.day_has_come(result.closed_on, "closed_on")?;
            money(result, context)?;
            contributors(case, result, context)?;
            once(case, result, context)?;
            let outcome = OutcomeId::created_by(context.command);
            Fact::Recorded { outcome, result: result.clone() }
        }
        Command::VerifyOutcome { outcome, evidence } => {
            let known = known(case, *outcome)?;
            if known.verified && !known.contested {
                return Ok(vec![]);
            }
            Fact::Verified { outcome: *outcome, evidence: evidence.clone() }
        }
        Command::ContestOutcome { outcome, reason } => {
            if known(case, *outcome)?.contested {
                return Ok(vec![]);
            }
            Fact::Contested { outcome: *outcome, reason: reason.clone() }
        }
    };
    Ok(vec![fact.into()])
}

fn known(case: &Case, outcome: OutcomeId) -> Result<&case::Outcome, Stop> {
    let known = case.outcomes.get(&outcome);
    known.ok_or_else(|| missing("outcome", "outcome", "the case shows its outcomes").into())
}

/// M-1: money raised has its whole amount, and no more is told apart than there is.
fn money(result: &Outcome, context: &Context<'_>) -> Result<(), Stop> {
    let raised = matches!(result.kind, OutcomeKind::FundingSecured | OutcomeKind::GrantWon);
    let amounts = result.contributions.iter().filter_map(|part| part.amount);
    // Wider than an amount, so that no sum overflows.
    let parts: u128 = amounts.map(|amount| u128::from(amount.eur_cents)).sum();
    let total = result.total.map(|total| u128::from(total.eur_cents));
    context.keep(total.is_some() || (!raised && parts == 0), || {
        Refusal::new(Rule::M1, "no_total", format!("{} needs its whole amount", result.kind))
            .at("total")
            .remedy("give the whole amount in cents of a euro; shares may be left out")
    })?;
    context.keep(total.is_none_or(|total| parts <= total), || {
        Refusal::new(Rule::M1, "more_than_total", "the contributions add up to more than the total")
            .at("contributions")
            .remedy("the total is the whole round, whoever put it in")
    })
}

/// Those who put money in are registered; an introduction that led to it is of this case.
fn contributors(case: &Case, result: &Outcome, context: &Context<'_>) -> Result<(), Stop> {
    for part in &result.contributions {
        context.known_organisation(part.organisation, "contributions.organisation")?;
        if let Some(id) = part.introduction {
            let proposal = context.introduction(id)?.proposal.as_ref();
            let of_this_case = proposal.is_some_and(|proposal| proposal.case == case.id);
            context.keep(of_this_case, || {
                let remedy = "the case shows its introductions";
                missing("introduction of this case", "contributions.introduction", remedy)
            })?;
        }
    }
    Ok(())
}

/// M-1: a round of the case is counted once.
fn once(case: &Case, result: &Outcome, context: &Context<'_>) -> Result<(), Stop> {
    let fresh = case::Outcome { result: result.clone(), verified: false, contested: false };
    let counted = fresh.round().is_some()
        && case.outcomes.values().any(|known| known.round() == fresh.round());
    context.keep(!counted, || {
        Refusal::new(Rule::M1, "counted_before", "this round of that day is already recorded")
            .at("round")
            .remedy("contest the recorded outcome if it is wrong")
    })
}
