//! call.: calls for projects.

use crate::fields::*;

/// A call's terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Its title.
    pub title: Title,
    /// What kind.
    pub kind: CallKind,
    /// When applications may come in.
    pub opens_at: Time,
    /// Until when, inclusive; a rolling call may have none (C-2).
    #[serde(default)]
    pub deadline: Option<Time>,
}

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Fact {
    /// Applications may come in, under these rules.
    #[serde(rename = "call.opened.v1")]
    Opened {
        /// Title, kind and dates.
        terms: Terms,
        /// The version of each rule that decisions of this call quote (G-6).
        #[serde(default)]
        policies: BTreeMap<PolicyKind, u32>,
    },
    /// There is more time.
    #[serde(rename = "call.deadline-extended.v1")]
    DeadlineExtended {
        /// The new deadline, inclusive.
        deadline: Time,
    },
    /// No more applications.
    #[serde(rename = "call.closed.v1")]
    Closed {},
    /// The call does not take place.
    #[serde(rename = "call.cancelled.v1")]
    Cancelled {},
}

impl Fact {
    /// What may be done about it when it is wrong.
    pub const fn class(&self) -> Class {
        match self {
            Self::Opened { .. }
            | Self::DeadlineExtended { .. }
            | Self::Closed {}
            | Self::Cancelled {} => Class::Decision,
        }
    }

    /// What it is about beside the call: nothing.
    pub(crate) const fn objects(&self, _: &mut Vec<Object>) {
        match self {
            Self::Opened { .. }
            | Self::DeadlineExtended { .. }
            | Self::Closed {}
            | Self::Cancelled {} => {}
        }
    }
}
