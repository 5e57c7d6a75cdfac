//! The facts about a thing, found through the table of objects and read from the store.

use std::collections::{BTreeMap, BTreeSet};

use events::wire::DecodeError;
use events::{Envelope, EventId, Fact, Object, ObjectKind, Revision, Stream, StreamName};
use futures_util::{StreamExt, TryStreamExt, stream};
use projections::Row;
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::db::Db;
use super::{Cut, ReadError, ReadModel, batch, cut};
use crate::log;
use crate::store::{EventStore, Position, Stored};

/// Events that one read of a stream takes.
const PAGE_EVENTS: usize = 1_000;
/// Revisions between two wanted ones that are rather read along than read around.
const GAP_REVISIONS_MAX: Revision = 64;
/// Readings that go on at a time for one answer.
const READINGS_MAX: usize = 4;

/// Where a fact stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its stream.
    pub stream: StreamName,
    /// Its place there.
    pub revision: Revision,
    /// Its place in the log.
    pub position: Position,
}

/// Facts in the order of the log.
#[derive(Debug, Clone)]
pub struct History {
    /// The facts.
    pub envelopes: Vec<Envelope>,
    /// Where each of them stands in the log, in the same order.
    pub positions: Vec<Position>,
    /// Facts of types that this build does not know: kept, and shown as they are.
    pub unknown: Vec<Stored>,
    /// Where it stops.
    pub cut: Cut,
}

impl ReadModel {
    /// Where the facts about a thing stand, in the order of the log; as of a cut, or all read so
    /// far.
    ///
    /// # Errors
    /// When the tables can't be read.
    pub async fn facts_about(
        &self,
        kind: ObjectKind,
        id: Uuid,
        cut: Option<Cut>,
    ) -> Result<Vec<Place>, ReadError> {
        self.read(move |db| about(db, kind, id, cut.map_or_else(|| cut::now(db), Ok)?)).await
    }

    /// The facts about a thing, wherever they stand; as of a cut, or all read so far.
    ///
    /// # Errors
    /// When the tables or the store can't be read.
    pub async fn history(
        &self,
        kind: ObjectKind,
        id: Uuid,
        asked: Option<Cut>,
    ) -> Result<History, ReadError> {
        let (places, cut) = self
            .read(move |db| {
                let cut = asked.map_or_else(|| cut::now(db), Ok)?;
                Ok((about(db, kind, id, cut)?, cut))
            })
            .await?;
        let mut wanted: BTreeMap<StreamName, Vec<Revision>> = BTreeMap::new();
        for place in places {
            wanted.entry(place.stream).or_default().push(place.revision);
        }
        let runs = wanted.into_iter().flat_map(|(stream, revisions)| {
            runs(&revisions).into_iter().map(move |run| (stream.clone(), run)).collect::<Vec<_>>()
        });
        let read = |(stream, run)| async move { self.run(&stream, run).await };
        let found: Vec<Vec<Stored>> =
            stream::iter(runs).map(read).buffer_unordered(READINGS_MAX).try_collect().await?;
        let mut found: Vec<Stored> = found.into_iter().flatten().collect();
        self.with_targets(&mut found, cut).await?;
        let mut history = history(found, cut)?;
        if asked.is_none() {
            history.unknown.extend(self.unread(kind, id).await?);
        }
        Ok(history)
    }

    /// Adds the events of which something is said among those found, where they are missing: one
    /// that a correction brings into a thing's history.
    async fn with_targets(&self, found: &mut Vec<Stored>, cut: Cut) -> Result<(), ReadError> {
        let known: BTreeSet<EventId> = found.iter().map(|stored| stored.id).collect();
        let said = |stored: &Stored| match log::read(stored) {
            Ok(Envelope { fact: Fact::Amendment(said), .. }) => Some(said.target()),
            Ok(_) | Err(_) => None,
        };
        let said = found.iter().filter(|stored| batch::may_amend(&stored.kind)).filter_map(said);
        let missing: BTreeSet<EventId> = said.filter(|target| !known.contains(target)).collect();
        for event in missing {
            let Some(place) = self.place_of(event).await? else { continue };
            if cut.holds(place.position) {
                found.extend(self.store.read_stream(&place.stream, place.revision, 1).await?);
            }
        }
        Ok(())
    }

