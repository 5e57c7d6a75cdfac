//! What answers quote of a fact and its envelope.

use events::{Envelope, EventId, Fact, Object, ObjectKind, Role, Sealed, Time, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who did something, in which role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct By {
    /// The account.
    pub user: UserId,
    /// The role they acted in.
    pub role: Role,
}

/// The event behind an answer: which, when, by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Act {
    /// The event.
    pub event: EventId,
    /// When it happened.
    pub at: Time,
    /// When it was recorded.
    pub recorded_at: Time,
    /// By whom.
    pub by: By,
    /// The event that made it read as it does, where it does not as it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amended_by: Option<EventId>,
}

/// A sealed text of a fact, and where it stood there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Text {
    /// The path to it, such as `ruling/gaps/0`.
    pub field: String,
    /// The text.
    pub text: Sealed,
}

/// A thing that a fact is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ObjectRef {
    /// What kind of thing.
    pub kind: ObjectKind,
    /// Which one.
    #[schemars(extend("format" = "uuid"))]
    pub id: String,
    /// In which part.
    pub qualifier: String,
}

impl Act {
    /// The act that `envelope` records.
    pub fn of(envelope: &Envelope) -> Self {
        Self {
            event: envelope.id,
            at: envelope.meta.occurred_at,
            recorded_at: envelope.meta.recorded_at,
            by: By::of(envelope),
            amended_by: envelope.amended_by,
        }
    }
}

impl By {
    /// Who recorded `envelope`.
    pub const fn of(envelope: &Envelope) -> Self {
        Self { user: envelope.meta.actor.user, role: envelope.meta.actor.role }
    }
}

impl From<Object> for ObjectRef {
    fn from(object: Object) -> Self {
        Self {
            kind: object.kind,
            id: object.id.to_string(),
            qualifier: object.qualifier.to_owned(),
        }
    }
}

/// A fact's type name and its sealed texts.
#[derive(Debug)]
pub(crate) struct Quoted {
    /// The type name.
    pub(crate) kind: String,
    /// The texts, in the order of their fields.
    pub(crate) texts: Vec<Text>,
}

impl Quoted {
    pub(crate) fn of(fact: &Fact) -> Self {
        let written = serde_json::to_value(fact);
        // Facts are externally tagged, so the one key is the type's name.
        let tagged = match written {
            Ok(Value::Object(tagged)) => tagged.into_iter().next(),
            _ => None,
        };
        let Some((kind, body)) = tagged else {
            return Self { kind: String::new(), texts: Vec::new() };
        };
        let mut texts = Vec::new();
        collect(&body, &mut String::new(), &mut texts);
        Self { kind, texts }
    }

    /// The part of the type name before its first full stop.
    pub(crate) fn family(&self) -> &str {
        self.kind.split_once('.').map_or("", |(family, _)| family)
    }
}

/// Every sealed value under `value`, with the path to it.
fn collect(value: &Value, path: &mut String, texts: &mut Vec<Text>) {
    let below = |key: &str, value: &Value, path: &mut String, texts: &mut Vec<Text>| {
        let end = path.len();
        if end > 0 {
            path.push('/');
        }
        path.push_str(key);
        collect(value, path, texts);
        path.truncate(end);
    };
    match value {
        Value::Object(map) => {
            if map.len() == 2
                && map.contains_key("blob")
                && let Ok(text) = Sealed::deserialize(value)
            {
                texts.push(Text { field: path.clone(), text });
                return;
            }
            map.iter().for_each(|(key, value)| below(key, value, path, texts));
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                below(&index.to_string(), value, path, texts);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
