use events::{Fact as Any, HoldId, Stream};
use proptest::prelude::*;

use super::*;
use crate::domain::testing::{
    Given, NOW, any_history, at, code, enveloped, given, identity, person_of, sealed,
};

const LATER: &str = "2026-04-01T09:00:00Z";
const PAST: &str = "2026-02-28T09:00:00Z";

/// The person behind the innovator's account.
fn innovator() -> PersonId {
    person_of(Role::Innovator)
}

fn partner() -> OrganisationId {
    OrganisationId::derived("partner")
}

fn consent() -> ConsentId {
    ConsentId::derived("consent")
}

fn given_person(facts: impl IntoIterator<Item = Fact>) -> Given {
    given(Stream::Person(innovator()), facts.into_iter().map(Any::from))
}

fn registered() -> Fact {
    Fact::Registered(identity())
}

fn register() -> Command {
    Command::RegisterPerson(identity())
}

fn erased() -> Fact {
    Fact::PersonalDataErased { purposes: vec![code("follow_up")], keys: 1 }
}

fn merged() -> Fact {
    Fact::Merged { into: PersonId::derived("somebody") }
}

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

fn declared(to: Option<&str>) -> Fact {
    Fact::AffiliationDeclared {
        organisation: partner(),
        function: code("cso"),
        from: day("2024-09-01"),
        to: to.map(day),
    }
}

fn declare(from: &str, to: Option<&str>) -> Command {
    Command::DeclareAffiliation {
        organisation: partner(),
        function: code("cso"),
        from: day(from),
        to: to.map(day),
    }
}

fn end(to: &str) -> Command {
    Command::EndAffiliation { organisation: partner(), to: day(to) }
}

fn ended(to: &str) -> Fact {
    Fact::AffiliationEnded { organisation: partner(), to: day(to) }
}

fn allowed(consent: ConsentId) -> Fact {
    let (recipient, scope) = (Some(partner()), ConsentScope::ReferralToPartner);
    Fact::ConsentGiven { consent, recipient, scope, until: at(LATER) }
}

fn allow(recipient: Option<OrganisationId>, until: &str) -> Command {
    let scope = ConsentScope::ReferralToPartner;
    Command::GiveConsent { recipient, scope, until: at(until) }
}

fn withdraw() -> Command {
    Command::WithdrawConsent { consent: consent() }
}

fn withdrawn() -> Fact {
    Fact::ConsentWithdrawn { consent: consent() }
}

fn correct(email: Option<Sealed>, language: Option<Language>) -> Command {
    Command::CorrectDetails { name: None, email, phone: None, orcid: None, language }
}

