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

impl Matched {
    /// What it is for somebody who goes on under another record than the one it was found in.
    const fn before(self) -> Self {
        match self {
            Self::Name | Self::FormerName => Self::FormerName,
            Self::Email | Self::FormerEmail => Self::FormerEmail,
            Self::Phone => Self::Phone,
            Self::Orcid => Self::Orcid,
            Self::Siren => Self::Siren,
            Self::Ror => Self::Ror,
        }
    }
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

#[cfg(test)]
mod tests {
    use events::policy::{self, PolicyBody, Word};
    use events::{
        CallId, Language, PolicyKind, Stream, UserId, access, call, organisation, person,
    };
    use projections::story::Names;

    use super::super::testing::{Log, profile, sample, title};
    use super::*;

    fn renamed(name: events::Sealed) -> person::Fact {
        person::Fact::DetailsCorrected {
            name: Some(name),
            email: None,
            phone: None,
            orcid: None,
            language: None,
        }
    }

    #[tokio::test]
    async fn people_are_found_by_names_they_had_and_names_misspelt() {
        let mut log = Log::new();
        let lea = log.person("Léa Martin-Dubois", "lea@example.org");
        log.person("Noé Durand", "noe@example.org");
        let name = log.seal(Stream::Person(lea), "Léa Lefèvre");
        log.record(Stream::Person(lea), renamed(name));
        let model = log.model().await;
        for (asked, matched) in [
            ("lea lefevre", Matched::Name),
            ("Lefebvre Léa", Matched::Name),
            ("martin dubois", Matched::FormerName),
            ("Martin-Duboi, Lea", Matched::FormerName),
        ] {
            let found = model.directory().find_people(asked, 10);
            let hit = found.hits.first().expect(asked);
            assert_eq!((hit.person, hit.matched), (lea, matched), "{asked}");
            assert_eq!(hit.name.as_deref(), Some("Léa Lefèvre"));
            assert_eq!(found.coverage, Coverage { covered: 2, of: 2 });
        }
        assert!(model.directory().find_people("Bernard", 10).hits.is_empty());
        assert!(model.directory().find_people("", 10).hits.is_empty());
    }

    #[tokio::test]
    async fn people_are_found_by_address_number_and_orcid() {
        let mut log = Log::new();
        let id = PersonId::derived("Léa");
        let stream = Stream::Person(id);
        let mut identity = log.identity(id, "Léa Martin", "Lea.Martin@Example.org");
        identity.phone = Some(log.seal(stream, "+33 6 12 34 56 78"));
        identity.orcid = Some(log.seal(stream, "0000-0002-1825-009X"));
        log.record(stream, person::Fact::Registered(identity));
        log.person("Noé Durand", "noe@example.org");
        let model = log.model().await;
        for (asked, matched) in [
            (" lea.martin@example.org", Matched::Email),
            ("06.12.34.56.78", Matched::Phone),
            ("0033612345678", Matched::Phone),
            ("https://orcid.org/0000-0002-1825-009x", Matched::Orcid),
        ] {
            let hits = model.directory().find_people(asked, 10).hits;
            let found: Vec<_> =
                hits.iter().map(|hit| (hit.person, hit.matched, hit.score)).collect();
            assert_eq!(found, [(id, matched, 100)], "{asked}");
        }
        assert!(model.directory().find_people("lea@example.org", 10).hits.is_empty());
    }

    #[tokio::test]
    async fn organisations_are_found_whatever_their_legal_form() {
        let mut log = Log::new();
        let id = OrganisationId::derived("Organoscreen");
        let known = organisation::Profile {
            legal_name: Some(title("Organoscreen S.A.S.")),
            siren: Some("732829320".parse().expect("a SIREN")),
            ror: Some("03xjwb503".parse().expect("a ROR id")),
            ..profile()
        };
        log.record(Stream::Organisation(id), organisation::Fact::Registered(known.clone()));
        let renamed = organisation::Profile { legal_name: Some(title("Tumeurix")), ..known };
        log.record(Stream::Organisation(id), organisation::Fact::DetailsCorrected(renamed));
        log.organisation("Hôpital Saint-Louis");
        let model = log.model().await;
        for (asked, matched) in [
            ("TUMEURIX sarl", Matched::Name),
            ("Tumerix", Matched::Name),
            ("Organo-screen GmbH", Matched::FormerName),
            ("732 829 320", Matched::Siren),
            ("73282932000074", Matched::Siren),
            ("https://ror.org/03xjwb503", Matched::Ror),
        ] {
            let hits = model.directory().find_organisations(asked, 10).hits;
            let found: Vec<_> = hits.iter().map(|hit| (hit.organisation, hit.matched)).collect();
            assert_eq!(found, [(id, matched)], "{asked}");
        }
    }

