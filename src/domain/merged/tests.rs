use std::collections::BTreeMap;
use std::sync::Arc;

use events::{Fact, Id, OrganisationId, PersonId, Role, Rule, Stream, organisation, person};
use proptest::prelude::*;

use crate::domain::testing::{
    Given, NOW, arrived, at, code, enveloped, given, identity, person_of, profile, user,
};
use crate::domain::{
    Command, Context, Folded, Known, Nature, Sender, intake, organisation as o, person as p,
};

/// Records in the play.
const RECORDS: usize = 4;

fn somebody(which: usize) -> PersonId {
    PersonId::derived(&format!("person {which}"))
}

fn company(which: usize) -> OrganisationId {
    OrganisationId::derived(&format!("organisation {which}"))
}

fn registered() -> Fact {
    person::Fact::Registered(identity()).into()
}

fn merged(into: PersonId) -> Fact {
    person::Fact::Merged { into }.into()
}

fn parted(from: PersonId) -> Fact {
    person::Fact::MergeReverted { from }.into()
}

fn merge(into: PersonId) -> p::Command {
    p::Command::Merge { into }
}

fn revert(from: PersonId) -> p::Command {
    p::Command::RevertMerge { from }
}

/// The first person, after these facts beyond being registered; the second is registered.
fn given_two(facts: impl IntoIterator<Item = Fact>) -> Given {
    given(Stream::Person(somebody(0)), [registered()].into_iter().chain(facts))
        .and_person(somebody(1))
}

#[test]
fn a_record_gives_way_to_another_that_is_registered() {
    for role in [Role::Advisor, Role::Head, Role::Deputy, Role::Funding, Role::Admin] {
        given_two([]).by(role).when(merge(somebody(1))).then([merged(somebody(1))]);
    }
    given_two([]).by(Role::Platform).when(merge(somebody(1))).then_refused(Rule::G4);
    given_two([]).by(Role::Innovator).when(merge(somebody(1))).then_refused(Rule::G4);
    given_two([]).when(merge(somebody(2))).then_refused(Rule::G9);
    given(Stream::Person(somebody(0)), []).when(merge(somebody(1))).then_refused(Rule::G9);
    assert_eq!(given_two([]).when(merge(somebody(0))).then_refused(Rule::G9).reason, "itself");
}

#[test]
fn merging_and_parting_state_the_revision_they_were_decided_on() {
    let unstated = |story: Given| story.with(|request| request.expected = None);
    let refusal = unstated(given_two([]).when(merge(somebody(1)))).then_refused(Rule::G2);
    assert_eq!(refusal.reason, "revision_required");
    unstated(given_two([merged(somebody(1))]).when(revert(somebody(1)))).then_refused(Rule::G2);
}

#[test]
fn what_gave_way_already_does_so_once_and_to_one() {
    let away = || given_two([merged(somebody(1))]);
    away().when(merge(somebody(1))).then_nothing();
    let refusal = away().and_person(somebody(2)).when(merge(somebody(2))).then_refused(Rule::G9);
    assert_eq!(refusal.reason, "merged");
    let reference = somebody(1).reference().to_string();
    assert!(refusal.message.contains(&reference), "{refusal} does not say where it goes on");
}

#[test]
fn nothing_gives_way_to_what_gave_way_itself_and_the_refusal_names_where_it_goes_on() {
    let story = given_two([])
        .and(Stream::Person(somebody(1)), [merged(somebody(2))])
        .and(Stream::Person(somebody(2)), [registered(), merged(somebody(3))])
        .and_person(somebody(3));
    let refusal = story.when(merge(somebody(1))).then_refused(Rule::G9);
    let (id, reference) = (somebody(3).to_string(), somebody(3).reference().to_string());
    assert_eq!((refusal.reason, refusal.field), ("merged", Some("into")));
    assert!(refusal.message.contains(&id) && refusal.message.contains(&reference), "{refusal}");
    assert!(!refusal.remedy.is_empty());
    // One to which others gave way may give way: they follow.
    let on = given_two([]).and(Stream::Person(somebody(2)), [registered(), merged(somebody(0))]);
    on.when(merge(somebody(1))).then([merged(somebody(1))]);
}

