//! What comes of projects: money raised, each round once, and everything else.

use events::{
    Attribution, FundingInstrument, FundingRound, IntroductionOutcome, OrganisationKind, OutcomeId,
    OutcomeKind, Rule,
};
use serde_json::{Value, json};

use super::people::of_kind;
use super::selection::say;
use crate::demo::days;
use crate::demo::ledger::{Fate, Outcome};
use crate::demo::story::Story;
use crate::demo::texts::elsewhere as said;

/// Plans what comes of a case, some of it after it is closed.
pub(in crate::demo) fn plan(story: &mut Story, case: usize, months: i64) {
    let full = story.file(case).fate == Fate::Supported;
    let (most, percent) = if full { (7, 62) } else { (2, 40) };
    for _ in 0..most {
        if !story.file(case).dice.chance(percent) {
            continue;
        }
        let money = story.file(case).dice.chance(42);
        let days = (30, months * 21 + 60);
        if money {
            story.later(case, days, raise);
        } else {
            story.later(case, days, achieve);
        }
    }
}

/// Money comes in: a round with one or several investors, or a grant.
fn raise(story: &mut Story, case: usize) {
    let grant = story.file(case).dice.chance(38);
    let rounds = [FundingRound::PreSeed, FundingRound::Seed, FundingRound::SeriesA, FundingRound::Bridge];
    let (kind, round, instrument) = if grant {
        (OutcomeKind::GrantWon, FundingRound::Grant, FundingInstrument::Grant)
    } else {
        let dice = &mut story.ledger.files[case].dice;
        let round = *dice.pick(&rounds);
        let instrument = dice.weighted(&[
            (70, FundingInstrument::Equity),
            (18, FundingInstrument::Convertible),
            (6, FundingInstrument::Loan),
            (6, FundingInstrument::RepayableAdvance),
        ]);
        (OutcomeKind::FundingSecured, round, instrument)
    };
    let eur_cents = amount(story, case, round);
    let closed_on = days::plus(story.today(), -story.file(case).dice.between(1, 5));
    if story.file(case).rounds.contains(&(kind, round, closed_on)) {
        return;
    }
    story.file(case).rounds.push((kind, round, closed_on));
    let contributions = contributions(story, case, eur_cents, grant);
    let attribution = attribution(story, case);
    let mut body = json!({
        "kind": kind, "closed_on": closed_on, "round": round, "instrument": instrument,
        "total": { "eur_cents": eur_cents }, "contributions": contributions,
        "attribution": attribution,
    });
    describe(story, case, &mut body);
    let user = story.office.funding[case % 2].user;
    let order = story.on_case_by(user, case, "record-outcome", body.clone());
    let outcome: OutcomeId = story.world.send(order).created();
    story.ledger.outcomes.push(Outcome { kind, eur_cents, double: false });
    story.file(case).raised_eur_cents += eur_cents;
    count_twice(story, case, &body, kind, eur_cents);
    plan_check(story, case, outcome);
}

fn amount(story: &mut Story, case: usize, round: FundingRound) -> u64 {
    let (low, high) = match round {
        FundingRound::Grant => (5, 180),
        FundingRound::PreSeed => (15, 90),
        FundingRound::Bridge => (20, 120),
        FundingRound::Seed => (80, 450),
        FundingRound::SeriesA => (500, 2_400),
        FundingRound::SeriesB | FundingRound::Later => (2_000, 5_000),
    };
    // Ten thousand euros at a time.
    story.file(case).dice.between(low, high).unsigned_abs() * 1_000_000
}

