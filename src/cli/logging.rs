//! What the program tells about its own work, on the error stream and never with personal data.

use std::io::IsTerminal;

use anstream::ColorChoice;
use tracing_subscriber::EnvFilter;

/// Names what is logged, as `info` or `guichet::transact=debug`.
const VARIABLE: &str = "GUICHET_LOG";

/// Starts the log: a server says what it does, other commands only what is amiss.
pub(super) fn start(serves: bool, colour: ColorChoice) {
    let unless_said = if serves { "info" } else { "warn" };
    let said = std::env::var(VARIABLE).unwrap_or_default();
    let said = if said.is_empty() { unless_said } else { &said };
    let filter = EnvFilter::try_new(said);
    let ansi = match colour {
        ColorChoice::Always | ColorChoice::AlwaysAnsi => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            let unwanted = std::env::var_os("NO_COLOR").is_some_and(|set| !set.is_empty());
            std::io::stderr().is_terminal() && !unwanted
        }
    };
    let unreadable = filter.is_err();
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|_| EnvFilter::new(unless_said)))
        .with_writer(std::io::stderr)
        .with_ansi(ansi)
        .try_init();
    if started.is_ok() && unreadable {
        tracing::warn!(variable = VARIABLE, "can't be read as a filter; using {unless_said}");
    }
}
