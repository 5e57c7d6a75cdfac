//! The HTTP API of a real office, each answer held against the API's document.

mod as_of;
mod backup;
mod commands;
mod contract;
mod documents;
mod everything;
mod feed;
mod keys;
mod kill;
mod later;
mod load;
mod matrix;
mod merges;
mod needles;
mod privacy;
mod second_thoughts;
mod steps;
mod story;

use events::Role;
use serde_json::Value;
use tempfile::TempDir;

use self::contract::contract;
use crate::setup::{Account, Answer, Ask, Office, office, text};

/// A staffed office whose every answer is checked.
struct Api {
    office: Office,
    folder: TempDir,
}

impl Api {
    async fn open() -> Self {
        let (office, folder) = office().await;
        Self { office, folder }
    }

    /// Stops the server, and removes its folder.
    async fn close(self) {
        self.office.close().await;
        self.folder.close().expect("a folder to remove");
    }

    fn account(&self, role: Role) -> &Account {
        self.office.account(role)
    }

    async fn send(&self, role: Role, ask: &Ask) -> Answer {
        let answer = self.office.send(role, ask).await;
        contract().check(ask, &answer);
        answer
    }

    async fn get(&self, role: Role, path: &str) -> Answer {
        self.send(role, &Ask::get(path)).await
    }

    /// Reads what must be there.
    async fn read(&self, role: Role, path: &str) -> Value {
        self.get(role, path).await.well().json()
    }

    async fn post(&self, role: Role, path: &str, body: Value) -> Answer {
        self.send(role, &Ask::post(path, &body)).await
    }

    /// Sends a command that must be carried out.
    async fn done(&self, role: Role, path: &str, body: Value) -> Value {
        self.post(role, path, body).await.well().json()
    }

    /// Sends a decision on the record as it is now.
    async fn decided(&self, role: Role, path: &str, body: Value) -> Value {
        let (record, _) = path.rsplit_once('/').expect("a path of a record");
        let seen = self.get(Role::System, record).await.well();
        let etag = seen.header("etag").expect("a revision to decide on");
        self.send(role, &Ask::post(path, &body).seen(etag)).await.well().json()
    }
}
