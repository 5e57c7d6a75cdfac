//! What holds for any fact and any value, not only for the samples.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use events::wire::{self, DecodeError};
use events::{
    CaseId, Clock, Code, Digest, Fact, Interval, Metadata, Reference, Siren, Stream, StreamName,
    Time, Title, catalogue, samples,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

/// Facts per drawn seed.
const FACTS: usize = 10;

/// Any moment that the wire form can write.
fn any_time() -> impl Strategy<Value = Time> {
    (-62_167_219_200_000_000..=253_402_300_799_999_999_i64)
        .prop_map(|micros| Time::from_micros(micros).expect("within the calendar"))
}

fn any_interval() -> impl Strategy<Value = Interval> {
    (any_time(), any_time())
        .prop_filter_map("empty", |(a, b)| Interval::new(a.min(b), a.max(b)).ok())
}

/// A sample of a fact: its type name and bytes.
fn any_sample() -> impl Strategy<Value = (String, Vec<u8>)> {
    let facts = samples::all().into_iter().filter(|(name, _)| name != "envelope.metadata");
    select(facts.collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn a_stored_fact_reads_back_as_it_was(seed: u64) {
        for fact in samples::scattered(seed, FACTS) {
            let (name, body) = fact.encode().expect("plain data");
            let read = Fact::decode(&name, &body);
            prop_assert_eq!(read.as_ref().ok(), Some(&fact), "{}: {:?}", name, read);
            prop_assert_eq!(fact.encode().expect("plain data").1, body);
        }
    }

    #[test]
    fn metadata_reads_back_as_it_was(seed: u64) {
        for envelope in samples::history(seed, FACTS) {
            let bytes = wire::canonical(&envelope.meta).expect("plain data");
            let read: Metadata = serde_json::from_slice(&bytes).expect("own bytes");
            prop_assert_eq!(read, envelope.meta);
        }
    }

    #[test]
    fn scattered_histories_repeat_themselves(seed: u64) {
        prop_assert_eq!(samples::history(seed, FACTS), samples::history(seed, FACTS));
        let mut next: BTreeMap<StreamName, u64> = BTreeMap::new();
        for envelope in samples::history(seed, FACTS) {
            let revision = next.entry(envelope.stream.clone()).or_default();
            prop_assert_eq!(envelope.revision, *revision);
            *revision += 1;
            prop_assert!(!envelope.fact.objects(&envelope.stream).is_empty());
        }
    }

    #[test]
    fn bytes_that_were_damaged_never_panic(
        (name, body) in any_sample(),
        flips in vec((any::<Index>(), any::<u8>()), 0..4),
        cut in proptest::option::of(any::<Index>()),
    ) {
        let mut body = body;
        for (at, byte) in flips {
            let at = at.index(body.len());
            body[at] ^= byte;
        }
        if let Some(cut) = cut {
            body.truncate(cut.index(body.len()));
        }
        // Damage can hit white space or a digit: what can still be read can also be written.
        if let Ok(fact) = Fact::decode(&name, &body) {
            let (name, body) = fact.encode().expect("plain data");
            prop_assert_eq!(Fact::decode(&name, &body).ok(), Some(fact));
        }
    }

    #[test]
    fn another_types_bytes_never_panic((name, _) in any_sample(), (_, body) in any_sample()) {
        let _ = Fact::decode(&name, &body);
    }

    #[test]
    fn a_type_of_a_later_build_is_told_apart(
        (name, body) in any_sample(),
        version in 3..u32::MAX,
        family in "[a-z]{1,12}",
    ) {
        let (known, _) = name.rsplit_once('.').expect("a name ends in its version");
        for name in [format!("{known}.v{version}"), format!("{family}.{family}-done.v{version}")] {
            let read = Fact::decode(&name, &body);
            prop_assert!(matches!(&read, Err(DecodeError::UnknownType(told)) if *told == name));
        }
    }

    #[test]
    fn a_member_unheard_of_is_refused((name, body) in any_sample()) {
        let mut body: Value = serde_json::from_slice(&body).expect("a sample");
        body["unheard_of"] = 1.into();
        let read = Fact::decode(&name, body.to_string().as_bytes());
        prop_assert!(matches!(read, Err(DecodeError::Malformed { .. })), "{}: {:?}", name, read);
    }

    #[test]
    fn times_read_back_and_sort_as_their_text_does(a in any_time(), b in any_time()) {
        prop_assert_eq!(a.to_string().parse(), Ok(a));
        prop_assert_eq!(Time::from_micros(a.micros()), Some(a));
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
    }

    #[test]
    fn times_stay_within_the_calendar(time in any_time(), minutes: i32, days: i32) {
        let (minutes, days) = (TimeDelta::minutes(minutes.into()), TimeDelta::days(days.into()));
        for moved in [time.plus(minutes), time.minus(minutes), time.plus(days), time.minus(days)] {
            prop_assert_eq!(moved.to_string().parse(), Ok(moved));
        }
    }

    #[test]
    fn any_offset_names_the_same_moment(time in any_time(), minutes in -1439..=1439_i32) {
        let offset = chrono::FixedOffset::east_opt(minutes * 60).expect("less than a day");
        let text = time.utc().with_timezone(&offset).to_rfc3339();
        // At its ends the calendar of another clock leaves the years that four digits can write.
        if text.len() == "2026-03-01T09:30:00.000000+01:00".len() && !text.starts_with(['+', '-']) {
            prop_assert_eq!(text.parse(), Ok(time));
        }
    }

    #[test]
    fn intervals_overlap_when_some_moment_is_in_both(a in any_interval(), b in any_interval()) {
        let holds = |interval: Interval, moment| {
            interval.from() <= moment && moment < interval.until()
        };
        let shared = a.from().max(b.from());
        prop_assert_eq!(a.overlaps(b), holds(a, shared) && holds(b, shared));
        prop_assert_eq!(a.overlaps(b), b.overlaps(a));
        prop_assert!(a.overlaps(a) && a.contains(a));
        prop_assert!(!a.contains(b) || a.overlaps(b));
        prop_assert!(a.extended(7).contains(a));
    }

    #[test]
    fn a_clock_is_any_minute_of_the_day(minutes in 0..=1440_u16) {
        let text = format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let clock: Clock = text.parse().expect("a minute of the day");
        prop_assert_eq!(clock.minutes(), minutes);
        prop_assert_eq!(clock.as_str(), text);
    }

    #[test]
    fn one_wrong_digit_spoils_a_siren(first in 0..100_000_000_u32, at in 0..9_usize, by in 1..=9_u8) {
        let right = (0..=9).map(|check| format!("{first:08}{check}"));
        let right: Vec<String> = right.filter(|text| text.parse::<Siren>().is_ok()).collect();
        prop_assert_eq!(right.len(), 1);
        let mut wrong = right[0].clone().into_bytes();
        wrong[at] = b'0' + (wrong[at] - b'0' + by) % 10;
        prop_assert!(String::from_utf8_lossy(&wrong).parse::<Siren>().is_err());
    }

    #[test]
    fn values_refuse_or_keep_any_text_as_it_is(text in ".{0,12}") {
        for kept in [
            text.parse::<Title>().map(|value| value.to_string()).ok(),
            text.parse::<Code>().map(|value| value.to_string()).ok(),
            text.parse::<Clock>().map(|value| value.to_string()).ok(),
            text.parse::<StreamName>().map(|value| value.to_string()).ok(),
        ] {
            prop_assert!(kept.is_none_or(|kept| kept == text));
        }
    }

    #[test]
    fn ids_digests_and_references_read_back(bytes: [u8; 32], number: u128) {
        let id = CaseId::new(uuid::Uuid::from_u128(number));
        prop_assert_eq!(id.to_string().parse(), Ok(id));
        prop_assert_eq!(Stream::Case(id).name().stream(), Some(Stream::Case(id)));
        prop_assert_eq!(id.reference().to_string().parse::<Reference>(), Ok(id.reference()));
        let digest = Digest(bytes);
        prop_assert_eq!(digest.to_string().parse(), Ok(digest));
    }
}

#[test]
fn whatever_is_stored_keeps_to_its_schema() {
    let validator = |schema: &Value| {
        let options = jsonschema::options().should_validate_formats(true);
        options.build(schema).expect("a schema")
    };
    let types = catalogue::schemas();
    let types: BTreeMap<_, _> =
        types.iter().map(|(name, schema)| (name.as_str(), validator(schema))).collect();
    let metadata = validator(&catalogue::metadata_schema());
    for envelope in samples::history(1, 4_000) {
        let (name, body) = envelope.fact.encode().expect("plain data");
        let body: Value = serde_json::from_slice(&body).expect("own bytes");
        let meta = serde_json::from_slice(&wire::canonical(&envelope.meta).expect("plain data"));
        for (validator, value) in [(&types[name.as_str()], body), (&metadata, meta.expect("JSON"))]
        {
            let errors: Vec<String> =
                validator.iter_errors(&value).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{name}: {value} {errors:?}");
        }
    }
}

#[test]
fn scattered_facts_are_of_every_type() {
    let mut seen: Vec<String> = samples::scattered(2, 4_000)
        .iter()
        .map(|fact| fact.encode().expect("plain data").0)
        .collect();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), Fact::names().len());
}
