//! `guichet privacy`: what people ask about their own data, from the request to the answer.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use events::{Date, PrivacyKind, PrivacyOutcome, Time};
use serde_json::{Map, Value, json};

use super::Fault;
use super::moment::{Lang, moment};
use super::paper::push_line;
use super::query::{Query, segment};
use super::session::{Session, read_value};
use super::tell::privacy::{Request, ReviewedText, request, requests, texts};
use super::values::{CHANNELS, one_of, word};
use crate::clock::{Clock, SystemClock};

/// Answer what people ask about their own data: access, rectification, erasure …
///
/// A request is received, the identity of whoever asks is verified, the office decides
/// (assess) and tells them (answer), within a month; once, that is put off by two at most.
/// An erasure takes two persons and destroys the person's key: nothing brings it back.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Privacy {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List requests, what is due first on top
    #[command(after_help = "\
Examples:
  guichet privacy list --overdue
  guichet privacy list --kind erasure --state assessed")]
    List {
        /// What is asked for
        #[arg(long, value_parser = word::<PrivacyKind>())]
        kind: Option<PrivacyKind>,
        /// Where they are
        #[arg(long, value_parser = one_of(&["received", "verified", "assessed", "answered"]))]
        state: Option<String>,
        /// Whose data: the person's id
        #[arg(long, value_name = "PERSON")]
        subject: Option<String>,
        /// Only those that were to be answered by now
        #[arg(long)]
        overdue: bool,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: u16,
    },
    /// Read one request as it stands
    #[command(after_help = "Example:\n  guichet privacy show 7K3M-9QXA")]
    Show {
        /// The request: its short reference or its id
        request: String,
    },
    /// Record that somebody asks for something about their own data
    #[command(after_help = "\
Example:
  guichet privacy receive erasure --person CB1F-W8ZJ --via email \\
      --words \"Please erase what you hold on me.\"")]
    Receive {
        /// What they ask for
        #[arg(value_parser = word::<PrivacyKind>())]
        kind: PrivacyKind,
        /// Whose data: the person's short reference or id
        #[arg(long)]
        person: String,
        /// How it came
        #[arg(long, value_name = "CHANNEL", default_value = "email")]
        #[arg(value_parser = one_of(CHANNELS))]
        via: String,
        /// When it reached the office; without it, now
        #[arg(long, value_name = "MOMENT", value_parser = moment)]
        received_at: Option<Time>,
        /// What they wrote; sealed with their own key
        #[arg(long)]
        words: Option<String>,
    },
    /// Record that whoever asks is the person the data are about
    #[command(after_help = "\
Example:
  guichet privacy verify 7K3M-9QXA --method identity_document")]
    Verify {
        /// The request: its short reference or its id
        request: String,
        /// How that was made sure of: identity_document, known_in_person, known_address
        #[arg(long)]
        method: String,
    },
    /// Put the answer off, once, by two months at most, before the first month is over
    #[command(after_help = "\
Example:
  guichet privacy extend 7K3M-9QXA --until 2027-03-15 --reason \"There is much to go through.\"")]
    Extend {
        /// The request: its short reference or its id
        request: String,
        /// Until when
        #[arg(long, value_name = "DATE")]
        until: Date,
        /// Why, as the person is told
        #[arg(long)]
        reason: String,
    },
    Assess(Assess),
    /// Record that the person was told
    #[command(after_help = "\
Example:
  guichet privacy answer 7K3M-9QXA --via email --letter \"Here is what we hold.\"")]
    Answer {
        /// The request: its short reference or its id
        request: String,
        /// How
        #[arg(long, value_name = "CHANNEL", default_value = "email")]
        #[arg(value_parser = one_of(CHANNELS))]
        via: String,
        /// What was written to them; nothing is sealed for somebody whose data were erased
        #[arg(long)]
        letter: Option<String>,
    },
    Export(Export),
    /// List the texts to look through: of the cases, meetings and bookings they take part in
    ///
    /// Each is kept (guichet privacy keep) or redacted (guichet privacy redact), one by one,
    /// by somebody who read it.
    #[command(
        verbatim_doc_comment,
        after_help = "Example:\n  guichet privacy texts 7K3M-9QXA --state open"
    )]
    Texts {
        /// The request: its short reference or its id
        request: String,
        /// Only those of which this was decided
        #[arg(long, value_parser = one_of(&["open", "kept", "redacted"]))]
        state: Option<String>,
        /// In which language they are told
        #[arg(long, default_value = "en")]
        lang: Lang,
    },
    /// Record that a text was looked at and stays as it is
    #[command(after_help = "\
