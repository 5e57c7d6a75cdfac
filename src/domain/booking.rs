//! Bookings: slots on a resource's calendar, asked for, answered, used or lost. All of it stands
//! in the resource's stream, so that two who want the same slot meet there (R-1).
//!
//! | a booking that is | may become |
//! |---|---|
//! | not there | requested |
//! | requested | confirmed, rejected, expired, cancelled, displaced; moved |
//! | confirmed | started, completed, no-show, cancelled, displaced; moved |
//! | started | completed, interrupted |
//! | displaced | cancelled |
//!
//! Only `resource` displaces. An act moves along this table or is refused (C-7).

mod admission;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use chrono::TimeDelta;
use events::booking::{Beneficiary, Fact, Slot};
use events::{
    BookingId, BookingState, CancellationReason, Interval, OutageId, RejectionReason, Role, Rule,
};
use schemars::JsonSchema;
use serde::Deserialize;
use strum::{IntoStaticStr, VariantNames};

use self::admission::{entitled, fits, moment, named_elsewhere, rules};
use super::command::{Effect, Spec, Texts};
use super::context::{Context, Nature, missing};
use super::intake::open;
use super::resource::{Booking, Resource};
use super::{Decision, Refusal, Stop};

/// What can be asked about slots on a resource's calendar.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[strum(serialize_all = "kebab-case")]
pub enum Command {
    /// Ask for a slot. It is kept until the platform answers.
    RequestBooking(Slot),
    /// Book a slot: ask and confirm in one.
    Book(Slot),
    /// Confirm a booking that was asked for.
    ConfirmBooking {
        /// Which.
        booking: BookingId,
    },
    /// Reject a booking that was asked for.
    RejectBooking {
        /// Which.
        booking: BookingId,
        /// Why.
        reason: RejectionReason,
    },
    /// Let a booking go that nobody answered before it would have started.
    ExpireBooking {
        /// Which.
        booking: BookingId,
    },
    /// Move a booking to another time.
    RescheduleBooking {
        /// Which.
        booking: BookingId,
        /// When instead.
        interval: Interval,
    },
    /// Cancel a booking. After the cut-off it counts as late, unless it is the platform's doing.
    CancelBooking {
        /// Which.
        booking: BookingId,
        /// Why: users say `by_user`, the office also `case_closed`, the platform anything.
        reason: CancellationReason,
    },
    /// Record that the use began.
    StartBooking {
        /// Which.
        booking: BookingId,
    },
    /// Record that the use is over.
    CompleteBooking {
        /// Which.
        booking: BookingId,
        /// When it really was.
        interval: Interval,
        /// Minutes of use.
        #[schemars(range(max = 525_600))]
        usage_minutes: u32,
    },
    /// Record that the use was cut short: only real use counts (R-5).
    InterruptBooking {
        /// Which.
        booking: BookingId,
        /// By which outage of this resource, if by one.
        outage: Option<OutageId>,
        /// Minutes of use until then.
        #[schemars(range(max = 525_600))]
        usage_minutes: u32,
    },
    /// Log that nobody came.
    LogNoShow {
        /// Which.
        booking: BookingId,
    },
}

// Who holds several of these acts in the first, which may do most.
const USERS: &[Role] = &[Role::Platform, Role::Advisor, Role::Innovator];
const BOOKERS: &[Role] = &[Role::Platform, Role::Advisor];
const PLATFORM: &[Role] = &[Role::Platform];

const fn spec(name: &'static str, roles: &'static [Role], example: &'static str) -> Spec {
    Spec { name, roles, effect: Effect::Adds, texts: Texts::OfStream, example }
}

const ONE: &str = r#"{"booking":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a09"}"#;
const SLOT: &str = r#"{"for":{"case":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a07"},
    "user":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a01",
    "interval":{"from":"2026-03-09T08:00:00Z","until":"2026-03-09T11:00:00Z"},
    "purpose":"Sequence forty plasma samples of the second cohort.","samples":40,"biosafety":2}"#;

