//! The catalogue: a JSON Schema per event type, generated from the facts' definitions.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::Fact;

/// The JSON Schema (2020-12) of every current event type, by type name, as stored.
pub fn schemas() -> BTreeMap<String, Value> {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schemas = BTreeMap::new();
    for family in Fact::family_schemas(&mut settings.into_generator()) {
        let family = Value::from(family);
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
    // A bare reference can't stand beside a title.
    if schema.get("$ref").is_some() {
        schema = json!({ "allOf": [schema] });
    }
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
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
