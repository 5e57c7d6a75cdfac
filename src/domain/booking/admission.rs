//! May this slot be had: what ask before a booking gets a place.

use chrono::TimeDelta;
use events::booking::Slot;
use events::policy::{BookingRules, ComponentAccess};
use events::{
    BookingId, CalendarHost, CaseStatus, Interval, Operation, PersonId, PolicyKind, Role, Rule,
    Time,
};

use crate::domain::case::Case;
use crate::domain::resource::{Resource, WallClock};
use crate::domain::{Context, Nature, Refusal, Stop};

/// The moment that times are reckoned from: for those who book for themselves the server's clock,
/// else when it happened, say when they called.
pub(super) fn moment(context: &Context<'_>) -> Time {
    match context.sender.role {
        Role::Innovator => context.now,
        _ => context.occurred_at,
    }
}

/// how the case comes to this part of the offer, as the policy in force says.
pub(super) fn entitled(
    resource: &Resource,
    slot: &Slot,
    case: &Case,
    context: &Context<'_>,
) -> Result<(), Stop> {
    let Some(description) = &resource.description else { return Ok(()) };
    let policy = context.policy(PolicyKind::OfferComponents)?;
    let Some((version, access)) = policy.component(moment(context), description.component) else {
        return Ok(());
    };
    context.quote(PolicyKind::OfferComponents, version);
    let component = description.component;
    let refusal = |reason, message, field| Refusal::new(Rule::R4, reason, message).at(field);
    match access {
        ComponentAccess::Included => Ok(()),
        ComponentAccess::Metered => context.keep(slot.entitlement.is_some(), || {
            let message = format!("{component} are metered: they take an entitlement");
            refusal("no_entitlement", message, "entitlement")
                .remedy("name one of the case's entitlements")
        }),
        ComponentAccess::OpenFromFollowed => {
            context.keep(case.status >= Some(CaseStatus::Followed), || {
                let message = format!("{component} are open once an advisor follows the case");
                refusal("not_followed", message, "for").remedy("assign an advisor first")
            })
        }
        ComponentAccess::OpenFromSupported => {
            context.keep(case.status >= Some(CaseStatus::Supported), || {
                let message = format!("{component} are open once the agreement is signed");
                refusal("not_supported", message, "for").remedy("wait for the agreement")
            })
        }
    }
}

/// The rules in force: the resource's own, else the office's.
pub(super) fn rules<'a>(
    resource: &'a Resource,
    context: &Context<'a>,
) -> Result<Option<&'a BookingRules>, Stop> {
    if let Some(rules) = &resource.rules {
        return Ok(Some(rules));
    }
    let policy = context.policy(PolicyKind::Booking)?;
    Ok(policy.booking(moment(context)).map(|(version, rules)| {
        context.quote(PolicyKind::Booking, version);
        rules
    }))
}

const SEE_CALENDAR: &str = "choose another: GET /v1/resources/{resource}/calendar shows free slots";

/// somebody can have the resource for an interval, `moved` leaving its place for it.
pub(super) fn fits<'a>(
    resource: &'a Resource,
    interval: Interval,
    user: PersonId,
    moved: Option<BookingId>,
    context: &Context<'a>,
) -> Result<(), Stop> {
    works(resource, interval, context)?;
    let rules = rules(resource, context)?;
    if let Some(rules) = rules {
        within(rules, interval, context)?;
        let alone = rules.qualification_needed && rules.operation == Operation::Autonomous;
        context.keep(!alone || resource.qualifies(user, interval), || {
            let message = "the user is not qualified to use it alone for the whole time";
            Refusal::new(Rule::R3, "no_qualification", message)
                .at("user")
                .remedy("the platform qualifies people: POST …/grant-qualification")
        })?;
    }
    if kept_elsewhere(resource) {
        return Ok(());
    }
    let clash = resource.calendar.clash(interval, resource.room(rules), moved);
    context.keep(clash.is_none(), || {
        let message = "the slot is taken, or too close to a booking beside it";
        Refusal::new(Rule::R1, "overlap", message).at("interval").remedy(SEE_CALENDAR)
    })
}

/// the resource is still there, and no outage is.
fn works(resource: &Resource, interval: Interval, context: &Context<'_>) -> Result<(), Stop> {
    context.keep(!resource.retired, || {
        Refusal::new(Rule::R2, "retired", "the resource can't be booked any more")
            .remedy("choose another resource: GET /v1/resources")
    })?;
    let outage = resource.calendar.outage_in(interval);
    context.keep(outage.is_none(), || {
        let until = outage.and_then(|outage| outage.to).map(|to| format!(" until {to}"));
        let message = format!("it is out of order then{}", until.unwrap_or_default());
        Refusal::new(Rule::R2, "outage", message).at("interval").remedy(SEE_CALENDAR)
    })
}

fn kept_elsewhere(resource: &Resource) -> bool {
    let description = resource.description.as_ref();
    description.is_some_and(|description| description.calendar == CalendarHost::Platform)
}

/// where the platform's own tool keeps the calendar, that tool gives the slot.
pub(super) fn named_elsewhere(
    resource: &Resource,
    slot: &Slot,
    context: &Context<'_>,
) -> Result<(), Stop> {
    let given = slot.external_ref.is_some() || context.nature == Nature::Report;
    context.keep(given || !kept_elsewhere(resource), || {
        let message = "the platform keeps this calendar in its own tool";
        Refusal::new(Rule::R1, "kept_elsewhere", message)
            .at("external_ref")
            .remedy("book there, and say under which reference")
    })
}

/// start, length, lead, horizon and opening hours.
fn within(rules: &BookingRules, interval: Interval, context: &Context<'_>) -> Result<(), Stop> {
    let BookingRules { slot_minutes, min_minutes, max_minutes, lead_minutes, horizon_days, .. } =
        *rules;
    let zone = &rules.time_zone;
    let refusal = |reason, message: String| {
        Refusal::new(Rule::R2, reason, message).at("interval").remedy(SEE_CALENDAR)
    };
    let minutes = |count: u32| TimeDelta::minutes(count.into());
    let (from, until) = (interval.from(), interval.until());
    let (clock, asked) = (WallClock::of(rules), moment(context));
    context.keep(clock.may_start(from), || {
        refusal("off_the_grid", format!("starts fall on every {slot_minutes} minutes, {zone}"))
    })?;
    context.keep(until >= from.plus(minutes(min_minutes)), || {
        refusal("too_short", format!("it takes at least {min_minutes} minutes"))
    })?;
    context.keep(from >= asked.plus(minutes(lead_minutes)), || {
        refusal("too_soon", format!("it is booked at least {lead_minutes} minutes ahead"))
    })?;
    context.keep(from <= asked.plus(TimeDelta::days(horizon_days.into())), || {
        refusal("too_far", format!("it is booked at most {horizon_days} days ahead"))
    })?;
    let longest = from.plus(minutes(max_minutes));
    context.keep(until <= longest, || {
        refusal("too_long", format!("it takes at most {max_minutes} minutes"))
    })?;
    // A report may be longer than any rule; hours are read as far as the rules go.
    let closed = Interval::new(from, until.min(longest)).ok().and_then(|it| clock.closed_in(it));
    context.keep(closed.is_none(), || {
        let at = closed.map(|at| format!(" at {at}")).unwrap_or_default();
        refusal("closed", format!("it is closed{at}; its hours are those of {zone}"))
    })
}
