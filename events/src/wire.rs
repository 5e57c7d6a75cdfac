//! From facts to stored bytes and back.
//!
//! A stored fact is a type name that ends in its version and a JSON object: keys sorted, nothing
//! empty, no float. The enums are externally tagged and a variant's name is its type name, so
//! decoding goes from (name, bytes) to the type in one step.

use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The stored bytes can't be read as a fact.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// A type that this build does not know: written by a later one. Kept, never skipped.
    #[error("unknown event type {0}: written by a later build")]
    UnknownType(String),
    /// A type we know whose body does not fit.
    #[error("malformed {name}: {source}")]
    Malformed {
        /// The type's name.
        name: String,
        /// What does not fit.
        source: serde_json::Error,
    },
}

/// A fact could not be written. Facts are plain data, so this means a defect in their definition.
#[derive(Debug, thiserror::Error)]
#[error("fact can't be encoded: {0}")]
pub struct EncodeError(String);

/// A fact's type name and its body.
pub type Encoded = (String, Vec<u8>);

/// The type name and the body of an externally tagged fact.
///
/// # Errors
/// When the value is not an externally tagged enum of structs.
pub fn encode<F: Serialize>(fact: &F) -> Result<Encoded, EncodeError> {
    let value = serde_json::to_value(fact).map_err(|error| EncodeError(error.to_string()))?;
    let (name, body) = match value {
        Value::Object(map) if map.len() == 1 => {
            map.into_iter().next().ok_or_else(|| EncodeError("no variant".into()))?
        }
        other => return Err(EncodeError(format!("not an externally tagged fact: {other}"))),
    };
    Ok((name, stored(body)?))
}

/// Any plain value as stored bytes: keys sorted, nothing empty.
///
/// # Errors
/// When the value is not JSON.
pub fn canonical<T: Serialize>(value: &T) -> Result<Vec<u8>, EncodeError> {
    stored(serde_json::to_value(value).map_err(|error| EncodeError(error.to_string()))?)
}

fn stored(mut value: Value) -> Result<Vec<u8>, EncodeError> {
    prune(&mut value);
    // Maps are sorted already, unless a library elsewhere in the build asks serde_json for maps
    // that keep their order.
    value.sort_all_objects();
    serde_json::to_vec(&value).map_err(|error| EncodeError(error.to_string()))
}

/// Removes what is empty: nulls, and lists and maps without members. What held something stays,
/// though all it held be empty: it may be a variant that says which kind it is.
fn prune(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| match value {
                Value::Null => false,
                Value::Array(list) => !list.is_empty(),
                Value::Object(map) => !map.is_empty(),
                Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
            });
            map.values_mut().for_each(prune);
        }
        Value::Array(list) => list.iter_mut().for_each(prune),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The fact stored as `body` under `name`, which must be the name of a variant of `F`.
///
/// # Errors
/// [`DecodeError::UnknownType`] for a name that `F` does not have, else
/// [`DecodeError::Malformed`].
pub fn decode<'de, F: Deserialize<'de>>(name: &str, body: &'de [u8]) -> Result<F, DecodeError> {
    let malformed = |source| DecodeError::Malformed { name: name.to_owned(), source };
    let mut json = serde_json::Deserializer::from_str(text(body).map_err(malformed)?);
    let read = named(name, &mut json).and_then(|fact| json.end().map(|()| fact));
    read.map_err(|source| {
        if names::<F>().contains(&name) {
            malformed(source)
        } else {
            DecodeError::UnknownType(name.to_owned())
        }
    })
}

/// The variant of `F` with this name, whose content is read from `content`.
///
/// # Errors
/// When `F` has no such variant, or the content does not fit.
pub(crate) fn named<'de, F, D>(name: &str, content: D) -> Result<F, D::Error>
where
    F: Deserialize<'de>,
    D: de::Deserializer<'de>,
{
    F::deserialize(Named { name, content })
}

/// Any plain value from its stored bytes.
///
/// # Errors
/// When the bytes are not JSON or do not fit the type.
pub fn read<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, serde_json::Error> {
    serde_json::from_str(text(bytes)?)
}

