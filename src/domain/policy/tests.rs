use events::{Fact as Any, Stream, approval};
use proptest::prelude::*;

use super::*;
use crate::domain::defaults::{default_policies, offered};
use crate::domain::testing::{
    Given, NOW, any_history, at, code, created, enveloped, given, person_of, user,
};

const LATER: &str = "2026-04-01T09:00:00Z";
const PAST: &str = "2026-03-01T09:00:00Z";

fn body(days: u32) -> PolicyBody {
    let reason = Word {
        code: code("forgotten"),
        fr: "Oubli".parse().expect("a title"),
        en: "Forgotten".parse().expect("a title"),
    };
    PolicyBody::LateEntry { threshold_working_days: days, reasons: vec![reason] }
}

fn drafted(version: u32, days: u32) -> Fact {
    Fact::Drafted { version, body: body(days) }
}

fn published(version: u32, days: u32, from: &str) -> Fact {
    Fact::Published { version, body: body(days), effective_from: at(from) }
}

/// What is given was written by the advisor.
fn given_policy(facts: impl IntoIterator<Item = Fact>) -> Given {
    let stream = Stream::Policy(PolicyKind::LateEntry);
    given(stream, facts.into_iter().map(Any::from)).by(Role::Admin)
}

fn draft(version: u32, days: u32) -> Command {
    Command::Draft { version, body: body(days) }
}

fn publish(version: u32, from: &str) -> Command {
    Command::Publish { version, effective_from: at(from) }
}

