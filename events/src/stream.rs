//! Stream names: the consistency boundaries of the log.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    CallId, CaseId, GatheringId, Id, IntroductionId, OrganisationId, PersonId, PolicyKind,
    PrivacyId, ResourceId,
};

/// The name of a stream: 1 to 200 of `A-Z a-z 0-9 _ . ~ -`, such as `case-0f8e…`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamName(Arc<str>);

/// What a stream name must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stream name has 1 to 200 letters, digits, and _ . ~ -")]
pub struct BadStreamName;

impl StreamName {
    /// The longest name, in bytes.
    pub const BYTES_MAX: usize = 200;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the stream is about, or `None` for a stream of another product or a later build.
    pub fn stream(&self) -> Option<Stream> {
        let name = self.as_str();
        if name == "access" {
            return Some(Stream::Access);
        }
        let (kind, rest) = name.split_once('-')?;
        let stream = match kind {
            "person" => Stream::Person(rest.parse().ok()?),
            "organisation" => Stream::Organisation(rest.parse().ok()?),
            "policy" => Stream::Policy(rest.parse().ok()?),
            "call" => Stream::Call(rest.parse().ok()?),
            "case" => Stream::Case(rest.parse().ok()?),
            "resource" => Stream::Resource(rest.parse().ok()?),
            "introduction" => Stream::Introduction(rest.parse().ok()?),
            "gathering" => Stream::Gathering(rest.parse().ok()?),
            "privacy" => Stream::Privacy(rest.parse().ok()?),
            _ => return None,
        };
        // `parse` reads capitals too; a name has one spelling.
        (stream.name() == *self).then_some(stream)
    }
}

impl FromStr for StreamName {
    type Err = BadStreamName;

    fn from_str(text: &str) -> Result<Self, BadStreamName> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_.~-".contains(&byte);
        if (1..=Self::BYTES_MAX).contains(&text.len()) && text.bytes().all(known) {
            Ok(Self(text.into()))
        } else {
            Err(BadStreamName)
        }
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for StreamName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for StreamName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for StreamName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "StreamName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "pattern": "^[A-Za-z0-9_.~-]{1,200}$", "description": "A stream",
            "examples": ["access", "policy-eligibility"],
        })
    }
}

/// What a stream is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// Users, roles, tokens and missions of the whole office.
    Access,
    /// One person's identity, affiliations and consents.
    Person(PersonId),
    /// One organisation.
    Organisation(OrganisationId),
    /// The versions of one rule.
    Policy(PolicyKind),
    /// One call for projects.
    Call(CallId),
    /// One project at the office.
    Case(CaseId),
    /// One resource with its calendar.
    Resource(ResourceId),
    /// One introduction.
    Introduction(IntroductionId),
    /// One event that several projects share.
    Gathering(GatheringId),
    /// One request about a person's own data.
    Privacy(PrivacyId),
}

impl Stream {
    /// Its name in the store.
    pub fn name(self) -> StreamName {
        fn of<K: crate::Kind>(id: Id<K>) -> StreamName {
            StreamName(format!("{}-{id}", K::NAME).into())
        }
        match self {
            Self::Access => StreamName("access".into()),
            Self::Person(id) => of(id),
            Self::Organisation(id) => of(id),
            Self::Policy(kind) => StreamName(format!("policy-{kind}").into()),
            Self::Call(id) => of(id),
            Self::Case(id) => of(id),
            Self::Resource(id) => of(id),
            Self::Introduction(id) => of(id),
            Self::Gathering(id) => of(id),
            Self::Privacy(id) => of(id),
        }
    }

    /// The object that every fact of this stream is about, if it has an id.
    pub fn subject(self) -> Option<crate::Object> {
        use crate::{Object, ObjectKind as Kind};
        let (kind, id) = match self {
            Self::Access | Self::Policy(_) => return None,
            Self::Person(id) => (Kind::Person, id.uuid()),
            Self::Organisation(id) => (Kind::Organisation, id.uuid()),
            Self::Call(id) => (Kind::Call, id.uuid()),
            Self::Case(id) => (Kind::Case, id.uuid()),
            Self::Resource(id) => (Kind::Resource, id.uuid()),
            Self::Introduction(id) => (Kind::Introduction, id.uuid()),
            Self::Gathering(id) => (Kind::Gathering, id.uuid()),
            Self::Privacy(id) => (Kind::Privacy, id.uuid()),
        };
        Some(Object { kind, id, qualifier: "subject" })
    }
}

impl From<Stream> for StreamName {
    fn from(stream: Stream) -> Self {
        stream.name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_its_stream_is_about() {
        for stream in [
            Stream::Access,
            Stream::Case(CaseId::derived("x")),
            Stream::Policy(PolicyKind::LateEntry),
            Stream::Resource(ResourceId::derived("y")),
        ] {
            assert_eq!(stream.name().stream(), Some(stream));
        }
    }

    #[test]
    fn foreign_names_are_allowed_but_about_nothing_we_know() {
        let foreign: StreamName = "invoice-12".parse().expect("valid");
        assert_eq!(foreign.stream(), None);
        assert_eq!("$all".parse::<StreamName>(), Err(BadStreamName));
        assert_eq!("".parse::<StreamName>(), Err(BadStreamName));
    }
}
