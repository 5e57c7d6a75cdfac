//! Who and what is in the office's books, by name: in memory alone, never in a file (G-5).
//!
//! Names are opened with the vault when the program starts, beside its other work, and again as
//! the log grows; an answer says how many it covers.

mod fold;
mod index;
mod load;
mod names;
mod organisations;
mod people;
mod texts;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use events::{OrganisationId, PersonId};
use projections::directory::{OrganisationRow, PersonRow};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::watch;

use super::batch::Touched;
use super::db::Db;
use super::{Coverage, ReadError};
use crate::store::EventStore;
use crate::vault::Vault;

pub(super) use fold::folded;
use names::Things;
use organisations::Organisations;
use people::People;

/// People, organisations and what things are called.
pub struct Directory {
    store: Arc<dyn EventStore>,
    vault: Arc<Vault>,
    state: RwLock<State>,
    /// Rows whose texts could not be had, to be tried again.
    waiting: Mutex<Waiting>,
    loaded: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    people: People,
    organisations: Organisations,
    things: Things,
}

#[derive(Default)]
struct Waiting {
    people: HashMap<PersonId, PersonRow>,
    organisations: HashMap<OrganisationId, OrganisationRow>,
}

/// What was found, best first, and how many it was looked for among.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "{T}sFound")]
pub struct Found<T> {
    /// What was found.
    pub hits: Vec<T>,
    /// How many names could be looked at.
    #[serde(flatten)]
    pub coverage: Coverage,
}

/// By what something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Matched {
    /// Its name.
    Name,
    /// A name that it had before.
    FormerName,
    /// An e-mail address.
    Email,
    /// An e-mail address that they had before.
    FormerEmail,
    /// A phone number.
    Phone,
    /// An ORCID.
    Orcid,
    /// A French company number.
    Siren,
    /// An id at ror.org.
    Ror,
}

/// A person who was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PersonHit {
    /// The person.
    pub person: PersonId,
    /// The short form of their id.
    pub reference: String,
    /// Their name; absent where it is erased or can't be read.
    pub name: Option<String>,
    /// By what they were found.
    pub matched: Matched,
    /// How well it fits, 0 to 100.
    pub score: u8,
    /// The record under which they go on.
    pub merged_into: Option<PersonId>,
}

/// An organisation that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OrganisationHit {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The short form of its id.
    pub reference: String,
    /// Its name; absent where it is erased or can't be read.
    pub name: Option<String>,
    /// By what it was found.
    pub matched: Matched,
    /// How well it fits, 0 to 100.
    pub score: u8,
    /// The record under which it goes on.
    pub merged_into: Option<OrganisationId>,
}

impl Directory {
    /// Knows at once who is in the tables, and opens their names beside other work.
    pub(super) fn open(
        store: Arc<dyn EventStore>,
        vault: Arc<Vault>,
        db: &Arc<Db>,
    ) -> Result<Arc<Self>, ReadError> {
        let mut state = State::default();
        db.read(|db| {
            let people = load::ids(db, "people")?;
            people.into_iter().for_each(|id| state.people.expect(PersonId::new(id)));
            let organisations = load::ids(db, "organisations")?.into_iter();
            organisations.for_each(|id| state.organisations.expect(OrganisationId::new(id)));
            Ok(())
        })?;
        let directory = Arc::new(Self {
            store,
            vault,
            state: RwLock::new(state),
            waiting: Mutex::default(),
            loaded: watch::Sender::new(false),
        });
        tokio::spawn(load::all(Arc::downgrade(&directory), Arc::clone(db)));
        Ok(directory)
    }

    /// Waits until every name that was in the tables at the start was looked at.
    pub async fn ready(&self) {
        // The sender lives as long as `self`.
        let _ = self.loaded.subscribe().wait_for(|loaded| *loaded).await;
    }

    /// How many people can be found by name.
    pub fn people_covered(&self) -> Coverage {
        self.read().people.coverage()
    }

    /// How many organisations can be found by name.
    pub fn organisations_covered(&self) -> Coverage {
        self.read().organisations.coverage()
    }