Example:
  guichet privacy keep 7K3M-9QXA EVENT summary --basis not_about_the_person")]
    Keep {
        /// The request: its short reference or its id
        request: String,
        /// The event in which the text stands
        event: String,
        /// Where in it
        field: String,
        /// On what basis it stays
        #[arg(long)]
        basis: String,
    },
    /// Take a text away for good, or put it in other words; its bytes are destroyed
    #[command(after_help = "\
Examples:
  guichet privacy redact EVENT summary
  guichet privacy redact EVENT summary --text \"Met the team.\"")]
    Redact {
        /// The event in which the text stands
        event: String,
        /// Where in it
        field: String,
        /// What stands there from now on
        #[arg(long)]
        text: Option<String>,
    },
    /// Ask for the erasure of the person's data; a second person agrees, and it is done
    ///
    /// The request was assessed so before, and no hold keeps the data. The second person
    /// agrees with `guichet approval give`; with that the person's key is destroyed, and the
    /// bytes of all that was sealed with it are removed.
    #[command(
        verbatim_doc_comment,
        after_help = "Example:\n  guichet --as CB1F-W8ZJ privacy erase 7K3M-9QXA"
    )]
    Erase {
        /// The request: its short reference or its id
        request: String,
        /// What for the data were held
        #[arg(long = "purpose", value_name = "CODE")]
        purposes: Vec<String>,
    },
}

/// Decide what is done about a request
///
/// What is kept names its legal basis (D-1): a duty of the retention policy (guichet
/// policy show retention), or what a hold asks for.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  guichet privacy assess 7K3M-9QXA granted
  guichet privacy assess 7K3M-9QXA partial --basis gdpr_17_3_b \\
      --keep public_funds_accounting=gdpr_17_3_b --reason \"Accounts are kept.\""
)]
struct Assess {
    /// The request: its short reference or its id
    request: String,
    /// Whether they are given what they ask for
    #[arg(value_parser = word::<PrivacyOutcome>())]
    outcome: PrivacyOutcome,
    /// A rule of law it rests on
    #[arg(long = "basis", value_name = "CODE")]
    basis: Vec<String>,
    /// What is kept, and on what legal basis
    #[arg(long = "keep", value_name = "WHAT=BASIS", value_parser = kept)]
    keep: Vec<(String, String)>,
    /// Why
    #[arg(long)]
    reason: Option<String>,
}

/// Read everything that is held on the person, to send it to them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guichet privacy export 7K3M-9QXA --out held.json
  guichet privacy export 7K3M-9QXA --format html --lang fr --out held.html
  guichet privacy export 7K3M-9QXA | jq .records")]
struct Export {
    /// The request: its short reference or its id
    request: String,
    /// As data, or as one page to print
    #[arg(long, default_value = "json", value_parser = one_of(&["json", "html"]))]
    format: String,
    /// In which language it is told
    #[arg(long, default_value = "en")]
    lang: Lang,
    /// Where to write it; without it, to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn kept(text: &str) -> Result<(String, String), String> {
    let (what, basis) = text.split_once('=').ok_or("expected WHAT=BASIS")?;
    Ok((what.to_owned(), basis.to_owned()))
}

