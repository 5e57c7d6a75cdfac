//! Material for tests, behind the feature `samples`: an example of each type, and facts as wild as
//! the catalogue allows.
//!
//! Folds take any history, decided or not, so they are tried with histories that no decider would
//! write: [`scattered`] and [`history`] draw every field from its schema, and ids from pools so
//! small that facts keep meeting each other.

use std::collections::HashMap;
use std::path::Path;
use std::sync::OnceLock;

use chrono::{Days, NaiveDate, TimeDelta};
use serde_json::{Map, Value, json};

use crate::{
    Envelope, EventId, Fact, Id, Kind, Labelled, Metadata, PolicyKind, Revision, Stream, Time,
    amendment, approval, catalogue, kinds, policy,
};

/// Things of one kind that scattered facts are about.
pub const POOL: u64 = 4;
/// Events that scattered facts may refer to: the first ones of a history.
const EVENTS: u64 = 64;
/// Draws after which a type counts as impossible. An interval fails every other time.
const DRAWS_MAX: usize = 64;

/// The samples, by type name: one per type and version, and `envelope.metadata`.
///
/// # Panics
/// When the source folder of this crate is not there.
pub fn all() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let entries = std::fs::read_dir(folder).expect("tests run where the sources are");
    let mut samples: Vec<_> = entries
        .map(|entry| {
            let path = entry.expect("a readable folder").path();
            let name = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
            (name, std::fs::read(path).expect("a readable file"))
        })
        .collect();
    samples.sort();
    samples
}

/// `count` facts of any type with any content; the same for the same seed.
///
/// # Panics
/// When the catalogue and the facts disagree.
pub fn scattered(seed: u64, count: usize) -> Vec<Fact> {
    let mut dice = Dice(seed);
    (0..count).map(|_| fact(&mut dice)).collect()
}

/// `count` [`scattered`] facts, each in a stream where its family stands, revisions without gaps,
/// recorded one after the other.
///
/// # Panics
/// When the catalogue and the facts disagree.
pub fn history(seed: u64, count: usize) -> Vec<Envelope> {
    let mut dice = Dice(seed);
    let mut next: HashMap<Stream, Revision> = HashMap::new();
    let envelope = |position: usize| {
        let fact = fact(&mut dice);
        let stream = home(&fact, dice.below(POOL));
        let revision = next.entry(stream).or_default();
        *revision += 1;
        let minutes = i64::try_from(position).unwrap_or(i64::MAX);
        let mut meta = metadata(&mut dice);
        meta.recorded_at = start().plus(TimeDelta::minutes(minutes));
        Envelope {
            id: pooled::<kinds::Event>(position as u64),
            stream: stream.name(),
            revision: *revision - 1,
            meta,
            fact,
            amended_by: None,
        }
    };
    (0..count).map(envelope).collect()
}

/// The `which`-th of the streams in which facts of this family stand.
pub fn home(fact: &Fact, which: u64) -> Stream {
    match fact {
        Fact::Person(_) => Stream::Person(pooled(which)),
        Fact::Organisation(_) => Stream::Organisation(pooled(which)),
        Fact::Policy(policy::Fact::Drafted { body, .. } | policy::Fact::Published { body, .. }) => {
            Stream::Policy(body.kind())
        }
        Fact::Policy(policy::Fact::Retired { .. }) => {
            Stream::Policy(PolicyKind::ALL[which as usize % PolicyKind::ALL.len()])
        }
        Fact::Call(_) => Stream::Call(pooled(which)),
        Fact::Intake(_)
        | Fact::Followup(_)
        | Fact::Coaching(_)
        | Fact::Selection(_)
        | Fact::Outcome(_) => Stream::Case(pooled(which)),
        Fact::Resource(_) | Fact::Booking(_) => Stream::Resource(pooled(which)),
        Fact::Introduction(_) => Stream::Introduction(pooled(which)),
        Fact::Gathering(_) => Stream::Gathering(pooled(which)),
        Fact::Access(_) => Stream::Access,
        // What is said about a fact stands where the fact does, and that may be anywhere.
        Fact::Amendment(amendment::Fact::Corrected { replacement, .. }) => {
            home(&replacement.0, which)
        }
        Fact::Amendment(_) => Stream::Case(pooled(which)),
        Fact::Approval(approval::Fact::Requested { matter, .. }) => match matter {
            approval::Matter::Role { .. } => Stream::Access,
            approval::Matter::Hold { .. }
            | approval::Matter::Release { .. }
            | approval::Matter::Erasure { .. } => Stream::Person(pooled(which)),
            approval::Matter::Retirement { .. } => Stream::Policy(PolicyKind::LateEntry),
            approval::Matter::Annulment { .. } | approval::Matter::Reopening { .. } => {
                Stream::Case(pooled(which))
            }
        },
        Fact::Approval(_) => Stream::Case(pooled(which)),
    }
}

/// The `which`-th thing of its kind that scattered facts are about.
pub fn pooled<K: Kind>(which: u64) -> Id<K> {
    pooled_by_name(K::NAME, which).cast()
}

fn pooled_by_name(kind: &str, which: u64) -> EventId {
    EventId::derived(&format!("pool/{kind}/{which}"))
}

fn fact(dice: &mut Dice) -> Fact {
    static SCHEMAS: OnceLock<Vec<(String, Value)>> = OnceLock::new();
    let schemas = SCHEMAS.get_or_init(|| catalogue::schemas().into_iter().collect());
    of_one_type(dice, schemas)
}

