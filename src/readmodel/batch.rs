//! Facts written into the tables, many in one transaction.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use events::wire::DecodeError;
use events::{Envelope, History, Stream, StreamName};
use projections::{
    approvals::ApprovalBook, calls::CallRow, caseload::CaseRow, directory::OrganisationRow,
    directory::PersonRow, gatherings::GatheringRow, introductions::IntroductionRow,
    policies::PolicyFile, privacy::PrivacyRow, registers::RegisterBook, resources::ResourceRow,
    users::Accounts,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::facts;
use super::lists::Listed;
use super::{Halt, ReadError};
use crate::log;
use crate::store::{Position, Stored};

/// Stream and type names that are remembered from one batch to the next.
const NAMES_MAX: usize = 65_536;

/// Streams of which something is said in a batch that changes what was folded before, with all
/// their events.
pub(super) type Amended = HashMap<StreamName, Vec<Stored>>;

/// Whether an event of this type may change what an earlier one comes to.
pub(super) fn may_amend(kind: &str) -> bool {
    kind.starts_with("event.") || kind.starts_with("text.")
}

/// Names that were met before, and the numbers that the tables know them by.
#[derive(Default)]
pub(super) struct Names {
    streams: HashMap<StreamName, (i64, Option<Stream>)>,
    kinds: HashMap<String, i64>,
}

/// The rows that a batch touched.
#[derive(Default)]
pub(super) struct Touched {
    pub(super) cases: Rows<CaseRow>,
    pub(super) people: Rows<PersonRow>,
    pub(super) organisations: Rows<OrganisationRow>,
    pub(super) introductions: Rows<IntroductionRow>,
    pub(super) calls: Rows<CallRow>,
    pub(super) resources: Rows<ResourceRow>,
    pub(super) gatherings: Rows<GatheringRow>,
    pub(super) policies: Rows<PolicyFile>,
    pub(super) accounts: Rows<Accounts>,
    approvals: Rows<ApprovalBook>,
    registers: Rows<RegisterBook>,
    privacy: Rows<PrivacyRow>,
}

/// What became of a batch.
pub(super) struct Written {
    /// The rows as they stand now.
    pub(super) touched: Touched,
    /// The last position taken in, if there is one.
    pub(super) position: Option<Position>,
    /// Where it stopped, if it met a fact that can't be read.
    pub(super) halted: Option<Halt>,
}

/// Rows of one kind, by the number of their stream: each is read and written once per batch.
pub(super) struct Rows<R>(HashMap<i64, Changed<R>>);

/// A row as the tables have it, and as it becomes.
struct Changed<R> {
    before: Option<R>,
    now: Option<R>,
}

impl<R> Default for Rows<R> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<R: Listed> Rows<R> {
    /// The rows as they stand.
    pub(super) fn iter(&self) -> impl Iterator<Item = &R> {
        self.0.values().filter_map(|row| row.now.as_ref())
    }

    /// Takes a fact in.
    pub(super) fn take(
        &mut self,
        db: &Connection,
        (number, stream): (i64, Stream),
        next: &Envelope,
    ) -> Result<(), ReadError> {
        if !R::answers(stream) {
            return Ok(());
        }
        let row = match self.0.entry(number) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let before: Option<R> = load(db, number)?;
                entry.insert(Changed { now: before.clone(), before })
            }
        };
        row.now = R::after(row.now.take(), next);
        Ok(())
    }

    /// Folds a row anew, from its stream's whole history.
    fn refold(
        &mut self,
        db: &Connection,
        (number, stream): (i64, Stream),
        history: &History,
    ) -> Result<(), ReadError> {
        if R::answers(stream) {
            let before = load(db, number)?;
            self.0.insert(number, Changed { before, now: R::fold(history) });
        }
        Ok(())
    }

    /// Writes every row that a fact changed.
    pub(super) fn store(&self, db: &Connection) -> Result<(), ReadError> {
        let sql = format!(
            "INSERT INTO {}_rows VALUES (?1, ?2)
                ON CONFLICT (stream) DO UPDATE SET row = excluded.row",
            R::KIND
        );
        for (number, row) in &self.0 {
            let Some(now) = &row.now else {
                if row.before.is_some() {
                    remove::<R>(db, *number)?;
                }
                continue;
            };
            db.prepare_cached(&sql)?.execute(params![number, serde_json::to_vec(now)?])?;
            now.index(row.before.as_ref(), db, *number)?;
        }
        Ok(())
    }
}

