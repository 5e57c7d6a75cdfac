//! What holds of any history, decided or not.

use std::fmt::Debug;

use events::samples::{POOL, history, pooled};
use events::{
    Envelope, EventId, Fact, History, Language, PersonId, PrivacyId, Stream, approval,
    organisation, person, privacy,
};
use projections::Row;
use projections::audit::AuditTrail;
use projections::calendar::Calendar;
use projections::calls::CallRow;
use projections::case_file::CaseFile;
use projections::caseload::CaseRow;
use projections::directory::{OrganisationRow, PersonRow};
use projections::gatherings::GatheringRow;
use projections::introductions::{IntroductionFile, IntroductionRow};
use projections::journey::{Journey, Reading, Subject};
use projections::merges::Merges;
use projections::policies::PolicyFile;
use projections::privacy::PrivacyRow;
use projections::resources::ResourceRow;
use projections::users::Accounts;
use proptest::prelude::*;

use crate::sample::Directory;

/// As many facts as a wild history has: enough for each stream to hold several.
const FACTS: usize = 200;

fn subjects() -> Vec<Subject> {
    (0..POOL)
        .flat_map(|which| {
            [
                Subject::Case(pooled(which)),
                Subject::Person(pooled(which)),
                Subject::Organisation(pooled(which)),
            ]
        })
        .collect()
}

/// Facts of which nothing is said later that changes them.
fn plain(seed: u64) -> Vec<Envelope> {
    let amends = |envelope: &Envelope| matches!(envelope.fact, Fact::Amendment(_));
    history(seed, FACTS).into_iter().filter(|envelope| !amends(envelope)).collect()
}

/// A history in which what is said of an event is said of one that is there: each amendment's
/// target is drawn among those before it on its stream.
fn amended(seed: u64) -> History {
    let mut recorded: Vec<Envelope> = Vec::new();
    for (at, mut envelope) in history(seed, FACTS).into_iter().enumerate() {
        let earlier: Vec<EventId> = recorded
            .iter()
            .filter(|known| known.stream == envelope.stream)
            .map(|known| known.id)
            .collect();
        if let Fact::Amendment(said) = &mut envelope.fact
            && let Some(drawn) = earlier.get(at.checked_rem(earlier.len()).unwrap_or(0))
        {
            use events::amendment::Fact;
            let (Fact::Corrected { target, .. }
            | Fact::Annulled { target, .. }
            | Fact::Annotated { target, .. }
            | Fact::Redacted { target, .. }) = said;
            *target = *drawn;
        }
        recorded.push(envelope);
    }
    History::of(recorded)
}

/// Stores what was folded before the cut, and goes on from there.
fn resumed<R: Row>(history: &[&Envelope], cut: usize) -> Option<R> {
    let (before, after) = history.split_at(cut.min(history.len()));
    let before: History = before.iter().copied().cloned().collect();
    let stored = R::fold(&before).map(|row| {
        let bytes = serde_json::to_vec(&row).expect("rows are plain data");
        serde_json::from_slice(&bytes).expect("what was written is read")
    });
    after.iter().fold(stored, |row, next| R::after(row, next))
}

fn resumes<R: Row + PartialEq + Debug>(history: &[Envelope], cut: usize) -> usize {
    let mut found = 0;
    let mut streams: Vec<_> = history.iter().map(|envelope| &envelope.stream).collect();
    streams.sort();
    streams.dedup();
    for stream in streams.into_iter().filter(|name| name.stream().is_some_and(R::answers)) {
        let facts: Vec<_> = history.iter().filter(|fact| fact.stream == *stream).collect();
        let whole = R::fold(&facts.iter().copied().cloned().collect());
        assert_eq!(resumed::<R>(&facts, cut), whole, "{} after {cut}", R::KIND);
        found += usize::from(whole.is_some());
    }
    found
}

fn merges_or_parts(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Person(person::Fact::Merged { .. } | person::Fact::MergeReverted { .. })
            | Fact::Organisation(
                organisation::Fact::Merged { .. } | organisation::Fact::MergeReverted { .. }
            )
    )
}

