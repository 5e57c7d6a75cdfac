//! Calls for projects.

use std::collections::BTreeMap;

use events::{CallId, CallKind, PolicyKind, Revision, Time, Title};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a call is in its life. Whether applications may come in depends on the moment too.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// Applications may come in between its dates.
    Open,
    /// No more applications.
    Closed,
    /// It does not take place.
    Cancelled,
}

/// A call in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallRow {
    /// The call.
    pub id: CallId,
    /// The short form of its id.
    pub reference: String,
    /// The last revision of its stream.
    pub revision: Revision,
    /// Its title.
    pub title: Title,
    /// What kind.
    pub kind: CallKind,
    /// Where it is in its life.
    pub state: CallState,
    /// When applications may come in.
    pub opens_at: Time,
    /// Until when, inclusive, as last extended.
    pub deadline: Option<Time>,
    /// Deadlines that were extended, first to last.
    pub former_deadlines: Vec<Time>,
    /// The version of each rule that its decisions quote.
    pub policies: BTreeMap<PolicyKind, u32>,
}
