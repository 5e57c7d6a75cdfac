//! Second thoughts: an event with every way it ever read, what waits for a second person, and
//! corrections, from the members that change to the whole fact.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::get;
use events::{Approved, Envelope, EventId, Revision, Sealed, Stream, StreamName, Time};
use projections::approvals::{ApprovalBook, ApprovalRow};
use projections::{By, Row};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::caller::Caller;
use super::commands::Order;
use super::moment::{Asked, Known, Moment, cut, known};
use super::operation::{Operation, id_in_path};
use super::record::stream_history;
use super::texts::opened;
use super::{Problem, Shared, cases, reference};
use crate::access::{Sight, Thing};
use crate::domain::{Collection, Spec, amendment};
use crate::door::{self, DoorError};

/// An event with every way it ever read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
struct EventFile {
    /// The event.
    event: EventId,
    /// The record that it stands on.
    stream: StreamName,
    /// Its place there.
    revision: Revision,
    /// When it was recorded.
    recorded_at: Time,
    /// Who recorded it.
    by: By,
    /// Whether it no longer counts.
    annulled: bool,
    /// How it reads: as it was recorded first, as it counts last.
    versions: Vec<Version>,
    /// What was said about it later, oldest first.
    said: Vec<Said>,
}

/// One way that an event read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Version {
    /// The event that made it read so; absent for how it was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<EventId>,
    /// When it is said to have happened.
    occurred_at: Time,
    /// The name of its type.
    #[serde(rename = "type")]
    kind: String,
    /// What it says.
    data: Map<String, Value>,
}

/// Something that was said about an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Said {
    /// The event in which it was.
    event: EventId,
    /// When it was recorded.
    recorded_at: Time,
    /// By whom.
    by: By,
    /// The name of its type.
    #[serde(rename = "type")]
    kind: String,
    /// What was said.
    data: Map<String, Value>,
    /// Who asked and who agreed, where two persons did it together.
    #[serde(skip_serializing_if = "Option::is_none")]
    approved: Option<Approved>,
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::get(
            "/v1/events/{id}",
            "read-event",
            "events",
            "Read an event with every way it ever read.",
            get(event),
        )
        .described("Corrected, annulled, noted upon: what was said about it, by whom and why.")
        .with(id_in_path("id"))
        .query::<Moment>()
        .gives::<Known<EventFile>>("The event; its ETag is the revision of its record"),
        Operation::get(
            "/v1/approvals/{id}",
            "read-approval",
            "approvals",
            "Read what waits, or waited, for a second person.",
            get(approval),
        )
        .with(id_in_path("id"))
        .query::<Moment>()
        .gives::<Known<ApprovalRow>>("The approval; its ETag is the revision to answer on"),
    ]
}

/// How much of a record the caller sees.
async fn sight(guichet: &Shared, caller: &Caller, stream: Stream) -> Result<Sight, Problem> {
    let thing = match stream {
        Stream::Case(case) => {
            let (_, sight) = cases::sighted(guichet, caller, &case.to_string()).await?;
            return Ok(sight);
        }
        Stream::Access => Thing::Users,
        Stream::Person(_) => Thing::People,
        Stream::Organisation(_) => Thing::Organisations,
        Stream::Policy(_) => Thing::Policies,
        Stream::Call(_) => Thing::Calls,
        Stream::Resource(_) => Thing::Resources,
        Stream::Introduction(_) => Thing::Introductions,
        Stream::Gathering(_) => Thing::Gatherings,
    };
    caller.sees(thing)
}

async fn event(
    State(guichet): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Asked(moment): Asked<Moment>,
) -> Result<Response, Problem> {
    caller.sees(Thing::Log)?;
    let stream = reference::stream(&guichet, Collection::Events, &id).await?;
    let sight = sight(&guichet, &caller, stream).await?;
    let cut = cut(&guichet, moment.as_of).await?;
    let history = stream_history(&guichet, stream, cut).await?.until(moment.occurred_until);
    let entry = id.parse().ok().and_then(|id| history.entry(id));
    let entry = entry.ok_or_else(|| Problem::not_found("event at that moment"))?;
    let recorded = entry.recorded();
    let file = EventFile {
        event: recorded.id,
        stream: recorded.stream.clone(),
        revision: recorded.revision,
        recorded_at: recorded.meta.recorded_at,
        by: By::of(recorded),
        annulled: entry.annulled,
        versions: history.versions(entry).iter().map(Version::of).collect(),
        said: entry
            .amendments
            .iter()
            .filter_map(|place| history.entries().get(*place))
            .map(|said| Said::of(said.recorded()))
            .collect(),
    };
    let last = history.last().map(|last| last.revision);
    let answer = known(opened(&guichet, sight, &file).await?, cut);
    Ok(tagged(answer, last.filter(|_| moment.as_of.is_none())))
}

