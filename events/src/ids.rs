//! Typed identifiers: a case can't be passed where a person is meant.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// What an [`Id`] identifies.
pub trait Kind {
    /// The word for it, as in stream names (`case`) and object kinds.
    const NAME: &'static str;
}

/// A UUID that says what it identifies.
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

/// Every derived id lives below this namespace, so that ids of other systems never meet ours.
const NAMESPACE: Uuid = Uuid::from_u128(0x6775_6963_6865_7400_8000_5053_4343_0001);

impl<K> Id<K> {
    /// Wraps a UUID.
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The bare UUID.
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// The same words give the same id (UUID version 5): repetition lands on the same thing.
    pub fn derived(words: &str) -> Self {
        Self::new(Uuid::new_v5(&NAMESPACE, words.as_bytes()))
    }

    /// The same id under another kind, for generic indexes.
    pub const fn cast<L>(self) -> Id<L> {
        Id::new(self.0)
    }

    /// Eight characters people can read out: the first 40 bits in Crockford's base32.
    pub fn reference(self) -> Reference {
        let mut bytes = [0; 5];
        bytes.copy_from_slice(&self.0.as_bytes()[..5]);
        Reference(bytes)
    }
}

impl<K: Kind> Id<K> {
    /// The id of the `K` that a command creates: a repeated command creates the same one.
    pub fn created_by(command: CommandId) -> Self {
        Self::derived(&format!("{command}/{}", K::NAME))
    }

    /// The id of the `index`-th `K` that a command creates, where it creates several.
    pub fn created_at(command: CommandId, index: usize) -> Self {
        Self::derived(&format!("{command}/{}/{index}", K::NAME))
    }
}

impl EventId {
    /// The id of the `index`-th event that `command` writes to `stream`.
    pub fn of(stream: &crate::StreamName, command: CommandId, index: usize) -> Self {
        Self::derived(&format!("{stream}/{command}/{index}"))
    }
}

/// The short form of an id for reading and typing: `7K3M-9QXA`, case and hyphen ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference([u8; 5]);

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl Reference {
    /// The smallest and the largest UUID that this reference may stand for.
    pub fn range(self) -> (Uuid, Uuid) {
        let mut low = [0x00; 16];
        let mut high = [0xff; 16];
        low[..5].copy_from_slice(&self.0);
        high[..5].copy_from_slice(&self.0);
        (Uuid::from_bytes(low), Uuid::from_bytes(high))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.0.iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
        for place in 0..8 {
            if place == 4 {
                f.write_str("-")?;
            }
            let digit = (bits >> (35 - 5 * place)) & 31;
            write!(f, "{}", char::from(CROCKFORD[digit as usize]))?;
        }
        Ok(())
    }
}

impl FromStr for Reference {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let mut bits = 0u64;
        let mut digits = 0;
        for letter in text.chars().filter(|letter| *letter != '-') {
            // Crockford's alphabet reads the letters people confuse as the digits they look like.
            let letter = match letter.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let digit = CROCKFORD.iter().position(|known| char::from(*known) == letter);
            bits = bits << 5 | digit.ok_or(BadId)? as u64;
            digits += 1;
            if digits > 8 {
                return Err(BadId);
            }
        }
        if digits != 8 {
            return Err(BadId);
        }
        let mut bytes = [0; 5];
        bytes.copy_from_slice(&bits.to_be_bytes()[3..]);
        Ok(Self(bytes))
    }
}

/// The text is neither a UUID nor a short reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier: expected a UUID, or a reference of eight letters and digits")]
pub struct BadId;

impl<K> FromStr for Id<K> {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        Uuid::parse_str(text).map(Self::new).map_err(|_| BadId)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", K::NAME, self.0)
    }
}

impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut buffer = [0; uuid::fmt::Hyphenated::LENGTH];
        serializer.serialize_str(self.0.as_hyphenated().encode_lower(&mut buffer))
    }
}

