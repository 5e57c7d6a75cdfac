use events::person::Fact as Record;
use events::{Fact as Any, HoldId, PrivacyId, Stream};
use proptest::prelude::*;

use super::*;
use crate::domain::testing::{Given, NOW, any_history, at, code, given, identity, sealed};
use crate::domain::{approval, system_user};

fn subject() -> PersonId {
    PersonId::derived("subject")
}

fn request() -> PrivacyId {
    PrivacyId::derived("request")
}

fn date(text: &str) -> Date {
    text.parse().expect("a day")
}

fn receive(kind: PrivacyKind) -> Command {
    let (received_at, channel) = (at(NOW), Channel::Email);
    Command::ReceiveRequest {
        kind,
        subject: subject(),
        received_at,
        channel,
        words: Some(sealed("words")),
    }
}

fn received(kind: PrivacyKind) -> Any {
    let (received_at, channel) = (at(NOW), Channel::Email);
    let (due, words) = (date("2026-04-02"), Some(sealed("words")));
    Fact::RequestReceived { kind, subject: subject(), received_at, due, channel, words }.into()
}

fn verified() -> Any {
    Fact::IdentityVerified { method: code("identity_document") }.into()
}

fn verify() -> Command {
    Command::VerifyIdentity { method: code("identity_document") }
}

fn duty() -> Kept {
    let (what, legal_basis) = (code("public_funds_accounting"), code("gdpr_17_3_b"));
    Kept { what, legal_basis, until: Some(date("2036-12-31")) }
}

fn assessed(outcome: PrivacyOutcome, kept: Vec<Kept>) -> (Command, Any) {
    let basis = match outcome {
        PrivacyOutcome::Granted => vec![],
        PrivacyOutcome::Partial | PrivacyOutcome::Refused => vec![code("gdpr_17_3_b")],
    };
    let (legal_basis, reason) = (basis.clone(), Some(sealed("reason")));
    let command = Command::Assess { outcome, legal_basis, kept: kept.clone(), reason };
    let (legal_basis, reason) = (basis, Some(sealed("reason")));
    (command, Fact::Assessed { outcome, legal_basis, kept, reason }.into())
}

fn granted() -> (Command, Any) {
    assessed(PrivacyOutcome::Granted, vec![])
}

fn answer(letter: Option<&str>) -> Command {
    Command::Answer { channel: Channel::Email, letter: letter.map(sealed) }
}

fn answered(letter: Option<&str>) -> Any {
    Fact::Answered { channel: Channel::Email, letter: letter.map(sealed) }.into()
}

fn extend(until: &str) -> Command {
    Command::Extend { until: date(until), reason: sealed("reason") }
}

fn extended(until: &str) -> Any {
    Fact::Extended { until: date(until), reason: sealed("reason") }.into()
}

fn hold() -> Any {
    let (authority, scope) = (code("court"), code("everything"));
    Record::HoldPlaced { hold: HoldId::derived("hold"), authority, scope, until: None }.into()
}

fn erased() -> Any {
    Record::PersonalDataErased { purposes: vec![], keys: 1 }.into()
}

/// A request of a registered person, and what else happened to their record.
fn given_request(facts: impl IntoIterator<Item = Any>, record: Vec<Any>) -> Given {
    given(Stream::Privacy(request()), facts)
        .and_person(subject())
        .and(Stream::Person(subject()), record)
        .and_default_policies()
        .by(Role::Dpo)
}

#[test]
fn a_request_is_due_a_month_after_it_came() {
    given_request([], vec![])
        .when(receive(PrivacyKind::Access))
        .then([received(PrivacyKind::Access)]);
    assert_eq!(after(date("2026-01-31"), DUE_MONTHS), date("2026-02-28"));
    assert_eq!(day(at("2026-03-01T23:30:00Z")), date("2026-03-02"), "the day it is in Paris");
    given_request([received(PrivacyKind::Access)], vec![])
        .when(receive(PrivacyKind::Access))
        .then_nothing();
    let unknown = given(Stream::Privacy(request()), []).and_default_policies().by(Role::Dpo);
    unknown.when(receive(PrivacyKind::Access)).then_refused(Rule::G9);
    given_request([], vec![erased()]).when(receive(PrivacyKind::Access)).then_refused(Rule::G9);
    let early = Command::ReceiveRequest {
        kind: PrivacyKind::Access,
        subject: subject(),
        received_at: at("2026-03-03T09:00:00Z"),
        channel: Channel::Phone,
        words: None,
    };
    given_request([], vec![]).when(early).then_refused(Rule::G3);
}

#[test]
fn only_the_officer_handles_requests() {
    for role in [Role::Advisor, Role::Head, Role::Admin, Role::Auditor] {
        let story = given_request([], vec![]).by(role);
        story.when(receive(PrivacyKind::Access)).then_refused(Rule::G4);
    }
}

