//! The door: a request's body becomes a command, and every text in it is sealed on the way.
//!
//! [`Sealed`] asks its deserializer for itself by name. The deserializer here answers by sealing
//! the text it finds; no command ever holds one in clear (G-5). It also knows where in the body
//! it is, which gives each sealed value its id and each error its field.

use std::cell::RefCell;
use std::fmt;

use events::{BlobId, Channel, Code, CommandId, Fact, PersonId, Report, Sealed, StreamName, Time};
use schemars::JsonSchema;
use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::{Map, Value, json};

use crate::domain::{Collection, Command, Spec, Texts};
use crate::store::SealedBlob;
use crate::vault::{SealError, Vault};

/// What can be said about any command beside what it says itself. Stands flat in its body.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Entry {
    /// When it happened; absent: now.
    pub occurred_at: Option<Time>,
    /// How it reached the office; absent: through the programming interface.
    pub via: Option<Channel>,
    /// Why it is entered late, a code of the late-entry policy (G-3).
    pub late_entry_reason: Option<Code>,
    /// Set it to report something that happened elsewhere: rules it breaks are noted, not enforced.
    pub report: Option<Report>,
    /// For whom, where somebody else asked for it.
    pub on_behalf_of: Option<PersonId>,
}

/// The fields of [`Entry`], which no command may use for something else.
pub const ENTRY_FIELDS: &[&str] =
    &["occurred_at", "via", "late_entry_reason", "report", "on_behalf_of"];

/// A command as it came through the door.
#[derive(Debug)]
pub struct Entered {
    /// What is asked, its texts sealed.
    pub command: Command,
    /// What was said beside it.
    pub entry: Entry,
    /// The ciphertexts.
    pub blobs: Vec<SealedBlob>,
}

/// A body that is no such command.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// The collection has no such command.
    #[error("there is no such command here")]
    NoSuchCommand,
    /// A field does not fit.
    #[error("{}{message}", if field.is_empty() { String::new() } else { format!("{field}: ") })]
    Input {
        /// Where, as `project.title` or `needs.0`; empty for the body as a whole.
        field: String,
        /// What is wrong; may quote what was sent, so it goes back to the sender only.
        message: String,
    },
    /// The texts can't be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Reads the body of `command` of a collection, sealing its texts for the stream's subject.
///
/// # Errors
/// With the field that does not fit, or when the subject's key was destroyed.
pub fn enter(
    vault: &Vault,
    collection: Collection,
    name: &str,
    stream: &StreamName,
    id: CommandId,
    body: Map<String, Value>,
) -> Result<Entered, DoorError> {
    enter_keeping(vault, collection, name, stream, id, body, &[])
}

/// The same, where these sealed texts may stand as they are, without being sealed anew: those of
/// a fact that is corrected elsewhere.
///
/// # Errors
/// As [`enter`].
pub fn enter_keeping(
    vault: &Vault,
    collection: Collection,
    name: &str,
    stream: &StreamName,
    id: CommandId,
    body: Map<String, Value>,
    kept: &[Sealed],
) -> Result<Entered, DoorError> {
    let spec = collection.spec(name).ok_or(DoorError::NoSuchCommand)?;
    let (said_beside, body): (Map<_, _>, Map<_, _>) =
        body.into_iter().partition(|(key, _)| ENTRY_FIELDS.contains(&key.as_str()));
    let (said_beside, body) = (Value::Object(said_beside), Value::Object(body));
    let door = Door {
        vault,
        holder: holder(spec, stream, &body),
        stream,
        id,
        kept,
        sealed: RefCell::default(),
        failed: RefCell::default(),
    };
    let entry = door.finish(Entry::deserialize(door.node(&said_beside)))?;
    let named = Named { name: spec.name, content: door.node(&body) };
    let read = collection.read(spec.name, named).ok_or(DoorError::NoSuchCommand)?;
    let command = door.finish(read)?;
    Ok(Entered { command, entry, blobs: door.sealed.into_inner() })
}

