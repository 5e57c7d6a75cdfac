//! gathering.: workshops, visits and meetings that several projects share.

use crate::fields::*;

/// What is planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// What kind.
    pub kind: GatheringKind,
    /// Its title.
    pub title: Title,
    /// When.
    pub interval: Interval,
    /// Projects invited.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub cases: Vec<CaseId>,
    /// Organisations invited.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub organisations: Vec<OrganisationId>,
    /// People invited.
    #[serde(default)]
    #[schemars(length(max = 500))]
    pub participants: Vec<PersonId>,
}

/// What took place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// What kind.
    pub kind: GatheringKind,
    /// When it was.
    pub interval: Interval,
    /// Projects that came.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub cases: Vec<CaseId>,
    /// Organisations that came.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub organisations: Vec<OrganisationId>,
    /// People who came.
    #[serde(default)]
    #[schemars(length(max = 500))]
    pub participants: Vec<PersonId>,
    /// The office's time in it, minutes.
    #[schemars(range(max = 100_000))]
    pub staff_minutes: u32,
    /// What was said.
    pub summary: Sealed,
}

/// What happens to a gathering.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Fact {
    /// It is planned.
    #[serde(rename = "gathering.planned.v1")]
    Planned(Plan),
    /// It took place.
    #[serde(rename = "gathering.held.v1")]
    Held(Held),
    /// It won't.
    #[serde(rename = "gathering.cancelled.v1")]
    Cancelled {
        /// Why.
        reason: Option<Sealed>,
    },
}

impl Fact {
    /// What may be done about it when it is wrong.
    pub const fn class(&self) -> Class {
        match self {
            Self::Planned(_) | Self::Held(_) => Class::Descriptive,
            Self::Cancelled { .. } => Class::Mechanical,
        }
    }

    /// What it is about beside the gathering.
    pub(crate) fn objects(&self, about: &mut Vec<Object>) {
        match self {
            Self::Planned(Plan { cases, organisations, participants, .. }) => {
                about.extend(cases.iter().map(|id| id.as_object("invited")));
                about.extend(organisations.iter().map(|id| id.as_object("invited")));
                about.extend(participants.iter().map(|id| id.as_object("invited")));
            }
            Self::Held(Held { cases, organisations, participants, .. }) => {
                about.extend(cases.iter().map(|id| id.as_object("participant")));
                about.extend(organisations.iter().map(|id| id.as_object("participant")));
                about.extend(participants.iter().map(|id| id.as_object("participant")));
            }
            Self::Cancelled { .. } => {}
        }
    }
}
