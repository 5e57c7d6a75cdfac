//! Resources: what can be booked, by which rules, when it is out of order and who may use it alone.
//!
//! A resource's stream holds its whole calendar, so that what an outage, a lost qualification or
//! the resource's end do to bookings is written in the same append (R-3, R-5).

mod calendar;
#[cfg(test)]
pub(super) mod fixtures;
mod free;
mod opening;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use events::policy::BookingRules;
use events::resource::{Description, Fact};
use events::{
    BookingId, BookingState, CancellationReason, Interval, OutageId, PersonId, Role, Rule, Sealed,
    Time, booking,
};
use schemars::JsonSchema;
use serde::Deserialize;
use strum::{IntoStaticStr, VariantNames};

pub use calendar::{Booking, Calendar, Outage, Room};
pub use free::{FREE_SLOTS_MAX, FREE_WINDOW_DAYS_MAX, free_slots};
pub use opening::{WallClock, time_zone};

use super::command::{Effect, Spec, Texts};
use super::context::{Context, missing};
use super::{Decision, Refusal, Stop};

/// The most bookings that one command cancels or displaces: one append has to hold them all.
pub const BOOKINGS_HIT_MAX: usize = 500;

/// What can be asked about a resource itself.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[strum(serialize_all = "kebab-case")]
pub enum Command {
    /// Register a resource: it can be booked from then on.
    RegisterResource(Description),
    /// Take a resource out of the offer. Its future bookings are cancelled.
    Retire {},
    /// Set the rules that bookings keep to from now on, in place of the office's own.
    SetRules(BookingRules),
    /// Declare that it is or will be out of order. Bookings in that time are displaced.
    DeclareOutage {
        /// Since when.
        from: Time,
        /// Until when, if that is known.
        to: Option<Time>,
        /// Why.
        reason: Option<Sealed>,
    },
    /// Record that it works again, or that an outage won't be.
    LiftOutage {
        /// Which outage.
        outage: OutageId,
        /// Since when; absent: since the command's `occurred_at`.
        at: Option<Time>,
    },
    /// Qualify somebody to use it on their own, in place of what was granted to them before.
    GrantQualification {
        /// Who.
        person: PersonId,
        /// Until when.
        until: Option<Time>,
    },
    /// Take a qualification back. That person's later bookings are cancelled, never as late.
    RevokeQualification {
        /// Whose.
        person: PersonId,
    },
}

const PLATFORM: &[Role] = &[Role::Platform];

const fn spec(name: &'static str, example: &'static str) -> Spec {
    Spec { name, roles: PLATFORM, effect: Effect::Adds, texts: Texts::OfStream, example }
}

/// What is said of each command.
pub const SPECS: &[Spec] = &[
    Spec {
        effect: Effect::Creates,
        ..spec(
            "register-resource",
            r#"{"name_fr":"Séquenceur haut débit","name_en":"High-throughput sequencer",
            "organisation":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a04","class":"instrument",
            "component":"technologies","calendar":"here","site":"Villejuif","capacity":1,
            "biosafety":2}"#,
        )
    },
    spec("retire", "{}"),
    Spec {
        effect: Effect::Decides,
        ..spec(
            "set-rules",
            r#"{"slot_minutes":30,"min_minutes":60,"max_minutes":480,"lead_minutes":1440,
            "horizon_days":90,"buffer_minutes":30,"cancellation_cutoff_hours":48,
            "time_zone":"Europe/Paris",
            "opening":[{"weekday":"mon","from":"08:00","until":"20:00"}],
            "qualification_needed":true,"operation":"autonomous"}"#,
        )
    },
    spec(
        "declare-outage",
        r#"{"from":"2026-03-02T08:00:00Z","to":"2026-03-04T17:00:00Z",
        "reason":"The laser is being replaced."}"#,
    ),
    spec(
        "lift-outage",
        r#"{"outage":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a08","at":"2026-03-03T12:00:00Z"}"#,
    ),
    spec(
        "grant-qualification",
        r#"{"person":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a01","until":"2027-03-02T00:00:00Z"}"#,
    ),
    spec("revoke-qualification", r#"{"person":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a01"}"#),
];

/// A resource as its deciders know it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resource {
    /// What it is; `None` before it is registered.
    pub description: Option<Description>,
    /// It can't be booked any more.
    pub retired: bool,
    /// Its own rules; without them the office's hold.
    pub rules: Option<BookingRules>,
    /// Who may use it alone, and until when.
    pub qualifications: BTreeMap<PersonId, Option<Time>>,
    /// Its bookings and outages.
    pub calendar: Calendar,
}