/// A fact that may stand in a correction.
fn replacement(dice: &mut Dice) -> Value {
    static SCHEMAS: OnceLock<Vec<(String, Value)>> = OnceLock::new();
    let plain = |(name, _): &(String, Value)| {
        !["event.", "text.", "approval."].iter().any(|family| name.starts_with(family))
    };
    let schemas = SCHEMAS.get_or_init(|| catalogue::schemas().into_iter().filter(plain).collect());
    let facts = std::iter::repeat_with(|| of_one_type(dice, schemas));
    let fact = facts.take(DRAWS_MAX).find(|fact| fact.class() == crate::Class::Descriptive);
    serde_json::to_value(fact.expect("many types are descriptive")).expect("plain data")
}

fn of_one_type(dice: &mut Dice, schemas: &[(String, Value)]) -> Fact {
    let (name, schema) = dice.one_of(schemas);
    drawn(dice, schema, |body| Fact::decode(name, body).ok())
        .unwrap_or_else(|| panic!("the schema of {name} allows what can't be decoded"))
}

fn metadata(dice: &mut Dice) -> Metadata {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    let schema = SCHEMA.get_or_init(catalogue::metadata_schema);
    drawn(dice, schema, |body| serde_json::from_slice(body).ok())
        .expect("the schema of metadata describes metadata")
}

/// Draws from a schema until the bytes can be read.
fn drawn<T>(dice: &mut Dice, schema: &Value, read: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
    (0..DRAWS_MAX).find_map(|_| {
        let value = draw(dice, schema, schema);
        read(value.to_string().as_bytes())
    })
}

/// Any value that `part` of the schema `whole` allows, short of limits between fields.
fn draw(dice: &mut Dice, whole: &Value, part: &Value) -> Value {
    if let Some(target) = part["$ref"].as_str() {
        let definition = whole.pointer(target.trim_start_matches('#')).expect("a local reference");
        return draw(dice, whole, definition);
    }
    if let Some(choices) = part["oneOf"].as_array().or_else(|| part["anyOf"].as_array()) {
        let choice = dice.one_of(choices);
        return draw(dice, whole, choice);
    }
    if part.get("x-fact").is_some() {
        return replacement(dice);
    }
    if let Some(word) = part.get("const") {
        return word.clone();
    }
    if let Some(words) = part["enum"].as_array() {
        return dice.one_of(words).clone();
    }
    match part["type"].as_str() {
        Some("object") => object(dice, whole, part),
        Some("array") => {
            let items = 1 + dice.below(3);
            (0..items).map(|_| draw(dice, whole, &part["items"])).collect()
        }
        Some("string") => text(dice, part),
        Some("integer") => integer(dice, part),
        Some("boolean") => json!(dice.below(2) == 0),
        other => panic!("a schema of the catalogue has the type {other:?}"),
    }
}

fn object(dice: &mut Dice, whole: &Value, part: &Value) -> Value {
    let mut object = Map::new();
    let required = part["required"].as_array().map_or(&[][..], Vec::as_slice);
    for (name, property) in part["properties"].as_object().into_iter().flatten() {
        if required.iter().any(|required| required == name.as_str()) || dice.below(2) == 0 {
            object.insert(name.clone(), draw(dice, whole, property));
        }
    }
    for property in part["patternProperties"].as_object().into_iter().flat_map(Map::values) {
        for code in ["oncology_scope", "stage_in_scope", "ip_position_stated"] {
            if dice.below(2) == 0 {
                object.insert(code.to_owned(), draw(dice, whole, property));
            }
        }
    }
    object.into()
}

fn text(dice: &mut Dice, part: &Value) -> Value {
    match (part["format"].as_str(), part["examples"].as_array()) {
        (Some("uuid"), _) => {
            let kind = part["x-identifies"].as_str().expect("an id says what it identifies");
            json!(pooled_by_name(kind, dice.below(if kind == "event" { EVENTS } else { POOL })))
        }
        (Some("date-time"), _) => json!(moment(dice)),
        (Some("date"), _) => json!(first_day() + Days::new(dice.below(500))),
        (Some("sha256"), _) => json!(crate::Digest([dice.below(256) as u8; 32])),
        (_, Some(examples)) => dice.one_of(examples).clone(),
        other => panic!("a text of the catalogue has neither format nor examples: {other:?}"),
    }
}

/// Mostly a quarter of an hour within a year and a half, now and then an end of the calendar.
fn moment(dice: &mut Dice) -> Time {
    match dice.below(64) {
        0 => start().minus(TimeDelta::MAX),
        1 => start().plus(TimeDelta::MAX),
        _ => start().plus(TimeDelta::minutes(15 * dice.below(500 * 24 * 4) as i64)),
    }
}

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 1).expect("a day of the calendar")
}

fn start() -> Time {
    Time::new(first_day().and_time(chrono::NaiveTime::MIN).and_utc())
}

/// Mostly small, now and then the largest.
fn integer(dice: &mut Dice, part: &Value) -> Value {
    let min = part["minimum"].as_u64().unwrap_or(0);
    let max = part["maximum"].as_u64().unwrap_or_else(|| match part["format"].as_str() {
        Some("uint8") => u8::MAX.into(),
        Some("uint32") => u32::MAX.into(),
        _ => u64::MAX,
    });
    if dice.below(16) == 0 { json!(max) } else { json!(min + dice.below((max - min).min(100) + 1)) }
}

/// Chance that repeats itself: splitmix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u64) as usize]
    }
}
