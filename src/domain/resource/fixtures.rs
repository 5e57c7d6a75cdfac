//! What tests of resources and bookings begin with.

use events::booking::{Beneficiary, Fact as BookingFact, Slot};
use events::policy::{BookingRules, OpeningHours};
use events::resource::{Description, Fact};
use events::{
    BookingId, CalendarHost, CommandId, Interval, OfferComponent, Operation, OrganisationId,
    PersonId, ResourceClass, ResourceId, Role, Stream, Weekday,
};

use crate::domain::testing::{Given, at, given, user};

/// The resource of all these tests.
pub(in crate::domain) fn resource() -> Stream {
    Stream::Resource(ResourceId::derived("sequencer"))
}

/// An instrument for one, at biosafety level 2.
pub(in crate::domain) fn description() -> Description {
    Description {
        name_fr: "Séquenceur".parse().expect("a title"),
        name_en: "Sequencer".parse().expect("a title"),
        organisation: OrganisationId::derived("platform"),
        class: ResourceClass::Instrument,
        component: OfferComponent::Technologies,
        calendar: CalendarHost::Here,
        site: "Villejuif".parse().expect("a title"),
        capacity: 1,
        biosafety: Some(2),
    }
}

/// Rules that ask for next to nothing.
pub(in crate::domain) fn rules() -> BookingRules {
    BookingRules {
        slot_minutes: 1,
        min_minutes: 1,
        max_minutes: 525_600,
        lead_minutes: 0,
        horizon_days: 3650,
        buffer_minutes: 0,
        cancellation_cutoff_hours: 24,
        time_zone: "Europe/Paris".parse().expect("a zone"),
        opening: vec![],
        qualification_needed: false,
        operation: Operation::Autonomous,
    }
}

/// Hours on one day of the week.
pub(in crate::domain) fn hours(weekday: Weekday, from: &str, until: &str) -> OpeningHours {
    let clock = |text: &str| text.parse().expect("a time of day");
    OpeningHours { weekday, from: clock(from), until: clock(until) }
}

/// That rules were set.
pub(in crate::domain) fn ruled(rules: BookingRules) -> events::Fact {
    Fact::RulesSet { rules }.into()
}

/// From one moment to another.
pub(in crate::domain) fn interval(from: &str, until: &str) -> Interval {
    Interval::new(at(from), at(until)).expect("an interval")
}

/// From one time of the Tuesday after now to another, UTC; Paris is an hour ahead.
pub(in crate::domain) fn tuesday(from: &str, until: &str) -> Interval {
    interval(&format!("2026-03-03T{from}:00Z"), &format!("2026-03-03T{until}:00Z"))
}

/// Who uses the resource.
pub(in crate::domain) fn user_person() -> PersonId {
    PersonId::derived("user of the sequencer")
}

/// A slot for the office itself.
pub(in crate::domain) fn slot(interval: Interval) -> Slot {
    Slot {
        beneficiary: Beneficiary::Office,
        entitlement: None,
        user: user_person(),
        interval,
        purpose: None,
        samples: None,
        biosafety: None,
        external_ref: None,
    }
}

/// A booking by its name in a test.
pub(in crate::domain) fn booking(name: &str) -> BookingId {
    BookingId::derived(name)
}

/// The booking that the command of a test makes.
pub(in crate::domain) fn created() -> BookingId {
    BookingId::created_by(CommandId::derived("the command"))
}

/// That a slot was asked for.
pub(in crate::domain) fn requested(name: &str, slot: Slot) -> events::Fact {
    let requester = user(Role::Advisor);
    BookingFact::Requested { booking: booking(name), requester, slot }.into()
}

/// That a slot was asked for and confirmed.
pub(in crate::domain) fn confirmed(name: &str, slot: Slot) -> [events::Fact; 2] {
    [requested(name, slot), BookingFact::Confirmed { booking: booking(name) }.into()]
}

/// A story on the registered resource, with its user known, told by the platform.
pub(in crate::domain) fn on_calendar(facts: impl IntoIterator<Item = events::Fact>) -> Given {
    described(description(), facts)
}

/// The same on a resource described otherwise.
pub(in crate::domain) fn described(
    description: Description,
    facts: impl IntoIterator<Item = events::Fact>,
) -> Given {
    let registered = events::Fact::from(Fact::Registered(description));
    given(resource(), std::iter::once(registered).chain(facts))
        .and_person(user_person())
        .by(Role::Platform)
}
