//! An operation for every command: its route, its document and the one way it is carried out.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use events::{
    ApprovalId, Channel, CommandId, Envelope, EventId, Fact, Id, Irregularity, Kind, Revision,
    Rule, Stream, kinds,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::caller::Caller;
use super::duplicates::Candidate;
use super::operation::{Answer, Body, Operation, answer, header, id_in_path};
use super::schemas::command_schema;
use super::{Problem, Sent, Shared, amendments, reference};
use crate::access::Token;
use crate::domain::{Collection, Effect, Request, Spec, Verdict};
use crate::door;
use crate::guichet::Guichet;
use crate::store::SealedBlob;
use crate::transact::Receipt;

/// How often a correction is made whole anew because somebody else wrote first.
const CORRECTION_TRIES_MAX: usize = 5;
/// The longest `Idempotency-Key`, characters.
const KEY_CHARS_MAX: usize = 200;
/// In which header an answer says how far the log had come.
pub(super) const POSITION_HEADER: &str = "guichet-position";

/// What was recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recorded {
    /// The record it was about.
    pub id: String,
    /// Its short reference, for reading and typing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The record's revision now: the next `If-Match`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
    /// The events it led to; none when it was already so.
    pub events: Vec<EventId>,
    /// Whether the same request had been recorded before.
    pub repeated: bool,
    /// Ids of what it created, by kind: `application`, `booking`, `session` …
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub created: BTreeMap<String, Uuid>,
    /// Rules that what was reported did not keep.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub irregularities: Vec<Irregularity>,
    /// Records that may be about the same person or organisation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub likely_duplicates: Vec<Candidate>,
    /// What waits for a second person to agree (G-8): nothing has happened yet beside the asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for_approval: Option<ApprovalId>,
    /// The token that was issued: shown now and never again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// The operations of all commands.
pub(super) fn operations() -> Vec<Operation> {
    Collection::ALL
        .iter()
        .flat_map(|collection| {
            let first = collection.specs().find(|spec| spec.effect == Effect::Creates);
            collection.specs().map(move |spec| {
                let at_root =
                    first.is_some_and(|first| first.name == spec.name) || spec.name == "enrol-user";
                operation(*collection, spec, at_root)
            })
        })
        .collect()
}

