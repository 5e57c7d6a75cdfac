//! The registers: what an auditor reads through, or samples from.

use events::{EventId, Rule, StreamName, Time, UserId};
use projections::registers::{Register, RegisterBook, RegisterEntry};
use rusqlite::types::Value;
use rusqlite::{Connection, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Listed;
use super::query::{Query, id};

/// Which entries to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RegisterFilter {
    /// Of which register; absent: of all.
    pub register: Option<Register>,
    /// Only those in which this rule was not kept.
    pub rule: Option<Rule>,
    /// Who recorded it.
    pub by: Option<UserId>,
    /// On which record, by the name of its stream: `case-…`, `resource-…`.
    pub stream: Option<StreamName>,
    /// Only what says something of this event.
    pub target: Option<EventId>,
    /// Whether it no longer counts.
    pub annulled: Option<bool>,
    /// Recorded at this moment or later.
    pub recorded_from: Option<Time>,
    /// Recorded before this moment.
    pub recorded_until: Option<Time>,
}

impl Listed for RegisterBook {
    type Item = RegisterEntry;
    type Filter = RegisterFilter;
    const TABLES: &'static str = "
        CREATE TABLE registers (
            stream INTEGER NOT NULL, id BLOB PRIMARY KEY, name TEXT NOT NULL,
            register TEXT NOT NULL, actor BLOB NOT NULL, recorded_at INTEGER NOT NULL,
            target BLOB, annulled INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX registers_recorded ON registers (register, recorded_at, id);
        CREATE INDEX registers_stream ON registers (stream);
        CREATE TABLE register_rules (
            rule TEXT NOT NULL, id BLOB NOT NULL, PRIMARY KEY (rule, id)
        ) STRICT, WITHOUT ROWID;";

    fn index(&self, before: Option<&Self>, db: &Connection, stream: i64) -> rusqlite::Result<()> {
        let known = before.map_or(&[][..], |before| &before.entries);
        let sql = "INSERT OR REPLACE INTO registers VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let mut insert = db.prepare_cached(sql)?;
        let mut rules =
            db.prepare_cached("INSERT OR IGNORE INTO register_rules VALUES (?1, ?2)")?;
        // Entries are never taken away, only added and marked.
        for (place, entry) in self.entries.iter().enumerate() {
            if known.get(place) == Some(entry) {
                continue;
            }
            let of = Uuid::parse_str(&entry.id).unwrap_or_default().into_bytes();
            insert.execute(params![
                stream,
                of,
                entry.stream.as_str(),
                register(entry.register),
                id(entry.by.user),
                entry.recorded_at.micros(),
                entry.target.map(id),
                entry.annulled,
            ])?;
            for irregularity in &entry.irregularities {
                rules.execute(params![irregularity.rule.word(), of])?;
            }
        }
        Ok(())
    }

    fn query(filter: &RegisterFilter) -> Query {
        let mut query = Query::descending("registers", "recorded_at");
        let text = |text: &str| Value::Text(text.to_owned());
        query.when("register = ?", filter.register.map(|of| text(register(of))));
        let there = "id IN (SELECT id FROM register_rules WHERE rule = ?)";
        query.when(there, filter.rule.map(|rule| text(rule.word())));
        query.when("actor = ?", filter.by.map(id));
        query.when("name = ?", filter.stream.as_ref().map(|name| text(name.as_str())));
        query.when("target = ?", filter.target.map(id));
        query.when("annulled = ?", filter.annulled.map(Value::from));
        let micros = |time: Time| Value::Integer(time.micros());
        query.when("recorded_at >= ?", filter.recorded_from.map(micros));
        query.when("recorded_at < ?", filter.recorded_until.map(micros));
        query
    }

    fn item(&self, of: Uuid) -> Option<RegisterEntry> {
        let of = of.to_string();
        self.entries.iter().find(|entry| entry.id == of).cloned()
    }
}

const fn register(register: Register) -> &'static str {
    match register {
        Register::Irregularity => "irregularity",
        Register::Correction => "correction",
        Register::Decision => "decision",
        Register::Conflict => "conflict",
    }
}
