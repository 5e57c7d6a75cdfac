//! The list of resources, by their French name.

use events::{OfferComponent, OrganisationId, ResourceClass};
use projections::resources::ResourceRow;
use rusqlite::types::Value;
use rusqlite::{Connection, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Listed;
use super::query::{Query, id, word};
use crate::readmodel::search::folded;

/// Which resources to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ResourceFilter {
    /// What they are.
    pub class: Option<ResourceClass>,
    /// The part of the offer they belong to.
    pub component: Option<OfferComponent>,
    /// The platform that runs them.
    pub organisation: Option<OrganisationId>,
    /// Whether they can't be booked any more.
    pub retired: Option<bool>,
}

impl Listed for ResourceRow {
    type Item = Self;
    type Filter = ResourceFilter;
    const TABLES: &'static str = "
        CREATE TABLE resources (
            stream INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, class TEXT NOT NULL,
            component TEXT NOT NULL, organisation BLOB NOT NULL, retired INTEGER NOT NULL,
            name TEXT NOT NULL
        ) STRICT;
        CREATE INDEX resources_name ON resources (name, id);";

    fn index(&self, db: &Connection, stream: i64) -> rusqlite::Result<()> {
        let sql = "INSERT OR REPLACE INTO resources VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        db.prepare_cached(sql)?.execute(params![
            stream,
            id(self.id),
            word(self.class),
            word(self.component),
            id(self.organisation),
            self.retired,
            folded(self.name_fr.as_str()),
        ])?;
        Ok(())
    }

    fn query(filter: &ResourceFilter) -> Query {
        let mut query = Query::ascending("resources", "name");
        query.when("class = ?", filter.class.map(word));
        query.when("component = ?", filter.component.map(word));
        query.when("organisation = ?", filter.organisation.map(id));
        query.when("retired = ?", filter.retired.map(Value::from));
        query
    }

    fn item(&self, of: Uuid) -> Option<Self> {
        (self.id.uuid() == of).then(|| self.clone())
    }
}
