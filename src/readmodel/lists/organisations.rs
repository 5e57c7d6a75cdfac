//! The list of organisations, by name; sole traders, whose names no table holds, come first.

use events::{Country, OrganisationKind, Siren};
use projections::directory::OrganisationRow;
use rusqlite::Connection;
use rusqlite::types::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Listed;
use super::query::{Query, id, put, word};
use crate::readmodel::search::folded;

/// Which organisations to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OrganisationFilter {
    /// What they are.
    pub kind: Option<OrganisationKind>,
    /// Where they are registered.
    pub country: Option<Country>,
    /// French company number.
    pub siren: Option<Siren>,
}

impl Listed for OrganisationRow {
    type Item = Self;
    type Filter = OrganisationFilter;
    const TABLES: &'static str = "
        CREATE TABLE organisations (
            stream INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, kind TEXT NOT NULL,
            country TEXT NOT NULL, siren TEXT, name TEXT NOT NULL
        ) STRICT;
        CREATE INDEX organisations_name ON organisations (name, id);
        CREATE INDEX organisations_kind ON organisations (kind, name, id);
        CREATE INDEX organisations_country ON organisations (country, name, id);
        CREATE INDEX organisations_siren ON organisations (siren);";

    fn index(&self, _: Option<&Self>, db: &Connection, stream: i64) -> rusqlite::Result<()> {
        let name = self.legal_name.as_ref().map(|name| folded(name.as_str()));
        let row = [
            ("stream", stream.into()),
            ("id", id(self.id)),
            ("kind", word(self.kind)),
            ("country", self.country.as_str().to_owned().into()),
            ("siren", self.siren.as_ref().map(|siren| siren.as_str().to_owned()).into()),
            ("name", name.unwrap_or_default().into()),
        ];
        put(db, "organisations", &row)
    }

    fn query(filter: &OrganisationFilter) -> Query {
        let mut query = Query::ascending("organisations", "name");
        query.when("kind = ?", filter.kind.map(word));
        let text = |text: &str| Value::Text(text.to_owned());
        query.when("country = ?", filter.country.as_ref().map(|country| text(country.as_str())));
        query.when("siren = ?", filter.siren.as_ref().map(|siren| text(siren.as_str())));
        query
    }

    fn item(&self, of: Uuid) -> Option<Self> {
        (self.id.uuid() == of).then(|| self.clone())
    }
}
