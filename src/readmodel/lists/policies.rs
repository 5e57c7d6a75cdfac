//! The list of rules. They are few and known by their kind.

use events::{Id, PolicyKind, Stream};
use projections::policies::PolicyFile;
use rusqlite::Connection;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Listed;
use super::query::{Query, id, put, word};

/// Which rules to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyFilter {
    /// Only this one.
    pub kind: Option<PolicyKind>,
}

/// A rule is known by the name of its stream; facts about it have an id made from it too.
fn id_of(kind: PolicyKind) -> Id<()> {
    Id::derived(Stream::Policy(kind).name().as_str())
}

impl Listed for PolicyFile {
    type Item = Self;
    type Filter = PolicyFilter;
    const TABLES: &'static str = "
        CREATE TABLE policies (
            stream INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, kind TEXT NOT NULL
        ) STRICT;";

    fn index(&self, _: Option<&Self>, db: &Connection, stream: i64) -> rusqlite::Result<()> {
        let row =
            [("stream", stream.into()), ("id", id(id_of(self.kind))), ("kind", word(self.kind))];
        put(db, "policies", &row)
    }

    fn query(filter: &PolicyFilter) -> Query {
        let mut query = Query::ascending("policies", "kind");
        query.when("kind = ?", filter.kind.map(word));
        query
    }

    fn item(&self, of: Uuid) -> Option<Self> {
        (id_of(self.kind).uuid() == of).then(|| self.clone())
    }
}
