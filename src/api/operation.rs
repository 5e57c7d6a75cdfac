//! An operation of the API: its route and its documentation in one value, so that neither can be
//! without the other.

use axum::http::Method;
use axum::routing::MethodRouter;
use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use super::Shared;

/// One operation.
pub(super) struct Operation {
    pub(super) method: Method,
    /// With parameters in braces, as both axum and OpenAPI write them.
    pub(super) path: String,
    /// Unique, in words: `list-cases`.
    pub(super) id: String,
    /// Under which heading it is documented.
    pub(super) tag: &'static str,
    pub(super) summary: String,
    pub(super) description: String,
    pub(super) parameters: Vec<Parameter>,
    /// The query string, as a struct.
    pub(super) query: Option<fn(&mut SchemaGenerator) -> Value>,
    pub(super) body: Option<Body>,
    pub(super) answers: Vec<Answer>,
    /// Whether one must be signed in.
    pub(super) guarded: bool,
    pub(super) handler: MethodRouter<Shared>,
}

/// A parameter in the path or a header.
#[derive(Clone)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) place: &'static str,
    pub(super) required: bool,
    pub(super) description: &'static str,
    pub(super) schema: Value,
    pub(super) example: Option<Value>,
}

/// What is sent.
pub(super) struct Body {
    pub(super) media_type: &'static str,
    pub(super) schema: Box<dyn Fn(&mut SchemaGenerator) -> Value + Send + Sync>,
    pub(super) example: Option<Value>,
}

/// What comes back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) description: &'static str,
    pub(super) media_type: &'static str,
    pub(super) schema: Option<fn(&mut SchemaGenerator) -> Value>,
}

/// The schema of a type, by reference where it has a name.
pub(super) fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().into()
}

/// A JSON answer.
pub(super) fn answer<T: JsonSchema>(status: u16, description: &'static str) -> Answer {
    Answer { status, description, media_type: "application/json", schema: Some(schema_of::<T>) }
}

/// A generator whose definitions are to stand under `#/components/schemas`.
pub(super) fn generator(contract: Contract) -> SchemaGenerator {
    let mut settings = SchemaSettings::draft2020_12();
    settings.contract = contract;
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    settings.into_generator()
}

impl Operation {
    /// A read that takes somebody who may.
    pub(super) fn get(
        path: &str,
        id: &str,
        tag: &'static str,
        summary: &str,
        handler: MethodRouter<Shared>,
    ) -> Self {
        Self {
            method: Method::GET,
            path: path.to_owned(),
            id: id.to_owned(),
            tag,
            summary: summary.to_owned(),
            description: String::new(),
            parameters: Vec::new(),
            query: None,
            body: None,
            answers: Vec::new(),
            guarded: true,
            handler,
        }
    }

    /// Says more about it.
    pub(super) fn described(mut self, description: &str) -> Self {
        description.clone_into(&mut self.description);
        self
    }

    /// Takes a parameter.
    pub(super) fn with(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// Takes a query string of this shape.
    pub(super) fn query<Q: JsonSchema>(mut self) -> Self {
        self.query = Some(|generator| Q::json_schema(generator).into());
        self
    }

    /// Answers so.
    pub(super) fn answers(mut self, answer: Answer) -> Self {
        self.answers.push(answer);
        self
    }

    /// Answers 200 with JSON of this shape.
    pub(super) fn gives<T: JsonSchema>(self, description: &'static str) -> Self {
        self.answers(answer::<T>(200, description))
    }

    /// Anyone may ask.
    pub(super) fn open(mut self) -> Self {
        self.guarded = false;
        self
    }
}

/// An id in the path: a UUID or a short reference.
pub(super) fn id_in_path(name: &'static str) -> Parameter {
    Parameter {
        name,
        place: "path",
        required: true,
        description: "The id, or the short reference that people read and type (7K3M-9QXA)",
        schema: json!({ "type": "string", "minLength": 1, "maxLength": 64 }),
        example: None,
    }
}

/// A header.
pub(super) fn header(
    name: &'static str,
    required: bool,
    description: &'static str,
    schema: Value,
) -> Parameter {
    Parameter { name, place: "header", required, description, schema, example: None }
}
