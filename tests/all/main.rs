//! The one binary of integration tests.

mod arrows;
mod generated;
mod store;
