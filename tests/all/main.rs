//! The one binary of integration tests.

mod api;
mod arrows;
mod cli;
mod generated;
mod setup;
mod store;