#[test]
fn an_erased_record_neither_gives_way_nor_goes_on_for_another() {
    let erased = || person::Fact::PersonalDataErased { purposes: vec![], keys: 1 }.into();
    given_two([erased()]).when(merge(somebody(1))).then_refused(Rule::G7);
    let into = given_two([]).and(Stream::Person(somebody(1)), [erased()]);
    into.when(merge(somebody(1))).then_refused(Rule::G7);
    let report = given_two([]).and(Stream::Person(somebody(1)), [erased()]);
    report.when(merge(somebody(1))).reported().then_refused(Rule::G7);
    given_two([merged(somebody(1)), erased()]).when(revert(somebody(1))).then_refused(Rule::G7);
}

#[test]
fn only_what_is_merged_there_is_parted_from_there() {
    let away = || given_two([merged(somebody(1))]);
    away().when(revert(somebody(1))).then([parted(somebody(1))]);
    let refusal = away().when(revert(somebody(2))).then_refused(Rule::G9);
    assert_eq!((refusal.reason, refusal.field), ("not_merged", Some("from")));
    given_two([]).when(revert(somebody(1))).then_refused(Rule::G9);
    given_two([merged(somebody(1)), parted(somebody(1))]).when(revert(somebody(1))).then_nothing();
    given_two([merged(somebody(1)), parted(somebody(1)), merged(somebody(2))])
        .when(revert(somebody(1)))
        .then_refused(Rule::G9);
    away().by(Role::Platform).when(revert(somebody(1))).then_refused(Rule::G4);
}

#[test]
fn nobody_says_of_themselves_that_they_are_one_person_or_two() {
    let own = person_of(Role::Advisor);
    let refusal = given(Stream::Person(own), [registered()])
        .and_person(somebody(1))
        .when(merge(somebody(1)))
        .then_refused(Rule::G8);
    assert_eq!(refusal.reason, "own_record");
    given_two([]).and_person(own).when(merge(own)).then_refused(Rule::G8);
    let other = |facts: [Fact; 1]| given_two([]).and(Stream::Person(own), facts);
    // Nor under another record of theirs, nor by the way of a report.
    other([merged(somebody(1))]).when(merge(somebody(1))).then_refused(Rule::G8);
    other([merged(somebody(1))]).when(merge(somebody(1))).reported().then_refused(Rule::G8);
    given(Stream::Person(own), [registered(), merged(somebody(1))])
        .and_person(somebody(1))
        .and(Stream::Person(own), [registered(), merged(somebody(1))])
        .when(revert(somebody(1)))
        .then_refused(Rule::G8);
}

#[test]
fn what_names_a_record_that_gave_way_is_told_where_it_goes_on() {
    let member = intake::Command::AddTeamMember { person: somebody(0), function: code("cso") };
    let case = Stream::Case(Id::derived("case"));
    let refusal = given(case, [arrived()])
        .and(Stream::Person(somebody(0)), [registered(), merged(somebody(1))])
        .and_person(somebody(1))
        .when(member)
        .then_refused(Rule::G9);
    assert_eq!((refusal.reason, refusal.field), ("merged", Some("person")));
    assert!(refusal.message.contains(&somebody(1).to_string()), "{refusal}");
    let language = Some(events::Language::En);
    let correct =
        p::Command::CorrectDetails { name: None, email: None, phone: None, orcid: None, language };
    let refusal = given_two([merged(somebody(1))]).when(correct).then_refused(Rule::G9);
    assert_eq!((refusal.reason, refusal.field), ("merged", Some("")));
}