/// Forgets a row whose stream no longer comes to one, and what it was looked for by.
fn remove<R: Listed>(db: &Connection, number: i64) -> Result<(), ReadError> {
    let rows = format!("DELETE FROM {}_rows WHERE stream = ?1", R::KIND);
    db.prepare_cached(&rows)?.execute([number])?;
    for table in R::TABLES.split("CREATE TABLE ").skip(1) {
        let Some((name, columns)) = table.split_once('(') else { continue };
        let columns = columns.split(';').next().unwrap_or_default();
        if columns.contains("stream INTEGER") {
            let sql = format!("DELETE FROM {} WHERE stream = ?1", name.trim());
            db.prepare_cached(&sql)?.execute([number])?;
        }
    }
    Ok(())
}

fn load<R: Listed>(db: &Connection, number: i64) -> Result<Option<R>, ReadError> {
    let sql = format!("SELECT row FROM {}_rows WHERE stream = ?1", R::KIND);
    let mut select = db.prepare_cached(&sql)?;
    let row = select.query_row([number], |row| row.get::<_, Vec<u8>>(0)).optional()?;
    Ok(row.map(|row| serde_json::from_slice(&row)).transpose()?)
}

impl Touched {
    fn take(
        &mut self,
        db: &Connection,
        stream: (i64, Stream),
        next: &Envelope,
    ) -> Result<(), ReadError> {
        self.cases.take(db, stream, next)?;
        self.people.take(db, stream, next)?;
        self.organisations.take(db, stream, next)?;
        self.introductions.take(db, stream, next)?;
        self.calls.take(db, stream, next)?;
        self.resources.take(db, stream, next)?;
        self.gatherings.take(db, stream, next)?;
        self.policies.take(db, stream, next)?;
        self.accounts.take(db, stream, next)?;
        self.approvals.take(db, stream, next)?;
        self.registers.take(db, stream, next)?;
        self.privacy.take(db, stream, next)
    }

    fn refold(
        &mut self,
        db: &Connection,
        stream: (i64, Stream),
        history: &History,
    ) -> Result<(), ReadError> {
        self.cases.refold(db, stream, history)?;
        self.people.refold(db, stream, history)?;
        self.organisations.refold(db, stream, history)?;
        self.introductions.refold(db, stream, history)?;
        self.calls.refold(db, stream, history)?;
        self.resources.refold(db, stream, history)?;
        self.gatherings.refold(db, stream, history)?;
        self.policies.refold(db, stream, history)?;
        self.accounts.refold(db, stream, history)?;
        self.approvals.refold(db, stream, history)?;
        self.registers.refold(db, stream, history)?;
        self.privacy.refold(db, stream, history)
    }

    fn store(&self, db: &Connection) -> Result<(), ReadError> {
        self.cases.store(db)?;
        self.people.store(db)?;
        self.organisations.store(db)?;
        self.introductions.store(db)?;
        self.calls.store(db)?;
        self.resources.store(db)?;
        self.gatherings.store(db)?;
        self.policies.store(db)?;
        self.accounts.store(db)?;
        self.approvals.store(db)?;
        self.registers.store(db)?;
        self.privacy.store(db)
    }
}

