//! How a case, a person or an organisation stands, in one line.

use events::{Envelope, Labelled, Language, Stream, StreamName};

use super::{Reading, Subject};
use crate::Row;
use crate::caseload::CaseRow;
use crate::directory::{OrganisationRow, PersonRow};
use crate::labels;
use crate::story::Teller;

/// The row of the subject's own stream, as it grows.
#[derive(Debug)]
pub(super) enum State {
    Case(StreamName, Option<CaseRow>),
    Person(StreamName, Option<PersonRow>),
    Organisation(StreamName, Option<OrganisationRow>),
}

impl State {
    pub(super) fn of(subject: Subject) -> Self {
        match subject {
            Subject::Case(id) => Self::Case(Stream::Case(id).name(), None),
            Subject::Person(id) => Self::Person(Stream::Person(id).name(), None),
            Subject::Organisation(id) => Self::Organisation(Stream::Organisation(id).name(), None),
        }
    }

    pub(super) fn take(&mut self, envelope: &Envelope) {
        match self {
            Self::Case(stream, row) => grow(stream, row, envelope),
            Self::Person(stream, row) => grow(stream, row, envelope),
            Self::Organisation(stream, row) => grow(stream, row, envelope),
        }
    }

    pub(super) fn told(&self, reading: &Reading<'_>, teller: &Teller<'_>) -> String {
        match self {
            Self::Case(_, Some(row)) => case(row, reading, teller),
            Self::Person(_, Some(row)) => person(row, reading),
            Self::Organisation(_, Some(row)) => organisation(row, reading),
            Self::Case(_, None) | Self::Person(_, None) | Self::Organisation(_, None) => {
                String::new()
            }
        }
    }
}

fn grow<R: Row>(stream: &StreamName, row: &mut Option<R>, envelope: &Envelope) {
    if envelope.stream == *stream {
        *row = R::after(row.take(), envelope);
    }
}

fn case(row: &CaseRow, reading: &Reading<'_>, teller: &Teller<'_>) -> String {
    let (language, names) = (reading.language, reading.names);
    let french = language == Language::Fr;
    let status = labels::case_status(row.status, language);
    let mut parts = vec![match (french, row.advisor) {
        (true, Some(user)) => format!("Dossier {status}, conseiller : {}", names.user(user)),
        (true, None) => format!("Dossier {status}, sans conseiller"),
        (false, Some(user)) => format!("Case {status}, advisor: {}", names.user(user)),
        (false, None) => format!("Case {status}, without advisor"),
    }];
    if row.on_hold {
        parts.push(if french { "en attente" } else { "on hold" }.to_owned());
    }
    if let Some(line) = row.applications.last() {
        let call = teller.quote(&names.call(line.call));
        let state = labels::application_state(line.state, language);
        parts.push(if french {
            format!("candidature à l'appel {call} : {state}")
        } else {
            format!("application to the call {call}: {state}")
        });
    }
    if let Some(waiting) = row.waiting {
        let what = labels::waiting_for(waiting.what, language);
        let since = teller.day(waiting.since);
        parts.push(if french {
            format!("attend {what} depuis le {since}")
        } else {
            format!("waits for {what} since {since}")
        });
    }
    let mark = if french { " ; " } else { "; " };
    format!("{}.", parts.join(mark))
}

fn person(row: &PersonRow, reading: &Reading<'_>) -> String {
    let (language, names) = (reading.language, reading.names);
    let french = language == Language::Fr;
    if let Some(into) = row.merged_into {
        return merged(&names.person(into), &into.reference().to_string(), language);
    }
    if row.erased_at.is_some() {
        let erased =
            if french { "Données personnelles effacées." } else { "Personal data erased." };
        return erased.to_owned();
    }
    let current = row.affiliations.iter().filter(|affiliation| affiliation.to.is_none());
    let mut places: Vec<String> =
        current.map(|affiliation| names.organisation(affiliation.organisation)).collect();
    places.dedup();
    match (french, places.is_empty()) {
        (true, true) => "Dans l'annuaire, sans rattachement connu.".to_owned(),
        (false, true) => "In the directory, without known affiliation.".to_owned(),
        (true, false) => format!("Dans l'annuaire ; rattachement : {}.", places.join(", ")),
        (false, false) => format!("In the directory; affiliation: {}.", places.join(", ")),
    }
}

fn organisation(row: &OrganisationRow, reading: &Reading<'_>) -> String {
    let (language, names) = (reading.language, reading.names);
    let french = language == Language::Fr;
    if let Some(into) = row.merged_into {
        return merged(&names.organisation(into), &into.reference().to_string(), language);
    }
    let kind = row.kind.label(language);
    let country = row.country.as_str();
    if french {
        format!("Dans l'annuaire : {kind}, {country}.")
    } else {
        format!("In the directory: {kind}, {country}.")
    }
}

/// Both records may bear the same name: the reference tells which one goes on.
fn merged(name: &str, reference: &str, language: Language) -> String {
    let into = if name == reference { name.to_owned() } else { format!("{name} ({reference})") };
    match language {
        Language::Fr => {
            format!("Fiche fusionnée avec une autre, sous laquelle le parcours continue : {into}.")
        }
        Language::En => format!("Record merged into another, under which it goes on: {into}."),
    }
}
