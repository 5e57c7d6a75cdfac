//! The program: reads the command line, runs it, ends with its code.

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    guichet::cli::run(guichet::cli::Cli::parse()).await
}
