//! Values that facts are made of. What a field may hold in clear is said by its type: there is no
//! free text here but [`Sealed`].

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::Contract, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::BlobId;

/// A calendar day, without a time zone.
pub type Date = NaiveDate;

/// A moment in UTC, to the microsecond, in the years 0 to 9999; on the wire
/// `2026-03-01T09:30:00.000000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Time(DateTime<Utc>);

impl Time {
    /// The first moment that the wire form can write.
    const MIN: i64 = -62_167_219_200_000_000;
    /// The last one.
    const MAX: i64 = 253_402_300_799_999_999;
    /// What a text should have been.
    const EXPECTED: &'static str = "a moment such as 2026-03-01T09:30:00Z, with its offset";

    /// The moment, cut to whole microseconds, which is all the wire form keeps; one outside the
    /// years 0 to 9999 becomes the nearest inside.
    pub fn new(moment: DateTime<Utc>) -> Self {
        let micros = moment.timestamp_micros().clamp(Self::MIN, Self::MAX);
        Self(DateTime::from_timestamp_micros(micros).unwrap_or(moment))
    }

    /// The moment so many microseconds after 1970; `None` outside the years 0 to 9999.
    pub fn from_micros(micros: i64) -> Option<Self> {
        let moment = DateTime::from_timestamp_micros(micros).map(Self);
        moment.filter(|_| (Self::MIN..=Self::MAX).contains(&micros))
    }

    /// Microseconds since 1970.
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// As chrono knows it.
    pub const fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// `self` moved by `delta`, at most to the ends of the calendar.
    pub fn plus(self, delta: chrono::TimeDelta) -> Self {
        let end = if delta < chrono::TimeDelta::zero() { Self::MIN } else { Self::MAX };
        match self.0.checked_add_signed(delta) {
            Some(moment) => Self::new(moment),
            None => Self::from_micros(end).unwrap_or(self),
        }
    }

    /// `self` moved back by `delta`, at most to the ends of the calendar.
    pub fn minus(self, delta: chrono::TimeDelta) -> Self {
        self.plus(-delta)
    }
}

impl From<DateTime<Utc>> for Time {
    fn from(moment: DateTime<Utc>) -> Self {
        Self::new(moment)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(at) = self;
        write!(f, "{:04}-{:02}-{:02}T", at.year(), at.month(), at.day())?;
        write!(f, "{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())?;
        write!(f, ".{:06}Z", at.timestamp_subsec_micros())
    }
}

impl FromStr for Time {
    type Err = BadValue;

    /// RFC 3339, any offset.
    fn from_str(text: &str) -> Result<Self, BadValue> {
        DateTime::parse_from_rfc3339(text)
            .ok()
            .and_then(|moment| Self::from_micros(moment.timestamp_micros()))
            .ok_or(BadValue(Self::EXPECTED))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer, Self::EXPECTED)
    }
}

impl JsonSchema for Time {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// Reads a value through its `FromStr`; the error says what was expected.
fn parsed<'de, D: Deserializer<'de>, T: FromStr>(
    deserializer: D,
    expected: &'static str,
) -> Result<T, D::Error> {
    struct Visitor<T>(&'static str, std::marker::PhantomData<T>);
    impl<T: FromStr> de::Visitor<'_> for Visitor<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
        }
    }
    deserializer.deserialize_str(Visitor(expected, std::marker::PhantomData))
}

/// From one moment up to, and without, another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Bounds", into = "Bounds")]
#[schemars(with = "Bounds")]
pub struct Interval {
    from: Time,
    until: Time,
}

/// From one moment up to, and without, another; `from` is before `until`.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Interval")]
struct Bounds {
    from: Time,
    until: Time,
}

/// `from` is not before `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an interval ends after it starts")]
pub struct EmptyInterval;

impl Interval {
    /// Half-open: two intervals that touch don't overlap.
    ///
    /// # Errors
    /// When `from` is not before `until`.
    pub fn new(from: Time, until: Time) -> Result<Self, EmptyInterval> {
        if from < until { Ok(Self { from, until }) } else { Err(EmptyInterval) }
    }

    /// The first moment inside.
    pub const fn from(self) -> Time {
        self.from
    }

    /// The first moment after.
    pub const fn until(self) -> Time {
        self.until
    }

    /// Whether some moment is in both.
    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }

    /// Whether every moment of `other` is in `self`.
    pub fn contains(self, other: Self) -> bool {
        self.from <= other.from && other.until <= self.until
    }

    /// Whole minutes from start to end.
    pub fn minutes(self) -> i64 {
        (self.until.micros() - self.from.micros()) / 60_000_000
    }

    /// Longer by `minutes` at its end.
    pub fn extended(self, minutes: u32) -> Self {
        let until = self.until.plus(chrono::TimeDelta::minutes(minutes.into()));
        Self { from: self.from, until }
    }
}

impl TryFrom<Bounds> for Interval {
    type Error = EmptyInterval;
    fn try_from(bounds: Bounds) -> Result<Self, EmptyInterval> {
        Self::new(bounds.from, bounds.until)
    }
}