    #[tokio::test]
    async fn likely_duplicates_share_an_address_or_nearly_a_name() {
        let mut log = Log::new();
        let lea = log.person("Léa Martin", "lea@example.org");
        let same_address = log.person("L. M.", "LEA@example.org");
        let same_name = log.person("MARTIN Lea", "l.martin@example.com");
        let merged = log.person("Léa Martin", "old@example.org");
        log.record(Stream::Person(merged), person::Fact::Merged { into: lea });
        log.person("Marie Martin", "marie@example.org");
        let model = log.model().await;
        let like = model.directory().people_like(lea).hits;
        let found: Vec<_> = like.iter().map(|hit| (hit.person, hit.matched)).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.contains(&(same_address, Matched::Email)));
        assert!(found.contains(&(same_name, Matched::Name)));
        let one = log.organisation("Tumeurix SAS");
        let other = log.organisation("Tumeurix");
        log.organisation("Tumorlab");
        model.catch_up().await.expect("caught up");
        let like = model.directory().organisations_like(other).hits;
        assert_eq!(like.iter().map(|hit| hit.organisation).collect::<Vec<_>>(), [one]);
    }

    #[tokio::test]
    async fn what_was_merged_is_found_as_what_goes_on_and_then_as_what_gave_way() {
        let mut log = Log::new();
        let lea = log.person("Léa Martin", "lea@example.org");
        let [middle, old] = ["Léa Dubois", "Léa Quentin"].map(|name| log.person(name, "l@x.org"));
        log.record(Stream::Person(old), person::Fact::Merged { into: middle });
        log.record(Stream::Person(middle), person::Fact::Merged { into: lea });
        let model = log.model().await;
        let found = |asked: &str| -> Vec<_> {
            let hits = model.directory().find_people(asked, 10).hits.into_iter();
            hits.map(|hit| (hit.person, hit.matched, hit.merged_into)).collect()
        };
        let former = (lea, Matched::FormerName, None);
        assert_eq!(found("quentin"), [former, (old, Matched::Name, Some(lea))]);
        assert_eq!(found("l@x.org")[0], (lea, Matched::FormerEmail, None));
        assert_eq!(found("l@x.org").len(), 3);
        assert_eq!(found("martin lea")[0], (lea, Matched::Name, None));
        let hit = &model.directory().find_people("quentin", 1).hits[0];
        assert_eq!(hit.name.as_deref(), Some("Léa Martin"));
        let parted = person::Fact::MergeReverted { from: lea };
        log.record(Stream::Person(middle), parted);
        model.catch_up().await.expect("caught up");
        assert_eq!(
            found_now(&model, "quentin"),
            [(middle, Matched::FormerName), (old, Matched::Name)]
        );

        let (one, two) = (log.organisation("Oncoseed"), log.organisation("Graine d'Or"));
        log.record(Stream::Organisation(two), organisation::Fact::Merged { into: one });
        model.catch_up().await.expect("caught up");
        let hits = model.directory().find_organisations("graine or", 10).hits;
        let found: Vec<_> = hits.iter().map(|hit| (hit.organisation, hit.merged_into)).collect();
        assert_eq!(found, [(one, None), (two, Some(one))]);
    }

    fn found_now(model: &super::super::ReadModel, asked: &str) -> Vec<(PersonId, Matched)> {
        let hits = model.directory().find_people(asked, 10).hits.into_iter();
        hits.map(|hit| (hit.person, hit.matched)).collect()
    }

    #[tokio::test]
    async fn an_erased_person_is_called_by_a_short_reference() {
        let mut log = Log::new();
        let lea = log.person("Léa Martin", "lea@example.org");
        let model = log.model().await;
        assert_eq!(model.directory().person(lea), "Léa Martin");
        log.vault.destroy(&Stream::Person(lea).name(), &[]).expect("destroyed");
        let erased = person::Fact::PersonalDataErased { purposes: vec![], keys: 1 };
        log.record(Stream::Person(lea), erased);
        model.catch_up().await.expect("caught up");
        assert_eq!(model.directory().person(lea), lea.reference().to_string());
        for asked in ["Léa Martin", "lea@example.org"] {
            assert!(model.directory().find_people(asked, 10).hits.is_empty(), "{asked}");
        }
        assert_eq!(model.status().people, Coverage { covered: 1, of: 1 });
    }