/// Makes the changes of a correction whole: the fact as it reads now, with what changes in it.
/// Gives the texts that may stay as they are.
///
/// # Errors
/// When the body says nothing to change.
pub fn make_whole(fact: &Fact, body: &mut Map<String, Value>) -> Result<Vec<Sealed>, DoorError> {
    let input = |message: &str| DoorError::Input {
        field: "changes".to_owned(),
        message: message.to_owned(),
    };
    let changes = match body.remove("changes") {
        None => Map::new(),
        Some(Value::Object(changes)) => changes,
        Some(_) => return Err(input("expected an object with the members that change")),
    };
    if changes.is_empty() && !body.contains_key("happened_at") {
        return Err(input("nothing changes"));
    }
    let mut whole = serde_json::to_value(fact).map_err(|_| input("the fact can't be read"))?;
    let mut kept = Vec::new();
    sealed_in(&whole, &mut kept);
    if let Some(said) = whole.as_object_mut().and_then(|tagged| tagged.values_mut().next()) {
        merge(said, Value::Object(changes));
    }
    body.insert("changes".to_owned(), whole);
    Ok(kept)
}

/// Merges a patch into a value (RFC 7396).
fn merge(value: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *value = patch;
        return;
    };
    // A sealed text is one value, though it is stored as two.
    if !value.is_object() || is_sealed(value) {
        *value = Value::Object(Map::new());
    }
    if let Value::Object(map) = value {
        for (name, change) in patch {
            if change.is_null() {
                map.remove(&name);
            } else {
                merge(map.entry(name).or_insert(Value::Null), change);
            }
        }
    }
}

fn is_sealed(value: &Value) -> bool {
    value.as_object().is_some_and(|map| map.len() == 2 && map.contains_key("blob"))
}

fn sealed_in(value: &Value, found: &mut Vec<Sealed>) {
    match value {
        Value::Object(_) if is_sealed(value) => {
            found.extend(serde_json::from_value::<Sealed>(value.clone()));
        }
        Value::Object(map) => map.values().for_each(|value| sealed_in(value, found)),
        Value::Array(items) => items.iter().for_each(|item| sealed_in(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whose key seals the texts: the stream's own subject's, or the named case's.
fn holder(spec: &Spec, stream: &StreamName, body: &Value) -> StreamName {
    let case = match spec.texts {
        Texts::OfStream => None,
        Texts::OfCaseAt(pointer) => body
            .pointer(pointer)
            .and_then(Value::as_str)
            .and_then(|text| text.parse().ok())
            .map(|case| events::Stream::Case(case).name()),
    };
    case.unwrap_or_else(|| stream.clone())
}

struct Door<'a> {
    vault: &'a Vault,
    holder: StreamName,
    stream: &'a StreamName,
    id: CommandId,
    kept: &'a [Sealed],
    sealed: RefCell<Vec<SealedBlob>>,
    failed: RefCell<Option<SealError>>,
}

impl Door<'_> {
    fn node<'n>(&'n self, value: &'n Value) -> Node<'n> {
        Node { value, path: None, door: self }
    }

    /// A failure of the vault comes out as itself, not as an input that does not fit.
    fn finish<T>(&self, read: Result<T, Misfit>) -> Result<T, DoorError> {
        read.map_err(|misfit| match self.failed.take() {
            Some(error) => DoorError::Seal(error),
            None => {
                let Misfit { mut path, message } = misfit;
                path.reverse();
                DoorError::Input { field: path.join("."), message }
            }
        })
    }

    fn seal(&self, text: &str, path: &str) -> Result<Sealed, Misfit> {
        if text.trim().is_empty() {
            return Err(de::Error::custom("the text is empty"));
        }
        if text.chars().count() > Sealed::CHARS_MAX {
            let message = format!("the text has more than {} characters", Sealed::CHARS_MAX);
            return Err(de::Error::custom(message));
        }
        let blob = BlobId::derived(&format!("{}/{}/{path}", self.stream, self.id));
        match self.vault.seal(&self.holder, blob, path, text) {
            Ok((sealed, blob)) => {
                self.sealed.borrow_mut().push(blob);
                Ok(sealed)
            }
            Err(error) => {
                self.failed.replace(Some(error));
                Err(de::Error::custom("the text can't be sealed"))
            }
        }
    }
}

/// Why a value does not fit, and where, innermost first.
#[derive(Debug)]
struct Misfit {
    path: Vec<String>,
    message: String,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Misfit {}

impl de::Error for Misfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { path: Vec::new(), message: message.to_string() }
    }

    fn missing_field(field: &'static str) -> Self {
        Self { path: vec![field.into()], message: "this field is missing".into() }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let expected = match expected {
            [] => "there are none here".to_owned(),
            names => format!("expected one of: {}", names.join(", ")),
        };
        let message = format!("this field is not known; {expected}");
        Self { path: vec![field.into()], message }
    }
}

impl Misfit {
    fn within(mut self, step: impl fmt::Display) -> Self {
        self.path.push(step.to_string());
        self
    }
}

/// A value of the body, and where it stands.
#[derive(Clone, Copy)]
struct Node<'n> {
    value: &'n Value,
    path: Option<&'n Step<'n>>,
    door: &'n Door<'n>,
}