impl Resource {
    /// Whether it is registered.
    pub const fn exists(&self) -> bool {
        self.description.is_some()
    }

    /// Whether somebody may use it alone for a whole interval (R-3).
    pub fn qualifies(&self, person: PersonId, interval: Interval) -> bool {
        let until = self.qualifications.get(&person);
        until.is_some_and(|until| until.is_none_or(|until| interval.until() <= until))
    }

    /// How much fits on its calendar by these rules.
    pub fn room(&self, rules: Option<&BookingRules>) -> Room {
        Room {
            capacity: self.description.as_ref().map_or(0, |description| description.capacity),
            buffer_minutes: rules.map_or(0, |rules| rules.buffer_minutes),
        }
    }

    /// Takes a fact of the resource in.
    pub fn evolve(&mut self, fact: &Fact) {
        match fact {
            Fact::Registered(description) => self.description = Some(description.clone()),
            Fact::Retired {} => self.retired = true,
            Fact::RulesSet { rules } => self.rules = Some(rules.clone()),
            Fact::OutageDeclared { outage, from, to, .. } => {
                self.calendar.declare(*outage, Outage { from: *from, to: *to });
            }
            Fact::OutageLifted { outage, at } => self.calendar.lift(*outage, *at),
            Fact::QualificationGranted { person, until } => {
                self.qualifications.insert(*person, *until);
            }
            Fact::QualificationRevoked { person } => {
                self.qualifications.remove(person);
            }
        }
    }

    /// Takes in what happened to one of its bookings at a moment.
    pub fn evolve_booking(&mut self, fact: &booking::Fact, occurred_at: Time) {
        self.calendar.evolve(fact, occurred_at);
    }
}

/// Decides a command of this family.
///
/// # Errors
/// The rule that forbids it.
pub fn decide(resource: &Resource, command: &Command, context: &Context<'_>) -> Decision {
    match command {
        Command::RegisterResource(description) => {
            if resource.exists() {
                return Ok(vec![]);
            }
            context.known_organisation(description.organisation, "organisation")?;
            Ok(vec![Fact::Registered(description.clone()).into()])
        }
        Command::Retire {} => retire(resource, context),
        Command::SetRules(rules) => set_rules(resource, rules, context),
        Command::DeclareOutage { from, to, reason } => {
            let outage = Outage { from: *from, to: *to };
            declare_outage(resource, outage, reason.as_ref(), context)
        }
        Command::LiftOutage { outage, at } => {
            lift_outage(resource, *outage, at.unwrap_or(context.occurred_at))
        }
        Command::GrantQualification { person, until } => {
            context.known_person(*person, "person")?;
            if resource.qualifications.get(person) == Some(until) {
                return Ok(vec![]);
            }
            let fact = Fact::QualificationGranted { person: *person, until: *until };
            // A shorter one takes the rest of the old one back.
            let lost = |booking: &Booking| {
                booking.user == *person
                    && resource.qualifies(*person, booking.interval)
                    && until.is_some_and(|until| until < booking.interval.until())
            };
            requalified(resource, fact, lost, context)
        }
        Command::RevokeQualification { person } => {
            if !resource.qualifications.contains_key(person) {
                return Ok(vec![]);
            }
            let fact = Fact::QualificationRevoked { person: *person };
            requalified(resource, fact, |booking| booking.user == *person, context)
        }
    }
}

fn retire(resource: &Resource, context: &Context<'_>) -> Decision {
    if resource.retired {
        return Ok(vec![]);
    }
    let hit = resource.calendar.to_come(context.occurred_at);
    let ids = hit.iter().map(|(id, _)| *id);
    with_cancelled(Fact::Retired {}, ids, CancellationReason::ResourceRetired)
}

fn set_rules(resource: &Resource, rules: &BookingRules, context: &Context<'_>) -> Decision {
    if resource.rules.as_ref() == Some(rules) {
        return Ok(vec![]);
    }
    coherent(rules, context)?;
    Ok(vec![Fact::RulesSet { rules: rules.clone() }.into()])
}