/// The second record gives way to the first; then that is undone.
fn merge_and_parting(organisations: bool, last: &Envelope) -> (Envelope, Envelope) {
    let (stream, merged, parted) = if organisations {
        let (into, from) = (pooled(0), pooled(0));
        let merged = organisation::Fact::Merged { into };
        let parted = organisation::Fact::MergeReverted { from };
        (Stream::Organisation(pooled(1)), Fact::from(merged), Fact::from(parted))
    } else {
        let (into, from) = (pooled(0), pooled(0));
        let merged = person::Fact::Merged { into };
        let parted = person::Fact::MergeReverted { from };
        (Stream::Person(pooled(1)), Fact::from(merged), Fact::from(parted))
    };
    let envelope = |fact, words: &str| Envelope {
        id: EventId::derived(words),
        stream: stream.name(),
        fact,
        ..last.clone()
    };
    (envelope(merged, "merged"), envelope(parted, "parted"))
}

/// What is recorded when a person asks to be erased and is.
fn erasure(person: PersonId, last: &Envelope) -> Vec<Envelope> {
    let (record, request) = (Stream::Person(person), PrivacyId::derived("the last request"));
    let facts: [(Stream, Fact); 5] = [
        (
            Stream::Privacy(request),
            privacy::Fact::RequestReceived {
                kind: events::PrivacyKind::Erasure,
                subject: person,
                received_at: last.meta.recorded_at,
                due: "2026-04-02".parse().expect("a day"),
                channel: events::Channel::Email,
                words: None,
            }
            .into(),
        ),
        (
            Stream::Privacy(request),
            privacy::Fact::TextKept {
                event: last.id,
                field: "summary".parse().expect("a path"),
                basis: "not_about_the_person".parse().expect("a code"),
            }
            .into(),
        ),
        (
            record,
            approval::Fact::Requested {
                approval: events::ApprovalId::derived("erasure"),
                matter: approval::Matter::Erasure { request, purposes: vec![] },
            }
            .into(),
        ),
        (record, approval::Fact::Given { approval: events::ApprovalId::derived("erasure") }.into()),
        (record, person::Fact::PersonalDataErased { purposes: vec![], keys: 1 }.into()),
    ];
    let envelope = |(at, (stream, fact)): (usize, (Stream, Fact))| Envelope {
        id: EventId::derived(&format!("erasure {at}")),
        stream: stream.name(),
        fact,
        ..last.clone()
    };
    facts.into_iter().enumerate().map(envelope).collect()
}

