//! Looking for a slot, as somebody does who reads the calendar before they ask.

use chrono::TimeDelta;
use events::{Interval, Stream, Time};
use serde_json::json;

use crate::demo::days;
use crate::demo::story::Story;
use crate::demo::world::Order;

/// Days looked at before giving up.
const DAYS_MAX: i64 = 45;

/// A slot that is free from a moment on, if one is found soon.
pub(in crate::demo) fn find(story: &mut Story, resource: usize, from: Time) -> Option<Interval> {
    let known = &story.ledger.resources[resource];
    let (habit, retired) = (known.habit, known.retired);
    if retired {
        return None;
    }
    let asked = story.world.now.plus(TimeDelta::minutes(30));
    let earliest = from.max(asked.plus(TimeDelta::days(habit.lead_days)));
    let latest = asked.plus(TimeDelta::days(habit.horizon_days - 1));
    let steps = story.dice.between(0, (habit.max_minutes - habit.min_minutes) / habit.slot_minutes);
    // Short uses are the rule.
    let steps = steps * story.dice.between(1, 3) / 3;
    let minutes = habit.min_minutes + steps * habit.slot_minutes;
    let first = days::plus(days::day_of(earliest), 1);
    for offset in 0..DAYS_MAX {
        let day = days::plus(first, offset);
        if !days::is_working(day) {
            continue;
        }
        let slot = slot_on(story, resource, day, minutes)?;
        if slot.from() > latest {
            return None;
        }
        if is_free(story, resource, slot) {
            return Some(slot);
        }
    }
    None
}

fn slot_on(
    story: &mut Story,
    resource: usize,
    day: events::Date,
    minutes: i64,
) -> Option<Interval> {
    let habit = story.ledger.resources[resource].habit;
    let always = habit.closes == 24;
    let (opens, closes) = if always { (8, 12) } else { (habit.opens, habit.closes) };
    let open_minutes = i64::from(closes - opens) * 60;
    let minutes = if always { minutes } else { minutes.min(open_minutes) };
    let room = if always { open_minutes } else { open_minutes - minutes };
    let start = i64::from(opens) * 60
        + story.dice.between(0, room / habit.slot_minutes) * habit.slot_minutes;
    let from = days::paris(day, (start / 60) as u32, (start % 60) as u32);
    Interval::new(from, from.plus(TimeDelta::minutes(minutes))).ok()
}

/// Whether nobody and no outage is in the way; on the safe side where several fit.
pub(in crate::demo) fn is_free(story: &Story, resource: usize, slot: Interval) -> bool {
    let known = &story.ledger.resources[resource];
    let buffer = known.habit.buffer_minutes;
    let wanted = slot.extended(buffer);
    let met = known.live.iter().filter(|booking| {
        story.ledger.bookings[**booking].slot.extended(buffer).overlaps(wanted)
    });
    let out = known.outages.iter().any(|outage| outage.overlaps(slot));
    !out && met.count() < known.capacity as usize
}

/// Lets the platform qualify a user for a slot, if they are not.
pub(in crate::demo) fn qualify(story: &mut Story, resource: usize, who: usize, slot: Interval) {
    let known = &story.ledger.resources[resource];
    if is_qualified(story, resource, who, slot) {
        return;
    }
    let (id, manager) = (known.id, story.office.platform[known.manager].user);
    let until = story.dice.chance(60).then(|| slot.until().plus(TimeDelta::days(365)));
    let body = json!({ "person": story.ledger.people[who].id, "until": until });
    story.world.send(Order::on(manager, Stream::Resource(id), "grant-qualification", body));
    story.ledger.resources[resource].users.insert(who, until);
}

/// Whether a user may use the resource alone for a slot, or needs no qualification.
pub(in crate::demo) fn is_qualified(
    story: &Story,
    resource: usize,
    who: usize,
    slot: Interval,
) -> bool {
    let known = &story.ledger.resources[resource];
    let until = known.users.get(&who);
    !known.qualified || until.is_some_and(|until| until.is_none_or(|until| slot.until() <= until))
}
