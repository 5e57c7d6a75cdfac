//! event. and text.: what is said later about a fact on the same stream. Nothing on the log
//! changes by it; what the history comes to does, from then on (X-1).

use crate::fields::*;

/// A whole fact in its current version, in the place of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Replacement(pub Box<crate::Fact>);

impl JsonSchema for Replacement {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Replacement".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "description": "The whole fact, in its current version, under its type's name",
            "minProperties": 1, "maxProperties": 1,
            "patternProperties": {
                r"^[a-z]+\.[a-z-]+\.v[0-9]+$": { "description": "As the type's own schema says" },
            },
            "additionalProperties": false,
            "x-fact": true,
        })
    }
}

/// What is said later about a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Fact {
    /// A descriptive fact was wrong and reads like this from now on (X-2).
    #[serde(rename = "event.corrected.v1")]
    Corrected {
        /// Which event.
        target: EventId,
        /// The fact as it should have been, whole.
        replacement: Replacement,
        /// When it really happened, where that was wrong too.
        occurred_at: Option<Time>,
        /// Why.
        reason: Sealed,
    },
    /// A fact no longer counts (X-2, X-3).
    #[serde(rename = "event.annulled.v1")]
    Annulled {
        /// Which event.
        target: EventId,
        /// Why.
        reason: Sealed,
        /// Events that rested on it and were annulled before it, latest first.
        #[serde(default)]
        dependents: Vec<EventId>,
        /// The event in which the same was logged again, where it belongs.
        again: Option<EventId>,
    },
    /// Somebody noted something about a fact; what it says stays as it is.
    #[serde(rename = "event.annotated.v1")]
    Annotated {
        /// Which event.
        target: EventId,
        /// What.
        text: Sealed,
    },
    /// A text of a fact was taken away, or put in other words, for somebody's privacy (D-3).
    #[serde(rename = "text.redacted.v1")]
    Redacted {
        /// Which event.
        target: EventId,
        /// Where in it the text stood.
        field: FieldPath,
        /// What stands there now; absent: nothing.
        text: Option<Sealed>,
    },
}

impl Fact {
    /// The event it is about.
    pub const fn target(&self) -> EventId {
        match self {
            Self::Corrected { target, .. }
            | Self::Annulled { target, .. }
            | Self::Annotated { target, .. }
            | Self::Redacted { target, .. } => *target,
        }
    }

    /// Whether the event it is about reads otherwise because of it.
    pub const fn rewrites(&self) -> bool {
        match self {
            Self::Corrected { .. } | Self::Redacted { text: Some(_), .. } => true,
            Self::Redacted { text: None, .. } | Self::Annulled { .. } | Self::Annotated { .. } => {
                false
            }
        }
    }

    /// What may be done about it when it is wrong: say something else about the same event.
    pub const fn class(&self) -> Class {
        match self {
            Self::Corrected { .. }
            | Self::Annulled { .. }
            | Self::Annotated { .. }
            | Self::Redacted { .. } => Class::Mechanical,
        }
    }

    /// What it is about beside the stream's subject.
    pub(crate) fn objects(&self, stream: &crate::StreamName, about: &mut Vec<Object>) {
        about.push(self.target().as_object("target"));
        match self {
            Self::Corrected { replacement, .. } => {
                let named = replacement.0.objects(stream);
                about.extend(named.into_iter().filter(|object| object.qualifier != "subject"));
            }
            Self::Annulled { again, .. } => about.extend(again.map(|id| id.as_object("again"))),
            Self::Annotated { .. } | Self::Redacted { .. } => {}
        }
    }
}
