//! What a field of a fact may be: everything but free text.
//!
//! Families of facts import this module whole. It has a `String` of its own that nothing can
//! store, so a fact with text in clear does not compile (G-5):
//!
//! ```compile_fail
//! use events::fields::*;
//!
//! #[derive(Serialize, Deserialize)]
//! struct Note {
//!     text: String,
//! }
//! ```
//!
//! while one with a sealed text does:
//!
//! ```
//! use events::fields::*;
//!
//! #[derive(Serialize, Deserialize)]
//! struct Note {
//!     text: Sealed,
//! }
//! ```

pub use std::collections::{BTreeMap, BTreeSet};

pub use schemars::JsonSchema;
pub use serde::{Deserialize, Serialize};

pub use crate::envelope::*;
pub use crate::ids::*;
pub use crate::values::*;
pub use crate::vocabulary::*;

/// Stands where text in clear would: it can't be made, stored or read.
#[derive(Debug)]
pub enum String {}
