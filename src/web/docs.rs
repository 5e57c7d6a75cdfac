//! The API's documentation, rendered from its document.

use askama::Template;
use serde_json::Value;

/// The page.
#[derive(Template)]
#[template(path = "docs.html")]
pub(super) struct Page<'a> {
    pub(super) demonstration: bool,
    pub(super) groups: &'a [Group],
}

/// Operations under one heading.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) operations: Vec<Operation>,
}

/// One operation as people read it.
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) summary: String,
    pub(super) description: String,
    pub(super) parameters: Vec<Field>,
    pub(super) body: Vec<Field>,
    pub(super) example: String,
    pub(super) answers: Vec<(String, String)>,
}

/// A parameter or a field of a body.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) place: String,
    pub(super) kind: String,
    pub(super) required: bool,
    pub(super) description: String,
}

/// The operations of a document, by tag.
pub(super) fn groups(document: &Value) -> Vec<Group> {
    let tags = document["tags"].as_array().into_iter().flatten();
    tags.filter_map(|tag| tag["name"].as_str())
        .map(|name| Group { name: name.to_owned(), operations: operations(document, name) })
        .collect()
}

fn operations(document: &Value, tag: &str) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            if operation["tags"][0] == tag {
                found.push(read(document, path, method, operation));
            }
        }
    }
    found
}

fn read(document: &Value, path: &str, method: &str, operation: &Value) -> Operation {
    let body = operation["requestBody"]["content"].as_object();
    let body = body.and_then(|content| content.values().next());
    let schema = body.map_or(&Value::Null, |body| &body["schema"]);
    let example = body.and_then(|body| body.get("example"));
    let answers = operation["responses"].as_object().into_iter().flatten();
    Operation {
        id: text(&operation["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        description: text(&operation["description"]),
        parameters: operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|parameter| Field {
                name: text(&parameter["name"]),
                place: text(&parameter["in"]),
                kind: kind(document, &parameter["schema"]),
                required: parameter["required"] == true,
                description: text(&parameter["description"]),
            })
            .collect(),
        body: fields(document, resolved(document, schema)),
        example: example
            .and_then(|example| serde_json::to_string_pretty(example).ok())
            .unwrap_or_default(),
        answers: answers
            .map(|(status, answer)| (status.clone(), text(&answer["description"])))
            .collect(),
    }
}

fn fields(document: &Value, schema: &Value) -> Vec<Field> {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .map(|(name, property)| Field {
            name: name.clone(),
            place: "body".to_owned(),
            kind: kind(document, property),
            required: required.iter().any(|known| known == name),
            description: text(&property["description"]),
        })
        .collect()
}

/// What a schema takes, in a few words.
fn kind(document: &Value, schema: &Value) -> String {
    let schema = resolved(document, schema);
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<_> = words.iter().filter_map(Value::as_str).collect();
        return words.join(" · ");
    }
    for several in ["anyOf", "oneOf", "allOf"] {
        if let Some(options) = schema[several].as_array() {
            let kinds: Vec<_> = options
                .iter()
                .map(|option| match option.get("const") {
                    Some(word) => text(word),
                    None => kind(document, option),
                })
                .filter(|kind| kind != "null")
                .collect();
            return kinds.join(" · ");
        }
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(text).filter(|kind| kind != "null").collect(),
        other => vec![text(other)],
    };
    let mut kind_of = kinds.join(" or ");
    if let Some(format) = schema["format"].as_str() {
        kind_of = format!("{kind_of} ({format})");
    }
    if kind_of == "array" {
        return format!("list of {}", kind(document, &schema["items"]));
    }
    if kind_of == "object" {
        let names: Vec<_> =
            schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name).collect();
        if !names.is_empty() {
            let names: Vec<_> = names.into_iter().map(String::as_str).collect();
            return format!("{{ {} }}", names.join(", "));
        }
    }
    kind_of
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
    reference.and_then(|path| document.pointer(path)).unwrap_or(schema)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
