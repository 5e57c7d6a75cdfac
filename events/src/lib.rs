//! The storage format of guichet: facts, their envelope and their wire form.
//!
//! No rules, no I/O, no async: what happened, and how it is written down.

mod envelope;
mod ids;
mod stream;
mod values;
mod vocabulary;
pub mod wire;

pub use envelope::*;
pub use ids::*;
pub use stream::*;
pub use values::*;
pub use vocabulary::*;

/// x
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {}
