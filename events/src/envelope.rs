//! What surrounds every fact: where it stands, when, who, by which rule, on what it was based.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Channel, Code, CommandId, Digest, EventId, Fact, PersonId, PolicyKind, Role, Sealed,
    StreamName, Time, UserId,
};

/// A place in one stream, from 0, without gaps.
pub type Revision = u64;

/// A fact with everything known about its recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope<F = Fact> {
    /// The event's id.
    pub id: EventId,
    /// The stream it stands in.
    pub stream: StreamName,
    /// Its place there.
    pub revision: Revision,
    /// When, who, by which rule.
    pub meta: Metadata,
    /// What happened.
    pub fact: F,
    /// The last event that made it read as it does; absent: it reads as it was recorded. Never
    /// stored, but found when a history is read whole.
    pub amended_by: Option<EventId>,
}

/// When, who, how, by which rule and on what basis a fact was recorded.
///
/// Unlike a fact it has no version: members that a later build adds are passed over, never refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Metadata {
    /// When it happened, as claimed.
    pub occurred_at: Time,
    /// When it was recorded, by the server's clock.
    pub recorded_at: Time,
    /// Who recorded it.
    pub actor: Actor,
    /// How it reached the office.
    pub channel: Channel,
    /// The request it came from; repeated requests share it (G-1).
    pub command: CommandId,
    /// Keyed digest of the request, so that a reused key with another body is noticed (G-1).
    pub command_digest: Digest,
    /// The first request of the chain that this one belongs to.
    #[serde(default)]
    pub correlation: Option<CommandId>,
    /// The event that caused this one, where a process drove it.
    #[serde(default)]
    pub causation: Option<EventId>,
    /// Version of each rule applied (G-6).
    #[serde(default)]
    pub policies: BTreeMap<PolicyKind, u32>,
    /// Every other stream the decision read, and how far it had come then.
    #[serde(default)]
    pub based_on: Vec<Basis>,
    /// The build that decided.
    pub build: Code,
    /// Why it is entered late (G-3), a code of the late-entry policy.
    #[serde(default)]
    pub late_entry_reason: Option<Code>,
    /// Set when this reports something that happened elsewhere.
    #[serde(default)]
    pub report: Option<Report>,
    /// Rules that what is reported did not keep.
    #[serde(default)]
    pub irregularities: Vec<Irregularity>,
    /// Where two persons did it together: who asked and who agreed (G-8).
    #[serde(default)]
    pub approved: Option<Approved>,
}

/// The two acts by which two persons did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Approved {
    /// The event in which one asked.
    pub requested: EventId,
    /// The event in which the other agreed.
    pub given: EventId,
}

/// Who did it, in which role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Actor {
    /// The account.
    pub user: UserId,
    /// The role the command was sent in.
    pub role: Role,
    /// For whom, where somebody else asked for it.
    #[serde(default)]
    pub on_behalf_of: Option<PersonId>,
}

/// A stream that a decision read, and its last revision then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Basis {
    /// The stream.
    pub stream: StreamName,
    /// Its last revision when it was read; absent: the stream was empty.
    #[serde(default)]
    pub revision: Option<Revision>,
}

/// Where a report comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Where it happened: `email`, `platform_tool`, `paper`, `previous_register` …
    pub source: Code,
    /// What shows it: a document, a message, a line in another register.
    #[serde(default)]
    pub evidence: Option<Sealed>,
}

/// A rule that a reported happening did not keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Irregularity {
    /// The invariant's id, such as `R-1`.
    pub rule: Rule,
    /// What was wrong, as a code.
    pub reason: Code,
}

/// A thing that a fact is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Object {
    /// What kind of thing.
    pub kind: ObjectKind,
    /// Which one.
    pub id: Uuid,
    /// In which part; never empty.
    pub qualifier: &'static str,
}

/// A kind of id that facts can be about.
pub trait Subject: crate::Kind {
    /// Its kind of object.
    const OBJECT: ObjectKind;
}

impl<K: Subject> crate::Id<K> {
    /// This thing, in the part that `qualifier` says.
    pub const fn as_object(self, qualifier: &'static str) -> Object {
        Object { kind: K::OBJECT, id: self.uuid(), qualifier }
    }
}

macro_rules! subjects {
    ($($kind:ident)*) => {
        $(impl Subject for crate::kinds::$kind { const OBJECT: ObjectKind = ObjectKind::$kind; })*
    };
}