fn folded(facts: impl IntoIterator<Item = (Fact, &'static str)>) -> Policy {
    let mut policy = Policy::new(PolicyKind::LateEntry);
    let stream = Stream::Policy(PolicyKind::LateEntry);
    for (fact, recorded_at) in facts {
        policy.evolve(&fact, &enveloped(stream, 0, fact.clone().into(), at(recorded_at)));
    }
    policy
}

#[test]
fn versions_are_drafted_one_after_the_other() {
    given_policy([]).when(draft(1, 5)).then([drafted(1, 5).into()]);
    given_policy([drafted(1, 5)]).when(draft(2, 7)).then([drafted(2, 7).into()]);
    given_policy([]).when(draft(2, 5)).then_refused(Rule::G6);
    given_policy([drafted(1, 5)]).when(draft(1, 7)).then_refused(Rule::G6);
    given_policy([drafted(1, 5)]).when(draft(1, 5)).then_nothing();
}

#[test]
fn a_draft_is_about_the_rule_of_its_stream() {
    let body = PolicyBody::Conflicts { grounds: vec![ConflictGround::Equity], window_months: 36 };
    given_policy([]).when(Command::Draft { version: 1, body }).then_refused(Rule::G6);
}

#[test]
fn administrators_draft_and_the_head_may_publish() {
    given_policy([]).by(Role::Head).when(draft(1, 5)).then_refused(Rule::G4);
    given_policy([drafted(1, 5)])
        .by(Role::Head)
        .when(publish(1, LATER))
        .then([published(1, 5, LATER).into()]);
}

#[test]
fn a_version_is_published_once_and_never_changes() {
    given_policy([drafted(1, 5)]).when(publish(1, NOW)).then([published(1, 5, NOW).into()]);
    given_policy([drafted(1, 5)]).when(publish(2, NOW)).then_refused(Rule::G9);
    let before = || given_policy([drafted(1, 5), published(1, 5, NOW)]);
    before().when(publish(1, NOW)).then_nothing();
    before().when(publish(1, LATER)).then_refused(Rule::G6);
    given_policy([drafted(1, 5), Fact::Retired { version: 1 }])
        .when(publish(1, NOW))
        .then_refused(Rule::G6);
}

#[test]
fn a_version_that_a_later_one_replaces_is_not_published() {
    let before = || given_policy([drafted(1, 5), drafted(2, 7), published(2, 7, LATER)]);
    before().when(publish(1, LATER)).then_refused(Rule::G6);
    before().when(publish(1, NOW)).then([published(1, 5, NOW).into()]);
}

#[test]
fn who_wrote_a_version_does_not_publish_it_under_any_account() {
    let drafter = person_of(Role::Advisor);
    let same_person = |role| {
        let enrolled = events::access::Fact::UserEnrolled { user: user(role), person: drafter };
        let user = user(role);
        let granted = events::access::Fact::RoleGranted { user, role, scope: None, until: None };
        given_policy([drafted(1, 5)])
            .and(Stream::Access, [enrolled.into(), granted.into()])
            .by(role)
            .when(publish(1, NOW))
    };
    same_person(Role::Admin).then_refused(Rule::G8);
    same_person(Role::Head).then_refused(Rule::G8);
}

#[test]
fn nor_under_another_record_of_theirs() {
    let into = person_of(Role::Advisor);
    let merged = events::person::Fact::Merged { into };
    given_policy([drafted(1, 5)])
        .and(Stream::Person(person_of(Role::Head)), [merged.into()])
        .by(Role::Head)
        .when(publish(1, NOW))
        .then_refused(Rule::G8);
}

#[test]
fn the_system_publishes_the_rules_that_the_office_starts_with() {
    given_policy([drafted(1, 5)])
        .when(publish(1, NOW))
        .with(|request| request.user = system_user())
        .then([published(1, 5, NOW).into()]);
}

#[test]
fn rules_do_not_hold_backwards_unless_they_did() {
    given_policy([drafted(1, 5)]).when(publish(1, PAST)).then_refused(Rule::G3);
    given_policy([drafted(1, 5)]).when(publish(1, "2026-03-02T08:55:00Z")).then([published(
        1,
        5,
        "2026-03-02T08:55:00Z",
    )
    .into()]);
    given_policy([drafted(1, 5)])
        .when(publish(1, PAST))
        .reported()
        .then([published(1, 5, PAST).into()]);
}

#[test]
fn publishing_states_the_revision_it_was_decided_on() {
    given_policy([drafted(1, 5)])
        .when(publish(1, NOW))
        .with(|request| request.expected = None)
        .then_refused(Rule::G2);
}

#[test]
fn a_version_is_retired_once() {
    let retire = Command::Retire { version: 1 };
    let retired = Fact::Retired { version: 1 };
    let asked = approval::Fact::Requested {
        approval: created(),
        matter: approval::Matter::Retirement { version: 1 },
    };
    given_policy([drafted(1, 5)]).when(retire.clone()).then([asked.into()]);
    given_policy([drafted(1, 5)]).when(Command::Retire { version: 2 }).then_refused(Rule::G9);
    given_policy([drafted(1, 5), retired]).when(retire).then_nothing();
}

#[test]
fn the_latest_version_that_has_begun_is_in_force() {
    let policy = folded([
        (drafted(1, 5), PAST),
        (published(1, 5, PAST), PAST),
        (drafted(2, 7), PAST),
        (published(2, 7, LATER), PAST),
        (drafted(3, 9), PAST),
    ]);
    let days = |when| {
        policy.late_entry(at(when)).map(|(version, rule)| (version, rule.threshold_working_days))
    };
    assert_eq!(days("2026-02-01T00:00:00Z"), None);
    assert_eq!(days(PAST), Some((1, 5)));
    assert_eq!(days(NOW), Some((1, 5)));
    assert_eq!(days(LATER), Some((2, 7)));
    assert_eq!(policy.last(), 3);
    assert_eq!(policy.published(3), None);
    assert_eq!(policy.published(1), Some(&body(5)));
}

#[test]
fn nothing_takes_the_place_of_a_retired_version_nor_changes_what_held_before() {
    let story = [
        (drafted(1, 5), PAST),
        (published(1, 5, PAST), PAST),
        (drafted(2, 7), PAST),
        (published(2, 7, NOW), PAST),
        (Fact::Retired { version: 2 }, "2026-03-10T09:00:00Z"),
    ];
    let policy = folded(story.clone());
    let version = |policy: &Policy, when| policy.in_force(at(when)).map(|(version, _)| version);
    assert_eq!(version(&policy, PAST), Some(1));
    assert_eq!(version(&policy, NOW), Some(2));
    assert_eq!(version(&policy, LATER), None);
    let next = [(drafted(3, 9), LATER), (published(3, 9, LATER), LATER)];
    assert_eq!(version(&folded(story.into_iter().chain(next)), LATER), Some(3));
}

#[test]
fn a_version_that_was_retired_before_it_began_never_held() {
    let policy = folded([
        (drafted(1, 5), PAST),
        (published(1, 5, PAST), PAST),
        (drafted(2, 7), PAST),
        (published(2, 7, LATER), PAST),
        (Fact::Retired { version: 2 }, NOW),
    ]);
    assert_eq!(policy.in_force(at(LATER)).map(|(version, _)| version), Some(1));
}

fn rules(change: impl FnOnce(&mut BookingRules)) -> PolicyBody {
    let defaults = default_policies();
    let Some(PolicyBody::Booking { mut rules }) =
        defaults.into_iter().find(|body| body.kind() == PolicyKind::Booking)
    else {
        panic!("there are default booking rules")
    };
    change(&mut rules);
    PolicyBody::Booking { rules }
}

#[test]
fn a_rule_that_could_not_be_applied_is_not_written() {
    let grounds = |grounds: &[ConflictGround], window_months| PolicyBody::Conflicts {
        grounds: grounds.to_vec(),
        window_months,
    };
    let unsound = [
        grounds(&[], 36),
        grounds(&[ConflictGround::Equity, ConflictGround::Equity], 36),
        grounds(&[ConflictGround::Equity], 100_000),
        PolicyBody::Eligibility { criteria: vec![] },
        PolicyBody::OfferComponents { components: BTreeMap::new() },
        PolicyBody::LateEntry { threshold_working_days: 5, reasons: vec![] },
        PolicyBody::CodeLists { lists: BTreeMap::from([(code("empty"), vec![])]) },
        rules(|rules| rules.min_minutes = rules.max_minutes + 1),
        rules(|rules| rules.slot_minutes = 0),
        rules(|rules| rules.time_zone = "Europe/Atlantis".parse().expect("it looks like one")),
        rules(|rules| rules.opening[0].until = rules.opening[0].from.clone()),
    ];
    for body in unsound {
        let stream = Stream::Policy(body.kind());
        let command = Command::Draft { version: 1, body };
        given(stream, []).by(Role::Admin).when(command).then_refused(Rule::G9);
    }
}

#[test]
fn each_kind_of_rule_is_asked_by_its_own_name() {
    let defaults = default_policies();
    let policy = |kind| {
        let mut policy = Policy::new(kind);
        let body = defaults.iter().find(|body| body.kind() == kind).expect("one per kind").clone();
        let fact = Fact::Published { version: 1, body, effective_from: at(PAST) };
        let envelope = enveloped(Stream::Policy(kind), 0, fact.clone().into(), at(PAST));
        policy.evolve(&fact, &envelope);
        policy
    };
    let now = at(NOW);
    let components = policy(PolicyKind::OfferComponents);
    let mentors = components.component(now, OfferComponent::Mentors);
    assert_eq!(mentors, Some((1, ComponentAccess::Included)));
    let booking = policy(PolicyKind::Booking);
    assert_eq!(booking.booking(now).map(|(_, rules)| rules.slot_minutes), Some(30));
    let levels = policy(PolicyKind::ServiceLevels);
    assert_eq!(levels.service_levels(now).map(|(_, levels)| levels.appeal_days), Some(60));
    let conflicts = policy(PolicyKind::Conflicts);
    assert_eq!(conflicts.conflicts(now).map(|(_, rule)| rule.window_months), Some(36));
    let lists = policy(PolicyKind::CodeLists);
    assert!(lists.codes(now, "indication").is_some_and(|(_, words)| words.len() > 20));
    assert_eq!(lists.codes(now, "no_such_list"), None);
    let criteria = policy(PolicyKind::Eligibility);
    assert_eq!(criteria.eligibility_version(1).map(<[_]>::len), Some(9));
    assert_eq!(criteria.eligibility_version(2), None);
    assert_eq!(criteria.late_entry(now), None);
}

proptest! {
    #[test]
    fn any_history_evolves_and_what_is_decided_on_it_is_decided_once(
        history in any_history(vec![
            drafted(1, 5).into(),
            drafted(2, 7).into(),
            drafted(u32::MAX, 7).into(),
            published(1, 5, PAST).into(),
            published(2, 7, LATER).into(),
            Fact::Retired { version: 1 }.into(),
            Fact::Retired { version: 2 }.into(),
        ]),
        command in proptest::sample::select(vec![
            draft(1, 5),
            draft(2, 9),
            publish(1, NOW),
            publish(2, LATER),
            Command::Retire { version: 1 },
        ]),
    ) {
        given(Stream::Policy(PolicyKind::LateEntry), history)
            .by(Role::Admin)
            .when(command)
            .settles();
    }
}

#[test]
fn what_the_office_has_no_version_of_is_offered() {
    let defaults = default_policies();
    assert_eq!(offered(&defaults), []);
    assert_eq!(offered([]), defaults);
    // An older body is an older version; whoever went on from the present one is offered nothing.
    let older = PolicyBody::ServiceLevels {
        acknowledge_working_days: 1,
        assign_working_days: 1,
        decide_working_days: 1,
        appeal_days: 1,
    };
    let is_levels = |body: &PolicyBody| body.kind() == older.kind();
    let versions = defaults.iter().filter(|body| !is_levels(body)).chain([&older]);
    let offers = offered(versions);
    assert!(offers.len() == 1 && offers.iter().all(is_levels));
    assert_eq!(offered(defaults.iter().chain([&older])), []);
}