/// What is said of each command.
pub const SPECS: &[Spec] = &[
    Spec { texts: Texts::OfCaseAt("/for/case"), ..spec("request-booking", USERS, SLOT) },
    Spec { texts: Texts::OfCaseAt("/for/case"), ..spec("book", BOOKERS, SLOT) },
    spec("confirm-booking", PLATFORM, ONE),
    Spec {
        effect: Effect::Decides,
        ..spec(
            "reject-booking",
            PLATFORM,
            r#"{"booking":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a09","reason":"biosafety"}"#,
        )
    },
    spec("expire-booking", PLATFORM, ONE),
    spec(
        "reschedule-booking",
        USERS,
        r#"{"booking":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a09",
        "interval":{"from":"2026-03-10T08:00:00Z","until":"2026-03-10T11:00:00Z"}}"#,
    ),
    spec(
        "cancel-booking",
        USERS,
        r#"{"booking":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a09","reason":"by_user"}"#,
    ),
    spec("start-booking", PLATFORM, ONE),
    spec(
        "complete-booking",
        PLATFORM,
        r#"{"booking":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a09","usage_minutes":165,
        "interval":{"from":"2026-03-02T05:05:00Z","until":"2026-03-02T08:00:00Z"}}"#,
    ),
    spec(
        "interrupt-booking",
        PLATFORM,
        r#"{"booking":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a09","usage_minutes":40}"#,
    ),
    spec("log-no-show", PLATFORM, ONE),
];

/// Decides a command of this family.
///
/// # Errors
/// The rule that forbids it.
pub fn decide(resource: &Resource, command: &Command, context: &Context<'_>) -> Decision {
    use BookingState::{Confirmed, Requested};
    own_word(context)?;
    match command {
        Command::RequestBooking(slot) => request(resource, slot, context),
        Command::Book(slot) => {
            let mut facts = request(resource, slot, context)?;
            if !facts.is_empty() {
                let booking = BookingId::created_by(context.command);
                facts.push(Fact::Confirmed { booking }.into());
            }
            Ok(facts)
        }
        Command::RescheduleBooking { booking, interval } => {
            reschedule(resource, *booking, *interval, context)
        }
        Command::CancelBooking { booking, reason } => cancel(resource, *booking, *reason, context),
        Command::ConfirmBooking { booking } => {
            step(resource, Fact::Confirmed { booking: *booking }, &[Requested], context)
        }
        Command::RejectBooking { booking, reason } => {
            let fact = Fact::Rejected { booking: *booking, reason: *reason };
            step(resource, fact, &[Requested], context)
        }
        Command::ExpireBooking { booking } => {
            lapse(resource, Fact::Expired { booking: *booking }, &[Requested], context)
        }
        Command::StartBooking { booking } => {
            step(resource, Fact::Started { booking: *booking }, &[Confirmed], context)
        }
        Command::CompleteBooking { booking, interval, usage_minutes } => {
            complete(resource, *booking, *interval, *usage_minutes, context)
        }
        Command::InterruptBooking { booking, outage, usage_minutes } => {
            interrupt(resource, *booking, *outage, *usage_minutes, context)
        }
        Command::LogNoShow { booking } => {
            lapse(resource, Fact::NoShow { booking: *booking }, &[Confirmed], context)
        }
    }
}

/// What innovators say happened elsewhere does not set the rules aside: they act.
fn own_word(context: &Context<'_>) -> Result<(), Stop> {
    if context.sender.role == Role::Innovator && context.nature == Nature::Report {
        let message = "only the office and the platforms report what happened elsewhere";
        let refusal = Refusal::new(Rule::G4, "not_yours_to_report", message);
        return Err(refusal.at("report").remedy("send it without a report, or tell them").into());
    }
    Ok(())
}

