//! Calls for projects.

use std::collections::BTreeMap;

use events::{CallId, CallKind, Envelope, Fact, PolicyKind, Revision, Stream, Time, Title, call};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Row;

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

impl CallRow {
    /// Whether something received at `at` is in time (C-2).
    pub fn accepts(&self, at: Time) -> bool {
        self.state != CallState::Cancelled
            && self.opens_at <= at
            && self.deadline.is_none_or(|deadline| at <= deadline)
    }
}

impl Row for CallRow {
    const KIND: &'static str = "call";

    fn answers(stream: Stream) -> bool {
        matches!(stream, Stream::Call(_))
    }

    fn begin(first: &Envelope) -> Option<Self> {
        let Some(Stream::Call(id)) = first.stream.stream() else { return None };
        let Fact::Call(call::Fact::Opened { terms, policies }) = &first.fact else { return None };
        Some(Self {
            id,
            reference: id.reference().to_string(),
            revision: first.revision,
            title: terms.title.clone(),
            kind: terms.kind,
            state: CallState::Open,
            opens_at: terms.opens_at,
            deadline: terms.deadline,
            former_deadlines: Vec::new(),
            policies: policies.clone(),
        })
    }

    fn evolve(&mut self, next: &Envelope) {
        self.revision = next.revision;
        let Fact::Call(fact) = &next.fact else { return };
        match fact {
            call::Fact::Opened { terms, policies } => {
                self.title = terms.title.clone();
                self.kind = terms.kind;
                self.state = CallState::Open;
                self.opens_at = terms.opens_at;
                self.deadline = terms.deadline;
                self.policies.clone_from(policies);
            }
            call::Fact::DeadlineExtended { deadline } => {
                self.former_deadlines.extend(self.deadline.replace(*deadline));
            }
            call::Fact::Closed {} => self.state = CallState::Closed,
            call::Fact::Cancelled {} => self.state = CallState::Cancelled,
        }
    }
}
