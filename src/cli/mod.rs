//! The command line: serves the office, and speaks to it as everyone does, through the API.

mod approval;
mod backup;
mod case;
mod client;
mod demo;
mod event;
mod events;
mod fault;
mod keys;
mod logging;
mod merge;
mod moment;
mod names;
mod openapi;
mod organisation;
mod paper;
mod person;
mod policy;
mod privacy;
mod progress;
mod query;
mod register;
mod restore;
mod serve;
mod session;
mod store;
mod tell;
mod token;
mod user;
mod values;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use anstream::ColorChoice;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::guichet::{Layout, OpenError};

use fault::{EXIT_CODES, Fault};
use session::{Session, Shape, default_folder};

const EXAMPLES: &str = "\
Examples:
  guichet demo                                   try it with invented data
  guichet user add --name \"Anne Roux\" --email anne.roux@example.org --role admin
  guichet serve --listen 127.0.0.1:8080          serve ./guichet-data
  guichet case list --status followed            what is under way
  guichet case journey 7K3M-9QXA --lang fr       a project's story
  guichet case audit 7K3M-9QXA --as-of 2026-03-01
  guichet --json case show 7K3M-9QXA | jq .status
  guichet backup /mnt/backup --keys /mnt/keys    save everything, while it serves";

/// The counter of a one-stop shop for innovative projects
///
/// Every interaction between the office and a project becomes an immutable event;
/// journeys, lists and audit trails are rebuilt from the events, now or as of any
/// past moment.
///
/// Commands speak to the server that runs on the data folder, or open the folder
/// themselves when none does. Whoever may open the folder acts as the system; with
/// --as USER, as somebody else, with their rights and in their name.
#[derive(Debug, Parser)]
#[command(name = "guichet", version, after_help = help_below(), verbatim_doc_comment)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options that any command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
struct Global {
    /// The office's data folder [default: ./guichet-data]
    #[arg(long, global = true, value_name = "DIR", env = "GUICHET_DATA", hide_env_values = true)]
    data: Option<PathBuf>,
    /// The root key, where it lies outside the data folder
    #[arg(long, global = true, value_name = "FILE", env = "GUICHET_ROOT_KEY")]
    #[arg(hide_env_values = true)]
    root_key: Option<PathBuf>,
    /// The register of erasures, where it lies outside the folder of the keys
    #[arg(long, global = true, value_name = "FILE", env = "GUICHET_ERASURE_REGISTER")]
    #[arg(hide_env_values = true)]
    erasure_register: Option<PathBuf>,
    /// Act as this user: their id or short reference
    #[arg(long = "as", global = true, value_name = "USER")]
    acting_for: Option<String>,
    /// Print answers as JSON, as the API gives them
    #[arg(long, global = true)]
    json: bool,
    /// When to write in colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Colour,
}

/// When to write in colours.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Colour {
    /// On a terminal, unless NO_COLOR says otherwise
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What can be done.
#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Demo(demo::Demo),
    Case(case::Case),
    Person(person::Person),
    Organisation(organisation::Organisation),
    User(user::User),
    Token(token::Token),
    Policy(policy::Policy),
    Privacy(privacy::Privacy),
    Approval(approval::Approval),
    Register(register::Register),
    Event(event::Event),
    Events(events::Events),
    Store(store::Store),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Keys(keys::Keys),
    Openapi(openapi::Openapi),
}

fn help_below() -> String {
    format!("{EXAMPLES}\n\n{EXIT_CODES}")
}

/// Runs what was typed, and says with which code to end.
pub async fn run(cli: Cli) -> ExitCode {
    let Cli { global, command } = cli;
    let colour = match global.color {
        Colour::Auto => ColorChoice::Auto,
        Colour::Always => ColorChoice::Always,
        Colour::Never => ColorChoice::Never,
    };
    logging::start(command.serves(), colour);
    let folder = global.data.unwrap_or_else(|| match command {
        Command::Demo(_) => demo::default_folder(),
        _ => default_folder(),
    });
    let mut layout = Layout::new(&folder, global.root_key.as_deref());
    if let Some(register) = global.erasure_register {
        layout = layout.registering(register);
    }
    if layout.restoring().exists() && command.needs_an_office() {
        let fault = Fault::from(OpenError::HalfRestored(folder));
        complain(&fault, colour);
        return fault.exit_code();
    }
    let shape = if global.json { Shape::Json } else { Shape::Told };
    let session = Session::new(layout, global.acting_for, shape, colour);
    match command.run(session).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            complain(&fault, colour);
            fault.exit_code()
        }
    }
}

impl Command {
    async fn run(self, session: Session) -> Result<(), Fault> {
        match self {
            Self::Serve(command) => command.run(session).await,
            Self::Demo(command) => command.run(session).await,
            Self::Case(command) => command.run(session).await,
            Self::Person(command) => command.run(session).await,
            Self::Organisation(command) => command.run(session).await,
            Self::User(command) => command.run(session).await,
            Self::Token(command) => command.run(session).await,
            Self::Policy(command) => command.run(session).await,
            Self::Privacy(command) => command.run(session).await,
            Self::Approval(command) => command.run(session).await,
            Self::Register(command) => command.run(session).await,
            Self::Event(command) => command.run(session).await,
            Self::Events(command) => command.run(session).await,
            Self::Store(command) => command.run(session).await,
            Self::Backup(command) => command.run(session).await,
            Self::Restore(command) => command.run(session).await,
            Self::Keys(command) => command.run(session).await,
            Self::Openapi(command) => command.run(session),
        }
    }

    /// Whether the data folder has to be whole.
    fn needs_an_office(&self) -> bool {
        !matches!(self, Self::Restore(_) | Self::Openapi(_))
    }

    /// Whether it goes on until it is told to stop, and so tells the log what it does.
    fn serves(&self) -> bool {
        matches!(self, Self::Serve(_) | Self::Demo(_))
    }
}

/// Says on the error stream what went wrong.
fn complain(fault: &Fault, colour: ColorChoice) {
    use std::io::Write;
    if let Some(said) = fault.said() {
        let label = paper::Ink::Bad.write("error:");
        let mut stream = anstream::AutoStream::new(std::io::stderr(), colour);
        // Nobody is left to be told when this can't be written.
        let _ = writeln!(stream, "{label} {said}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_commands_and_options_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_documents_the_exit_codes_and_shows_examples() {
        let help = Cli::command().render_long_help().to_string();
        assert!(help.contains(EXIT_CODES) && help.contains("guichet case journey"), "{help}");
    }

    #[test]
    fn every_command_says_what_it_is_about() {
        fn look(command: &clap::Command, path: &str) {
            assert!(command.get_about().is_some(), "{path}");
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{path} {}", argument.get_id());
            }
            for below in command.get_subcommands() {
                look(below, &format!("{path} {}", below.get_name()));
            }
        }
        look(&Cli::command(), "guichet");
    }
}