#[test]
fn who_asks_is_made_sure_of_once_and_before_anything_is_decided() {
    let came = || received(PrivacyKind::Access);
    given_request([came()], vec![]).when(verify()).then([verified()]);
    given_request([came(), verified()], vec![]).when(verify()).then_nothing();
    given_request([], vec![]).when(verify()).then_refused(Rule::G9);
    let refusal = given_request([came()], vec![]).when(granted().0).then_refused(Rule::D1);
    assert_eq!(refusal.reason, "identity_not_verified");
    let keep = keep_text();
    given_request([came()], vec![]).when(keep.0).then_refused(Rule::D1);
}

#[test]
fn an_answer_is_put_off_once_by_two_months_at_most_within_the_first() {
    let came = || received(PrivacyKind::Access);
    let story = || given_request([came()], vec![]);
    story().when(extend("2026-06-02")).then([extended("2026-06-02")]);
    given_request([came(), extended("2026-06-02")], vec![])
        .when(extend("2026-06-02"))
        .then_nothing();
    for (until, reason) in
        [("2026-06-03", "beyond_two_months"), ("2026-04-02", "beyond_two_months")]
    {
        assert_eq!(story().when(extend(until)).then_refused(Rule::D1).reason, reason);
    }
    let twice = given_request([came(), extended("2026-05-02")], vec![]);
    let refusal = twice.when(extend("2026-06-02")).then_refused(Rule::D1);
    assert_eq!(refusal.reason, "extended_before");
    let late = story().at(at("2026-04-03T09:00:00Z")).when(extend("2026-06-02"));
    assert_eq!(late.then_refused(Rule::D1).reason, "too_late_to_extend");
    let (_, given) = granted();
    let told = given_request([came(), verified(), given, answered(None)], vec![]);
    assert_eq!(told.when(extend("2026-06-02")).then_refused(Rule::D1).reason, "answered");
}

#[test]
fn what_is_kept_names_a_duty_of_the_policy_or_a_hold() {
    let facts = || [received(PrivacyKind::Erasure), verified()];
    let story = || given_request(facts(), vec![]);
    let (assess, fact) = assessed(PrivacyOutcome::Partial, vec![duty()]);
    story().when(assess.clone()).then([fact.clone()]);
    let again = given_request(facts().into_iter().chain([fact]), vec![]);
    again.when(assess).then_nothing();
    let invented = Kept { what: code("because"), ..duty() };
    let other_basis = Kept { legal_basis: code("gdpr_15"), ..duty() };
    for kept in [invented, other_basis] {
        let (assess, _) = assessed(PrivacyOutcome::Partial, vec![kept]);
        assert_eq!(story().when(assess).then_refused(Rule::D1).reason, "no_such_duty");
    }
    let (legal_basis, until) = (code("legal_hold"), None);
    let held = Kept { what: code("everything"), legal_basis, until };
    let (assess, fact) = assessed(PrivacyOutcome::Refused, vec![held]);
    given_request(facts(), vec![hold()]).when(assess.clone()).then([fact]);
    assert_eq!(story().when(assess).then_refused(Rule::D1).reason, "no_such_duty");
    let (assess, _) = assessed(PrivacyOutcome::Partial, vec![]);
    assert_eq!(story().when(assess).then_refused(Rule::D1).reason, "nothing_kept");
    let (assess, _) = assessed(PrivacyOutcome::Granted, vec![duty()]);
    assert_eq!(story().when(assess).then_refused(Rule::D1).reason, "granted_but_kept");
    let reason = None;
    let (outcome, legal_basis, kept) = (PrivacyOutcome::Refused, vec![], vec![]);
    let bare = Command::Assess { outcome, legal_basis, kept, reason };
    assert_eq!(story().when(bare).then_refused(Rule::D1).reason, "no_legal_basis");
}

#[test]
fn an_assessment_is_a_decision_and_quotes_the_policy() {
    let facts = [received(PrivacyKind::Erasure), verified()];
    let (assess, _) = assessed(PrivacyOutcome::Partial, vec![duty()]);
    let mut story = given_request(facts, vec![]).when(assess.clone());
    let Ok(crate::domain::Verdict::Facts(envelopes)) = story.verdict() else {
        panic!("no facts");
    };
    assert!(envelopes[0].meta.policies.contains_key(&PolicyKind::Retention));
    let unseen = story.when(assess).with(|request| request.expected = None);
    unseen.then_refused(Rule::G2);
}

#[test]
fn nothing_is_erased_that_a_hold_keeps_until_it_is_released() {
    let facts = || [received(PrivacyKind::Erasure), verified()];
    let (assess, fact) = granted();
    let refusal = given_request(facts(), vec![hold()]).when(assess.clone()).then_refused(Rule::D1);
    assert_eq!(refusal.reason, "under_hold");
    let released = Record::HoldReleased { hold: HoldId::derived("hold") }.into();
    let (_, refused) = assessed(PrivacyOutcome::Refused, vec![]);
    let anew = facts().into_iter().chain([refused, answered(None)]);
    given_request(anew, vec![hold(), released]).when(assess).then([fact]);
}

