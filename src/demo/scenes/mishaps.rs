//! What goes wrong at an office: clashes, wrong keys, wrong moments, reports of what should not
//! have been. What is done here is refused by its rule; what is reported is noted with it.

use chrono::TimeDelta;
use events::{BookingState, Interval, Rule, Stream};
use serde_json::json;

use super::bookings::{self, For};
use super::calendar::qualify;
use super::followup;
use crate::demo::days;
use crate::demo::story::Story;
use crate::demo::texts::{Pool, elsewhere as said};
use crate::demo::world::Order;

/// A mishap, and how often it happens in three years.
type Mishap = (fn(&mut Story), i64);

const MISHAPS: &[Mishap] = &[
    (clash, 60),
    (booked_in_the_other_tool, 18),
    (used_on_a_saturday, 9),
    (booked_too_soon, 12),
    (key_used_twice, 8),
    (sent_twice, 14),
    (from_the_future, 10),
    (without_the_role, 10),
    (in_a_closed_case, 14),
    (used_after_the_end, 6),
    (somebody_elses_case, 8),
    (agreed_at_a_congress, 7),
];

/// Plans them over the years.
pub(in crate::demo) fn plan(story: &mut Story) {
    let span = (days::day_of(story.plan.until) - story.plan.from).num_days();
    // At a smaller scale each happens, but once.
    let few = story.plan.events < 10_000;
    for (mishap, times) in MISHAPS {
        for number in 0..if few { 1 } else { *times } {
            let low = 200 + number % 7;
            let day = days::plus(story.plan.from, story.dice.between(low, span - 40));
            let moment = days::at_work(&mut story.dice, day);
            story.at(moment, *mishap);
        }
    }
}

/// Some case that is worked on.
fn a_case(story: &mut Story) -> Option<usize> {
    let files = &story.ledger.files;
    let active: Vec<usize> = (0..files.len()).filter(|case| files[*case].is_active()).collect();
    (!active.is_empty()).then(|| *story.dice.pick(&active))
}

fn say(story: &mut Story, case: usize, pool: &Pool) -> &'static str {
    super::selection::say(story, case, pool)
}

/// A booking to come on a resource that takes one at a time and whose calendar is here.
fn a_booking(story: &mut Story, days_ahead: i64) -> Option<usize> {
    let from = story.world.now.plus(TimeDelta::days(days_ahead));
    let fits = |booking: &usize| {
        let known = &story.ledger.bookings[*booking];
        let resource = &story.ledger.resources[known.resource];
        known.state == BookingState::Confirmed
            && known.slot.from() > from
            && resource.capacity == 1
            && !resource.elsewhere
            && !resource.retired
    };
    let fitting: Vec<usize> = (0..story.ledger.bookings.len()).filter(fits).collect();
    (!fitting.is_empty()).then(|| *story.dice.pick(&fitting))
}

/// Two want the same slot: the second is told that it is taken.
fn clash(story: &mut Story) {
    let (Some(case), Some(booking)) = (a_case(story), a_booking(story, 7)) else { return };
    let known = story.ledger.bookings[booking].clone();
    let user = story.file(case).contact;
    qualify(story, known.resource, user, known.slot);
    let order =
        bookings::request(story, "request-booking", known.resource, For::Case(case), user, known.slot);
    story.world.try_in_vain(order, Rule::R1);
}

/// The platform had given a slot in its own tool that was taken here: both stand.
fn booked_in_the_other_tool(story: &mut Story) {
    let (Some(case), Some(booking)) = (a_case(story), a_booking(story, 7)) else { return };
    let known = story.ledger.bookings[booking].clone();
    let user = story.file(case).contact;
    qualify(story, known.resource, user, known.slot);
    let evidence = say(story, case, &said::SEEN_ELSEWHERE);
    let order = Order::on(
        manager(story, known.resource),
        Stream::Resource(story.ledger.resources[known.resource].id),
        "book",
        json!({
            "for": { "case": story.case_id(case) }, "user": story.ledger.people[user].id,
            "interval": known.slot, "external_ref": format!("TOOL-{booking}"),
        }),
    );
    let order = order.reported("platform_tool", evidence);
    let id = story.world.send_irregular(order, &[Rule::R1]).created();
    let second = bookings::enter(story, id, known.resource, For::Case(case), user, known.slot);
    bookings::set(story, second, BookingState::Confirmed);
    bookings::follow(story, second);
}