fn request(resource: &Resource, slot: &Slot, context: &Context<'_>) -> Decision {
    // The platform's own tool names a slot once, however often it is reported.
    let known = slot.external_ref.as_ref().and_then(|it| resource.calendar.booking_named(it));
    if known.is_some_and(|known| (known.user, known.interval) == (slot.user, slot.interval)) {
        return Ok(vec![]);
    }
    context.known_person(slot.user, "user")?;
    match slot.beneficiary {
        Beneficiary::Case(case) => {
            let case = context.known_case(case, "for")?;
            open(case, context)?;
            entitled(resource, slot, case, context)?;
        }
        Beneficiary::MemberOrganisation(id) => {
            own_case_only(context)?;
            context.known_organisation(id, "for")?;
        }
        Beneficiary::Office => own_case_only(context)?,
    }
    let level = resource.description.as_ref().and_then(|description| description.biosafety);
    context.keep(slot.biosafety <= level, || {
        let level = level.map_or("no biosafety level".into(), |it| format!("biosafety level {it}"));
        let message = format!("the resource has {level}, which is not enough");
        Refusal::new(Rule::R2, "biosafety", message).at("biosafety").remedy("choose another one")
    })?;
    named_elsewhere(resource, slot, context)?;
    fits(resource, slot.interval, slot.user, None, context)?;
    let booking = BookingId::created_by(context.command);
    let requester = context.sender.user;
    Ok(vec![Fact::Requested { booking, requester, slot: slot.clone() }.into()])
}

fn own_case_only(context: &Context<'_>) -> Result<(), Stop> {
    context.keep(context.sender.role != Role::Innovator, || {
        Refusal::new(Rule::G4, "not_yours", "you book for your own case").at("for")
    })
}

/// The booking that a command names (G-9); innovators only see those of their own cases.
fn find<'a>(
    resource: &'a Resource,
    id: BookingId,
    context: &Context<'_>,
) -> Result<&'a Booking, Stop> {
    let missing = || missing("booking on this calendar", "booking", "the calendar shows them");
    let booking = resource.calendar.booking(id).ok_or_else(missing)?;
    let theirs = match (context.sender.role, booking.beneficiary) {
        (Role::Innovator, Beneficiary::Case(case)) => {
            context.concerns_sender(context.case(case)?)?
        }
        (Role::Innovator, _) => false,
        _ => true,
    };
    if theirs { Ok(booking) } else { Err(missing().into()) }
}

/// C-7: the booking is in one of these states.
fn is_one_of(
    booking: &Booking,
    states: &[BookingState],
    context: &Context<'_>,
) -> Result<(), Stop> {
    context.keep(states.contains(&booking.state), || {
        let words = |states: &[BookingState]| states.iter().map(|s| word(*s)).collect::<Vec<_>>();
        let message = format!(
            "the booking is {}; this takes one that is {}",
            word(booking.state),
            words(states).join(" or ")
        );
        Refusal::new(Rule::C7, "wrong_state", message).at("booking").remedy("read it again")
    })
}

const fn word(state: BookingState) -> &'static str {
    match state {
        BookingState::Requested => "requested",
        BookingState::Confirmed => "confirmed",
        BookingState::Rejected => "rejected",
        BookingState::Expired => "expired",
        BookingState::Cancelled => "cancelled",
        BookingState::Displaced => "displaced",
        BookingState::Started => "started",
        BookingState::Completed => "completed",
        BookingState::Interrupted => "interrupted",
        BookingState::NoShow => "a no-show",
    }
}

fn reschedule(
    resource: &Resource,
    id: BookingId,
    interval: Interval,
    context: &Context<'_>,
) -> Decision {
    let booking = find(resource, id, context)?;
    is_one_of(booking, &[BookingState::Requested, BookingState::Confirmed], context)?;
    if booking.interval == interval {
        return Ok(vec![]);
    }
    fits(resource, interval, booking.user, Some(id), context)?;
    Ok(vec![Fact::Rescheduled { booking: id, interval }.into()])
}

