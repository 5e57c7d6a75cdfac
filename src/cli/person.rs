//! `guichet person`: people, looked up, and what they took part in.

use clap::{Args, Subcommand};

use super::Fault;
use super::merge::{Merge, Unmerge};
use super::moment::{Lang, Moment};
use super::query::{Query, segment};
use super::session::{Session, read};
use super::tell::directory::found;
use super::tell::journey::{Ids, journey};
use super::tell::short;

/// Look a person up, read what they took part in, merge records of one person
#[derive(Debug, Args)]
pub(super) struct Person {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look somebody up by name (even misspelt), e-mail, phone number or ORCID
    #[command(after_help = "\
Examples:
  guichet person find \"ines martin\"
  guichet person find ines.martin@example.org")]
    Find {
        /// What to look for
        text: String,
    },
    /// Read everything that one person took part in
    #[command(after_help = "Example:\n  guichet person journey CB1F-W8ZJ --lang fr")]
    Journey(Subject),
    /// Say that a record and another are of one person, who goes on under the other
    ///
    /// Nothing is lost: what was recorded stays where it is, and journeys, lists and
    /// rights follow. Nobody merges their own records.
    #[command(
        verbatim_doc_comment,
        after_help = "Example:\n  guichet person merge CB1F-W8ZJ --into 7K3M-9QXA"
    )]
    Merge(Merge),
    /// Undo a merge that was wrong
    #[command(after_help = "Example:\n  guichet person unmerge CB1F-W8ZJ")]
    Unmerge(Unmerge),
}

/// Whose journey, told when and how.
#[derive(Debug, Args)]
pub(super) struct Subject {
    /// The record: its short reference or its id
    id: String,
    #[command(flatten)]
    moment: Moment,
    /// In which language it is told
    #[arg(long, default_value = "en")]
    lang: Lang,
    /// Show each event's id, which --as-of takes
    #[arg(long)]
    ids: bool,
}

impl Person {
    pub(super) async fn run(self, session: Session) -> Result<(), Fault> {
        match self.command {
            Command::Find { text } => find(session, "people", "person", &text).await,
            Command::Journey(subject) => subject.journey(session, "people", &["name"]).await,
            Command::Merge(merge) => merge.run(session, "people").await,
            Command::Unmerge(unmerge) => unmerge.run(session, "people").await,
        }
    }
}

/// Looks something up by its names in a collection.
pub(super) async fn find(
    mut session: Session,
    collection: &str,
    what: &str,
    text: &str,
) -> Result<(), Fault> {
    let query = Query::default().and("text", Some(text));
    let reply = session.client().await?.get(&query.on(&format!("/v1/{collection}/find"))).await?;
    if session.is_json() {
        return session.print_json(&reply.body);
    }
    let paper = session.paper;
    session.print(&found(&read(&reply)?, what, &paper))
}

impl Subject {
    /// Tells the journey of a record whose name stands in one of these fields.
    pub(super) async fn journey(
        self,
        mut session: Session,
        collection: &str,
        name_fields: &[&str],
    ) -> Result<(), Fault> {
        let mut client = session.client().await?;
        let query = self.moment.query().and("lang", Some(self.lang.word()));
        let record = format!("/v1/{collection}/{}", segment(&self.id));
        let reply = client.get(&query.on(&format!("{record}/journey"))).await?;
        if session.is_json() {
            return session.print_json(&reply.body);
        }
        let file = client.get(&query.on(&record)).await?.body;
        let text = |field: &str| file.get(field).and_then(serde_json::Value::as_str);
        let reference = text("reference").unwrap_or(&self.id);
        let title = match name_fields.iter().find_map(|field| text(field)) {
            Some(name) => format!("{name} ({reference})"),
            None => reference.to_owned(),
        };
        let paper = session.paper.in_language(self.lang.into());
        let title = match text("merged_into") {
            Some(into) => {
                let into = short(into);
                let goes_on = paper.say("goes on as", "continue sous");
                format!("{title}, {goes_on} {into}")
            }
            None => title,
        };
        let ids = if self.ids { Ids::Shown } else { Ids::Hidden };
        session.print(&journey(&read(&reply)?, &title, ids, &paper))
    }
}
