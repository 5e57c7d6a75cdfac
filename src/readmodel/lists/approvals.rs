//! The list of what waits, or waited, for a second person.

use events::{ApprovalId, UserId};
use projections::approvals::{ApprovalBook, ApprovalRow, ApprovalState};
use rusqlite::{Connection, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Listed;
use super::query::{Query, id};

/// Which approvals to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ApprovalFilter {
    /// Where they are: `waiting` for those that somebody has still to answer.
    pub state: Option<ApprovalState>,
    /// Who asked.
    pub asked_by: Option<UserId>,
    /// Only those that wait for me: I may agree, and it was not I who asked.
    pub waits_for_me: Option<bool>,
    /// Only these. Not for query strings: filled from the rights of whoever asks.
    #[serde(skip)]
    #[schemars(skip)]
    pub only: Option<Vec<ApprovalId>>,
}

impl Listed for ApprovalBook {
    type Item = ApprovalRow;
    type Filter = ApprovalFilter;
    const TABLES: &'static str = "
        CREATE TABLE approvals (
            stream INTEGER NOT NULL, id BLOB PRIMARY KEY, state TEXT NOT NULL,
            asked_by BLOB NOT NULL, requested_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX approvals_state ON approvals (state, requested_at, id);";

    fn index(&self, _: Option<&Self>, db: &Connection, stream: i64) -> rusqlite::Result<()> {
        let sql = "INSERT OR REPLACE INTO approvals VALUES (?1, ?2, ?3, ?4, ?5)";
        let mut insert = db.prepare_cached(sql)?;
        for row in &self.approvals {
            insert.execute(params![
                stream,
                id(row.approval),
                state(row.state),
                id(row.requested.by.user),
                row.requested.recorded_at.micros(),
            ])?;
        }
        Ok(())
    }

    fn query(filter: &ApprovalFilter) -> Query {
        let mut query = Query::descending("approvals", "requested_at");
        query.when("state = ?", filter.state.map(|of| state(of).to_owned().into()));
        query.when("asked_by = ?", filter.asked_by.map(id));
        if let Some(only) = &filter.only {
            let marks = vec!["?"; only.len()].join(", ");
            query.only(&format!("id IN ({marks})"), only.iter().copied().map(id));
        }
        query
    }

    fn item(&self, of: Uuid) -> Option<ApprovalRow> {
        self.approvals.iter().find(|row| row.approval.uuid() == of).cloned()
    }
}

const fn state(state: ApprovalState) -> &'static str {
    match state {
        ApprovalState::Waiting => "waiting",
        ApprovalState::Given => "given",
        ApprovalState::Refused => "refused",
    }
}
