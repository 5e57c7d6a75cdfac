//! "Wrong case": what was logged on one case is logged on another and annulled here, in one request.
//!
//! Two records take part, so it is two steps: logged where it belongs first, so that a crash in
//! between loses nothing, then annulled. Both have ids of their own from the request's: sent again
//! with the same key it goes on where it was broken off.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use events::{CaseId, Code, CommandId, Envelope, EventId, Sealed, Stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::caller::Caller;
use super::commands::{Order, Recorded, carry_out, command_id, may_send};
use super::moment::cut;
use super::operation::{Body, Operation, answer, header, id_in_path, schema_of};
use super::record::stream_history;
use super::texts::opened;
use super::{Problem, Sent, Shared, reference};
use crate::access::Sight;
use crate::domain::{Collection, Spec, amendment};

/// Where something belongs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents the body, whose reason is sealed before it is read")]
struct Move {
    /// The case where it belongs.
    case: CaseId,
    /// Why.
    reason: Sealed,
    /// Why it is entered late there, where the rule asks for a reason (G-3).
    late_entry_reason: Option<Code>,
}

/// What came of a move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Moved {
    /// What was logged where it belongs.
    logged: Recorded,
    /// The annulment where it stood.
    annulled: Recorded,
}

pub(super) fn operations() -> Vec<Operation> {
    let example = json!({ "case": "5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a07",
        "reason": "It was about the other project." });
    vec![Operation {
        method: Method::POST,
        path: "/v1/events/{id}/move".to_owned(),
        id: "move-event".to_owned(),
        tag: "events",
        summary: "Log an event on the case where it belongs, and annul it here.".to_owned(),
        description:
            "For interactions, notes, outcomes and coaching sessions of one's own, within \
                      7 days (X-2). Texts are sealed anew with the other case's key."
                .to_owned(),
        parameters: vec![
            id_in_path("id"),
            header(
                "Idempotency-Key",
                false,
                "Names the request: sent again with the same key it is recorded once (G-1)",
                json!({ "type": "string", "minLength": 1, "maxLength": 150, "pattern": "^[!-~]+$" }),
            ),
        ],
        query: None,
        body: Some(Body {
            media_type: "application/json",
            schema: Box::new(schema_of::<Move>),
            example: Some(example),
        }),
        answers: vec![answer::<Moved>(200, "Logged there, annulled here")],
        guarded: true,
        handler: post(carry),
    }]
}

async fn carry(
    State(guichet): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    sent: Sent,
) -> Result<Response, Problem> {
    let annul = Collection::Events.spec("annul").ok_or_else(Problem::internal)?;
    may_send(&caller, annul)?;
    let stream = reference::stream(&guichet, Collection::Events, &id).await?;
    if !caller.holds_one_of(amendment::recorders(stream)) {
        return Err(Problem::forbidden("your roles do not say anything about events here"));
    }
    let event: EventId = id.parse().map_err(|_| Problem::not_found("event"))?;
    let key = command_id(&caller, &headers)?;
    let wish = Wish::of(super::json_object(&headers, sent)?)?;
    let envelope = standing(&guichet, stream, event).await?;
    let spec = logged_again(&envelope)?;
    may_send(&caller, spec)?;
    let (there, here) = (derived(key, "there"), derived(key, "here"));
    let body = Map::from_iter([
        ("target".to_owned(), json!(event)),
        ("reason".to_owned(), json!(wish.reason)),
        ("again".to_owned(), json!(EventId::of(&Stream::Case(wish.case).name(), there, 0))),
    ]);
    let annulment = Order {
        collection: Collection::Events,
        spec: annul,
        stream: Some(stream),
        id: here,
        expected: None,
        body,
    };
    super::commands::rehearse(&guichet, &caller, annulment.clone()).await?;
    let order = Order {
        collection: Collection::Cases,
        spec,
        stream: Some(Stream::Case(wish.case)),
        id: there,
        expected: None,
        body: said_again(&guichet, &envelope, wish.late_entry_reason.as_ref()).await?,
    };
    let (logged, _) = carry_out(&guichet, &caller, order).await?;
    let (annulled, _) = carry_out(&guichet, &caller, annulment).await?;
    Ok(axum::Json(Moved { logged, annulled }).into_response())
}