struct Step<'n> {
    parent: Option<&'n Step<'n>>,
    word: &'n dyn fmt::Display,
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}.")?;
        }
        self.word.fmt(f)
    }
}

impl<'de> de::Deserializer<'de> for Node<'_> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::String(text) => visitor.visit_str(text),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(value), _) => visitor.visit_u64(value),
                (None, Some(value)) => visitor.visit_i64(value),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::Array(items) => {
                visitor.visit_seq(Items { items: items.iter(), index: 0, within: self })
            }
            Value::Object(map) => {
                visitor.visit_map(Members { members: map.iter(), next: None, within: self })
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        if name != Sealed::TOKEN {
            return visitor.visit_newtype_struct(self);
        }
        let Sealed { blob, digest } = match self.value {
            Value::String(text) => {
                let path = self.path.map(ToString::to_string).unwrap_or_default();
                self.door.seal(text, &path)?
            }
            other => {
                let kept = self.door.kept.iter().find(|kept| json!(kept) == *other);
                kept.cloned().ok_or_else(|| de::Error::custom("expected text"))?
            }
        };
        let reference = [("blob", blob.to_string()), ("digest", digest.to_string())];
        let reference = reference.into_iter();
        visitor.visit_newtype_struct(de::value::MapDeserializer::new(reference))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.value {
            Value::String(word) => visitor.visit_enum(word.as_str().into_deserializer()),
            Value::Object(map) if map.len() == 1 => match map.iter().next() {
                Some((name, content)) => {
                    let step = Step { parent: self.path, word: name };
                    let content = Node { value: content, path: Some(&step), door: self.door };
                    let read = visitor.visit_enum(Named { name, content });
                    read.map_err(|misfit| misfit.within(name))
                }
                None => Err(de::Error::custom("expected one member")),
            },
            _ => Err(de::Error::custom("expected a word, or an object with one member")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items<'n> {
    items: std::slice::Iter<'n, Value>,
    index: usize,
    within: Node<'n>,
}

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Misfit> {
        let Some(value) = self.items.next() else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        let step = Step { parent: self.within.path, word: &index };
        let node = Node { value, path: Some(&step), door: self.within.door };
        seed.deserialize(node).map(Some).map_err(|misfit| misfit.within(index))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Members<'n> {
    members: serde_json::map::Iter<'n>,
    next: Option<(&'n String, &'n Value)>,
    within: Node<'n>,
}

impl<'de> de::MapAccess<'de> for Members<'_> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Misfit> {
        self.next = self.members.next();
        let Some((name, _)) = self.next else { return Ok(None) };
        seed.deserialize(name.as_str().into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        let Some((name, value)) = self.next.take() else {
            return Err(de::Error::custom("a value without a name"));
        };
        let step = Step { parent: self.within.path, word: name };
        let node = Node { value, path: Some(&step), door: self.within.door };
        seed.deserialize(node).map_err(|misfit| misfit.within(name))
    }
}

/// An enum whose variant is named apart from its content.
struct Named<'n> {
    name: &'n str,
    content: Node<'n>,
}

impl<'de> de::Deserializer<'de> for Named<'_> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

impl<'de, 'n> de::EnumAccess<'de> for Named<'n> {
    type Error = Misfit;
    type Variant = Content<'n>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Content<'n>), Misfit> {
        Ok((seed.deserialize(self.name.into_deserializer())?, Content(self.content)))
    }
}

struct Content<'n>(Node<'n>);

impl<'de> de::VariantAccess<'de> for Content<'_> {
    type Error = Misfit;

    fn unit_variant(self) -> Result<(), Misfit> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Misfit> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        de::Deserializer::deserialize_any(self.0, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        de::Deserializer::deserialize_any(self.0, visitor)
    }
}
