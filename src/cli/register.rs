//! `guichet register`: what an auditor reads through, or samples from.

use clap::{Args, ValueEnum};
use events::Time;
use serde_json::Value;

use super::Fault;
use super::moment::{Moment, moment};
use super::names::Names;
use super::paper::{Ink, push_line};
use super::session::{Session, read_value, user};
use super::tell::registers::{RegisterEntry, register};

/// Read a register: irregularities, corrections, decisions, conflicts
///
/// Registers go over all records. What was annulled stays in them and is marked.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  guichet register irregularities --rule R-1
  guichet register decisions --from 2026-01-01 --until 2026-02-01
  guichet register corrections --as-of 2026-03-01
  guichet --json register decisions --limit 200 | jq -r '.items[].event' | shuf -n 20"
)]
pub(super) struct Register {
    /// Which register
    which: Which,
    /// Only where this rule was not kept, such as R-1
    #[arg(long)]
    rule: Option<String>,
    /// Only what this user recorded: their id or short reference
    #[arg(long, value_name = "USER")]
    by: Option<String>,
    /// Only on this record, by the name of its stream: case-…, resource-…
    #[arg(long)]
    stream: Option<String>,
    /// Recorded at this moment or later
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    from: Option<Time>,
    /// Recorded before this moment
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    until: Option<Time>,
    /// At most so many, up to 200
    #[arg(long, default_value_t = 50)]
    limit: u16,
    #[command(flatten)]
    moment: Moment,
}

/// A register.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Which {
    /// What was recorded though a rule was not kept
    Irregularities,
    /// What was corrected, annulled, noted upon, redacted
    Corrections,
    /// What was decided, or proposed to be
    Decisions,
    /// Conflicts of interest that staff declared
    Conflicts,
}

impl Which {
    const fn word(self) -> &'static str {
        match self {
            Self::Irregularities => "irregularity",
            Self::Corrections => "correction",
            Self::Decisions => "decision",
            Self::Conflicts => "conflict",
        }
    }
}

impl Register {
    pub(super) async fn run(self, mut session: Session) -> Result<(), Fault> {
        let mut client = session.client().await?;
        let by = match &self.by {
            Some(typed) => Some(user(&mut client, typed).await?),
            None => None,
        };
        let query = self
            .moment
            .query()
            .and("register", Some(self.which.word()))
            .and("rule", self.rule.as_deref())
            .and("by", by)
            .and("stream", self.stream.as_deref())
            .and("recorded_from", self.from)
            .and("recorded_until", self.until)
            .and("limit", Some(self.limit));
        let reply = client.get(&query.on("/v1/registers")).await?;
        if session.is_json() {
            return session.print_json(&reply.body);
        }
        let rows: Vec<RegisterEntry> = read_value(reply.body.get("items").unwrap_or(&Value::Null))?;
        let mut names = Names::default();
        names.users(&mut client, rows.iter().map(RegisterEntry::by)).await?;
        let mut page = register(&rows, &names, &session.paper);
        let total = reply.body["total"].as_u64().unwrap_or_default();
        let count = match rows.len() as u64 {
            shown if shown < total => format!("{shown} of {total} entries; --limit shows more"),
            _ => format!("{total} {}", if total == 1 { "entry" } else { "entries" }),
        };
        push_line(&mut page, &Ink::Faint.write(&count));
        session.print(&page)
    }
}
