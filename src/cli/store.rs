//! `guichet store`: whether the log is as it was written.

use clap::{Args, Subcommand};
use serde_json::json;

use super::Fault;
use super::paper::{Ink, push_line};
use super::session::Session;
use crate::store::{Examination, SqliteStore};
use crate::vault;

/// Look after the log itself
#[derive(Debug, Args)]
pub(super) struct Store {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Go through the whole log for what is wrong with it
    ///
    /// Reads every event and every sealed text, compares each with its checksum, and
    /// looks for gaps. Changes nothing, and works while the server runs.
    #[command(
        verbatim_doc_comment,
        after_help = "\
Example:
  guichet store check --data /srv/guichet && echo sound

Ends with 0 when all is as it was written, with 1 when something was found."
    )]
    Check,
}

impl Store {
    pub(super) async fn run(self, session: Session) -> Result<(), Fault> {
        match self.command {
            Command::Check => check(session).await,
        }
    }
}

async fn check(mut session: Session) -> Result<(), Fault> {
    let log = session.layout.log();
    if !log.exists() {
        return Err(Fault::usage(format!("there is no log at {}", log.display())));
    }
    let store = SqliteStore::open_read_only(&log).map_err(Fault::failed)?;
    let examined = store.examine().await.map_err(Fault::failed)?;
    let lost = lost(&session, &examined)?;
    if session.is_json() {
        let findings = examined.findings.iter().map(ToString::to_string);
        let findings = findings.chain(lost.iter().map(missing));
        session.print_json(&json!({
            "sound": examined.is_sound() && lost.is_empty(),
            "events": examined.events,
            "streams": examined.streams,
            "blobs": examined.blobs,
            "unreferenced": examined.unreferenced,
            "erased": examined.absent.len() - lost.len(),
            "found": examined.found + lost.len() as u64,
            "findings": findings.collect::<Vec<_>>(),
        }))?;
    } else {
        session.print(&told(&examined, &lost))?;
    }
    match examined.found + lost.len() as u64 {
        0 => Ok(()),
        found => Err(Fault::failed(format!("{found} found in {}", log.display()))),
    }
}

/// Texts that are gone though nobody erased them.
fn lost(session: &Session, examined: &Examination) -> Result<Vec<events::BlobId>, Fault> {
    if examined.absent.is_empty() {
        return Ok(Vec::new());
    }
    // Not through the vault: this may run beside a server, and needs no root key.
    let erased = vault::erasures(&session.layout.keys()).map_err(Fault::failed)?.blobs;
    Ok(examined.absent.iter().filter(|blob| !erased.contains(blob)).copied().collect())
}

fn missing(blob: &events::BlobId) -> String {
    format!("text {blob} is missing, and no erasure says why")
}

fn told(examined: &Examination, lost: &[events::BlobId]) -> String {
    let Examination { events, streams, blobs, unreferenced, .. } = examined;
    let mut page = String::new();
    push_line(&mut page, &format!("{events} events in {streams} streams, {blobs} sealed texts"));
    if !examined.absent.is_empty() {
        let erased = examined.absent.len() - lost.len();
        push_line(&mut page, &format!("{erased} texts erased"));
    }
    if *unreferenced > 0 {
        push_line(&mut page, &format!("{unreferenced} sealed texts that no event refers to"));
    }
    for finding in &examined.findings {
        push_line(&mut page, &format!("{} {finding}", Ink::Bad.write("✗")));
    }
    let kept = examined.findings.len() as u64;
    if examined.found > kept {
        push_line(&mut page, &format!("… and {} more", examined.found - kept));
    }
    for blob in lost {
        push_line(&mut page, &format!("{} {}", Ink::Bad.write("✗"), missing(blob)));
    }
    if examined.is_sound() && lost.is_empty() {
        push_line(&mut page, &Ink::Good.write("✓ everything is as it was written"));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::paper::plain;
    use crate::store::Finding;

    #[test]
    fn a_sound_log_says_so_and_findings_are_listed() {
        let sound = Examination { events: 12, streams: 3, blobs: 5, ..Examination::default() };
        assert_eq!(
            plain(&told(&sound, &[])),
            "12 events in 3 streams, 5 sealed texts\n✓ everything is as it was written\n"
        );
        let blob = events::BlobId::derived("x");
        let broken = Examination {
            found: 2,
            findings: vec![Finding::Database("page 3 is torn".into())],
            absent: vec![blob],
            ..Examination::default()
        };
        let page = plain(&told(&broken, &[blob]));
        for part in ["✗ database: page 3 is torn\n", "… and 1 more\n", "is missing, and no"] {
            assert!(page.contains(part), "{page}");
        }
    }
}