fn manager(story: &Story, resource: usize) -> events::UserId {
    let known = &story.ledger.resources[resource];
    story.office.platform[known.manager].user
}

/// A resource open on working days that is free of clashes.
fn a_resource(story: &mut Story) -> Option<usize> {
    let fits = |at: &usize| {
        let known = &story.ledger.resources[*at];
        known.habit.closes < 24 && known.habit.lead_days > 0 && !known.elsewhere && !known.retired
    };
    let fitting: Vec<usize> = (0..story.ledger.resources.len()).filter(fits).collect();
    (!fitting.is_empty()).then(|| *story.dice.pick(&fitting))
}

/// Used on a Saturday by arrangement, and told on Monday.
fn used_on_a_saturday(story: &mut Story) {
    let (Some(case), Some(resource)) = (a_case(story), a_resource(story)) else { return };
    let today = story.today();
    let saturday = (2..9).map(|days| days::plus(today, days)).find(|day| {
        chrono::Datelike::weekday(day) == chrono::Weekday::Sat
    });
    let Some(saturday) = saturday else { return };
    let from = days::paris(saturday, 10, 0);
    let Ok(slot) = Interval::new(from, from.plus(TimeDelta::hours(3))) else { return };
    if !super::calendar::is_free(story, resource, slot) {
        return;
    }
    let user = story.file(case).contact;
    qualify(story, resource, user, slot);
    let order = Order::on(
        manager(story, resource),
        Stream::Resource(story.ledger.resources[resource].id),
        "book",
        json!({
            "for": { "case": story.case_id(case) }, "user": story.ledger.people[user].id,
            "interval": slot,
        }),
    );
    let order = order.reported("phone", "Accord oral du responsable de plateforme.");
    let id = story.world.send_irregular(order, &[Rule::R2]).created();
    let booking = bookings::enter(story, id, resource, For::Case(case), user, slot);
    bookings::set(story, booking, BookingState::Confirmed);
    bookings::follow(story, booking);
}

/// Asked for in an hour where a day's notice is the rule.
fn booked_too_soon(story: &mut Story) {
    let (Some(case), Some(resource)) = (a_case(story), a_resource(story)) else { return };
    let from = days::paris(story.today(), 19, 0);
    let Ok(slot) = Interval::new(from, from.plus(TimeDelta::minutes(60))) else { return };
    let user = story.file(case).contact;
    let order = bookings::request(story, "request-booking", resource, For::Case(case), user, slot);
    story.world.try_in_vain(order, Rule::R2);
}

/// A client sends another body under a key that it used before (G-1).
fn key_used_twice(story: &mut Story) {
    let Some(case) = a_case(story) else { return };
    let key = format!("client-{}", story.world.events.len());
    let one = say(story, case, &crate::demo::texts::followup::NOTE);
    let order = |text: &str, story: &Story| {
        story.on_case(case, "add-note", json!({ "text": text })).keyed(key.clone())
    };
    let first = order(one, story);
    story.world.send(first);
    let second = order("…", story);
    story.world.try_in_vain(second, Rule::G1);
}

/// A click too many: the same request again is the same answer, and no second event (G-1).
fn sent_twice(story: &mut Story) {
    let Some(case) = a_case(story) else { return };
    let text = say(story, case, &crate::demo::texts::followup::NOTE);
    let key = format!("form-{}", story.world.events.len());
    let order = story.on_case(case, "add-note", json!({ "text": text })).keyed(key);
    story.world.send(order.clone());
    story.world.repeat(order);
}