    /// Where an event stands; `None` when no such event was read.
    ///
    /// # Errors
    /// When the tables can't be read.
    pub async fn place_of(&self, event: EventId) -> Result<Option<Place>, ReadError> {
        self.read(move |db| {
            let sql = "SELECT streams.name, log.revision, log.position FROM log
                JOIN streams USING (stream) WHERE log.event = ?1 ORDER BY log.position LIMIT 1";
            let mut select = db.prepare_cached(sql)?;
            let mut rows = select.query([event.uuid().into_bytes()])?;
            rows.next()?.map(place).transpose()
        })
        .await
    }

    /// Facts in a thing's own stream that halted the model: no table says what they are about.
    async fn unread(&self, kind: ObjectKind, id: Uuid) -> Result<Vec<Stored>, ReadError> {
        let Some(halt) = self.status().halted else { return Ok(Vec::new()) };
        if halt.stream.as_str() != format!("{kind}-{id}") {
            return Ok(Vec::new());
        }
        let (stream, from) = (halt.stream, halt.revision);
        let after = self.store.read_stream(&stream, from, PAGE_EVENTS).await?;
        let unknown =
            |stored: &Stored| matches!(log::read(stored), Err(DecodeError::UnknownType(_)));
        Ok(after.into_iter().filter(unknown).collect())
    }

    /// Everything in one stream, as of a cut, or to its end: also what this build can't read.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn stream_history(
        &self,
        stream: &StreamName,
        cut: Option<Cut>,
    ) -> Result<History, ReadError> {
        let mut found = self.recorded(stream).await?;
        found.retain(|stored| cut.is_none_or(|cut| cut.holds(stored.position)));
        let cut = match cut {
            Some(cut) => cut,
            None => self.now().await?,
        };
        history(found, cut)
    }

    /// Every event of a stream as stored.
    pub(super) async fn recorded(&self, stream: &StreamName) -> Result<Vec<Stored>, ReadError> {
        let mut found: Vec<Stored> = Vec::new();
        loop {
            let page = self.store.read_stream(stream, found.len() as Revision, PAGE_EVENTS).await?;
            let length = page.len();
            found.extend(page);
            if length < PAGE_EVENTS {
                return Ok(found);
            }
        }
    }

    /// What a stream folds to, as of a cut, or as it is.
    ///
    /// # Errors
    /// When the store can't be read, or holds a fact of this stream that can't.
    pub async fn folded<R: Row>(
        &self,
        stream: Stream,
        cut: Option<Cut>,
    ) -> Result<Option<R>, ReadError> {
        let history = self.stream_history(&stream.name(), cut).await?;
        if let Some(unknown) = history.unknown.first() {
            let source = DecodeError::UnknownType(unknown.kind.clone());
            return Err(ReadError::Fact { event: unknown.id, source });
        }
        Ok(R::fold(&events::History::of(history.envelopes)))
    }

    /// Some successive revisions of a stream.
    async fn run(&self, stream: &StreamName, run: Run) -> Result<Vec<Stored>, ReadError> {
        let mut found = Vec::with_capacity(run.wanted.len());
        let mut from = run.first();
        while from <= run.last() {
            let limit = usize::try_from(run.last() - from + 1).unwrap_or(PAGE_EVENTS);
            let page = self.store.read_stream(stream, from, limit.min(PAGE_EVENTS)).await?;
            if page.is_empty() {
                break;
            }
            from += page.len() as Revision;
            let wanted = |stored: &Stored| run.wanted.binary_search(&stored.revision).is_ok();
            found.extend(page.into_iter().filter(wanted));
        }
        Ok(found)
    }
}

/// Wanted revisions that stand close together, in order; never none.
struct Run {
    wanted: Vec<Revision>,
}

impl Run {
    fn first(&self) -> Revision {
        self.wanted.first().copied().unwrap_or_default()
    }

    fn last(&self) -> Revision {
        self.wanted.last().copied().unwrap_or_default()
    }
}

fn runs(revisions: &[Revision]) -> Vec<Run> {
    let close = |a: &Revision, b: &Revision| b - a <= GAP_REVISIONS_MAX;
    revisions.chunk_by(close).map(|run| Run { wanted: run.to_vec() }).collect()
}

