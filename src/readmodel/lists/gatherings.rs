//! The list of gatherings, the latest first.

use events::CaseId;
use projections::gatherings::{GatheringRow, GatheringState};
use rusqlite::{Connection, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::query::{Query, id, put, word};
use super::{Listed, Sight};

/// Which gatherings to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GatheringFilter {
    /// A project that takes part.
    pub case: Option<CaseId>,
    /// Where they are.
    pub state: Option<GatheringState>,
    /// Which cases the asker may see.
    #[serde(skip)]
    pub sight: Sight,
}

impl Listed for GatheringRow {
    type Item = Self;
    type Filter = GatheringFilter;
    const TABLES: &'static str = "
        CREATE TABLE gatherings (
            stream INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, state TEXT NOT NULL,
            begins_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX gatherings_begins ON gatherings (begins_at, id);
        CREATE TABLE gathering_cases (
            case_id BLOB NOT NULL, stream INTEGER NOT NULL, PRIMARY KEY (case_id, stream)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX gathering_cases_stream ON gathering_cases (stream);";

    fn index(&self, before: Option<&Self>, db: &Connection, stream: i64) -> rusqlite::Result<()> {
        let row = [
            ("stream", stream.into()),
            ("id", id(self.id)),
            ("state", word(self.state)),
            ("begins_at", self.interval.from().micros().into()),
        ];
        put(db, "gatherings", &row)?;
        if before.is_some_and(|before| before.cases == self.cases) {
            return Ok(());
        }
        db.prepare_cached("DELETE FROM gathering_cases WHERE stream = ?1")?.execute([stream])?;
        let sql = "INSERT OR IGNORE INTO gathering_cases VALUES (?1, ?2)";
        let mut insert = db.prepare_cached(sql)?;
        for case in &self.cases {
            insert.execute(params![id(*case), stream])?;
        }
        Ok(())
    }

    fn query(filter: &GatheringFilter) -> Query {
        let mut query = Query::descending("gatherings", "begins_at");
        query.when("state = ?", filter.state.map(word));
        let theirs = "stream IN (SELECT stream FROM gathering_cases WHERE case_id = ?)";
        query.when(theirs, filter.case.map(id));
        filter.sight.narrow_any(&mut query, "gathering_cases");
        query
    }

    fn item(&self, of: Uuid) -> Option<Self> {
        (self.id.uuid() == of).then(|| self.clone())
    }
}
