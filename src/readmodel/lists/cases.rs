//! The list of cases.

use events::{ApplicationState, Area, CallId, CaseId, CaseStatus, OrganisationId, PersonId, Stage};
use events::{Stream, Time, UserId};
use projections::caseload::CaseRow;
use rusqlite::types::Value;
use rusqlite::{Connection, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::query::{Query, id, put, word};
use super::{Listed, Merged};
use crate::readmodel::search::folded;

/// Which cases to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CaseFilter {
    /// Where they are in their life.
    pub status: Option<CaseStatus>,
    /// How far the project is.
    pub stage: Option<Stage>,
    /// What the project is for.
    pub area: Option<Area>,
    /// Who follows them.
    pub advisor: Option<UserId>,
    /// A call they applied to.
    pub call: Option<CallId>,
    /// The state of an application; with `call`, of one to that call.
    pub application: Option<ApplicationState>,
    /// Somebody who speaks for them, is in their team or mentors them.
    pub person: Option<PersonId>,
    /// The organisation that carries them.
    pub organisation: Option<OrganisationId>,
    /// Whether nothing is expected for a while.
    pub on_hold: Option<bool>,
    /// Received then or later.
    pub received_from: Option<Time>,
    /// Received before then.
    pub received_until: Option<Time>,
    /// Words in the title, whatever their case and accents.
    pub text: Option<String>,
    /// What comes first.
    pub sort: CaseSort,
    /// What goes on under the records asked for.
    #[serde(skip)]
    pub merged: Merged,
    /// What the asker may see.
    #[serde(skip)]
    pub sight: Sight,
}

/// What a list of cases is sorted by, latest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseSort {
    /// When something last happened.
    #[default]
    LastActivity,
    /// When the project reached the office.
    Received,
}

/// Which cases somebody may see at all; the default is every one. Never read from a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sight {
    /// Only these.
    pub only: Option<Vec<CaseId>>,
    /// All but these.
    pub except: Vec<CaseId>,
}

impl Sight {
    /// Narrows a question down; `case` is the column that holds a case's id.
    pub(super) fn narrow(&self, query: &mut Query, case: &str) {
        if let Some(only) = &self.only {
            query.only(&format!("{case} IN ({})", marks(only)), only.iter().copied().map(id));
        }
        if !self.except.is_empty() {
            let ids = self.except.iter().copied().map(id);
            query.only(&format!("{case} NOT IN ({})", marks(&self.except)), ids);
        }
    }

    /// The same where an item has several cases, in `table`: one of those seen, and none of the
    /// others.
    pub(super) fn narrow_any(&self, query: &mut Query, table: &str) {
        let having = |cases| format!("(SELECT stream FROM {table} WHERE case_id IN ({cases}))");
        if let Some(only) = &self.only {
            let seen = format!("stream IN {}", having(marks(only)));
            query.only(&seen, only.iter().copied().map(id));
        }
        if !self.except.is_empty() {
            let unseen = format!("stream NOT IN {}", having(marks(&self.except)));
            query.only(&unseen, self.except.iter().copied().map(id));
        }
    }
}

fn marks(cases: &[CaseId]) -> String {
    vec!["?"; cases.len()].join(", ")
}

