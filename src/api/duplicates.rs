//! Looking people and organisations up, and noticing that one is there already.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::routing::get;
use events::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::caller::Caller;
use super::moment::{Asked, cut};
use super::operation::Operation;
use super::{Problem, Shared};
use crate::access::{Sight, Thing};
use crate::domain::Spec;
use crate::guichet::Guichet;
use crate::readmodel::search::{Found, OrganisationHit, PersonHit};

/// The most hits that a look-up gives.
const HITS_MAX: usize = 20;
/// The most candidates that a registration answers with.
const CANDIDATES_MAX: usize = 5;
/// From which likeness on, in per cent, a name is a likely duplicate.
const LIKELY: u8 = 85;

/// A record that may be about the same person or organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// Its id.
    pub id: uuid::Uuid,
    /// Its short reference.
    pub reference: String,
    /// How alike, per cent.
    pub score: u8,
    /// What is alike: a field of what was sent.
    pub by: String,
}

/// What to look up.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// A name, also a former or misspelt one; an e-mail address, phone number, ORCID, SIREN or ROR.
    #[schemars(length(min = 1, max = 200))]
    text: String,
}

/// What a look-up finds, and in which order.
const FINDS: &str = "Former and misspelt names are found too; the likeliest come first. A record \
    that was merged stands behind the one that it goes on as.";

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::get(
            "/v1/people/find",
            "find-person",
            "people",
            "Look a person up by name, e-mail address, phone number or ORCID.",
            get(person),
        )
        .described(FINDS)
        .query::<Wanted>()
        .gives::<Found<PersonHit>>("Who it may be"),
        Operation::get(
            "/v1/organisations/find",
            "find-organisation",
            "organisations",
            "Look an organisation up by name, SIREN or ROR.",
            get(organisation),
        )
        .described(FINDS)
        .query::<Wanted>()
        .gives::<Found<OrganisationHit>>("Which it may be"),
    ]
}

async fn person(
    State(guichet): State<Shared>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
) -> Result<axum::Json<Found<PersonHit>>, Problem> {
    whole(&caller, Thing::People)?;
    cut(&guichet, None).await?;
    Ok(axum::Json(guichet.readmodel.directory().find_people(text(&wanted)?, HITS_MAX)))
}

async fn organisation(
    State(guichet): State<Shared>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
) -> Result<axum::Json<Found<OrganisationHit>>, Problem> {
    whole(&caller, Thing::Organisations)?;
    cut(&guichet, None).await?;
    Ok(axum::Json(guichet.readmodel.directory().find_organisations(text(&wanted)?, HITS_MAX)))
}

fn text(wanted: &Wanted) -> Result<&str, Problem> {
    let text = wanted.text.trim();
    if text.is_empty() || text.chars().count() > 200 {
        return Err(Problem::input("text", "takes 1 to 200 characters"));
    }
    Ok(text)
}

/// Names are found by those who may read them.
fn whole(caller: &Caller, thing: Thing) -> Result<(), Problem> {
    match caller.sees(thing)? {
        Sight::Whole => Ok(()),
        Sight::Nothing | Sight::Own | Sight::Pseudonymous => {
            Err(Problem::forbidden("your roles don't look names up"))
        }
    }
}

/// Records that what is about to be registered may be about, those of a moment ago included. What
/// is found in one that gave way to another counts for the one that goes on.
pub(super) async fn suspects(
    guichet: &Guichet,
    spec: &Spec,
    body: &Map<String, Value>,
) -> Result<Vec<(Stream, Candidate)>, Problem> {
    let directory = guichet.readmodel.directory();
    let fields: &[&str] = match spec.name {
        "register-person" => &["email", "orcid", "phone", "name"],
        "register-organisation" => &["siren", "ror", "legal_name", "sole_trader_name"],
        _ => return Ok(Vec::new()),
    };
    cut(guichet, None).await?;
    let mut found: BTreeMap<Stream, Candidate> = BTreeMap::new();
    for field in fields {
        let Some(text) = body.get(*field).and_then(Value::as_str) else { continue };
        let hits: Vec<_> = if spec.name == "register-person" {
            let hits = directory.find_people(text, HITS_MAX).hits.into_iter();
            hits.filter(|hit| hit.merged_into.is_none())
                .map(|hit| {
                    (Stream::Person(hit.person), hit.person.uuid(), hit.reference, hit.score)
                })
                .collect()
        } else {
            let hits = directory.find_organisations(text, HITS_MAX).hits.into_iter();
            hits.filter(|hit| hit.merged_into.is_none())
                .map(|hit| {
                    let id = hit.organisation;
                    (Stream::Organisation(id), id.uuid(), hit.reference, hit.score)
                })
                .collect()
        };
        for (stream, id, reference, score) in hits.into_iter().filter(|hit| hit.3 >= LIKELY) {
            let by = (*field).to_owned();
            found.entry(stream).or_insert(Candidate { id, reference, score, by });
        }
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_key(|(_, candidate)| std::cmp::Reverse(candidate.score));
    found.truncate(CANDIDATES_MAX);
    Ok(found)
}
