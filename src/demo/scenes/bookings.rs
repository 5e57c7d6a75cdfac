//! Bookings: asked for, answered, moved, used, lost.

use chrono::TimeDelta;
use events::{BookingId, BookingState, Channel, Interval, Rule, Stream, Time, UserId};
use serde_json::{Value, json};

use super::calendar::{find, is_qualified, qualify};
use crate::demo::days;
use crate::demo::ledger::Booking;
use crate::demo::story::Story;
use crate::demo::texts::elsewhere as texts;
use crate::demo::world::Order;
use crate::domain::system_user;

/// For whom a slot is asked.
#[derive(Debug, Clone, Copy)]
pub(in crate::demo) enum For {
    Case(usize),
    Member(usize),
    Office,
}

/// What a confirmed booking has before it.
#[derive(Debug, Clone, Copy)]
enum Lot {
    Used,
    Moved,
    Cancelled,
    CancelledLate,
    NoShow,
    Interrupted,
    Forgotten,
}

/// Asks for a slot some days from now; nothing comes of it when none is free.
pub(in crate::demo) fn ask(story: &mut Story, resource: usize, whom: For, user: usize) {
    let from = story.world.now.plus(TimeDelta::days(story.dice.between(1, 25)));
    let Some(slot) = find(story, resource, from) else { return };
    if !is_qualified(story, resource, user, slot) {
        // One in three asks first and learns then that it takes a qualification.
        if story.dice.chance(30) {
            let order = request(story, "request-booking", resource, whom, user, slot);
            story.world.try_in_vain(order, Rule::R3);
        }
        qualify(story, resource, user, slot);
    }
    // At its own desk the platform asks and answers in one.
    let at_once = story.dice.chance(22) || matches!(whom, For::Office);
    let name = if at_once { "book" } else { "request-booking" };
    let order = request(story, name, resource, whom, user, slot);
    let id = story.world.send(order).created();
    let booking = enter(story, id, resource, whom, user, slot);
    if at_once {
        story.ledger.bookings[booking].state = BookingState::Confirmed;
        follow(story, booking);
    } else {
        plan_answer(story, booking);
    }
}

/// Notes a booking that was asked for.
pub(in crate::demo) fn enter(
    story: &mut Story,
    id: BookingId,
    resource: usize,
    whom: For,
    user: usize,
    slot: Interval,
) -> usize {
    let case = match whom {
        For::Case(case) => Some(case),
        For::Member(_) | For::Office => None,
    };
    let state = BookingState::Requested;
    story.ledger.bookings.push(Booking { id, resource, case, user, slot, state });
    let booking = story.ledger.bookings.len() - 1;
    story.ledger.resources[resource].live.push(booking);
    booking
}

/// The request, by whoever would send it.
pub(in crate::demo) fn request(
    story: &mut Story,
    name: &'static str,
    resource: usize,
    whom: For,
    user: usize,
    slot: Interval,
) -> Order {
    let (sender, whom_for) = match whom {
        For::Case(case) => {
            let innovator = story.ledger.files[case].innovator.filter(|_| name != "book");
            let sender = innovator.unwrap_or_else(|| story.advisor(case));
            (sender, json!({ "case": story.case_id(case) }))
        }
        For::Member(place) => {
            let organisation = story.ledger.organisations[place].id;
            (manager(story, resource), json!({ "member_organisation": organisation }))
        }
        For::Office => (super::people::any_advisor(story), json!("office")),
    };
    let known = &story.ledger.resources[resource];
    let language = story.ledger.people[user].name.language;
    let biosafety = known.biosafety.filter(|_| story.dice.chance(50));
    let external = known.elsewhere.then(|| {
        format!("PF-{}/{}", slot.from().utc().format("%Y"), story.ledger.bookings.len() + 1_000)
    });
    let samples = (known.biosafety.is_some()).then(|| story.dice.between(4, 96));
    let body = json!({
        "for": whom_for, "user": story.ledger.people[user].id, "interval": slot,
        "purpose": texts::PURPOSE.say(&mut story.dice, language), "samples": samples,
        "biosafety": biosafety, "external_ref": external,
    });
    Order::on(sender, Stream::Resource(known.id), name, body)
}