#[test]
fn they_are_told_once_and_of_an_erasure_only_when_it_is_done() {
    let (assess, given) = granted();
    let facts = |kind| [received(kind), verified(), given.clone()];
    given_request(facts(PrivacyKind::Access), vec![])
        .when(answer(Some("letter")))
        .then([answered(Some("letter"))]);
    let told = facts(PrivacyKind::Access).into_iter().chain([answered(None)]);
    given_request(told, vec![]).when(answer(None)).then_nothing();
    let early = given_request([received(PrivacyKind::Access), verified()], vec![]);
    assert_eq!(early.when(answer(None)).then_refused(Rule::D1).reason, "not_assessed");
    let pending = given_request(facts(PrivacyKind::Erasure), vec![]);
    assert_eq!(pending.when(answer(None)).then_refused(Rule::D1).reason, "not_erased_yet");
    let done = || given_request(facts(PrivacyKind::Erasure), vec![erased()]);
    done().when(answer(None)).then([answered(None)]);
    assert_eq!(done().when(answer(Some("letter"))).then_refused(Rule::G7).reason, "erased");
    let told = facts(PrivacyKind::Access).into_iter().chain([answered(None)]);
    let (refuse, _) = assessed(PrivacyOutcome::Refused, vec![]);
    let over = given_request(told, vec![]);
    assert_eq!(over.when(refuse).then_refused(Rule::D1).reason, "answered");
    drop(assess);
}

fn keep_text() -> (Command, Any) {
    let event = EventId::derived("event");
    let field = || "summary".parse::<FieldPath>().expect("a path");
    let basis = code("not_about_the_person");
    let keep = Command::KeepText { event, field: field(), basis: basis.clone() };
    (keep, Fact::TextKept { event, field: field(), basis }.into())
}

#[test]
fn a_text_that_stays_is_said_to_once() {
    let facts = || [received(PrivacyKind::Erasure), verified()];
    let (keep, kept) = keep_text();
    given_request(facts(), vec![]).when(keep.clone()).then([kept.clone()]);
    given_request(facts().into_iter().chain([kept]), vec![]).when(keep).then_nothing();
}

/// The person's record, with a request about it that came to this.
fn given_record(record: Vec<Any>, request_facts: Vec<Any>) -> Given {
    let registered: Any = Record::Registered(identity()).into();
    given(Stream::Person(subject()), [vec![registered], record].concat())
        .and(Stream::Privacy(request()), request_facts)
        .and_default_policies()
        .by(Role::Dpo)
}

#[test]
fn an_erasure_is_asked_for_once_it_was_decided_and_waits_for_a_second_person() {
    let ask = || person::Command::RequestErasure {
        request: request(),
        purposes: vec![code("follow_up")],
    };
    let (_, given) = granted();
    let decided = || vec![received(PrivacyKind::Erasure), verified(), given.clone()];
    let (approval, purposes) = (crate::domain::testing::created(), vec![code("follow_up")]);
    let matter = events::approval::Matter::Erasure { request: request(), purposes };
    let asked: Any = events::approval::Fact::Requested { approval, matter }.into();
    given_record(vec![], decided()).when(ask()).then([asked.clone()]);
    let operator = given_record(vec![], decided()).when(ask());
    operator.with(|request| request.user = system_user()).then([asked.clone()]);
    given_record(vec![asked.clone()], decided()).when(ask()).then_refused(Rule::G8);
    given_record(vec![hold()], decided()).when(ask()).then_refused(Rule::D1);
    given_record(vec![], vec![]).when(ask()).then_refused(Rule::G9);
    let open = vec![received(PrivacyKind::Erasure), verified()];
    let refusal = given_record(vec![], open).when(ask()).then_refused(Rule::D1);
    assert_eq!(refusal.reason, "not_assessed");
    let access = vec![received(PrivacyKind::Access), verified(), given.clone()];
    given_record(vec![], access).when(ask()).then_refused(Rule::D1);
    given_record(vec![erased()], decided()).when(ask()).then_refused(Rule::G9);

    let give = || approval::Command::Give { approval };
    let agreed: Any = events::approval::Fact::Given { approval }.into();
    let story = || given_record(vec![asked.clone()], decided()).by(Role::Head);
    story().when(give()).then([agreed]);
    let held = given_record(vec![asked.clone(), hold()], decided()).by(Role::Head);
    held.when(give()).then_refused(Rule::D1);
    let (_, refused) = assessed(PrivacyOutcome::Refused, vec![]);
    let anew = decided().into_iter().chain([refused]).collect();
    let changed = given_record(vec![asked], anew).by(Role::Head);
    changed.when(give()).then_refused(Rule::D1);
}

proptest! {
    #[test]
    fn decided_twice_is_once(
        history in any_history(vec![
            received(PrivacyKind::Erasure), verified(), extended("2026-05-02"), granted().1,
            answered(None), keep_text().1,
        ]),
        which in 0_usize..6,
    ) {
        let commands = [
            receive(PrivacyKind::Erasure), verify(), extend("2026-05-02"), granted().0,
            answer(None), keep_text().0,
        ];
        given_request(history, vec![]).when(commands[which].clone()).settles();
    }
}