/// Who put in what; those met through an introduction first.
fn contributions(story: &mut Story, case: usize, total: u64, grant: bool) -> Vec<Value> {
    use OrganisationKind as K;
    let met: Vec<_> = story
        .ledger
        .introductions
        .iter()
        .filter(|it| it.case == case && it.outcome == Some(IntroductionOutcome::Closed))
        .map(|it| (it.target, Some(it.id)))
        .take(if grant { 0 } else { 2 })
        .collect();
    let kinds: &[K] =
        if grant { &[K::PublicBank, K::Foundation] } else { &[K::Vc, K::BusinessAngel] };
    let mut parts = met;
    for _ in parts.len()..1 + usize::from(!grant && story.file(case).dice.chance(50)) {
        let place = of_kind(story, kinds);
        if parts.iter().all(|(known, _)| *known != place) {
            parts.push((place, None));
        }
    }
    let share = total / (parts.len() as u64 + u64::from(!grant));
    let known = story.file(case).dice.chance(85);
    let part = |(place, introduction): (usize, Option<events::IntroductionId>)| {
        let amount = known.then(|| json!({ "eur_cents": share }));
        let organisation = story.ledger.organisations[place].id;
        json!({ "organisation": organisation, "amount": amount, "introduction": introduction })
    };
    parts.into_iter().map(part).collect()
}

fn attribution(story: &mut Story, case: usize) -> Attribution {
    story.file(case).dice.weighted(&[
        (35, Attribution::Direct),
        (50, Attribution::Contributory),
        (15, Attribution::None),
    ])
}

fn describe(story: &mut Story, case: usize, body: &mut Value) {
    body["evidence"] = json!(say(story, case, &said::OUTCOME_SHOWN));
    if story.file(case).dice.chance(30) {
        body["public_from"] = json!(days::plus(story.today(), 60));
    }
}

/// The same round once more: refused, or where a partner reports it, noted as counted before (M-1).
fn count_twice(story: &mut Story, case: usize, body: &Value, kind: OutcomeKind, eur_cents: u64) {
    let user = story.advisor(case);
    let order = story.on_case_by(user, case, "record-outcome", body.clone());
    match story.file(case).dice.below(100) {
        0..5 => story.world.try_in_vain(order, Rule::M1),
        5..8 => {
            let order = order.reported("partner", "Annonce du partenaire dans sa lettre.");
            story.world.send_irregular(order, &[Rule::M1]);
            story.ledger.outcomes.push(Outcome { kind, eur_cents, double: true });
        }
        _ => {}
    }
}

/// Anything but money.
fn achieve(story: &mut Story, case: usize) {
    let kind = story.file(case).dice.weighted(&[
        (20, OutcomeKind::PatentFiled),
        (8, OutcomeKind::PatentGranted),
        (14, OutcomeKind::CompanyCreated),
        (9, OutcomeKind::LicenceSigned),
        (14, OutcomeKind::PartnershipSigned),
        (6, OutcomeKind::TrialAuthorised),
        (5, OutcomeKind::FirstPatientIn),
        (3, OutcomeKind::CeMark),
        (12, OutcomeKind::Publication),
        (6, OutcomeKind::JobsCreated),
        (3, OutcomeKind::SiteInstalled),
    ]);
    let closed_on = days::plus(story.today(), -story.file(case).dice.between(1, 25));
    let attribution = attribution(story, case);
    let mut body = json!({ "kind": kind, "closed_on": closed_on, "attribution": attribution });
    describe(story, case, &mut body);
    let user = story.advisor(case);
    let order = story.on_case_by(user, case, "record-outcome", body);
    let outcome: OutcomeId = story.world.send(order).created();
    story.ledger.outcomes.push(Outcome { kind, eur_cents: 0, double: false });
    plan_check(story, case, outcome);
}

/// Somebody looks at the proof, or has doubts first.
fn plan_check(story: &mut Story, case: usize, outcome: OutcomeId) {
    let doubts = story.file(case).dice.chance(6);
    if doubts {
        story.later(case, (2, 20), move |story, case| {
            let reason = say(story, case, &said::CONTESTED);
            let body = json!({ "outcome": outcome, "reason": reason });
            story.world.send(story.on_case(case, "contest-outcome", body));
        });
    }
    if story.file(case).dice.chance(58) {
        story.later(case, (21, 70), move |story, case| {
            let evidence = say(story, case, &said::VERIFIED);
            let body = json!({ "outcome": outcome, "evidence": evidence });
            let user = story.office.funding[(case + 1) % 2].user;
            story.world.send(story.on_case_by(user, case, "verify-outcome", body));
        });
    }
}
