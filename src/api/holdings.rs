//! Everything that is held on somebody, for whoever asked about their own data: as data, and as one
//! page that people read and print.

mod page;

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use events::{Language, Object, ObjectKind, PersonId, PrivacyId, Sealed, Stream, StreamName};
use projections::case_file::CaseFile;
use projections::directory::PersonRow;
use projections::journey::{Journey, Step, Subject};
use projections::story::Names;
use projections::users::{Accounts, UserRow};
use projections::{Row, Text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::caller::Caller;
use super::cases::{Privacy, told};
use super::moment::{Asked, Known, Moment, cut, internal, known};
use super::names::Seen;
use super::operation::{Answer, Operation, id_in_path};
use super::privacy::request;
use super::record::stream_history;
use super::texts::opened;
use super::{Problem, Shared};
use crate::access::Sight;
use crate::guichet::Guichet;
use crate::process::erasure;
use crate::readmodel::Cut;

pub(super) fn operations() -> Vec<Operation> {
    let about = "The record with its former names, affiliations, consents, accounts and roles, \
                 what the person takes part in and as what, documents by name, and everything \
                 that happened, with its texts. Who looked at it is not recorded.";
    vec![
        Operation::get(
            "/v1/privacy-requests/{id}/export",
            "export-privacy-request",
            "privacy-requests",
            "Read everything that is held on the person.",
            get(export),
        )
        .described(about)
        .with(id_in_path("id"))
        .query::<Question>()
        .gives::<Known<Holdings>>("Everything"),
        Operation::get(
            "/v1/privacy-requests/{id}/export-page",
            "export-privacy-request-page",
            "privacy-requests",
            "Read the same as one page to print or to send.",
            get(page),
        )
        .described("HTML without scripts, in French with `lang=fr`, else in English.")
        .with(id_in_path("id"))
        .query::<Question>()
        .answers(Answer {
            status: 200,
            description: "The page",
            media_type: "text/html",
            schema: None,
        }),
    ]
}

/// How it is told.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Question {
    /// In which language; absent: English.
    lang: Option<Language>,
}

/// Everything that is held on somebody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Holdings {
    /// The request that it answers.
    request: PrivacyId,
    /// Who.
    person: PersonId,
    /// Their records: one, unless several were merged.
    records: Vec<PersonRow>,
    /// Their accounts and roles.
    accounts: Vec<UserRow>,
    /// What they take part in.
    takes_part_in: Vec<Part>,
    /// Documents of their cases, by name.
    documents: Vec<Text>,
    /// Everything that happened, in the order it was recorded.
    happened: Vec<Step>,
}

/// Something that somebody takes part in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct Part {
    /// The record.
    stream: StreamName,
    /// The short form of its id.
    reference: String,
    /// What it is called, where it has a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// As what: `contact`, `team_member` …
    parts: Vec<String>,
}

async fn export(
    State(guichet): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Asked(question): Asked<Question>,
) -> Result<Response, Problem> {
    let (holdings, cut) = holdings(&guichet, &caller, &id, question).await?;
    Ok(known(holdings, cut))
}

async fn page(
    State(guichet): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Asked(question): Asked<Question>,
) -> Result<Response, Problem> {
    let (mut holdings, cut) = holdings(&guichet, &caller, &id, question).await?;
    holdings["as_known"] = json!(cut.last.map(|last| last.recorded_at));
    let language = question.lang.unwrap_or(Language::En);
    let directory = guichet.readmodel.directory();
    let day = |at: &str| at.parse().map(|at| directory.local(at).format("%Y-%m-%d %H:%M"));
    let html =
        page::write(&holdings, language, &|at| day(at).map_or(at.into(), |at| at.to_string()));
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    Ok((headers, html).into_response())
}

/// Everything, with its texts opened.
async fn holdings(
    guichet: &Guichet,
    caller: &Caller,
    id: &str,
    question: Question,
) -> Result<(Value, Cut), Problem> {
    let (request, sight) = request(guichet, caller, id).await?;
    let moment = Moment { lang: question.lang, ..Moment::default() };
    let cut = cut(guichet, None).await?;
    let mut records = Vec::new();
    let people = erasure::records_of(guichet, request.subject).await?;
    for person in &people {
        let history = stream_history(guichet, Stream::Person(*person), cut).await?;
        records.extend(PersonRow::fold(&history));
    }
    let subject = Subject::Person(request.subject);
    let (journey, cut): (Journey, Cut) =
        told(guichet, subject, sight, &moment, Privacy::Shown).await?;
    let accounts = stream_history(guichet, Stream::Access, cut).await?;
    let accounts = Accounts::fold(&accounts).map_or(vec![], |accounts| accounts.users);
    let takes_part_in = parts(guichet, &people, sight, cut).await?;
    let holdings = Holdings {
        request: request.id,
        person: request.subject,
        records,
        accounts: accounts.into_iter().filter(|user| people.contains(&user.person)).collect(),
        documents: documents(guichet, &takes_part_in, cut).await?,
        takes_part_in,
        happened: journey.steps,
    };
    Ok((opened(guichet, sight, &holdings).await?, cut))
}

/// What somebody takes part in beside their own records, and as what.
async fn parts(
    guichet: &Guichet,
    people: &[PersonId],
    sight: Sight,
    cut: Cut,
) -> Result<Vec<Part>, Problem> {
    let mut found: BTreeMap<StreamName, Vec<String>> = BTreeMap::new();
    for person in people {
        let id = person.uuid();
        let history = guichet.readmodel.history(ObjectKind::Person, id, Some(cut)).await;
        for envelope in history.map_err(internal)?.envelopes {
            let theirs = |object: &Object| object.kind == ObjectKind::Person && object.id == id;
            for object in envelope.fact.objects(&envelope.stream).into_iter().filter(theirs) {
                let parts = found.entry(envelope.stream.clone()).or_default();
                let part = object.qualifier.to_owned();
                if object.qualifier != "subject" && !parts.contains(&part) {
                    parts.push(part);
                }
            }
        }
    }
    let names = Seen::new(guichet.readmodel.directory(), sight, None);
    let part = |(stream, parts): (StreamName, Vec<String>)| {
        let about = stream.stream()?;
        let name = match about {
            Stream::Case(id) => Some(names.case(id)),
            Stream::Resource(id) => Some(names.resource(id, Language::En)),
            Stream::Organisation(id) => Some(names.organisation(id)),
            _ => None,
        };
        let (_, reference) = super::reference::of(about);
        let own = parts.is_empty() || matches!(about, Stream::Person(_) | Stream::Access);
        let reference = reference.unwrap_or_default();
        (!own).then_some(Part { stream, reference, name, parts })
    };
    Ok(found.into_iter().filter_map(part).collect())
}

/// The documents of these cases, by name.
async fn documents(guichet: &Guichet, parts: &[Part], cut: Cut) -> Result<Vec<Text>, Problem> {
    let mut documents = Vec::new();
    for stream in parts.iter().filter_map(|part| part.stream.stream()) {
        let Stream::Case(case) = stream else { continue };
        let history = stream_history(guichet, stream, cut).await?;
        let lines = CaseFile::of(case, &history).map_or(vec![], |file| file.documents);
        let name = |text: Sealed| Text { field: case.reference().to_string(), text };
        documents.extend(lines.into_iter().map(|line| line.name).map(name));
    }
    Ok(documents)
}