fn manager(story: &Story, resource: usize) -> UserId {
    let known = &story.ledger.resources[resource];
    story.office.platform[known.manager].user
}

/// A command on a booking, by the platform.
fn by_platform(story: &Story, booking: usize, name: &'static str, rest: Value) -> Order {
    on_booking(story, manager(story, story.ledger.bookings[booking].resource), booking, name, rest)
}

/// A command on a booking.
pub(in crate::demo) fn on_booking(
    story: &Story,
    user: UserId,
    booking: usize,
    name: &'static str,
    rest: Value,
) -> Order {
    let known = &story.ledger.bookings[booking];
    let resource = story.ledger.resources[known.resource].id;
    let mut order = Order::on(user, Stream::Resource(resource), name, rest);
    order = order.with("booking", known.id);
    order
}

fn state(story: &Story, booking: usize) -> BookingState {
    story.ledger.bookings[booking].state
}

/// Notes where a booking is now.
pub(in crate::demo) fn set(story: &mut Story, booking: usize, state: BookingState) {
    use BookingState::{Confirmed, Requested, Started};
    let known = &mut story.ledger.bookings[booking];
    known.state = state;
    let resource = known.resource;
    if !matches!(state, Requested | Confirmed | Started) {
        story.ledger.resources[resource].live.retain(|live| *live != booking);
    }
}

/// The platform answers within two days and before the start; sometimes nobody does.
fn plan_answer(story: &mut Story, booking: usize) {
    let (now, slot) = (story.world.now, story.ledger.bookings[booking].slot);
    let soon = days::after(&mut story.dice, now, 0, 2);
    let last = slot.from().minus(TimeDelta::hours(2));
    let lot = story.dice.below(100);
    match lot {
        0..3 => {
            story.at(slot.from().plus(TimeDelta::minutes(5)), move |story| expire(story, booking))
        }
        3..6 => story.at(soon.min(last), move |story| take_back(story, booking)),
        6..10 => story.at(soon.min(last), move |story| reject(story, booking)),
        _ => story.at(soon.min(last), move |story| confirm(story, booking)),
    }
}

fn expire(story: &mut Story, booking: usize) {
    if state(story, booking) == BookingState::Requested {
        let order = on_booking(story, system_user(), booking, "expire-booking", json!({}));
        story.world.send(order.via(Channel::Timer));
        set(story, booking, BookingState::Expired);
    }
}

fn reject(story: &mut Story, booking: usize) {
    if state(story, booking) == BookingState::Requested {
        let reason = *story.dice.pick(&["outside_rules", "biosafety", "no_qualification"]);
        let order = by_platform(story, booking, "reject-booking", json!({ "reason": reason }));
        story.world.send(order);
        set(story, booking, BookingState::Rejected);
    }
}

fn confirm(story: &mut Story, booking: usize) {
    if state(story, booking) == BookingState::Requested {
        story.world.send(by_platform(story, booking, "confirm-booking", json!({})));
        set(story, booking, BookingState::Confirmed);
        follow(story, booking);
    }
}

/// Whoever may cancel for the user does.
fn take_back(story: &mut Story, booking: usize) {
    use BookingState::{Confirmed, Displaced, Requested};
    if !matches!(state(story, booking), Requested | Confirmed | Displaced) {
        return;
    }
    let case = story.ledger.bookings[booking].case;
    let user = match case {
        Some(case) => story.ledger.files[case].innovator.unwrap_or_else(|| story.advisor(case)),
        None => manager(story, story.ledger.bookings[booking].resource),
    };
    let order = on_booking(story, user, booking, "cancel-booking", json!({ "reason": "by_user" }));
    story.world.send(order);
    set(story, booking, BookingState::Cancelled);
}

