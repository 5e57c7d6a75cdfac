//! The API's document, OpenAPI 3.1, built from the same operations as its routes.

use std::collections::BTreeMap;

use schemars::generate::Contract;
use serde_json::{Map, Value, json};

use super::operation::{Answer, Operation, Parameter, generator, schema_of};
use super::problem::{MEDIA_TYPE, Problem};

/// What any operation may answer beside its own answers.
const PROBLEMS: &[(u16, &str)] = &[
    (400, "The request is not well-formed"),
    (401, "Nobody is signed in"),
    (403, "Your roles don't allow it (G-4)"),
    (404, "There is no such thing, or none that you may see"),
    (409, "A rule of the office forbids it; `rule` says which"),
    (412, "Somebody changed the record meanwhile (G-2)"),
    (413, "The body is too large"),
    (415, "The body's media type is not taken"),
    (422, "A field does not fit; `field` says which"),
    (428, "A decision states the revision it was taken on (G-2)"),
    (503, "The store can't answer now; repeat the request"),
];

/// The document.
pub(super) fn document(operations: &[Operation]) -> Value {
    let mut takes = generator(Contract::Deserialize);
    let mut gives = generator(Contract::Serialize);
    let problem = schema_of::<Problem>(&mut gives);
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in operations {
        let method = operation.method.as_str().to_lowercase();
        let mut described = json!({
            "operationId": operation.id,
            "tags": [operation.tag],
            "summary": operation.summary,
        });
        if !operation.description.is_empty() {
            described["description"] = json!(operation.description);
        }
        described["security"] =
            if operation.guarded { json!([{ "token": [] }]) } else { json!([]) };
        let mut parameters: Vec<Value> = operation.parameters.iter().map(parameter).collect();
        if let Some(query) = operation.query {
            parameters.extend(query_parameters(&query(&mut takes)));
        }
        if !parameters.is_empty() {
            described["parameters"] = json!(parameters);
        }
        if let Some(body) = &operation.body {
            let mut media = json!({ "schema": incoming((body.schema)(&mut takes)) });
            if let Some(example) = &body.example {
                media["example"] = example.clone();
            }
            described["requestBody"] =
                json!({ "required": true, "content": { body.media_type: media } });
        }
        let mut answers = Map::new();
        for answer in &operation.answers {
            let schema = answer.schema.map(|schema| outgoing(schema(&mut gives)));
            answers.insert(answer.status.to_string(), response(answer, schema));
        }
        for (status, description) in problems_of(operation) {
            answers.insert(
                status.to_string(),
                json!({ "description": description,
                        "content": { MEDIA_TYPE: { "schema": problem } } }),
            );
        }
        described["responses"] = Value::Object(answers);
        paths.entry(&operation.path).or_default().insert(method, described);
    }
    let mut schemas = Map::new();
    for (name, schema) in takes.take_definitions(true) {
        schemas.insert(format!("Sent.{name}"), incoming(schema));
    }
    for (name, schema) in gives.take_definitions(true) {
        schemas.insert(name, outgoing(schema));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "guichet",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The counter of a one-stop shop for oncology innovators",
            "description": include_str!("about.md"),
            "license": { "name": "EUPL-1.2", "identifier": "EUPL-1.2" },
        },
        "servers": [{ "url": "/" }],
        "tags": tags(operations),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer",
                "description": "A token, gch_…, issued by an administrator" } },
        },
    })
}

fn problems_of(operation: &Operation) -> impl Iterator<Item = &'static (u16, &'static str)> {
    let (sends, guarded) = (operation.body.is_some(), operation.guarded);
    let named = operation.path.contains('{');
    PROBLEMS.iter().filter(move |(status, _)| match status {
        401 | 403 => guarded,
        404 => named || sends,
        409 | 412 | 413 | 415 | 428 => sends,
        _ => guarded || *status == 503,
    })
}

fn parameter(parameter: &Parameter) -> Value {
    let mut described = json!({
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "description": parameter.description,
        "schema": parameter.schema,
    });
    if let Some(example) = &parameter.example {
        described["example"] = example.clone();
    }
    described
}