fn history(mut found: Vec<Stored>, cut: Cut) -> Result<History, ReadError> {
    found.sort_unstable_by_key(|stored| stored.position);
    let mut history = History {
        envelopes: Vec::with_capacity(found.len()),
        positions: Vec::with_capacity(found.len()),
        unknown: Vec::new(),
        cut,
    };
    for stored in found {
        match log::read(&stored) {
            Ok(envelope) => {
                history.positions.push(stored.position);
                history.envelopes.push(envelope);
            }
            Err(DecodeError::UnknownType(_)) => history.unknown.push(stored),
            Err(source) => return Err(ReadError::Fact { event: stored.id, source }),
        }
    }
    Ok(history)
}

fn about(db: &Connection, kind: ObjectKind, id: Uuid, cut: Cut) -> Result<Vec<Place>, ReadError> {
    let Some(last) = cut.position() else { return Ok(Vec::new()) };
    // What was said about a fact belongs to everything that the fact is about.
    let sql = "WITH RECURSIVE found (position) AS (
            SELECT position FROM objects WHERE kind = ?1 AND id = ?2 AND position <= ?3
            UNION
            SELECT said.position FROM found JOIN log USING (position)
                JOIN objects AS said ON said.kind = ?4 AND said.id = log.event
                WHERE said.position <= ?3
        )
        SELECT streams.name, log.revision, found.position
        FROM found JOIN log USING (position) JOIN streams USING (stream)
        ORDER BY found.position";
    let mut select = db.prepare_cached(sql)?;
    let event = number(ObjectKind::Event);
    let mut rows = select.query((number(kind), id.into_bytes(), last.0.cast_signed(), event))?;
    let mut places = Vec::new();
    while let Some(row) = rows.next()? {
        places.push(place(row)?);
    }
    Ok(places)
}

