//! The one binary of integration tests.

mod arrows;
mod cli;
mod generated;
mod store;
