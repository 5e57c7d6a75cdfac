//! Problem documents (RFC 9457): one place where what went wrong becomes an answer.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use events::Rule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::Refusal;
use crate::door::DoorError;
use crate::transact::Failure;
use crate::vault::SealError;

/// What went wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// A name for this kind of problem: `urn:guichet:problem:` and its code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in a few words.
    pub title: String,
    /// The HTTP status.
    #[schemars(range(min = 400, max = 599))]
    pub status: u16,
    /// What is wrong this time.
    pub detail: String,
    /// The rule that was not kept, by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// The field that has to change, as `project.title` or `needs.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// The media type of problem documents.
pub(super) const MEDIA_TYPE: &str = "application/problem+json";
/// How long to wait before repeating what the store could not answer, seconds.
const RETRY_SECONDS: &str = "1";

impl Problem {
    /// A problem of its own kind.
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:guichet:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Problem").to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            rule: None,
            field: None,
            remedy: None,
        }
    }

    /// Says what to do.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Names the field that has to change.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Nobody is signed in.
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
            .remedy("send Authorization: Bearer gch_…; an administrator issues tokens")
    }

    /// Somebody is, and may not.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::FORBIDDEN, "forbidden", detail);
        problem.rule = Some(Rule::G4);
        problem.remedy("ask an administrator for the role, or a colleague who holds it")
    }

    /// There is no such thing, or none that the reader may know of.
    pub fn not_found(what: &str) -> Self {
        let mut problem = Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("there is no such {what}, or none that you may see"),
        );
        problem.rule = Some(Rule::G9);
        problem.remedy("look it up in the list first")
    }

    /// What was sent does not fit.
    pub fn input(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "input", detail)
            .at(field)
            .remedy("/docs shows what each field takes, with an example")
    }

    /// A defect or damage; what exactly stands in the server's log.
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server failed")
            .remedy("try again; if it stays so, the operator finds the cause in the server's log")
    }

    /// The store can't answer now.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
            .remedy("send the same request again with the same Idempotency-Key")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS));
        }
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match (refusal.rule, refusal.reason, refusal.field) {
            (Rule::G2, "revision_required", _) => StatusCode::PRECONDITION_REQUIRED,
            (Rule::G2, ..) => StatusCode::PRECONDITION_FAILED,
            (Rule::G4, "role_missing", _) => StatusCode::FORBIDDEN,
            (Rule::G9, "not_found", Some("")) => StatusCode::NOT_FOUND,
            (Rule::G1 | Rule::G3 | Rule::G5 | Rule::G9, ..) => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::CONFLICT,
        };
        let code = format!("{}:{}", refusal.rule, refusal.reason);
        Self {
            rule: Some(refusal.rule),
            field: refusal.field.filter(|field| !field.is_empty()).map(str::to_owned),
            remedy: Some(refusal.remedy.to_owned()).filter(|remedy| !remedy.is_empty()),
            ..Self::new(status, &code, refusal.message)
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            Failure::Unreadable(stream, kind) => Self::unavailable(format!(
                "{stream} holds {kind}, written by a later build; this one must not decide on it"
            ))
            .remedy("have that build run here, then send the same request again"),
            Failure::Unavailable(message) => {
                tracing::warn!(%message, "the store is unavailable");
                Self::unavailable("the store can't answer now; the outcome is unknown")
            }
            Failure::Internal(message) => {
                tracing::error!(%message, "a command failed");
                Self::internal()
            }
        }
    }
}

impl From<DoorError> for Problem {
    fn from(error: DoorError) -> Self {
        match error {
            DoorError::NoSuchCommand => Self::not_found("command"),
            DoorError::Input { field, message } => Self::input(field, message),
            DoorError::Seal(SealError::Erased { .. } | SealError::TextErased { .. }) => {
                let mut problem = Self::new(
                    StatusCode::CONFLICT,
                    "G-7:erased",
                    "the personal data of this record were erased; nothing is added to it",
                );
                problem.rule = Some(Rule::G7);
                problem
            }
            DoorError::Seal(error) => {
                tracing::error!(%error, "a text can't be sealed");
                Self::internal()
            }
        }
    }
}
