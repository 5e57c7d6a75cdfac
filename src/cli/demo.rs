//! `guichet demo`: an office with invented data, for trying everything.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Fault;
use super::paper::{Ink, push_line};
use super::progress::Progress;
use super::serve::{bind, run};
use super::session::Session;
use crate::demo::{Scale, generate, write_to};
use crate::guichet::{Guichet, Layout};
use crate::serve::is_loopback;
use crate::web::DEMONSTRATION_ROLES;

/// Its presence says that a folder's data are invented and its tokens known to everyone.
const MARK: &str = "demonstration";

/// Try everything on this machine, with the invented data of a whole cluster
///
/// Three years of an office: hundreds of projects with their calls, coaching,
/// bookings, introductions and outcomes, in French and in English. Made at the first
/// start, kept in the data folder, and there again at the next. Each role has a token
/// that everyone knows, so it listens on this machine only.
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
        let listener = bind(self.listen).await?;
        let address = listener.local_addr()?;
        if !session.layout.log().exists() {
            make(&session.layout, self.seed).await?;
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

/// Whether the data in a folder are invented.
pub(super) fn is_demonstration(layout: &Layout) -> bool {
    layout.data.join(MARK).exists()
}

/// Makes the data beside the folder, and puts them in place once they are whole.
async fn make(layout: &Layout, seed: u64) -> Result<(), Fault> {
    let folder = &layout.data;
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
    std::fs::create_dir_all(&unfinished).map_err(unusable)?;
    let inside = layout.root_key == Layout::new(folder, None).root_key;
    let key = (!inside).then_some(layout.root_key.as_path());
    fill(&Layout::new(&unfinished, key), seed).await?;
    std::fs::write(unfinished.join(MARK), format!("{seed}\n")).map_err(unusable)?;
    std::fs::rename(&unfinished, folder).map_err(unusable)
}

/// `guichet-demo` is made in `guichet-demo.unfinished`.
fn unfinished(folder: &Path) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(".unfinished");
    name.into()
}

async fn fill(layout: &Layout, seed: u64) -> Result<(), Fault> {
    let mut progress = Progress::of("inventing a cluster", 100);
    let generated = generate(seed, Scale::X1, &mut |percent| progress.at(percent));
    write_to(layout, &generated).await.map_err(Fault::failed)?;
    progress.done();
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