/// Rules can be kept: some length is allowed, hours open before they close, the clock is known.
///
/// # Errors
/// A refusal that names the field.
pub fn coherent(rules: &BookingRules, context: &Context<'_>) -> Result<(), Stop> {
    let refusal = |reason, message: &str, field| {
        Refusal::new(Rule::G9, reason, message).at(field).remedy("send rules that can be kept")
    };
    context.keep(time_zone(&rules.time_zone).is_some(), || {
        refusal("unknown_time_zone", "no such time zone; say Europe/Paris", "time_zone")
    })?;
    context.keep(rules.min_minutes <= rules.max_minutes, || {
        let message = "the shortest booking is longer than the longest";
        refusal("no_length_allowed", message, "min_minutes")
    })?;
    let forwards = |hours: &events::policy::OpeningHours| hours.from < hours.until;
    context.keep(rules.opening.iter().all(forwards), || {
        let message =
            "opening hours end before they start; a night is two: until 24:00, from 00:00";
        refusal("closes_before_opening", message, "opening")
    })
}

/// R-5: what an outage meets is displaced or cut short in the same append, never as late.
fn declare_outage(
    resource: &Resource,
    outage: Outage,
    reason: Option<&Sealed>,
    context: &Context<'_>,
) -> Decision {
    context.keep(outage.to.is_none_or(|to| outage.from < to), || {
        Refusal::new(Rule::G9, "ends_before_it_starts", "an outage ends after it starts").at("to")
    })?;
    if resource.calendar.outages().any(|(_, known)| known == outage) {
        return Ok(vec![]);
    }
    let id = OutageId::created_by(context.command);
    let hit = resource.calendar.live_between(outage.from, outage.to);
    bounded(hit.len())?;
    let Outage { from, to } = outage;
    let declared = Fact::OutageDeclared { outage: id, from, to, reason: reason.cloned() };
    let consequences = hit.into_iter().map(|(booking, known)| match known.state {
        BookingState::Started => {
            let usage_minutes = used_until(known, outage.from);
            booking::Fact::Interrupted { booking, outage: Some(id), usage_minutes }
        }
        _ => booking::Fact::Displaced { booking, outage: id },
    });
    Ok(std::iter::once(declared.into()).chain(consequences.map(Into::into)).collect())
}

/// Whole minutes of use up to a moment, which is all that counts of a booking cut short.
fn used_until(booking: &Booking, moment: Time) -> u32 {
    let begun = booking.begun.unwrap_or(booking.interval.from());
    let used = Interval::new(begun, moment).map_or(0, Interval::minutes);
    u32::try_from(used).unwrap_or(u32::MAX)
}

fn lift_outage(resource: &Resource, id: OutageId, at: Time) -> Decision {
    let Some(outage) = resource.calendar.outage(id) else {
        return Err(missing("outage", "outage", "the calendar shows its outages").into());
    };
    // One that is over by then, as planned or as lifted before, needs no word.
    if outage.to.is_some_and(|to| to <= at) {
        return Ok(vec![]);
    }
    Ok(vec![Fact::OutageLifted { outage: id, at }.into()])
}

/// R-3: later bookings that lose their qualification are cancelled with it.
fn requalified(
    resource: &Resource,
    fact: Fact,
    lost: impl Fn(&Booking) -> bool,
    context: &Context<'_>,
) -> Decision {
    let hit = resource.calendar.to_come(context.occurred_at);
    let ids = hit.iter().filter(|(_, booking)| lost(booking)).map(|(id, _)| *id);
    with_cancelled(fact, ids, CancellationReason::QualificationRevoked)
}

/// A fact with the cancellations that follow from it: nobody's fault who booked, so never late.
fn with_cancelled(
    cause: Fact,
    bookings: impl Iterator<Item = BookingId>,
    reason: CancellationReason,
) -> Decision {
    let cancelled = bookings.map(|booking| {
        let fact = booking::Fact::Cancelled { booking, reason, late: false };
        events::Fact::from(fact)
    });
    let facts: Vec<events::Fact> = std::iter::once(cause.into()).chain(cancelled).collect();
    bounded(facts.len() - 1)?;
    Ok(facts)
}

fn bounded(bookings: usize) -> Result<(), Stop> {
    if bookings <= BOOKINGS_HIT_MAX {
        return Ok(());
    }
    let message = format!("{bookings} bookings would go at once, more than {BOOKINGS_HIT_MAX}");
    let remedy = "cancel some first, or declare the outage in parts";
    Err(Refusal::new(Rule::R5, "too_many_bookings", message).remedy(remedy).into())
}
