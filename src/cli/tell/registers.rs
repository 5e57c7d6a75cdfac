//! A register, as a table.

use events::{EventId, Irregularity, StreamName, Time, UserId};
use serde::Deserialize;

use crate::cli::moment::told;
use crate::cli::names::Names;
use crate::cli::paper::{Ink, Paper, Side, Table};

/// An entry of a register.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::cli) struct RegisterEntry {
    event: EventId,
    stream: StreamName,
    kind: String,
    occurred_at: Time,
    by: By,
    irregularities: Vec<Irregularity>,
    target: Option<EventId>,
    annulled: bool,
}

#[derive(Debug, Clone, Deserialize)]
struct By {
    user: UserId,
}

impl RegisterEntry {
    /// Who recorded it.
    pub(in crate::cli) const fn by(&self) -> UserId {
        self.by.user
    }
}

/// Entries as a table.
pub(in crate::cli) fn register(all: &[RegisterEntry], names: &Names, paper: &Paper) -> String {
    let mut table = Table::of(&[
        ("happened", Side::Left),
        ("on", Side::Left),
        ("what", Side::Yielding),
        ("rules", Side::Left),
        ("by", Side::Yielding),
        ("event", Side::Left),
    ]);
    for entry in all {
        let rules: Vec<_> =
            entry.irregularities.iter().map(|noted| noted.rule.to_string()).collect();
        let mut what = entry.kind.clone();
        if let Some(target) = entry.target {
            what.push_str(&format!(" of {}", target.reference()));
        }
        let ink = if entry.annulled { Ink::Faint } else { Ink::Strong };
        if entry.annulled {
            what.push_str(" (annulled)");
        }
        table.row([
            (told(entry.occurred_at), Ink::Plain),
            (super::stream(&entry.stream), Ink::Reference),
            (what, ink),
            (rules.join(", "), Ink::Bad),
            (names.of(entry.by()), Ink::Plain),
            (entry.event.to_string(), Ink::Faint),
        ]);
    }
    table.write(paper)
}