async fn approval(
    State(guichet): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Asked(moment): Asked<Moment>,
) -> Result<Response, Problem> {
    let sight = caller.sees(Thing::Approvals)?;
    let stream = reference::stream(&guichet, Collection::Approvals, &id).await?;
    let approval = reference::approval(&guichet, &id).await?;
    let cut = cut(&guichet, moment.as_of).await?;
    let history = stream_history(&guichet, stream, cut).await?.until(moment.occurred_until);
    let book = ApprovalBook::fold(&history);
    let row = book.iter().flat_map(|book| &book.approvals).find(|row| row.approval == approval);
    let row = row.ok_or_else(|| Problem::not_found("approval at that moment"))?;
    let revision = row.revision;
    let answer = known(opened(&guichet, sight, row).await?, cut);
    Ok(tagged(answer, Some(revision).filter(|_| moment.as_of.is_none())))
}

/// An answer that says which revision the next command states.
fn tagged(mut answer: Response, revision: Option<Revision>) -> Response {
    let tag = revision.and_then(|at| HeaderValue::from_str(&format!("\"{at}\"")).ok());
    if let Some(tag) = tag {
        answer.headers_mut().insert(header::ETAG, tag);
    }
    answer
}

/// A fact's type name and what it says.
fn said(envelope: &Envelope) -> (String, Map<String, Value>) {
    match serde_json::to_value(&envelope.fact) {
        Ok(Value::Object(tagged)) => match tagged.into_iter().next() {
            Some((kind, Value::Object(data))) => (kind, data),
            _ => (String::new(), Map::new()),
        },
        _ => (String::new(), Map::new()),
    }
}

impl Version {
    fn of(envelope: &Envelope) -> Self {
        let (kind, mut data) = said(envelope);
        data.retain(|_, value| !value.is_null());
        Self { by: envelope.amended_by, occurred_at: envelope.meta.occurred_at, kind, data }
    }
}

impl Said {
    fn of(envelope: &Envelope) -> Self {
        let (kind, mut data) = said(envelope);
        // What a correction puts in place stands among the versions.
        data.retain(|name, value| !value.is_null() && name != "replacement");
        Self {
            event: envelope.id,
            recorded_at: envelope.meta.recorded_at,
            by: By::of(envelope),
            kind,
            data,
            approved: envelope.meta.approved,
        }
    }
}

/// Makes the changes of a correction whole, and states the revision that they were made from.
/// Gives the texts that stay as they are; of other commands, none.
pub(super) async fn made_whole(
    guichet: &Shared,
    caller: &Caller,
    stream: Stream,
    order: &mut Order,
) -> Result<Vec<Sealed>, Problem> {
    if order.spec.name != "correct" {
        return Ok(Vec::new());
    }
    // Who may not correct it does not learn what it says.
    let recorders = amendment::recorders(stream);
    if !caller.holds_one_of(recorders) {
        let roles: Vec<_> = recorders.iter().map(ToString::to_string).collect();
        return Err(Problem::forbidden(format!("this takes one of: {}", roles.join(", "))));
    }
    let target = order.body.get("target").and_then(Value::as_str);
    let target: Option<EventId> = target.and_then(|text| text.parse().ok());
    let history = stream_history(guichet, stream, cut(guichet, None).await?).await?;
    let entry = target.and_then(|target| history.entry(target));
    let entry = entry.ok_or_else(|| Problem::not_found("event"))?;
    let kept = door::make_whole(&entry.envelope.fact, &mut order.body)?;
    order.expected = order.expected.or_else(|| history.last().map(|last| last.revision));
    Ok(kept)
}

/// Names a field of a correction as it was sent: without the type of the fact, which the counter
/// put in.
pub(super) fn plainly(error: DoorError, spec: &Spec) -> DoorError {
    match error {
        DoorError::Input { field, message } if spec.name == "correct" => {
            let steps: Vec<&str> = field.split('.').collect();
            // `changes`, then the three parts of the type's name.
            let field = match steps.as_slice() {
                ["changes", _, _, _, rest @ ..] => [&["changes"], rest].concat().join("."),
                _ => field,
            };
            DoorError::Input { field, message }
        }
        error => error,
    }
}
