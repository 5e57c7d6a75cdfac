//! A story in which every command is carried out once, with a text in every field that takes one.

mod network;
mod office;
mod platform;
mod project;
mod selection;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use events::Role;
use serde_json::Value;

use super::contract::contract;
use super::{Api, text};
use crate::setup::{Account, Ask, now};

/// Stands in every text that is to be sealed and in nothing else.
pub(super) const MARK: &str = "zqneedle7wv";

/// Something somebody wrote.
pub(super) fn say(what: &str) -> String {
    format!("{what} {MARK}")
}

/// So many minutes from the minute that has begun.
pub(super) fn minutes(count: i64) -> String {
    let moment = now().plus(TimeDelta::minutes(count)).to_string();
    format!("{}:00Z", &moment[..16])
}

/// So many days from today.
pub(super) fn days(count: i64) -> String {
    now().plus(TimeDelta::days(count)).utc().date_naive().to_string()
}

/// An office in which everything has happened.
pub(super) struct World<'a> {
    api: &'a Api,
    ids: BTreeMap<&'static str, String>,
    /// Operations carried out, each with the path and the body that did it last.
    pub(super) done: BTreeMap<String, (String, Value)>,
    /// Where texts were sent: operation and place in its body.
    pub(super) texts: BTreeSet<(String, String)>,
}

impl<'a> World<'a> {
    pub(super) async fn live(api: &'a Api) -> Self {
        let (ids, done, texts) = Default::default();
        let mut world = Self { api, ids, done, texts };
        world.people().await;
        world.rules().await;
        world.calls().await;
        world.arrive().await;
        world.follow().await;
        world.coach().await;
        world.apply().await;
        world.preselect().await;
        world.introduce().await;
        world.introduce_others().await;
        world.gather().await;
        world.book().await;
        world.lose_bookings().await;
        world.conclude().await;
        world.keep_keys().await;
        world.rights().await;
        world.think_again().await;
        world
    }

    pub(super) fn id(&self, name: &str) -> &str {
        self.ids.get(name).unwrap_or_else(|| panic!("nothing is called {name} yet"))
    }

    fn account(&self, role: Role) -> &Account {
        self.api.account(role)
    }

    /// Remembers something under a name, by its place in an answer.
    fn name(&mut self, name: &'static str, answer: &Value, pointer: &str) {
        self.ids.insert(name, text(answer, pointer));
    }

    fn note(&mut self, path: &str, body: &Value) {
        let operation = contract().of(&Ask::post(path, body)).expect("an operation");
        contract().check_body(operation, body);
        self.done.insert(operation.id.clone(), (path.to_owned(), body.clone()));
        let mut places = Vec::new();
        marked(body, String::new(), &mut places);
        self.texts.extend(places.into_iter().map(|place| (operation.id.clone(), place)));
    }

    async fn does(&mut self, role: Role, path: &str, body: Value) -> Value {
        self.note(path, &body);
        let answer = self.api.done(role, path, body).await;
        assert_ne!(answer["events"], serde_json::json!([]), "{path} was so before");
        answer
    }

    async fn decides(&mut self, role: Role, path: &str, body: Value) -> Value {
        self.note(path, &body);
        let answer = self.api.decided(role, path, body).await;
        assert_ne!(answer["events"], serde_json::json!([]), "{path} was so before");
        answer
    }
}

/// Where marked texts stand; `*` stands for any place in a list or any key of a map of findings.
fn marked(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.contains(MARK) => found.push(at),
        Value::Array(items) => {
            items.iter().for_each(|item| marked(item, format!("{at}/*"), found));
        }
        Value::Object(map) => {
            for (name, value) in map {
                let name = if at.ends_with("/results") { "*" } else { name };
                marked(value, format!("{at}/{name}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
