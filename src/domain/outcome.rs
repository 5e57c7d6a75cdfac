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

impl Case {
    /// Takes a fact of this family in.
    pub(super) fn evolve_outcome(&mut self, fact: &Fact) {
        match fact {
            Fact::Recorded { outcome, result } => {
                let result = result.clone();
                let fresh = case::Outcome { result, verified: false, contested: false };
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

/// M-1: what holds of an outcome when it is recorded holds when it is corrected; its own round is
/// counted already.
pub(super) fn corrected(
    case: &Case,
    before: &Outcome,
    result: &Outcome,
    context: &Context<'_>,
) -> Result<(), Stop> {
    context.day_has_come(result.closed_on, "changes.closed_on")?;
    money(result, context)?;
    contributors(case, result, context)?;
    let round = |result: &Outcome| {
        case::Outcome { result: result.clone(), verified: false, contested: false }.round()
    };
    if round(before) == round(result) { Ok(()) } else { once(case, result, context) }
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

#[cfg(test)]
mod tests {
    use events::introduction::{self, Proposal};
    use events::outcome::Contribution;
    use events::{
        Attribution, CaseId, ClosingReason, FundingRound, Initiator, IntroductionId,
        IntroductionKind, Money, OrganisationId, Stream, intake,
    };

    use super::*;
    use crate::domain::testing::{Given, arrived, created, given, person_of, sealed, user};

    fn case() -> CaseId {
        CaseId::derived("case")
    }

    fn investor() -> OrganisationId {
        OrganisationId::derived("investor")
    }

    fn given_case(facts: impl IntoIterator<Item = Fact>) -> Given {
        let facts = facts.into_iter().map(events::Fact::from);
        given(Stream::Case(case()), [arrived()].into_iter().chain(facts))
            .and_organisation(investor())
    }

    fn cents(eur_cents: u64) -> Option<Money> {
        Some(Money { eur_cents })
    }

    fn raised() -> Outcome {
        Outcome {
            kind: OutcomeKind::FundingSecured,
            closed_on: "2026-02-20".parse().expect("a day"),
            round: Some(FundingRound::Seed),
            instrument: None,
            total: cents(1_000),
            contributions: vec![part(cents(600)), part(cents(400)), part(None)],
            attribution: Attribution::Contributory,
            public_from: None,
            evidence: None,
        }
    }

    fn part(amount: Option<Money>) -> Contribution {
        Contribution { organisation: investor(), amount, introduction: None }
    }

    fn record(result: Outcome) -> Command {
        Command::RecordOutcome(result)
    }

    fn recorded_now(result: Outcome) -> [events::Fact; 1] {
        [Fact::Recorded { outcome: created(), result }.into()]
    }

    fn outcome() -> OutcomeId {
        OutcomeId::derived("outcome")
    }

    fn recorded() -> Fact {
        Fact::Recorded { outcome: outcome(), result: raised() }
    }

    fn verified() -> Fact {
        Fact::Verified { outcome: outcome(), evidence: sealed("evidence") }
    }

    fn verify() -> Command {
        Command::VerifyOutcome { outcome: outcome(), evidence: sealed("evidence") }
    }

    fn contested() -> Fact {
        Fact::Contested { outcome: outcome(), reason: sealed("reason") }
    }

    fn contest() -> Command {
        Command::ContestOutcome { outcome: outcome(), reason: sealed("reason") }
    }

    #[test]
    fn money_raised_is_recorded_with_whoever_put_it_in() {
        given_case([]).when(record(raised())).then(recorded_now(raised()));
        given_case([]).by(Role::Platform).when(record(raised())).then_refused(Rule::G4);
    }

    #[test]
    fn what_comes_of_a_project_after_its_end_counts() {
        let closed = intake::Fact::Closed { reason: ClosingReason::Graduated, note: None };
        let filed = Outcome {
            kind: OutcomeKind::PatentFiled,
            round: None,
            total: None,
            contributions: vec![part(None)],
            ..raised()
        };
        given(Stream::Case(case()), [arrived(), closed.into()])
            .and_organisation(investor())
            .when(record(filed.clone()))
            .then(recorded_now(filed));
    }

    #[test]
    fn a_round_is_counted_once() {
        let again = || given_case([recorded()]).when(record(raised()));
        assert_eq!(again().then_refused(Rule::M1).reason, "counted_before");
        again().reported().then_irregular(recorded_now(raised()), [Rule::M1]);
        for other in [
            Outcome { round: Some(FundingRound::Bridge), ..raised() },
            Outcome { closed_on: "2026-02-21".parse().expect("a day"), ..raised() },
            Outcome { kind: OutcomeKind::GrantWon, ..raised() },
        ] {
            given_case([recorded()]).when(record(other.clone())).then(recorded_now(other));
        }
    }

    #[test]
    fn what_has_no_round_may_come_twice_on_a_day() {
        let grant = || Outcome { kind: OutcomeKind::GrantWon, round: None, ..raised() };
        let first = Fact::Recorded { outcome: outcome(), result: grant() };
        given_case([first]).when(record(grant())).then(recorded_now(grant()));
    }

    #[test]
    fn money_has_a_total_and_its_parts_are_no_more() {
        let without = || Outcome { total: None, ..raised() };
        let refusal = given_case([]).when(record(without())).then_refused(Rule::M1);
        assert_eq!(refusal.reason, "no_total");
        let reported = given_case([]).when(record(without())).reported();
        reported.then_irregular(recorded_now(without()), [Rule::M1]);
        let parts = vec![part(cents(600)), part(cents(401))];
        let more = Outcome { contributions: parts, ..raised() };
        let refusal = given_case([]).when(record(more.clone())).then_refused(Rule::M1);
        assert_eq!(refusal.reason, "more_than_total");
        let reported = given_case([]).when(record(more.clone())).reported();
        reported.then_irregular(recorded_now(more), [Rule::M1]);
        let most = cents(u64::MAX);
        let contributions = vec![part(most), part(most)];
        let huge = Outcome { total: most, contributions, ..raised() };
        given_case([]).when(record(huge)).then_refused(Rule::M1);
    }

    #[test]
    fn nothing_comes_of_it_tomorrow() {
        let tomorrow = Outcome { closed_on: "2026-03-03".parse().expect("a day"), ..raised() };
        given_case([]).when(record(tomorrow.clone())).then_refused(Rule::G3);
        given_case([]).when(record(tomorrow)).reported().then_refused(Rule::G3);
    }

    #[test]
    fn contributors_are_registered_and_introductions_of_this_case() {
        let organisation = OrganisationId::derived("stranger");
        let stranger = Contribution { organisation, ..part(None) };
        let from = |contribution| Outcome { contributions: vec![contribution], ..raised() };
        given_case([]).when(record(from(stranger))).then_refused(Rule::G9);

        let introduction = IntroductionId::derived("introduction");
        let introduced = Contribution { introduction: Some(introduction), ..part(None) };
        let of = |case| {
            given_case([]).and(
                Stream::Introduction(introduction),
                [introduction::Fact::Proposed(proposal(case)).into()],
            )
        };
        let result = from(introduced);
        of(case()).when(record(result.clone())).then(recorded_now(result.clone()));
        let refusal = of(CaseId::derived("other")).when(record(result.clone()));
        assert_eq!(refusal.then_refused(Rule::G9).field, Some("contributions.introduction"));
        given_case([]).when(record(result)).then_refused(Rule::G9);
    }

    fn proposal(case: CaseId) -> Proposal {
        Proposal {
            case,
            target: investor(),
            person: Some(person_of(Role::Funding)),
            kind: IntroductionKind::Funding,
            initiated_by: Initiator::Office,
            owner: user(Role::Funding),
            rationale: sealed("rationale"),
            entitlement: None,
        }
    }

    #[test]
    fn an_outcome_is_verified_once_unless_it_is_contested_since() {
        given_case([recorded()]).by(Role::Funding).when(verify()).then([verified().into()]);
        given_case([recorded(), verified()]).by(Role::Head).when(verify()).then_nothing();
        let doubted = [recorded(), verified(), contested()];
        given_case(doubted).by(Role::Head).when(verify()).then([verified().into()]);
        given_case([]).by(Role::Head).when(verify()).then_refused(Rule::G9);
        given_case([recorded()]).by(Role::Advisor).when(verify()).then_refused(Rule::G4);
    }

    #[test]
    fn an_outcome_is_contested_once_until_it_is_verified_again() {
        given_case([recorded()]).when(contest()).then([contested().into()]);
        given_case([recorded(), contested()]).when(contest()).then_nothing();
        let settled = [recorded(), contested(), verified()];
        given_case(settled).when(contest()).then([contested().into()]);
        given_case([]).when(contest()).then_refused(Rule::G9);
    }
}
