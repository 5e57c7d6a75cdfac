//! What was answered at a moment is what is answered about it ever after.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use events::StreamName;
use guichet::api::document;
use guichet::demo::{Scale, generate, write_to};
use guichet::store::{Expected, NewEvent};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use super::contract::{Operation, contract};
use super::*;

/// Questions asked at each cut.
const QUESTIONS: usize = 120;
/// Roles that see what the office sees; what an innovator may see follows who they are now.
const ROLES: [Role; 5] = [Role::System, Role::Head, Role::Advisor, Role::Auditor, Role::Analyst];

/// Somebody's question.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) role: Role,
    pub(super) path: String,
}

/// A cut of the log by each of its names, and what was answered when it was the present.
struct Then {
    names: Vec<String>,
    answers: Vec<(Question, Answer)>,
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4, max_shrink_iters: 4, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn answers_about_a_cut_are_those_given_at_it(
        seed in any::<u64>(),
        cuts in prop::collection::btree_set(100_usize..1_000, 1..4),
        first in any::<Index>(),
    ) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let cuts: Vec<_> = cuts.into_iter().collect();
        let wrong = runtime.block_on(compare(seed, &cuts, first));
        prop_assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    }
}

/// Lives through a random history, asking at some cuts, each so many thousandths of it; then asks
/// about those cuts, and gives what is answered otherwise.
async fn compare(seed: u64, cuts: &[usize], first: Index) -> Vec<String> {
    let mut story = generate(seed, Scale::Tiny, &|_| {}).expect("a story");
    // The keys know of an erasure that the log comes to only later: where the record is there, the
    // program that starts would say so at once.
    let erased = story.manifest.privacy.erased.map(|person| events::Stream::Person(person).name());
    story.events.retain(|(stream, _)| Some(stream) != erased.as_ref());
    let questions = questions(story.events.iter().map(|(stream, _)| stream));
    // Evenly over all of them, wherever the first is.
    let (first, stride) = (first.index(questions.len()), questions.len() * 618 / 1_000);
    let picked = (0..QUESTIONS).map(|pick| &questions[(first + pick * stride) % questions.len()]);
    let questions: Vec<_> = picked.collect();
    let count = story.events.len();
    let cuts: Vec<_> = cuts.iter().map(|cut| count * cut / 1_000).collect();
    let rest = story.events.split_off(cuts[0]);
    let mut lengths = BTreeMap::<StreamName, u64>::new();
    for (stream, _) in &story.events {
        *lengths.entry(stream.clone()).or_default() += 1;
    }
    let folder = tempfile::tempdir().expect("a folder");
    write_to(folder.path(), story).await.expect("a data folder");
    let office = Office::serve(folder.path()).await;
    let mut thens = Vec::new();
    for (done, (stream, event)) in (cuts[0]..).zip(rest) {
        if cuts.contains(&done) {
            thens.push(ask_now(&office, &questions, &event).await);
        }
        append(&office, stream, event, &mut lengths).await;
    }
    let mut wrong = Vec::new();
    for then in &thens {
        ask_again(&office, then, &mut wrong).await;
    }
    office.close().await;
    wrong
}

async fn append(
    office: &Office,
    stream: StreamName,
    event: NewEvent,
    lengths: &mut BTreeMap<StreamName, u64>,
) {
    let length = lengths.entry(stream.clone()).or_default();
    let store = office.guichet().store();
    let appended = store.append(&stream, Expected::after(*length), vec![event], vec![]).await;
    appended.expect("an append that holds");
    *length += 1;
}

async fn send(office: &Office, role: Role, path: &str) -> Answer {
    let ask = Ask::get(path);
    let answer = match role {
        Role::System => office.operator.send(&ask).await,
        role => office.public.send(&ask.by_token(&format!("gch_demo_{role}"))).await,
    };
    contract().check(&Ask::get(path), &answer);
    answer
}

/// Asks about the present; `next` is what happens then.
async fn ask_now(office: &Office, questions: &[&Question], next: &NewEvent) -> Then {
    let last = send(office, Role::System, "/v1/cases?limit=1").await.well();
    let position = last.header("guichet-position").expect("a position").to_owned();
    let last = last.json();
    let recorded_at = text(&last, "/as_known/recorded_at");
    let mut names = vec![position, text(&last, "/as_known/event")];
    // A moment names this cut if what came next was recorded later.
    let next: Value = serde_json::from_slice(&next.metadata).expect("metadata");
    names.extend((text(&next, "/recorded_at") > recorded_at).then_some(recorded_at));
    let mut answers = Vec::new();
    for question in questions {
        let answer = send(office, question.role, &question.path).await;
        // Who has no account yet is answered once they have one.
        if answer.status != StatusCode::UNAUTHORIZED {
            answers.push(((*question).clone(), answer));
        }
    }
    Then { names, answers }
}