/// Takes events in, in their order, up to the first that can't be read.
pub(super) fn take(
    db: &Connection,
    names: &mut Names,
    events: &[Stored],
    amended: &Amended,
) -> Result<Written, ReadError> {
    let mut touched = Touched::default();
    let sql = "SELECT latest, position FROM log ORDER BY position DESC LIMIT 1";
    let last = db.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)));
    let (mut latest, last) = last.optional()?.unwrap_or((i64::MIN, -1));
    let mut position = None;
    let mut halted = None;
    for stored in events {
        // Another process may have taken it into the same file.
        if stored.position.0.cast_signed() <= last {
            position = Some(stored.position);
            continue;
        }
        let envelope = match log::read(stored) {
            Ok(envelope) => envelope,
            Err(error) => {
                halted = Some(halt(stored, &error));
                break;
            }
        };
        let (number, stream) = names.stream(db, &stored.stream)?;
        let kind = names.kind(db, &stored.kind)?;
        latest = latest.max(envelope.meta.recorded_at.micros());
        index(db, stored, &envelope, number, kind, latest)?;
        if let Some(stream) = stream
            && !amended.contains_key(&stored.stream)
        {
            touched.take(db, (number, stream), &envelope)?;
        }
        position = Some(stored.position);
    }
    for (name, recorded) in amended {
        if let (number, Some(stream)) = names.stream(db, name)? {
            touched.refold(db, (number, stream), &counted(recorded, position)?)?;
        }
    }
    touched.store(db)?;
    Ok(Written { touched, position, halted })
}

/// The history of a stream up to a position, as it counts there.
fn counted(recorded: &[Stored], last: Option<Position>) -> Result<History, ReadError> {
    let taken = recorded.iter().filter(|stored| Some(stored.position) <= last);
    let read = |stored: &Stored| {
        log::read(stored).map_err(|source| ReadError::Fact { event: stored.id, source })
    };
    taken.map(read).collect()
}

fn index(
    db: &Connection,
    stored: &Stored,
    envelope: &Envelope,
    stream: i64,
    kind: i64,
    latest: i64,
) -> Result<(), ReadError> {
    let position = stored.position.0.cast_signed();
    db.prepare_cached("INSERT INTO log VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?.execute(params![
        position,
        stored.id.uuid().into_bytes(),
        stream,
        stored.revision.cast_signed(),
        kind,
        envelope.meta.recorded_at.micros(),
        latest,
    ])?;
    let mut insert = db.prepare_cached("INSERT OR IGNORE INTO objects VALUES (?1, ?2, ?3)")?;
    for object in envelope.fact.objects(&stored.stream) {
        let (kind, id) = facts::key(&object);
        insert.execute(params![kind, id, position])?;
    }
    Ok(())
}

fn halt(stored: &Stored, error: &DecodeError) -> Halt {
    Halt {
        position: stored.position.0,
        event: stored.id,
        stream: stored.stream.clone(),
        revision: stored.revision,
        kind: stored.kind.clone(),
        error: error.to_string(),
    }
}

impl Names {
    fn stream(
        &mut self,
        db: &Connection,
        name: &StreamName,
    ) -> Result<(i64, Option<Stream>), ReadError> {
        if let Some(known) = self.streams.get(name) {
            return Ok(*known);
        }
        let number = number(db, "streams", "stream", name.as_str())?;
        if self.streams.len() >= NAMES_MAX {
            self.streams.clear();
        }
        let found = (number, name.stream());
        self.streams.insert(name.clone(), found);
        Ok(found)
    }

    fn kind(&mut self, db: &Connection, name: &str) -> Result<i64, ReadError> {
        if let Some(known) = self.kinds.get(name) {
            return Ok(*known);
        }
        let number = number(db, "kinds", "kind", name)?;
        self.kinds.insert(name.to_owned(), number);
        Ok(number)
    }
}

/// The number of a name, given to it now if it has none.
fn number(db: &Connection, table: &str, column: &str, name: &str) -> Result<i64, ReadError> {
    let sql = format!("SELECT {column} FROM {table} WHERE name = ?1");
    let known = db.prepare_cached(&sql)?.query_row([name], |row| row.get(0)).optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    let sql = format!("INSERT INTO {table} (name) VALUES (?1)");
    db.prepare_cached(&sql)?.execute([name])?;
    Ok(db.last_insert_rowid())
}
