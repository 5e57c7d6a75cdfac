//! The list of requests about people's own data.

use events::{Date, Labelled, PersonId, PrivacyKind};
use projections::privacy::{PrivacyRow, PrivacyState};
use rusqlite::types::Value;
use rusqlite::{Connection, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Listed;
use super::query::{Query, id};

/// Which requests to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PrivacyFilter {
    /// What is asked for.
    pub kind: Option<PrivacyKind>,
    /// Where they are.
    pub state: Option<PrivacyState>,
    /// Whose data.
    pub subject: Option<PersonId>,
    /// Only those that were to be answered by now and are not, or only the others.
    pub overdue: Option<bool>,
    /// The day it is. Not for query strings: filled in when the list is asked for.
    #[serde(skip)]
    #[schemars(skip)]
    pub today: Option<Date>,
}

impl Listed for PrivacyRow {
    type Item = Self;
    type Filter = PrivacyFilter;
    const TABLES: &'static str = "
        CREATE TABLE privacy (
            stream INTEGER PRIMARY KEY, id BLOB NOT NULL, kind TEXT NOT NULL,
            state TEXT NOT NULL, subject BLOB NOT NULL, due TEXT NOT NULL
        ) STRICT;
        CREATE INDEX privacy_due ON privacy (due, id);";

    fn index(&self, _: Option<&Self>, db: &Connection, stream: i64) -> rusqlite::Result<()> {
        let sql = "INSERT OR REPLACE INTO privacy VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        db.prepare_cached(sql)?.execute(params![
            stream,
            id(self.id),
            self.kind.word(),
            self.state.word(),
            id(self.subject),
            self.due.to_string(),
        ])?;
        Ok(())
    }

    fn query(filter: &PrivacyFilter) -> Query {
        let mut query = Query::ascending("privacy", "due");
        let text = |text: &str| Value::Text(text.to_owned());
        query.when("kind = ?", filter.kind.map(|kind| text(kind.word())));
        query.when("state = ?", filter.state.map(|state| text(state.word())));
        query.when("subject = ?", filter.subject.map(id));
        let today = filter.today.map(|day| text(&day.to_string()));
        match filter.overdue {
            Some(true) => query.when("state <> 'answered' AND due < ?", today),
            Some(false) => query.when("state = 'answered' OR due >= ?", today),
            None => {}
        }
        query
    }

    fn item(&self, _: Uuid) -> Option<Self> {
        Some(self.clone())
    }
}
