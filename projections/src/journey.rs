//! The journey of a case, a person or an organisation, told step by step.

mod landmarks;
mod state;
mod thread;

use events::{
    Approved, CaseId, Channel, Class, Code, Entry, EventId, History, Irregularity, Language,
    Object, OrganisationId, PersonId, Report, Revision, StreamName, Time,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::landmarks::Landmarks;
use self::state::State;
pub(crate) use self::thread::Threads;
use crate::facts::Quoted;
use crate::merges::Merges;
use crate::story::{Names, Teller};
use crate::{Amendment, By, ObjectRef, Recorded, Text};

const MINUTE_MICROS: i64 = 60_000_000;
/// Recorded later than this after it happened, a step says so; minutes.
const LATE_MINUTES: u64 = 24 * 60;

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
    /// Who asked and who agreed, where two persons did it together.
    pub approved: Option<Approved>,
    /// Whether it no longer counts.
    pub annulled: bool,
    /// As it was recorded, where it reads otherwise now.
    pub recorded: Option<Recorded>,
    /// What was said about it later: corrected, annulled, noted upon.
    pub amendments: Vec<Amendment>,
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

/// For whom a journey is told.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// In which language.
    pub language: Language,
    /// What things are called.
    pub names: &'a dyn Names,
    /// Shows only what happened by then; the state stays what the log says.
    pub occurred_until: Option<Time>,
}

impl Journey {
    /// The journey of `subject` through these facts, which stand in log order and may be about
    /// others too. What names a record that goes on under the subject's, as far as these facts
    /// tell, belongs to it. None when nothing ever happened to it.
    pub fn of(subject: Subject, history: &History, reading: &Reading<'_>) -> Option<Self> {
        let merges = Merges::of(history.facts());
        let mut threads = Threads::of(subject, &merges);
        let mut state = State::of(subject);
        let mut landmarks = Landmarks::default();
        let mut teller = Teller::new(Some(subject), reading.language, reading.names);
        let mut steps = Vec::new();
        let mut reached = None;
        let mut known = false;
        for entry in history.entries() {
            let envelope = &entry.envelope;
            let objects = envelope.fact.objects(&envelope.stream);
            if !threads.take_entry(history, entry, &objects) {
                continue;
            }
            known = true;
            if !entry.annulled {
                state.take(envelope);
            }
            let at = envelope.meta.occurred_at;
            if reading.occurred_until.is_some_and(|until| until < at) {
                teller.remember(envelope);
                continue;
            }
            if matches!(subject, Subject::Case(_)) && !entry.annulled {
                landmarks.take(envelope);
            }
            steps.push(Step::of(history, entry, objects, reached, &mut teller));
            if !entry.annulled {
                reached = reached.max(Some(at));
            }
        }
        let landmarks = landmarks.told(reading.language);
        let state = state.told(reading, &teller);
        known.then_some(Self { subject, state, landmarks, steps })
    }
}

impl Step {
    /// The step that an entry is, when the journey had come as far as `reached`.
    fn of(
        history: &History,
        entry: &Entry,
        objects: Vec<Object>,
        reached: Option<Time>,
        teller: &mut Teller<'_>,
    ) -> Self {
        let envelope = &entry.envelope;
        let quoted = Quoted::of(&envelope.fact);
        let meta = &envelope.meta;
        let (recorded, amendments) =
            (Recorded::of(entry, teller), Amendment::all(history, entry, teller));
        let late = minutes(meta.occurred_at, meta.recorded_at);
        Self {
            event: envelope.id,
            stream: envelope.stream.clone(),
            revision: envelope.revision,
            family: quoted.family().to_owned(),
            kind: quoted.kind,
            occurred_at: meta.occurred_at,
            recorded_at: meta.recorded_at,
            by: By::of(envelope),
            who: teller.signature(envelope),
            on_behalf_of: meta.actor.on_behalf_of,
            channel: meta.channel,
            sentence: teller.tell(envelope),
            texts: quoted.texts,
            waited_minutes: reached.map(|reached| minutes(reached, meta.occurred_at)),
            recorded_late_by_minutes: (late > LATE_MINUTES).then_some(late),
            late_entry_reason: meta.late_entry_reason.clone(),
            report: meta.report.clone(),
            irregularities: meta.irregularities.clone(),
            class: envelope.fact.class(),
            objects: objects.into_iter().map(ObjectRef::from).collect(),
            approved: meta.approved,
            annulled: entry.annulled,
            recorded,
            amendments,
        }
    }
}

/// Whole minutes from one moment to another; none backwards.
fn minutes(from: Time, to: Time) -> u64 {
    u64::try_from((to.micros() - from.micros()) / MINUTE_MICROS).unwrap_or(0)
}
