//! Erasing a person (G-7, D-1): once two persons agreed, the key is destroyed, the bytes are
//! removed, and the log says so.
//!
//! Each step looks at what is there to find out whether it was done: the tombstone in the keys,
//! the bytes in the store, the fact on the log. So it may stop anywhere, and goes on from there.

use std::collections::BTreeSet;

use events::{
    BlobId, ObjectKind, OrganisationId, OrganisationKind, PersonId, Stream, StreamName, person,
};

use super::{caught_up, insisting, keyless, left_of, remove, step_of, stored, texts_in, unread};
use crate::domain::{State, approval::Erasure};
use crate::guichet::Guichet;
use crate::transact::Failure;

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The key is destroyed, and the keys say which texts went with it.
    KeyDestroyed,
    /// The bytes of the texts are in no file of the store any more.
    TextsRemoved,
    /// The log says that the data were erased.
    Recorded,
    /// What others were in the middle of writing meanwhile is gone too.
    SweptUp,
}

/// Takes every step that is left; whether there was any.
///
/// # Errors
/// When the log, the keys or the tables can't be read or written; asking again goes on from there.
pub async fn finish(guichet: &Guichet, person: PersonId) -> Result<bool, Failure> {
    let mut any = false;
    while next(guichet, person).await?.is_some() {
        any = true;
    }
    if any {
        // Names are kept in memory too.
        caught_up(guichet).await?;
        for record in records_of(guichet, person).await? {
            for name in streams_of(guichet, record).await? {
                if let Some(stream) = name.stream() {
                    guichet.readmodel.look_again(stream).await.map_err(unread)?;
                }
            }
        }
    }
    Ok(any)
}

/// Takes the next step of an erasure that was agreed to; `None` when there is nothing to do.
///
/// # Errors
/// As [`finish`].
pub async fn next(guichet: &Guichet, person: PersonId) -> Result<Option<Step>, Failure> {
    let erasure = agreed(guichet, person).await?;
    if erasure.is_none() && !is_buried(guichet, person)? {
        return Ok(None);
    }
    caught_up(guichet).await?;
    for record in records_of(guichet, person).await? {
        let step = next_of(guichet, record, erasure.as_ref()).await?;
        if step.is_some() {
            return Ok(step);
        }
    }
    Ok(None)
}

async fn next_of(
    guichet: &Guichet,
    record: PersonId,
    erasure: Option<&Erasure>,
) -> Result<Option<Step>, Failure> {
    let stream = Stream::Person(record);
    let folded = guichet.office.load(stream).await?;
    let (erased, held) = match &folded.state {
        State::Person(person) => (person.erased, person.held(guichet.now()).is_some()),
        _ => (false, false),
    };
    if erased {
        // From here on nothing is decided for them: whoever was in the middle of writing is done,
        // or is refused.
        for name in streams_of(guichet, record).await? {
            guichet.office.settled(&name).await;
        }
    }
    let texts = texts_of(guichet, record).await?;
    if !is_buried(guichet, record)? {
        if held {
            // A hold that came before it was begun keeps the data (D-1).
            return Ok(None);
        }
        let (holder, blobs) = (stream.name(), texts.iter().copied().collect::<Vec<_>>());
        insisting(|| guichet.vault.destroy(&holder, &blobs)).await?;
        return Ok(Some(Step::KeyDestroyed));
    }
    let left = left_of(guichet, &texts).await?;
    if !left.is_empty() {
        remove(guichet, &left).await?;
        return Ok(Some(if erased { Step::SweptUp } else { Step::TextsRemoved }));
    }
    if erased || folded.revision.is_none() {
        return Ok(None);
    }
    let purposes = erasure.map(|erasure| erasure.purposes.clone()).unwrap_or_default();
    let fact = person::Fact::PersonalDataErased { purposes, keys: 1 };
    let command = step_of(stream.name().as_str(), "erased");
    let approved = erasure.map(|erasure| erasure.approved);
    guichet.office.record(stream, command, fact.into(), approved).await?;
    Ok(Some(Step::Recorded))
}

