//! The deciders: which facts a command leads to, and why it is refused. Pure: no clock, no random
//! ids, no I/O; what a decision must know comes in, and a decision that must know more says so.
//!
//! Each family of facts has one file: its commands with what is said of each, then the state they
//! are decided on, then the decisions, then their tests.

pub mod access;
pub mod amendment;
pub mod approval;
pub mod booking;
pub mod call;
pub mod case;
pub mod coaching;
mod command;
mod context;
mod decide;
pub mod defaults;
pub mod followup;
pub mod gathering;
pub mod intake;
pub mod introduction;
mod merged;
pub mod organisation;
pub mod outcome;
pub mod person;
pub mod policy;
mod refusal;
pub mod resource;
pub mod selection;
mod state;
#[cfg(test)]
mod testing;

pub use command::{Collection, Command, Effect, Family, Spec, Texts};
pub use context::{Context, Known, Nature, Notes, Sender, missing};
pub use decide::{Request, Verdict, decide, system_person, system_user, working_days_between};
pub use refusal::{Refusal, Stop, binds_reports};
pub use resource::free_slots;
pub use state::{Done, Folded, State};

/// What a decider gives: facts, nothing when it is already so, or why not.
pub type Decision = Result<Vec<events::Fact>, Stop>;
