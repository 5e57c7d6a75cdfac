//! JSON Schemas of what is sent: a command's own fields with those that any command may carry.

use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::operation::schema_of;
use crate::domain::{Collection, Spec};
use crate::door::Entry;

/// The body of a command, flat.
pub(super) fn command_schema(
    collection: Collection,
    spec: &Spec,
    generator: &mut SchemaGenerator,
) -> Value {
    let own = variant(collection, spec, generator)
        .and_then(|variant| variant.pointer(&format!("/properties/{}", spec.name)).cloned())
        .map_or(json!({}), |own| resolved(own, generator));
    let entry = resolved(schema_of::<Entry>(generator), generator);
    let mut properties = object_at(&own, "properties");
    let mut required = own.get("required").cloned().unwrap_or(json!([]));
    // What the path names already.
    for named in match collection {
        Collection::Events => &["target", "again"][..],
        Collection::Approvals => &["approval"],
        _ => &[],
    } {
        properties.remove(*named);
        if let Some(required) = required.as_array_mut() {
            required.retain(|name| name != named);
        }
    }
    if collection == Collection::Events
        && let Some(required) = required.as_array_mut()
    {
        // The counter makes them whole.
        required.retain(|name| name != "changes");
    }
    if spec.name == "issue-token" {
        // The server makes the token and its hash.
        properties.remove("hash");
        if let Some(required) = required.as_array_mut() {
            required.retain(|name| name != "hash");
        }
    }
    properties.extend(object_at(&entry, "properties"));
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// What is said of a command where it is defined.
pub(super) struct Said {
    /// The first sentence.
    pub(super) summary: String,
    /// The others.
    pub(super) rest: String,
}

/// What is said of a command where it is defined.
pub(super) fn said_of(collection: Collection, spec: &Spec) -> Said {
    let mut generator = super::operation::generator(schemars::generate::Contract::Deserialize);
    let said = variant(collection, spec, &mut generator)
        .and_then(|variant| variant.get("description")?.as_str().map(str::to_owned))
        .unwrap_or_default();
    let said = said.replace('\n', " ");
    match said.split_once(". ") {
        Some((first, rest)) => Said { summary: format!("{first}."), rest: rest.to_owned() },
        None => Said { summary: said, rest: String::new() },
    }
}

fn variant(collection: Collection, spec: &Spec, generator: &mut SchemaGenerator) -> Option<Value> {
    collection
        .families()
        .iter()
        .filter(|family| family.specs.iter().any(|known| known.name == spec.name))
        .map(|family| Value::from((family.schema)(generator)))
        .find_map(|family| {
            let variants = family.get("oneOf").or_else(|| family.get("anyOf"))?.as_array()?;
            let named =
                |variant: &&Value| variant.pointer(&format!("/properties/{}", spec.name)).is_some();
            variants.iter().find(named).cloned()
        })
}

/// A schema by reference, put in place of the reference.
fn resolved(schema: Value, generator: &SchemaGenerator) -> Value {
    let name = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|path| path.strip_prefix("#/components/schemas/"));
    match name.and_then(|name| generator.definitions().get(name)) {
        Some(definition) => definition.clone(),
        None => schema,
    }
}

fn object_at(schema: &Value, name: &str) -> Map<String, Value> {
    schema.get(name).and_then(Value::as_object).cloned().unwrap_or_default()
}
