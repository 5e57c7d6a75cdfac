//! Every operation for every role: allowed, refused or not found, as the specs and the one place
//! that says who sees what have it.

use std::collections::BTreeSet;

use axum::http::Method;
use events::{Labelled, Sealed};
use futures_util::future::join_all;
use guichet::access::{Sight, Thing, sight};
use guichet::domain::{Collection, Spec};

use super::contract::Operation;
use super::everything::{MARK, World};
use super::*;

/// Whose record an operation is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// One that concerns the innovator.
    Own,
    /// One that does not.
    Others,
    /// None that is there.
    Nobodys,
}

/// How an operation has to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// Anything but what the others are.
    Allowed,
    Refused,
    Missing,
}

const NOBODYS: &str = "6f9619ff-8b86-4011-b42d-00c04fc964ff";

/// The record that an operation of a tag is asked about.
fn record<'w>(world: &'w World<'_>, tag: &str, target: Target) -> Option<&'w str> {
    let (own, others) = match tag {
        "cases" => ("case", "other"),
        "people" => ("contact", "mentor"),
        "introductions" => ("introduction", "other introduction"),
        "organisations" => ("fund", "trader"),
        "calls" => ("call", "next call"),
        "resources" => ("resource", "old resource"),
        "gatherings" => ("gathering", "gathering"),
        "users" => ("advisor", "user"),
        "events" => ("meeting", "other's note"),
        "approvals" => ("approval", "other approval"),
        "policies" => return Some(policy(target)),
        _ => return None,
    };
    match target {
        Target::Own => Some(world.id(own)),
        Target::Others => Some(world.id(others)),
        Target::Nobodys => Some(NOBODYS),
    }
}

const fn policy(target: Target) -> &'static str {
    match target {
        Target::Own => "service_levels",
        Target::Others => "eligibility",
        Target::Nobodys => "no_such_rule",
    }
}

/// The command that an operation carries out.
fn spec_of(operation: &Operation) -> Option<&'static Spec> {
    let (collection, name) = match operation.id.as_str() {
        "upload-document" => ("cases", "attach-document"),
        "propose-preselections" => ("cases", "propose-preselection"),
        "decide-preselections" => ("cases", "decide-preselection"),
        "move-event" => ("events", "annul"),
        id => id.split_once('.')?,
    };
    let collection = <[Collection]>::iter(Collection::ALL).find(|it| it.word() == collection)?;
    Some(collection.spec(name).unwrap_or_else(|| panic!("no command {name}")))
}

fn thing(operation: &Operation) -> Thing {
    match operation.tag.as_str() {
        "cases" => Thing::Cases,
        "people" => Thing::People,
        "organisations" => Thing::Organisations,
        "calls" => Thing::Calls,
        "resources" => Thing::Resources,
        "introductions" => Thing::Introductions,
        "gatherings" => Thing::Gatherings,
        "policies" => Thing::Policies,
        "keys" => Thing::Keys,
        "users" => Thing::Users,
        "log" | "events" => Thing::Log,
        "approvals" => Thing::Approvals,
        "registers" => Thing::Registers,
        other => panic!("who may read {other}?"),
    }
}

/// Whether a role that sends such commands somewhere sends them about what stands on a case, and
/// on what was asked for there.
fn sends_here(operation: &Operation, role: Role) -> bool {
    let on_cases = match operation.id.as_str() {
        "events.redact" => &[Role::Dpo, Role::Head, Role::Deputy][..],
        // Who moves something logs it as well.
        "move-event" => &[Role::Advisor, Role::Head, Role::Deputy],
        "approvals.give" | "approvals.refuse" => &[Role::Head, Role::Deputy, Role::Director],
        _ if operation.tag == "events" => {
            &[Role::Advisor, Role::Head, Role::Deputy, Role::Director]
        }
        _ => return true,
    };
    role == Role::System || on_cases.contains(&role)
}

fn expected(operation: &Operation, role: Role, target: Target) -> Expected {
    if !operation.guarded || operation.id == "read-me" {
        return Expected::Allowed;
    }
    let about_one = operation.path.contains('{');
    if let Some(spec) = spec_of(operation) {
        let hidden = role == Role::Innovator
            && target == Target::Others
            && ["cases", "people", "introductions"].contains(&operation.tag.as_str());
        return match () {
            () if role != Role::System && !spec.roles.contains(&role) => Expected::Refused,
            () if target != Target::Nobodys && !sends_here(operation, role) => Expected::Refused,
            () if about_one && (target == Target::Nobodys || hidden) => Expected::Missing,
            () => Expected::Allowed,
        };
    }
    let known = operation.method == Method::GET.as_str() || operation.id == "rotate-keys";
    assert!(known, "{} is no known command", operation.id);
    let seen = sight(role, thing(operation));
    if seen == Sight::Nothing {
        return Expected::Refused;
    }
    if !about_one {
        let own_list = ["list-cases", "list-introductions", "list-gatherings", "list-resources"];
        let finds = operation.id.starts_with("find-");
        let refused = match seen {
            Sight::Own => !own_list.contains(&operation.id.as_str()),
            Sight::Pseudonymous => finds,
            Sight::Nothing | Sight::Whole => false,
        };
        return if refused { Expected::Refused } else { Expected::Allowed };
    }
    let open_to_all = operation.tag == "resources" || operation.tag == "gatherings";
    let document = operation.id == "read-document";
    let hidden = target == Target::Others
        && (seen == Sight::Own && !open_to_all || document && seen == Sight::Whole);
    if target == Target::Nobodys || hidden {
        return Expected::Missing;
    }
    let refused = match operation.id.as_str() {
        "read-case-events" => false,
        "read-event" => sight(role, Thing::Cases) == Sight::Nothing,
        "read-case-audit" => seen == Sight::Own,
        _ if document => seen == Sight::Pseudonymous,
        id if id.ends_with("-events") => sight(role, Thing::Log) == Sight::Nothing,
        _ => false,
    };
    if refused { Expected::Refused } else { Expected::Allowed }
}

