//! The list of introductions.

use events::{CaseId, IntroductionState, OrganisationId, Stream, UserId};
use projections::introductions::IntroductionRow;
use rusqlite::Connection;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::query::{Query, id, put, word};
use super::{Listed, Merged, Sight};

/// Which introductions to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct IntroductionFilter {
    /// The project.
    pub case: Option<CaseId>,
    /// The funder or partner.
    pub target: Option<OrganisationId>,
    /// Where they are.
    pub state: Option<IntroductionState>,
    /// Who looks after them.
    pub owner: Option<UserId>,
    /// What goes on under the records asked for.
    #[serde(skip)]
    pub merged: Merged,
    /// Which cases the asker may see.
    #[serde(skip)]
    pub sight: Sight,
}

impl Listed for IntroductionRow {
    type Item = Self;
    type Filter = IntroductionFilter;
    const TABLES: &'static str = "
        CREATE TABLE introductions (
            stream INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, case_id BLOB NOT NULL,
            target BLOB NOT NULL, state TEXT NOT NULL, owner BLOB NOT NULL,
            last_activity INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX introductions_activity ON introductions (last_activity, id);
        CREATE INDEX introductions_case ON introductions (case_id, last_activity, id);
        CREATE INDEX introductions_target ON introductions (target, last_activity, id);
        CREATE INDEX introductions_state ON introductions (state);
        CREATE INDEX introductions_owner ON introductions (owner, last_activity, id);";

    fn index(&self, _: Option<&Self>, db: &Connection, stream: i64) -> rusqlite::Result<()> {
        let row = [
            ("stream", stream.into()),
            ("id", id(self.id)),
            ("case_id", id(self.case)),
            ("target", id(self.target)),
            ("state", word(self.state)),
            ("owner", id(self.owner)),
            ("last_activity", self.last_activity.micros().into()),
        ];
        put(db, "introductions", &row)
    }

    fn named(filter: &Self::Filter) -> Vec<Stream> {
        filter.target.map(Stream::Organisation).into_iter().collect()
    }

    fn follow(filter: &mut Self::Filter, merged: Merged) {
        filter.merged = merged;
    }

    fn query(filter: &IntroductionFilter) -> Query {
        let mut query = Query::descending("introductions", "last_activity");
        query.when("case_id = ?", filter.case.map(id));
        query.among("target IN (?)", filter.target, &filter.merged.organisations);
        query.when("state = ?", filter.state.map(word));
        query.when("owner = ?", filter.owner.map(id));
        filter.sight.narrow(&mut query, "case_id");
        query
    }

    fn item(&self, of: Uuid) -> Option<Self> {
        (self.id.uuid() == of).then(|| self.clone())
    }
}
