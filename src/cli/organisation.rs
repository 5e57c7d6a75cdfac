//! `guichet organisation`: organisations, looked up, and what they took part in.

use clap::{Args, Subcommand};

use super::Fault;
use super::merge::{Merge, Unmerge};
use super::person::{Subject, find};
use super::session::Session;

/// Look an organisation up, read what it took part in, merge records of one organisation
#[derive(Debug, Args)]
pub(super) struct Organisation {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look an organisation up by name (even misspelt), SIREN or ROR
    #[command(after_help = "\
Examples:
  guichet organisation find oncoseed
  guichet organisation find 732829320")]
    Find {
        /// What to look for
        text: String,
    },
    /// Read everything that one organisation took part in
    #[command(after_help = "Example:\n  guichet organisation journey CB1F-W8ZJ --as-of 2026-03-01")]
    Journey(Subject),
    /// Say that a record and another are of one organisation, which goes on under the other
    ///
    /// Nothing is lost: what was recorded stays where it is, and journeys and lists follow.
    #[command(
        verbatim_doc_comment,
        after_help = "Example:\n  guichet organisation merge CB1F-W8ZJ --into 7K3M-9QXA"
    )]
    Merge(Merge),
    /// Undo a merge that was wrong
    #[command(after_help = "Example:\n  guichet organisation unmerge CB1F-W8ZJ")]
    Unmerge(Unmerge),
}

impl Organisation {
    pub(super) async fn run(self, session: Session) -> Result<(), Fault> {
        match self.command {
            Command::Find { text } => find(session, "organisations", "organisation", &text).await,
            Command::Journey(subject) => {
                let names = ["legal_name", "sole_trader_name"];
                subject.journey(session, "organisations", &names).await
            }
            Command::Merge(merge) => merge.run(session, "organisations").await,
            Command::Unmerge(unmerge) => unmerge.run(session, "organisations").await,
        }
    }
}