impl Privacy {
    pub(super) async fn run(self, session: Session) -> Result<(), Fault> {
        match self.command {
            Command::List { kind, state, subject, overdue, limit } => {
                let query = Query::default()
                    .and("kind", kind)
                    .and("state", state)
                    .and("subject", subject)
                    .and("overdue", overdue.then_some(true))
                    .and("limit", Some(limit));
                list(session, &query).await
            }
            Command::Show { request } => show(session, &request).await,
            Command::Receive { kind, person, via, received_at, words } => {
                receive(session, kind, &person, &via, received_at, words).await
            }
            Command::Verify { request, method } => {
                say(session, &request, "verify-identity", json!({ "method": method })).await
            }
            Command::Extend { request, until, reason } => {
                let body = json!({ "until": until, "reason": reason });
                say(session, &request, "extend", body).await
            }
            Command::Assess(assess) => assess.run(session).await,
            Command::Answer { request, via, letter } => {
                let body = with(json!({ "channel": via }), "letter", letter);
                say(session, &request, "answer", body).await
            }
            Command::Export(export) => export.run(session).await,
            Command::Texts { request, state, lang } => review(session, &request, state, lang).await,
            Command::Keep { request, event, field, basis } => {
                let body = json!({ "event": event, "field": field, "basis": basis });
                say(session, &request, "keep-text", body).await
            }
            Command::Redact { event, field, text } => redact(session, &event, &field, text).await,
            Command::Erase { request, purposes } => erase(session, &request, purposes).await,
        }
    }
}

/// A body with one more member, if there is a value for it.
fn with(mut body: Value, name: &str, value: Option<String>) -> Value {
    if let Some(value) = value {
        body[name] = json!(value);
    }
    body
}

async fn list(mut session: Session, query: &Query) -> Result<(), Fault> {
    let reply = session.client().await?.get(&query.on("/v1/privacy-requests")).await?;
    if session.is_json() {
        return session.print_json(&reply.body);
    }
    let rows: Vec<Request> = read_value(reply.body.get("items").unwrap_or(&Value::Null))?;
    let paper = session.paper;
    let mut page = requests(&rows, &paper);
    if rows.is_empty() {
        push_line(&mut page, "no such request");
    }
    session.print(&page)
}

async fn show(mut session: Session, typed: &str) -> Result<(), Fault> {
    let path = format!("/v1/privacy-requests/{}", segment(typed));
    let reply = session.client().await?.get(&path).await?;
    if session.is_json() {
        return session.print_json(&reply.body);
    }
    let paper = session.paper;
    session.print(&request(&read_value(&reply.body)?, &paper))
}

async fn receive(
    mut session: Session,
    kind: PrivacyKind,
    person: &str,
    via: &str,
    received_at: Option<Time>,
    words: Option<String>,
) -> Result<(), Fault> {
    let mut client = session.client().await?;
    let person = client.get(&format!("/v1/people/{}", segment(person))).await?.body;
    let received_at = received_at.unwrap_or_else(|| SystemClock.now());
    let body = json!({ "kind": kind, "subject": person["id"], "received_at": received_at,
        "channel": via });
    let reply = client.post("/v1/privacy-requests", &with(body, "words", words), None).await?;
    if session.is_json() {
        return session.print_json(&reply.body);
    }
    let reference = reply.body["reference"].as_str().unwrap_or_default();
    let mut page = String::new();
    push_line(&mut page, &format!("request {reference} is recorded"));
    push_line(&mut page, &format!("next: guichet privacy verify {reference} --method …"));
    session.print(&page)
}

/// Sends a command about a request, on its revision as it is now.
async fn say(mut session: Session, request: &str, command: &str, body: Value) -> Result<(), Fault> {
    let mut client = session.client().await?;
    let path = format!("/v1/privacy-requests/{}", segment(request));
    let seen = client.get(&path).await?;
    let reply = client.post(&format!("{path}/{command}"), &body, seen.etag).await?;
    recorded(&mut session, &reply.body)
}

fn recorded(session: &mut Session, body: &Value) -> Result<(), Fault> {
    if session.is_json() {
        return session.print_json(body);
    }
    let nothing = body["events"].as_array().is_none_or(Vec::is_empty);
    let mut page = String::new();
    push_line(&mut page, if nothing { "it was so before" } else { "recorded" });
    session.print(&page)
}

