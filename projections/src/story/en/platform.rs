//! Platforms: resources and bookings.

use events::{BookingId, booking, booking::Beneficiary, resource};

use crate::story::scene::{Scene, count, when, with};

pub(super) fn resource(fact: &resource::Fact, s: &Scene<'_>) -> String {
    use resource::Fact;
    let resource = s.resource();
    match fact {
        Fact::Registered(description) => format!(
            "{} opened the resource {resource} ({}) to bookings.",
            s.organisation(description.organisation),
            s.label(description.class)
        ),
        Fact::Retired {} => format!("The resource {resource} can no longer be booked."),
        Fact::RulesSet { .. } => format!("The booking rules of {resource} were set."),
        Fact::OutageDeclared { from, to, .. } => format!(
            "{resource} is out of order from {}{}.",
            s.moment(*from),
            with(*to, |to| format!(" until {}", s.moment(to)))
        ),
        Fact::OutageLifted { at, .. } => {
            format!("{resource} has been in service again since {}.", s.moment(*at))
        }
        Fact::QualificationGranted { person, until } => format!(
            "{} was qualified to use {resource}{}.",
            s.person(*person),
            with(*until, |until| format!(" until {}", s.day(until)))
        ),
        Fact::QualificationRevoked { person } => {
            format!("The qualification of {} for {resource} was revoked.", s.person(*person))
        }
    }
}

pub(super) fn booking(fact: &booking::Fact, s: &Scene<'_>) -> String {
    use booking::Fact;
    let resource = s.resource();
    let slot = slot(fact.booking(), s);
    match fact {
        Fact::Requested { slot, .. } => requested(&resource, slot, s),
        Fact::Confirmed { .. } => format!("Booking confirmed: {resource}{slot}."),
        Fact::Rejected { reason, .. } => {
            format!("Booking rejected: {resource}{slot} (reason: {}).", s.label(*reason))
        }
        Fact::Expired { .. } => format!("Booking request left unanswered: {resource}{slot}."),
        Fact::Rescheduled { interval, .. } => {
            format!("Booking moved: {resource}, {}.", s.slot(*interval))
        }
        Fact::Cancelled { reason, late, .. } => format!(
            "Booking cancelled{}: {resource}{slot} ({}).",
            when(*late, " late"),
            s.label(*reason)
        ),
        Fact::Displaced { .. } => {
            format!("Booking displaced by an outage: {resource}{slot}; first to be rebooked.")
        }
        Fact::Started { .. } => format!("Use started: {resource}."),
        Fact::Completed { interval, usage_minutes, .. } => format!(
            "Use completed: {resource}, {} ({} of use).",
            s.slot(*interval),
            s.minutes((*usage_minutes).into())
        ),
        Fact::Interrupted { outage, usage_minutes, .. } => format!(
            "Use interrupted{}: {resource}, after {}.",
            when(outage.is_some(), " by an outage"),
            s.minutes((*usage_minutes).into())
        ),
        Fact::NoShow { .. } => format!("Nobody came: {resource}{slot}."),
    }
}

/// `, on 12 March 2026 from 09:00 to 10:00`, where that is known.
fn slot(booking: BookingId, s: &Scene<'_>) -> String {
    with(s.memory.bookings.get(&booking), |interval| format!(", {}", s.slot(*interval)))
}

fn requested(resource: &str, slot: &booking::Slot, s: &Scene<'_>) -> String {
    let beneficiary = match slot.beneficiary {
        Beneficiary::Case(case) if s.is_about_case(case) => String::new(),
        Beneficiary::Case(case) => format!(", for the project {}", s.case(case)),
        Beneficiary::MemberOrganisation(id) if s.is_about_organisation(id) => String::new(),
        Beneficiary::MemberOrganisation(id) => format!(", for {}", s.organisation(id)),
        Beneficiary::Office => ", for the office".to_owned(),
    };
    let samples = slot.samples.map(|samples| count(samples as usize, "sample", "samples"));
    format!(
        "Booking requested: {resource}, {}, user: {}{beneficiary}{}.",
        s.slot(slot.interval),
        s.person(slot.user),
        with(samples, |samples| format!(" ({samples})"))
    )
}
