//! The list of people. Names are looked up in memory: no table holds one.

use events::{OrganisationId, Stream};
use projections::directory::PersonRow;
use rusqlite::{Connection, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::query::{Query, id, put};
use super::{Listed, Merged};

/// Which people to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PersonFilter {
    /// Where they belong or belonged.
    pub organisation: Option<OrganisationId>,
    /// What goes on under the records asked for.
    #[serde(skip)]
    pub merged: Merged,
}

impl Listed for PersonRow {
    type Item = Self;
    type Filter = PersonFilter;
    const TABLES: &'static str = "
        CREATE TABLE people (
            stream INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, registered_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX people_registered ON people (registered_at, id);
        CREATE TABLE person_organisations (
            organisation BLOB NOT NULL, stream INTEGER NOT NULL, PRIMARY KEY (organisation, stream)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX person_organisations_stream ON person_organisations (stream);";

    fn index(&self, before: Option<&Self>, db: &Connection, stream: i64) -> rusqlite::Result<()> {
        let row = [
            ("stream", stream.into()),
            ("id", id(self.id)),
            ("registered_at", self.registered_at.micros().into()),
        ];
        put(db, "people", &row)?;
        if before.is_some_and(|before| before.affiliations == self.affiliations) {
            return Ok(());
        }
        let sql = "DELETE FROM person_organisations WHERE stream = ?1";
        db.prepare_cached(sql)?.execute([stream])?;
        let sql = "INSERT OR IGNORE INTO person_organisations VALUES (?1, ?2)";
        let mut insert = db.prepare_cached(sql)?;
        for affiliation in &self.affiliations {
            insert.execute(params![id(affiliation.organisation), stream])?;
        }
        Ok(())
    }

    fn named(filter: &Self::Filter) -> Vec<Stream> {
        filter.organisation.map(Stream::Organisation).into_iter().collect()
    }

    fn follow(filter: &mut Self::Filter, merged: Merged) {
        filter.merged = merged;
    }

    fn query(filter: &PersonFilter) -> Query {
        let mut query = Query::descending("people", "registered_at");
        let there = "stream IN (SELECT stream FROM person_organisations WHERE organisation IN (?))";
        query.among(there, filter.organisation, &filter.merged.organisations);
        query
    }

    fn item(&self, of: Uuid) -> Option<Self> {
        (self.id.uuid() == of).then(|| self.clone())
    }
}