    /// People by name, also former or misspelt, in any order of its words; by exact e-mail
    /// address, phone number or ORCID, if it looks like one.
    pub fn find_people(&self, text: &str, limit: usize) -> Found<PersonHit> {
        let state = self.read();
        let mut hits = state.people.find(text);
        hits.truncate(limit);
        Found { hits, coverage: state.people.coverage() }
    }

    /// Organisations by name, also former or misspelt, with or without their legal form; by SIREN
    /// (also SIRET) or ROR, if it looks like one.
    pub fn find_organisations(&self, text: &str, limit: usize) -> Found<OrganisationHit> {
        let state = self.read();
        let mut hits = state.organisations.find(text);
        hits.truncate(limit);
        Found { hits, coverage: state.organisations.coverage() }
    }

    /// People in the directory who may be the same as this one, likeliest first: by the same
    /// address, number or ORCID, or a name that hardly differs. Merged records are left out.
    pub fn people_like(&self, person: PersonId) -> Found<PersonHit> {
        let state = self.read();
        Found { hits: state.people.like(person), coverage: state.people.coverage() }
    }

    /// Organisations in the directory that may be the same as this one, likeliest first: by the
    /// same SIREN or ROR, or a name that hardly differs. Merged records are left out.
    pub fn organisations_like(&self, organisation: OrganisationId) -> Found<OrganisationHit> {
        let state = self.read();
        let hits = state.organisations.like(organisation);
        Found { hits, coverage: state.organisations.coverage() }
    }

    /// Takes in rows that facts changed.
    pub(super) async fn take(&self, touched: &Touched) {
        {
            let things = &mut self.write().things;
            touched.cases.iter().for_each(|row| things.case(row));
            touched.calls.iter().for_each(|row| things.call(row));
            touched.resources.iter().for_each(|row| things.resource(row));
            touched.accounts.iter().for_each(|row| things.accounts(row));
            touched.policies.iter().for_each(|row| things.policy(row));
        }
        self.take_people(touched.people.iter().cloned().collect()).await;
        self.take_organisations(touched.organisations.iter().cloned().collect()).await;
    }

    /// Tries again to open what could not be had before.
    pub(super) async fn open_waiting(&self) {
        let Waiting { people, organisations } = std::mem::take(&mut *self.waiting());
        self.take_people(people.into_values().collect()).await;
        self.take_organisations(organisations.into_values().collect()).await;
    }

    async fn take_people(&self, rows: Vec<PersonRow>) {
        let sealed: Vec<_> = {
            let state = self.read();
            rows.iter().filter(|row| !state.people.knows(row)).flat_map(people::sealed).collect()
        };
        match texts::open(self.store.as_ref(), &self.vault, sealed).await {
            Ok(texts) => {
                let mut state = self.write();
                rows.iter().for_each(|row| state.people.set(row, &texts));
            }
            Err(error) => {
                tracing::warn!(%error, "names can't be opened now; they will be tried again");
                self.write().people.expect_all(&rows);
                let mut waiting = self.waiting();
                for row in rows {
                    let known = waiting.people.get(&row.id).map(|known| known.revision);
                    if known <= Some(row.revision) {
                        waiting.people.insert(row.id, row);
                    }
                }
            }
        }
    }

    async fn take_organisations(&self, rows: Vec<OrganisationRow>) {
        let sealed: Vec<_> = {
            let state = self.read();
            let unknown = rows.iter().filter(|row| !state.organisations.knows(row));
            unknown.flat_map(organisations::sealed).collect()
        };
        match texts::open(self.store.as_ref(), &self.vault, sealed).await {
            Ok(texts) => {
                let mut state = self.write();
                rows.iter().for_each(|row| state.organisations.set(row, &texts));
            }
            Err(error) => {
                tracing::warn!(%error, "names can't be opened now; they will be tried again");
                self.write().organisations.expect_all(&rows);
                let mut waiting = self.waiting();
                for row in rows {
                    let known = waiting.organisations.get(&row.id).map(|known| known.revision);
                    if known <= Some(row.revision) {
                        waiting.organisations.insert(row.id, row);
                    }
                }
            }
        }
    }

    /// Every change is made whole before the lock is given back.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A score from 0 to 1 as people read it; what is not exact is never 100.
fn percent(score: f64) -> u8 {
    if score >= 1.0 { 100 } else { (score * 100.0).clamp(0.0, 99.0) as u8 }
}
