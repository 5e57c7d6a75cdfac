//! One record: its history within a cut, what it folds to, and its events as stored.

use axum::http::{HeaderValue, header};
use axum::response::Response;
use events::wire::DecodeError;
use events::{History, Stream};
use projections::Row;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Problem;
use super::log::LogEvent;
use super::moment::{Moment, cut, internal, known};
use super::texts::opened;
use crate::access::Sight;
use crate::guichet::Guichet;
use crate::readmodel::Cut;
use crate::store::Stored;
use crate::transact::Failure;

/// Events of one stream that are read at a time.
const PAGE_EVENTS: usize = 1_000;

/// The events of one record, as stored; texts are references to sealed values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct RecordEvents {
    /// The events, in order.
    pub items: Vec<LogEvent>,
}

/// A record as it folds from its stream.
pub(super) async fn read_record<R: Row>(
    guichet: &Guichet,
    stream: Stream,
    sight: Sight,
    moment: Moment,
    noun: &str,
) -> Result<Response, Problem> {
    let now = moment.as_of.is_none() && moment.occurred_until.is_none();
    let cut = cut(guichet, moment.as_of).await?;
    let history = shown_history(guichet, stream, &moment, cut).await?;
    let row = R::fold(&history).ok_or_else(|| Problem::not_found(noun))?;
    let mut response = known(opened(guichet, sight, &row).await?, cut);
    if now && let Some(last) = history.last() {
        let tag = HeaderValue::from_str(&format!("\"{}\"", last.revision));
        tag.into_iter().for_each(|tag| drop(response.headers_mut().insert(header::ETAG, tag)));
    }
    Ok(response)
}

/// The facts of one stream as they count within a cut, those that had happened by the moment asked for.
pub(super) async fn shown_history(
    guichet: &Guichet,
    stream: Stream,
    moment: &Moment,
    cut: Cut,
) -> Result<History, Problem> {
    Ok(stream_history(guichet, stream, cut).await?.until(moment.occurred_until))
}

/// The stored events of one stream within a cut.
pub(super) async fn stored_history(
    guichet: &Guichet,
    stream: Stream,
    cut: Cut,
) -> Result<Vec<Stored>, Problem> {
    let name = stream.name();
    let mut history = Vec::new();
    loop {
        let from = history.len() as u64;
        let page = guichet.store().read_stream(&name, from, PAGE_EVENTS).await;
        let page = page.map_err(Failure::from)?;
        let full = page.len() == PAGE_EVENTS;
        history.extend(page);
        if !full {
            break;
        }
    }
    history.retain(|stored| cut.holds(stored.position));
    Ok(history)
}

/// The facts of one stream within a cut, as they count there.
pub(super) async fn stream_history(
    guichet: &Guichet,
    stream: Stream,
    cut: Cut,
) -> Result<History, Problem> {
    let stored = stored_history(guichet, stream, cut).await?;
    stored.iter().map(|stored| crate::log::read(stored).map_err(unreadable)).collect()
}

/// An answer that left a fact out would be wrong, so there is none; `…/events` shows it as it is.
fn unreadable(error: DecodeError) -> Problem {
    match error {
        DecodeError::UnknownType(kind) => Problem::unavailable(format!(
            "the record holds {kind}, written by a later build; this one can't tell what it means"
        ))
        .remedy("read its events as stored, or upgrade"),
        error => internal(error),
    }
}

/// The events of one record, as stored.
pub(super) async fn events_of(
    guichet: &Guichet,
    stream: Stream,
    moment: Moment,
) -> Result<Response, Problem> {
    let cut = cut(guichet, moment.as_of).await?;
    let stored = stored_history(guichet, stream, cut).await?;
    if stored.is_empty() {
        return Err(Problem::not_found("record at that moment"));
    }
    let mut items = stored.iter().map(LogEvent::of).collect::<Result<Vec<_>, _>>()?;
    if let Some(until) = moment.occurred_until {
        items.retain(|event| event.metadata.occurred_at <= until);
    }
    Ok(known(serde_json::to_value(RecordEvents { items }).map_err(internal)?, cut))
}
