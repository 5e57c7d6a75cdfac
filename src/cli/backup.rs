//! `guichet backup`: everything into folders of its own, while the server runs.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Fault;
use super::paper::{Ink, push_line};
use super::progress::Progress;
use super::session::Session;
use crate::backup::{At, Saved, SavedKeys, Step, Verified, save, save_keys, verify};
use crate::clock::{Clock, SystemClock};
use crate::guichet::build;

/// Save the log, its texts and its documents into a folder, and the keys into another
///
/// Works while the server runs, and without one. What an earlier run saved stays; only
/// what is new is written, and what was erased since is dropped. Ends by reading the
/// whole backup again. The root key is never copied: keep a copy of it apart from both
/// folders.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  guichet backup /mnt/backup --keys /mnt/keys    everything but the root key
  guichet backup /mnt/backup                     without the keys
  guichet backup --keys /mnt/keys                the keys alone
  guichet backup verify /mnt/backup && echo sound"
)]
pub(super) struct Backup {
    #[command(subcommand)]
    command: Option<Command>,
    /// The backup's folder: empty, or where this office was saved before
    #[arg(required_unless_present = "keys", value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The folder for the keys, which must be another one: who has both and the root key can
    /// read everything
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read a backup again: every byte, and whether it is complete
    #[command(after_help = "\
Ends with 0 when all is as it was written, with 1 when something was found.")]
    Verify {
        /// The backup's folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

impl Backup {
    pub(super) async fn run(self, mut session: Session) -> Result<(), Fault> {
        let Self { command, folder, keys } = self;
        if let Some(Command::Verify { folder }) = command {
            return check(session, &folder);
        }
        if !session.layout.log().exists() {
            let folder = session.folder().display();
            return Err(Fault::usage(format!("there is no office in {folder}")));
        }
        if let (Some(folder), Some(keys)) = (&folder, &keys) {
            crate::backup::apart(folder, keys)?;
        }
        let (saved, keys) = written(&session, folder.as_deref(), keys.as_deref()).await?;
        if session.is_json() {
            session.print_json(&json!({
                "backup": saved.as_ref().map(as_json),
                "keys": keys.as_ref().map(|keys| json!({
                    "position": keys.position, "taken_at": keys.taken_at,
                })),
            }))?;
        } else {
            session.print(&told(saved.as_ref(), keys.as_ref()))?;
        }
        session.remark(&format!(
            "The root key is in no backup: keep a copy of {} apart.",
            session.layout.root_key.display()
        ));
        match saved {
            Some(saved) => sound(&saved.verified, folder.as_deref().unwrap_or(Path::new(""))),
            None => Ok(()),
        }
    }
}

/// The log first: whatever it holds by then has its key in what is copied after it.
async fn written(
    session: &Session,
    folder: Option<&Path>,
    keys: Option<&Path>,
) -> Result<(Option<Saved>, Option<SavedKeys>), Fault> {
    let (now, layout) = (SystemClock.now(), &session.layout);
    let mut watch = Shown::default();
    let mut watch = |at| watch.show(at);
    let saved = match folder {
        Some(folder) => Some(save(layout, folder, build(), now, &mut watch).await?),
        None => None,
    };
    let keys = match keys {
        Some(keys) => Some(save_keys(layout, keys, build(), now, &mut watch).await?),
        None => None,
    };
    Ok((saved, keys))
}

fn check(mut session: Session, folder: &Path) -> Result<(), Fault> {
    let mut watch = Shown::default();
    let verified = verify(folder, &mut |at| watch.show(at))?;
    if session.is_json() {
        session.print_json(&verified_as_json(&verified))?;
    } else {
        session.print(&verified_told(&verified))?;
    }
    sound(&verified, folder)
}

fn sound(verified: &Verified, folder: &Path) -> Result<(), Fault> {
    match verified.found {
        0 => Ok(()),
        found => Err(Fault::failed(format!("{found} found in {}", folder.display()))),
    }
}

/// Progress of one step after the other.
#[derive(Default)]
pub(super) struct Shown(Option<(Step, Progress)>);

impl Shown {
    pub(super) fn show(&mut self, At { step, done, of }: At) -> ControlFlow<()> {
        if self.0.as_ref().is_none_or(|(shown, _)| *shown != step) {
            if let Some((_, progress)) = self.0.take() {
                progress.done();
            }
            self.0 = Some((step, Progress::of(name(step))));
        }
        if let Some((_, progress)) = &mut self.0 {
            progress.at(done, of);
        }
        ControlFlow::Continue(())
    }
}

const fn name(step: Step) -> &'static str {
    match step {
        Step::Segment => "saving events and texts",
        Step::Document => "copying documents",
        Step::Drop => "dropping what was erased",
        Step::Erasures | Step::Commit | Step::Sweep => "finishing the backup",
        Step::Keys | Step::CommitKeys => "copying the keys",
        Step::Verify => "reading the backup again",
        Step::Begin => "beginning",
        Step::Log => "writing the log",
        Step::Erase => "erasing what was erased since",
        Step::Finish => "finishing",
    }
}

fn as_json(saved: &Saved) -> Value {
    json!({
        "new_events": saved.new_events,
        "new_texts": saved.new_texts,
        "new_documents": saved.new_documents,
        "dropped_texts": saved.dropped_texts,
        "dropped_documents": saved.dropped_documents,
        "verified": verified_as_json(&saved.verified),
    })
}

fn verified_as_json(verified: &Verified) -> Value {
    json!({
        "sound": verified.is_sound(),
        "log": verified.log,
        "build": verified.build,
        "taken_at": verified.taken_at,
        "position": verified.position,
        "segments": verified.segments,
        "events": verified.events,
        "texts": verified.texts,
        "documents": verified.documents,
        "erased_texts": verified.erased_texts,
        "erased_documents": verified.erased_documents,
        "found": verified.found,
        "findings": verified.findings,
    })
}

fn told(saved: Option<&Saved>, keys: Option<&SavedKeys>) -> String {
    let mut page = String::new();
    if let Some(saved) = saved {
        let Saved { new_events, new_texts, new_documents, .. } = saved;
        let new = format!("{new_events} events, {new_texts} texts, {new_documents} documents");
        push_line(&mut page, &format!("new: {new}"));
        let Saved { dropped_texts, dropped_documents, .. } = saved;
        if dropped_texts + dropped_documents > 0 {
            let dropped = format!("{dropped_texts} texts, {dropped_documents} documents");
            push_line(&mut page, &format!("dropped, since they were erased: {dropped}"));
        }
        page.push_str(&verified_told(&saved.verified));
    }
    match keys {
        Some(keys) => {
            let position = keys.position;
            let line = format!("keys saved, for a backup up to position {position}");
            push_line(&mut page, &line);
        }
        None => {
            let line = "the keys were not saved: name another folder for them with --keys";
            push_line(&mut page, &Ink::Warning.write(line));
        }
    }
    page
}

fn verified_told(verified: &Verified) -> String {
    let Verified { position, events, texts, documents, .. } = verified;
    let mut page = String::new();
    let whole = format!("{events} events, {texts} texts, {documents} documents");
    push_line(&mut page, &format!("up to position {position}: {whole}"));
    let (texts, documents) = (verified.erased_texts, verified.erased_documents);
    if texts + documents > 0 {
        push_line(&mut page, &format!("erased: {texts} texts, {documents} documents"));
    }
    for finding in &verified.findings {
        push_line(&mut page, &format!("{} {finding}", Ink::Bad.write("✗")));
    }
    let kept = verified.findings.len() as u64;
    if verified.found > kept {
        push_line(&mut page, &format!("… and {} more", verified.found - kept));
    }
    if verified.is_sound() {
        push_line(&mut page, &Ink::Good.write("✓ everything is there and as it was written"));
    }
    page
}
