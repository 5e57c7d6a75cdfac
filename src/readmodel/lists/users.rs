//! The list of users: the parts of the one row that holds all accounts.

use std::collections::HashMap;

use events::{PersonId, Role, Stream, UserId};
use projections::users::{Accounts, UserRow};
use rusqlite::{Connection, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::query::{Query, id, word};
use super::{Listed, Merged};

/// Which users to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UserFilter {
    /// A role they were given and that nobody has revoked.
    pub role: Option<Role>,
    /// Whose account it is.
    pub person: Option<PersonId>,
    /// What goes on under the records asked for.
    #[serde(skip)]
    pub merged: Merged,
}

impl Listed for Accounts {
    type Item = UserRow;
    type Filter = UserFilter;
    const TABLES: &'static str = "
        CREATE TABLE users (
            stream INTEGER NOT NULL, id BLOB PRIMARY KEY, person BLOB NOT NULL,
            enrolled_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX users_enrolled ON users (enrolled_at, id);
        CREATE INDEX users_person ON users (person);
        CREATE TABLE user_roles (
            role TEXT NOT NULL, id BLOB NOT NULL, PRIMARY KEY (role, id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX user_roles_id ON user_roles (id);";

    fn index(&self, before: Option<&Self>, db: &Connection, stream: i64) -> rusqlite::Result<()> {
        let known: HashMap<UserId, &UserRow> =
            before.iter().flat_map(|row| &row.users).map(|user| (user.user, user)).collect();
        let mut users =
            db.prepare_cached("INSERT OR REPLACE INTO users VALUES (?1, ?2, ?3, ?4)")?;
        let mut forget = db.prepare_cached("DELETE FROM user_roles WHERE id = ?1")?;
        let mut roles = db.prepare_cached("INSERT OR IGNORE INTO user_roles VALUES (?1, ?2)")?;
        for user in &self.users {
            if known.get(&user.user).is_some_and(|known| *known == user) {
                continue;
            }
            let (of, enrolled_at) = (id(user.user), user.enrolled_at.micros());
            users.execute(params![stream, of, id(user.person), enrolled_at])?;
            forget.execute([&of])?;
            for grant in &user.roles {
                roles.execute(params![word(grant.role), of])?;
            }
        }
        Ok(())
    }

    fn named(filter: &Self::Filter) -> Vec<Stream> {
        filter.person.map(Stream::Person).into_iter().collect()
    }

    fn follow(filter: &mut Self::Filter, merged: Merged) {
        filter.merged = merged;
    }

    fn query(filter: &UserFilter) -> Query {
        let mut query = Query::ascending("users", "enrolled_at");
        let there = "id IN (SELECT id FROM user_roles WHERE role = ?)";
        query.when(there, filter.role.map(word));
        query.among("person IN (?)", filter.person, &filter.merged.people);
        query
    }

    fn item(&self, of: Uuid) -> Option<UserRow> {
        self.users.iter().find(|user| user.user.uuid() == of).cloned()
    }
}
