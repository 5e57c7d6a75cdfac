use events::access::Fact as Right;
use events::person::Fact as Person;
use events::{
    CaseId, ClosingReason, Fact as Any, HoldId, PersonId, Stream, UserId, intake, policy,
};
use proptest::prelude::*;

use super::*;
use crate::domain::Verdict;
use crate::domain::testing::{
    Given, arrived, at, code, given, given_event, identity, person_of, sealed, user,
};

fn case() -> Stream {
    Stream::Case(CaseId::derived("case"))
}

fn approval() -> ApprovalId {
    ApprovalId::derived("approval")
}

fn closed() -> Any {
    intake::Fact::Closed { reason: ClosingReason::Graduated, note: None }.into()
}

fn reopening() -> Matter {
    Matter::Reopening { reason: sealed("reason") }
}

fn requested(matter: Matter) -> Any {
    Fact::Requested { approval: approval(), matter }.into()
}

fn given_by_now() -> Any {
    Fact::Given { approval: approval() }.into()
}

fn refused() -> Any {
    Fact::Refused { approval: approval(), reason: None }.into()
}

fn give() -> Command {
    Command::Give { approval: approval() }
}

fn refuse() -> Command {
    Command::Refuse { approval: approval(), reason: None }
}

/// A closed case whose reopening the advisor's account asked for.
fn waiting() -> Given {
    given(case(), [arrived(), closed(), requested(reopening())]).and_default_policies()
}

#[test]
fn what_a_second_person_agrees_to_happens_with_it_and_quotes_both() {
    let reopened = intake::Fact::Reopened { reason: sealed("reason") };
    waiting().by(Role::Head).when(give()).then([given_by_now(), reopened.into()]);
    let mut story = waiting();
    let Ok(Verdict::Facts(envelopes)) = story.carry_out(Role::Head, give()) else {
        panic!("agreed to")
    };
    let approved = envelopes[1].meta.approved.expect("the act quotes both");
    assert_eq!(envelopes[0].meta.approved, None);
    assert_eq!(approved.given, envelopes[0].id);
    assert_eq!(approved.requested, given_event(case(), 2));
}

#[test]
fn it_is_answered_once() {
    let answered = |answer| {
        given(case(), [arrived(), closed(), requested(reopening()), answer]).and_default_policies()
    };
    answered(given_by_now()).by(Role::Head).when(give()).then_nothing();
    answered(refused()).by(Role::Head).when(refuse()).then_nothing();
    let refusal = answered(refused()).by(Role::Head).when(give()).then_refused(Rule::G8);
    assert_eq!(refusal.reason, "answered");
    let unknown = given(case(), [arrived()]).and_default_policies();
    unknown.by(Role::Head).when(give()).then_refused(Rule::G9);
}

#[test]
fn who_asks_does_not_agree_under_another_account_either() {
    let second = UserId::derived("a second account");
    let enrolled = |person| {
        [
            Right::UserEnrolled { user: second, person }.into(),
            Right::RoleGranted { user: second, role: Role::Head, scope: None, until: None }.into(),
        ]
    };
    let same = waiting().and(Stream::Access, enrolled(person_of(Role::Advisor)));
    let refusal = same
        .by(Role::Head)
        .when(give())
        .with(|request| request.user = second)
        .then_refused(Rule::G8);
    assert_eq!(refusal.reason, "same_person");
    let other = waiting().and(Stream::Access, enrolled(PersonId::derived("somebody else")));
    let agreed = other.by(Role::Head).when(give()).with(|request| request.user = second);
    assert_eq!(agreed.decided().len(), 2);
}

#[test]
fn only_who_may_agree_agrees_and_who_asked_may_take_it_back() {
    waiting().by(Role::Platform).when(give()).then_refused(Rule::G4);
    waiting().by(Role::Admin).when(give()).then_refused(Rule::G4);
    waiting().by(Role::Advisor).when(refuse()).then([refused()]);
    waiting().by(Role::Funding).when(refuse()).then_refused(Rule::G4);
    waiting().by(Role::Deputy).when(refuse()).then([refused()]);
}

#[test]
fn it_is_decided_anew_when_it_is_agreed_to() {
    let reopened = intake::Fact::Reopened { reason: sealed("another reason") };
    let story = given(case(), [arrived(), closed(), requested(reopening()), reopened.into()]);
    story.and_default_policies().by(Role::Head).when(give()).then([given_by_now()]);
}

#[test]
fn a_role_that_decides_is_given_by_two_and_not_by_who_gains() {
    let grant = |role| crate::domain::access::Command::GrantRole {
        user: user(Role::Advisor),
        role,
        scope: None,
        until: None,
    };
    let matter =
        Matter::Role { user: user(Role::Advisor), role: Role::Deputy, scope: None, until: None };
    let asked =
        Fact::Requested { approval: crate::domain::testing::created(), matter: matter.clone() };
    let access = |facts: Vec<Any>| given(Stream::Access, facts);
    access(vec![]).by(Role::Admin).when(grant(Role::Deputy)).then([asked.into()]);
    let granted = |role| {
        Right::RoleGranted { user: user(Role::Advisor), role, scope: None, until: None }.into()
    };
    access(vec![]).by(Role::Admin).when(grant(Role::Funding)).then([granted(Role::Funding)]);
    let waiting = || access(vec![requested(matter.clone())]);
    waiting().by(Role::Head).when(give()).then([given_by_now(), granted(Role::Deputy)]);
    let admin = Right::RoleGranted {
        user: user(Role::Advisor),
        role: Role::Director,
        scope: None,
        until: None,
    };
    let own = access(vec![admin.into(), requested(matter.clone())]);
    let own = own.by(Role::Advisor).when(give()).then_refused(Rule::G8);
    assert_eq!(own.reason, "same_person");
}