impl Assess {
    async fn run(self, session: Session) -> Result<(), Fault> {
        let kept: Vec<Value> = self
            .keep
            .into_iter()
            .map(|(what, basis)| json!({ "what": what, "legal_basis": basis }))
            .collect();
        let mut body = Map::new();
        body.insert("outcome".into(), json!(self.outcome));
        body.insert("legal_basis".into(), json!(self.basis));
        body.insert("kept".into(), json!(kept));
        body.extend(self.reason.map(|reason| ("reason".to_owned(), json!(reason))));
        say(session, &self.request, "assess", Value::Object(body)).await
    }
}

impl Export {
    async fn run(self, mut session: Session) -> Result<(), Fault> {
        let mut client = session.client().await?;
        let query = Query::default().and("lang", Some(self.lang.word()));
        let request = segment(&self.request);
        let content = if self.format == "html" {
            let path = format!("/v1/privacy-requests/{request}/export-page");
            client.page(&query.on(&path)).await?
        } else {
            let path = format!("/v1/privacy-requests/{request}/export");
            let body = client.get(&query.on(&path)).await?.body;
            let mut page = serde_json::to_string_pretty(&body).map_err(Fault::failed)?;
            page.push('\n');
            page
        };
        match &self.out {
            Some(file) => {
                write_out(file, &content)?;
                session.remark(&format!("written to {}", file.display()));
                Ok(())
            }
            None => session.print(&content),
        }
    }
}

/// Writes a file that only its owner reads: everything about somebody stands in it.
fn write_out(file: &Path, content: &str) -> Result<(), Fault> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let opened = options.write(true).create(true).truncate(true).mode(0o600).open(file);
    opened
        .and_then(|mut out| out.write_all(content.as_bytes()))
        .map_err(|error| Fault::failed(format!("can't write {}: {error}", file.display())))
}

async fn review(
    mut session: Session,
    request: &str,
    state: Option<String>,
    lang: Lang,
) -> Result<(), Fault> {
    let query = Query::default().and("state", state).and("lang", Some(lang.word()));
    let path = format!("/v1/privacy-requests/{}/texts", segment(request));
    let reply = session.client().await?.get(&query.on(&path)).await?;
    if session.is_json() {
        return session.print_json(&reply.body);
    }
    let items: Vec<ReviewedText> = read_value(reply.body.get("items").unwrap_or(&Value::Null))?;
    let paper = session.paper.in_language(lang.into());
    let mut page = texts(&items, &paper);
    let count = |name: &str| reply.body[name].as_u64().unwrap_or(0);
    let (open, kept, redacted) = (count("open"), count("kept"), count("redacted"));
    push_line(&mut page, &format!("{open} to look through, {kept} kept, {redacted} redacted"));
    session.print(&page)
}

async fn redact(
    mut session: Session,
    event: &str,
    field: &str,
    text: Option<String>,
) -> Result<(), Fault> {
    let path = format!("/v1/events/{}/redact", segment(event));
    let body = with(json!({ "field": field }), "text", text);
    let reply = session.client().await?.post(&path, &body, None).await?;
    recorded(&mut session, &reply.body)
}

async fn erase(mut session: Session, request: &str, purposes: Vec<String>) -> Result<(), Fault> {
    let mut client = session.client().await?;
    let record = client.get(&format!("/v1/privacy-requests/{}", segment(request))).await?.body;
    let person = record["subject"].as_str().unwrap_or_default();
    let body = json!({ "request": record["id"], "purposes": purposes });
    let path = format!("/v1/people/{}/request-erasure", segment(person));
    let reply = client.post(&path, &body, None).await?;
    if session.is_json() {
        return session.print_json(&reply.body);
    }
    let approval = reply.body["waits_for_approval"].as_str().unwrap_or_default();
    let mut page = String::new();
    push_line(&mut page, "this waits for a second person; nothing is erased yet");
    let next = format!("next: guichet --as USER approval give {approval}");
    push_line(&mut page, &next);
    session.print(&page)
}

#[cfg(test)]
mod tests {
    use events::{Channel, Labelled};

    use super::*;

    #[test]
    fn the_channels_are_those_that_the_api_reads() {
        for channel in CHANNELS {
            assert!(serde_json::from_value::<Channel>(json!(channel)).is_ok(), "{channel}");
        }
        assert_eq!(PrivacyKind::ALL.len(), 6);
    }
}
