//! The API's document as what every answer is held against.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use guichet::api::document;
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::setup::{Answer, Ask};

/// An operation of the document.
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) tag: String,
    pub(super) guarded: bool,
    described: Value,
}

impl Operation {
    /// Its path about one thing.
    pub(super) fn about(&self, id: &str) -> String {
        self.path.replace("{id}", id)
    }

    pub(super) fn body(&self) -> Option<&Value> {
        self.described.pointer("/requestBody/content/application~1json")
    }

    pub(super) fn example(&self) -> Option<&Value> {
        self.body()?.get("example")
    }

    /// What it takes beside a body.
    pub(super) fn parameters(&self) -> impl Iterator<Item = &Value> {
        self.described["parameters"].as_array().into_iter().flatten()
    }

    /// Whether it takes a parameter of that name.
    pub(super) fn takes(&self, name: &str) -> bool {
        self.parameters().any(|parameter| parameter["name"] == name)
    }

    /// Whether it takes a revision that was seen.
    pub(super) fn decides(&self) -> bool {
        self.parameters().any(|it| it["name"] == "If-Match" && it["required"] == true)
    }

    fn answers_to(&self, path: &str) -> bool {
        let (mine, theirs) = (self.path.split('/'), path.split('/'));
        mine.clone().count() == theirs.clone().count()
            && mine.zip(theirs).all(|(mine, theirs)| mine.starts_with('{') || mine == theirs)
    }
}

/// All operations, and what validates against their schemas.
pub(super) struct Contract {
    pub(super) operations: Vec<Operation>,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

pub(super) fn contract() -> &'static Contract {
    static CONTRACT: LazyLock<Contract> = LazyLock::new(Contract::read);
    &CONTRACT
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

impl Contract {
    fn read() -> Self {
        let operations = members(&document()["paths"]).flat_map(|(path, methods)| {
            members(methods).map(move |(method, described)| Operation {
                id: described["operationId"].as_str().expect("a name").to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                tag: described["tags"][0].as_str().expect("a tag").to_owned(),
                guarded: described["security"] != json!([]),
                described: described.clone(),
            })
        });
        Self { operations: operations.collect(), validators: Mutex::default() }
    }

    /// The operation that a request is for.
    pub(super) fn of(&self, ask: &Ask) -> Option<&Operation> {
        let path = ask.path.split('?').next().unwrap_or_default();
        let matching = |it: &&Operation| it.method == ask.method.as_str() && it.answers_to(path);
        // `/v1/people/find` is no person.
        let named = |it: &&Operation| it.path.matches('{').count();
        self.operations.iter().filter(matching).min_by_key(named)
    }

    pub(super) fn operation(&self, id: &str) -> &Operation {
        let found = self.operations.iter().find(|operation| operation.id == id);
        found.unwrap_or_else(|| panic!("no operation {id}"))
    }

    /// The answer is one that the document promises.
    #[track_caller]
    pub(super) fn check(&self, ask: &Ask, answer: &Answer) {
        let said = format!("{} {} gave {} {}", ask.method, ask.path, answer.status, answer.text());
        let Some(operation) = self.of(ask) else {
            assert!([404, 405].contains(&answer.status.as_u16()), "{said}");
            return;
        };
        let status = answer.status.as_u16();
        assert!(status < 500 || operation.id == "readiness", "{said}");
        let promised = &operation.described["responses"][status.to_string()];
        assert!(promised.is_object(), "{} does not document {status}: {said}", operation.id);
        let Some((media_type, content)) = members(&promised["content"]).next() else { return };
        let given = answer.header("content-type").unwrap_or_default();
        let given = given.split(';').next().unwrap_or_default();
        assert_eq!(given, media_type, "{said}");
        if media_type.ends_with("json") {
            let name = format!("{}/{status}", operation.id);
            self.validate(&name, &content["schema"], &answer.json(), &said);
        }
        if status >= 400 && operation.id != "readiness" {
            check_problem(status, &answer.json(), &said);
        }
    }

    /// A body fits what the document says of an operation's.
    #[track_caller]
    pub(super) fn check_body(&self, operation: &Operation, body: &Value) {
        let schema = &operation.body().expect("it takes a body")["schema"];
        self.validate(&operation.id, schema, body, &format!("{} {body:#}", operation.id));
    }

    #[track_caller]
    fn validate(&self, name: &str, schema: &Value, value: &Value, said: &str) {
        let validator = {
            let mut known = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
            let fresh = || Arc::new(validator(schema));
            Arc::clone(known.entry(name.to_owned()).or_insert_with(fresh))
        };
        let errors: Vec<_> = validator
            .iter_errors(value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}\n{said}");
    }
}

fn check_problem(status: u16, problem: &Value, said: &str) {
    let kind = problem["type"].as_str().unwrap_or_default();
    assert!(kind.starts_with("urn:guichet:problem:"), "{said}");
    assert!(!problem["title"].as_str().unwrap_or_default().is_empty(), "{said}");
    assert!(!problem["detail"].as_str().unwrap_or_default().is_empty(), "{said}");
    assert_eq!(problem["status"], status, "{said}");
    if [403, 404, 409, 412, 428].contains(&status) {
        assert!(problem["rule"].is_string(), "which rule? {said}");
    }
}

/// A schema of the document, with what it refers to and no more, which would take long to build.
fn validator(schema: &Value) -> Validator {
    let mut schemas = Map::new();
    referred(schema, &mut schemas);
    let whole = json!({ "components": { "schemas": schemas }, "allOf": [schema] });
    let options = jsonschema::options().should_validate_formats(true);
    options.build(&whole).expect("a schema")
}

fn referred(schema: &Value, found: &mut Map<String, Value>) {
    match schema {
        Value::Object(map) => {
            if let Some(path) = map.get("$ref").and_then(Value::as_str) {
                let name = path.rsplit('/').next().unwrap_or_default();
                let meant = document().pointer(path.trim_start_matches('#')).expect("a schema");
                if found.insert(name.to_owned(), meant.clone()).is_none() {
                    referred(meant, found);
                }
            }
            map.values().for_each(|value| referred(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| referred(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