fn folded(facts: impl IntoIterator<Item = (Fact, &'static str)>) -> Person {
    let mut person = Person::new(innovator());
    for (fact, occurred_at) in facts {
        let stream = Stream::Person(innovator());
        person.evolve(&fact, &enveloped(stream, 0, fact.clone().into(), at(occurred_at)));
    }
    person
}

#[test]
fn a_person_is_registered_once() {
    given_person([]).when(register()).then([registered().into()]);
    given_person([registered()]).when(register()).then_nothing();
    given_person([]).by(Role::Innovator).when(register()).then_refused(Rule::G4);
}

#[test]
fn nothing_brings_an_erased_or_merged_person_back_under_the_same_id() {
    given_person([registered(), erased()]).when(register()).then_refused(Rule::G7);
    given_person([registered(), merged()]).when(register()).then_refused(Rule::G7);
    given_person([registered(), merged()]).when(register()).reported().then_refused(Rule::G7);
    let corrected = correct(Some(sealed("new")), None);
    given_person([registered(), erased()]).when(corrected).then_refused(Rule::G9);
    let parted = Fact::MergeReverted { from: PersonId::derived("somebody") };
    given_person([registered(), merged(), parted]).when(register()).then_nothing();
}

#[test]
fn corrected_details_replace_those_that_are_given() {
    let email = Some(sealed("new"));
    let fact = Fact::DetailsCorrected {
        name: None,
        email: email.clone(),
        phone: None,
        orcid: None,
        language: None,
    };
    given_person([registered()]).when(correct(email.clone(), None)).then([fact.clone().into()]);
    given_person([]).when(correct(email.clone(), None)).then_refused(Rule::G9);
    given_person([registered(), fact]).when(correct(email, None)).then_nothing();
    given_person([registered()]).when(correct(None, Some(Language::Fr))).then_nothing();
    given_person([registered()]).when(correct(None, None)).then_nothing();
}

#[test]
fn an_affiliation_is_with_a_registered_organisation_and_ends_after_it_begins() {
    let story = || given_person([registered()]);
    let known = || story().and_organisation(partner());
    known().when(declare("2024-09-01", None)).then([declared(None).into()]);
    story().when(declare("2024-09-01", None)).then_refused(Rule::G9);
    known().when(declare("2024-09-01", Some("2024-08-31"))).then_refused(Rule::G9);
    given_person([registered(), declared(None)])
        .and_organisation(partner())
        .when(declare("2024-09-01", None))
        .then_nothing();
}

#[test]
fn an_affiliation_ends_once() {
    let story = |facts: &[Fact]| given_person([&[registered()], facts].concat());
    story(&[declared(None)]).when(end("2026-02-28")).then([ended("2026-02-28").into()]);
    story(&[]).when(end("2026-02-28")).then_refused(Rule::G9);
    story(&[declared(None)]).when(end("2024-08-31")).then_refused(Rule::G9);
    story(&[declared(None), ended("2026-02-28")]).when(end("2026-02-28")).then_nothing();
    // They may have left earlier than was said.
    story(&[declared(Some("2026-06-30"))])
        .when(end("2026-02-28"))
        .then([ended("2026-02-28").into()]);
}

#[test]
fn somebody_belongs_where_they_do_until_their_last_day() {
    let person = folded([(declared(None), PAST), (ended("2026-02-28"), PAST)]);
    let on = |text| person.affiliations_on(day(text)).count();
    assert_eq!(on("2024-08-31"), 0);
    assert_eq!(on("2026-02-28"), 1);
    assert_eq!(on("2026-03-01"), 0);
}

#[test]
fn consent_names_a_registered_recipient_and_an_end_to_come() {
    let story = || given_person([registered()]).and_organisation(partner());
    let given_consent = allowed(ConsentId::created_by(events::CommandId::derived("the command")));
    story().when(allow(Some(partner()), LATER)).then([given_consent.into()]);
    story().when(allow(None, LATER)).then_refused(Rule::F1);
    story().when(allow(Some(partner()), PAST)).then_refused(Rule::G9);
    given_person([registered()]).when(allow(Some(partner()), LATER)).then_refused(Rule::G9);
    given_person([registered(), allowed(consent())])
        .and_organisation(partner())
        .when(allow(Some(partner()), LATER))
        .then_nothing();
}

#[test]
fn innovators_consent_for_themselves_only() {
    let story = |id| {
        let stream = Stream::Person(id);
        given(stream, [registered().into(), allowed(consent()).into()]).by(Role::Innovator)
    };
    let scope = ConsentScope::Newsletter;
    let command = Command::GiveConsent { recipient: None, scope, until: at(LATER) };
    let fact = Fact::ConsentGiven {
        consent: ConsentId::created_by(events::CommandId::derived("the command")),
        recipient: None,
        scope,
        until: at(LATER),
    };
    story(innovator()).when(command.clone()).then([fact.into()]);
    story(innovator()).when(withdraw()).then([withdrawn().into()]);
    let other = PersonId::derived("somebody else");
    story(other).when(command).then_refused(Rule::G9);
    story(other).when(withdraw()).then_refused(Rule::G9);
}

#[test]
fn consent_is_withdrawn_once() {
    let story = |facts: &[Fact]| given_person([&[registered()], facts].concat());
    story(&[allowed(consent())]).when(withdraw()).then([withdrawn().into()]);
    story(&[]).when(withdraw()).then_refused(Rule::G9);
    story(&[allowed(consent()), withdrawn()]).when(withdraw()).then_nothing();
}

#[test]
fn consent_holds_for_what_it_says_from_when_it_was_given_until_it_ends() {
    let story = [(registered(), PAST), (allowed(consent()), NOW)];
    let person = folded(story.clone());
    let scope = ConsentScope::ReferralToPartner;
    let holds =
        |person: &Person, when| person.consents_to(consent(), scope, Some(partner()), at(when));
    assert!(holds(&person, NOW));
    assert!(!holds(&person, PAST) && !holds(&person, LATER));
    assert!(!person.consents_to(consent(), scope, None, at(NOW)));
    let newsletter = ConsentScope::Newsletter;
    assert!(!person.consents_to(consent(), newsletter, Some(partner()), at(NOW)));
    let over = "2026-03-10T09:00:00Z";
    let withdrawn = folded(story.clone().into_iter().chain([(withdrawn(), over)]));
    assert!(holds(&withdrawn, NOW) && !holds(&withdrawn, over));
    let erased = folded(story.into_iter().chain([(erased(), over)]));
    assert!(!holds(&erased, NOW));
}

fn facts() -> Vec<Any> {
    [
        registered(),
        Fact::DetailsCorrected {
            name: None,
            email: Some(sealed("new")),
            phone: Some(sealed("phone")),
            orcid: None,
            language: Some(Language::En),
        },
        declared(None),
        ended("2026-02-28"),
        allowed(consent()),
        withdrawn(),
        merged(),
        Fact::MergeReverted { from: PersonId::derived("somebody") },
        Fact::HoldPlaced {
            hold: HoldId::derived("hold"),
            authority: code("court"),
            scope: code("everything"),
            until: None,
        },
        Fact::HoldReleased { hold: HoldId::derived("hold") },
        erased(),
        Fact::Restricted { basis: code("legal_claim") },
        Fact::Unrestricted {},
    ]
    .map(Any::from)
    .to_vec()
}

proptest! {
    #[test]
    fn any_history_evolves_and_what_is_decided_on_it_is_decided_once(
        history in any_history(facts()),
        command in proptest::sample::select(vec![
            register(),
            correct(Some(sealed("new")), None),
            declare("2024-09-01", None),
            end("2026-02-28"),
            allow(Some(partner()), LATER),
            withdraw(),
        ]),
    ) {
        given(Stream::Person(innovator()), history)
            .and_organisation(partner())
            .when(command)
            .settles();
    }
}
