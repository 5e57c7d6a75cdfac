//! What the people, organisations and calls that an answer speaks of are called.

use std::collections::HashMap;

use events::{CallId, Id, OrganisationId, PersonId, UserId};
use uuid::Uuid;

use super::Fault;
use super::client::Client;

/// Names by id; what has none, or none that the reader may see, goes by its short reference.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<Uuid, Option<String>>);

impl Names {
    /// The name of a thing.
    pub(super) fn of<K>(&self, id: Id<K>) -> String {
        match self.0.get(&id.uuid()) {
            Some(Some(name)) => name.clone(),
            Some(None) | None => id.reference().to_string(),
        }
    }

    /// The name of a thing with its reference behind it, for typing again.
    pub(super) fn both<K>(&self, id: Id<K>) -> String {
        match self.0.get(&id.uuid()) {
            Some(Some(name)) => format!("{name} ({})", id.reference()),
            Some(None) | None => id.reference().to_string(),
        }
    }

    /// Asks for the names of people.
    pub(super) async fn people(
        &mut self,
        client: &mut Client,
        ids: impl IntoIterator<Item = PersonId>,
    ) -> Result<(), Fault> {
        for id in ids {
            self.ask(client, id.uuid(), &format!("/v1/people/{id}"), &["name"]).await?;
        }
        Ok(())
    }

    /// Asks for the names of organisations.
    pub(super) async fn organisations(
        &mut self,
        client: &mut Client,
        ids: impl IntoIterator<Item = OrganisationId>,
    ) -> Result<(), Fault> {
        for id in ids {
            let (path, fields) =
                (format!("/v1/organisations/{id}"), ["legal_name", "sole_trader_name"]);
            self.ask(client, id.uuid(), &path, &fields).await?;
        }
        Ok(())
    }

    /// Asks for the titles of calls.
    pub(super) async fn calls(
        &mut self,
        client: &mut Client,
        ids: impl IntoIterator<Item = CallId>,
    ) -> Result<(), Fault> {
        for id in ids {
            self.ask(client, id.uuid(), &format!("/v1/calls/{id}"), &["title"]).await?;
        }
        Ok(())
    }

    /// Asks whose accounts these are.
    pub(super) async fn users(
        &mut self,
        client: &mut Client,
        ids: impl IntoIterator<Item = UserId>,
    ) -> Result<(), Fault> {
        for id in ids {
            if self.0.contains_key(&id.uuid()) {
                continue;
            }
            let account = optional(client.get(&format!("/v1/users/{id}")).await)?;
            let person = account.as_ref().and_then(|account| account.get("person")?.as_str());
            let person: Option<PersonId> = person.and_then(|person| person.parse().ok());
            if let Some(person) = person {
                self.people(client, [person]).await?;
            }
            let name = person.and_then(|person| self.0.get(&person.uuid())?.clone());
            self.0.insert(id.uuid(), name);
        }
        Ok(())
    }

    async fn ask(
        &mut self,
        client: &mut Client,
        id: Uuid,
        path: &str,
        fields: &[&str],
    ) -> Result<(), Fault> {
        if self.0.contains_key(&id) {
            return Ok(());
        }
        let record = optional(client.get(path).await)?;
        let name = record.and_then(|record| {
            fields.iter().find_map(|field| Some(record.get(field)?.as_str()?.to_owned()))
        });
        self.0.insert(id, name);
        Ok(())
    }

    /// Names that are known beforehand.
    #[cfg(test)]
    pub(super) fn known<K>(mut self, id: Id<K>, name: &str) -> Self {
        self.0.insert(id.uuid(), Some(name.to_owned()));
        self
    }
}

/// What the reader may not see has no name for them.
fn optional(
    reply: Result<super::client::Reply, Fault>,
) -> Result<Option<serde_json::Value>, Fault> {
    match reply {
        Ok(reply) => Ok(Some(reply.body)),
        Err(fault) if fault.is_not_found() || fault.is_refused() => Ok(None),
        Err(fault) => Err(fault),
    }
}
