//! `guichet approval`: what waits for a second person.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Fault;
use super::moment::Moment;
use super::names::Names;
use super::paper::push_line;
use super::query::segment;
use super::session::{Session, read_value};
use super::tell::approvals::{Approval as Told, approvals};
use super::values::one_of;

/// Read what waits for a second person, agree to it or not
///
/// Annulled decisions, reopened cases, roles that decide, retired rules, legal holds and
/// erasures take two persons (G-8): one asks by sending the command, another agrees here.
/// Who asked does not agree, under another account either.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Approval {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List what waits, or waited, for a second person
    #[command(after_help = "\
Examples:
  guichet --as CB1F-W8ZJ approval list --mine     what waits for me
  guichet approval list --state waiting")]
    List {
        /// Only what is in this state
        #[arg(long, value_parser = one_of(&["waiting", "given", "refused"]))]
        state: Option<String>,
        /// Only what waits for whoever asks (see --as)
        #[arg(long)]
        mine: bool,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: u16,
        #[command(flatten)]
        moment: Moment,
    },
    /// Agree: what was asked for happens with it
    #[command(after_help = "Example:\n  guichet --as CB1F-W8ZJ approval give 7K3M-9QXA")]
    Give {
        /// The approval: its short reference or its id
        approval: String,
    },
    /// Do not agree, or take back what you asked for
    #[command(after_help = "\
Example:
  guichet --as CB1F-W8ZJ approval refuse 7K3M-9QXA --reason \"It was so.\"")]
    Refuse {
        /// The approval: its short reference or its id
        approval: String,
        /// Why
        #[arg(long)]
        reason: Option<String>,
    },
}

impl Approval {
    pub(super) async fn run(self, session: Session) -> Result<(), Fault> {
        match self.command {
            Command::List { state, mine, limit, moment } => {
                list(session, state.as_deref(), mine, limit, &moment).await
            }
            Command::Give { approval } => answer(session, &approval, "give", json!({})).await,
            Command::Refuse { approval, reason } => {
                let body = reason.map_or_else(|| json!({}), |reason| json!({ "reason": reason }));
                answer(session, &approval, "refuse", body).await
            }
        }
    }
}

async fn list(
    mut session: Session,
    state: Option<&str>,
    mine: bool,
    limit: u16,
    moment: &Moment,
) -> Result<(), Fault> {
    let mut client = session.client().await?;
    let query = moment
        .query()
        .and("state", state)
        .and("waits_for_me", mine.then_some(true))
        .and("limit", Some(limit));
    let reply = client.get(&query.on("/v1/approvals")).await?;
    if session.is_json() {
        return session.print_json(&reply.body);
    }
    let rows: Vec<Told> = read_value(reply.body.get("items").unwrap_or(&Value::Null))?;
    let mut names = Names::default();
    names.users(&mut client, rows.iter().map(Told::asked_by)).await?;
    let mut page = approvals(&rows, &names, &session.paper);
    if rows.is_empty() {
        push_line(&mut page, "nothing waits");
    }
    session.print(&page)
}

async fn answer(
    mut session: Session,
    approval: &str,
    command: &str,
    body: Value,
) -> Result<(), Fault> {
    let mut client = session.client().await?;
    let path = format!("/v1/approvals/{}", segment(approval));
    let seen = client.get(&path).await?;
    let reply = client.post(&format!("{path}/{command}"), &body, seen.etag).await?;
    if session.is_json() {
        return session.print_json(&reply.body);
    }
    let nothing = reply.body["events"].as_array().is_none_or(Vec::is_empty);
    let mut page = String::new();
    push_line(
        &mut page,
        match (command, nothing) {
            (_, true) => "it was answered so before",
            ("give", false) => "agreed: it is done",
            (_, false) => "not agreed: nothing happens",
        },
    );
    session.print(&page)
}
