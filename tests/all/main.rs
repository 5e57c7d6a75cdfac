//! The one binary of integration tests.

mod api;
mod arrows;
mod backup;
mod cli;
mod deploy;
mod folders;
mod generated;
mod keys;
mod program;
#[allow(dead_code, reason = "the benches use the rest of it")]
mod setup;
mod store;
