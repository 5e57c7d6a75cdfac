//! The list of resources, by their French name.

use events::{OfferComponent, OrganisationId, ResourceClass, Stream};
use projections::resources::ResourceRow;
use rusqlite::Connection;
use rusqlite::types::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::query::{Query, id, put, word};
use super::{Listed, Merged};
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
    /// What goes on under the records asked for.
    #[serde(skip)]
    pub merged: Merged,
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

    fn index(&self, _: Option<&Self>, db: &Connection, stream: i64) -> rusqlite::Result<()> {
        let row = [
            ("stream", stream.into()),
            ("id", id(self.id)),
            ("class", word(self.class)),
            ("component", word(self.component)),
            ("organisation", id(self.organisation)),
            ("retired", self.retired.into()),
            ("name", folded(self.name_fr.as_str()).into()),
        ];
        put(db, "resources", &row)
    }

    fn named(filter: &Self::Filter) -> Vec<Stream> {
        filter.organisation.map(Stream::Organisation).into_iter().collect()
    }

    fn follow(filter: &mut Self::Filter, merged: Merged) {
        filter.merged = merged;
    }

    fn query(filter: &ResourceFilter) -> Query {
        let mut query = Query::ascending("resources", "name");
        query.when("class = ?", filter.class.map(word));
        query.when("component = ?", filter.component.map(word));
        let organisations = &filter.merged.organisations;
        query.among("organisation IN (?)", filter.organisation, organisations);
        query.when("retired = ?", filter.retired.map(Value::from));
        query
    }

    fn item(&self, of: Uuid) -> Option<Self> {
        (self.id.uuid() == of).then(|| self.clone())
    }
}
