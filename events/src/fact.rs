//! All facts: from a stored name and bytes to the type, and what each is about.

use std::fmt;

use schemars::SchemaGenerator;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::envelope::{Class, Object};
use crate::wire::{DecodeError, EncodeError, Encoded};
use crate::{StreamName, upcast, wire};
use crate::{
    access, amendment, approval, booking, call, coaching, followup, gathering, intake,
    introduction, organisation, outcome, person, policy, resource, selection,
};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// To a person's record.
    Person(person::Fact),
    /// To an organisation's record.
    Organisation(organisation::Fact),
    /// To a rule.
    Policy(policy::Fact),
    /// To a call.
    Call(call::Fact),
    /// Around a project's arrival and follow-up.
    Intake(intake::Fact),
    /// Between the office and a project.
    Followup(followup::Fact),
    /// In coaching.
    Coaching(coaching::Fact),
    /// To an application.
    Selection(selection::Fact),
    /// As a result.
    Outcome(outcome::Fact),
    /// To a resource.
    Resource(resource::Fact),
    /// To a booking.
    Booking(booking::Fact),
    /// To an introduction.
    Introduction(introduction::Fact),
    /// To a gathering.
    Gathering(gathering::Fact),
    /// To people's rights.
    Access(access::Fact),
    /// To an earlier fact.
    Amendment(amendment::Fact),
    /// Between two persons who act together.
    Approval(approval::Fact),
}

impl Fact {
    /// The fact stored as `body` under `name`, in its current version.
    ///
    /// # Errors
    /// When this build does not know the type, or the body does not fit it.
    pub fn decode(name: &str, body: &[u8]) -> Result<Self, DecodeError> {
        let (name, body) = upcast::to_current(name, body)?;
        let (name, body) = (&*name, &*body);
        match family(name) {
            "person" => wire::decode(name, body).map(Self::Person),
            "organisation" => wire::decode(name, body).map(Self::Organisation),
            "policy" => wire::decode(name, body).map(Self::Policy),
            "call" => wire::decode(name, body).map(Self::Call),
            "intake" => wire::decode(name, body).map(Self::Intake),
            "followup" => wire::decode(name, body).map(Self::Followup),
            "coaching" => wire::decode(name, body).map(Self::Coaching),
            "selection" => wire::decode(name, body).map(Self::Selection),
            "outcome" => wire::decode(name, body).map(Self::Outcome),
            "resource" => wire::decode(name, body).map(Self::Resource),
            "booking" => wire::decode(name, body).map(Self::Booking),
            "introduction" => wire::decode(name, body).map(Self::Introduction),
            "gathering" => wire::decode(name, body).map(Self::Gathering),
            "access" => wire::decode(name, body).map(Self::Access),
            "event" | "text" => wire::decode(name, body).map(Self::Amendment),
            "approval" => wire::decode(name, body).map(Self::Approval),
            _ => Err(DecodeError::UnknownType(name.to_owned())),
        }
    }

    /// Its type name and the bytes to store.
    ///
    /// # Errors
    /// Never for facts of this catalogue; a test encodes one of each.
    pub fn encode(&self) -> Result<Encoded, EncodeError> {
        match self {
            Self::Person(fact) => wire::encode(fact),
            Self::Organisation(fact) => wire::encode(fact),
            Self::Policy(fact) => wire::encode(fact),
            Self::Call(fact) => wire::encode(fact),
            Self::Intake(fact) => wire::encode(fact),
            Self::Followup(fact) => wire::encode(fact),
            Self::Coaching(fact) => wire::encode(fact),
            Self::Selection(fact) => wire::encode(fact),
            Self::Outcome(fact) => wire::encode(fact),
            Self::Resource(fact) => wire::encode(fact),
            Self::Booking(fact) => wire::encode(fact),
            Self::Introduction(fact) => wire::encode(fact),
            Self::Gathering(fact) => wire::encode(fact),
            Self::Access(fact) => wire::encode(fact),
            Self::Amendment(fact) => wire::encode(fact),
            Self::Approval(fact) => wire::encode(fact),
        }
    }

