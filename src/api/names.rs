//! What things are called, for whoever reads: names, or references where they may not see names.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDateTime;
use events::{
    CallId, CaseId, Code, History, Id, Language, ObjectKind, OrganisationId, PersonId, ResourceId,
    Sealed, Stream, Time, UserId,
};
use projections::Row;
use projections::caseload::CaseRow;
use projections::directory::{OrganisationRow, PersonRow};
use projections::story::Names;

use super::Problem;
use super::moment::internal;
use super::record::stream_history;
use crate::access::Sight;
use crate::guichet::Guichet;
use crate::readmodel::Cut;
use crate::readmodel::search::Directory;
use crate::vault::{Opened, open_all};

/// What things were called at a cut, as far as names may have changed since.
#[derive(Default)]
pub(super) struct Then {
    people: HashMap<PersonId, String>,
    organisations: HashMap<OrganisationId, String>,
    cases: HashMap<CaseId, String>,
}

/// The directory as one reader may know it, now or as of a cut.
pub(super) struct Seen<'a> {
    directory: &'a Directory,
    sight: Sight,
    then: Option<Then>,
}

impl<'a> Seen<'a> {
    pub(super) const fn new(directory: &'a Directory, sight: Sight, then: Option<Then>) -> Self {
        Self { directory, sight, then }
    }

    fn whole(&self) -> bool {
        self.sight == Sight::Whole
    }
}

/// What everything in these facts was called at a cut: an answer about the past uses no later name.
pub(super) async fn then(guichet: &Guichet, cut: Cut, facts: &History) -> Result<Then, Problem> {
    let directory = guichet.readmodel.directory();
    let mut about: BTreeSet<Stream> = BTreeSet::new();
    // What a fact named before it was corrected is told too.
    let told = facts
        .entries()
        .iter()
        .flat_map(|entry| [Some(&entry.envelope), entry.original.as_deref()].into_iter().flatten());
    for envelope in told {
        let actor = &envelope.meta.actor;
        let people = [directory.person_of(actor.user), actor.on_behalf_of];
        about.extend(people.into_iter().flatten().map(Stream::Person));
        for object in envelope.fact.objects(&envelope.stream) {
            about.extend(match object.kind {
                ObjectKind::Person => Some(Stream::Person(Id::new(object.id))),
                ObjectKind::User => directory.person_of(Id::new(object.id)).map(Stream::Person),
                ObjectKind::Organisation => Some(Stream::Organisation(Id::new(object.id))),
                ObjectKind::Case => Some(Stream::Case(Id::new(object.id))),
                _ => None,
            });
        }
    }
    let mut then = Then::default();
    let mut sealed: Vec<(Stream, Sealed)> = Vec::new();
    for stream in about {
        let history = stream_history(guichet, stream, cut).await?;
        match stream {
            Stream::Person(_) => {
                sealed.extend(PersonRow::fold(&history).map(|row| (stream, row.name)));
            }
            Stream::Organisation(id) => {
                let Some(row) = OrganisationRow::fold(&history) else { continue };
                sealed.extend(row.sole_trader_name.map(|name| (stream, name)));
                let name = row.legal_name.map(|name| (id, name.to_string()));
                then.organisations.extend(name);
            }
            Stream::Case(id) => {
                let title = CaseRow::fold(&history).map(|row| (id, row.title.to_string()));
                then.cases.extend(title);
            }
            _ => {}
        }
    }
    let wanted: Vec<Sealed> = sealed.iter().map(|(_, sealed)| sealed.clone()).collect();
    let texts = open_all(&**guichet.store(), &guichet.vault, &wanted).await.map_err(internal)?;
    for (stream, sealed) in sealed {
        let Some(Opened::Text(text)) = texts.get(&sealed.blob) else { continue };
        match stream {
            Stream::Person(id) => drop(then.people.insert(id, text.to_string())),
            Stream::Organisation(id) => drop(then.organisations.insert(id, text.to_string())),
            _ => {}
        }
    }
    Ok(then)
}

impl Names for Seen<'_> {
    fn person(&self, id: PersonId) -> String {
        match &self.then {
            _ if !self.whole() => id.reference().to_string(),
            Some(then) => called(&then.people, id),
            None => self.directory.person(id),
        }
    }

    fn user(&self, id: UserId) -> String {
        match (&self.then, self.directory.person_of(id)) {
            _ if !self.whole() => id.reference().to_string(),
            (Some(then), Some(person)) => {
                let name = then.people.get(&person).cloned();
                name.unwrap_or_else(|| id.reference().to_string())
            }
            _ => self.directory.user(id),
        }
    }

    /// A sole trader's name is a person's.
    fn organisation(&self, id: OrganisationId) -> String {
        match &self.then {
            _ if !self.whole() => id.reference().to_string(),
            Some(then) => called(&then.organisations, id),
            None => self.directory.organisation(id),
        }
    }

    fn resource(&self, id: ResourceId, language: Language) -> String {
        self.directory.resource(id, language)
    }

    fn call(&self, id: CallId) -> String {
        self.directory.call(id)
    }

    fn case(&self, id: CaseId) -> String {
        match &self.then {
            Some(then) => called(&then.cases, id),
            None => self.directory.case(id),
        }
    }

    fn code(&self, code: &Code, language: Language) -> String {
        self.directory.code(code, language)
    }

    fn local(&self, at: Time) -> NaiveDateTime {
        self.directory.local(at)
    }
}

fn called<K>(names: &HashMap<Id<K>, String>, id: Id<K>) -> String {
    names.get(&id).cloned().unwrap_or_else(|| id.reference().to_string())
}
