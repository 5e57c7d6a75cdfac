//! What things are called, for journeys and audit trails.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use events::policy::{PolicyBody, Word};
use events::{
    CallId, CaseId, Code, Language, OrganisationId, PersonId, PolicyKind, ResourceId, Revision,
    Time, UserId,
};
use projections::{
    calls::CallRow, caseload::CaseRow, policies::PolicyFile, resources::ResourceRow, story::Names,
    users::Accounts,
};

use super::Directory;

/// The clock of an office that has published no booking rules.
const ZONE_DEFAULT: Tz = Tz::Europe__Paris;

/// Names that stand in clear on the log.
#[derive(Default)]
pub(super) struct Things {
    users: Known<UserId, PersonId>,
    cases: Known<CaseId, String>,
    calls: Known<CallId, String>,
    resources: Known<ResourceId, InBoth>,
    words: HashMap<Code, InBoth>,
    /// In order, so that a code in two of them is always called the same.
    policies: BTreeMap<PolicyKind, (Revision, PolicyFile)>,
    zone: Option<Tz>,
}

/// What was learnt, and from which revision: rows come in any order at the start.
type Known<I, T> = HashMap<I, (Revision, T)>;

/// A name in both languages.
#[derive(Clone)]
struct InBoth {
    fr: String,
    en: String,
}

impl InBoth {
    fn get(&self, language: Language) -> &str {
        match language {
            Language::Fr => &self.fr,
            Language::En => &self.en,
        }
    }
}

fn learn<I: Eq + std::hash::Hash, T>(known: &mut Known<I, T>, id: I, revision: Revision, what: T) {
    if known.get(&id).is_none_or(|(known, _)| *known <= revision) {
        known.insert(id, (revision, what));
    }
}

impl Things {
    pub(super) fn case(&mut self, row: &CaseRow) {
        learn(&mut self.cases, row.id, row.revision, row.title.to_string());
    }

    pub(super) fn call(&mut self, row: &CallRow) {
        learn(&mut self.calls, row.id, row.revision, row.title.to_string());
    }

    pub(super) fn resource(&mut self, row: &ResourceRow) {
        let (fr, en) = (row.name_fr.to_string(), row.name_en.to_string());
        learn(&mut self.resources, row.id, row.revision, InBoth { fr, en });
    }

    pub(super) fn accounts(&mut self, row: &Accounts) {
        for user in &row.users {
            learn(&mut self.users, user.user, row.revision, user.person);
        }
    }

    pub(super) fn policy(&mut self, row: &PolicyFile) {
        if self.policies.get(&row.kind).is_some_and(|(known, _)| *known > row.revision) {
            return;
        }
        self.policies.insert(row.kind, (row.revision, row.clone()));
        self.words.clear();
        self.zone = None;
        // Later versions have the last word, but a code that they dropped keeps its name.
        let policies = self.policies.values().flat_map(|(_, file)| &file.versions);
        for version in policies.filter(|version| version.published.is_some()) {
            match &version.body {
                PolicyBody::Eligibility { criteria } => {
                    for criterion in criteria {
                        let (fr, en) = (criterion.fr.to_string(), criterion.en.to_string());
                        self.words.insert(criterion.code.clone(), InBoth { fr, en });
                    }
                }
                PolicyBody::LateEntry { reasons, .. } => add(&mut self.words, reasons),
                PolicyBody::CodeLists { lists } => {
                    lists.values().for_each(|words| add(&mut self.words, words));
                }
                PolicyBody::Retention { duties } => {
                    for duty in duties {
                        let (fr, en) = (duty.fr.to_string(), duty.en.to_string());
                        self.words.insert(duty.code.clone(), InBoth { fr, en });
                    }
                }
                PolicyBody::Booking { rules } => {
                    self.zone = rules.time_zone.as_str().parse().ok().or(self.zone);
                }
                PolicyBody::OfferComponents { .. }
                | PolicyBody::Conflicts { .. }
                | PolicyBody::ServiceLevels { .. } => {}
            }
        }
    }
}

fn add(known: &mut HashMap<Code, InBoth>, words: &[Word]) {
    for word in words {
        let (fr, en) = (word.fr.to_string(), word.en.to_string());
        known.insert(word.code.clone(), InBoth { fr, en });
    }
}

impl Directory {
    /// Whose account it is.
    pub fn person_of(&self, user: UserId) -> Option<PersonId> {
        self.read().things.users.get(&user).map(|(_, person)| *person)
    }
}

/// Names as they are now, whoever asks. What is unknown, unreadable or erased is called by the
/// short form of its id.
impl Names for Directory {
    fn person(&self, id: PersonId) -> String {
        let state = self.read();
        state.people.name(id).map_or_else(|| id.reference().to_string(), str::to_owned)
    }

    fn user(&self, id: UserId) -> String {
        let state = self.read();
        let person = state.things.users.get(&id).map(|(_, person)| *person);
        let name = person.and_then(|person| state.people.name(person));
        name.map_or_else(|| id.reference().to_string(), str::to_owned)
    }

    fn organisation(&self, id: OrganisationId) -> String {
        let state = self.read();
        state.organisations.name(id).map_or_else(|| id.reference().to_string(), str::to_owned)
    }

    fn resource(&self, id: ResourceId, language: Language) -> String {
        let state = self.read();
        let name = state.things.resources.get(&id).map(|(_, name)| name.get(language));
        name.map_or_else(|| id.reference().to_string(), str::to_owned)
    }

    fn call(&self, id: CallId) -> String {
        let state = self.read();
        let title = state.things.calls.get(&id).map(|(_, title)| title.clone());
        title.unwrap_or_else(|| id.reference().to_string())
    }

    fn case(&self, id: CaseId) -> String {
        let state = self.read();
        let title = state.things.cases.get(&id).map(|(_, title)| title.clone());
        title.unwrap_or_else(|| id.reference().to_string())
    }

    fn code(&self, code: &Code, language: Language) -> String {
        let state = self.read();
        let word = state.things.words.get(code).map(|word| word.get(language).to_owned());
        word.unwrap_or_else(|| code.as_str().replace('_', " "))
    }

    fn local(&self, at: Time) -> NaiveDateTime {
        let zone = self.read().things.zone.unwrap_or(ZONE_DEFAULT);
        at.utc().with_timezone(&zone).naive_local()
    }
}
