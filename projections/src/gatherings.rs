//! Gatherings: workshops, visits and meetings that several projects share.

use events::{
    CaseId, GatheringId, GatheringKind, Interval, OrganisationId, PersonId, Revision, Sealed, Title,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a gathering is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum GatheringState {
    /// It is to be.
    Planned,
    /// It took place.
    Held,
    /// It won't.
    Cancelled,
}

/// A gathering, as planned until it took place, then as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GatheringRow {
    /// The gathering.
    pub id: GatheringId,
    /// The short form of its id.
    pub reference: String,
    /// The last revision of its stream.
    pub revision: Revision,
    /// Where it is.
    pub state: GatheringState,
    /// What kind.
    pub kind: GatheringKind,
    /// Its title, if it was planned.
    pub title: Option<Title>,
    /// When.
    pub interval: Interval,
    /// Projects.
    pub cases: Vec<CaseId>,
    /// Organisations.
    pub organisations: Vec<OrganisationId>,
    /// People.
    pub participants: Vec<PersonId>,
    /// The office's time in it, minutes.
    pub staff_minutes: Option<u32>,
    /// What was said.
    pub summary: Option<Sealed>,
    /// Why it was cancelled.
    pub cancelled: Option<Sealed>,
}
