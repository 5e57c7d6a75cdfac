//! `guichet restore`: an office from its backup.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::Fault;
use super::backup::Shown;
use super::paper::{Ink, push_line};
use super::session::Session;
use crate::backup::{Restored, Since, restore};
use crate::clock::{Clock, SystemClock};

/// Restore an office from its backup into an empty folder
///
/// Reads the backup again first. What was erased by then, or since by the register of
/// erasures, is erased before the office can be opened: the register is written beside
/// the keys as `erasures.log`, or where --erasure-register says, and is in no backup. A
/// restore that was cut short leaves a folder that says so and that nothing opens; the
/// same command begins it again.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  guichet restore /mnt/backup --keys /mnt/keys --data /srv/guichet \\
      --root-key /etc/guichet/root.key --erasures /mnt/register/erasures.log

The office then goes on under the same --root-key."
)]
pub(super) struct Restore {
    /// The backup's folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The folder of its keys
    #[arg(long, value_name = "DIR")]
    keys: PathBuf,
    /// The register of erasures: what it says is erased again
    #[arg(long, value_name = "FILE", required_unless_present = "no_erasures_since")]
    erasures: Option<PathBuf>,
    /// Nobody and nothing was erased since the backup was taken
    #[arg(long, conflicts_with = "erasures")]
    no_erasures_since: bool,
}

impl Restore {
    pub(super) async fn run(self, mut session: Session) -> Result<(), Fault> {
        let since = self.erasures.map_or(Since::Nothing, Since::Register);
        let (now, layout) = (SystemClock.now(), &session.layout);
        let mut watch = Shown::default();
        let mut watch = |at| watch.show(at);
        let restored = restore(&self.folder, &self.keys, &since, layout, now, &mut watch).await?;
        if session.is_json() {
            return session.print_json(&json!({
                "position": restored.position,
                "events": restored.events,
                "texts": restored.texts,
                "documents": restored.documents,
                "destroyed_keys": restored.destroyed_keys,
                "erased_texts": restored.erased_texts,
                "erased_documents": restored.erased_documents,
            }));
        }
        let page = told(&restored, &session);
        session.print(&page)
    }
}

fn told(restored: &Restored, session: &Session) -> String {
    let Restored { position, events, texts, documents, .. } = restored;
    let mut page = String::new();
    let whole = format!("{events} events, {texts} texts, {documents} documents");
    push_line(&mut page, &format!("restored up to position {position}: {whole}"));
    let Restored { destroyed_keys, erased_texts, erased_documents, .. } = restored;
    if destroyed_keys + erased_texts + erased_documents > 0 {
        let erased =
            format!("{destroyed_keys} keys, {erased_texts} texts, {erased_documents} documents");
        push_line(&mut page, &format!("erased again: {erased}"));
    }
    push_line(&mut page, &Ink::Good.write("✓ everything is there and as it was written"));
    let (data, root_key) = (session.folder().display(), session.layout.root_key.display());
    push_line(&mut page, &format!("next: guichet serve --data {data} --root-key {root_key}"));
    page
}
