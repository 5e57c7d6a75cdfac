//! `guichet organisation`: organisations, looked up, and what they took part in.

use clap::{Args, Subcommand};

use super::Fault;
use super::person::{Subject, find};
use super::session::Session;

/// Look an organisation up, or read what it took part in
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
}

impl Organisation {
    pub(super) async fn run(self, session: Session) -> Result<(), Fault> {
        match self.command {
            Command::Find { text } => find(session, "organisations", "organisation", &text).await,
            Command::Journey(subject) => {
                let names = ["legal_name", "sole_trader_name"];
                subject.journey(session, "organisations", &names).await
            }
        }
    }
}
