//! The storage format of guichet: facts, their envelope and their wire form.
//!
//! No rules, no I/O, no async: what happened, and how it is written down. Each family of facts is
//! a module whose `Fact` lists them; a variant's serde name is its type name on the log, version
//! included, and never changes meaning.

pub mod access;
pub mod amendment;
pub mod approval;
pub mod booking;
pub mod call;
pub mod catalogue;
pub mod chain;
pub mod coaching;
mod effective;
mod envelope;
mod fact;
pub mod fields;
pub mod followup;
pub mod gathering;
mod ids;
pub mod intake;
pub mod introduction;
pub mod organisation;
pub mod outcome;
pub mod person;
pub mod policy;
pub mod resource;
#[cfg(feature = "samples")]
pub mod samples;
pub mod selection;
mod states;
mod stream;
mod upcast;
mod values;
mod vocabulary;
pub mod wire;

pub use effective::{Entry, History};
pub use envelope::*;
pub use fact::Fact;
pub use ids::*;
pub use states::*;
pub use stream::*;
pub use values::*;
pub use vocabulary::*;
