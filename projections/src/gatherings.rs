//! Gatherings: workshops, visits and meetings that several projects share.

use events::{
    CaseId, Envelope, Fact, GatheringId, GatheringKind, Interval, OrganisationId, PersonId,
    Revision, Sealed, Stream, Title, gathering,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Row;

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

impl GatheringRow {
    fn planned(id: GatheringId, plan: &gathering::Plan) -> Self {
        Self {
            id,
            reference: id.reference().to_string(),
            revision: 0,
            state: GatheringState::Planned,
            kind: plan.kind,
            title: Some(plan.title.clone()),
            interval: plan.interval,
            cases: plan.cases.clone(),
            organisations: plan.organisations.clone(),
            participants: plan.participants.clone(),
            staff_minutes: None,
            summary: None,
            cancelled: None,
        }
    }

    fn held(id: GatheringId, title: Option<Title>, held: &gathering::Held) -> Self {
        Self {
            id,
            reference: id.reference().to_string(),
            revision: 0,
            state: GatheringState::Held,
            kind: held.kind,
            title,
            interval: held.interval,
            cases: held.cases.clone(),
            organisations: held.organisations.clone(),
            participants: held.participants.clone(),
            staff_minutes: Some(held.staff_minutes),
            summary: Some(held.summary.clone()),
            cancelled: None,
        }
    }
}

impl Row for GatheringRow {
    const KIND: &'static str = "gathering";

    fn answers(stream: Stream) -> bool {
        matches!(stream, Stream::Gathering(_))
    }

    fn begin(first: &Envelope) -> Option<Self> {
        let Some(Stream::Gathering(id)) = first.stream.stream() else { return None };
        let Fact::Gathering(fact) = &first.fact else { return None };
        let row = match fact {
            gathering::Fact::Planned(plan) => Self::planned(id, plan),
            gathering::Fact::Held(held) => Self::held(id, None, held),
            gathering::Fact::Cancelled { .. } => return None,
        };
        Some(Self { revision: first.revision, ..row })
    }

    fn evolve(&mut self, next: &Envelope) {
        if let Fact::Gathering(fact) = &next.fact {
            match fact {
                gathering::Fact::Planned(plan) => *self = Self::planned(self.id, plan),
                gathering::Fact::Held(held) => *self = Self::held(self.id, self.title.take(), held),
                gathering::Fact::Cancelled { reason } => {
                    self.state = GatheringState::Cancelled;
                    self.cancelled.clone_from(reason);
                }
            }
        }
        self.revision = next.revision;
    }
}