/// Where something is to go, as it was asked for; the reason is still in clear.
struct Wish {
    case: CaseId,
    reason: String,
    late_entry_reason: Option<Code>,
}

impl Wish {
    fn of(mut body: Map<String, Value>) -> Result<Self, Problem> {
        let mut text = |name: &str| match body.remove(name) {
            Some(Value::String(text)) => Ok(Some(text)),
            None | Some(Value::Null) => Ok(None),
            Some(_) => Err(Problem::input(name, "expected text")),
        };
        let (case, reason, late) = (text("case")?, text("reason")?, text("late_entry_reason")?);
        if let Some(other) = body.keys().next() {
            return Err(Problem::input(other, "this field is not known"));
        }
        let missing = |name| move || Problem::input(name, "this field is missing");
        let case = case.ok_or_else(missing("case"))?;
        let misfit = |name, error: &dyn std::fmt::Display| Problem::input(name, error.to_string());
        Ok(Self {
            case: case.parse().map_err(|error| misfit("case", &error))?,
            reason: reason.ok_or_else(missing("reason"))?,
            late_entry_reason: late
                .map(|code| code.parse().map_err(|error| misfit("late_entry_reason", &error)))
                .transpose()?,
        })
    }
}

/// The ids of the two steps follow from the request's.
fn derived(key: CommandId, step: &str) -> CommandId {
    CommandId::derived(&format!("{key}/{step}"))
}

/// The event as it counts, also once it is annulled: a request that was broken off is sent again.
async fn standing(guichet: &Shared, stream: Stream, event: EventId) -> Result<Envelope, Problem> {
    let history = stream_history(guichet, stream, cut(guichet, None).await?).await?;
    let entry = history.entry(event).ok_or_else(|| Problem::not_found("event"))?;
    Ok(entry.envelope.clone())
}

fn logged_again(envelope: &Envelope) -> Result<&'static Spec, Problem> {
    let name = amendment::logged_again_by(&envelope.fact);
    name.and_then(|name| Collection::Cases.spec(name)).ok_or_else(|| {
        let detail = "this kind of event is not moved to another case";
        let mut problem = Problem::new(axum::http::StatusCode::CONFLICT, "X-2:not_moved", detail);
        problem.rule = Some(events::Rule::X2);
        problem.remedy("annul it, and log what happened where it belongs")
    })
}

/// What was said, in clear, as a command says it: the texts are sealed anew for the other case.
async fn said_again(
    guichet: &Shared,
    envelope: &Envelope,
    late: Option<&Code>,
) -> Result<Map<String, Value>, Problem> {
    let opened = opened(guichet, Sight::Whole, &envelope.fact).await?;
    let Value::Object(tagged) = opened else { return Err(Problem::internal()) };
    let Some((_, Value::Object(mut body))) = tagged.into_iter().next() else {
        return Err(Problem::internal());
    };
    // An outcome stands within what records it; its id is made anew.
    if let Some(Value::Object(result)) = body.remove("result") {
        body = result;
    }
    body.remove("outcome");
    body.retain(|_, value| !value.is_null());
    let meta = &envelope.meta;
    body.insert("occurred_at".to_owned(), json!(meta.occurred_at));
    body.insert("via".to_owned(), json!(meta.channel));
    if let Some(reason) = late.or(meta.late_entry_reason.as_ref()) {
        body.insert("late_entry_reason".to_owned(), json!(reason));
    }
    if let Some(person) = meta.actor.on_behalf_of {
        body.insert("on_behalf_of".to_owned(), json!(person));
    }
    Ok(body)
}
