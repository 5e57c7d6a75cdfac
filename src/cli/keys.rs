//! `guichet keys`: how the keys are kept, and rotating them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;

use super::Fault;
use super::client::Client;
use super::progress::Progress;
use super::session::{Session, read};
use super::tell::keys::{self, Keys as Kept, Rotated};
use crate::clock::{Clock, SystemClock};

/// How often it is looked how far a rotation is.
const LOOK: Duration = Duration::from_millis(200);

/// See how the keys are kept, and rotate them
///
/// The root key is a file. It wraps the keys of epochs, and the newest epoch wraps the
/// keys of people and cases, with which texts and documents are sealed.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say how many keys there are, how old, and where the root key lies
    #[command(after_help = "Example:\n  guichet keys status --data /srv/guichet")]
    Status,
    Rotate(Rotate),
}

/// Move every key to a new epoch, and destroy the old epochs' keys
///
/// Works while the server runs, which goes on serving, and without it. Killed at any
/// moment it is finished by the next rotation, or by the server when it starts. The
/// server does it by itself too: guichet serve --rotate-keys-after DAYS.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  guichet keys rotate
  guichet keys rotate --new-root-key /etc/guichet/root-2.key"
)]
struct Rotate {
    /// Change the root key too: a file on the server's machine, made unless it is there
    #[arg(long, value_name = "FILE")]
    new_root_key: Option<PathBuf>,
}

impl Keys {
    pub(super) async fn run(self, session: Session) -> Result<(), Fault> {
        match self.command {
            Command::Status => status(session).await,
            Command::Rotate(rotate) => rotate.run(session).await,
        }
    }
}

async fn status(mut session: Session) -> Result<(), Fault> {
    let mut client = session.client().await?;
    let reply = client.get("/v1/keys").await?;
    if session.is_json() {
        return session.print_json(&reply.body);
    }
    let page = keys::keys(&read(&reply)?, SystemClock.now(), &session.paper);
    session.print(&page)
}

impl Rotate {
    async fn run(self, mut session: Session) -> Result<(), Fault> {
        let mut client = session.client().await?;
        let new_root_key = self.new_root_key.map(std::path::absolute).transpose()?;
        let mut body = json!({});
        if let Some(place) = &new_root_key {
            let place = place.to_str().ok_or_else(|| Fault::usage("a path that is text"))?;
            body["new_root_key"] = json!(place);
        }
        let mut beside = client.beside(&session.layout).await?;
        let mut progress = Progress::of("rotating the keys");
        let mut looks = tokio::time::interval(LOOK);
        let reply = {
            let rotation = client.post("/v1/keys/rotate", &body, None);
            tokio::pin!(rotation);
            loop {
                tokio::select! {
                    reply = &mut rotation => break reply?,
                    _ = looks.tick() => look(&mut beside, &mut progress).await,
                }
            }
        };
        progress.done();
        if let Some(place) = &new_root_key {
            session.remark(&what_next(place));
        }
        if session.is_json() {
            return session.print_json(&reply.body);
        }
        let rotated: Rotated = read(&reply)?;
        session.print(&keys::rotated(&rotated))
    }
}

/// Shows how far it is; not knowing does no harm.
async fn look(client: &mut Client, progress: &mut Progress) {
    let Ok(reply) = client.get("/v1/keys").await else { return };
    let Ok(kept) = read::<Kept>(&reply) else { return };
    if let Some(newest) = kept.epochs.last().filter(|_| kept.rotating) {
        progress.at(newest.keys, kept.keys);
    }
}

fn what_next(root_key: &Path) -> String {
    let place = root_key.display();
    format!(
        "the root key lies at {place} from now on: start the server with --root-key {place}, and \
         back that file up, apart from the data. The old file opens nothing here any more, but \
         backups of the keys that were made before: keep it as long as those"
    )
}
