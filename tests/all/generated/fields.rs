//! The fields of a JSON Schema as people read them: a path, what it takes, what it says.

use std::fmt::Write;

use events::CODE_LISTS;
use serde_json::Value;

/// How deep fields are shown; deeper ones are named with their parent's type alone.
const DEPTH_MAX: usize = 6;

/// The longest example that stands in a cell, bytes.
const EXAMPLE_MAX: usize = 30;
/// What the codes of lists that are data look like.
const CODE: &str = "^[a-z0-9][a-z0-9_.-]{0,63}$";

/// A field.
pub(super) struct Field {
    /// Where it stands: `commitments[].by`; `*` stands for any key.
    path: String,
    required: bool,
    takes: String,
    about: String,
}

/// The fields of a schema within its document, in their order; none of these names.
pub(super) fn fields(document: &Value, schema: &Value, without: &[&str]) -> Vec<Field> {
    let mut walk = Walk { document, found: Vec::new() };
    walk.members(schema, "", 0);
    let top = |field: &Field| !without.contains(&field.path.split(['.', '[']).next().unwrap_or(""));
    walk.found.retain(top);
    walk.found
}

/// The fields as a table.
pub(super) fn table(fields: &[Field]) -> String {
    if fields.is_empty() {
        return "It has no fields.\n".to_owned();
    }
    let mut table = "| field | takes | |\n|---|---|---|\n".to_owned();
    for Field { path, required, takes, about } in fields {
        let star = if *required { "" } else { " ?" };
        let takes = takes.replace('|', "\\|");
        writeln!(table, "| `{path}`{star} | {takes} | {} |", line(about)).expect("a string grows");
    }
    table
}

/// A text on one line, fit for a cell.
pub(super) fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

struct Walk<'d> {
    document: &'d Value,
    found: Vec<Field>,
}

impl<'d> Walk<'d> {
    /// Follows references; what stands beside one goes before what it leads to.
    fn resolved(&self, schema: &'d Value) -> &'d Value {
        let path = schema["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
        path.map_or(schema, |path| self.document.pointer(path).expect("references lead somewhere"))
    }

    /// The members of an object, or of each shape that it may have.
    fn members(&mut self, schema: &'d Value, path: &str, depth: usize) {
        let schema = self.resolved(schema);
        if depth > DEPTH_MAX || is_sealed(schema) {
            return;
        }
        for shape in shapes(schema) {
            self.members(shape, path, depth);
        }
        let required = schema["required"].as_array();
        let is_required =
            |name: &str| required.is_some_and(|names| names.iter().any(|known| known == name));
        let properties = schema["properties"].as_object();
        for (name, member) in properties.into_iter().flatten() {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            self.field(member, path, is_required(name), depth + 1);
            // What is said of a shape is said of its one member.
            if let (Some(last), Some(1)) = (self.found.last_mut(), properties.map(|map| map.len()))
                && last.about.is_empty()
            {
                schema["description"].as_str().unwrap_or_default().clone_into(&mut last.about);
            }
        }
        let any = ["additionalProperties", "patternProperties"].map(|kind| match kind {
            "patternProperties" => schema[kind].as_object().and_then(|map| map.values().next()),
            _ => schema.get(kind).filter(|value| value.is_object()),
        });
        if let Some(member) = any.into_iter().flatten().next() {
            self.field(member, format!("{path}.*"), false, depth + 1);
        }
    }

    fn field(&mut self, member: &'d Value, path: String, required: bool, depth: usize) {
        if self.found.iter().any(|known| known.path == path) {
            return;
        }
        let about = member["description"].as_str().unwrap_or_default().to_owned();
        let takes = self.takes(member);
        self.found.push(Field { path: path.clone(), required, takes, about });
        let member = self.resolved(member);
        let several = shapes(member);
        match several.as_slice() {
            [only] => self.below(only, &path, depth),
            _ => self.below(member, &path, depth),
        }
    }

    fn below(&mut self, member: &'d Value, path: &str, depth: usize) {
        let member = self.resolved(member);
        match member.get("items") {
            Some(items) => self.members(items, &format!("{path}[]"), depth),
            None => self.members(member, path, depth),
        }
    }

    /// What a field takes, in a few words.
    fn takes(&self, schema: &'d Value) -> String {
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit(['/', '.']).next())
            && CODE_LISTS.iter().any(|list| list.name == name)
        {
            return format!("[{name}](codes.md#{})", name.to_lowercase());
        }
        let schema = self.resolved(schema);
        if is_sealed(schema) {
            return "text, sealed".to_owned();
        }
        if let Some(words) = words(schema) {
            return words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" · ");
        }
        match shapes(schema).as_slice() {
            [] => {}
            [only] => return self.takes(only),
            several => {
                let mut kinds: Vec<_> = several.iter().map(|shape| self.shape(shape)).collect();
                kinds.dedup();
                return kinds.join(" or ");
            }
        }
        if let Some(items) = schema.get("items") {
            let many = bounds(schema, "minItems", "maxItems");
            return format!("list{many} of {}", self.takes(items));
        }
        plain(schema)
    }

