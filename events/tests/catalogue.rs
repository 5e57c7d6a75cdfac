//! The catalogue: every type has a schema and a sample, and today's code reads them all.
//!
//! `UPDATE=1 cargo test -p guichet-events` writes the schemas that are missing. It never touches
//! one that is there: what is stored under a name never changes its shape. Where a schema may
//! change after all, because every stored fact still fits (a word joins a code list, a comment
//! reads better), delete the file, update, and let the review see the difference.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use events::{Fact, Metadata, Stream, catalogue, wire};
use serde_json::Value;

const METADATA: &str = "envelope.metadata";

/// Versions that today's code reads but no longer writes.
const OLD: &[&str] = &["outcome.recorded.v1"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The JSON files of a folder, by name without ending.
fn files(name: &str) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder(name)).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("readable").path());
    let file = |path: PathBuf| {
        let stem = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".json"));
        let stem = stem.unwrap_or_else(|| panic!("not JSON: {}", path.display())).to_owned();
        (stem, fs::read_to_string(path).expect("readable"))
    };
    paths.map(file).collect()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn pretty(value: &Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(value).expect("plain data"))
}

/// Everything that has a schema generated: the types that are written today, and the metadata.
fn generated() -> BTreeMap<String, Value> {
    let mut schemas = catalogue::schemas();
    schemas.insert(METADATA.to_owned(), catalogue::metadata_schema());
    schemas
}

fn names() -> BTreeSet<String> {
    let names = Fact::names().into_iter().chain(OLD.iter().copied()).chain([METADATA]);
    names.map(str::to_owned).collect()
}

/// The samples of facts, decoded by today's code.
fn facts() -> Vec<(String, Fact)> {
    let samples = files("samples").into_iter().filter(|(name, _)| name != METADATA);
    let decoded = samples.map(|(name, text)| {
        let fact = Fact::decode(&name, text.as_bytes());
        let fact = fact.unwrap_or_else(|error| panic!("sample {name}: {error}"));
        (name, fact)
    });
    decoded.collect()
}

/// The landed schemas, by type name; with `UPDATE`, those that were missing among them.
fn schemas() -> &'static BTreeMap<String, String> {
    static LANDED: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    LANDED.get_or_init(|| {
        for (name, schema) in generated() {
            let path = folder("catalogue").join(format!("{name}.json"));
            if !path.exists() && std::env::var_os("UPDATE").is_some() {
                fs::write(&path, pretty(&schema)).expect("the folder can be written");
            }
        }
        files("catalogue")
    })
}

#[test]
fn landed_schemas_stay_as_they_are() {
    let mut stale = Vec::new();
    for (name, schema) in generated() {
        match schemas().get(&name) {
            Some(landed) if *landed == pretty(&schema) => {}
            Some(_) => stale.push(format!("{name}: changed; a new shape is a new version")),
            None => stale.push(format!("{name}: missing; run again with UPDATE=1")),
        }
    }
    assert!(stale.is_empty(), "see the head of this test file\n{}", stale.join("\n"));
}

#[test]
fn every_type_has_a_schema_and_a_sample_and_nothing_else_has() {
    assert_eq!(schemas().keys().cloned().collect::<BTreeSet<_>>(), names());
    assert_eq!(files("samples").into_keys().collect::<BTreeSet<_>>(), names());
    let written: BTreeSet<String> = catalogue::schemas().into_keys().collect();
    assert_eq!(written, Fact::names().into_iter().map(str::to_owned).collect());
}

#[test]
fn every_sample_keeps_to_its_schema() {
    for (name, text) in files("samples") {
        let schema = json(&schemas()[&name]);
        jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
        let validator = jsonschema::options().should_validate_formats(true).build(&schema);
        let validator = validator.unwrap_or_else(|error| panic!("{name}: {error}"));
        let errors: Vec<String> =
            validator.iter_errors(&json(&text)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "sample {name}: {errors:?}");
    }
}

#[test]
fn every_sample_fills_every_field() {
    for (name, text) in files("samples") {
        let schema = json(&schemas()[&name]);
        let mut left_out = Vec::new();
        compare(&schema, &schema, &json(&text), &name, &mut left_out);
        assert!(left_out.is_empty(), "{left_out:?}");
    }
}

