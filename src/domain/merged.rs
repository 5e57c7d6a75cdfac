//! Records that were merged: under which one they go on, and who is one and the same person.
//!
//! A merge is a fact of the record that gives way; no other fact changes. So whoever compares two
//! persons follows both records to where they go on, and compares those.

use events::{Id, Kind, OrganisationId, PersonId, Rule, chain};

use super::case::Case;
use super::context::Context;
use super::person::Person;
use super::{Refusal, Stop};

impl Context<'_> {
    /// The record under which a person goes on: the one asked about, unless it was merged.
    ///
    /// # Errors
    /// [`Stop::Needs`] until the records on the way are loaded; so for all that follow.
    pub fn person_now(&self, id: PersonId) -> Result<PersonId, Stop> {
        chain::end(id, |id| Ok(self.person(id)?.merged_into))
    }

    /// The record under which the person of this record goes on, which need not be read again.
    ///
    /// # Errors
    /// As [`Self::person_now`].
    pub fn goes_on_as(&self, person: &Person) -> Result<PersonId, Stop> {
        person.merged_into.map_or(Ok(person.id), |into| self.person_now(into))
    }

    /// The record under which an organisation goes on.
    ///
    /// # Errors
    /// As [`Self::person_now`].
    pub fn organisation_now(&self, id: OrganisationId) -> Result<OrganisationId, Stop> {
        chain::end(id, |id| Ok(self.organisation(id)?.merged_into))
    }

    /// Whether two records are of one person. Two persons (C-4, G-8) are two of these.
    ///
    /// # Errors
    /// As [`Self::person_now`].
    pub fn same_person(&self, one: PersonId, other: PersonId) -> Result<bool, Stop> {
        Ok(one == other || self.person_now(one)? == self.person_now(other)?)
    }

    /// Whether the sender is one of these people, under whichever of their records. Those named
    /// as the sender signs in come first, so that nothing is read where that is enough.
    ///
    /// # Errors
    /// As [`Self::person_now`].
    pub fn sender_is_among(
        &self,
        people: impl IntoIterator<Item = PersonId>,
    ) -> Result<bool, Stop> {
        let people: Vec<PersonId> = people.into_iter().collect();
        if people.contains(&self.sender.person) {
            return Ok(true);
        }
        for person in people {
            if self.same_person(person, self.sender.person)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the sender speaks for the case or is on its team.
    ///
    /// # Errors
    /// As [`Self::person_now`].
    pub fn concerns_sender(&self, case: &Case) -> Result<bool, Stop> {
        self.sender_is_among(case.people())
    }
}

/// G-9: what is named gave way to another record, which is named instead.
pub(super) fn goes_on<K: Kind>(now: Id<K>, field: &'static str) -> Refusal {
    let (noun, reference) = (K::NAME, now.reference());
    let message = format!("this {noun} goes on under another record: {reference} ({now})");
    Refusal::new(Rule::G9, "merged", message).at(field).remedy("name that record instead")
}

/// G-9: nothing is merged with itself.
pub(super) fn itself() -> Refusal {
    Refusal::new(Rule::G9, "itself", "a record is not merged with itself")
        .at("into")
        .remedy("name the record that goes on")
}

/// G-9: only what is merged there is parted from there.
pub(super) fn not_merged<K>(merged_into: Option<Id<K>>) -> Refusal {
    let message = match merged_into {
        Some(into) => {
            format!("this record is merged into another one: {} ({into})", into.reference())
        }
        None => "this record is not merged into another one".to_owned(),
    };
    Refusal::new(Rule::G9, "not_merged", message)
        .at("from")
        .remedy("the record shows where it goes on: merged_into")
}

/// G-9: what goes on under another record already does not go on under a third.
pub(super) fn merged_already<K>(merged_into: Id<K>) -> Refusal {
    let reference = merged_into.reference();
    let message = format!("this record goes on under another one: {reference} ({merged_into})");
    Refusal::new(Rule::G9, "merged", message)
        .remedy("merge that one, or undo this merge first: POST …/revert-merge")
}

#[cfg(test)]
mod tests;