fn cancel(
    resource: &Resource,
    id: BookingId,
    reason: CancellationReason,
    context: &Context<'_>,
) -> Decision {
    use CancellationReason::{ByUser, CaseClosed};
    let booking = find(resource, id, context)?;
    if booking.state == BookingState::Cancelled {
        return Ok(vec![]);
    }
    let theirs_to_say = match context.sender.role {
        Role::Innovator => reason == ByUser,
        Role::Advisor => matches!(reason, ByUser | CaseClosed),
        _ => true,
    };
    context.keep(theirs_to_say, || {
        Refusal::new(Rule::G4, "not_your_reason", "this reason is for the platform to give")
            .at("reason")
            .remedy("say by_user")
    })?;
    let states = [BookingState::Requested, BookingState::Confirmed, BookingState::Displaced];
    is_one_of(booking, &states, context)?;
    // What the platform or an outage takes away is nobody's lateness (R-5).
    let chosen = matches!(reason, ByUser | CaseClosed) && booking.state != BookingState::Displaced;
    let late = chosen && past_cutoff(resource, booking, context)?;
    Ok(vec![Fact::Cancelled { booking: id, reason, late }.into()])
}

fn past_cutoff(
    resource: &Resource,
    booking: &Booking,
    context: &Context<'_>,
) -> Result<bool, Stop> {
    let hours = rules(resource, context)?.map_or(0, |rules| rules.cancellation_cutoff_hours);
    let cutoff = booking.interval.from().minus(TimeDelta::hours(hours.into()));
    Ok(moment(context) > cutoff)
}

/// A booking takes a step that one in these states may take.
fn step(
    resource: &Resource,
    fact: Fact,
    states: &[BookingState],
    context: &Context<'_>,
) -> Decision {
    let booking = find(resource, fact.booking(), context)?;
    if BookingState::after(Some(booking.state), &fact) == Some(booking.state) {
        return Ok(vec![]);
    }
    is_one_of(booking, states, context)?;
    Ok(vec![fact.into()])
}

/// A step that time brings: the booking's start has passed, and nothing came.
fn lapse(
    resource: &Resource,
    fact: Fact,
    states: &[BookingState],
    context: &Context<'_>,
) -> Decision {
    let start = find(resource, fact.booking(), context)?.interval.from();
    context.keep(start <= moment(context), || {
        let message = format!("it is to start at {start}, which has not passed");
        Refusal::new(Rule::C7, "not_yet", message).at("booking").remedy("wait until then")
    })?;
    step(resource, fact, states, context)
}

/// The booking was used. Whoever forgot to log the start says with the end when it was.
fn complete(
    resource: &Resource,
    id: BookingId,
    interval: Interval,
    usage_minutes: u32,
    context: &Context<'_>,
) -> Decision {
    let booking = find(resource, id, context)?;
    let recorded = (booking.state, booking.interval, booking.usage_minutes);
    if recorded == (BookingState::Completed, interval, Some(usage_minutes)) {
        return Ok(vec![]);
    }
    is_one_of(booking, &[BookingState::Started, BookingState::Confirmed], context)?;
    context.keep(interval.until() <= context.occurred_at.max(context.now), || {
        let message = format!("{} lies in the future", interval.until());
        Refusal::new(Rule::G3, "in_the_future", message).at("interval").remedy("log it when done")
    })?;
    let used = interval.from().plus(TimeDelta::minutes(usage_minutes.into()));
    // A minute begun counts as one.
    context.keep(used < interval.until().plus(TimeDelta::minutes(1)), || {
        let message = "more minutes of use than the time took";
        Refusal::new(Rule::R4, "usage_too_long", message).at("usage_minutes")
    })?;
    Ok(vec![Fact::Completed { booking: id, interval, usage_minutes }.into()])
}

/// R-5: an outage that is said to have cut it short is on this calendar.
fn interrupt(
    resource: &Resource,
    booking: BookingId,
    outage: Option<OutageId>,
    usage_minutes: u32,
    context: &Context<'_>,
) -> Decision {
    let known = outage.is_none_or(|outage| resource.calendar.outage(outage).is_some());
    context.keep(known, || {
        missing("outage on this calendar", "outage", "declare it first: POST …/declare-outage")
    })?;
    let fact = Fact::Interrupted { booking, outage, usage_minutes };
    step(resource, fact, &[BookingState::Started], context)
}
