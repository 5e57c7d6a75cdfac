//! Who is one and the same person, under whichever of their records, by what the log says now.

use std::collections::BTreeMap;

use events::{PersonId, Stream, chain};

use super::Problem;
use super::caller::Caller;
use crate::domain::State;
use crate::domain::case::Case;
use crate::guichet::Guichet;

/// The record under which a person goes on.
async fn person_now(guichet: &Guichet, person: PersonId) -> Result<PersonId, Problem> {
    let mut links = BTreeMap::new();
    let mut at = person;
    while !links.contains_key(&at) {
        let folded = guichet.office.load(Stream::Person(at)).await?;
        let State::Person(state) = &folded.state else { break };
        let Some(into) = state.merged_into else { break };
        links.insert(at, into);
        at = into;
    }
    let next = |id| Ok::<_, Problem>(links.get(&id).copied());
    chain::end(person, next)
}

/// Whether the caller is one of these people. Rights follow the person: whoever's record gave way
/// to another, or goes on for another, sees what is theirs under each.
pub(super) async fn is_among(
    guichet: &Guichet,
    caller: &Caller,
    people: impl IntoIterator<Item = PersonId>,
) -> Result<bool, Problem> {
    let people: Vec<PersonId> = people.into_iter().collect();
    let own = caller.reader.person;
    if people.contains(&own) {
        return Ok(true);
    }
    let now = person_now(guichet, own).await?;
    for person in people {
        if person_now(guichet, person).await? == now {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the caller speaks for a case or is on its team.
pub(super) async fn concerned(
    guichet: &Guichet,
    caller: &Caller,
    case: &Case,
) -> Result<bool, Problem> {
    is_among(guichet, caller, case.people()).await
}