impl Listed for CaseRow {
    type Item = Self;
    type Filter = CaseFilter;
    const TABLES: &'static str = "
        CREATE TABLE cases (
            stream INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, status TEXT NOT NULL,
            stage TEXT NOT NULL, area TEXT NOT NULL, advisor BLOB, organisation BLOB,
            on_hold INTEGER NOT NULL, received_at INTEGER NOT NULL,
            last_activity INTEGER NOT NULL, title TEXT NOT NULL
        ) STRICT;
        CREATE INDEX cases_activity ON cases (last_activity, id);
        CREATE INDEX cases_received ON cases (received_at, id);
        CREATE INDEX cases_status ON cases (status);
        CREATE INDEX cases_advisor ON cases (advisor);
        CREATE INDEX cases_organisation ON cases (organisation);
        CREATE TABLE case_people (
            person BLOB NOT NULL, stream INTEGER NOT NULL, mentor INTEGER NOT NULL,
            PRIMARY KEY (person, stream, mentor)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX case_people_stream ON case_people (stream);
        CREATE TABLE case_applications (
            call BLOB NOT NULL, state TEXT NOT NULL, stream INTEGER NOT NULL,
            PRIMARY KEY (call, state, stream)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX case_applications_state ON case_applications (state, stream);
        CREATE INDEX case_applications_stream ON case_applications (stream);";

    fn index(&self, before: Option<&Self>, db: &Connection, stream: i64) -> rusqlite::Result<()> {
        let row = [
            ("stream", stream.into()),
            ("id", id(self.id)),
            ("status", word(self.status)),
            ("stage", word(self.stage)),
            ("area", word(self.area)),
            ("advisor", self.advisor.map(id).into()),
            ("organisation", self.organisation.map(id).into()),
            ("on_hold", self.on_hold.into()),
            ("received_at", self.received_at.micros().into()),
            ("last_activity", self.last_activity.micros().into()),
            ("title", folded(self.title.as_str()).into()),
        ];
        put(db, "cases", &row)?;
        if before.is_none_or(|before| people(before) != people(self)) {
            index_people(self, db, stream)?;
        }
        if before.is_none_or(|before| before.applications != self.applications) {
            index_applications(self, db, stream)?;
        }
        Ok(())
    }

    fn named(filter: &Self::Filter) -> Vec<Stream> {
        let person = filter.person.map(Stream::Person);
        person.into_iter().chain(filter.organisation.map(Stream::Organisation)).collect()
    }

    fn follow(filter: &mut Self::Filter, merged: Merged) {
        filter.merged = merged;
    }

    fn query(filter: &CaseFilter) -> Query {
        let mut query = Query::descending(
            "cases",
            match filter.sort {
                CaseSort::LastActivity => "last_activity",
                CaseSort::Received => "received_at",
            },
        );
        query.when("status = ?", filter.status.map(word));
        query.when("stage = ?", filter.stage.map(word));
        query.when("area = ?", filter.area.map(word));
        query.when("advisor = ?", filter.advisor.map(id));
        let organisations = &filter.merged.organisations;
        query.among("organisation IN (?)", filter.organisation, organisations);
        query.when("on_hold = ?", filter.on_hold.map(Value::from));
        let micros = |time: Time| Value::Integer(time.micros());
        query.when("received_at >= ?", filter.received_from.map(micros));
        query.when("received_at < ?", filter.received_until.map(micros));
        query.text("title", filter.text.as_deref());
        let theirs = "stream IN (SELECT stream FROM case_people WHERE person IN (?))";
        query.among(theirs, filter.person, &filter.merged.people);
        let applied =
            |what| format!("stream IN (SELECT stream FROM case_applications WHERE {what})");
        match (filter.call, filter.application) {
            (Some(call), Some(state)) => {
                query.only(&applied("call = ? AND state = ?"), [id(call), word(state)]);
            }
            (Some(call), None) => query.only(&applied("call = ?"), [id(call)]),
            (None, Some(state)) => query.only(&applied("state = ?"), [word(state)]),
            (None, None) => {}
        }
        filter.sight.narrow(&mut query, "id");
        query
    }

    fn item(&self, of: Uuid) -> Option<Self> {
        (self.id.uuid() == of).then(|| self.clone())
    }
}

fn people(row: &CaseRow) -> (PersonId, &[PersonId], &[PersonId]) {
    (row.contact, &row.team, &row.mentors)
}

fn index_people(row: &CaseRow, db: &Connection, stream: i64) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM case_people WHERE stream = ?1")?.execute([stream])?;
    let mut insert = db.prepare_cached("INSERT OR IGNORE INTO case_people VALUES (?1, ?2, ?3)")?;
    for person in row.team.iter().chain([&row.contact]) {
        insert.execute(params![id(*person), stream, false])?;
    }
    for mentor in &row.mentors {
        insert.execute(params![id(*mentor), stream, true])?;
    }
    Ok(())
}

fn index_applications(row: &CaseRow, db: &Connection, stream: i64) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM case_applications WHERE stream = ?1")?.execute([stream])?;
    let sql = "INSERT OR IGNORE INTO case_applications VALUES (?1, ?2, ?3)";
    let mut insert = db.prepare_cached(sql)?;
    for line in &row.applications {
        insert.execute(params![id(line.call), word(line.state), stream])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readmodel::ReadModel;
    use crate::readmodel::lists::Paging;
    use crate::readmodel::testing::Log;

    async fn listed(model: &ReadModel, filter: CaseFilter) -> Vec<CaseRow> {
        let paging = Paging { limit: Some(200), cursor: None };
        let page = model.list::<CaseRow>(filter, paging, None).await.expect("a page");
        assert_eq!(page.total, page.items.len() as u64);
        page.items
    }

    /// The filter gives exactly the rows for which `fits` holds.
    async fn gives(
        model: &ReadModel,
        all: &[CaseRow],
        filter: CaseFilter,
        fits: impl Fn(&CaseRow) -> bool,
    ) {
        let expected: Vec<_> = all.iter().filter(|row| fits(row)).cloned().collect();
        assert_eq!(listed(model, filter.clone()).await, expected, "{filter:?}");
    }

    #[tokio::test]
    async fn each_filter_gives_the_rows_that_fit_it() {
        let mut log = Log::new();
        (0..6).for_each(|seed| log.scribble(seed, 150));
        let model = log.model().await;
        let all = listed(&model, CaseFilter::default()).await;
        assert!(all.len() > 2, "{} cases", all.len());
        let none = CaseFilter::default;
        for row in &all {
            let CaseRow { status, stage, area, on_hold, received_at: at, contact, .. } =
                row.clone();
            gives(&model, &all, CaseFilter { status: Some(status), ..none() }, |row| {
                row.status == status
            })
            .await;
            let both = CaseFilter { stage: Some(stage), area: Some(area), ..none() };
            gives(&model, &all, both, |row| row.stage == stage && row.area == area).await;
            let held = CaseFilter { on_hold: Some(on_hold), ..none() };
            gives(&model, &all, held, |row| row.on_hold == on_hold).await;
            let since = CaseFilter { received_from: Some(at), ..none() };
            gives(&model, &all, since, |row| row.received_at >= at).await;
            let before = CaseFilter { received_until: Some(at), ..none() };
            gives(&model, &all, before, |row| row.received_at < at).await;
            for person in row.team.iter().chain(&row.mentors).chain([&contact]).copied() {
                gives(&model, &all, CaseFilter { person: Some(person), ..none() }, |row| {
                    row.contact == person
                        || row.team.contains(&person)
                        || row.mentors.contains(&person)
                })
                .await;
            }
            if row.advisor.is_some() {
                let filter = CaseFilter { advisor: row.advisor, ..none() };
                gives(&model, &all, filter, |other| other.advisor == row.advisor).await;
            }
            if row.organisation.is_some() {
                let filter = CaseFilter { organisation: row.organisation, ..none() };
                gives(&model, &all, filter, |other| other.organisation == row.organisation).await;
            }
            for line in &row.applications {
                let (call, state) = (Some(line.call), Some(line.state));
                let filter = CaseFilter { call, application: state, ..none() };
                gives(&model, &all, filter, |row| {
                    let one = |of: &projections::caseload::ApplicationLine| {
                        of.call == line.call && of.state == line.state
                    };
                    row.applications.iter().any(one)
                })
                .await;
                let filter = CaseFilter { application: state, ..none() };
                gives(&model, &all, filter, |row| {
                    row.applications.iter().any(|of| of.state == line.state)
                })
                .await;
            }
        }
    }

    #[tokio::test]
    async fn words_of_a_title_are_found_whatever_their_case_and_accents() {
        let mut log = Log::new();
        let person = PersonId::derived("somebody");
        let case = log.case("Organoïdes de l'Œsophage", person);
        log.case("Antibodies", person);
        let model = log.model().await;
        for asked in ["organoides", "ŒSOPHAGE organ", "l'oeso", "  "] {
            let filter = CaseFilter { text: Some(asked.to_owned()), ..CaseFilter::default() };
            let found = listed(&model, filter).await;
            assert!(found.iter().any(|row| row.id == case), "{asked}");
        }
        let filter = CaseFilter { text: Some("organ %".to_owned()), ..CaseFilter::default() };
        assert_eq!(listed(&model, filter).await.len(), 1, "signs are no words");
        let filter = CaseFilter { text: Some("oesophagus".to_owned()), ..CaseFilter::default() };
        assert!(listed(&model, filter).await.is_empty());
    }

    #[tokio::test]
    async fn a_case_that_may_not_be_seen_is_neither_listed_nor_counted() {
        let mut log = Log::new();
        let person = PersonId::derived("somebody");
        let cases = [log.case("One", person), log.case("Two", person), log.case("Three", person)];
        let model = log.model().await;
        let seen = async |sight| {
            let filter = CaseFilter { sight, ..CaseFilter::default() };
            let mut ids: Vec<_> = listed(&model, filter).await.iter().map(|row| row.id).collect();
            ids.sort();
            ids
        };
        let mut two = vec![cases[0], cases[2]];
        two.sort();
        let except = Sight { except: vec![cases[1]], only: None };
        assert_eq!(seen(except).await, two);
        let only = Sight { only: Some(two.clone()), except: vec![cases[0]] };
        assert_eq!(seen(only).await, [cases[2]]);
        let nothing = Sight { only: Some(vec![]), except: vec![] };
        assert!(seen(nothing).await.is_empty());
    }

    #[test]
    fn a_query_string_says_what_is_wanted_and_nothing_else() {
        let read = |json: &str| serde_json::from_str::<CaseFilter>(json);
        let filter = read(r#"{"status": "followed", "sort": "received"}"#).expect("a filter");
        assert_eq!((filter.status, filter.sort), (Some(CaseStatus::Followed), CaseSort::Received));
        assert!(read(r#"{"statsu": "followed"}"#).is_err());
        assert!(read(r#"{"sight": {}}"#).is_err());
    }
}
