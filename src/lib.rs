//! guichet: the office's counter. One log of immutable facts; everything else is rebuilt from it.

/// Many small things are made and dropped for each request.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod access;
pub mod api;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod demo;
pub mod domain;
pub mod door;
pub mod guichet;
pub mod log;
pub mod process;
pub mod readmodel;
pub mod rotation;
pub mod serve;
pub mod store;
pub mod transact;
pub mod vault;
pub mod web;
