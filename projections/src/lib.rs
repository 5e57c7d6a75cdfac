//! Answers, folded from facts: one file per answer.
//!
//! Everything here is a pure fold over envelopes in log order: no I/O, no clock, no chance. A fold
//! accepts any history; whether a step was allowed was for the deciders. Sealed texts stay sealed:
//! the edge opens them for those who may read them.

pub mod amended;
pub mod approvals;
pub mod audit;
pub mod calendar;
pub mod calls;
pub mod case_file;
pub mod caseload;
pub mod directory;
mod facts;
pub mod gatherings;
pub mod introductions;
pub mod journey;
pub mod labels;
pub mod merges;
pub mod policies;
pub mod registers;
pub mod resources;
mod rows;
pub mod story;
pub mod users;

pub use amended::{Amendment, AmendmentKind, Recorded};
pub use facts::{Act, By, ObjectRef, Text};
pub use rows::Row;
