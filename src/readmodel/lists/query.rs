//! From a filter to SQL, and from SQL to a page.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};

use data_encoding::BASE64URL_NOPAD;
use events::{Id, StreamName};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{ListError, Listed, Page, Paging};
use crate::readmodel::{Cut, ReadError};

/// Items on a page, unless asked otherwise.
pub const LIMIT_DEFAULT: u16 = 50;
/// The most items on a page.
pub const LIMIT_MAX: u16 = 200;

/// Where a page of a list ended. Opaque: made and read here alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Cursor(String);

/// The last item of a page: what the list is sorted by, its id, and which list it was.
#[derive(Serialize, Deserialize)]
struct Place {
    #[serde(rename = "k")]
    key: Key,
    #[serde(rename = "i")]
    id: Uuid,
    #[serde(rename = "q")]
    query: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Key {
    Number(i64),
    Text(String),
}

/// What is asked of a list's table, whose columns `id` and `stream` every list has.
#[derive(Debug, Clone)]
pub struct Query {
    table: &'static str,
    order: &'static str,
    descending: bool,
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Query {
    /// Every item, the one with the smallest `order` first.
    pub(super) fn ascending(table: &'static str, order: &'static str) -> Self {
        Self { table, order, descending: false, conditions: Vec::new(), values: Vec::new() }
    }

    /// Every item, the one with the largest `order` first.
    pub(super) fn descending(table: &'static str, order: &'static str) -> Self {
        Self { descending: true, ..Self::ascending(table, order) }
    }

    /// Only those for which this holds; each `?` stands for one of the values.
    pub(super) fn only(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.conditions.push(format!("({condition})"));
        self.values.extend(values);
    }

    /// Only those for which this holds, where a value is asked for.
    pub(super) fn when(&mut self, condition: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.only(condition, [value]);
        }
    }

    /// Only those for which this holds of the record asked for or of one that goes on under it;
    /// `?` stands for all of them.
    pub(super) fn among<K>(&mut self, condition: &str, asked: Option<Id<K>>, merged: &[Id<K>]) {
        let Some(asked) = asked else { return };
        let ids: Vec<Value> = std::iter::once(&asked).chain(merged).map(|it| id(*it)).collect();
        let marks = vec!["?"; ids.len()].join(", ");
        self.only(&condition.replace('?', &marks), ids);
    }

    /// Only those whose title or name holds these words, whatever their case and accents.
    pub(super) fn text(&mut self, column: &str, text: Option<&str>) {
        for word in text.unwrap_or_default().split_whitespace() {
            let word = crate::readmodel::search::folded(word);
            self.only(&format!("instr({column}, ?) > 0"), [Value::Text(word)]);
        }
    }

    fn filtered(&self) -> String {
        let mut sql = format!("FROM {}", self.table);
        for (place, condition) in self.conditions.iter().enumerate() {
            let word = if place == 0 { "WHERE" } else { "AND" };
            // Writing to a string can't fail.
            let _ = write!(sql, " {word} {condition}");
        }
        sql
    }

    fn after(&self, place: Place) -> Self {
        let mut rest = self.clone();
        let beyond = if self.descending { "<" } else { ">" };
        let key = match place.key {
            Key::Number(number) => Value::Integer(number),
            Key::Text(text) => Value::Text(text),
        };
        rest.only(&format!("({}, id) {beyond} (?, ?)", self.order), [key, blob(place.id)]);
        rest
    }

    /// Tells this question from others, so that no cursor is used for another one.
    fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.table, self.order, self.descending, &self.conditions).hash(&mut hasher);
        format!("{:?}", self.values).hash(&mut hasher);
        hasher.finish()
    }
}

/// The page that a filter asks for.
pub(super) fn page<R: Listed>(
    db: &Connection,
    filter: &R::Filter,
    paging: &Paging,
    cut: Cut,
) -> Result<Page<R::Item>, ListError> {
    let limit = paging.limit.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(ListError::Limit);
    }
    let query = R::query(filter);
    let fingerprint = query.fingerprint();
    let place = paging.cursor.as_ref().map(|cursor| cursor.place(fingerprint)).transpose()?;
    let total = total(db, &query)?;
    let rest = match place {
        Some(place) => query.after(place),
        None => query,
    };
    let mut found = found(db, &rest, usize::from(limit) + 1)?;
    let more = found.len() > usize::from(limit);
    found.truncate(limit.into());
    let next = match found.last() {
        Some(last) if more => Some(last.cursor(fingerprint)?),
        _ => None,
    };
    let items = items::<R>(db, &found)?;
    Ok(Page { items, total, next, cut })
}

