//! How fast stored facts are read, data and envelope, on one core: as the product reads them, and
//! by way of a JSON value, in turns in the same run.
//!
//! `cargo bench -p guichet-events`
#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use events::{
    Fact, Metadata, access, booking, call, coaching, followup, gathering, intake, introduction,
    organisation, outcome, person, policy, resource, samples, selection, wire,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Stored facts that each turn reads.
const FACTS: usize = 20_000;
/// Turns, of which the fastest counts: the others were disturbed.
const TURNS: usize = 15;

/// A fact as the store holds it.
#[derive(Clone)]
struct Stored {
    name: String,
    data: Vec<u8>,
    meta: Vec<u8>,
}

fn main() {
    let log = log();
    let bytes: usize = log.iter().map(|stored| stored.data.len() + stored.meta.len()).sum();
    let (mut direct, mut by_value) = (Duration::MAX, Duration::MAX);
    for _ in 0..TURNS {
        direct = direct.min(timed(&log, direct_read));
        by_value = by_value.min(timed(&log, read_by_value));
    }
    let rate = |took: Duration| FACTS as f64 / took.as_secs_f64() / 1e6;
    println!("{FACTS} facts, {} bytes each with their envelope", bytes / FACTS);
    println!("decode, one core      {:5.2} M facts/s", rate(direct));
    println!("through a JSON value  {:5.2} M facts/s", rate(by_value));
    println!("ratio                 {:5.2}", rate(direct) / rate(by_value));
}

/// One fact of each type, over and over, each with a usual envelope.
fn log() -> Vec<Stored> {
    let (meta, facts): (Vec<_>, Vec<_>) =
        samples::all().into_iter().partition(|(name, _)| name == "envelope.metadata");
    let meta = wire::read::<Metadata>(&meta[0].1).expect("the sample");
    let usual = Metadata {
        correlation: None,
        causation: None,
        late_entry_reason: None,
        report: None,
        irregularities: Vec::new(),
        ..meta
    };
    let meta = wire::canonical(&usual).expect("plain data");
    let stored = |(name, sample): &(String, Vec<u8>)| {
        let fact = Fact::decode(name, sample).expect("the sample");
        let (name, data) = fact.encode().expect("plain data");
        Stored { name, data, meta: meta.clone() }
    };
    facts.iter().map(stored).collect::<Vec<_>>().iter().cycle().take(FACTS).cloned().collect()
}

fn timed(log: &[Stored], read: fn(&Stored) -> (Fact, Metadata)) -> Duration {
    let start = Instant::now();
    for stored in log {
        black_box(read(black_box(stored)));
    }
    start.elapsed()
}

fn direct_read(stored: &Stored) -> (Fact, Metadata) {
    let fact = Fact::decode(&stored.name, &stored.data).expect("own bytes");
    (fact, wire::read(&stored.meta).expect("own bytes"))
}

fn read_by_value(stored: &Stored) -> (Fact, Metadata) {
    let data: Value = serde_json::from_slice(&stored.data).expect("own bytes");
    let meta: Value = serde_json::from_slice(&stored.meta).expect("own bytes");
    (fact(&stored.name, data), serde_json::from_value(meta).expect("own bytes"))
}

fn fact(name: &str, data: Value) -> Fact {
    let tagged = Value::Object([(name.to_owned(), data)].into_iter().collect());
    match name.split_once('.').map_or("", |(family, _)| family) {
        "person" => Fact::Person(of::<person::Fact>(tagged)),
        "organisation" => Fact::Organisation(of::<organisation::Fact>(tagged)),
        "policy" => Fact::Policy(of::<policy::Fact>(tagged)),
        "call" => Fact::Call(of::<call::Fact>(tagged)),
        "intake" => Fact::Intake(of::<intake::Fact>(tagged)),
        "followup" => Fact::Followup(of::<followup::Fact>(tagged)),
        "coaching" => Fact::Coaching(of::<coaching::Fact>(tagged)),
        "selection" => Fact::Selection(of::<selection::Fact>(tagged)),
        "outcome" => Fact::Outcome(of::<outcome::Fact>(tagged)),
        "resource" => Fact::Resource(of::<resource::Fact>(tagged)),
        "booking" => Fact::Booking(of::<booking::Fact>(tagged)),
        "introduction" => Fact::Introduction(of::<introduction::Fact>(tagged)),
        "gathering" => Fact::Gathering(of::<gathering::Fact>(tagged)),
        "access" => Fact::Access(of::<access::Fact>(tagged)),
        other => panic!("no family {other}"),
    }
}

fn of<F: DeserializeOwned>(tagged: Value) -> F {
    serde_json::from_value(tagged).expect("own bytes")
}