    /// What may be done about it when it is wrong.
    pub const fn class(&self) -> Class {
        match self {
            Self::Person(fact) => fact.class(),
            Self::Organisation(fact) => fact.class(),
            Self::Policy(fact) => fact.class(),
            Self::Call(fact) => fact.class(),
            Self::Intake(fact) => fact.class(),
            Self::Followup(fact) => fact.class(),
            Self::Coaching(fact) => fact.class(),
            Self::Selection(fact) => fact.class(),
            Self::Outcome(fact) => fact.class(),
            Self::Resource(fact) => fact.class(),
            Self::Booking(fact) => fact.class(),
            Self::Introduction(fact) => fact.class(),
            Self::Gathering(fact) => fact.class(),
            Self::Access(fact) => fact.class(),
            Self::Amendment(fact) => fact.class(),
            Self::Approval(fact) => fact.class(),
        }
    }

    /// The things it is about: the stream's own subject first, then what it names.
    pub fn objects(&self, stream: &StreamName) -> Vec<Object> {
        let mut about: Vec<Object> =
            stream.stream().and_then(crate::Stream::subject).into_iter().collect();
        match self {
            Self::Person(fact) => fact.objects(&mut about),
            Self::Organisation(fact) => fact.objects(&mut about),
            Self::Policy(fact) => fact.objects(stream, &mut about),
            Self::Call(fact) => fact.objects(&mut about),
            Self::Intake(fact) => fact.objects(&mut about),
            Self::Followup(fact) => fact.objects(&mut about),
            Self::Coaching(fact) => fact.objects(&mut about),
            Self::Selection(fact) => fact.objects(&mut about),
            Self::Outcome(fact) => fact.objects(&mut about),
            Self::Resource(fact) => fact.objects(&mut about),
            Self::Booking(fact) => fact.objects(&mut about),
            Self::Introduction(fact) => fact.objects(&mut about),
            Self::Gathering(fact) => fact.objects(&mut about),
            Self::Access(fact) => fact.objects(&mut about),
            Self::Amendment(fact) => fact.objects(stream, &mut about),
            Self::Approval(fact) => fact.objects(&mut about),
        }
        about
    }

    /// The JSON Schema of every family's enum, for the catalogue.
    pub fn family_schemas(generator: &mut SchemaGenerator) -> Vec<schemars::Schema> {
        vec![
            generator.root_schema_for::<person::Fact>(),
            generator.root_schema_for::<organisation::Fact>(),
            generator.root_schema_for::<policy::Fact>(),
            generator.root_schema_for::<call::Fact>(),
            generator.root_schema_for::<intake::Fact>(),
            generator.root_schema_for::<followup::Fact>(),
            generator.root_schema_for::<coaching::Fact>(),
            generator.root_schema_for::<selection::Fact>(),
            generator.root_schema_for::<outcome::Fact>(),
            generator.root_schema_for::<resource::Fact>(),
            generator.root_schema_for::<booking::Fact>(),
            generator.root_schema_for::<introduction::Fact>(),
            generator.root_schema_for::<gathering::Fact>(),
            generator.root_schema_for::<access::Fact>(),
            generator.root_schema_for::<amendment::Fact>(),
            generator.root_schema_for::<approval::Fact>(),
        ]
    }

    /// The current type names of all families.
    pub fn names() -> Vec<&'static str> {
        [
            wire::names::<person::Fact>(),
            wire::names::<organisation::Fact>(),
            wire::names::<policy::Fact>(),
            wire::names::<call::Fact>(),
            wire::names::<intake::Fact>(),
            wire::names::<followup::Fact>(),
            wire::names::<coaching::Fact>(),
            wire::names::<selection::Fact>(),
            wire::names::<outcome::Fact>(),
            wire::names::<resource::Fact>(),
            wire::names::<booking::Fact>(),
            wire::names::<introduction::Fact>(),
            wire::names::<gathering::Fact>(),
            wire::names::<access::Fact>(),
            wire::names::<amendment::Fact>(),
            wire::names::<approval::Fact>(),
        ]
        .concat()
    }
}

