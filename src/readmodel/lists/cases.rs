//! The list of cases.

use events::{ApplicationState, Area, CallId, CaseId, CaseStatus, OrganisationId, PersonId, Stage};
use events::{Time, UserId};
use projections::caseload::CaseRow;
use rusqlite::types::Value;
use rusqlite::{Connection, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Listed;
use super::query::{Query, id, word};
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
        CREATE INDEX cases_status ON cases (status, last_activity, id);
        CREATE INDEX cases_advisor ON cases (advisor, last_activity, id);
        CREATE INDEX cases_organisation ON cases (organisation, last_activity, id);
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

    fn index(&self, db: &Connection, stream: i64) -> rusqlite::Result<()> {
        let sql =
            "INSERT OR REPLACE INTO cases VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        db.prepare_cached(sql)?.execute(params![
            stream,
            id(self.id),
            word(self.status),
            word(self.stage),
            word(self.area),
            self.advisor.map(id),
            self.organisation.map(id),
            self.on_hold,
            self.received_at.micros(),
            self.last_activity.micros(),
            folded(self.title.as_str()),
        ])?;
        db.prepare_cached("DELETE FROM case_people WHERE stream = ?1")?.execute([stream])?;
        let mut people =
            db.prepare_cached("INSERT OR IGNORE INTO case_people VALUES (?1, ?2, ?3)")?;
        for person in self.team.iter().chain([&self.contact]) {
            people.execute(params![id(*person), stream, false])?;
        }
        for mentor in &self.mentors {
            people.execute(params![id(*mentor), stream, true])?;
        }
        db.prepare_cached("DELETE FROM case_applications WHERE stream = ?1")?.execute([stream])?;
        let sql = "INSERT OR IGNORE INTO case_applications VALUES (?1, ?2, ?3)";
        let mut applications = db.prepare_cached(sql)?;
        for line in &self.applications {
            applications.execute(params![id(line.call), word(line.state), stream])?;
        }
        Ok(())
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
        query.when("organisation = ?", filter.organisation.map(id));
        query.when("on_hold = ?", filter.on_hold.map(Value::from));
        let micros = |time: Time| Value::Integer(time.micros());
        query.when("received_at >= ?", filter.received_from.map(micros));
        query.when("received_at < ?", filter.received_until.map(micros));
        query.text("title", filter.text.as_deref());
        let theirs = "stream IN (SELECT stream FROM case_people WHERE person = ?)";
        query.when(theirs, filter.person.map(id));
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
