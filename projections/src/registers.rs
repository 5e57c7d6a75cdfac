//! Registers over all records: irregularities, corrections and annulments, decisions, conflicts
//! declared. What no longer counts stays in them, and is marked.

use events::{
    Approved, Class, Envelope, EventId, Fact, History, Id, Irregularity, Report, Revision, Stream,
    StreamName, Time, selection,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::Quoted;
use crate::{By, Row};

/// Everything on one record that stands in a register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RegisterBook {
    /// The entries, in the order of the log.
    pub entries: Vec<RegisterEntry>,
}

/// A register.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Register {
    /// What was recorded though a rule was not kept.
    Irregularity,
    /// What was said about a fact later: corrected, annulled, noted upon, redacted.
    Correction,
    /// What was decided, or proposed to be: the population that an auditor samples.
    Decision,
    /// Conflicts of interest that staff declared.
    Conflict,
}

/// An entry of a register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RegisterEntry {
    /// The entry; an event may stand in several registers.
    #[schemars(extend("format" = "uuid"))]
    pub id: String,
    /// The register it stands in.
    pub register: Register,
    /// The event.
    pub event: EventId,
    /// The record.
    pub stream: StreamName,
    /// Its place there.
    pub revision: Revision,
    /// Its type name.
    pub kind: String,
    /// When it happened, as it counts.
    pub occurred_at: Time,
    /// When it was recorded.
    pub recorded_at: Time,
    /// Who recorded it, in which role.
    pub by: By,
    /// Rules that it did not keep.
    pub irregularities: Vec<Irregularity>,
    /// Where it is known from, when it happened elsewhere.
    pub report: Option<Report>,
    /// The event that it says something of.
    pub target: Option<EventId>,
    /// Who asked and who agreed, where two persons did it together.
    pub approved: Option<Approved>,
    /// Whether it no longer counts.
    pub annulled: bool,
}

/// The registers in which a fact stands.
fn registers(envelope: &Envelope) -> Vec<Register> {
    let amends = matches!(envelope.fact, Fact::Amendment(_));
    let decides = envelope.fact.class() == Class::Decision;
    let conflict =
        matches!(envelope.fact, Fact::Selection(selection::Fact::ConflictDeclared { .. }));
    [
        (!envelope.meta.irregularities.is_empty(), Register::Irregularity),
        (amends, Register::Correction),
        (decides, Register::Decision),
        (conflict, Register::Conflict),
    ]
    .into_iter()
    .filter_map(|(stands, register)| stands.then_some(register))
    .collect()
}

impl RegisterEntry {
    fn all(envelope: &Envelope, annulled: bool) -> Vec<Self> {
        let registers = registers(envelope);
        if registers.is_empty() {
            return Vec::new();
        }
        let meta = &envelope.meta;
        let target = match &envelope.fact {
            Fact::Amendment(said) => Some(said.target()),
            _ => None,
        };
        let kind = Quoted::of(&envelope.fact).kind;
        let entry = |register: Register| Self {
            id: Id::<events::kinds::Event>::derived(&format!("{}/{register:?}", envelope.id))
                .to_string(),
            register,
            event: envelope.id,
            stream: envelope.stream.clone(),
            revision: envelope.revision,
            kind: kind.clone(),
            occurred_at: meta.occurred_at,
            recorded_at: meta.recorded_at,
            by: By::of(envelope),
            irregularities: meta.irregularities.clone(),
            report: meta.report.clone(),
            target,
            approved: meta.approved,
            annulled,
        };
        registers.into_iter().map(entry).collect()
    }
}

impl Row for RegisterBook {
    const KIND: &'static str = "register";

    /// Every record may have some.
    fn answers(_: Stream) -> bool {
        true
    }

    fn begin(first: &Envelope) -> Option<Self> {
        let entries = RegisterEntry::all(first, false);
        (!entries.is_empty()).then_some(Self { entries })
    }

    fn evolve(&mut self, next: &Envelope) {
        self.entries.extend(RegisterEntry::all(next, false));
    }

    /// What was annulled stays, and is marked.
    fn fold(history: &History) -> Option<Self> {
        let entries: Vec<_> = history
            .entries()
            .iter()
            .flat_map(|entry| {
                // Where it stands is said by what was recorded; when it happened, by what counts.
                let mut entries = RegisterEntry::all(entry.recorded(), entry.annulled);
                let occurred_at = entry.envelope.meta.occurred_at;
                entries.iter_mut().for_each(|it| it.occurred_at = occurred_at);
                entries
            })
            .collect();
        (!entries.is_empty()).then_some(Self { entries })
    }
}
