//! Workshops, visits and meetings that several projects share.

use chrono::TimeDelta;
use events::{GatheringId, GatheringKind, Interval, Language, Stream};
use serde_json::{Value, json};

use super::people::any_advisor;
use crate::demo::days;
use crate::demo::story::Story;
use crate::demo::texts::elsewhere as said;
use crate::demo::world::Order;
use crate::domain::Collection;

/// Plans them over the years, about one a fortnight.
pub(in crate::demo) fn plan(story: &mut Story) {
    let span = (days::day_of(story.plan.until) - story.plan.from).num_days();
    for _ in 0..story.plan.gatherings {
        let day = days::plus(story.plan.from, story.dice.between(60, span - 5));
        let moment = days::at_work(&mut story.dice, day);
        if story.dice.chance(22) {
            story.at(moment, spontaneous);
        } else {
            story.at(moment, announce);
        }
    }
}

/// Who comes: some of the cases worked on, with their contacts, and a few partners.
fn guests(story: &mut Story) -> (Vec<Value>, Vec<Value>, Vec<Value>) {
    let active: Vec<usize> = (0..story.ledger.files.len())
        .filter(|case| story.ledger.files[*case].is_active())
        .collect();
    let wanted = story.dice.between(1, 9) as usize;
    let mut cases = active;
    story.dice.shuffle(&mut cases);
    cases.truncate(wanted);
    let mut people: Vec<usize> = cases.iter().map(|case| story.ledger.files[*case].contact).collect();
    people.sort_unstable();
    people.dedup();
    let people = people.into_iter().map(|who| json!(story.ledger.people[who].id)).collect();
    let ids = cases.iter().map(|case| json!(story.ledger.files[*case].id)).collect();
    let places: Vec<Value> = (0..story.dice.below(3))
        .map(|_| {
            let place = story.dice.below(story.ledger.organisations.len());
            json!(story.ledger.organisations[place].id)
        })
        .collect();
    let mut distinct = places;
    distinct.dedup();
    (ids, distinct, people)
}

fn kind(story: &mut Story) -> GatheringKind {
    story.dice.weighted(&[
        (42, GatheringKind::Workshop),
        (20, GatheringKind::Visit),
        (16, GatheringKind::Meeting),
        (12, GatheringKind::Training),
        (10, GatheringKind::Pitch),
    ])
}

fn announce(story: &mut Story) {
    let user = any_advisor(story);
    let kind = kind(story);
    let today = story.today();
    let day = days::working_later(today, story.dice.between(8, 25));
    let from = days::paris(day, *story.dice.pick(&[9, 10, 14]), 0);
    let until = from.plus(TimeDelta::minutes(*story.dice.pick(&[90, 120, 180, 240])));
    let Ok(interval) = Interval::new(from, until) else { return };
    let (cases, organisations, participants) = guests(story);
    let language = if story.dice.chance(70) { Language::Fr } else { Language::En };
    let title = said::GATHERING_TITLE.say(&mut story.dice, language);
    let body = json!({
        "kind": kind, "title": title, "interval": interval, "cases": cases,
        "organisations": organisations, "participants": participants,
    });
    let order = Order::new(user, Collection::Gatherings, "plan-gathering", body);
    let id: GatheringId = story.world.send(order).created();
    if story.dice.chance(12) {
        let before = from.minus(TimeDelta::hours(20)).max(story.world.now);
        return story.at(before, move |story| cancel(story, id));
    }
    let came = story.dice.some(&cases, 85);
    let held = days::after(&mut story.dice, until, 0, 2);
    story.at(held, move |story| {
        let summary = said::GATHERED.say(&mut story.dice, language);
        let minutes = story.dice.between(2, 20) * 30;
        let body = json!({
            "kind": kind, "interval": interval, "cases": came, "organisations": organisations,
            "participants": participants, "staff_minutes": minutes, "summary": summary,
        });
        let user = any_advisor(story);
        let order = Order::on(user, Stream::Gathering(id), "hold", body);
        story.world.send(order.at(interval.until()));
    });
}

fn cancel(story: &mut Story, id: GatheringId) {
    let reason = said::CALLED_OFF.say(&mut story.dice, Language::Fr);
    let user = any_advisor(story);
    let body = json!({ "reason": reason });
    story.world.send(Order::on(user, Stream::Gathering(id), "cancel", body));
}

/// One that nobody had planned.
fn spontaneous(story: &mut Story) {
    let user = any_advisor(story);
    let kind = kind(story);
    let until = story.world.now.minus(TimeDelta::minutes(story.dice.between(10, 400)));
    let Ok(interval) = Interval::new(until.minus(TimeDelta::minutes(90)), until) else { return };
    let (cases, organisations, participants) = guests(story);
    let summary = said::GATHERED.say(&mut story.dice, Language::En);
    let body = json!({
        "kind": kind, "interval": interval, "cases": cases, "organisations": organisations,
        "participants": participants, "staff_minutes": 90, "summary": summary,
    });
    let order = Order::new(user, Collection::Gatherings, "log-gathering", body);
    story.world.send(order.at(until));
}