/// The part of a type's name before its first full stop.
fn family(name: &str) -> &str {
    name.split_once('.').map_or("", |(family, _)| family)
}

/// A fact inside another value: an object whose one member is named by its type.
impl Serialize for Fact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Person(fact) => fact.serialize(serializer),
            Self::Organisation(fact) => fact.serialize(serializer),
            Self::Policy(fact) => fact.serialize(serializer),
            Self::Call(fact) => fact.serialize(serializer),
            Self::Intake(fact) => fact.serialize(serializer),
            Self::Followup(fact) => fact.serialize(serializer),
            Self::Coaching(fact) => fact.serialize(serializer),
            Self::Selection(fact) => fact.serialize(serializer),
            Self::Outcome(fact) => fact.serialize(serializer),
            Self::Resource(fact) => fact.serialize(serializer),
            Self::Booking(fact) => fact.serialize(serializer),
            Self::Introduction(fact) => fact.serialize(serializer),
            Self::Gathering(fact) => fact.serialize(serializer),
            Self::Access(fact) => fact.serialize(serializer),
            Self::Amendment(fact) => fact.serialize(serializer),
            Self::Approval(fact) => fact.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Fact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Tagged;
        impl<'de> de::Visitor<'de> for Tagged {
            type Value = Fact;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a fact under its type's name")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Fact, A::Error> {
                let none = || de::Error::custom("expected one member, named by the fact's type");
                let name = map.next_key::<String>()?.ok_or_else(none)?;
                let fact = map.next_value_seed(Body(&name))?;
                match map.next_key::<de::IgnoredAny>()? {
                    Some(_) => Err(none()),
                    None => Ok(fact),
                }
            }
        }
        deserializer.deserialize_map(Tagged)
    }
}

/// The body of a fact of this type.
struct Body<'a>(&'a str);

impl<'de> de::DeserializeSeed<'de> for Body<'_> {
    type Value = Fact;

    fn deserialize<D: Deserializer<'de>>(self, body: D) -> Result<Fact, D::Error> {
        let Self(name) = self;
        if upcast::is_old(name) {
            let body = serde_json::Value::deserialize(body)?;
            let body = serde_json::to_vec(&body).map_err(de::Error::custom)?;
            return Fact::decode(name, &body).map_err(de::Error::custom);
        }
        match family(name) {
            "person" => wire::named(name, body).map(Fact::Person),
            "organisation" => wire::named(name, body).map(Fact::Organisation),
            "policy" => wire::named(name, body).map(Fact::Policy),
            "call" => wire::named(name, body).map(Fact::Call),
            "intake" => wire::named(name, body).map(Fact::Intake),
            "followup" => wire::named(name, body).map(Fact::Followup),
            "coaching" => wire::named(name, body).map(Fact::Coaching),
            "selection" => wire::named(name, body).map(Fact::Selection),
            "outcome" => wire::named(name, body).map(Fact::Outcome),
            "resource" => wire::named(name, body).map(Fact::Resource),
            "booking" => wire::named(name, body).map(Fact::Booking),
            "introduction" => wire::named(name, body).map(Fact::Introduction),
            "gathering" => wire::named(name, body).map(Fact::Gathering),
            "access" => wire::named(name, body).map(Fact::Access),
            // What is said about facts is never itself corrected, so it stands in no replacement.
            _ => Err(de::Error::custom(format!("{name} is no fact that can stand here"))),
        }
    }
}

macro_rules! from_family {
    ($($family:ident $variant:ident;)*) => {
        $(impl From<$family::Fact> for Fact {
            fn from(fact: $family::Fact) -> Self {
                Self::$variant(fact)
            }
        })*
    };
}

from_family! {
    person Person;
    organisation Organisation;
    policy Policy;
    call Call;
    intake Intake;
    followup Followup;
    coaching Coaching;
    selection Selection;
    outcome Outcome;
    resource Resource;
    booking Booking;
    introduction Introduction;
    gathering Gathering;
    access Access;
    amendment Amendment;
    approval Approval;
}
