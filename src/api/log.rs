//! The whole log: page by page, or live as server-sent events. Texts stay sealed.

use std::convert::Infallible;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use events::{EventId, Metadata, Revision, StreamName};
use futures_util::stream::{self, Stream, StreamExt};
use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::caller::Caller;
use super::openapi::AS_STORED;
use super::operation::{Answer, Operation, header, schema_of};
use super::{Problem, Shared};
use crate::access::Thing;
use crate::store::{Position, Stored};

/// Events a page holds unless asked otherwise.
const PAGE_EVENTS: u32 = 100;
/// The most events of a page.
const PAGE_EVENTS_MAX: u32 = 1_000;
/// How long a live feed waits for news before it looks again.
const WAIT: Duration = Duration::from_secs(15);

/// One event as stored; texts are references to sealed values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct LogEvent {
    /// Its place in the log: increasing, with gaps.
    pub position: u64,
    /// The event.
    pub id: EventId,
    /// Its stream.
    pub stream: StreamName,
    /// Its place there.
    pub revision: Revision,
    /// The name of its type, which ends in its version.
    #[serde(rename = "type")]
    pub kind: String,
    /// When, who, by which rule.
    #[schemars(schema_with = "metadata_as_stored")]
    pub metadata: Metadata,
    /// What happened, as stored.
    pub data: serde_json::Map<String, Value>,
}

/// A page of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct LogPage {
    /// The events, in order.
    pub items: Vec<LogEvent>,
    /// Ask for the next page with `after` this; absent at the head.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// Where to read on.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LogQuery {
    /// Events after this position; absent: from the first.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    after: Option<u64>,
    /// How many, 1 to 1,000; absent: 100.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<u32>,
}

/// Whether the server has been told to stop, on which live feeds end; their readers come back.
#[derive(Debug, Clone)]
pub struct Stopping(pub watch::Receiver<bool>);

impl Stopping {
    /// Waits until it has.
    pub async fn begun(mut self) {
        // An error means that whoever could say stop is gone, which says it too.
        drop(self.0.wait_for(|stop| *stop).await);
    }
}

pub(super) fn operations() -> Vec<Operation> {
    let accept = header(
        "Last-Event-ID",
        false,
        "Follow on after this position (set by browsers that reconnect)",
        json!({ "type": "string", "pattern": "^[0-9]{1,15}$" }),
    );
    vec![
        Operation::get("/v1/events", "read-log", "log", "Read the whole log.", get(read))
            .described(
                "In order, oldest first. With `Accept: text/event-stream` it goes on live: one \
                 event a message, its position as the message's id.",
            )
            .query::<LogQuery>()
            .with(accept)
            .gives::<LogPage>("A page, or a live feed")
            .answers(Answer {
                status: 200,
                description: "A page, or a live feed",
                media_type: "application/json",
                schema: Some(schema_of::<LogPage>),
            }),
    ]
}

/// Elsewhere evidence is shown as text; here it is the reference that is stored.
fn metadata_as_stored(_: &mut SchemaGenerator) -> Schema {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    settings.contract = Contract::Serialize;
    let mut schema = Metadata::json_schema(&mut settings.into_generator());
    schema.insert(AS_STORED.to_owned(), json!(true));
    schema
}

impl LogEvent {
    /// A stored event as it is shown.
    pub(super) fn of(stored: &Stored) -> Result<Self, Problem> {
        let broken = |error: &dyn std::fmt::Display| {
            tracing::error!(%error, event = %stored.id, "a stored event can't be shown");
            Problem::internal()
        };
        Ok(Self {
            position: stored.position.0,
            id: stored.id,
            stream: stored.stream.clone(),
            revision: stored.revision,
            kind: stored.kind.clone(),
            metadata: crate::log::metadata(stored).map_err(|error| broken(&error))?,
            data: serde_json::from_slice(&stored.data).map_err(|error| broken(&error))?,
        })
    }
}

async fn read(
    State(guichet): State<Shared>,
    caller: Caller,
    stopping: Option<Extension<Stopping>>,
    headers: HeaderMap,
    query: Result<Query<LogQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    caller.sees(Thing::Log)?;
    let Query(query) = query.map_err(|error| Problem::input("", error.body_text()))?;
    let resumed = headers.get("last-event-id").map(|value| {
        let position = value.to_str().ok().and_then(|text| text.parse().ok());
        position.ok_or_else(|| Problem::input("Last-Event-ID", "a position of the log"))
    });
    let after = resumed.transpose()?.or(query.after).map(Position);
    let live = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/event-stream"));
    if live {
        let end = async move {
            match stopping {
                Some(Extension(stopping)) => stopping.begun().await,
                None => std::future::pending().await,
            }
        };
        let feed = follow(guichet, after).take_until(Box::pin(end));
        return Ok(Sse::new(feed).keep_alive(KeepAlive::default()).into_response());
    }
    let limit = query.limit.unwrap_or(PAGE_EVENTS);
    if !(1..=PAGE_EVENTS_MAX).contains(&limit) {
        return Err(Problem::input("limit", format!("1 to {PAGE_EVENTS_MAX}")));
    }
    let stored = guichet.store().read_all(after, limit as usize).await;
    let stored = stored.map_err(crate::transact::Failure::from)?;
    let items = stored.iter().map(LogEvent::of).collect::<Result<Vec<_>, _>>()?;
    let full = items.len() == limit as usize;
    let next = items.last().filter(|_| full).map(|event| event.position);
    Ok(axum::Json(LogPage { items, next }).into_response())
}

/// The log from a position on, without end.
fn follow(
    guichet: Shared,
    after: Option<Position>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let start = (guichet, after, std::collections::VecDeque::<Stored>::new());
    stream::unfold(start, |(guichet, mut after, mut waiting)| async move {
        loop {
            if let Some(stored) = waiting.pop_front() {
                after = Some(stored.position);
                let message = LogEvent::of(&stored).ok().and_then(|event| {
                    let id = event.position.to_string();
                    Event::default().id(id).event("fact").json_data(&event).ok()
                });
                // An event that can't be shown ends the feed: nothing is skipped silently.
                return Some((Ok(message?), (guichet, after, waiting)));
            }
            match guichet.store().read_all(after, PAGE_EVENTS as usize).await {
                Ok(page) if page.is_empty() => {
                    guichet.store().wait_past(after, WAIT).await.ok()?;
                }
                Ok(page) => waiting.extend(page),
                Err(_) => return None,
            }
        }
    })
}
