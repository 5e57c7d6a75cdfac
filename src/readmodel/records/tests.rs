use std::collections::BTreeSet;

use events::{Stream, intake, organisation, person};
use projections::journey::Subject;
use proptest::prelude::*;

use super::*;
use crate::readmodel::AsOf;
use crate::readmodel::lists::{CaseFilter, Paging};
use crate::readmodel::testing::Log;
use projections::caseload::CaseRow;

/// A record as a journey names it.
fn subject(record: Stream) -> Option<Subject> {
    match record {
        Stream::Person(id) => Some(Subject::Person(id)),
        Stream::Organisation(id) => Some(Subject::Organisation(id)),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_records_of_a_cut_are_those_that_its_facts_tell(seed in any::<u64>(), at in 0_u64..900) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
        runtime.block_on(async {
            let mut log = Log::new();
            log.scribble(seed, 300);
            let model = log.model().await;
            let at = at.min(model.position().expect("events").0);
            let cut = model.resolve(AsOf::Position(at)).await.expect("a cut");
            let mut facts = Vec::new();
            log.store.visit_all(|stored| {
                if cut.holds(stored.position) {
                    facts.push(crate::log::read(stored).expect("known"));
                }
            });
            let merges = Merges::of(events::History::of(facts.clone()).facts());
            let mut records: Vec<Stream> = facts
                .iter()
                .filter_map(|fact| fact.stream.stream())
                .flat_map(|record| [Some(record), merges.into_of(record)])
                .flatten()
                .collect();
            records.sort_unstable();
            records.dedup();
            for record in records {
                let Some(subject) = subject(record) else { continue };
                let told: BTreeSet<_> =
                    merges.records(subject).into_iter().map(|it| (it.kind, it.id)).collect();
                let found = model.records_of(record, cut).await.expect("read");
                let found: BTreeSet<_> = found
                    .into_iter()
                    .filter_map(Stream::subject)
                    .map(|it| (it.kind, it.id))
                    .collect();
                assert_eq!(found, told, "{record:?}");
            }
        });
    }
}

fn merge(log: &mut Log, record: PersonId, into: PersonId) {
    log.record(Stream::Person(record), person::Fact::Merged { into });
}

fn part(log: &mut Log, record: PersonId, from: PersonId) {
    log.record(Stream::Person(record), person::Fact::MergeReverted { from });
}

async fn records(model: &ReadModel, id: PersonId, cut: Cut) -> Vec<PersonId> {
    let found = model.records_of(Stream::Person(id), cut).await.expect("read");
    let mut found: Vec<_> = found
        .into_iter()
        .map(|stream| match stream {
            Stream::Person(id) => id,
            other => panic!("{other:?} is no person"),
        })
        .collect();
    found[1..].sort_unstable();
    found
}

async fn listed(model: &ReadModel, person: PersonId, cut: Option<Cut>) -> Vec<CaseId> {
    let filter = CaseFilter { person: Some(person), ..CaseFilter::default() };
    let page = model.list::<CaseRow>(filter, Paging::default(), cut.map(Into::into)).await;
    let mut found: Vec<_> = page.expect("a page").items.iter().map(|row| row.id).collect();
    found.sort_unstable();
    found
}

fn sorted<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort_unstable();
    all
}

#[tokio::test]
async fn records_follow_the_merges_of_the_cut_and_lists_follow_them() {
    let mut log = Log::new();
    let [one, two, three] = ["One", "Two", "Three"].map(|name| log.person(name, "x@example.org"));
    let [first, second, third] = [one, two, three].map(|person| log.case("A case", person));
    let before = log.record(Stream::Case(first), intake::Fact::Resumed {});
    merge(&mut log, three, two);
    merge(&mut log, two, one);
    let merged = log.record(Stream::Case(first), intake::Fact::Resumed {});
    part(&mut log, two, one);
    let model = log.model().await;
    let now = model.now().await.expect("a cut");
    let cut = async |event| model.resolve(AsOf::Event(event)).await.expect("a cut");
    let (before, merged) = (cut(before).await, cut(merged).await);
    assert_eq!(records(&model, one, before).await, [one]);
    assert_eq!(records(&model, one, merged).await[1..], sorted(vec![two, three]));
    assert_eq!(records(&model, two, merged).await, [two, three]);
    assert_eq!(records(&model, one, now).await, [one]);
    assert_eq!(records(&model, two, now).await, [two, three]);
    assert_eq!(listed(&model, one, Some(before)).await, [first]);
    assert_eq!(listed(&model, one, Some(merged)).await, sorted(vec![first, second, third]));
    assert_eq!(listed(&model, one, None).await, [first]);
    assert_eq!(listed(&model, two, None).await, sorted(vec![second, third]));
    // Whichever of their records the account names, a person's cases are theirs.
    let own = async |id| sorted(model.cases_of(id).await.expect("read"));
    assert_eq!(own(three).await, sorted(vec![second, third]));
    assert_eq!(own(two).await, sorted(vec![second, third]));
    assert_eq!(own(one).await, [first]);
}

#[tokio::test]
async fn a_ring_that_raced_into_the_log_is_one_person() {
    let mut log = Log::new();
    let [one, two] = ["One", "Two"].map(|name| log.person(name, "x@example.org"));
    let [first, second] = [one, two].map(|person| log.case("A case", person));
    merge(&mut log, one, two);
    merge(&mut log, two, one);
    let model = log.model().await;
    for person in [one, two] {
        let own = sorted(model.cases_of(person).await.expect("read"));
        assert_eq!(own, sorted(vec![first, second]));
        let hits = model.directory().find_people("two", 10).hits;
        assert!(!hits.is_empty());
    }
}

#[tokio::test]
async fn organisations_are_followed_too_and_nothing_else_is() {
    let mut log = Log::new();
    let (one, two) = (log.organisation("Oncoseed"), log.organisation("Oncoseed SAS"));
    log.record(Stream::Organisation(two), organisation::Fact::Merged { into: one });
    let person = log.person("One", "x@example.org");
    let case = Stream::Case(log.case("A case", person));
    let model = log.model().await;
    let now = model.now().await.expect("a cut");
    let found = model.records_of(Stream::Organisation(one), now).await.expect("read");
    assert_eq!(found, [one, two].map(Stream::Organisation));
    assert_eq!(model.records_of(case, now).await.expect("read"), [case]);
}
