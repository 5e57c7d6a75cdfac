//! guichet: the office's counter. One log of immutable facts; everything else is rebuilt from it.

pub mod access;
pub mod api;
pub mod cli;
pub mod clock;
pub mod demo;
pub mod domain;
pub mod door;
pub mod guichet;
pub mod log;
pub mod readmodel;
pub mod serve;
pub mod store;
pub mod transact;
pub mod vault;
pub mod web;
