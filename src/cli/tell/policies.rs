//! The office's rules, version by version.

use events::{Labelled, Time};
use projections::policies::{PolicyFile, PolicyVersion};
use serde_json::Value;

use crate::cli::moment::told;
use crate::cli::paper::{Ink, Margin, Paper, Side, Table, push_line};

/// The rules as a table.
pub(in crate::cli) fn policies(files: &[PolicyFile], now: Time, paper: &Paper) -> String {
    let mut table = Table::of(&[
        ("kind", Side::Left),
        ("rule", Side::Yielding),
        ("in force", Side::Left),
        ("versions", Side::Right),
        ("last", Side::Left),
    ]);
    for file in files {
        let in_force = file.in_force(now).map(|version| format!("v{}", version.version));
        let ink = if in_force.is_some() { Ink::Good } else { Ink::Warning };
        let last = file.versions.last().map_or_else(String::new, |last| {
            format!("v{} {}", last.version, state(last, file, now).0)
        });
        table.row([
            (file.kind.to_string(), Ink::Reference),
            (file.kind.label(paper.language).to_owned(), Ink::Strong),
            (in_force.unwrap_or_else(|| "none".to_owned()), ink),
            (file.versions.len().to_string(), Ink::Plain),
            (last, Ink::Plain),
        ]);
    }
    table.write(paper)
}

/// A rule with all its versions, and what the one in force says, or else the last.
pub(in crate::cli) fn policy(file: &PolicyFile, now: Time, paper: &Paper) -> String {
    let mut page = String::new();
    let title = format!("{} ({})", file.kind.label(paper.language), file.kind);
    push_line(&mut page, &Ink::Strong.write(&title));
    page.push('\n');
    let mut table =
        Table::of(&[("version", Side::Left), ("state", Side::Left), ("from", Side::Left)]);
    for version in &file.versions {
        let (state, ink) = state(version, file, now);
        let from = version.effective_from.map_or_else(String::new, told);
        table.row([
            (format!("v{}", version.version), Ink::Reference),
            (state.to_owned(), ink),
            (from, Ink::Plain),
        ]);
    }
    page.push_str(&table.write(paper));
    if let Some(version) = file.in_force(now).or(file.versions.last()) {
        page.push('\n');
        push_line(&mut page, &Ink::Strong.write(&format!("Version {} says", version.version)));
        let body = serde_json::to_value(&version.body).unwrap_or_default();
        // Externally tagged: the one key is the kind again.
        let said = body.get(file.kind.word()).unwrap_or(&body);
        page.push_str(&outline(said, 2, paper));
    }
    page
}

fn state(version: &PolicyVersion, file: &PolicyFile, now: Time) -> (&'static str, Ink) {
    let in_force = file.in_force(now).is_some_and(|force| force.version == version.version);
    match (version.published, version.retired) {
        (_, Some(_)) => ("retired", Ink::Faint),
        (None, None) => ("draft", Ink::Warning),
        (Some(_), None) if in_force => ("in force", Ink::Good),
        (Some(_), None) if version.effective_from.is_some_and(|from| now < from) => {
            ("to come", Ink::Plain)
        }
        (Some(_), None) => ("superseded", Ink::Faint),
    }
}

/// A value as an indented outline: names and what stands behind them.
fn outline(value: &Value, indent: usize, paper: &Paper) -> String {
    let mut page = String::new();
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                page.push_str(&member(name, value, indent, paper));
            }
        }
        Value::Array(items) => {
            for item in items {
                page.push_str(&member("-", item, indent, paper));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            page.push_str(&member("", value, indent, paper));
        }
    }
    page
}

fn member(name: &str, value: &Value, indent: usize, paper: &Paper) -> String {
    let margin = Margin { indent, label: name.chars().count() + 1 };
    let line = |text: &str| margin.write(paper, (name, Ink::Faint), (text, Ink::Plain));
    match value {
        Value::Object(map) if map.values().all(is_plain) => {
            let each = |(name, value): (&String, &Value)| format!("{name} {}", scalar(value));
            line(&map.iter().map(each).collect::<Vec<_>>().join(" · "))
        }
        Value::Object(_) => format!("{}{}", line(""), outline(value, indent + 2, paper)),
        Value::Array(items) if items.iter().all(is_plain) => {
            line(&items.iter().map(scalar).collect::<Vec<_>>().join(", "))
        }
        Value::Array(_) => format!("{}{}", line(""), outline(value, indent + 2, paper)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => line(&scalar(value)),
    }
}

fn is_plain(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Null => "-".to_owned(),
        Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::paper::plain;
    use serde_json::json;

    fn file() -> PolicyFile {
        let id = events::EventId::derived("x");
        let act = json!({ "event": id, "at": "2026-03-01T09:00:00Z",
            "recorded_at": "2026-03-01T09:00:00Z", "by": { "user": id, "role": "admin" } });
        let reasons = json!([{ "code": "forgotten", "fr": "Oubli", "en": "Forgotten" }]);
        let body = |days: u32| {
            let rule = json!({ "threshold_working_days": days, "reasons": reasons });
            json!({ "late_entry": rule })
        };
        serde_json::from_value(json!({
            "kind": "late_entry", "revision": 3,
            "versions": [
                { "version": 1, "body": body(5), "drafted": act, "published": act,
                  "effective_from": "2026-03-01T09:00:00Z", "retired": null },
                { "version": 2, "body": body(10), "drafted": act, "published": null,
                  "effective_from": null, "retired": null },
            ],
        }))
        .expect("a policy")
    }

    #[test]
    fn a_rule_says_which_version_holds_and_what_it_says() {
        let now = "2026-04-01T09:00:00Z".parse().expect("a moment");
        let paper = Paper::of_terminal(Some(80));
        let page = plain(&policy(&file(), now, &paper));
        let expected = "\
late entry (late_entry)

version  state     from
v1       in force  2026-03-01 10:00
v2       draft

Version 1 says
  reasons
    - code forgotten · en Forgotten · fr Oubli
  threshold_working_days 5
";
        assert_eq!(page, expected);
        let page = plain(&policies(&[file()], now, &paper));
        assert!(page.contains("late_entry  late entry  v1               2  v2 draft"), "{page}");
    }
}
