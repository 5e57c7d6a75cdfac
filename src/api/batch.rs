//! Pre-selecting a whole call in one request: a table of proposals or decisions, row by row.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method};
use axum::routing::post;
use events::{
    ApplicationId, CallId, CaseId, CommandId, PreselectionOutcome, Revision, Sealed, Stream,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::caller::Caller;
use super::commands::{Order, Recorded, carry_out, command_id, may_send};
use super::operation::{Body, Operation, answer, header, id_in_path, schema_of};
use super::{Problem, Sent, Shared, reference};
use crate::domain::{Collection, Spec, State as Folded};

/// The most rows of a table.
const ROWS_MAX: usize = 200;

/// A row of the table: what is proposed or decided for one case.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "documents the rows, which are carried on as JSON until their text is sealed"
)]
struct Row {
    /// The case.
    case: CaseId,
    /// Its application; absent: the one it has in this call.
    application: Option<ApplicationId>,
    /// The case's revision that you saw (G-2).
    revision: Revision,
    /// What is to become of the application.
    outcome: PreselectionOutcome,
    /// Why; it names no one.
    rationale: Sealed,
    /// What speaks for it.
    #[serde(default)]
    #[schemars(length(max = 20))]
    strengths: Vec<Sealed>,
    /// What is missing.
    #[serde(default)]
    #[schemars(length(max = 20))]
    gaps: Vec<Sealed>,
}

/// The table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents the table")]
struct Table {
    /// Its rows, 1 to 200.
    #[schemars(length(min = 1, max = 200))]
    rows: Vec<Row>,
}

/// What came of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct RowResult {
    /// The row, from 0.
    pub row: usize,
    /// The case, if the row named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// What was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<Recorded>,
    /// Why it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// What came of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct TableResult {
    /// Rows recorded, now or before.
    pub recorded: usize,
    /// Rows refused; the others stand.
    pub refused: usize,
    /// Row by row, in their order.
    pub rows: Vec<RowResult>,
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation(
            "propose-preselections",
            "Propose the pre-selection of many applications of a call.",
            "propose-preselection",
        ),
        operation(
            "decide-preselections",
            "Decide the pre-selection of many applications of a call.",
            "decide-preselection",
        ),
    ]
}

fn operation(id: &'static str, summary: &str, each: &'static str) -> Operation {
    let example = json!({ "rows": [{
        "case": "5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a07", "revision": 9, "outcome": "forward",
        "rationale": "Strong preliminary data and a complete team." }] });
    Operation {
        method: Method::POST,
        path: format!("/v1/calls/{{id}}/{id}"),
        id: id.to_owned(),
        tag: "calls",
        summary: summary.to_owned(),
        description: format!(
            "Each row is carried out as `{each}` is, on its own: one that is refused does not \
             hold the others back. Decisions quote the proposal that is open on the application."
        ),
        parameters: vec![
            id_in_path("id"),
            header(
                "Idempotency-Key",
                false,
                "Names the table: sent again with the same key each row is recorded once (G-1)",
                json!({ "type": "string", "minLength": 1, "maxLength": 150, "pattern": "^[!-~]+$" }),
            ),
        ],
        query: None,
        body: Some(Body {
            media_type: "application/json",
            schema: Box::new(schema_of::<Table>),
            example: Some(example),
        }),
        answers: vec![answer::<TableResult>(200, "Row by row")],
        guarded: true,
        handler: post(
            move |State(guichet): State<Shared>,
                  caller: Caller,
                  Path(id): Path<String>,
                  headers: HeaderMap,
                  sent: Sent| async move {
                let spec = Collection::Cases.spec(each).ok_or_else(Problem::internal)?;
                table(&guichet, &caller, &id, spec, &headers, sent).await.map(axum::Json)
            },
        ),
    }
}

async fn table(
    guichet: &Shared,
    caller: &Caller,
    call: &str,
    spec: &'static Spec,
    headers: &HeaderMap,
    sent: Sent,
) -> Result<TableResult, Problem> {
    may_send(caller, spec)?;
    let stream = reference::stream(guichet, Collection::Calls, call).await?;
    let Stream::Call(call) = stream else { return Err(Problem::not_found("call")) };
    if !guichet.office.load(stream).await?.state.exists() {
        return Err(Problem::not_found("call"));
    }
    let key = command_id(caller, headers)?;
    let mut body = super::json_object(headers, sent)?;
    let rows = match (body.remove("rows"), body.keys().next()) {
        (_, Some(other)) => return Err(Problem::input(other, "this field is not known")),
        (Some(Value::Array(rows)), None) if (1..=ROWS_MAX).contains(&rows.len()) => rows,
        _ => return Err(Problem::input("rows", format!("takes 1 to {ROWS_MAX} rows"))),
    };
    let mut result = TableResult { recorded: 0, refused: 0, rows: Vec::with_capacity(rows.len()) };
    for (index, row) in rows.into_iter().enumerate() {
        let case = row.get("case").and_then(Value::as_str).and_then(|text| text.parse().ok());
        let outcome = carry_row(guichet, caller, call, spec, key, row).await;
        let (recorded, problem) = match outcome {
            Ok(recorded) => (Some(recorded), None),
            Err(problem) => (None, Some(problem)),
        };
        result.recorded += usize::from(recorded.is_some());
        result.refused += usize::from(problem.is_some());
        result.rows.push(RowResult { row: index, case, recorded, problem });
    }
    Ok(result)
}

async fn carry_row(
    guichet: &Shared,
    caller: &Caller,
    call: CallId,
    spec: &'static Spec,
    key: CommandId,
    row: Value,
) -> Result<Recorded, Problem> {
    let Value::Object(mut row) = row else {
        return Err(Problem::input("", "a row is an object"));
    };
    let case: CaseId =
        taken(&mut row, "case")?.ok_or_else(|| Problem::input("case", "this field is missing"))?;
    let expected: Option<Revision> = taken(&mut row, "revision")?;
    let stream = Stream::Case(case);
    let folded = guichet.office.load(stream).await?;
    let Folded::Case(state) = &folded.state else { return Err(Problem::not_found("case")) };
    let application = match taken(&mut row, "application")? {
        Some(application) => application,
        None => state
            .applications
            .iter()
            .find(|(_, application)| application.call == call)
            .map(|(id, _)| *id)
            .ok_or_else(|| Problem::input("case", "the case has no application in this call"))?,
    };
    let proposal = state.applications.get(&application).and_then(|found| found.proposal);
    let mut body = Map::from_iter([("application".to_owned(), json!(application))]);
    if spec.name == "decide-preselection" {
        body.extend(proposal.map(|proposal| ("proposal".to_owned(), json!(proposal.event))));
    }
    body.insert("ruling".to_owned(), Value::Object(row));
    let id = CommandId::derived(&format!("{key}/{case}/{}", spec.name));
    let stream = Some(stream);
    let order = Order { collection: Collection::Cases, spec, stream, id, expected, body };
    carry_out(guichet, caller, order).await.map(|(recorded, _)| recorded)
}

fn taken<T: serde::de::DeserializeOwned>(
    row: &mut Map<String, Value>,
    name: &str,
) -> Result<Option<T>, Problem> {
    let value = row.remove(name).filter(|value| !value.is_null());
    let read = value.map(serde_json::from_value).transpose();
    read.map_err(|error| Problem::input(name, error.to_string()))
}
