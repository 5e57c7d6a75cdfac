//! guichet: the office's counter. One log of immutable facts; everything else is rebuilt from it.

pub mod clock;
pub mod domain;
pub mod door;
pub mod log;
pub mod store;
pub mod transact;
pub mod vault;