/// The erasure that two persons agreed to: of this record, or of one that it goes on under.
async fn agreed(guichet: &Guichet, person: PersonId) -> Result<Option<Erasure>, Failure> {
    let mut met = BTreeSet::new();
    let mut next = Some(person);
    while let Some(at) = next.filter(|at| met.insert(*at)) {
        let folded = guichet.office.load(Stream::Person(at)).await?;
        if let Some(erasure) = folded.approvals.erasure() {
            return Ok(Some(erasure));
        }
        next = match &folded.state {
            State::Person(person) => person.merged_into,
            _ => None,
        };
    }
    Ok(None)
}

fn is_buried(guichet: &Guichet, person: PersonId) -> Result<bool, Failure> {
    let holder = Stream::Person(person).name();
    Ok(guichet.vault.tombstones().map_err(keyless)?.contains(&holder))
}

/// The records of one person: those that go on under theirs, unless a hold keeps them, then theirs.
///
/// # Errors
/// When the tables or the log can't be read.
pub async fn records_of(guichet: &Guichet, person: PersonId) -> Result<Vec<PersonId>, Failure> {
    let now = guichet.readmodel.now().await.map_err(unread)?;
    let streams = guichet.readmodel.records_of(Stream::Person(person), now).await;
    let mut records = Vec::new();
    for stream in streams.map_err(unread)?.into_iter().rev() {
        let Stream::Person(record) = stream else { continue };
        let folded = guichet.office.load(stream).await?;
        let held = match &folded.state {
            State::Person(person) => person.held(guichet.now()).is_some(),
            _ => false,
        };
        if record == person || !held {
            records.push(record);
        }
    }
    Ok(records)
}

/// Everything sealed for a person: on their record, in what they asked about their data, and the
/// names of a sole trader that they are.
async fn texts_of(guichet: &Guichet, person: PersonId) -> Result<BTreeSet<BlobId>, Failure> {
    let mut found = BTreeSet::new();
    for name in streams_of(guichet, person).await? {
        for event in stored(guichet, &name).await? {
            texts_in(&event, &mut found);
        }
    }
    Ok(found)
}

/// The streams whose texts are all theirs.
async fn streams_of(guichet: &Guichet, person: PersonId) -> Result<Vec<StreamName>, Failure> {
    let mut streams = vec![Stream::Person(person).name()];
    for name in places(guichet, ObjectKind::Person, person.uuid()).await? {
        if matches!(name.stream(), Some(Stream::Privacy(_))) {
            streams.push(name);
        }
    }
    let folded = guichet.office.load(Stream::Person(person)).await?;
    let State::Person(record) = &folded.state else { return Ok(streams) };
    let organisations: BTreeSet<OrganisationId> =
        record.affiliations.iter().map(|affiliation| affiliation.organisation).collect();
    for organisation in organisations {
        if is_sole_trader(guichet, organisation, person).await? {
            streams.push(Stream::Organisation(organisation).name());
        }
    }
    Ok(streams)
}

/// Whether an organisation is this person under another name: a sole trader to whom nobody else
/// ever belonged.
async fn is_sole_trader(
    guichet: &Guichet,
    organisation: OrganisationId,
    person: PersonId,
) -> Result<bool, Failure> {
    let folded = guichet.office.load(Stream::Organisation(organisation)).await?;
    let State::Organisation(record) = &folded.state else { return Ok(false) };
    let kind = record.profile.as_ref().map(|profile| profile.kind);
    if kind != Some(OrganisationKind::SoleTrader) {
        return Ok(false);
    }
    for name in places(guichet, ObjectKind::Organisation, organisation.uuid()).await? {
        let Some(Stream::Person(other)) = name.stream() else { continue };
        let folded = guichet.office.load(Stream::Person(other)).await?;
        let State::Person(record) = &folded.state else { continue };
        let belongs = record.affiliations.iter().any(|known| known.organisation == organisation);
        if belongs && other != person {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The streams in which something is about a thing.
async fn places(
    guichet: &Guichet,
    kind: ObjectKind,
    id: uuid::Uuid,
) -> Result<BTreeSet<StreamName>, Failure> {
    let places = guichet.readmodel.facts_about(kind, id, None).await.map_err(unread)?;
    Ok(places.into_iter().map(|place| place.stream).collect())
}
