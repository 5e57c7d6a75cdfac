//! What every command is run with: the office it speaks to, for whom, and where answers go.

use std::io::Write;
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};
use events::UserId;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Fault;
use super::client::{Client, Reply};
use super::paper::Paper;
use super::query::segment;
use crate::guichet::Layout;

/// One run of the program.
pub(super) struct Session {
    pub(super) layout: Layout,
    pub(super) paper: Paper,
    acting_for: Option<String>,
    shape: Shape,
    out: AutoStream<std::io::Stdout>,
}

/// In which form answers are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// For people.
    Told,
    /// As the API gives them.
    Json,
}

impl Session {
    /// A run over a data folder.
    pub(super) fn new(
        layout: Layout,
        acting_for: Option<String>,
        shape: Shape,
        colour: ColorChoice,
    ) -> Self {
        let out = AutoStream::new(std::io::stdout(), colour);
        let width = console::Term::stdout().size_checked().map(|(_, columns)| columns);
        Self { layout, paper: Paper::of_terminal(width), acting_for, shape, out }
    }

    /// The folder of the office.
    pub(super) fn folder(&self) -> &Path {
        &self.layout.data
    }

    /// Reaches the office, for whom `--as` says.
    pub(super) async fn client(&self) -> Result<Client, Fault> {
        let mut client = Client::reach(&self.layout).await?;
        if let Some(typed) = &self.acting_for {
            let user = user(&mut client, typed).await?;
            client.act_for(user);
        }
        Ok(client)
    }

    /// Reaches the office, beginning one where there is none; for whom `--as` says.
    pub(super) async fn client_or_begin(&self) -> Result<Client, Fault> {
        if self.layout.log().exists() {
            return self.client().await;
        }
        if let Some(typed) = &self.acting_for {
            return Err(Fault::usage(format!("there is no user {typed}: nothing has begun here")));
        }
        Client::reach_or_begin(&self.layout).await
    }

    /// Says something beside the answer, on the error stream.
    pub(super) fn remark(&self, text: &str) {
        // Who does not listen misses nothing that matters.
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Prints a page.
    pub(super) fn print(&mut self, page: &str) -> Result<(), Fault> {
        self.out.write_all(page.as_bytes())?;
        Ok(self.out.flush()?)
    }

    /// Whether answers go out as the API gives them.
    pub(super) fn is_json(&self) -> bool {
        self.shape == Shape::Json
    }

    /// Prints a value as the API gives it.
    pub(super) fn print_json(&mut self, value: &Value) -> Result<(), Fault> {
        let mut page = serde_json::to_string_pretty(value).map_err(Fault::failed)?;
        page.push('\n');
        self.print(&page)
    }
}

/// An answer as the type that tells it.
pub(super) fn read<T: DeserializeOwned>(reply: &Reply) -> Result<T, Fault> {
    read_value(&reply.body)
}

/// A part of an answer as the type that tells it.
pub(super) fn read_value<T: DeserializeOwned>(value: &Value) -> Result<T, Fault> {
    T::deserialize(value).map_err(|error| {
        Fault::failed(format!("the answer can't be told ({error}); see it whole with --json"))
    })
}

/// The account that an id or a short reference names.
pub(super) async fn user(client: &mut Client, typed: &str) -> Result<UserId, Fault> {
    if let Ok(user) = typed.parse() {
        return Ok(user);
    }
    let reply = client.get(&format!("/v1/users/{}", segment(typed))).await;
    let reply = reply.map_err(|fault| match fault.is_not_found() {
        true => Fault::not_found(format!(
            "there is no user {typed}: `guichet user list` shows them all"
        )),
        false => fault,
    })?;
    read_value(reply.body.get("user").unwrap_or(&Value::Null))
}

/// Where the office lies unless somebody says otherwise.
pub(super) fn default_folder() -> PathBuf {
    PathBuf::from("guichet-data")
}