impl From<Interval> for Bounds {
    fn from(interval: Interval) -> Self {
        Self { from: interval.from, until: interval.until }
    }
}

/// Personal data or free text, of which the log holds only the blob's id and a digest.
///
/// Whoever sends a command writes text in its place; the text is sealed while the request is
/// read, so no command ever holds it in clear (G-5).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Sealed {
    /// The ciphertext's id.
    pub blob: BlobId,
    /// SHA-256 of the ciphertext.
    pub digest: Digest,
}

impl Sealed {
    /// The name under which `Sealed` asks a deserializer for itself, so that the reader of
    /// requests can tell text to seal from other text.
    pub const TOKEN: &'static str = "$guichet::Sealed";
    /// The longest text that one value seals, in characters.
    pub const CHARS_MAX: usize = 20_000;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reference {
    blob: BlobId,
    digest: Digest,
}

impl<'de> Deserialize<'de> for Sealed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Sealed;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }
            fn visit_newtype_struct<D: Deserializer<'de>>(self, d: D) -> Result<Sealed, D::Error> {
                let Reference { blob, digest } = Reference::deserialize(d)?;
                Ok(Sealed { blob, digest })
            }
        }
        deserializer.deserialize_newtype_struct(Self::TOKEN, Visitor)
    }
}

impl JsonSchema for Sealed {
    fn schema_name() -> Cow<'static, str> {
        "Sealed".into()
    }

    fn inline_schema() -> bool {
        true
    }

    /// What one sends is text; what is stored is a reference.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        match generator.contract() {
            Contract::Deserialize => json_schema!({
                "type": "string",
                "minLength": 1,
                "maxLength": Self::CHARS_MAX,
                "pattern": r"\S",
                "description": "Sealed before it is stored",
            }),
            // The contract is an open enum: whatever is not read from a request is as stored.
            _ => json_schema!({
                "type": "object",
                "description": "A sealed value: the blob's id and the SHA-256 of its ciphertext",
                "properties": {
                    "blob": generator.subschema_for::<BlobId>(),
                    "digest": generator.subschema_for::<Digest>(),
                },
                "required": ["blob", "digest"],
                "additionalProperties": false,
            }),
        }
    }
}

/// A SHA-256, 64 hexadecimal digits on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// The text is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a digest is 64 hexadecimal digits")]
pub struct BadDigest;

impl FromStr for Digest {
    type Err = BadDigest;
    fn from_str(text: &str) -> Result<Self, BadDigest> {
        let mut bytes = [0; 32];
        if text.len() != 2 * bytes.len() {
            return Err(BadDigest);
        }
        let read = data_encoding::HEXLOWER.decode_mut(text.as_bytes(), &mut bytes);
        read.map(|_| Self(bytes)).map_err(|_| BadDigest)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer, "64 hexadecimal digits")
    }
}

impl JsonSchema for Digest {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Digest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "format": "sha256", "pattern": "^[0-9a-f]{64}$",
            "description": "SHA-256",
        })
    }
}

/// A value did not have the form its type asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadValue(&'static str);