/// The row of a stream.
pub(super) fn row<R: Listed>(db: &Connection, stream: &StreamName) -> Result<Option<R>, ReadError> {
    let sql = format!(
        "SELECT row FROM {}_rows WHERE stream = (SELECT stream FROM streams WHERE name = ?1)",
        R::KIND
    );
    let row = db.prepare_cached(&sql)?.query_row([stream.as_str()], parsed).optional()?;
    row.transpose()
}

fn total(db: &Connection, query: &Query) -> Result<u64, ReadError> {
    let sql = format!("SELECT count(*) {}", query.filtered());
    let mut select = db.prepare_cached(&sql)?;
    Ok(select
        .query_row(params_from_iter(&query.values), |row| row.get::<_, i64>(0))?
        .cast_unsigned())
}

struct Found {
    id: Uuid,
    stream: i64,
    key: Value,
}

fn found(db: &Connection, query: &Query, limit: usize) -> Result<Vec<Found>, ReadError> {
    let Query { order, descending, .. } = query;
    let way = if *descending { "DESC" } else { "ASC" };
    let filtered = query.filtered();
    let sql = format!(
        "SELECT id, stream, {order} {filtered} ORDER BY {order} {way}, id {way} LIMIT {limit}"
    );
    let mut select = db.prepare_cached(&sql)?;
    let found = select.query_map(params_from_iter(&query.values), |row| {
        Ok(Found { id: Uuid::from_bytes(row.get(0)?), stream: row.get(1)?, key: row.get(2)? })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn items<R: Listed>(db: &Connection, found: &[Found]) -> Result<Vec<R::Item>, ReadError> {
    let sql = format!("SELECT row FROM {}_rows WHERE stream = ?1", R::KIND);
    let mut select = db.prepare_cached(&sql)?;
    let mut items = Vec::with_capacity(found.len());
    let mut read: Option<(i64, R)> = None;
    for Found { id, stream, .. } in found {
        // The items of one stream's row may stand side by side.
        let row = match read.take() {
            Some((of, row)) if of == *stream => row,
            _ => select.query_row([stream], parsed)??,
        };
        items.extend(row.item(*id));
        read = Some((*stream, row));
    }
    Ok(items)
}

fn parsed<R: DeserializeOwned>(row: &rusqlite::Row<'_>) -> rusqlite::Result<Result<R, ReadError>> {
    let bytes = row.get_ref(0)?.as_bytes()?;
    Ok(serde_json::from_slice(bytes).map_err(ReadError::Row))
}

impl Found {
    fn cursor(&self, query: u64) -> Result<Cursor, ReadError> {
        let key = match &self.key {
            Value::Text(text) => Key::Text(text.clone()),
            Value::Integer(number) => Key::Number(*number),
            // Every list is sorted by a number or a text that is always there.
            Value::Null | Value::Real(_) | Value::Blob(_) => Key::Number(0),
        };
        let place = serde_json::to_vec(&Place { key, id: self.id, query })?;
        Ok(Cursor(BASE64URL_NOPAD.encode(&place)))
    }
}

impl Cursor {
    fn place(&self, query: u64) -> Result<Place, ListError> {
        let bytes = BASE64URL_NOPAD.decode(self.0.as_bytes()).map_err(|_| ListError::BadCursor)?;
        let place: Place = serde_json::from_slice(&bytes).map_err(|_| ListError::BadCursor)?;
        if place.query == query { Ok(place) } else { Err(ListError::BadCursor) }
    }
}

/// Writes a row over the one of the same stream; indexes of columns that stay are not touched.
pub(super) fn put(db: &Connection, table: &str, row: &[(&str, Value)]) -> rusqlite::Result<()> {
    let names: Vec<&str> = row.iter().map(|(name, _)| *name).collect();
    let marks = vec!["?"; row.len()];
    let sets: Vec<String> = names.iter().map(|name| format!("{name} = excluded.{name}")).collect();
    let sql = format!(
        "INSERT INTO {table} ({}) VALUES ({}) ON CONFLICT (stream) DO UPDATE SET {}",
        names.join(", "),
        marks.join(", "),
        sets.join(", ")
    );
    let values = row.iter().map(|(_, value)| value);
    db.prepare_cached(&sql)?.execute(params_from_iter(values))?;
    Ok(())
}

/// An id as the tables hold it.
pub(super) fn blob(id: Uuid) -> Value {
    Value::Blob(id.into_bytes().into())
}

/// An id as the tables hold it.
pub(super) fn id<K>(id: Id<K>) -> Value {
    blob(id.uuid())
}

/// A word of a code list or a state, as the tables hold it.
pub(super) fn word<W: Serialize>(word: W) -> Value {
    match serde_json::to_value(word) {
        Ok(serde_json::Value::String(word)) => Value::Text(word),
        // Not a word: nothing equals it.
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use events::{CaseId, PersonId, Stream, intake};
    use projections::caseload::CaseRow;
    use projections::directory::OrganisationRow;

    use super::*;
    use crate::readmodel::ReadModel;
    use crate::readmodel::lists::{CaseFilter, CaseSort, OrganisationFilter};
    use crate::readmodel::testing::Log;

    /// Every page of a list, one after the other.
    async fn pages<R: Listed>(
        model: &ReadModel,
        filter: &R::Filter,
        limit: u16,
        cut: Option<Cut>,
    ) -> Vec<R::Item> {
        let mut paging = Paging { limit: Some(limit), cursor: None };
        let mut items = Vec::new();
        loop {
            let then = cut.map(Into::into);
            let page = model.list::<R>(filter.clone(), paging.clone(), then).await.expect("a page");
            assert!(page.items.len() <= limit.into());
            items.extend(page.items);
            paging.cursor = page.next;
            if paging.cursor.is_none() {
                assert_eq!(items.len() as u64, page.total);
                return items;
            }
        }
    }

    /// Cases of which several were received and last touched at the same moment.
    fn caseload() -> Log {
        let mut log = Log::new();
        let person = PersonId::derived("somebody");
        for turn in 0..25 {
            log.case(&format!("Case {turn}"), person);
            if turn % 4 > 0 {
                log.now = log.now.minus(chrono::TimeDelta::minutes(1));
            }
        }
        log
    }

    #[tokio::test]
    async fn paging_loses_and_repeats_nothing() {
        let log = caseload();
        let model = log.model().await;
        let now = model.now().await.expect("a cut");
        for sort in [CaseSort::LastActivity, CaseSort::Received] {
            let filter = CaseFilter { sort, ..CaseFilter::default() };
            for (limit, cut) in [(1, None), (7, None), (25, None), (200, None), (7, Some(now))] {
                let cases = pages::<CaseRow>(&model, &filter, limit, cut).await;
                let mut ids: Vec<CaseId> = cases.iter().map(|case| case.id).collect();
                ids.sort();
                ids.dedup();
                assert_eq!(ids.len(), 25, "{limit} at a time");
                let latest_first = cases.is_sorted_by_key(|case| {
                    std::cmp::Reverse(match sort {
                        CaseSort::LastActivity => case.last_activity,
                        CaseSort::Received => case.received_at,
                    })
                });
                assert!(latest_first, "{sort:?}");
            }
        }
    }

    #[tokio::test]
    async fn organisations_stand_in_the_order_of_their_names() {
        let mut log = Log::new();
        for name in ["Zêta", "élan", "Beta", "Éclair", "alpha"] {
            log.organisation(name);
        }
        let model = log.model().await;
        let found = pages::<OrganisationRow>(&model, &OrganisationFilter::default(), 2, None).await;
        let names: Vec<_> = found
            .iter()
            .filter_map(|row| row.legal_name.as_ref())
            .map(|name| name.as_str())
            .collect();
        assert_eq!(names, ["alpha", "Beta", "Éclair", "élan", "Zêta"]);
    }

    #[tokio::test]
    async fn a_cursor_is_good_for_its_own_question_alone() {
        let model = caseload().model().await;
        let paging = Paging { limit: Some(3), cursor: None };
        let page =
            model.list::<CaseRow>(CaseFilter::default(), paging, None).await.expect("a page");
        let paging = Paging { limit: Some(3), cursor: page.next };
        let other = CaseFilter { on_hold: Some(false), ..CaseFilter::default() };
        let refused = model.list::<CaseRow>(other, paging, None).await;
        assert!(matches!(refused, Err(ListError::BadCursor)));
        for nonsense in ["", "x", "eyJrIjoxfQ"] {
            let cursor = Some(Cursor(nonsense.to_owned()));
            let paging = Paging { limit: None, cursor };
            let refused = model.list::<CaseRow>(CaseFilter::default(), paging, None).await;
            assert!(matches!(refused, Err(ListError::BadCursor)), "{nonsense}");
        }
    }

    #[tokio::test]
    async fn a_page_has_1_to_200_items() {
        let model = caseload().model().await;
        for limit in [0, 201] {
            let paging = Paging { limit: Some(limit), cursor: None };
            let refused = model.list::<CaseRow>(CaseFilter::default(), paging, None).await;
            assert!(matches!(refused, Err(ListError::Limit)));
        }
    }

    #[tokio::test]
    async fn a_row_can_be_had_by_its_stream() {
        let mut log = Log::new();
        let case = log.case("Organoids", PersonId::derived("somebody"));
        log.record(Stream::Case(case), intake::Fact::Resumed {});
        let model = log.model().await;
        let row: CaseRow = model.row(Stream::Case(case)).await.expect("read").expect("a row");
        assert_eq!((row.id, row.revision), (case, 1));
        let none = model.row::<CaseRow>(Stream::Case(CaseId::derived("none"))).await;
        assert_eq!(none.expect("read"), None);
    }
}
