//! Answers from whole histories: a small case told in both languages, and what must hold of any
//! history.

#![allow(missing_docs)]

mod audit;
mod properties;
mod rows;
mod sample;
mod story;