macro_rules! text_values {
    ($($(#[$doc:meta])* $name:ident, $expected:literal, $valid:expr, $schema:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadValue;
            fn from_str(text: &str) -> Result<Self, BadValue> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) { Ok(Self(text.to_owned())) } else { Err(BadValue($expected)) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                parsed(deserializer, $expected)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    )*};
}

text_values! {
    /// A title that may stand in clear: of a project, a call, a resource, an organisation.
    Title, "a title of 1 to 200 characters, not only spaces, without control characters", |text| {
        (1..=200).contains(&text.chars().count())
            && text.trim() == text
            && !text.chars().any(char::is_control)
    }, json_schema!({
        "type": "string", "minLength": 1, "maxLength": 200,
        "pattern": r"^[^\s\u0000-\u001f\u007f-\u009f]([^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f])?$",
        "description": "A title, kept in clear: names no person",
        "examples": ["Organoïdes de patients pour choisir la chimiothérapie"],
    });
    /// A word of a code list.
    Code, "a code of 1 to 64 small letters, digits, and _ . -", |text| {
        (1..=64).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.-".contains(&b))
    }, json_schema!({
        "type": "string", "pattern": "^[a-z0-9][a-z0-9_.-]{0,63}$", "description": "A code",
        "examples": ["oncology_scope", "pancreas", "email"],
    });
    /// A country, ISO 3166-1 alpha-2.
    Country, "a country as two capital letters (ISO 3166-1)", |text| {
        text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase())
    }, json_schema!({
        "type": "string", "pattern": "^[A-Z]{2}$", "description": "Country, ISO 3166-1 alpha-2",
        "examples": ["FR", "BE"],
    });
    /// A French company's number: nine digits whose Luhn sum is right.
    Siren, "a SIREN: nine digits with a right check digit", |text| {
        text.len() == 9 && text.bytes().all(|b| b.is_ascii_digit()) && luhn(text)
    }, json_schema!({
        "type": "string", "format": "siren", "pattern": "^[0-9]{9}$",
        "description": "SIREN: nine digits, the last a Luhn check digit",
        "examples": ["732829320"],
    });
    /// A research organisation's id at ror.org.
    Ror, "a ROR id: 0 and eight characters", |text| {
        text.len() == 9
            && text.starts_with('0')
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    }, json_schema!({
        "type": "string", "pattern": "^0[a-z0-9]{8}$", "description": "ROR id",
        "examples": ["0321g0743"],
    });
    /// A media type such as `application/pdf`.
    MediaType, "a media type such as application/pdf", |text| {
        text.len() <= 100
            && text.split_once('/').is_some_and(|(kind, subtype)| {
                let token = |part: &str| {
                    !part.is_empty()
                        && part.bytes().all(|b| {
                            b.is_ascii_lowercase() || b.is_ascii_digit() || b"+.-".contains(&b)
                        })
                };
                token(kind) && token(subtype)
            })
    }, json_schema!({
        "type": "string", "maxLength": 100, "pattern": "^[a-z0-9+.-]+/[a-z0-9+.-]+$",
        "description": "Media type",
        "examples": ["application/pdf", "text/plain"],
    });
    /// A place's clock, by its IANA name.
    Zone, "a time zone such as Europe/Paris", |text| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_/+-".contains(&b))
    }, json_schema!({
        "type": "string", "pattern": "^[A-Za-z0-9_/+-]{1,64}$",
        "description": "IANA time zone, such as Europe/Paris",
        "examples": ["Europe/Paris"],
    });
    /// Another system's name for something, without spaces: never a person's name.
    ExternalRef, "a reference of 1 to 80 letters, digits, and _ . : / -", |text| {
        (1..=80).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.:/-".contains(&b))
    }, json_schema!({
        "type": "string", "pattern": "^[A-Za-z0-9_.:/-]{1,80}$",
        "description": "Another system's reference",
        "examples": ["PF-2026/0147"],
    });
    /// A place in a fact: names and numbers from the outside in, `ruling/gaps/0`.
    FieldPath, "a path of 1 to 120 small letters, digits, and _ /", |text| {
        (1..=120).contains(&text.len())
            && text.split('/').all(|step| {
                !step.is_empty()
                    && step.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            })
    }, json_schema!({
        "type": "string", "maxLength": 120, "pattern": "^[a-z0-9_]+(/[a-z0-9_]+)*$",
        "description": "A place in a fact",
        "examples": ["summary", "ruling/gaps/0"],
    });
    /// A time of day, `09:30`; `24:00` is the end of the day.
    Clock, "a time of day such as 09:30", |text| {
        let bytes = text.as_bytes();
        let digits = |at: usize| bytes[at].is_ascii_digit();
        bytes.len() == 5
            && digits(0) && digits(1) && bytes[2] == b':' && digits(3) && digits(4)
            && (&text[..2] < "24" && &text[3..] < "60" || text == "24:00")
    }, json_schema!({
        "type": "string", "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
        "description": "Time of day",
        "examples": ["09:30", "18:00"],
    });
}

impl Clock {
    /// Minutes since midnight, 0 to 1,440.
    pub fn minutes(&self) -> u16 {
        let digit = |at: usize| u16::from(self.0.as_bytes()[at] - b'0');
        (digit(0) * 10 + digit(1)) * 60 + digit(3) * 10 + digit(4)
    }
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0') << (place % 2);
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Money in cents of a euro: `{"eur_cents": 125000000}` is 1.25 M€.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Cents of a euro.
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_u64))]
    pub eur_cents: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_on_the_wire_has_microseconds_and_z() {
        let time: Time = "2026-03-01T10:30:00.1234567+01:00".parse().expect("valid");
        assert_eq!(time.to_string(), "2026-03-01T09:30:00.123456Z");
        assert_eq!(time.to_string().parse(), Ok(time));
    }

    #[test]
    fn intervals_that_touch_do_not_overlap() {
        let at = |hour: u32| format!("2026-03-01T{hour:02}:00:00Z").parse().expect("valid");
        let (a, b) = (Interval::new(at(9), at(10)), Interval::new(at(10), at(11)));
        let (a, b) = (a.expect("valid"), b.expect("valid"));
        assert!(!a.overlaps(b) && a.overlaps(a.extended(5)) && a.extended(5).overlaps(b));
        assert_eq!(Interval::new(at(10), at(10)), Err(EmptyInterval));
    }

    #[test]
    fn sirens_have_a_check_digit() {
        assert!("732829320".parse::<Siren>().is_ok());
        assert!("732829321".parse::<Siren>().is_err());
    }

    #[test]
    fn clocks_count_minutes() {
        assert_eq!("24:00".parse::<Clock>().map(|clock| clock.minutes()), Ok(1440));
        assert_eq!("09:30".parse::<Clock>().map(|clock| clock.minutes()), Ok(570));
        assert!("24:01".parse::<Clock>().is_err() && "9:30".parse::<Clock>().is_err());
    }
}
