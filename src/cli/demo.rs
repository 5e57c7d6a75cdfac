//! `guichet demo`: an office with invented data, for trying everything.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Fault;
use super::paper::{Ink, push_line};
use super::progress::Progress;
use super::serve::{bind, run};
use super::session::Session;
use crate::demo::{MANIFEST_FILE, Scale, generate, write_to};
use crate::guichet::{Guichet, Layout};
use crate::serve::is_loopback;
use crate::web::DEMONSTRATION_ROLES;

/// Try everything on this machine, with the invented data of a whole cluster
///
/// Three years of an office: hundreds of projects with their calls, coaching,
/// bookings, introductions and outcomes, in French and in English. Made at the first
/// start, kept in the data folder, and there again at the next. Each role has a token
/// that everyone knows, so it listens on this machine only.
///
/// The data folder is ./guichet-demo unless --data names another.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  guichet demo
  curl -H 'Authorization: Bearer gch_demo_advisor' 'http://127.0.0.1:8080/v1/cases?limit=3'
  guichet --data guichet-demo case list --limit 5

Remove the folder to begin again."
)]
pub(super) struct Demo {
    /// On which address of this machine
    #[arg(long, value_name = "ADDR", env = "GUICHET_LISTEN", hide_env_values = true)]
    #[arg(default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// From which number the data are made: the same number, the same data
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

impl Demo {
    pub(super) async fn run(self, session: Session) -> Result<(), Fault> {
        if !is_loopback(self.listen) {
            return Err(Fault::usage(format!(
                "everyone knows the tokens of the demonstration: it listens on 127.0.0.1 or \
                 [::1], not on {}",
                self.listen
            )));
        }
        if session.layout.root_key != Layout::new(session.folder(), None).root_key {
            return Err(Fault::usage("the demonstration keeps its root key in its own folder"));
        }
        let listener = bind(self.listen).await?;
        let address = listener.local_addr()?;
        if !session.layout.log().exists() {
            make(session.folder(), self.seed).await?;
        }
        if !is_demonstration(&session.layout) {
            return Err(Fault::usage(format!(
                "{} holds an office of its own: serve it with `guichet serve`, or name another \
                 folder with --data",
                session.folder().display()
            )));
        }
        let guichet = Guichet::open(&session.layout, true).await?;
        run(session, listener, guichet, &tokens(address)).await
    }
}

/// Where the demonstration lies unless somebody says otherwise.
pub(super) fn default_folder() -> PathBuf {
    PathBuf::from("guichet-demo")
}

/// Whether the data in a folder are invented, and its tokens known to everyone.
pub(super) fn is_demonstration(layout: &Layout) -> bool {
    layout.data.join(MANIFEST_FILE).exists()
}

/// Makes the data beside the folder, and puts them in place once they are whole.
async fn make(folder: &Path, seed: u64) -> Result<(), Fault> {
    let unusable = |error: std::io::Error| {
        Fault::usage(format!("can't use the folder {}: {error}", folder.display()))
    };
    if folder.exists() && std::fs::read_dir(folder).map_err(unusable)?.next().is_some() {
        return Err(Fault::usage(format!(
            "{} holds something else: name an empty folder with --data",
            folder.display()
        )));
    }
    let unfinished = unfinished(folder);
    if unfinished.exists() {
        std::fs::remove_dir_all(&unfinished).map_err(unusable)?;
    }
    fill(&unfinished, seed).await?;
    std::fs::rename(&unfinished, folder).map_err(unusable)
}

/// `guichet-demo` is made in `guichet-demo.unfinished`.
fn unfinished(folder: &Path) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(".unfinished");
    name.into()
}

async fn fill(folder: &Path, seed: u64) -> Result<(), Fault> {
    let told = tokio::task::spawn_blocking(move || {
        let progress = RefCell::new(Progress::of("inventing three years of an office"));
        let generated = generate(seed, Scale::X1, &|at| {
            progress.borrow_mut().at(at.events as u64, at.of as u64);
        });
        progress.into_inner().done();
        generated
    });
    let generated = told.await.map_err(Fault::failed)?.map_err(Fault::failed)?;
    write_to(folder, generated).await.map_err(Fault::failed)?;
    Ok(())
}

fn tokens(address: SocketAddr) -> String {
    let mut page = String::new();
    page.push('\n');
    push_line(&mut page, "All data are invented. A token for each role:");
    for (role, does) in DEMONSTRATION_ROLES {
        let token = Ink::Reference.write(&format!("{:<20}", format!("gch_demo_{role}")));
        push_line(&mut page, &format!("  {token} {does}"));
    }
    page.push('\n');
    push_line(&mut page, "Try:");
    let header = "-H 'Authorization: Bearer gch_demo_advisor'";
    push_line(&mut page, &format!("  curl {header} 'http://{address}/v1/cases?limit=3'"));
    page.push('\n');
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::paper::plain;

    #[test]
    fn every_role_has_a_token_to_try() {
        let page = plain(&tokens("127.0.0.1:8080".parse().expect("an address")));
        for (role, _) in DEMONSTRATION_ROLES {
            assert!(page.contains(&format!("  gch_demo_{role} ")), "{page}");
        }
    }

    #[test]
    fn the_data_are_made_beside_the_folder() {
        assert_eq!(unfinished(Path::new("a/demo")), Path::new("a/demo.unfinished"));
    }
}
