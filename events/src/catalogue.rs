//! The catalogue: a JSON Schema per event type, generated from the facts' definitions.
//!
//! `events/catalogue/` holds them as files, one per type and version, those of older versions
//! included. A landed file stays as it is: a new shape is a new version.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::{Fact, Metadata};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The JSON Schema (2020-12) of every current event type, by type name, as stored.
pub fn schemas() -> BTreeMap<String, Value> {
    let mut schemas = BTreeMap::new();
    for family in Fact::family_schemas(&mut settings().into_generator()) {
        let mut family = Value::from(family);
        as_stored(&mut family);
        let definitions = family.get("$defs").cloned().unwrap_or(json!({}));
        let variants = family.get("oneOf").or_else(|| family.get("anyOf"));
        for variant in variants.and_then(Value::as_array).into_iter().flatten() {
            let Some(properties) = variant.get("properties").and_then(Value::as_object) else {
                continue;
            };
            for (name, body) in properties {
                let description = variant.get("description").cloned();
                schemas.insert(name.clone(), whole(name, body, description, &definitions));
            }
        }
    }
    schemas
}

/// The JSON Schema (2020-12) of what stands beside every fact, as stored.
pub fn metadata_schema() -> Value {
    let mut schema = Value::from(settings().into_generator().into_root_schema_for::<Metadata>());
    as_stored(&mut schema);
    schema["title"] = json!("envelope.metadata");
    schema
}

fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().for_serialize()
}

/// From what serde writes to what is stored: nothing empty, so that nothing is ever null, no list
/// or map is without members, and whatever could be either may be absent.
fn as_stored(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            let properties = map.get("properties").and_then(Value::as_object);
            let optional: Vec<String> = properties
                .into_iter()
                .flatten()
                .filter(|(_, property)| may_be_empty(property))
                .map(|(name, _)| name.clone())
                .collect();
            if let Some(required) = map.get_mut("required").and_then(Value::as_array_mut) {
                required.retain(|name| !optional.iter().any(|optional| name == optional.as_str()));
            }
            map.remove("default");
            without_null(map);
            if is_list(map) {
                map.entry("minItems").or_insert(json!(1));
            } else if is_map(map) {
                map.entry("minProperties").or_insert(json!(1));
            }
            map.values_mut().for_each(as_stored);
        }
        Value::Array(list) => list.iter_mut().for_each(as_stored),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn may_be_empty(schema: &Value) -> bool {
    schema
        .as_object()
        .is_some_and(|map| without_null(&mut map.clone()) || is_list(map) || is_map(map))
}

fn is_list(schema: &Map<String, Value>) -> bool {
    schema.get("type").is_some_and(|kind| kind == "array")
}

/// A map has members of any name, while a struct requires some.
fn is_map(schema: &Map<String, Value>) -> bool {
    schema.get("type").is_some_and(|kind| kind == "object")
        && !schema.contains_key("required")
        && ["properties", "patternProperties"].iter().any(|key| schema.contains_key(*key))
}

/// Takes null away from what the schema allows; says whether it was there.
fn without_null(schema: &mut Map<String, Value>) -> bool {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        let before = types.len();
        types.retain(|kind| kind != "null");
        let found = types.len() < before;
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
        return found;
    }
    let Some(Value::Array(choices)) = schema.get_mut("anyOf") else {
        return false;
    };
    let before = choices.len();
    choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
    let found = choices.len() < before;
    if let [Value::Object(only)] = choices.as_slice() {
        let only = only.clone();
        schema.remove("anyOf");
        for (key, value) in only {
            schema.entry(key).or_insert(value);
        }
    }
    found
}

/// One type's schema with the definitions it refers to, directly or through others.
fn whole(name: &str, body: &Value, description: Option<Value>, definitions: &Value) -> Value {
    let mut schema = body.clone();
    let mut wanted = BTreeMap::new();
    let mut open = references(&schema);
    while let Some(next) = open.pop() {
        if let Some(definition) = definitions.get(&next)
            && !wanted.contains_key(&next)
        {
            open.extend(references(definition));
            wanted.insert(next, definition.clone());
        }
    }
    schema["$schema"] = json!(DIALECT);
    schema["title"] = json!(name);
    if let Some(description) = description {
        schema["description"] = description;
    }
    if !wanted.is_empty() {
        schema["$defs"] = json!(wanted);
    }
    schema
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, value)| match (key.as_str(), value.as_str()) {
                ("$ref", Some(path)) => {
                    path.strip_prefix("#/$defs/").map(str::to_owned).into_iter().collect()
                }
                _ => references(value),
            })
            .collect(),
        Value::Array(list) => list.iter().flat_map(references).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}