fn query_parameters(schema: &Value) -> Vec<Value> {
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .map(|(name, schema)| {
            let mut schema = incoming(schema.clone());
            let description = schema.as_object_mut().and_then(|map| map.remove("description"));
            json!({
                "name": name,
                "in": "query",
                "required": required.contains(&json!(name)),
                "description": description.unwrap_or(json!("")),
                "schema": without_null(schema),
            })
        })
        .collect()
}

/// A query parameter is there or not; it is never null.
fn without_null(mut schema: Value) -> Value {
    if schema.get("default") == Some(&Value::Null)
        && let Some(map) = schema.as_object_mut()
    {
        map.remove("default");
    }
    if let Some(kinds) = schema.get_mut("type")
        && let Some(list) = kinds.as_array_mut()
    {
        list.retain(|kind| kind != "null");
        if let [only] = list.as_slice() {
            *kinds = only.clone();
        }
    }
    if let Some(any) = schema.get("anyOf").and_then(Value::as_array) {
        let is_null = |schema: &&Value| schema.get("type") != Some(&json!("null"));
        let rest: Vec<_> = any.iter().filter(is_null).cloned().collect();
        schema["anyOf"] = json!(rest);
    }
    schema
}

fn response(answer: &Answer, schema: Option<Value>) -> Value {
    match schema {
        None => json!({ "description": answer.description }),
        Some(schema) => json!({
            "description": answer.description,
            "content": { answer.media_type: { "schema": schema } },
        }),
    }
}

fn tags(operations: &[Operation]) -> Vec<Value> {
    let mut tags: Vec<&str> = Vec::new();
    for operation in operations {
        if !tags.contains(&operation.tag) {
            tags.push(operation.tag);
        }
    }
    tags.into_iter().map(|tag| json!({ "name": tag })).collect()
}

/// What is sent and what comes back may differ under one name, so what is sent has its own.
fn incoming(schema: Value) -> Value {
    rewritten(schema, &|map| {
        if let Some(Value::String(path)) = map.get_mut("$ref") {
            *path = path.replace("#/components/schemas/", "#/components/schemas/Sent.");
        }
        None
    })
}

/// Marks a schema whose sealed values are shown as they are stored.
pub(super) const AS_STORED: &str = "x-as-stored";

/// What is stored sealed comes back as text, or as the reason why not.
fn outgoing(schema: Value) -> Value {
    rewritten(schema, &|map| {
        if map.contains_key(AS_STORED) {
            return Some(Value::Object(map.clone()));
        }
        let sealed = map.get("properties").is_some_and(|properties| {
            properties.get("blob").is_some() && properties.get("digest").is_some()
        });
        let optional = map.get("type").and_then(Value::as_array);
        let optional = optional.is_some_and(|kinds| kinds.contains(&json!("null")));
        sealed.then(|| shown_text(optional))
    })
}

fn shown_text(optional: bool) -> Value {
    let instead = |word: &str| {
        json!({ "type": "object", "properties": { word: { "const": true } },
                "required": [word], "additionalProperties": false })
    };
    let mut kinds = vec![json!({ "type": "string" }), instead("erased"), instead("withheld")];
    if optional {
        kinds.push(json!({ "type": "null" }));
    }
    json!({ "description": "Text; or why it is not shown", "oneOf": kinds })
}

/// Changes every object of a schema: in place, or by another.
fn rewritten(schema: Value, change: &dyn Fn(&mut Map<String, Value>) -> Option<Value>) -> Value {
    match schema {
        Value::Object(mut map) => {
            if let Some(other) = change(&mut map) {
                return other;
            }
            let members = map.into_iter().map(|(name, value)| (name, rewritten(value, change)));
            Value::Object(members.collect())
        }
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| rewritten(item, change)).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::api::{document, operations};

    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let ids: BTreeSet<_> = operations().into_iter().map(|operation| operation.id).collect();
        assert_eq!(ids.len(), operations().len());
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let text = document().to_string();
        for path in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(document().pointer(path).is_some(), "{path}");
        }
    }
}
