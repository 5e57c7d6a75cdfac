//! What people ask about their own data: the texts to look through, everything that is held on
//! somebody, and what goes on by itself once it was decided.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use events::{EventId, FieldPath, Language, ObjectKind, PersonId, Sealed, Stream, StreamName};
use projections::Row;
use projections::privacy::PrivacyRow;
use projections::review::{self, ReviewState, ReviewedText};
use projections::story::Teller;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::caller::Caller;
use super::moment::{Asked, Known, cut, internal, known};
use super::names::Seen;
use super::operation::{Operation, id_in_path};
use super::record::stream_history;
use super::subjects::sighted;
use super::texts::opened;
use super::{Problem, Shared, reference};
use crate::access::{Sight, Thing};
use crate::domain::amendment::text_at;
use crate::domain::{Collection, Spec};
use crate::guichet::Guichet;
use crate::process::{erasure, redaction};
use crate::readmodel::Cut;

/// So many texts are listed at most; what was decided on falls out first.
const TEXTS_MAX: usize = 2_000;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::get(
            "/v1/privacy-requests/{id}/texts",
            "read-privacy-request-texts",
            "privacy-requests",
            "List the texts to look through for a request.",
            get(texts),
        )
        .described(
            "Every text of the cases, gatherings, introductions and resources that the person \
             takes part in (D-3). Each is kept (`keep-text`) or redacted \
             (`POST /v1/events/{id}/redact`).",
        )
        .with(id_in_path("id"))
        .query::<Question>()
        .gives::<Known<Review>>("The texts, in the order of the log, record by record"),
    ]
}

/// Which texts are asked for.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Question {
    /// Only those of which this was decided: `open` for those that nobody looked at yet.
    state: Option<ReviewState>,
    /// In which language they are told; absent: English.
    lang: Option<Language>,
}

/// The texts to look through for a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Review {
    /// How many nobody decided on yet.
    open: usize,
    /// How many stay as they are.
    kept: usize,
    /// How many were taken away or put in other words.
    redacted: usize,
    /// How many of those asked for the list leaves out.
    left_out: usize,
    /// The texts.
    items: Vec<ReviewedText>,
}

async fn texts(
    State(guichet): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Asked(question): Asked<Question>,
) -> Result<Response, Problem> {
    let (request, sight) = request(&guichet, &caller, &id).await?;
    let cut = cut(&guichet, None).await?;
    let mut items = Vec::new();
    for stream in taken_part_in(&guichet, request.subject, cut).await? {
        let history = stream_history(&guichet, stream, cut).await?;
        let names = Seen::new(guichet.readmodel.directory(), sight, None);
        let language = question.lang.unwrap_or(Language::En);
        let mut teller = Teller::new(None, language, &names);
        items.extend(review::of(&history, &request.kept_texts, &mut teller));
    }
    let count = |state| items.iter().filter(|text| text.state == state).count();
    let (open, kept) = (count(ReviewState::Open), count(ReviewState::Kept));
    let redacted = count(ReviewState::Redacted);
    if let Some(state) = question.state {
        items.retain(|text| text.state == state);
    }
    items.sort_by_key(|text| text.state != ReviewState::Open);
    let left_out = items.len().saturating_sub(TEXTS_MAX);
    items.truncate(TEXTS_MAX);
    let review = Review { open, kept, redacted, left_out, items };
    Ok(known(opened(&guichet, sight, &review).await?, cut))
}

/// The request that is named, as it is now, and how much of it the caller sees.
pub(super) async fn request(
    guichet: &Guichet,
    caller: &Caller,
    id: &str,
) -> Result<(PrivacyRow, Sight), Problem> {
    let (collection, thing) = (Collection::PrivacyRequests, Thing::PrivacyRequests);
    let (stream, sight) = sighted(guichet, caller, collection, thing, id).await?;
    let cut = cut(guichet, None).await?;
    let history = stream_history(guichet, stream, cut).await?;
    let row = PrivacyRow::fold(&history).ok_or_else(|| Problem::not_found("privacy-request"))?;
    Ok((row, sight))
}

/// The records beside their own in which a person takes part.
async fn taken_part_in(
    guichet: &Guichet,
    person: PersonId,
    cut: Cut,
) -> Result<BTreeSet<Stream>, Problem> {
    let mut streams = BTreeSet::new();
    for record in erasure::records_of(guichet, person).await? {
        let places = guichet.readmodel.facts_about(ObjectKind::Person, record.uuid(), Some(cut));
        let places = places.await.map_err(internal)?;
        let names: BTreeSet<StreamName> = places.into_iter().map(|place| place.stream).collect();
        streams.extend(names.iter().filter_map(StreamName::stream).filter(|stream| {
            match stream {
                Stream::Case(_)
                | Stream::Resource(_)
                | Stream::Introduction(_)
                | Stream::Gathering(_) => true,
                // Theirs, and gone with their key; or without texts about anybody.
                Stream::Person(_)
                | Stream::Privacy(_)
                | Stream::Access
                | Stream::Organisation(_)
                | Stream::Policy(_)
                | Stream::Call(_) => false,
            }
        }));
    }
    Ok(streams)
}

/// G-9: a text that is kept stands where it is said to.
pub(super) async fn text_is_there(
    guichet: &Guichet,
    body: &Map<String, Value>,
) -> Result<(), Problem> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let event: Option<EventId> = text("event").and_then(|text| text.parse().ok());
    let field: Option<FieldPath> = text("field").and_then(|text| text.parse().ok());
    // What does not fit is told at the door.
    let (Some(event), Some(field)) = (event, field) else { return Ok(()) };
    let stream = reference::stream(guichet, Collection::Events, &event.to_string()).await?;
    let history = stream_history(guichet, stream, cut(guichet, None).await?).await?;
    let entry = history.entry(event);
    let there: Option<Sealed> = entry.and_then(|entry| text_at(&entry.envelope.fact, &field));
    match there {
        Some(_) => Ok(()),
        None => Err(Problem::not_found("text there")),
    }
}

/// What goes on by itself after a command: data are erased that two persons agreed to erase, and
/// what stood where a text was redacted is removed. The answer waits for it; a command that is
/// sent again goes on with what was left.
pub(super) async fn carried_on(
    guichet: &Arc<Guichet>,
    stream: Stream,
    spec: &Spec,
) -> Result<(), Problem> {
    match (spec.name, stream) {
        ("give", Stream::Person(person)) => drop(erasure::finish(guichet, person).await?),
        ("redact", _) => drop(redaction::finish(guichet, stream).await?),
        _ => {}
    }
    Ok(())
}
