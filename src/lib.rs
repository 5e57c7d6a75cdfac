//! guichet: the office's counter. One log of immutable facts; everything else is rebuilt from it.

pub mod domain;
pub mod store;