/// The request of an operation: for a command, what carried it out before.
pub(super) fn ask(world: &World<'_>, operation: &Operation, target: Target) -> Ask {
    let path = match record(world, &operation.tag, target) {
        Some(id) => operation.about(id),
        None => operation.path.clone(),
    };
    let document = if target == Target::Nobodys { NOBODYS } else { world.id("deck") };
    let path = path.replace("{document}", document);
    match operation.method.as_str() {
        "GET" if operation.id.starts_with("find-") => Ask::get(&format!("{path}?text=Martin")),
        "GET" => Ask::get(&path),
        _ => match world.done.get(&operation.id) {
            Some((_, Value::Null)) => Ask::raw(&path, "application/pdf", "a document"),
            Some((_, body)) => Ask::post(&path, body),
            None => panic!("{} was never carried out", operation.id),
        },
    }
}

/// What is wrong with an answer, if anything.
fn wrong(
    operation: &Operation,
    role: Role,
    target: Target,
    ask: &Ask,
    answer: &Answer,
) -> Option<String> {
    let status = answer.status.as_u16();
    let reads = operation.method == "GET";
    let as_expected = match expected(operation, role, target) {
        Expected::Refused => status == 403,
        Expected::Missing => status == 404,
        Expected::Allowed if reads => status == 200,
        Expected::Allowed if operation.decides() && role != Role::System => status == 428,
        Expected::Allowed => ![401, 403, 404].contains(&status),
    };
    let shows_texts = reads
        && operation.guarded
        && role != Role::Innovator
        && sight(role, thing(operation)) < Sight::Whole
        && answer.text().contains(MARK);
    (!as_expected || shows_texts).then(|| {
        let Ask { method, path, .. } = ask;
        let text: String = answer.text().chars().take(300).collect();
        format!("{role} on {target:?}: {method} {path} gave {status}: {text}")
    })
}

async fn try_all(api: &Api, world: &World<'_>, role: Role) -> Vec<String> {
    let mut all_wrong = Vec::new();
    for operation in &contract().operations {
        for target in [Target::Own, Target::Others, Target::Nobodys] {
            if !operation.path.contains('{') && target != Target::Own {
                continue;
            }
            let ask = ask(world, operation, target);
            let answer = api.send(role, &ask).await;
            all_wrong.extend(wrong(operation, role, target, &ask, &answer));
        }
    }
    all_wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_answers_every_role_as_the_specs_say() {
    let api = Api::open().await;
    let world = World::live(&api).await;
    let roles = <[Role]>::iter(Role::ALL);
    let all_wrong = join_all(roles.map(|role| try_all(&api, &world, *role))).await.concat();
    assert!(all_wrong.is_empty(), "{} wrong:\n{}", all_wrong.len(), all_wrong.join("\n"));
    nobody(&api, &world).await;
}

/// Without a token, or with one that opens nothing, everything guarded is closed.
async fn nobody(api: &Api, world: &World<'_>) {
    for operation in &contract().operations {
        let ask = ask(world, operation, Target::Own);
        let expected = if operation.guarded { 401 } else { 200 };
        for ask in [ask.clone(), ask.by_token("gch_opensnothing")] {
            let answer = api.office.public.send(&ask).await;
            contract().check(&ask, &answer);
            assert_eq!(answer.status.as_u16(), expected, "{}: {}", operation.id, answer.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_is_carried_out_once_with_a_text_wherever_one_is_sealed() {
    let api = Api::open().await;
    let world = World::live(&api).await;
    let commands = contract().operations.iter().filter(|operation| operation.method == "POST");
    let mut sealed = BTreeSet::new();
    for operation in commands {
        assert!(world.done.contains_key(&operation.id), "{} was not tried", operation.id);
        if let Some(body) = operation.body() {
            let mut places = BTreeSet::new();
            sealed_places(&body["schema"], String::new(), &mut places);
            sealed.extend(places.into_iter().map(|place| (operation.id.clone(), place)));
        }
    }
    // Whatever may be reported is so with the same evidence; three commands stand for all.
    let untried: Vec<_> =
        sealed.difference(&world.texts).filter(|(_, place)| place != "/report/evidence").collect();
    assert!(untried.is_empty(), "{untried:#?}");
    let reported = world.texts.iter().filter(|(_, place)| place == "/report/evidence");
    assert!(reported.count() >= 3);
}

/// Where a schema takes texts that are sealed.
fn sealed_places(schema: &Value, at: String, found: &mut BTreeSet<String>) {
    if let Some(path) = schema.get("$ref").and_then(Value::as_str) {
        let path = path.trim_start_matches('#');
        let meant = guichet::api::document().pointer(path).expect("a schema");
        return sealed_places(meant, at, found);
    }
    if schema.get("maxLength") == Some(&Value::from(Sealed::CHARS_MAX)) {
        found.insert(at);
        return;
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        for schema in schema.get(several).and_then(Value::as_array).into_iter().flatten() {
            sealed_places(schema, at.clone(), found);
        }
    }
    if let Some(items) = schema.get("items") {
        sealed_places(items, format!("{at}/*"), found);
    }
    for any in ["additionalProperties", "patternProperties"] {
        if let Some(schema) = schema.get(any).filter(|schema| schema.is_object()) {
            sealed_places(schema, format!("{at}/*"), found);
        }
    }
    for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten()
    {
        sealed_places(schema, format!("{at}/{name}"), found);
    }
}