#[test]
fn a_version_of_a_rule_is_retired_by_two() {
    let body = crate::domain::defaults::default_policies().remove(0);
    let stream = Stream::Policy(body.kind());
    let drafted = policy::Fact::Drafted { version: 1, body };
    let facts = [drafted.into(), requested(Matter::Retirement { version: 1 })];
    let retired = policy::Fact::Retired { version: 1 };
    given(stream, facts).by(Role::Admin).when(give()).then([given_by_now(), retired.into()]);
}

#[test]
fn a_hold_is_placed_and_released_by_two_and_stops_an_erasure() {
    let person = Stream::Person(PersonId::derived("somebody"));
    let record = |facts: Vec<Any>| {
        let registered = Person::Registered(identity()).into();
        given(person, [vec![registered], facts].concat()).and_default_policies()
    };
    let (authority, scope) = (code("court"), code("everything"));
    let matter = Matter::Hold { authority: authority.clone(), scope: scope.clone(), until: None };
    let hold: HoldId = crate::domain::testing::created();
    let placed = Person::HoldPlaced { hold, authority, scope, until: None };
    let story = record(vec![requested(matter)]);
    story.by(Role::Dpo).when(give()).then([given_by_now(), placed.clone().into()]);
    let released = Person::HoldReleased { hold };
    let story = record(vec![placed.clone().into(), requested(Matter::Release { hold })]);
    story.by(Role::Director).when(give()).then([given_by_now(), released.into()]);
    let erasure = || {
        let request = events::PrivacyId::derived("request");
        requested(Matter::Erasure { request, purposes: vec![] })
    };
    let story = record(vec![placed.into(), erasure()]);
    story.by(Role::Dpo).when(give()).then_refused(Rule::D1);
    record(vec![erasure()]).by(Role::Dpo).when(give()).then([given_by_now()]);
}

#[test]
fn a_person_is_held_restricted_and_used_again() {
    use crate::domain::person::Command;
    let person = Stream::Person(PersonId::derived("somebody"));
    let record = |facts: Vec<Any>| {
        let registered = Person::Registered(identity()).into();
        given(person, [vec![registered], facts].concat()).and_default_policies().by(Role::Dpo)
    };
    let basis = code("accuracy_contested");
    let restrict = || Command::Restrict { basis: basis.clone() };
    let restricted = Person::Restricted { basis: basis.clone() };
    record(vec![]).when(restrict()).then([restricted.clone().into()]);
    record(vec![restricted.clone().into()]).when(restrict()).then_nothing();
    let unrestricted = Person::Unrestricted {};
    let story = record(vec![restricted.into()]).when(Command::Unrestrict {});
    story.then([unrestricted.into()]);
    record(vec![]).when(Command::Unrestrict {}).then_nothing();
    let past = Some(at("2026-01-01T00:00:00Z"));
    let place = Command::PlaceHold { authority: code("court"), scope: code("all"), until: past };
    record(vec![]).when(place).then_refused(Rule::G9);
    let gone = Command::ReleaseHold { hold: HoldId::derived("none") };
    record(vec![]).when(gone).then_nothing();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// G-8: whatever is tried in whichever order, what two persons do was asked by one and agreed
    /// to by another.
    #[test]
    fn nothing_that_takes_two_happens_by_one(
        steps in proptest::collection::vec((0..3_usize, 0..4_usize), 1..20),
    ) {
        let roles = [Role::Head, Role::Deputy, Role::Director];
        let mut story = given(case(), [arrived()]).and_default_policies();
        let mut last = None;
        for (who, what) in steps {
            let role = roles[who];
            let command: crate::domain::Command = match (what, last) {
                (0, _) => crate::domain::intake::Command::Close {
                    reason: ClosingReason::Graduated,
                    note: None,
                }
                .into(),
                (1, _) | (_, None) => {
                    crate::domain::intake::Command::Reopen { reason: sealed("reason") }.into()
                }
                (2, Some(approval)) => Command::Give { approval }.into(),
                (_, Some(approval)) => Command::Refuse { approval, reason: None }.into(),
            };
            if let Ok(Verdict::Facts(envelopes)) = story.carry_out(role, command)
                && let Any::Approval(Fact::Requested { approval, .. }) = envelopes[0].fact
            {
                last = Some(approval);
            }
        }
        let recorded = story.recorded();
        let actor = |event: EventId| {
            recorded.iter().find(|envelope| envelope.id == event).map(|e| e.meta.actor.user)
        };
        for envelope in recorded {
            if let Any::Intake(intake::Fact::Reopened { .. }) = envelope.fact {
                let approved = envelope.meta.approved.expect("G-8");
                prop_assert_ne!(actor(approved.requested), actor(approved.given));
            }
        }
    }
}

#[test]
fn who_asked_does_not_agree_under_another_record_of_theirs() {
    let into = person_of(Role::Advisor);
    let merged = || Any::from(Person::Merged { into });
    let same = waiting().and(Stream::Person(person_of(Role::Head)), [merged()]);
    let refusal = same.by(Role::Head).when(give()).then_refused(Rule::G8);
    assert_eq!(refusal.reason, "same_person");
    // Once the merge is undone, they are two persons.
    let parted = Any::from(Person::MergeReverted { from: into });
    let two = waiting().and(Stream::Person(person_of(Role::Head)), [merged(), parted]);
    assert_eq!(two.by(Role::Head).when(give()).decided().len(), 2);
}
