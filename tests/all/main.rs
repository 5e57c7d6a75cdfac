//! The one binary of integration tests.

mod arrows;
mod cli;
mod store;