/// What a confirmed booking has before it.
pub(in crate::demo) fn follow(story: &mut Story, booking: usize) {
    let lot = story.dice.weighted(&[
        (74, Lot::Used),
        (9, Lot::Moved),
        (7, Lot::Cancelled),
        (3, Lot::CancelledLate),
        (3, Lot::NoShow),
        (2, Lot::Interrupted),
        (2, Lot::Forgotten),
    ]);
    let (now, slot) = (story.world.now, story.ledger.bookings[booking].slot);
    let cutoff = story.ledger.resources[story.ledger.bookings[booking].resource].habit.cutoff_hours;
    let between = |from: Time, until: Time, part: i64| {
        from.plus(TimeDelta::microseconds((until.micros() - from.micros()).max(0) / 100 * part))
    };
    let in_time = between(now, slot.from().minus(TimeDelta::hours(cutoff + 1)), 60);
    match lot {
        Lot::Used => plan_use(story, booking, slot),
        Lot::Moved => story.at(in_time, move |story| reschedule(story, booking)),
        Lot::Cancelled => story.at(in_time, move |story| take_back(story, booking)),
        Lot::CancelledLate => {
            let late = slot.from().minus(TimeDelta::minutes(45)).max(now);
            story.at(late, move |story| take_back(story, booking));
        }
        Lot::NoShow => {
            let waited = slot.from().plus(TimeDelta::minutes(60));
            story.at(waited, move |story| no_show(story, booking));
        }
        Lot::Interrupted => {
            let from = slot.from().plus(TimeDelta::minutes(4));
            story.at(from, move |story| start(story, booking, slot));
            let cut = between(slot.from(), slot.until(), 40);
            story.at(cut, move |story| interrupt(story, booking));
        }
        Lot::Forgotten => {}
    }
}

fn plan_use(story: &mut Story, booking: usize, slot: Interval) {
    if story.dice.chance(62) {
        let from = slot.from().plus(TimeDelta::minutes(story.dice.between(1, 12)));
        story.at(from, move |story| start(story, booking, slot));
        let until = slot.until().plus(TimeDelta::minutes(story.dice.between(2, 50)));
        story.at(until, move |story| complete(story, booking, slot));
    } else {
        let until = days::after(&mut story.dice, slot.until(), 0, 2);
        story.at(until, move |story| complete(story, booking, slot));
    }
}

fn start(story: &mut Story, booking: usize, slot: Interval) {
    let known = &story.ledger.bookings[booking];
    if known.state == BookingState::Confirmed && known.slot == slot {
        story.world.send(by_platform(story, booking, "start-booking", json!({})));
        set(story, booking, BookingState::Started);
    }
}

fn complete(story: &mut Story, booking: usize, slot: Interval) {
    use BookingState::{Confirmed, Started};
    let known = &story.ledger.bookings[booking];
    if !matches!(known.state, Confirmed | Started) || known.slot != slot {
        return;
    }
    let late = TimeDelta::minutes(story.dice.between(0, 10));
    let early = TimeDelta::minutes(story.dice.between(0, 15));
    let Ok(real) = Interval::new(slot.from().plus(late), slot.until().minus(early)) else { return };
    let used = real.minutes() - story.dice.between(0, 5);
    let rest = json!({ "interval": real, "usage_minutes": used.max(1) });
    let order = by_platform(story, booking, "complete-booking", rest);
    story.world.send(order.entered(slot.until(), story.world.now));
    set(story, booking, BookingState::Completed);
}

fn no_show(story: &mut Story, booking: usize) {
    if state(story, booking) == BookingState::Confirmed {
        story.world.send(by_platform(story, booking, "log-no-show", json!({})));
        set(story, booking, BookingState::NoShow);
    }
}

fn interrupt(story: &mut Story, booking: usize) {
    if state(story, booking) == BookingState::Started {
        let used = story.dice.between(5, 50);
        let rest = json!({ "usage_minutes": used });
        story.world.send(by_platform(story, booking, "interrupt-booking", rest));
        set(story, booking, BookingState::Interrupted);
    }
}

fn reschedule(story: &mut Story, booking: usize) {
    if state(story, booking) != BookingState::Confirmed {
        return;
    }
    let known = story.ledger.bookings[booking].clone();
    let later = known.slot.from().plus(TimeDelta::days(story.dice.between(1, 12)));
    let Some(slot) = find(story, known.resource, later) else { return };
    if slot == known.slot {
        return plan_use(story, booking, slot);
    }
    qualify(story, known.resource, known.user, slot);
    let user = match known.case {
        Some(case) => story.ledger.files[case].innovator.unwrap_or_else(|| story.advisor(case)),
        None => manager(story, known.resource),
    };
    let rest = json!({ "interval": slot });
    story.world.send(on_booking(story, user, booking, "reschedule-booking", rest));
    story.ledger.bookings[booking].slot = slot;
    plan_use(story, booking, slot);
}

