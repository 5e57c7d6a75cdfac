//! The HTTP API: JSON in, JSON out, problem documents when it can't be.

mod amendments;
mod batch;
mod caller;
mod cases;
mod commands;
mod documents;
pub(crate) mod duplicates;
mod health;
mod keys;
mod lists;
mod log;
mod moment;
mod moves;
mod names;
mod one_person;
mod openapi;
mod operation;
mod problem;
mod record;
mod reference;
mod resources;
mod schemas;
mod subjects;
mod texts;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::MethodRouter;
use serde_json::{Map, Value};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use crate::guichet::Guichet;

pub use caller::{AS_HEADER, Operator};
pub use commands::Recorded;
pub use health::Metrics;
pub use log::Stopping;
pub use problem::Problem;

use operation::Operation;

/// The office, as every handler has it.
pub(crate) type Shared = Arc<Guichet>;

/// The largest body of a command, bytes.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// The longest that one request may take, but for those that stream.
pub const REQUEST_SECONDS_MAX: u64 = 30;

/// Every operation with its route and its document.
fn operations() -> Vec<Operation> {
    let mut operations = cases::operations();
    operations.extend(lists::operations());
    operations.extend(duplicates::operations());
    operations.extend(subjects::operations());
    operations.extend(resources::operations());
    operations.extend(amendments::operations());
    operations.extend(moves::operations());
    operations.extend(commands::operations());
    operations.extend(batch::operations());
    operations.extend(documents::operations());
    operations.extend(log::operations());
    operations.extend(keys::operations());
    operations.extend(health::operations());
    operations
}

/// The API's document, OpenAPI 3.1.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| openapi::document(&operations()));
    &DOCUMENT
}

/// All routes of the API.
pub fn router(guichet: Shared) -> Router {
    let mut paths: Vec<(String, MethodRouter<Shared>)> = Vec::new();
    for operation in operations() {
        match paths.iter_mut().find(|(path, _)| *path == operation.path) {
            Some((_, methods)) => {
                *methods = std::mem::take(methods).merge(operation.handler);
            }
            None => paths.push((operation.path, operation.handler)),
        }
    }
    let mut router = Router::new();
    for (path, methods) in paths {
        router = router.route(&path, methods.fallback(wrong_method));
    }
    router
        .fallback(async || Problem::not_found("page"))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            Duration::from_secs(REQUEST_SECONDS_MAX),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .layer(SetResponseHeaderLayer::overriding(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .with_state(guichet)
}

async fn wrong_method() -> impl IntoResponse {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", "this path takes another method")
        .remedy("/docs shows which")
}

/// The bytes that were sent; axum alone would tell in plain text that there are too many.
struct Sent(Bytes);

impl FromRequest<Shared> for Sent {
    type Rejection = Problem;

    async fn from_request(request: Request, guichet: &Shared) -> Result<Self, Problem> {
        match Bytes::from_request(request, guichet).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                let detail = format!("a body has at most {BODY_BYTES_MAX} bytes");
                Err(Problem::new(error.status(), "too_large", detail))
            }
            Err(error) => Err(Problem::new(error.status(), "broken_off", error.body_text())),
        }
    }
}

/// The body of a command: one JSON object.
fn json_object(headers: &HeaderMap, Sent(body): Sent) -> Result<Map<String, Value>, Problem> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let detail = "the body is JSON";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", detail)
            .remedy("send Content-Type: application/json"));
    }
    match serde_json::from_slice(&body) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Problem::input("", "the body is a JSON object")),
        Err(error) => {
            let detail = format!("the body is not JSON: {error}");
            Err(Problem::new(StatusCode::BAD_REQUEST, "malformed", detail))
        }
    }
}