    fn shape(&self, shape: &'d Value) -> String {
        let resolved = self.resolved(shape);
        match resolved["properties"].as_object().map(|map| map.keys().collect::<Vec<_>>()) {
            Some(names) if names.len() == 1 => format!("`{}`", names[0]),
            _ => self.takes(shape),
        }
    }
}

/// The shapes that a value may have, `null` left out.
fn shapes(schema: &Value) -> Vec<&Value> {
    if words(schema).is_some() {
        return Vec::new();
    }
    let several = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array());
    let is_null = |shape: &&Value| shape["type"] == "null";
    several.into_iter().flatten().filter(|shape| !is_null(shape)).collect()
}

/// The words of an enumeration, however it is written.
fn words(schema: &Value) -> Option<Vec<&str>> {
    if let Some(words) = schema["enum"].as_array() {
        return Some(words.iter().filter_map(Value::as_str).collect());
    }
    if let Some(word) = schema["const"].as_str() {
        return Some(vec![word]);
    }
    let several = schema["oneOf"].as_array()?;
    let words = several.iter().map(words).collect::<Option<Vec<_>>>()?;
    Some(words.concat())
}

/// A reference to a sealed text as stored, or the text as sent.
fn is_sealed(schema: &Value) -> bool {
    let stored = &schema["properties"];
    let as_sent = schema["pattern"] == r"\S" && schema["maxLength"] == events::Sealed::CHARS_MAX;
    as_sent || (stored["blob"].is_object() && stored["digest"].is_object())
}

fn plain(schema: &Value) -> String {
    if let Some(what) = schema["x-identifies"].as_str() {
        return format!("id ({})", what.replace('_', " "));
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        kind => kind.as_str(),
    };
    let example = schema["examples"][0].as_str().filter(|example| example.len() <= EXAMPLE_MAX);
    match (kind, schema["format"].as_str(), example) {
        (Some("integer"), ..) => format!("number{}", bounds(schema, "minimum", "maximum")),
        (Some("boolean"), ..) => "`true` · `false`".to_owned(),
        (_, Some("date-time"), _) => "moment".to_owned(),
        (_, Some("date"), _) => "day".to_owned(),
        (_, Some("sha256"), _) => "SHA-256".to_owned(),
        (Some("string"), ..) if schema["pattern"] == CODE => "code".to_owned(),
        (Some("string"), _, Some(example)) => format!("text such as `{example}`"),
        (Some("string"), ..) => "text".to_owned(),
        (Some("object"), ..) => "object".to_owned(),
        (kind, ..) => kind.unwrap_or("anything").to_owned(),
    }
}

fn bounds(schema: &Value, least: &str, most: &str) -> String {
    match (schema[least].as_u64().filter(|least| *least > 0), schema[most].as_u64()) {
        (Some(least), Some(most)) => format!(", {least} to {most},"),
        (Some(least), None) => format!(", at least {least},"),
        (None, Some(most)) => format!(", at most {most},"),
        (None, None) => String::new(),
    }
    .trim_end_matches(if least == "minimum" { "," } else { "" })
    .to_owned()
}
