//! The journey of a case, a person or an organisation, told step by step.

use events::{
    CaseId, Channel, Class, Code, EventId, Irregularity, OrganisationId, PersonId, Report,
    Revision, StreamName, Time,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{By, ObjectRef, Text};

/// Whose journey it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Subject {
    /// A case's.
    Case(CaseId),
    /// A person's.
    Person(PersonId),
    /// An organisation's.
    Organisation(OrganisationId),
}

/// What happened to a case, a person or an organisation, in the order it was recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Journey {
    /// Whose journey it is.
    pub subject: Subject,
    /// How it stands, in one line.
    pub state: String,
    /// The turns of a case's journey, first to last.
    pub landmarks: Vec<Landmark>,
    /// What happened.
    pub steps: Vec<Step>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// The event.
    pub event: EventId,
    /// The stream it stands in.
    pub stream: StreamName,
    /// Its place there.
    pub revision: Revision,
    /// Its type name.
    pub kind: String,
    /// The family of its type.
    pub family: String,
    /// When it happened.
    pub occurred_at: Time,
    /// When it was recorded.
    pub recorded_at: Time,
    /// Who recorded it.
    pub by: By,
    /// Their name and role, for reading.
    pub who: String,
    /// For whom, where somebody else asked for it.
    pub on_behalf_of: Option<PersonId>,
    /// How it reached the office.
    pub channel: Channel,
    /// What happened, in a sentence.
    pub sentence: String,
    /// What was written about it.
    pub texts: Vec<Text>,
    /// Minutes since the latest moment that the journey had reached before; never negative.
    pub waited_minutes: Option<u64>,
    /// Set where it was recorded more than a day after it happened, minutes.
    pub recorded_late_by_minutes: Option<u64>,
    /// Why it was entered late.
    pub late_entry_reason: Option<Code>,
    /// Where it is known from, when it happened elsewhere.
    pub report: Option<Report>,
    /// Rules that it did not keep.
    pub irregularities: Vec<Irregularity>,
    /// What may be done about it when it is wrong.
    pub class: Class,
    /// What it is about.
    pub objects: Vec<ObjectRef>,
}

/// A turn in the journey of a case.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LandmarkKind {
    /// The project reached the office.
    Received,
    /// An advisor took it on.
    FirstAdvisor,
    /// It applied to a call for the first time.
    FirstApplication,
    /// Its pre-selection was decided for the first time.
    Decided,
    /// The first coaching session was held.
    FirstCoaching,
    /// The first booking was confirmed.
    FirstBooking,
    /// The first introduction was made.
    FirstIntroduction,
    /// The first outcome.
    FirstOutcome,
    /// It was closed, and is so still.
    Closed,
}

/// When a case came to a turn, and how long it took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Landmark {
    /// Which turn.
    pub kind: LandmarkKind,
    /// What it is called.
    pub label: String,
    /// The event.
    pub event: EventId,
    /// When.
    pub at: Time,
    /// Whole days since the project reached the office.
    pub days_since_received: u64,
    /// Whole days since the turn before.
    pub days_since_previous: u64,
}
