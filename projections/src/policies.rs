//! Policies: the office's rules, version by version.

use events::{PolicyKind, Revision, Time, policy::PolicyBody};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Act;

/// The versions of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyFile {
    /// Which rule.
    pub kind: PolicyKind,
    /// The last revision of its stream.
    pub revision: Revision,
    /// Its versions, lowest number first.
    pub versions: Vec<PolicyVersion>,
}

/// One version of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyVersion {
    /// From 1, by one.
    pub version: u32,
    /// What it says.
    pub body: PolicyBody,
    /// Who wrote it down last, when.
    pub drafted: Option<Act>,
    /// Who published it, when; absent while it is a draft.
    pub published: Option<Act>,
    /// From when it holds.
    pub effective_from: Option<Time>,
    /// Who retired it, when.
    pub retired: Option<Act>,
}