/// Every row of a kind but that of one stream, as it is stored.
fn rows<R: Row>(history: &[Envelope], but: &events::StreamName) -> Vec<String> {
    let mut streams: Vec<_> = history.iter().map(|envelope| &envelope.stream).collect();
    streams.sort();
    streams.dedup();
    let others = streams.into_iter().filter(|name| *name != but);
    let answered = others.filter(|name| name.stream().is_some_and(R::answers));
    let row = |stream: &events::StreamName| {
        let facts = history.iter().filter(|fact| fact.stream == *stream).cloned();
        serde_json::to_string(&R::fold(&facts.collect())).expect("plain data")
    };
    answered.map(row).collect()
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_row_stored_halfway_is_the_row_folded_at_once(seed: u64, cut in 0..24_usize) {
        let history = plain(seed);
        resumes::<Accounts>(&history, cut);
        resumes::<Calendar>(&history, cut);
        resumes::<CallRow>(&history, cut);
        resumes::<CaseFile>(&history, cut);
        resumes::<CaseRow>(&history, cut);
        resumes::<GatheringRow>(&history, cut);
        resumes::<IntroductionFile>(&history, cut);
        resumes::<IntroductionRow>(&history, cut);
        resumes::<OrganisationRow>(&history, cut);
        resumes::<PersonRow>(&history, cut);
        resumes::<PolicyFile>(&history, cut);
        resumes::<PrivacyRow>(&history, cut);
        resumes::<ResourceRow>(&history, cut);
    }

    #[test]
    fn the_journey_of_a_prefix_is_a_prefix_of_the_journey(seed: u64, cut in 0..FACTS / 2) {
        let history = plain(seed);
        let cut = cut.min(history.len());
        let names = Directory::new();
        let reading = Reading { language: Language::Fr, names: &names, occurred_until: None };
        let (now, before) = (Merges::of(&history), Merges::of(&history[..cut]));
        // A merge brings the past of another record along.
        let same = |subject: &Subject| now.records(*subject) == before.records(*subject);
        for subject in subjects().into_iter().filter(same) {
            let whole = Journey::of(subject, &History::of(history.clone()), &reading);
            let then = Journey::of(subject, &History::of(history[..cut].to_vec()), &reading);
            let whole = whole.map(|journey| journey.steps).unwrap_or_default();
            let then = then.map(|journey| journey.steps).unwrap_or_default();
            prop_assert_eq!(&whole[..then.len()], &then[..]);
            let next = history[cut..].iter().map(|envelope| envelope.id);
            let later: std::collections::BTreeSet<_> = next.collect();
            prop_assert!(whole[then.len()..].iter().all(|step| later.contains(&step.event)));
        }
    }

    /// D-2: what is told of others is byte by byte what it was, also as of any earlier cut.
    #[test]
    fn what_is_told_of_others_is_the_same_once_a_person_is_erased(seed: u64, cut in 0..FACTS) {
        let mut history = history(seed, FACTS);
        history.retain(|envelope| !merges_or_parts(&envelope.fact));
        let cut = cut.min(history.len());
        let person: PersonId = pooled(0);
        let mut erased = history.clone();
        erased.extend(erasure(person, history.last().expect("facts")));
        let names = Directory::new();
        let reading = Reading { language: Language::Fr, names: &names, occurred_until: None };
        let told = |subject: Subject, history: &[Envelope]| {
            let journey = Journey::of(subject, &History::of(history.to_vec()), &reading);
            serde_json::to_string(&journey).expect("plain data")
        };
        for subject in subjects() {
            prop_assert_eq!(told(subject, &history[..cut]), told(subject, &erased[..cut]));
            if subject != Subject::Person(person) {
                prop_assert_eq!(told(subject, &history), told(subject, &erased));
            }
        }
        for which in 0..POOL {
            let trail = |history: &[Envelope]| {
                let history = History::of(history.to_vec());
                let trail = AuditTrail::of(pooled(which), &history, &reading);
                serde_json::to_string(&trail).expect("plain data")
            };
            prop_assert_eq!(trail(&history), trail(&erased));
        }
        let own = Stream::Person(person).name();
        for row in [rows::<CaseRow>, rows::<PersonRow>, rows::<OrganisationRow>, rows::<CaseFile>] {
            prop_assert_eq!(row(&history, &own), row(&erased, &own));
        }
    }

    #[test]
    fn the_journey_of_who_goes_on_is_both_journeys_in_the_order_of_the_log(
        seed: u64,
        organisations: bool,
    ) {
        let mut history = history(seed, FACTS);
        history.retain(|envelope| !merges_or_parts(&envelope.fact));
        let names = Directory::new();
        let reading = Reading { language: Language::En, names: &names, occurred_until: None };
        let steps = |subject: Subject, history: &[Envelope]| -> Vec<EventId> {
            let journey = Journey::of(subject, &History::of(history.to_vec()), &reading);
            let steps = journey.map(|journey| journey.steps).unwrap_or_default();
            steps.into_iter().map(|step| step.event).collect()
        };
        let [one, other] = if organisations {
            [Subject::Organisation(pooled(0)), Subject::Organisation(pooled(1))]
        } else {
            [Subject::Person(pooled(0)), Subject::Person(pooled(1))]
        };
        let (ones, others) = (steps(one, &history), steps(other, &history));
        let mut both: Vec<EventId> = history
            .iter()
            .map(|envelope| envelope.id)
            .filter(|id| ones.contains(id) || others.contains(id))
            .collect();
        let (merged, parted) = merge_and_parting(organisations, history.last().expect("facts"));
        history.push(merged.clone());
        both.push(merged.id);
        prop_assert_eq!(steps(one, &history), both);
        let own = |steps: &[EventId]| [steps, &[merged.id]].concat();
        prop_assert_eq!(steps(other, &history), own(&others), "its own facts, and the merge");
        history.push(parted.clone());
        let own = |steps: &[EventId]| [steps, &[merged.id, parted.id]].concat();
        prop_assert_eq!(steps(one, &history), own(&ones), "each has its own again");
        prop_assert_eq!(steps(other, &history), own(&others));
    }

    #[test]
    fn an_audit_trail_never_changes_what_was_known_then(seed: u64, cut in 0..FACTS) {
        let history = history(seed, FACTS);
        let names = Directory::new();
        let reading = Reading { language: Language::En, names: &names, occurred_until: None };
        for which in 0..POOL {
            let entries = |facts: &[Envelope]| {
                let trail = AuditTrail::of(pooled(which), &History::of(facts.to_vec()), &reading);
                let mut entries = trail.map(|trail| trail.entries).unwrap_or_default();
                // What was said about the decision itself came later too.
                entries.iter_mut().for_each(|entry| {
                    entry.came_later.clear();
                    entry.amendments.clear();
                    entry.annulled = false;
                });
                entries
            };
            let (whole, then) = (entries(&history), entries(&history[..cut]));
            prop_assert_eq!(&whole[..then.len()], &then[..]);
        }
    }

    #[test]
    fn what_a_journey_told_once_stays_in_it(seed: u64, cut in 0..FACTS) {
        let whole = amended(seed);
        let then = whole.before(cut);
        let names = Directory::new();
        let reading = Reading { language: Language::En, names: &names, occurred_until: None };
        let (now, before) = (Merges::of(whole.facts()), Merges::of(then.facts()));
        // What names a record that was parted since is in its own journey alone.
        let same = |subject: &Subject| now.records(*subject) == before.records(*subject);
        for subject in subjects().into_iter().filter(same) {
            let steps = |history| {
                Journey::of(subject, history, &reading).map_or(vec![], |journey| journey.steps)
            };
            let (whole, then) = (steps(&whole), steps(&then));
            let told: Vec<_> = then.iter().map(|step| step.event).collect();
            let still: Vec<_> =
                whole.iter().map(|step| step.event).filter(|event| told.contains(event)).collect();
            prop_assert_eq!(still, told);
        }
    }

    #[test]
    fn what_was_said_about_a_fact_is_told_beside_it(seed: u64) {
        let history = amended(seed);
        let names = Directory::new();
        let reading = Reading { language: Language::En, names: &names, occurred_until: None };
        for subject in subjects() {
            let journey = Journey::of(subject, &history, &reading);
            for step in journey.map_or(vec![], |journey| journey.steps) {
                let entry = history.entry(step.event).expect("a step is an entry");
                prop_assert_eq!(step.amendments.len(), entry.amendments.len());
                prop_assert_eq!(step.annulled, entry.annulled);
                prop_assert_eq!(step.recorded.is_some(), entry.original.is_some());
                let before = step.amendments.iter().find_map(|said| said.before.clone());
                let recorded = step.recorded.map(|recorded| recorded.sentence);
                prop_assert!(before.is_none() || before == recorded, "{before:?} {recorded:?}");
            }
        }
    }

    #[test]
    fn every_fact_is_a_sentence_in_both_languages(seed: u64) {
        let names = Directory::new();
        for envelope in history(seed, FACTS) {
            for language in [Language::Fr, Language::En] {
                let told = projections::story::tell(&envelope, None, language, &names);
                prop_assert!(told.ends_with('.') && !told.contains(['?', '\n']), "{told}");
                let doubled = ["  ", " ,", " .", "..", "()", ": ."];
                prop_assert!(!doubled.iter().any(|flaw| told.contains(flaw)), "{told}");
            }
        }
    }

    #[test]
    fn journeys_and_trails_survive_the_wire(seed: u64) {
        let history = amended(seed);
        let names = Directory::new();
        let reading = Reading { language: Language::En, names: &names, occurred_until: None };
        if let Some(journey) = Journey::of(Subject::Case(pooled(0)), &history, &reading) {
            let bytes = serde_json::to_vec(&journey).expect("plain data");
            prop_assert_eq!(serde_json::from_slice::<Journey>(&bytes).ok(), Some(journey));
        }
        if let Some(trail) = AuditTrail::of(pooled(0), &history, &reading) {
            let bytes = serde_json::to_vec(&trail).expect("plain data");
            prop_assert_eq!(serde_json::from_slice::<AuditTrail>(&bytes).ok(), Some(trail));
        }
    }
}

#[test]
fn wild_histories_reach_every_kind_of_row() {
    let history = history(7, 4000);
    let history: Vec<_> = history.into_iter().filter(|fact| !fact.fact.amends()).collect();
    let found = [
        resumes::<Accounts>(&history, 1),
        resumes::<Calendar>(&history, 9),
        resumes::<CallRow>(&history, 9),
        resumes::<CaseFile>(&history, 40),
        resumes::<GatheringRow>(&history, 9),
        resumes::<IntroductionFile>(&history, 9),
        resumes::<OrganisationRow>(&history, 9),
        resumes::<PersonRow>(&history, 9),
        resumes::<PolicyFile>(&history, 9),
    ];
    assert!(found.iter().all(|count| *count > 0), "{found:?}");
}
