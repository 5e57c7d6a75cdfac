//! The one binary of integration tests.

mod arrows;
mod store;