/// Stream, revision and position.
fn place(row: &rusqlite::Row<'_>) -> Result<Place, ReadError> {
    Ok(Place {
        stream: name(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?,
        revision: row.get::<_, i64>(1)?.cast_unsigned(),
        position: Position(row.get::<_, i64>(2)?.cast_unsigned()),
    })
}

/// A kind of thing as the tables hold it.
pub(super) fn number(kind: ObjectKind) -> i64 {
    // The list is short, and its order is part of the tables' shape.
    ObjectKind::ALL.iter().position(|known| *known == kind).map_or(-1, |place| place as i64)
}

/// The place of an object in the table of objects.
pub(super) fn key(object: &Object) -> (i64, [u8; 16]) {
    (number(object.kind), object.id.into_bytes())
}

/// A stream's name as the tables hold it.
pub(super) fn name(text: &str) -> Result<StreamName, ReadError> {
    text.parse().map_err(|error: events::BadStreamName| {
        let error = rusqlite::types::FromSqlError::other(error);
        ReadError::Tables(error.into())
    })
}

/// Whether the last event that the tables know stands in the log where they say.
pub(super) async fn same_log(db: &Db, store: &dyn EventStore) -> Result<bool, ReadError> {
    let last = db.read(|db| {
        let sql = "SELECT event, streams.name, revision, position FROM log
            JOIN streams USING (stream) ORDER BY position DESC LIMIT 1";
        let last = db.query_row(sql, [], |row| {
            let stream: String = row.get(1)?;
            Ok((
                Uuid::from_bytes(row.get(0)?),
                stream,
                row.get::<_, i64>(2)?,
                row.get::<_, i64>(3)?,
            ))
        });
        Ok(last.optional()?)
    })?;
    let Some((event, stream, revision, position)) = last else { return Ok(true) };
    let there = store.read_stream(&name(&stream)?, revision.cast_unsigned(), 1).await?;
    let same = |stored: &Stored| {
        stored.id.uuid() == event && stored.position.0 == position.cast_unsigned()
    };
    Ok(there.first().is_some_and(same))
}

#[cfg(test)]
mod tests {
    use events::intake;
    use proptest::prelude::*;

    use super::super::AsOf;
    use super::super::testing::Log;
    use super::*;
    use projections::caseload::CaseRow;

    fn ids(history: &History) -> Vec<EventId> {
        history.envelopes.iter().map(|envelope| envelope.id).collect()
    }

    /// Facts about a thing, found by reading the whole log: those that name it, what was said of
    /// them, and that of which something is said that names it.
    fn scanned(log: &Log, kind: ObjectKind, id: Uuid, cut: Cut) -> Vec<EventId> {
        let mut all = Vec::new();
        log.store.visit_all(|stored| {
            if cut.holds(stored.position) {
                all.push(log::read(stored).expect("known"));
            }
        });
        let mut found = BTreeSet::new();
        for envelope in &all {
            let mut objects = envelope.fact.objects(&envelope.stream).into_iter();
            let names = objects.any(|object| (object.kind, object.id) == (kind, id));
            let said_of = match &envelope.fact {
                Fact::Amendment(said) => found.contains(&said.target()),
                _ => false,
            };
            if names || said_of {
                found.insert(envelope.id);
            }
        }
        let targets = all.iter().filter_map(|envelope| match &envelope.fact {
            Fact::Amendment(said) if found.contains(&envelope.id) => Some(said.target()),
            _ => None,
        });
        let targets: Vec<_> = targets.collect();
        found.extend(targets);
        all.iter().map(|envelope| envelope.id).filter(|event| found.contains(event)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn the_facts_about_a_thing_are_all_that_name_it(seed in any::<u64>(), at in 0_u64..2_000) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
            runtime.block_on(async {
                let mut log = Log::new();
                log.scribble(seed, 200);
                let model = log.model().await;
                let at = at.min(model.position().expect("events").0);
                let past = model.resolve(AsOf::Position(at)).await.expect("a cut");
                let now = model.now().await.expect("a cut");
                let mut things = Vec::new();
                log.store.visit_all(|stored| {
                    let fact = log::read(stored).expect("known").fact;
                    things.extend(fact.objects(&stored.stream));
                });
                for Object { kind, id, .. } in things.into_iter().step_by(29) {
                    let history = model.history(kind, id, None).await.expect("read");
                    assert_eq!(ids(&history), scanned(&log, kind, id, now));
                    assert!(history.positions.is_sorted() && history.cut == now);
                    let places = model.facts_about(kind, id, None).await.expect("read");
                    let there = |place: &Place| history.positions.contains(&place.position);
                    assert!(places.iter().all(there));
                    let history = model.history(kind, id, Some(past)).await.expect("read");
                    assert_eq!(ids(&history), scanned(&log, kind, id, past));
                }
            });
        }
    }

    #[tokio::test]
    async fn facts_far_apart_in_a_long_stream_are_read_around() {
        let mut log = Log::new();
        let person = log.person("Léa Martin", "lea@example.org");
        let case = Stream::Case(log.case("Organoids", person));
        for _ in 0..2_300 {
            log.record(case, intake::Fact::Resumed {});
        }
        log.record(case, intake::Fact::TeamMemberLeft { person });
        let model = log.model().await;
        let history = model.history(ObjectKind::Person, person.uuid(), None).await.expect("read");
        let revisions: Vec<_> =
            history.envelopes.iter().map(|e| (e.stream.clone(), e.revision)).collect();
        let name = case.name();
        assert_eq!(
            revisions,
            [(Stream::Person(person).name(), 0), (name.clone(), 0), (name.clone(), 2_301)]
        );
        let whole = model.stream_history(&name, None).await.expect("read");
        assert_eq!(whole.envelopes.len(), 2_302);
        let cut = model.resolve(AsOf::Event(whole.envelopes[1_500].id)).await.expect("a cut");
        let part = model.stream_history(&name, Some(cut)).await.expect("read");
        assert_eq!(part.envelopes.len(), 1_501);
        let row: CaseRow = model.folded(case, Some(cut)).await.expect("read").expect("a row");
        assert_eq!(row.revision, 1_500);
        assert_eq!(model.cases_of(person).await.expect("read").len(), 1);
    }

    #[tokio::test]
    async fn facts_of_unknown_types_are_given_as_they_are() {
        let mut log = Log::new();
        let person = log.person("Léa Martin", "lea@example.org");
        let case = log.case("Organoids", person);
        let unknown = log.record_raw(Stream::Case(case), "intake.teleported.v1", b"{}");
        let model = log.model().await;
        let about = model.history(ObjectKind::Case, case.uuid(), None).await.expect("read");
        let stream = model.stream_history(&Stream::Case(case).name(), None).await.expect("read");
        for history in [about, stream] {
            assert_eq!(history.envelopes.len(), 1);
            let found: Vec<_> = history.unknown.iter().map(|stored| stored.id).collect();
            assert_eq!(found, [unknown]);
        }
        let folded = model.folded::<CaseRow>(Stream::Case(case), None).await;
        assert!(matches!(folded, Err(ReadError::Fact { event, .. }) if event == unknown));
        let other = model.history(ObjectKind::Person, person.uuid(), None).await.expect("read");
        assert!(other.unknown.is_empty());
    }
}
