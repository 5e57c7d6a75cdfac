//! Which records go on under which others, as merges and what undid them left it.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use events::{
    Envelope, Fact, Object, OrganisationId, PersonId, Stream, chain, organisation, person,
};

use crate::journey::Subject;

/// What records are to a journey.
const SUBJECT: &str = "subject";

/// Records of people and organisations that gave way to others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merges {
    people: BTreeMap<PersonId, PersonId>,
    organisations: BTreeMap<OrganisationId, OrganisationId>,
}

impl Merges {
    /// What these facts come to, which stand in log order.
    pub fn of<'a>(history: impl IntoIterator<Item = &'a Envelope>) -> Self {
        let mut merges = Self::default();
        history.into_iter().for_each(|envelope| merges.take(envelope));
        merges
    }

    /// Takes a fact in.
    pub fn take(&mut self, envelope: &Envelope) {
        match (&envelope.fact, envelope.stream.stream()) {
            (Fact::Person(person::Fact::Merged { into }), Some(Stream::Person(id))) => {
                self.people.insert(id, *into);
            }
            (Fact::Person(person::Fact::MergeReverted { .. }), Some(Stream::Person(id))) => {
                self.people.remove(&id);
            }
            (
                Fact::Organisation(organisation::Fact::Merged { into }),
                Some(Stream::Organisation(id)),
            ) => {
                self.organisations.insert(id, *into);
            }
            (
                Fact::Organisation(organisation::Fact::MergeReverted { .. }),
                Some(Stream::Organisation(id)),
            ) => {
                self.organisations.remove(&id);
            }
            _ => {}
        }
    }

    /// The record to which another gave way, if it did and still does.
    pub fn into_of(&self, record: Stream) -> Option<Stream> {
        match record {
            Stream::Person(id) => self.people.get(&id).copied().map(Stream::Person),
            Stream::Organisation(id) => {
                self.organisations.get(&id).copied().map(Stream::Organisation)
            }
            _ => None,
        }
    }

    /// The record under which a person goes on.
    pub fn person_now(&self, id: PersonId) -> PersonId {
        let Ok(now) = chain::end(id, |id| Ok::<_, Infallible>(self.people.get(&id).copied()));
        now
    }

    /// The record under which an organisation goes on.
    pub fn organisation_now(&self, id: OrganisationId) -> OrganisationId {
        let next = |id| Ok::<_, Infallible>(self.organisations.get(&id).copied());
        let Ok(now) = chain::end(id, next);
        now
    }

    /// A record together with those that go on under it.
    pub fn records(&self, subject: Subject) -> Vec<Object> {
        match subject {
            Subject::Case(id) => vec![id.as_object(SUBJECT)],
            Subject::Person(id) => {
                under(&self.people, id).into_iter().map(|id| id.as_object(SUBJECT)).collect()
            }
            Subject::Organisation(id) => {
                under(&self.organisations, id).into_iter().map(|id| id.as_object(SUBJECT)).collect()
            }
        }
    }
}

/// `id` and whatever leads to it.
fn under<I: Copy + Ord>(into: &BTreeMap<I, I>, id: I) -> BTreeSet<I> {
    let mut found = BTreeSet::from([id]);
    loop {
        let leads =
            |(from, to): (&I, &I)| (found.contains(to) && !found.contains(from)).then_some(*from);
        let more: Vec<I> = into.iter().filter_map(leads).collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}