/// Stored bytes are looked at as text once and whole, which is faster than string by string.
fn text(bytes: &[u8]) -> Result<&str, serde_json::Error> {
    std::str::from_utf8(bytes).map_err(de::Error::custom)
}

/// The names of all variants of an externally tagged enum, as serde knows them.
pub fn names<'de, F: Deserialize<'de>>() -> &'static [&'static str] {
    struct Names<'a>(&'a mut &'static [&'static str]);
    impl<'de> de::Deserializer<'de> for Names<'_> {
        type Error = de::value::Error;
        fn deserialize_enum<V: Visitor<'de>>(
            self,
            _: &'static str,
            variants: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = variants;
            Err(de::Error::custom("only the names were asked for"))
        }
        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(de::Error::custom("a fact is an enum"))
        }
        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
            option unit unit_struct newtype_struct seq tuple tuple_struct map struct identifier
            ignored_any
        }
    }
    let mut names: &'static [&'static str] = &[];
    // Asking for an enum is enough to be told its variants; the answer itself is thrown away.
    drop(F::deserialize(Names(&mut names)));
    names
}

/// A deserializer that gives a name as the variant and the rest as its content.
struct Named<'a, D> {
    name: &'a str,
    content: D,
}

impl<'de, D: de::Deserializer<'de>> de::Deserializer<'de> for Named<'_, D> {
    type Error = D::Error;

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        if variants.contains(&self.name) {
            visitor.visit_enum(self)
        } else {
            Err(de::Error::unknown_variant(self.name, variants))
        }
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, D::Error> {
        Err(de::Error::custom("a fact is an enum"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de, 'a, D: de::Deserializer<'de>> de::EnumAccess<'de> for Named<'a, D> {
    type Error = D::Error;
    type Variant = Content<D>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Content<D>), D::Error> {
        let name: de::value::StrDeserializer<'_, D::Error> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, Content(self.content)))
    }
}

struct Content<D>(D);

impl<'de, D: de::Deserializer<'de>> de::VariantAccess<'de> for Content<D> {
    type Error = D::Error;

    fn unit_variant(self) -> Result<(), D::Error> {
        Err(de::Error::custom("a fact is a struct"))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, D::Error> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, D::Error> {
        Err(de::Error::custom("a fact is a struct"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Sample {
        #[serde(rename = "sample.flat.v1")]
        Flat {
            b: u8,
            a: Option<u8>,
            #[serde(default)]
            list: Vec<u8>,
        },
        #[serde(rename = "sample.bare.v1")]
        Bare {},
    }

    #[test]
    fn bytes_are_sorted_and_hold_nothing_empty() {
        let fact = Sample::Flat { b: 1, a: None, list: vec![] };
        let (name, body) = encode(&fact).expect("plain data");
        assert_eq!((name.as_str(), body.as_slice()), ("sample.flat.v1", br#"{"b":1}"#.as_slice()));
        assert_eq!(decode::<Sample>(&name, &body).expect("own bytes"), fact);
        let (name, body) = encode(&Sample::Bare {}).expect("plain data");
        assert_eq!(decode::<Sample>(&name, &body).expect("own bytes"), Sample::Bare {});
    }

    #[test]
    fn an_unknown_type_is_told_apart_from_a_malformed_one() {
        assert!(matches!(
            decode::<Sample>("sample.flat.v9", b"{}"),
            Err(DecodeError::UnknownType(name)) if name == "sample.flat.v9"
        ));
        assert!(matches!(
            decode::<Sample>("sample.flat.v1", br#"{"b":1,"#),
            Err(DecodeError::Malformed { .. })
        ));
        assert!(matches!(
            decode::<Sample>("sample.flat.v1", br#"{"b":1} trailing"#),
            Err(DecodeError::Malformed { .. })
        ));
    }

    #[test]
    fn serde_tells_the_names() {
        assert_eq!(names::<Sample>(), ["sample.flat.v1", "sample.bare.v1"]);
    }
}
