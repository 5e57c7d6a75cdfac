//! Documents of a case: sent in clear, sealed on the way to the disk, attached by a command.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use events::{Digest, DocumentId, MediaType, Stream};
use futures_util::{StreamExt, stream};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::caller::Caller;
use super::operation::{Answer, Body as Sent, Operation, answer, id_in_path};
use super::problem::MEDIA_TYPE;
use super::texts::opened;
use super::{Problem, Shared, cases, commands, reference};
use crate::access::Sight;
use crate::domain::Collection;
use crate::guichet::Guichet;
use crate::vault::{DOCUMENT_BYTES_MAX, Document, DocumentError};

/// A document that arrived and waits to be attached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Uploaded {
    /// Its id, for `attach-document`.
    pub document: DocumentId,
    /// SHA-256 of the sealed file, for `attach-document`.
    pub digest: Digest,
    /// Its size in clear, bytes.
    pub size_bytes: u64,
    /// Its media type, as sent.
    pub media_type: MediaType,
}

pub(super) fn operations() -> Vec<Operation> {
    let upload = Operation {
        method: Method::POST,
        path: "/v1/cases/{id}/documents".into(),
        id: "upload-document".into(),
        tag: "cases",
        summary: "Send a document of a case, at most 25 MiB.".into(),
        description: "The body is the document itself. It is sealed while it arrives; attach it \
                      to the case with `attach-document` and the id and digest given here."
            .into(),
        parameters: vec![id_in_path("id")],
        query: None,
        body: Some(Sent {
            media_type: "application/octet-stream",
            schema: Box::new(|_| json!({ "type": "string", "contentMediaType": "*/*" })),
            example: None,
        }),
        answers: vec![
            answer::<Uploaded>(201, "Sealed and stored"),
            Answer {
                media_type: MEDIA_TYPE,
                ..answer::<Problem>(410, "The case was erased: nothing is sealed for it any more")
            },
        ],
        guarded: true,
        handler: post(upload).layer(DefaultBodyLimit::disable()),
    };
    let download = Operation::get(
        "/v1/cases/{id}/documents/{document}",
        "read-document",
        "cases",
        "Read a document of a case.",
        get(download),
    )
    .with(id_in_path("id"))
    .with(id_in_path("document"))
    .answers(Answer {
        status: 200,
        description: "The document",
        media_type: "application/octet-stream",
        schema: None,
    })
    .answers(Answer {
        media_type: MEDIA_TYPE,
        ..answer::<Problem>(410, "The document was erased")
    });
    vec![upload, download]
}

async fn upload(
    State(guichet): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let attaches = Collection::Cases.spec("attach-document").map_or(&[][..], |spec| spec.roles);
    if !caller.holds_one_of(attaches) {
        return Err(Problem::forbidden("your roles do not attach documents"));
    }
    let (case, _, _) = cases::visible(&guichet, &caller, &id).await?;
    let media_type = media_type(&headers)?;
    let command = commands::command_id(&caller, &headers)?;
    let document = DocumentId::created_by(command);
    let holder = Stream::Case(case).name();
    let mut writer = guichet.documents.begin(&holder, document).await?;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| {
            Problem::new(StatusCode::BAD_REQUEST, "broken_off", "the body broke off")
        })?;
        writer.write(&chunk).await?;
    }
    let stored = writer.finish().await?;
    let uploaded =
        Uploaded { document, digest: stored.digest, size_bytes: stored.size_bytes, media_type };
    Ok((StatusCode::CREATED, axum::Json(uploaded)).into_response())
}

fn media_type(headers: &HeaderMap) -> Result<MediaType, Problem> {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = text.unwrap_or("application/octet-stream").split(';').next();
    let essence = essence.unwrap_or_default().trim().to_lowercase();
    essence.parse().map_err(|_| {
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", "not a media type")
            .remedy("send the document's media type as Content-Type, such as application/pdf")
    })
}

async fn download(
    State(guichet): State<Shared>,
    caller: Caller,
    Path((id, document)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (case, sight, file) = cases::visible(&guichet, &caller, &id).await?;
    if sight < Sight::Whole {
        return Err(Problem::forbidden("your roles do not show documents"));
    }
    let line = file
        .documents
        .iter()
        .find(|line| line.document.to_string() == document.to_lowercase())
        .ok_or_else(|| Problem::not_found("document"))?;
    let (digest, media_type) = (line.digest, line.media_type.clone());
    let name = opened(&guichet, sight, &line.name).await?;
    let holder = Stream::Case(case).name();
    let reader = match guichet.documents.read(digest, &holder, line.document).await? {
        Document::Content(reader) => reader,
        Document::Erased => return Err(erased()),
    };
    let chunks = stream::unfold(reader, |mut reader| async move {
        match reader.next().await {
            Ok(Some(chunk)) => Some((Ok(axum::body::Bytes::from(chunk.to_vec())), reader)),
            Ok(None) => None,
            Err(error) => Some((Err(error), reader)),
        }
    });
    let headers = [
        (header::CONTENT_TYPE, media_type.to_string()),
        (header::CONTENT_DISPOSITION, disposition(name.as_str())),
    ];
    Ok((headers, Body::from_stream(chunks)).into_response())
}

/// To be saved under the name it was attached with, if that was not erased.
fn disposition(name: Option<&str>) -> String {
    let encoded = |name| utf8_percent_encode(name, NON_ALPHANUMERIC);
    name.map_or("attachment".to_owned(), |name| {
        format!("attachment; filename*=UTF-8''{}", encoded(name))
    })
}

/// What is to be attached was sent, for this case and under this id.
///
/// # Errors
/// When it was not, or the case is not the caller's to see. What says neither is not judged here.
pub(super) async fn sent_before(
    guichet: &Guichet,
    caller: &Caller,
    stream: Stream,
    body: &Map<String, Value>,
) -> Result<(), Problem> {
    cases::sighted(guichet, caller, &reference::of(stream).0).await?;
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    let document = text("document").and_then(|text| text.parse::<DocumentId>().ok());
    let digest = text("digest").and_then(|text| text.parse::<Digest>().ok());
    let (Some(document), Some(digest)) = (document, digest) else { return Ok(()) };
    let begun = match guichet.documents.read(digest, &stream.name(), document).await {
        Ok(Document::Content(mut reader)) => reader.next().await.map(drop),
        Ok(Document::Erased) => Ok(()),
        Err(error) => Err(error),
    };
    match begun {
        Err(DocumentError::Missing { .. } | DocumentError::Damaged { .. }) => {
            let detail = "no document was sent for this case under this id and digest";
            let remedy = "send it first, to …/documents, and use the id and digest given there";
            Err(Problem::input("document", detail).remedy(remedy))
        }
        Err(DocumentError::Erased { .. } | DocumentError::NoKey { .. }) | Ok(()) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn erased() -> Problem {
    Problem::new(StatusCode::GONE, "erased", "the document was erased")
}

impl From<DocumentError> for Problem {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::Erased { .. } => erased(),
            DocumentError::TooLarge => {
                let detail = format!("a document has at most {DOCUMENT_BYTES_MAX} bytes");
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
            }
            error => {
                tracing::error!(%error, "a document failed");
                Self::internal()
            }
        }
    }
}
