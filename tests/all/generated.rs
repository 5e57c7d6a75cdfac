//! The reference is what the code says: each file of `docs/reference/` is generated, committed,
//! and compared here. `UPDATE=1 cargo test --test all generated` writes those that are stale.

mod fields;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use events::policy::{Criterion, Duty, PolicyBody, Word};
use events::{CODE_LISTS, Class, Fact, Labelled, Language, PolicyKind, Role, Rule};
use guichet::access::{Sight, Thing, sight};
use guichet::api::document;
use guichet::domain::defaults::default_policies;
use guichet::domain::{Collection, Effect, Spec};
use guichet::door::ENTRY_FIELDS;
use serde_json::Value;

use fields::{fields, line, table};

/// Compares a file of the reference with what it should be, or writes it.
fn compare(name: &str, expected: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/reference").join(name);
    if std::fs::read_to_string(&path).is_ok_and(|found| found == expected) {
        return;
    }
    let update = std::env::var_os("UPDATE").is_some();
    assert!(update, "{name} is stale: UPDATE=1 cargo test --test all generated");
    std::fs::write(&path, expected).expect("docs/reference can be written");
}

fn page(title: &str, lead: &str) -> String {
    format!("<!-- Generated; a test compares it with the code. -->\n\n# {title}\n\n{lead}\n")
}

macro_rules! say {
    ($page:expr, $($said:tt)*) => { writeln!($page, $($said)*).expect("a string grows") };
}

#[test]
fn the_api_document_is_what_the_server_gives() {
    let text = serde_json::to_string_pretty(document()).expect("JSON");
    compare("openapi.json", &format!("{text}\n"));
}

/// A command's operation in the API's document, with its path.
fn operation(collection: Collection, spec: &Spec) -> (&'static str, &'static Value) {
    let id = format!("{collection}.{}", spec.name);
    let paths = document()["paths"].as_object().expect("an object");
    let mut all = paths.iter().map(|(path, methods)| (path.as_str(), &methods["post"]));
    all.find(|(_, operation)| operation["operationId"] == id).expect("every command is there")
}

fn is_or_isnt_a_decision(spec: &Spec) -> &'static str {
    match spec.effect {
        Effect::Creates => "begins the record",
        Effect::Adds => "adds to the record",
        Effect::Decides => "a decision: takes `If-Match`",
    }
}

fn roles(roles: &[Role]) -> String {
    roles.iter().map(|role| format!("`{role}`")).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_commands_are_listed_with_their_fields() {
    let lead = "Each command is a `POST` with a flat JSON body. Beside its own fields any body may \
                say `occurred_at`, `via`,\n`late_entry_reason`, `report` and `on_behalf_of`; see \
                the [API's document](openapi.json). A `?` marks what may be\nleft out. Rules are \
                listed in [rules.md](rules.md), codes in [codes.md](codes.md).";
    let mut page = page("Commands", lead);
    for collection in Collection::ALL {
        say!(page, "\n## {collection}");
        for spec in collection.specs() {
            let (path, operation) = operation(*collection, spec);
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let text = |name: &str| operation[name].as_str().expect("text");
            let (said, _) = text("description").split_once("Sent by:").expect("roles are told");
            say!(page, "\n### {} ({collection})", spec.name);
            say!(page, "\n{} {}", line(text("summary")), line(said));
            say!(page, "\n`POST {path}` · {}", is_or_isnt_a_decision(spec));
            say!(page, "\nSent by {}.\n", roles(spec.roles));
            page.push_str(&table(&fields(document(), schema, ENTRY_FIELDS)));
        }
    }
    compare("commands.md", &page.replace(" \n", "\n"));
}

fn sight_in_words(sight: Sight) -> &'static str {
    match sight {
        Sight::Nothing => "",
        Sight::Own => "own",
        Sight::Pseudonymous => "pseudonymous",
        Sight::Whole => "all",
    }
}

#[test]
fn the_roles_are_listed_with_what_they_see_and_send() {
    let lead = "*own*: what is about themselves; *pseudonymous*: everything but personal data and \
                free text; *all*: everything.\nAn auditor sees this while on a mission that covers \
                it. The system acts for the operator and for timers.";
    let mut page = page("Roles", lead);
    say!(page, "\n## Who sees what\n");
    let things: Vec<_> = Thing::ALL.iter().map(|thing| format!("{thing:?}")).collect();
    say!(page, "| | {} |", things.join(" | ").to_lowercase());
    say!(page, "|---|{}", "---|".repeat(things.len()));
    for role in <Role as Labelled>::ALL {
        let seen = Thing::ALL.iter().map(|thing| sight_in_words(sight(*role, *thing)));
        say!(page, "| `{role}` | {} |", seen.collect::<Vec<_>>().join(" | "));
    }
    say!(page, "\n## Who sends what\n");
    say!(page, "The system may send every command. Bold: a decision.");
    for collection in Collection::ALL {
        senders(&mut page, *collection);
    }
    compare("roles.md", &page);
}

/// Who sends the commands of a collection, as a table.
fn senders(page: &mut String, collection: Collection) {
    let sends = |role: &&Role| collection.specs().any(|spec| spec.roles.contains(role));
    let roles: Vec<_> = <Role as Labelled>::ALL.iter().filter(sends).collect();
    let names: Vec<_> = roles.iter().map(ToString::to_string).collect();
    say!(page, "\n### {collection}\n\n| | {} |", names.join(" | "));
    say!(page, "|---|{}", ":-:|".repeat(roles.len()));
    for spec in collection.specs() {
        let sent = roles.iter().map(|role| if spec.roles.contains(role) { "●" } else { "" });
        let sent = sent.collect::<Vec<_>>().join(" | ");
        say!(page, "| {} | {sent} |", link(collection, spec));
    }
}

