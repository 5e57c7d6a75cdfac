//! The list of calls, the one that opens last first.

use projections::calls::{CallRow, CallState};
use rusqlite::Connection;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Listed;
use super::query::{Query, id, put, word};

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

    fn index(&self, _: Option<&Self>, db: &Connection, stream: i64) -> rusqlite::Result<()> {
        let row = [
            ("stream", stream.into()),
            ("id", id(self.id)),
            ("state", word(self.state)),
            ("opens_at", self.opens_at.micros().into()),
        ];
        put(db, "calls", &row)
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