#[test]
fn an_organisation_gives_way_and_takes_it_back() {
    let registered = || Fact::from(organisation::Fact::Registered(profile()));
    let merged = |into| Fact::from(organisation::Fact::Merged { into });
    let parted = |from| Fact::from(organisation::Fact::MergeReverted { from });
    let merge = |into| o::Command::Merge { into };
    let revert = |from| o::Command::RevertMerge { from };
    let story = |facts: &[Fact]| {
        given(Stream::Organisation(company(0)), [&[registered()], facts].concat())
            .and_organisation(company(1))
    };
    let (one, other) = (company(1), company(2));
    story(&[]).when(merge(one)).then([merged(one)]);
    story(&[]).when(merge(other)).then_refused(Rule::G9);
    story(&[]).when(merge(company(0))).then_refused(Rule::G9);
    story(&[]).by(Role::Platform).when(merge(one)).then_refused(Rule::G4);
    story(&[merged(one)]).when(merge(one)).then_nothing();
    story(&[merged(one)]).when(merge(other)).then_refused(Rule::G9);
    let away = story(&[]).and(Stream::Organisation(one), [merged(other)]).and_organisation(other);
    let refusal = away.when(merge(one)).then_refused(Rule::G9);
    assert!(refusal.message.contains(&other.reference().to_string()), "{refusal}");
    story(&[merged(one)]).when(revert(one)).then([parted(one)]);
    story(&[merged(one)]).when(revert(other)).then_refused(Rule::G9);
    story(&[]).when(revert(one)).then_refused(Rule::G9);
    story(&[merged(one), parted(one)]).when(revert(one)).then_nothing();
    let corrected = o::Command::CorrectDetails(profile());
    let refusal = story(&[merged(one)]).when(corrected).then_refused(Rule::G9);
    assert_eq!(refusal.reason, "merged");
}

#[test]
fn a_consent_given_before_holds_on_and_is_taken_back_where_it_was_given() {
    let consent = events::ConsentId::derived("consent");
    let given_consent = person::Fact::ConsentGiven {
        consent,
        recipient: None,
        scope: events::ConsentScope::Newsletter,
        until: at("2026-04-01T09:00:00Z"),
    };
    let withdraw = p::Command::WithdrawConsent { consent };
    given_two([given_consent.into(), merged(somebody(1))])
        .when(withdraw)
        .then([person::Fact::ConsentWithdrawn { consent }.into()]);
}

#[test]
fn an_innovator_acts_on_what_is_theirs_under_each_of_their_records() {
    let own = person_of(Role::Innovator);
    let scope = events::ConsentScope::Newsletter;
    let until = at("2026-04-01T09:00:00Z");
    let consent = || p::Command::GiveConsent { recipient: None, scope, until };
    let on = |merged_into: PersonId| {
        given_two([])
            .and(Stream::Person(own), [registered(), merged(merged_into)])
            .by(Role::Innovator)
            .when(consent())
    };
    assert_eq!(on(somebody(0)).decided().len(), 1);
    on(somebody(1)).then_refused(Rule::G9);
    // A case that names the record under which they go on is theirs; so is one that names the
    // record that gave way to theirs.
    let mut arrival = arrived();
    if let Fact::Intake(events::intake::Fact::Logged(arrival)) = &mut arrival {
        arrival.contact = somebody(0);
    }
    let case = Stream::Case(Id::derived("case"));
    let note = || intake::Command::ProvideInformation {
        request: events::RequestId::derived("request"),
        answer: None,
        documents: vec![],
    };
    let asks = |story: Given| story.by(Role::Innovator).when(note()).then_refused(Rule::G9).field;
    let theirs = given(case, [arrival.clone()]);
    assert_eq!(asks(theirs.and(Stream::Person(own), [merged(somebody(0))])), Some("request"));
    let theirs = given(case, [arrival.clone()]);
    assert_eq!(asks(theirs.and(Stream::Person(somebody(0)), [merged(own)])), Some("request"));
    assert_eq!(asks(given(case, [arrival])), Some(""));
}

/// A merge or its undoing, of records by their numbers.
#[derive(Debug, Clone, Copy)]
enum Move {
    Merge(usize, usize),
    Part(usize, usize),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let pair = || (0..RECORDS, 0..RECORDS);
    let one = prop_oneof![
        3 => pair().prop_map(|(record, into)| Move::Merge(record, into)),
        2 => pair().prop_map(|(record, from)| Move::Part(record, from)),
    ];
    prop::collection::vec(one, 0..24)
}

