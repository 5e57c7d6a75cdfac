//! The list of calls, the one that opens last first.

use projections::calls::{CallRow, CallState};
use rusqlite::{Connection, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Listed;
use super::query::{Query, id, word};

/// Which calls to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CallFilter {
    /// Where they are in their life.
    pub state: Option<CallState>,
}

impl Listed for CallRow {
    type Item = Self;
    type Filter = CallFilter;
    const TABLES: &'static str = "
        CREATE TABLE calls (
            stream INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, state TEXT NOT NULL,
            opens_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX calls_opens ON calls (opens_at, id);";

    fn index(&self, db: &Connection, stream: i64) -> rusqlite::Result<()> {
        let mut insert =
            db.prepare_cached("INSERT OR REPLACE INTO calls VALUES (?1, ?2, ?3, ?4)")?;
        insert.execute(params![stream, id(self.id), word(self.state), self.opens_at.micros()])?;
        Ok(())
    }

    fn query(filter: &CallFilter) -> Query {
        let mut query = Query::descending("calls", "opens_at");
        query.when("state = ?", filter.state.map(word));
        query
    }

    fn item(&self, of: Uuid) -> Option<Self> {
        (self.id.uuid() == of).then(|| self.clone())
    }
}