    #[tokio::test]
    async fn names_that_are_damaged_are_not_counted_as_looked_at() {
        let mut log = Log::new();
        let lea = log.person("Léa Martin", "lea@example.org");
        let noe = PersonId::derived("Noé");
        let mut identity = log.identity(noe, "Noé Durand", "noe@example.org");
        let missing = events::BlobId::derived("never written");
        identity.name = events::Sealed { blob: missing, ..identity.name };
        log.record(Stream::Person(noe), person::Fact::Registered(identity));
        let model = log.model().await;
        let found = model.directory().find_people("Lea Martin", 10);
        assert_eq!(found.hits.first().map(|hit| hit.person), Some(lea));
        assert_eq!(found.coverage, Coverage { covered: 1, of: 2 });
        assert_eq!(model.directory().person(noe), noe.reference().to_string());
        assert_eq!(model.directory().find_people("noe@example.org", 1).hits.len(), 1);
    }

    #[tokio::test]
    async fn what_was_in_the_tables_at_the_start_is_found_again() {
        let folder = tempfile::tempdir().expect("folder");
        let mut log = Log::new();
        let people: Vec<_> =
            (0..1_100).map(|at| log.person(&format!("Person X{at}Y"), "p@example.org")).collect();
        let case = log.case("Organoids", people[0]);
        let model = log.opened(Some(folder.path()), "a store").await;
        model.catch_up().await.expect("caught up");
        drop(model);
        let model = log.opened(Some(folder.path()), "a store").await;
        assert_eq!(model.status().people.of, 1_100);
        model.directory().ready().await;
        assert_eq!(model.status().people, Coverage { covered: 1_100, of: 1_100 });
        let hits = model.directory().find_people("Person X1099Y", 1).hits;
        assert_eq!(hits.first().map(|hit| hit.person), people.last().copied());
        assert_eq!(model.directory().case(case), "Organoids");
    }

    #[tokio::test]
    async fn everything_has_a_name_in_both_languages_where_it_has_two() {
        let mut log = Log::new();
        let lea = log.person("Léa Martin", "lea@example.org");
        let (user, call) = (UserId::derived("lea"), CallId::derived("a call"));
        log.record(Stream::Access, access::Fact::UserEnrolled { user, person: lea });
        let opened = sample("call.opened.v1");
        log.record(Stream::Call(call), opened.clone());
        let resource = events::ResourceId::derived("a resource");
        log.record(Stream::Resource(resource), sample("resource.registered.v1"));
        let organisation = log.organisation("Tumeurix");
        let code: events::Code = "previous_register".parse().expect("a code");
        let reasons = vec![Word {
            code: code.clone(),
            fr: title("repris de l'ancien registre"),
            en: title("taken from the previous register"),
        }];
        let body = PolicyBody::LateEntry { threshold_working_days: 5, reasons };
        let effective_from = log.now;
        let published = policy::Fact::Published { version: 1, body, effective_from };
        log.record(Stream::Policy(PolicyKind::LateEntry), published);
        let model = log.model().await;
        let names = model.directory();
        assert_eq!(names.user(user), "Léa Martin");
        assert_eq!(names.person_of(user), Some(lea));
        assert_eq!(names.organisation(organisation), "Tumeurix");
        let events::Fact::Call(call::Fact::Opened { terms, .. }) = opened else {
            panic!("not a call: {opened:?}");
        };
        assert_eq!(names.call(call), terms.title.as_str());
        let (fr, en) =
            (names.resource(resource, Language::Fr), names.resource(resource, Language::En));
        assert_ne!(fr, en);
        assert_eq!(names.code(&code, Language::Fr), "repris de l'ancien registre");
        let unknown = "some_code".parse().expect("a code");
        assert_eq!(names.code(&unknown, Language::En), "some code");
        let summer: events::Time = "2026-07-01T12:00:00Z".parse().expect("a time");
        assert_eq!(names.local(summer).to_string(), "2026-07-01 14:00:00");
        let nobody = UserId::derived("nobody");
        assert_eq!(names.user(nobody), nobody.reference().to_string());
    }
}
