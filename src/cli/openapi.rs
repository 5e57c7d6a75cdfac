//! `guichet openapi`: the API's document.

use clap::Args;

use super::Fault;
use super::session::Session;

/// Print the API's document (OpenAPI 3.1), without an office
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  guichet openapi > openapi.json")]
pub(super) struct Openapi {}

impl Openapi {
    pub(super) fn run(self, mut session: Session) -> Result<(), Fault> {
        session.print_json(crate::api::document())
    }
}