/// Tomorrow's meeting, entered today (G-3).
fn from_the_future(story: &mut Story) {
    let Some(case) = a_case(story) else { return };
    let tomorrow = story.world.now.plus(TimeDelta::days(1));
    let body = json!({ "kind": "meeting", "summary": "Point de suivi." });
    let order = story.on_case(case, "log-interaction", body).at(tomorrow);
    story.world.try_in_vain(order, Rule::G3);
}

/// An advisor means to close a case, which is for the head (G-4).
fn without_the_role(story: &mut Story) {
    let Some(case) = a_case(story) else { return };
    let body = json!({ "reason": "graduated" });
    let order = story.on_case(case, "close", body);
    story.world.try_in_vain(order, Rule::G4);
}

/// No session is planned in a closed case (C-7), but what still comes in is logged.
fn in_a_closed_case(story: &mut Story) {
    let files = &story.ledger.files;
    let closed = (0..files.len()).rev().find(|case| {
        files[*case].status == events::CaseStatus::Closed && files[*case].advisor.is_some()
    });
    let Some(case) = closed else { return };
    let body = json!({ "needs": ["mentors"] });
    let order = story.on_case(case, "express-needs", body);
    story.world.try_in_vain(order, Rule::C7);
    followup::late_word(story, case);
}

/// What is over is not cancelled any more (C-7).
fn used_after_the_end(story: &mut Story) {
    let over = story.ledger.bookings.iter().rposition(|it| it.state == BookingState::Completed);
    let Some(booking) = over else { return };
    let resource = story.ledger.bookings[booking].resource;
    let user = manager(story, resource);
    let body = json!({ "reason": "by_platform" });
    let order = bookings::on_booking(story, user, booking, "cancel-booking", body);
    story.world.try_in_vain(order, Rule::C7);
}

/// An innovator finds nothing of anybody else's case (G-9).
fn somebody_elses_case(story: &mut Story) {
    let innovator = story.ledger.files.iter().find_map(|file| Some((file.innovator?, file.contact)));
    let (Some(case), Some((user, contact))) = (a_case(story), innovator) else { return };
    let file = story.file(case);
    if file.contact == contact || file.team.contains(&contact) {
        return;
    }
    let action = events::ActionId::derived("anybody's");
    let body = json!({ "action": action, "result": "done" });
    let order = story.on_case_by(user, case, "close-action", body);
    story.world.try_in_vain(order, Rule::G9);
}

/// They met at a congress before anybody was asked: reported, and noted (I-1).
fn agreed_at_a_congress(story: &mut Story) {
    use events::IntroductionState as State;
    let Some(case) = a_case(story) else { return };
    let target = super::people::of_kind(story, &[events::OrganisationKind::Vc]);
    let owner = story.office.funding[0].user;
    let rationale = say(story, case, &said::WHY_MEET);
    let body = json!({
        "case": story.case_id(case), "target": story.ledger.organisations[target].id,
        "kind": "funding", "initiated_by": "innovator", "owner": owner, "rationale": rationale,
    });
    let order =
        Order::new(owner, crate::domain::Collection::Introductions, "propose-introduction", body);
    let sent = story.world.send(order);
    let body = json!({ "channel": "in_person", "shared": [] });
    let met = story.world.now.minus(TimeDelta::hours(30));
    let made = Order::on(owner, sent.stream, "make", body).at(met);
    let made = made.reported("meeting", "Rencontre lors d'un congrès.");
    story.world.send_irregular(made, &[Rule::I1, Rule::I1]);
    story.ledger.introductions.push(crate::demo::ledger::Introduction {
        id: sent.created(),
        case,
        target,
        owner,
        state: State::Made,
        outcome: None,
    });
}