/// Notes the fields that `schema` knows and `sample` does not fill.
fn compare(whole: &Value, schema: &Value, sample: &Value, at: &str, left_out: &mut Vec<String>) {
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        let pointer = target.strip_prefix('#').expect("only local references");
        let target = whole.pointer(pointer).expect("a definition");
        return compare(whole, target, sample, at, left_out);
    }
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    for (name, property) in properties {
        let at = format!("{at}.{name}");
        match sample.get(name) {
            Some(sample) => compare(whole, property, sample, &at, left_out),
            // A map that names its keys need not hold them all.
            None if schema.get("required").is_none() => {}
            None => left_out.push(at),
        }
    }
    if let (Some(items), Some(list)) = (schema.get("items"), sample.as_array()) {
        assert!(!list.is_empty(), "nothing stored is empty: {at}");
        list.iter().for_each(|sample| compare(whole, items, sample, at, left_out));
    }
}

#[test]
fn samples_are_stored_bytes_made_readable() {
    for (name, text) in files("samples") {
        assert_eq!(
            text,
            pretty(&json(&text)),
            "sample {name}: keys sorted, two spaces, one newline"
        );
    }
}

#[test]
fn what_is_written_today_is_what_the_sample_says() {
    let samples = files("samples");
    for (name, fact) in facts() {
        let (written_as, body) = fact.encode().expect("plain data");
        assert_eq!(written_as == name, !OLD.contains(&name.as_str()), "{name} as {written_as}");
        if written_as == name {
            let sample = serde_json::to_vec(&json(&samples[&name])).expect("plain data");
            assert_eq!(String::from_utf8(body), String::from_utf8(sample), "{name}");
        }
    }
    let metadata: Metadata = serde_json::from_str(&samples[METADATA]).expect("the sample");
    let sample = serde_json::to_vec(&json(&samples[METADATA])).expect("plain data");
    assert_eq!(wire::canonical(&metadata).expect("plain data"), sample);
}

#[test]
fn nothing_is_stored_as_a_float_or_as_text_in_clear() {
    for (name, text) in schemas() {
        closed(&json(text), name);
    }
}

/// Fails where a schema lets through a float, a text of any form, or members of any name.
fn closed(schema: &Value, at: &str) {
    let Some(map) = schema.as_object() else {
        return schema.as_array().into_iter().flatten().for_each(|part| closed(part, at));
    };
    let kinds: Vec<&str> = match map.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    assert!(!kinds.contains(&"number"), "{at}: a float");
    assert!(!kinds.contains(&"null"), "{at}: nothing stored is null");
    if kinds.contains(&"string") {
        let bound = ["format", "pattern", "enum", "const"].iter().any(|key| map.contains_key(*key));
        assert!(bound, "{at}: text in clear");
    }
    // What stands beside a fact has no version and may grow; facts may not.
    if kinds.contains(&"object") && !at.starts_with(METADATA) {
        assert_eq!(map.get("additionalProperties"), Some(&Value::Bool(false)), "{at}: open");
    }
    for (key, part) in map {
        closed(part, &format!("{at}/{key}"));
    }
}

#[test]
fn families_are_small_and_names_end_in_their_version() {
    let mut families: BTreeMap<String, usize> = BTreeMap::new();
    for name in Fact::names().into_iter().chain(OLD.iter().copied()) {
        let parts: Vec<&str> = name.split('.').collect();
        let [family, what, version] = parts[..] else { panic!("not three parts: {name}") };
        let small = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase());
        assert!(small(family), "{name}");
        assert!(what.split('-').all(small), "{name}");
        let number = version.strip_prefix('v').and_then(|number| number.parse::<u32>().ok());
        assert!(number.is_some_and(|number| number > 0), "{name}");
        *families.entry(family.to_owned()).or_default() += 1;
    }
    assert_eq!(families.len(), 17);
    assert!(families.values().all(|size| *size <= 20), "{families:?}");
}

#[test]
fn every_fact_says_what_it_is_about() {
    for (name, fact) in facts() {
        let stream = events::samples::home(&fact, 0);
        let about = fact.objects(&stream.name());
        assert!(!about.is_empty(), "{name} is about nothing");
        assert!(about.iter().all(|object| !object.qualifier.is_empty()), "{name}: {about:?}");
        assert!(stream == Stream::Access || about[0].qualifier == "subject", "{name}: {about:?}");
    }
}