fn link(collection: Collection, spec: &Spec) -> String {
    let Spec { name, .. } = spec;
    let link = format!("[{name}](commands.md#{name}-{collection})");
    match spec.effect {
        Effect::Decides => format!("**{link}**"),
        Effect::Creates | Effect::Adds => link,
    }
}

const fn class(class: Class) -> &'static str {
    match class {
        Class::Descriptive => "descriptive",
        Class::Decision => "decision",
        Class::Mechanical => "mechanical",
    }
}

#[test]
fn the_events_are_listed_with_their_fields() {
    let lead = "What is stored, type by type. A type's name ends in its version and never changes \
                meaning. *Descriptive* facts may be\ncorrected; *decisions* are annulled or \
                amended by two persons, never corrected; *mechanical* facts are undone\nonly by \
                their own counter-event. Texts are stored sealed, apart from the log. A `?` marks \
                what may be absent. The JSON\nSchemas stand in `events/catalogue/`.";
    let mut page = page("Events", lead);
    let schemas = events::catalogue::schemas();
    let samples: BTreeMap<String, Vec<u8>> = events::samples::all().into_iter().collect();
    let mut family = "";
    for name in Fact::names() {
        let (of, _) = name.split_once('.').expect("a family");
        if of != family {
            family = of;
            say!(page, "\n## {family}");
        }
        let fact = &Fact::decode(name, &samples[name]).expect("a sample is a fact");
        let schema = &schemas[name];
        let about = fact.objects(&events::samples::home(fact, 0).name());
        let mut about: Vec<_> =
            about.iter().map(|thing| format!("{} ({})", thing.kind, thing.qualifier)).collect();
        about.dedup();
        say!(page, "\n### {name}");
        say!(page, "\n{}", line(schema["description"].as_str().unwrap_or_default()));
        say!(page, "\nClass: {}. About: {}.\n", class(fact.class()), about.join(", "));
        page.push_str(&table(&fields(schema, schema, &[])));
    }
    compare("events.md", &page);
}

#[test]
fn the_codes_are_listed_in_french_and_english() {
    let lead = "Lists on which decisions branch stand in the code. The others are data: they hold \
                as the office publishes them\n(`guichet policy show`); below is what an office \
                starts with.";
    let mut page = page("Codes", lead);
    say!(page, "\n## In the code");
    for list in CODE_LISTS {
        say!(page, "\n### {}\n\n{}\n", list.name, line(list.about));
        words(&mut page, list.words);
    }
    say!(page, "\n## As published");
    for body in default_policies() {
        let kind = body.kind();
        for (name, list) in lists(&body) {
            let about = kind.label(Language::En);
            say!(page, "\n### {name}\n\nPart of the rule `{kind}` ({about}).\n");
            words(&mut page, &list);
        }
    }
    compare("codes.md", &page);
}

/// A word with its labels in French and in English.
type Entry<'w> = (&'w str, &'w str, &'w str);

/// The code lists that a rule holds, by name.
fn lists(body: &PolicyBody) -> Vec<(&str, Vec<Entry<'_>>)> {
    match body {
        PolicyBody::Eligibility { criteria } => {
            vec![("criterion", criteria.iter().map(criterion).collect())]
        }
        PolicyBody::LateEntry { reasons, .. } => vec![("late_entry_reason", entries(reasons))],
        PolicyBody::CodeLists { lists } => {
            lists.iter().map(|(name, list)| (name.as_str(), entries(list))).collect()
        }
        PolicyBody::Retention { duties } => {
            vec![("retention_duty", duties.iter().map(duty).collect())]
        }
        PolicyBody::OfferComponents { .. }
        | PolicyBody::Conflicts { .. }
        | PolicyBody::Booking { .. }
        | PolicyBody::ServiceLevels { .. } => Vec::new(),
    }
}

fn criterion(criterion: &Criterion) -> Entry<'_> {
    (criterion.code.as_str(), criterion.fr.as_str(), criterion.en.as_str())
}

fn duty(duty: &Duty) -> Entry<'_> {
    (duty.code.as_str(), duty.fr.as_str(), duty.en.as_str())
}

fn entries(list: &[Word]) -> Vec<Entry<'_>> {
    list.iter().map(|word| (word.code.as_str(), word.fr.as_str(), word.en.as_str())).collect()
}

fn words(page: &mut String, list: &[Entry<'_>]) {
    say!(page, "| code | français | English |\n|---|---|---|");
    for (word, fr, en) in list {
        say!(page, "| `{word}` | {fr} | {en} |");
    }
}

#[test]
fn the_rules_are_listed_with_their_ids() {
    let lead = "What a refusal, an irregularity or a problem document names. A rule marked \
                *always* binds reports too: what happened\nelsewhere is logged with its \
                irregularity where any other rule was not kept, but never against these.";
    let mut page = page("Rules", lead);
    let schema = Value::from(schemars::schema_for!(Rule));
    let said: BTreeMap<_, _> = schema["oneOf"].as_array().expect("a list").iter().map(of).collect();
    say!(page, "\n| id | rule | binds reports |\n|---|---|---|");
    for rule in Rule::ALL {
        let always = if guichet::domain::binds_reports(*rule) { "always" } else { "" };
        say!(page, "| {rule} | {} | {always} |", said[rule.word()]);
    }
    say!(page, "\n## Rules that are data\n");
    say!(page, "Versioned and on the log; a decision quotes the version it applied.\n");
    for kind in <PolicyKind as Labelled>::ALL {
        say!(page, "- `{kind}`: {}", kind.label(Language::En));
    }
    compare("rules.md", &page);
}

fn of(rule: &Value) -> (&str, String) {
    let text = |name: &str| rule[name].as_str().expect("text");
    (text("const"), line(text("description")))
}
