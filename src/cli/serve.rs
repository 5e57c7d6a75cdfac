//! `guichet serve`: the server.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::Fault;
use super::client::Client;
use super::demo::is_demonstration;
use super::paper::{Ink, push_line};
use super::policy::offers;
use super::progress::Progress;
use super::session::Session;
use crate::guichet::{Guichet, Layout};
use crate::serve::{is_loopback, operator_socket, serve_on};
use crate::vault::Schedule;

/// How often progress is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Serve an office: the API, its pages, and the command line
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guichet serve
  guichet serve --data /srv/guichet --root-key /etc/guichet/root.key --listen 10.0.0.5:8080

Put a proxy in front of it that speaks TLS. What it does is told on the error
stream; GUICHET_LOG says how much (info, debug, guichet::api=debug …). It stops on
Ctrl-C or SIGTERM, letting requests under way finish.

Keys are rotated by themselves while it runs; see guichet keys --help.")]
pub(super) struct Serve {
    /// On which address
    #[arg(long, value_name = "ADDR", env = "GUICHET_LISTEN", hide_env_values = true)]
    #[arg(default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Rotate the keys when the newest epoch is so many days old; 0: never
    #[arg(long, value_name = "DAYS", default_value_t = Schedule::DAYS)]
    #[arg(value_parser = clap::value_parser!(u32).range(..=i64::from(Schedule::DAYS_MAX)))]
    rotate_keys_after: u32,
}

impl Serve {
    pub(super) async fn run(self, session: Session) -> Result<(), Fault> {
        let demonstration = is_demonstration(&session.layout);
        if demonstration && !is_loopback(self.listen) {
            return Err(Fault::usage(format!(
                "{} holds a demonstration, whose tokens everyone knows: it is served on \
                 127.0.0.1 only",
                session.folder().display()
            )));
        }
        let listener = bind(self.listen).await?;
        let guichet = Guichet::open(&session.layout, demonstration).await?;
        guichet.rotate_keys(Schedule::after_days(self.rotate_keys_after));
        if !demonstration {
            warn_of_root_key(&session.layout);
        }
        let store = guichet.store();
        let empty = store.head().await.map_err(Fault::failed)?.is_none();
        let mut below = String::new();
        if empty {
            let folder = session.folder().display();
            let hint = format!("Nobody has an account yet: guichet --data {folder} user add …");
            push_line(&mut below, &Ink::Warning.write(&hint));
        }
        run(session, listener, guichet, &below).await
    }
}

/// Says that the root key lies where whoever copies the data copies it too, and what to do.
fn warn_of_root_key(layout: &Layout) {
    if layout.holds(&layout.root_key) {
        tracing::warn!(
            root_key = %layout.root_key.display(),
            "the root key lies in the data folder, so a copy of the folder opens every sealed \
             text: stop the server, move the file elsewhere, and say where it is with --root-key \
             FILE or GUICHET_ROOT_KEY"
        );
    }
}

/// Takes the address, or says why not.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, Fault> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => Fault::unavailable(format!(
            "another program listens on {address}: stop it, or choose another with --listen"
        )),
        ErrorKind::PermissionDenied => Fault::usage(format!(
            "you may not listen on {address}: choose a port above 1023 with --listen"
        )),
        ErrorKind::AddrNotAvailable => {
            Fault::usage(format!("{address} is no address of this machine"))
        }
        _ => Fault::failed(format!("can't listen on {address}: {error}")),
    })
}

/// Serves an open office until it is told to stop.
pub(super) async fn run(
    mut session: Session,
    listener: TcpListener,
    guichet: Arc<Guichet>,
    below: &str,
) -> Result<(), Fault> {
    catch_up(&guichet).await?;
    mention_offers(&guichet).await;
    let (address, socket) = (listener.local_addr()?, session.layout.socket());
    let stop = told_to_stop()?;
    let local = operator_socket(&socket)?;
    // Whoever reads this may go on at once: both doors are open. Served is also who does not.
    let greeting = greeting(&session.folder().display().to_string(), address, below);
    drop(session.print(&greeting));
    serve_on(guichet, listener, local, stop).await?;
    Ok(std::fs::remove_file(&socket)?)
}

fn greeting(folder: &str, address: SocketAddr, below: &str) -> String {
    let mut page = String::new();
    let version = env!("CARGO_PKG_VERSION");
    push_line(&mut page, &Ink::Strong.write(&format!("guichet {version} serves {folder}")));
    push_line(&mut page, &format!("  http://{address}/       what is here and where to go"));
    push_line(&mut page, &format!("  http://{address}/docs   the API, with examples"));
    page.push_str(below);
    push_line(&mut page, &Ink::Faint.write("Ctrl-C stops it."));
    page
}

/// Lets the tables catch up with the log, showing how far they are.
async fn catch_up(guichet: &Guichet) -> Result<(), Fault> {
    let position = || guichet.readmodel.position().map_or(0, |position| position.0);
    let head = guichet.store().head().await.map_err(Fault::failed)?;
    let head = head.map_or(0, |position| position.0);
    let start = position();
    let mut progress = Progress::of("reading the log");
    let mut looks = tokio::time::interval(LOOK);
    let catching_up = guichet.readmodel.catch_up();
    tokio::pin!(catching_up);
    loop {
        tokio::select! {
            done = &mut catching_up => {
                progress.done();
                return done.map_err(Fault::failed);
            }
            _ = looks.tick() => progress.at(position() - start, head.saturating_sub(start)),
        }
    }
}

/// Says that this build has rules which the office has no version of.
async fn mention_offers(guichet: &Arc<Guichet>) {
    if guichet.readmodel.position().is_none() {
        return;
    }
    // Whoever can't be told now is told by the command.
    let Ok(offers) = offers(&mut Client::inside(guichet)).await else { return };
    if !offers.is_empty() {
        let kinds: Vec<_> = offers.iter().map(|(_, body)| body.kind().to_string()).collect();
        let rules = kinds.join(", ");
        tracing::info!(rules, "this build offers rules: see `guichet policy offered`");
    }
}

/// Turns true on Ctrl-C or SIGTERM; the second one ends the program at once.
fn told_to_stop() -> Result<watch::Receiver<bool>, Fault> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        for times in 0.. {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if times > 0 {
                tracing::warn!("stopping at once; what was acknowledged is on disk");
                std::process::exit(1);
            }
            tracing::info!("stopping; requests under way are finished first");
            stop.send_replace(true);
        }
    });
    Ok(stopped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::paper::plain;

    #[test]
    fn the_greeting_says_where_to_go_and_how_to_stop() {
        let address = "127.0.0.1:8080".parse().expect("an address");
        let page = plain(&greeting("./guichet-data", address, "tokens\n"));
        let expected = "\
guichet 0.1.0 serves ./guichet-data
  http://127.0.0.1:8080/       what is here and where to go
  http://127.0.0.1:8080/docs   the API, with examples
tokens
Ctrl-C stops it.
";
        assert_eq!(page, expected);
    }
}