/// An outage took the place of what it met; most are asked for again.
pub(in crate::demo) fn displace(story: &mut Story, resource: usize, from: Time, to: Option<Time>) {
    let met: Vec<usize> = story.ledger.resources[resource]
        .live
        .iter()
        .copied()
        .filter(|booking| {
            let slot = story.ledger.bookings[*booking].slot;
            slot.until() > from && to.is_none_or(|to| slot.from() < to)
        })
        .collect();
    for booking in met {
        if state(story, booking) == BookingState::Started {
            set(story, booking, BookingState::Interrupted);
            continue;
        }
        set(story, booking, BookingState::Displaced);
        let Booking { case, user, .. } = story.ledger.bookings[booking];
        let now = story.world.now;
        let soon = days::after(&mut story.dice, now, 1, 3);
        match (story.dice.below(10), case) {
            (0..6, Some(case)) => story.at(soon, move |story| {
                if story.ledger.files[case].is_active() {
                    ask(story, resource, For::Case(case), user);
                }
            }),
            (6..8, _) => story.at(soon, move |story| take_back(story, booking)),
            _ => {}
        }
    }
}

/// With a retired resource go the bookings that were to come.
pub(in crate::demo) fn cancelled_with_the_resource(story: &mut Story, resource: usize) {
    let now = story.world.now;
    for booking in story.ledger.resources[resource].live.clone() {
        let known = &story.ledger.bookings[booking];
        if known.slot.from() >= now && known.state != BookingState::Started {
            set(story, booking, BookingState::Cancelled);
        }
    }
}

/// A user loses their qualification, and with it what they had booked.
pub(in crate::demo) fn disqualify(story: &mut Story) {
    let resources = 0..story.ledger.resources.len();
    let candidate = resources.rev().find_map(|resource| {
        let known = &story.ledger.resources[resource];
        known.users.keys().next_back().map(|who| (resource, *who))
    });
    let Some((resource, who)) = candidate else { return };
    let (id, user) = (story.ledger.resources[resource].id, manager(story, resource));
    let body = json!({ "person": story.ledger.people[who].id });
    story.world.send(Order::on(user, Stream::Resource(id), "revoke-qualification", body));
    story.ledger.resources[resource].users.remove(&who);
    let now = story.world.now;
    for booking in story.ledger.resources[resource].live.clone() {
        let known = &story.ledger.bookings[booking];
        let theirs = known.user == who && known.slot.from() >= now;
        if theirs && known.state != BookingState::Started {
            set(story, booking, BookingState::Cancelled);
        }
    }
}

/// Members of the cluster and the office itself book as well.
pub(in crate::demo) fn plan_others(story: &mut Story) {
    let span = (days::day_of(story.plan.until) - story.plan.from).num_days();
    for _ in 0..story.plan.other_bookings {
        let day = days::plus(story.plan.from, story.dice.between(45, span - 1));
        let moment = days::at_work(&mut story.dice, day);
        story.at(moment, |story| {
            let resource = story.dice.below(story.ledger.resources.len());
            let room = story.ledger.resources[resource].class == events::ResourceClass::Room;
            if room && story.dice.chance(60) {
                let place = *story.dice.pick(&story.office.present);
                let user = story.office.advisors[place].who;
                return ask(story, resource, For::Office, user);
            }
            let user = story.dice.below(story.ledger.people.len());
            if story.ledger.people[user].merged {
                return;
            }
            if let Some(place) = story.ledger.people[user].organisation {
                ask(story, resource, For::Member(place), user);
            }
        });
    }
    for day in [(2025, 3, 18), (2026, 2, 24)] {
        let moment = days::paris(days::date(day.0, day.1, day.2), 11, 15);
        story.at(moment, disqualify);
    }
}