/// What every record's stream holds after these moves were asked for one after the other.
fn played(
    moves: &[Move],
    first: &Fact,
    stream: impl Fn(usize) -> Stream,
    command: impl Fn(Move) -> (usize, Command),
) -> Vec<Vec<Fact>> {
    let mut histories = vec![vec![first.clone()]; RECORDS];
    for it in moves {
        let (subject, command) = command(*it);
        let mut story = given(stream(subject), histories[subject].clone());
        for other in (0..RECORDS).filter(|other| *other != subject) {
            story = story.and(stream(other), histories[other].clone());
        }
        histories[subject].extend(story.when(command).decided());
    }
    histories
}

/// Which record each one points to.
fn links(histories: &[Vec<Fact>]) -> BTreeMap<usize, usize> {
    let number = |id: uuid::Uuid| {
        (0..RECORDS).find(|it| [somebody(*it).uuid(), company(*it).uuid()].contains(&id))
    };
    let mut links = BTreeMap::new();
    for (record, history) in histories.iter().enumerate() {
        for fact in history {
            match fact {
                Fact::Person(person::Fact::Merged { into }) => {
                    links.insert(record, number(into.uuid()).expect("a record"));
                }
                Fact::Organisation(organisation::Fact::Merged { into }) => {
                    links.insert(record, number(into.uuid()).expect("a record"));
                }
                Fact::Person(person::Fact::MergeReverted { .. })
                | Fact::Organisation(organisation::Fact::MergeReverted { .. }) => {
                    links.remove(&record);
                }
                _ => {}
            }
        }
    }
    links
}

/// Following the links from any record comes to one that points nowhere.
fn ends(links: &BTreeMap<usize, usize>) -> bool {
    (0..RECORDS).all(|record| {
        let mut at = record;
        for _ in 0..=RECORDS {
            match links.get(&at) {
                Some(next) => at = *next,
                None => return true,
            }
        }
        false
    })
}

proptest! {
    #[test]
    fn no_order_of_merges_and_partings_makes_a_ring(moves in moves()) {
        let stream = |it| Stream::Person(somebody(it));
        let people = played(&moves, &registered(), stream, |it| match it {
            Move::Merge(record, into) => (record, merge(somebody(into)).into()),
            Move::Part(record, from) => (record, revert(somebody(from)).into()),
        });
        prop_assert!(ends(&links(&people)), "{people:?}");
        let first = organisation::Fact::Registered(profile()).into();
        let stream = |it| Stream::Organisation(company(it));
        let companies = played(&moves, &first, stream, |it| match it {
            Move::Merge(record, into) => (record, o::Command::Merge { into: company(into) }.into()),
            Move::Part(record, from) => {
                (record, o::Command::RevertMerge { from: company(from) }.into())
            }
        });
        prop_assert!(ends(&links(&companies)), "{companies:?}");
        prop_assert_eq!(links(&people), links(&companies), "both follow the same rules");
    }

    #[test]
    fn following_ends_in_the_same_place_whatever_is_on_the_log(
        into in prop::collection::vec(prop::option::of(0..RECORDS), RECORDS),
    ) {
        let now = at(NOW);
        let mut known = Known::new();
        for (record, into) in into.iter().enumerate() {
            let stream = Stream::Person(somebody(record));
            let mut folded = Folded::empty(stream);
            let facts = into.map(|into| merged(somebody(into)));
            for (revision, fact) in (0..).zip([registered()].into_iter().chain(facts)) {
                folded.take(&enveloped(stream, revision, fact, now));
            }
            known.insert(stream.name(), Arc::new(folded));
        }
        let (user, person) = (user(Role::Advisor), person_of(Role::Advisor));
        let sender = Sender { user, person, role: Role::Advisor };
        let command = events::CommandId::derived("command");
        let subject = Folded::empty(Stream::Access);
        let context = Context::new(sender, (now, now), command, Nature::Act, &subject, &known);
        for (record, into) in into.iter().enumerate() {
            let end = context.person_now(somebody(record));
            if let Some(into) = into {
                prop_assert_eq!(&end, &context.person_now(somebody(*into)));
                let same = context.same_person(somebody(record), somebody(*into));
                prop_assert_eq!(same, Ok(true));
            } else {
                prop_assert_eq!(end, Ok(somebody(record)));
            }
        }
    }
}
