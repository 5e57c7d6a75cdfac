//! The audit trail of the small case.

use events::{EventId, Fact, Language, Role, Rule, Time, selection};
use projections::audit::{AuditEntry, AuditTrail};
use projections::journey::Reading;

use crate::sample::{self, CLAIRE, Directory, KARIM, Log, id};

fn trail(log: &Log, occurred_until: Option<Time>) -> AuditTrail {
    let names = Directory::new();
    let reading = Reading { language: Language::En, names: &names, occurred_until };
    AuditTrail::of(sample::case(), &log.history(), &reading).expect("it is in the log")
}

fn entry(trail: &AuditTrail, kind: &str) -> AuditEntry {
    trail.entries.iter().find(|entry| entry.kind == kind).expect("it was decided").clone()
}

fn kinds(related: &[projections::audit::Related]) -> Vec<&str> {
    related.iter().map(|related| related.kind.as_str()).collect()
}

#[test]
fn every_decision_has_its_entry_in_the_order_of_the_log() {
    let trail = trail(&sample::log(), None);
    let decided: Vec<_> = trail.entries.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(
        decided,
        [
            "selection.eligibility-assessed.v1",
            "selection.preselection-proposed.v1",
            "selection.preselection-decided.v1",
            "introduction.made.v1",
            "intake.closed.v1",
        ]
    );
}

#[test]
fn a_decision_says_who_proposed_who_decided_by_which_rule_and_why() {
    let decided = entry(&trail(&sample::log(), None), "selection.preselection-decided.v1");
    let (proposed_by, decided_by) = (decided.proposed_by.as_ref(), decided.decided_by.as_ref());
    let proposed_by = proposed_by.expect("the proposal is quoted");
    let decided_by = decided_by.expect("it is a decision");
    assert_eq!((proposed_by.user, proposed_by.role), (id(CLAIRE), Role::Advisor));
    assert_eq!((decided_by.user, decided_by.role), (id(KARIM), Role::Head));
    assert_eq!(decided.policies.len(), 1);
    let reasons: Vec<_> = decided.reasons.iter().map(|text| text.field.as_str()).collect();
    assert_eq!(reasons, ["ruling/rationale", "ruling/strengths/0"]);
}

#[test]
fn a_decision_shows_what_was_known_then_and_what_came_later() {
    let decided = entry(&trail(&sample::log(), None), "selection.preselection-decided.v1");
    assert_eq!(
        kinds(&decided.known_then),
        [
            "followup.document-attached.v1",
            "selection.application-submitted.v1",
            "selection.no-conflict-declared.v1",
            "selection.no-conflict-declared.v1",
            "selection.eligibility-assessed.v1",
            "selection.preselection-proposed.v1",
        ]
    );
    let later = &decided.came_later;
    assert_eq!(kinds(later), ["selection.decision-notified.v1", "intake.readiness-assessed.v1"]);
    assert_eq!((later[0].learnt_later, later[1].learnt_later), (false, true));
}

#[test]
fn a_lawful_decision_passes_every_check() {
    let trail = trail(&sample::log(), None);
    for entry in &trail.entries {
        assert!(entry.checks.iter().all(|check| check.held), "{entry:#?}");
    }
    let rules = |kind: &str| {
        let checks = entry(&trail, kind).checks;
        checks.iter().map(|check| check.rule).collect::<Vec<_>>()
    };
    assert_eq!(
        rules("selection.preselection-decided.v1"),
        [Rule::C4, Rule::C8, Rule::C9, Rule::G6]
    );
    assert_eq!(rules("selection.eligibility-assessed.v1"), [Rule::C3, Rule::C8, Rule::G6]);
    assert_eq!(rules("introduction.made.v1"), [Rule::I1, Rule::I2]);
}

/// The log with one of its facts changed.
fn with(kind: &str, change: impl Fn(&mut events::Envelope)) -> Log {
    let mut log = sample::log();
    let named = |fact: &Fact| fact.encode().expect("plain data").0 == kind;
    log.facts.iter_mut().filter(|envelope| named(&envelope.fact)).for_each(change);
    log
}

fn broken(log: &Log, kind: &str) -> Vec<Rule> {
    let checks = entry(&trail(log, None), kind).checks;
    checks.iter().filter(|check| !check.held).map(|check| check.rule).collect()
}

#[test]
fn who_proposed_and_decided_breaks_c4_even_from_two_accounts() {
    let kind = "selection.preselection-decided.v1";
    let same = with(kind, |decision| decision.meta.actor.user = id(CLAIRE));
    assert_eq!(broken(&same, kind), [Rule::C4]);
    let second = "second account";
    let mut two = with(kind, |decision| decision.meta.actor.user = id(second));
    let mut enrolled = two.facts[0].clone();
    enrolled.fact =
        events::access::Fact::UserEnrolled { user: id(second), person: id(CLAIRE) }.into();
    two.facts.insert(0, enrolled);
    assert_eq!(broken(&two, kind), [Rule::C4]);
}

#[test]
fn a_decision_without_its_proposal_breaks_c4() {
    let kind = "selection.preselection-decided.v1";
    let astray = with(kind, |decision| {
        if let Fact::Selection(selection::Fact::PreselectionDecided { proposal, .. }) =
            &mut decision.fact
        {
            *proposal = EventId::derived("nowhere");
        }
    });
    assert_eq!(broken(&astray, kind), [Rule::C4]);
    assert_eq!(entry(&trail(&astray, None), kind).proposed_by, None);
}

#[test]
fn rules_that_are_not_those_of_the_call_break_g6() {
    let kind = "selection.preselection-decided.v1";
    let other = with(kind, |decision| {
        decision.meta.policies.values_mut().for_each(|version| *version = 2);
    });
    assert_eq!(broken(&other, kind), [Rule::G6]);
    let none = with(kind, |decision| decision.meta.policies.clear());
    assert_eq!(broken(&none, kind), [Rule::G6]);
}

#[test]
fn an_introduction_beyond_what_was_allowed_breaks_i2() {
    let kind = "introduction.made.v1";
    let more = with(kind, |made| {
        if let Fact::Introduction(events::introduction::Fact::Made { shared, .. }) = &mut made.fact
        {
            shared.push(events::ShareScope::FinancialPlan);
        }
    });
    assert_eq!(broken(&more, kind), [Rule::I2]);
    let lone = with("introduction.target-accepted.v1", |accepted| {
        accepted.fact =
            events::introduction::Fact::TargetDeclined { reason: events::DeclineReason::TooEarly }
                .into();
    });
    assert_eq!(broken(&lone, kind), [Rule::I1]);
}

#[test]
fn occurred_until_shows_only_decisions_of_that_time() {
    let early = trail(&sample::log(), Some(sample::at("2026-04-01T00:00")));
    assert_eq!(early.entries.len(), 2);
}