async fn ask_again(office: &Office, then: &Then, wrong: &mut Vec<String>) {
    for (Question { role, path }, before) in &then.answers {
        for name in &then.names {
            let sign = if path.contains('?') { '&' } else { '?' };
            let path = format!("{path}{sign}as_of={}", name.replace('+', "%2B"));
            let after = send(office, *role, &path).await;
            if !same(before, &after) {
                let (before, after) = (before.text(), after.text());
                wrong.push(format!("{role}: {path}\nthen {before}\nnow  {after}"));
            }
        }
    }
}

/// The same answer, or refused for the same reason: only of the past is it said that something was
/// not there at that moment.
fn same(before: &Answer, after: &Answer) -> bool {
    let reason = |answer: &Answer| answer.json()["rule"].clone();
    before.status == after.status
        && (before.body == after.body
            || before.status == StatusCode::NOT_FOUND && reason(before) == reason(after))
}

/// Every question that takes a moment, about every record there will be, in some variations.
pub(super) fn questions<'a>(streams: impl Iterator<Item = &'a StreamName>) -> Vec<Question> {
    let mut records = BTreeMap::<&str, Vec<&str>>::new();
    let mut streams: Vec<_> = streams.collect();
    streams.sort_unstable();
    streams.dedup();
    for stream in streams {
        if let Some((kind, id)) = stream.as_str().split_once('-') {
            records.entry(kind).or_default().push(id);
        }
    }
    let moment = |operation: &&Operation| operation.method == "GET" && operation.takes("as_of");
    let mut questions = Vec::new();
    for operation in contract().operations.iter().filter(moment) {
        let mut paths = vec![operation.path.clone()];
        if operation.path.contains('{') {
            let ids = records.get(kind_of(&operation.tag)).into_iter().flatten();
            paths = ids.map(|id| operation.about(id)).collect();
        }
        for path in &paths {
            for variation in variations(operation, &records) {
                let path = format!("{path}{variation}");
                questions.extend(ROLES.map(|role| Question { role, path: path.clone() }));
            }
        }
    }
    questions
}

/// What the streams of records of a tag are called.
fn kind_of(tag: &str) -> &str {
    match tag {
        "people" => "person",
        "policies" => "policy",
        other => other.trim_end_matches('s'),
    }
}

/// Queries with at most one parameter that changes the answer.
fn variations(operation: &Operation, records: &BTreeMap<&str, Vec<&str>>) -> Vec<String> {
    let always = if operation.takes("free_minutes") {
        // A calendar is asked about days; without any, about those from today.
        "?from=2024-11-04T00:00:00Z&until=2025-01-04T00:00:00Z".to_owned()
    } else {
        "?".to_owned()
    };
    let mut variations = vec![always.trim_end_matches('?').to_owned()];
    for parameter in operation.parameters().filter(|parameter| parameter["in"] == "query") {
        let name = parameter["name"].as_str().expect("a name");
        let about = |kind| records.get(kind).into_iter().flatten().map(|id| (*id).to_owned());
        let values: Vec<String> = match name {
            "as_of" | "cursor" | "from" | "until" => Vec::new(),
            "occurred_until" => {
                vec!["2024-10-01T12:00:00Z".to_owned(), "2025-07-14T12:00:00Z".to_owned()]
            }
            "limit" => vec!["3".to_owned()],
            "free_minutes" => vec!["60".to_owned()],
            "text" => ["an", "tumeur", "cell"].map(str::to_owned).to_vec(),
            "advisor" | "owner" => about("user").collect(),
            "person" | "organisation" | "call" | "case" => about(name).collect(),
            "target" => about("organisation").collect(),
            "received_from" | "received_until" => vec!["2025-01-01T00:00:00Z".to_owned()],
            "siren" | "country" => vec!["FR".to_owned()],
            _ => values_of(&parameter["schema"]),
        };
        let sign = if always == "?" { "" } else { "&" };
        variations.extend(values.iter().map(|value| format!("{always}{sign}{name}={value}")));
    }
    variations
}

/// All values of an enumeration or a yes or no.
fn values_of(schema: &Value) -> Vec<String> {
    if let Some(path) = schema.get("$ref").and_then(Value::as_str) {
        return values_of(document().pointer(path.trim_start_matches('#')).expect("a schema"));
    }
    if schema["type"] == "boolean" {
        return vec!["true".to_owned(), "false".to_owned()];
    }
    let listed = schema["enum"].as_array().into_iter().flatten();
    let several = ["oneOf", "anyOf"].map(|name| schema[name].as_array().into_iter().flatten());
    let alone = listed.chain(schema.get("const")).filter_map(Value::as_str).map(str::to_owned);
    alone.chain(several.into_iter().flatten().flat_map(values_of)).collect()
}