subjects! {
    Person Organisation Call Case Application Committee Resource Booking Introduction Gathering
    Entitlement Document User Token Mission Event Approval Privacy
}

/// What may be done about a fact that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// May be corrected.
    Descriptive,
    /// Annulled or amended by two persons, never corrected.
    Decision,
    /// Undone only by its own counter-event.
    Mechanical,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
            JsonSchema,
        )]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word on the wire.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

words! {
    /// Kinds of things that facts are about.
    ObjectKind {
        /// A person.
        Person "person",
        /// An organisation.
        Organisation "organisation",
        /// A call for projects.
        Call "call",
        /// A case.
        Case "case",
        /// An application to a call.
        Application "application",
        /// A committee session.
        Committee "committee",
        /// A resource.
        Resource "resource",
        /// A booking.
        Booking "booking",
        /// An introduction.
        Introduction "introduction",
        /// A gathering.
        Gathering "gathering",
        /// An entitlement.
        Entitlement "entitlement",
        /// A document.
        Document "document",
        /// A user.
        User "user",
        /// A bearer token.
        Token "token",
        /// An audit mission.
        Mission "mission",
        /// A policy's kind, by its derived id.
        Policy "policy",
        /// An event, which another is about.
        Event "event",
        /// What one person asks and another agrees to.
        Approval "approval",
        /// A request about a person's own data.
        Privacy "privacy",
    }
}

words! {
    /// The office's invariants: what a refusal, an irregularity or a problem document names.
    Rule {
        /// The same command again gives the first result and no second event.
        G1 "G-1",
        /// A stale expected revision is refused; decisions state one.
        G2 "G-2",
        /// Not in the future; a late entry past the threshold has a coded reason.
        G3 "G-3",
        /// The actor holds the role when the command is decided.
        G4 "G-4",
        /// Personal data and free text are stored only sealed.
        G5 "G-5",
        /// A decision quotes the policy versions bound to its call.
        G6 "G-6",
        /// After erasure nothing brings the subject back under the same id.
        G7 "G-7",
        /// What needs two persons quotes an approval requested by one and given by another.
        G8 "G-8",
        /// What a command names is on the log.
        G9 "G-9",
        /// One open application per case and call.
        C1 "C-1",
        /// Received by the deadline, else recorded as late and admitted or refused by the head.
        C2 "C-2",
        /// A result for every criterion; eligible only if no mandatory one fails.
        C3 "C-3",
        /// Who proposed does not decide; the decision quotes the proposal.
        C4 "C-4",
        /// Every negative decision has a written reason.
        C5 "C-5",
        /// A stage moves forward, skipping needs evidence; backwards only by correction.
        C6 "C-6",
        /// Only the transitions of the life cycles.
        C7 "C-7",
        /// Whoever assesses, proposes or decides has declared no conflict first.
        C8 "C-8",
        /// When the head proposed or has a conflict, a deputy or the director decides.
        C9 "C-9",
        /// Live bookings never exceed the resource's capacity, buffers included.
        R1 "R-1",
        /// Bookings respect opening hours, lead, horizon, length and outages.
        R2 "R-2",
        /// The user is qualified for the whole interval where asked for.
        R3 "R-3",
        /// A metered booking holds its entitlement.
        R4 "R-4",
        /// An outage displaces overlapping bookings in the same append.
        R5 "R-5",
        /// No introduction without the innovator's consent and the target's acceptance.
        I1 "I-1",
        /// What is shared lies within the consented scope.
        I2 "I-2",
        /// No introduction to a target whose representative judged the case.
        I3 "I-3",
        /// A hand-over to a partner needs consent that names the recipient.
        F1 "F-1",
        /// Amounts of money raised exist only in outcomes; a round is counted once.
        M1 "M-1",
        /// A correction never changes an as-of answer earlier than itself.
        X1 "X-1",
        /// Only descriptive facts are corrected; authors annul their own within 7 days; decisions
        /// need two persons.
        X2 "X-2",
        /// Dependents are annulled first, latest first.
        X3 "X-3",
        /// Data under a hold or a retention duty are kept; everything else is erased.
        D1 "D-1",
        /// After erasure, replay of everything not personal is unchanged.
        D2 "D-2",
        /// Erasing a person lists the texts of their cases; each is kept or redacted, by a person.
        D3 "D-3",
    }
}