fn operation(collection: Collection, spec: &'static Spec, at_root: bool) -> Operation {
    let named = spec.effect != Effect::Creates && collection != Collection::Users;
    let path = match (at_root, named) {
        (true, _) => format!("/v1/{collection}"),
        (false, false) => format!("/v1/{collection}/{}", spec.name),
        (false, true) => format!("/v1/{collection}/{{id}}/{}", spec.name),
    };
    let handler = if named {
        post(
            move |State(guichet): State<Shared>,
                  caller: Caller,
                  Path(id): Path<String>,
                  headers: HeaderMap,
                  sent: Sent| async move {
                carry_out_http(&guichet, &caller, collection, spec, Some(id), &headers, sent).await
            },
        )
    } else {
        post(
            move |State(guichet): State<Shared>, caller: Caller, headers: HeaderMap, sent: Sent| async move {
                carry_out_http(&guichet, &caller, collection, spec, None, &headers, sent).await
            },
        )
    };
    let said = super::schemas::said_of(collection, spec);
    let mut operation = Operation {
        method: Method::POST,
        path,
        // Several collections have a command called `close`.
        id: format!("{collection}.{}", spec.name),
        tag: collection.word(),
        summary: said.summary,
        description: description(spec, &said.rest),
        parameters: Vec::new(),
        query: None,
        body: Some(Body {
            media_type: "application/json",
            schema: Box::new(move |generator| command_schema(collection, spec, generator)),
            example: example(spec),
        }),
        answers: vec![recorded(spec.effect)],
        guarded: true,
        handler,
    };
    if named {
        operation = operation.with(id_in_path("id"));
    }
    let key = header(
        "Idempotency-Key",
        false,
        "Names the request: sent again with the same key it is recorded once (G-1)",
        json!({ "type": "string", "minLength": 1, "maxLength": KEY_CHARS_MAX,
                "pattern": "^[!-~]+$" }),
    );
    let revision = header(
        "If-Match",
        spec.effect == Effect::Decides,
        "The revision you saw, as the ETag of the last answer (G-2)",
        json!({ "type": "string", "pattern": r#"^"[0-9]{1,15}"$"# }),
    );
    operation = operation.with(key);
    if spec.effect == Effect::Creates { operation } else { operation.with(revision) }
}

fn description(spec: &Spec, rest: &str) -> String {
    let roles: Vec<_> = spec.roles.iter().map(ToString::to_string).collect();
    let decides = match spec.effect {
        Effect::Decides => " A decision: it states the revision it was taken on in If-Match.",
        Effect::Creates | Effect::Adds => "",
    };
    format!("{rest} Sent by: {}.{decides}", roles.join(", ")).trim_start().to_owned()
}

/// A body as one would send it; the server makes a token's hash itself.
fn example(spec: &Spec) -> Option<Value> {
    let mut example: Value = serde_json::from_str(spec.example).ok()?;
    if spec.name == "issue-token" {
        example.as_object_mut()?.remove("hash");
    }
    Some(example)
}

fn recorded(effect: Effect) -> Answer {
    match effect {
        Effect::Creates => answer::<Recorded>(201, "Recorded"),
        Effect::Adds | Effect::Decides => answer::<Recorded>(200, "Recorded, or already so"),
    }
}

/// A command as it is about to be carried out.
#[derive(Clone)]
pub(super) struct Order {
    pub(super) collection: Collection,
    pub(super) spec: &'static Spec,
    /// The record; `None` for one that the command creates.
    pub(super) stream: Option<Stream>,
    pub(super) id: CommandId,
    pub(super) expected: Option<Revision>,
    pub(super) body: Map<String, Value>,
}

async fn carry_out_http(
    guichet: &Arc<Guichet>,
    caller: &Caller,
    collection: Collection,
    spec: &'static Spec,
    id: Option<String>,
    headers: &HeaderMap,
    sent: Sent,
) -> Result<Response, Problem> {
    // Who may not send it learns nothing about which records there are.
    may_send(caller, spec)?;
    let named = id;
    let stream = match &named {
        Some(id) => Some(reference::stream(guichet, collection, id).await?),
        None if collection == Collection::Users => Some(Stream::Access),
        None => None,
    };
    let mut body = super::json_object(headers, sent)?;
    if let Some(id) = &named {
        reference::name_in(guichet, collection, id, &mut body).await?;
    }
    let order = Order {
        collection,
        spec,
        stream,
        id: command_id(caller, headers)?,
        expected: expected(headers)?,
        body,
    };
    let (recorded, receipt) = carry_out(guichet, caller, order).await?;
    Ok(respond(collection, spec.effect, &recorded, &receipt))
}

/// They hold a role that sends it, somewhere; the decision asks again, about this record.
pub(super) fn may_send(caller: &Caller, spec: &Spec) -> Result<(), Problem> {
    if caller.holds_one_of(spec.roles) {
        return Ok(());
    }
    let roles: Vec<_> = spec.roles.iter().map(ToString::to_string).collect();
    Err(Problem::forbidden(format!("this takes one of: {}", roles.join(", "))))
}

/// Carries a command out: rights, door, decision, append.
///
/// A correction is made whole from what the fact says when it is sent; when somebody else writes
/// in between it is made whole anew, unless the sender stated a revision.
pub(super) async fn carry_out(
    guichet: &Arc<Guichet>,
    caller: &Caller,
    order: Order,
) -> Result<(Recorded, Receipt), Problem> {
    let again = order.spec.name == "correct" && order.expected.is_none();
    let mut tries = if again { CORRECTION_TRIES_MAX } else { 1 };
    loop {
        tries -= 1;
        match carry_out_once(guichet, caller, order.clone()).await {
            Err(problem) if problem.rule == Some(Rule::G2) && tries > 0 => {}
            outcome => return outcome,
        }
    }
}

/// Whether a command would be recorded as it is asked for, by this sender alone. Nothing is.
pub(super) async fn rehearse(
    guichet: &Arc<Guichet>,
    caller: &Caller,
    mut order: Order,
) -> Result<(), Problem> {
    let (request, _, _) = entered(guichet, caller, &mut order).await?;
    match guichet.office.rehearse(&request).await? {
        Verdict::Facts(envelopes) => {
            let asks = |envelope: &Envelope| matches!(envelope.fact, Fact::Approval(_));
            if envelopes.iter().any(asks) {
                let detail = "this takes a second person: it is not your own, or too long ago";
                let mut problem = Problem::new(StatusCode::CONFLICT, "X-2:takes_two", detail);
                problem.rule = Some(Rule::X2);
                return Err(problem.remedy("annul it first: POST …/annul asks a second person"));
            }
            Ok(())
        }
        Verdict::Nothing | Verdict::Repeats(_) => Ok(()),
    }
}

/// What a command is about is there, or is begun by it.
async fn there(guichet: &Guichet, stream: Stream, spec: &Spec) -> Result<(), Problem> {
    let exists = guichet.office.load(stream).await?.state.exists();
    if exists || spec.effect == Effect::Creates {
        return Ok(());
    }
    Err(Problem::not_found("record"))
}

/// A command as it comes through the door, with the texts sealed on the way and the token issued.
async fn entered(
    guichet: &Arc<Guichet>,
    caller: &Caller,
    order: &mut Order,
) -> Result<(Request, Vec<SealedBlob>, Option<Token>), Problem> {
    let Order { collection, spec, id, .. } = *order;
    let stream = order.stream.unwrap_or_else(|| created(collection, id));
    there(guichet, stream, spec).await?;
    let digest = digest(guichet, order, stream);
    let token = (spec.name == "issue-token").then(|| {
        let parts = Token::issued_by(&guichet.vault, id);
        order.body.insert("hash".into(), json!(parts.hash));
        parts.token
    });
    let name = stream.name();
    let kept = amendments::made_whole(guichet, caller, stream, order).await?;
    let (vault, body) = (&guichet.vault, std::mem::take(&mut order.body));
    let entered = door::enter_keeping(vault, collection, spec.name, &name, id, body, &kept)
        .map_err(|error| amendments::plainly(error, spec))?;
    let request = Request {
        stream,
        command: entered.command,
        id,
        digest,
        user: caller.reader.user,
        on_behalf_of: entered.entry.on_behalf_of,
        channel: entered.entry.via.unwrap_or(Channel::Api),
        occurred_at: entered.entry.occurred_at,
        late_entry_reason: entered.entry.late_entry_reason,
        report: entered.entry.report,
        expected: order.expected,
        correlation: None,
        causation: None,
    };
    Ok((request, entered.blobs, token))
}

async fn carry_out_once(
    guichet: &Arc<Guichet>,
    caller: &Caller,
    mut order: Order,
) -> Result<(Recorded, Receipt), Problem> {
    let Order { collection, spec, id, .. } = order;
    may_send(caller, spec)?;
    let stream = order.stream.unwrap_or_else(|| created(collection, id));
    there(guichet, stream, spec).await?;
    if spec.name == "attach-document" {
        super::documents::sent_before(guichet, caller, stream, &order.body).await?;
    }
    let suspects = super::duplicates::suspects(guichet, spec, &order.body).await?;
    let (request, blobs, token) = entered(guichet, caller, &mut order).await?;
    let receipt = guichet.office.transact(request, blobs).await?;
    let (id_text, reference) = reference::of(stream);
    let created = things_created(id, &receipt);
    let asked = created.get("approval").filter(|_| collection != Collection::Approvals);
    let waits_for_approval = asked.map(|approval| ApprovalId::new(*approval));
    let recorded = Recorded {
        id: id_text,
        reference,
        revision: receipt.revision,
        events: receipt.events.clone(),
        repeated: receipt.repeated,
        created,
        waits_for_approval,
        irregularities: receipt.irregularities.clone(),
        likely_duplicates: suspects
            .into_iter()
            .filter(|(found, _)| *found != stream)
            .map(|(_, candidate)| candidate)
            .collect(),
        token: token.map(|token| token.reveal().to_owned()),
    };
    Ok((recorded, receipt))
}

fn digest(guichet: &Guichet, order: &Order, stream: Stream) -> events::Digest {
    // Object members are kept sorted, so the same request always has the same bytes.
    let body = serde_json::to_vec(&order.body).unwrap_or_default();
    let head = format!("{}/{}/", stream.name(), order.spec.name);
    guichet.vault.digest(&[head.as_bytes(), &body].concat())
}

pub(super) fn respond(
    collection: Collection,
    effect: Effect,
    recorded: &Recorded,
    receipt: &Receipt,
) -> Response {
    let status = match effect {
        Effect::Creates => StatusCode::CREATED,
        Effect::Adds | Effect::Decides => StatusCode::OK,
    };
    let mut response = (status, axum::Json(recorded)).into_response();
    let headers = response.headers_mut();
    let mut set = |name: header::HeaderName, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    };
    if let Some(revision) = receipt.revision {
        set(header::ETAG, format!("\"{revision}\""));
    }
    if let Some(position) = receipt.position {
        set(header::HeaderName::from_static(POSITION_HEADER), position.to_string());
    }
    if effect == Effect::Creates {
        set(header::LOCATION, format!("/v1/{collection}/{}", recorded.id));
    }
    response
}

/// The stream that a creating command begins.
fn created(collection: Collection, command: CommandId) -> Stream {
    match collection {
        Collection::Cases => Stream::Case(Id::created_by(command)),
        Collection::People => Stream::Person(Id::created_by(command)),
        Collection::Organisations => Stream::Organisation(Id::created_by(command)),
        Collection::Calls => Stream::Call(Id::created_by(command)),
        Collection::Resources => Stream::Resource(Id::created_by(command)),
        Collection::Introductions => Stream::Introduction(Id::created_by(command)),
        Collection::Gatherings => Stream::Gathering(Id::created_by(command)),
        // A rule's kinds and the accounts have their streams from the start.
        Collection::Policies | Collection::Users | Collection::Events | Collection::Approvals => {
            Stream::Access
        }
    }
}

/// Which of the things that a command may create its facts speak of.
fn things_created(command: CommandId, receipt: &Receipt) -> BTreeMap<String, Uuid> {
    fn thing<K: Kind>(command: CommandId) -> (&'static str, Uuid) {
        (K::NAME, Id::<K>::created_by(command).uuid())
    }
    [
        thing::<kinds::Action>(command),
        thing::<kinds::Application>(command),
        thing::<kinds::Approval>(command),
        thing::<kinds::Booking>(command),
        thing::<kinds::Consent>(command),
        thing::<kinds::Hold>(command),
        thing::<kinds::Milestone>(command),
        thing::<kinds::Mission>(command),
        thing::<kinds::Outage>(command),
        thing::<kinds::Outcome>(command),
        thing::<kinds::Referral>(command),
        thing::<kinds::Request>(command),
        thing::<kinds::Session>(command),
        thing::<kinds::Token>(command),
        thing::<kinds::User>(command),
    ]
    .into_iter()
    .filter(|(_, id)| receipt.mentions(*id))
    .map(|(kind, id)| (kind.to_owned(), id))
    .collect()
}

/// The id of the command: from its key and sender, so that a repeat has the same; else random.
pub(super) fn command_id(caller: &Caller, headers: &HeaderMap) -> Result<CommandId, Problem> {
    let Some(key) = headers.get("idempotency-key") else {
        return Ok(CommandId::new(Uuid::new_v4()));
    };
    let key = key.to_str().unwrap_or_default();
    let fits =
        (1..=KEY_CHARS_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if !fits {
        let detail = format!("a key has 1 to {KEY_CHARS_MAX} letters, digits and signs");
        return Err(Problem::input("Idempotency-Key", detail));
    }
    Ok(CommandId::derived(&format!("{}/{key}", caller.reader.user)))
}

fn expected(headers: &HeaderMap) -> Result<Option<Revision>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let digits = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    digits.and_then(|digits| digits.parse().ok()).map(Some).ok_or_else(|| {
        Problem::input("If-Match", "If-Match takes the ETag of an answer, such as \"12\"")
    })
}