impl<'de, K> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<K>(PhantomData<K>);
        impl<K> serde::de::Visitor<'_> for Visitor<K> {
            type Value = Id<K>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a UUID")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Id<K>, E> {
                Uuid::parse_str(text)
                    .map(Id::new)
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Visitor(PhantomData))
    }
}

impl<K: Kind> JsonSchema for Id<K> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("{}_id", K::NAME).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "uuid",
            "description": format!("Id of {} {}", article(K::NAME), K::NAME.replace('_', " ")),
            // A field's own description takes the place of this one, but not of this word.
            "x-identifies": K::NAME,
        })
    }
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $id:ident $name:literal;)*) => {
        /// The things that ids identify; none of these is ever a value.
        pub mod kinds {
            $($(#[$doc])* #[derive(Debug)] pub enum $kind {})*
        }
        $($(#[$doc])* pub type $id = Id<kinds::$kind>;
        impl Kind for kinds::$kind { const NAME: &'static str = $name; })*
    };
}

kinds! {
    /// One stored fact.
    Event EventId "event";
    /// One request to the office's counter; repeated requests share it.
    Command CommandId "command";
    /// One sealed value, kept apart from the log.
    Blob BlobId "blob";
    /// A person: innovator, staff, expert or contact.
    Person PersonId "person";
    /// An organisation.
    Organisation OrganisationId "organisation";
    /// A call for projects.
    Call CallId "call";
    /// One project's file at the office.
    Case CaseId "case";
    /// One application of a case to a call.
    Application ApplicationId "application";
    /// One session of the independent committee.
    Committee CommitteeId "committee";
    /// An instrument, room or service that can be booked.
    Resource ResourceId "resource";
    /// One slot on a resource's calendar.
    Booking BookingId "booking";
    /// One period in which a resource is out of order.
    Outage OutageId "outage";
    /// One introduction of a case to a funder or partner.
    Introduction IntroductionId "introduction";
    /// A workshop, visit or meeting that several projects share.
    Gathering GatheringId "gathering";
    /// A part of the offer that an award gives to a case.
    Entitlement EntitlementId "entitlement";
    /// A sealed document.
    Document DocumentId "document";
    /// An account; whose it is stands in its person.
    User UserId "user";
    /// A bearer token.
    Token TokenId "token";
    /// What an auditor may look at, and until when.
    Mission MissionId "mission";
    /// One coaching session.
    Session SessionId "session";
    /// Something somebody agreed to do.
    Action ActionId "action";
    /// A date a project means to keep.
    Milestone MilestoneId "milestone";
    /// A question to the innovator.
    Request RequestId "request";
    /// A hand-over or signpost to a partner.
    Referral ReferralId "referral";
    /// Something that came of it.
    Outcome OutcomeId "outcome";
    /// Somebody's permission.
    Consent ConsentId "consent";
    /// A legal hold.
    Hold HoldId "hold";
    /// What one person asks and another agrees to.
    Approval ApprovalId "approval";
    /// One request about a person's own data.
    Privacy PrivacyId "privacy";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_reads_back_as_typed_by_people() {
        let id = CaseId::derived("a case");
        let reference = id.reference();
        let typed = reference.to_string().to_lowercase().replace('-', "");
        assert_eq!(typed.parse(), Ok(reference));
        let (low, high) = reference.range();
        assert!(low <= id.uuid() && id.uuid() <= high);
        assert_eq!("not one".parse::<Reference>(), Err(BadId));
    }

    #[test]
    fn confusable_letters_read_as_digits() {
        assert_eq!("OIL0-1111".parse::<Reference>(), "0110-1111".parse());
    }

    #[test]
    fn what_a_command_creates_is_always_the_same() {
        let command = CommandId::derived("x");
        assert_eq!(CaseId::created_by(command), CaseId::created_by(command));
        assert_ne!(CaseId::created_by(command).uuid(), PersonId::created_by(command).uuid());
    }
}
