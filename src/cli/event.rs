//! `guichet event`: second thoughts about one event.

use std::collections::HashMap;

use clap::{Args, Subcommand};
use events::{EventId, StreamName, Time, UserId};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Fault;
use super::moment::{moment, told};
use super::names::Names;
use super::paper::{Ink, Margin, Paper, push_line};
use super::query::segment;
use super::session::{Session, read_value};
use super::tell::stream;

/// Read one event with every way it ever read; correct, annul or note upon it
///
/// Nothing on the log changes: what is said about an event counts from then on, and
/// answers about earlier moments stay as they were.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Event {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read an event: as recorded, as it counts, and what was said about it
    #[command(after_help = "\
Example:
  guichet event show 5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a01

`guichet case journey REF --ids` shows the ids of a case's events.")]
    Show {
        /// The event's id
        event: String,
    },
    /// Correct a descriptive event
    #[command(after_help = "\
Examples:
  guichet event correct EVENT --set minutes=45 --reason \"It was shorter.\"
  guichet event correct EVENT --happened-at \"2026-03-01 09:30\" --reason \"A day earlier.\"

A value is read as JSON where it is JSON, else as text.")]
    Correct {
        /// The event's id
        event: String,
        /// A member that changes, and what it says from now on
        #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment)]
        set: Vec<(String, Value)>,
        /// A member that is taken away
        #[arg(long = "unset", value_name = "NAME")]
        unset: Vec<String>,
        /// When it really happened
        #[arg(long, value_name = "MOMENT", value_parser = moment)]
        happened_at: Option<Time>,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Annul an event: it no longer counts
    ///
    /// Authors annul their own within 7 days; anything else waits for a second person.
    #[command(after_help = "Example:\n  guichet event annul EVENT --reason \"Logged twice.\"")]
    Annul {
        /// The event's id
        event: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Note something about an event; what it says stays as it is
    #[command(after_help = "Example:\n  guichet event note EVENT \"See the minutes.\"")]
    Note {
        /// The event's id
        event: String,
        /// What
        text: String,
    },
}

fn assignment(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
    Ok((name.to_owned(), value))
}

impl Event {
    pub(super) async fn run(self, session: Session) -> Result<(), Fault> {
        match self.command {
            Command::Show { event } => show(session, &event).await,
            Command::Correct { event, set, unset, happened_at, reason } => {
                let mut changes: Map<String, Value> = set.into_iter().collect();
                changes.extend(unset.into_iter().map(|name| (name, Value::Null)));
                let mut body = json!({ "reason": reason });
                if changes.is_empty() && happened_at.is_none() {
                    let message = "nothing changes: say what with --set, --unset or --happened-at";
                    return Err(Fault::usage(message.to_owned()));
                }
                body["changes"] = json!(changes);
                if let Some(at) = happened_at {
                    body["happened_at"] = json!(at);
                }
                say(session, &event, "correct", body).await
            }
            Command::Annul { event, reason } => {
                say(session, &event, "annul", json!({ "reason": reason })).await
            }
            Command::Note { event, text } => {
                say(session, &event, "annotate", json!({ "text": text })).await
            }
        }
    }
}

async fn say(mut session: Session, event: &str, command: &str, body: Value) -> Result<(), Fault> {
    let mut client = session.client().await?;
    let path = format!("/v1/events/{}/{command}", segment(event));
    let reply = client.post(&path, &body, None).await?;
    if session.is_json() {
        return session.print_json(&reply.body);
    }
    let mut page = String::new();
    match (reply.body["waits_for_approval"].as_str(), reply.body["events"].as_array()) {
        (Some(approval), _) => {
            push_line(&mut page, "a second person is asked to agree");
            push_line(&mut page, &format!("next: guichet --as USER approval give {approval}"));
        }
        (None, Some(events)) if !events.is_empty() => push_line(&mut page, "recorded"),
        (None, _) => push_line(&mut page, "it is so already"),
    }
    session.print(&page)
}

async fn show(mut session: Session, event: &str) -> Result<(), Fault> {
    let mut client = session.client().await?;
    let reply = client.get(&format!("/v1/events/{}", segment(event))).await?;
    if session.is_json() {
        return session.print_json(&reply.body);
    }
    let file: File = read_value(&reply.body)?;
    let mut asked = HashMap::new();
    for request in file.said.iter().filter_map(|said| said.approved.as_ref()) {
        let reply = client.get(&format!("/v1/events/{}", request.requested)).await?;
        asked.insert(request.requested, read_value::<File>(&reply.body)?.by.user);
    }
    let mut names = Names::default();
    let said = file.said.iter().map(|said| said.by.user);
    let users = [file.by.user].into_iter().chain(said).chain(asked.values().copied());
    names.users(&mut client, users).await?;
    let page = file.told(&asked, &names, &session.paper);
    session.print(&page)
}

/// An event with every way it ever read, and what was said about it.
#[derive(Debug, Deserialize)]
struct File {
    stream: StreamName,
    recorded_at: Time,
    by: By,
    annulled: bool,
    versions: Vec<Version>,
    said: Vec<Said>,
}

#[derive(Debug, Deserialize)]
struct By {
    user: UserId,
}

#[derive(Debug, Deserialize)]
struct Version {
    #[serde(rename = "type")]
    kind: String,
    occurred_at: Time,
    data: Value,
}

#[derive(Debug, Deserialize)]
struct Said {
    #[serde(rename = "type")]
    kind: String,
    recorded_at: Time,
    by: By,
    approved: Option<Approved>,
    data: Value,
}

/// That two persons did it together.
#[derive(Debug, Deserialize)]
struct Approved {
    /// The event by which the first asked.
    requested: EventId,
}

impl File {
    fn told(&self, asked: &HashMap<EventId, UserId>, names: &Names, paper: &Paper) -> String {
        let mut page = String::new();
        let kind = self.versions.last().map_or("", |version| &version.kind);
        push_line(&mut page, &Ink::Strong.write(&format!("{kind} on {}", stream(&self.stream))));
        if self.annulled {
            push_line(&mut page, &Ink::Bad.write("annulled: it no longer counts"));
        }
        let (beside, below) = (Margin { indent: 0, label: 11 }, Margin { indent: 11, label: 0 });
        let mut tell = |label, line: &str, ink, data: &Value| {
            page.push_str(&beside.write(paper, (label, Ink::Reference), (line, ink)));
            page.push_str(&below.write(paper, ("", Ink::Plain), (&data.to_string(), Ink::Faint)));
        };
        let by = names.of(self.by.user);
        for (place, version) in self.versions.iter().enumerate() {
            let happened = format!("happened {}", told(version.occurred_at));
            let recorded = format!("{} by {by}, {happened}", told(self.recorded_at));
            match place {
                0 => tell("recorded", &recorded, Ink::Plain, &version.data),
                _ => tell("corrected", &happened, Ink::Plain, &version.data),
            }
        }
        for said in &self.said {
            let mut line =
                format!("{} by {}: {}", told(said.recorded_at), names.of(said.by.user), said.kind);
            let first = said.approved.as_ref().and_then(|approved| asked.get(&approved.requested));
            if let Some(first) = first {
                line.push_str(&format!(", asked for by {}", names.of(*first)));
            }
            tell("said", &line, Ink::Warning, &said.data);
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_json_where_it_is_json() {
        assert_eq!(assignment("minutes=45"), Ok(("minutes".to_owned(), json!(45))));
        assert_eq!(
            assignment("summary=Met = spoke"),
            Ok(("summary".to_owned(), json!("Met = spoke")))
        );
        assert!(assignment("minutes").is_err());
    }
}
