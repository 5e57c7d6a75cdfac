//! From what people type to the record they mean.

use events::{ApprovalId, EventId, ObjectKind, Stream, kinds};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Problem;
use super::moment::{cut, internal};
use crate::domain::Collection;
use crate::guichet::Guichet;
use crate::readmodel::ReferenceError;

/// The record that a UUID, a short reference or a policy's kind names.
pub(super) async fn stream(
    guichet: &Guichet,
    collection: Collection,
    text: &str,
) -> Result<Stream, Problem> {
    if collection == Collection::Policies {
        let kind = text.parse().map_err(|_| Problem::not_found("policy"))?;
        return Ok(Stream::Policy(kind));
    }
    if collection == Collection::Events {
        return of_event(guichet, text).await;
    }
    if collection == Collection::Approvals {
        return of_approval(guichet, text).await;
    }
    if let Ok(id) = Uuid::parse_str(text) {
        return of_uuid(collection, id).ok_or_else(|| Problem::not_found("record"));
    }
    let found = match referenced(guichet, collection, text).await {
        // Who creates a record and then names it by its reference finds it.
        Err(ReferenceError::Unknown) => {
            cut(guichet, None).await?;
            referenced(guichet, collection, text).await
        }
        found => found,
    };
    found.map_err(|error| match error {
        ReferenceError::Malformed(_) | ReferenceError::Unknown => {
            Problem::not_found("record").remedy("an id is a UUID or a reference such as 7K3M-9QXA")
        }
        ReferenceError::Ambiguous(_) => {
            Problem::input("id", error.to_string()).remedy("use the whole id")
        }
        ReferenceError::Read(error) => internal(error),
    })
}

/// Puts what the path names into the body, where it is not the record itself.
pub(super) async fn name_in(
    guichet: &Guichet,
    collection: Collection,
    text: &str,
    body: &mut Map<String, Value>,
) -> Result<(), Problem> {
    let (member, id) = match collection {
        Collection::Events => ("target", text.to_lowercase()),
        Collection::Approvals => ("approval", approval(guichet, text).await?.to_string()),
        _ => return Ok(()),
    };
    if body.contains_key(member) {
        return Err(Problem::input(member, "the path names it already"));
    }
    body.insert(member.to_owned(), Value::String(id));
    Ok(())
}

/// What was asked for, by its id or short reference.
pub(super) async fn approval(guichet: &Guichet, text: &str) -> Result<ApprovalId, Problem> {
    guichet.readmodel.find::<kinds::Approval>(text).await.map_err(|error| match error {
        ReferenceError::Read(error) => internal(error),
        _ => Problem::not_found("approval"),
    })
}

/// The record in which an event stands.
async fn of_event(guichet: &Guichet, text: &str) -> Result<Stream, Problem> {
    let event: EventId = text.parse().map_err(|_| {
        Problem::not_found("event").remedy("a journey tells the id of each of its events")
    })?;
    cut(guichet, None).await?;
    let place = guichet.readmodel.place_of(event).await.map_err(internal)?;
    place.and_then(|place| place.stream.stream()).ok_or_else(|| Problem::not_found("event"))
}

/// The record on which something was asked for.
async fn of_approval(guichet: &Guichet, text: &str) -> Result<Stream, Problem> {
    cut(guichet, None).await?;
    let id = approval(guichet, text).await?;
    let facts = guichet.readmodel.facts_about(ObjectKind::Approval, id.uuid(), None).await;
    let asked = facts.map_err(internal)?.into_iter().next();
    asked.and_then(|place| place.stream.stream()).ok_or_else(|| Problem::not_found("approval"))
}

async fn referenced(
    guichet: &Guichet,
    collection: Collection,
    text: &str,
) -> Result<Stream, ReferenceError> {
    let model = &guichet.readmodel;
    match collection {
        Collection::Cases => model.find::<kinds::Case>(text).await.map(Stream::Case),
        Collection::People => model.find::<kinds::Person>(text).await.map(Stream::Person),
        Collection::Organisations => {
            model.find::<kinds::Organisation>(text).await.map(Stream::Organisation)
        }
        Collection::Calls => model.find::<kinds::Call>(text).await.map(Stream::Call),
        Collection::Resources => model.find::<kinds::Resource>(text).await.map(Stream::Resource),
        Collection::Introductions => {
            model.find::<kinds::Introduction>(text).await.map(Stream::Introduction)
        }
        Collection::Gatherings => model.find::<kinds::Gathering>(text).await.map(Stream::Gathering),
        Collection::Policies | Collection::Users | Collection::Events | Collection::Approvals => {
            Err(ReferenceError::Unknown)
        }
    }
}

/// The record of a collection with this id.
pub(crate) fn of_uuid(collection: Collection, id: Uuid) -> Option<Stream> {
    use events::Id;
    Some(match collection {
        Collection::Cases => Stream::Case(Id::new(id)),
        Collection::People => Stream::Person(Id::new(id)),
        Collection::Organisations => Stream::Organisation(Id::new(id)),
        Collection::Calls => Stream::Call(Id::new(id)),
        Collection::Resources => Stream::Resource(Id::new(id)),
        Collection::Introductions => Stream::Introduction(Id::new(id)),
        Collection::Gatherings => Stream::Gathering(Id::new(id)),
        Collection::Policies | Collection::Users | Collection::Events | Collection::Approvals => {
            return None;
        }
    })
}

/// A record's id and its short reference.
pub(super) fn of(stream: Stream) -> (String, Option<String>) {
    let name = stream.name();
    let id = name.as_str().split_once('-').map_or(name.as_str(), |(_, id)| id).to_owned();
    let reference = match stream.subject() {
        Some(subject) => {
            let id: events::CaseId = events::Id::new(subject.id);
            Some(id.reference().to_string())
        }
        None => None,
    };
    (id, reference)
}
