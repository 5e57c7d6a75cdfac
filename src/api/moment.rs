//! As of when an answer is asked for, and how it says what it knew.

use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use events::{EventId, Language, Time};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::commands::POSITION_HEADER;
use super::{Problem, Shared};
use crate::guichet::Guichet;
use crate::readmodel::{AsOf, Cut, CutError};
use crate::transact::Failure;

/// How long a read waits for what was just written.
const CATCH_UP: Duration = Duration::from_secs(5);

/// The moment that an answer is asked for.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Moment {
    /// As it was known then: a moment (2026-03-01T09:30:00Z), an event's id or a position.
    pub(super) as_of: Option<AsOf>,
    /// Only what had happened by then.
    pub(super) occurred_until: Option<Time>,
    /// In which language it is told; absent: English.
    pub(super) lang: Option<Language>,
}

/// The last event that an answer knew of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct AsKnown {
    /// The event; absent when nothing had been recorded by then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// When it was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_at: Option<Time>,
}

/// An answer with what it knew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{T}AsKnown")]
pub(super) struct Known<T> {
    /// The answer.
    #[serde(flatten)]
    pub answer: T,
    /// The last event it knew of.
    pub as_known: AsKnown,
}

/// A query string; what does not fit is a problem document.
pub(super) struct Asked<Q>(pub(super) Q);

impl<Q: DeserializeOwned> FromRequestParts<Shared> for Asked<Q> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, guichet: &Shared) -> Result<Self, Problem> {
        let query: Result<Query<Q>, QueryRejection> =
            Query::from_request_parts(parts, guichet).await;
        match query {
            Ok(Query(query)) => Ok(Self(query)),
            Err(error) => Err(Problem::input("query", error.body_text())),
        }
    }
}

/// The cut that is asked for: the past, or everything recorded when the question came.
pub(super) async fn cut(guichet: &Guichet, as_of: Option<AsOf>) -> Result<Cut, Problem> {
    if let Some(head) = guichet.store().head().await.map_err(Failure::from)? {
        // Who writes and then reads finds what they wrote.
        guichet.readmodel.wait_for(head, CATCH_UP).await;
    }
    match as_of {
        None => guichet.readmodel.now().await.map_err(internal),
        Some(as_of) => guichet.readmodel.resolve(as_of).await.map_err(|error| match error {
            CutError::UnknownEvent(_) | CutError::BeyondHead { .. } => {
                Problem::input("as_of", error.to_string())
            }
            CutError::Read(error) => internal(error),
        }),
    }
}

/// A defect of the read model.
pub(super) fn internal(error: impl std::fmt::Display) -> Problem {
    tracing::error!(%error, "a read failed");
    Problem::internal()
}

/// An answer that says what it knew.
pub(super) fn known(mut answer: Value, cut: Cut) -> Response {
    let last = cut.last;
    answer["as_known"] = json!(AsKnown {
        event: last.map(|last| last.event),
        recorded_at: last.map(|last| last.recorded_at),
    });
    let mut response = axum::Json(answer).into_response();
    let position = cut.position().map_or(0, |position| position.0);
    let header = HeaderName::from_static(POSITION_HEADER);
    response.headers_mut().insert(header, HeaderValue::from(position));
    response
}
