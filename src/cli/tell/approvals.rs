//! What waits for a second person, as a table.

use events::{StreamName, Time, UserId};
use serde::Deserialize;
use serde_json::Value;

use crate::cli::moment::told;
use crate::cli::names::Names;
use crate::cli::paper::{Ink, Paper, Side, Table};

/// Something that was asked for.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::cli) struct Approval {
    reference: String,
    stream: StreamName,
    matter: Value,
    state: String,
    requested: Asked,
}

#[derive(Debug, Clone, Deserialize)]
struct Asked {
    recorded_at: Time,
    by: By,
}

#[derive(Debug, Clone, Deserialize)]
struct By {
    user: UserId,
}

impl Approval {
    /// Who asked.
    pub(in crate::cli) const fn asked_by(&self) -> UserId {
        self.requested.by.user
    }
}

/// Approvals as a table.
pub(in crate::cli) fn approvals(all: &[Approval], names: &Names, paper: &Paper) -> String {
    let mut table = Table::of(&[
        ("approval", Side::Left),
        ("state", Side::Left),
        ("to", Side::Yielding),
        ("on", Side::Left),
        ("asked by", Side::Yielding),
        ("asked", Side::Left),
    ]);
    for row in all {
        let ink = match row.state.as_str() {
            "waiting" => Ink::Warning,
            "given" => Ink::Good,
            _ => Ink::Faint,
        };
        table.row([
            (row.reference.clone(), Ink::Reference),
            (row.state.clone(), ink),
            (to_do(&row.matter), Ink::Strong),
            (super::stream(&row.stream), Ink::Reference),
            (names.of(row.asked_by()), Ink::Plain),
            (told(row.requested.recorded_at), Ink::Faint),
        ]);
    }
    table.write(paper)
}

/// What is asked for, in a few words.
fn to_do(matter: &Value) -> String {
    let tagged = matter.as_object().and_then(|tagged| tagged.iter().next());
    let Some((kind, what)) = tagged else { return matter.to_string() };
    let text = |name: &str| match &what[name] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    match kind.as_str() {
        "annulment" => format!("annul {}", short(&text("target"))),
        "reopening" => "reopen the case".to_owned(),
        "role" => format!("give {} the role {}", short(&text("user")), text("role")),
        "retirement" => format!("retire version {}", text("version")),
        "hold" => format!("keep the data, for: {}", text("authority")),
        "release" => "keep the data no longer".to_owned(),
        "erasure" => "erase the personal data".to_owned(),
        other => other.to_owned(),
    }
}

fn short(id: &str) -> String {
    id.parse().map_or_else(|_| id.to_owned(), super::reference)
}
