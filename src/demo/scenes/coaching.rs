//! Coaching: mentors, plans, and sessions that are moved, cancelled, missed and held.

use chrono::TimeDelta;
use events::{Interval, Rule, SessionId, Time};
use serde_json::{Value, json};

use super::followup::topics;
use crate::demo::days;
use crate::demo::ledger::Session;
use crate::demo::story::Story;
use crate::demo::texts::followup as said;

/// A session that has a date.
#[derive(Debug, Clone, Copy)]
struct Planned {
    id: SessionId,
    /// Its index in the ledger.
    entry: usize,
    slot: Interval,
}

/// A mentor or two take the project on, objectives are agreed, and the first session is planned.
pub(in crate::demo) fn begin(story: &mut Story, case: usize, until: Time) {
    if !story.file(case).is_active() {
        return;
    }
    assign_mentor(story, case);
    if story.file(case).dice.chance(70) {
        agree_plan(story, case, until);
    }
    if story.file(case).dice.chance(45) {
        story.later(case, (20, 120), assign_mentor);
    }
    story.later(case, (2, 10), move |story, case| schedule(story, case, until));
}

fn assign_mentor(story: &mut Story, case: usize) {
    if !story.file(case).is_active() {
        return;
    }
    let mentors = story.office.mentors.clone();
    let file = story.file(case);
    let mentor = *file.dice.pick(&mentors);
    if file.mentors.contains(&mentor) {
        return;
    }
    file.mentors.push(mentor);
    let topics = topics(&mut file.dice);
    let body = json!({ "mentor": story.ledger.people[mentor].id, "topics": topics });
    story.world.send(story.on_case(case, "assign-mentor", body));
}

fn agree_plan(story: &mut Story, case: usize, until: Time) {
    let file = story.file(case);
    let objectives = said::OBJECTIVES.say(&mut file.dice, file.idea.language);
    let sessions = file.dice.between(4, 24);
    let body = json!({
        "objectives": objectives, "sessions": sessions, "until": days::day_of(until),
    });
    story.world.send(story.on_case(case, "agree-plan", body));
}

/// A session gets a date some days ahead; the next one is planned when it is over.
fn schedule(story: &mut Story, case: usize, until: Time) {
    if story.world.now > until || !story.file(case).is_active() {
        return release(story, case, until);
    }
    let slot = slot_ahead(story, case, 3, 16);
    let body = appointment(story, case, slot);
    let sent = story.world.send(story.on_case(case, "schedule-coaching-session", body));
    story.ledger.sessions.push(Session::Scheduled);
    let planned = Planned { id: sent.created(), entry: story.ledger.sessions.len() - 1, slot };
    if story.file(case).dice.chance(2) {
        // Nobody is in two sessions at once (C-7).
        let body = appointment(story, case, slot);
        let twice = story.on_case(case, "schedule-coaching-session", body);
        story.world.try_in_vain(twice, Rule::C7);
    }
    let moved = story.file(case).dice.chance(19);
    if moved {
        let before = days::plus(days::day_of(slot.from()), -1);
        let now = story.world.now;
        let moment = days::paris(before, 16, 10).max(now.plus(TimeDelta::hours(1)));
        story.at(moment, move |story| reschedule(story, case, planned, until));
    } else {
        plan_end(story, case, planned, until);
    }
}

fn slot_ahead(story: &mut Story, case: usize, low: i64, high: i64) -> Interval {
    let today = story.today();
    let file = story.file(case);
    let day = days::working_later(today, file.dice.between(low, high));
    let hour = *file.dice.pick(&[9, 10, 11, 14, 15, 16]);
    let from = days::paris(day, hour, *file.dice.pick(&[0, 30]));
    let minutes = *file.dice.pick(&[60, 60, 90, 120]);
    let until = from.plus(TimeDelta::minutes(minutes));
    Interval::new(from, until).expect("an hour or more is more than nothing")
}

fn appointment(story: &mut Story, case: usize, slot: Interval) -> Value {
    let file = story.file(case);
    let leader = file.mentors.first().copied().unwrap_or(file.contact);
    let others: Vec<usize> =
        std::iter::once(file.contact).chain(file.dice.some(&file.team, 30)).collect();
    let modality = *file.dice.pick(&["video", "video", "in_person", "phone"]);
    let place = said::PLACE.say(&mut file.dice, file.idea.language);
    let participants: Vec<_> = others.iter().map(|who| story.ledger.people[*who].id).collect();
    json!({
        "interval": slot, "time_zone": "Europe/Paris", "leader": story.ledger.people[leader].id,
        "participants": participants, "modality": modality, "place": place,
    })
}

fn reschedule(story: &mut Story, case: usize, planned: Planned, until: Time) {
    if !story.file(case).is_active() {
        return;
    }
    let slot = slot_ahead(story, case, 2, 9);
    if slot == planned.slot {
        return plan_end(story, case, planned, until);
    }
    let appointment = appointment(story, case, slot);
    let body = json!({ "session": planned.id, "appointment": appointment });
    story.world.send(story.on_case(case, "reschedule-coaching-session", body));
    plan_end(story, case, Planned { slot, ..planned }, until);
}

fn plan_end(story: &mut Story, case: usize, planned: Planned, until: Time) {
    let lot = story.file(case).dice.weighted(&[
        (83, Session::Held),
        (10, Session::Cancelled),
        (5, Session::Missed),
        (2, Session::Scheduled),
    ]);
    let slot = planned.slot;
    let moment = match lot {
        // Entered on the day or within the next two.
        Session::Held => {
            let dice = &mut story.ledger.files[case].dice;
            days::after(dice, slot.until(), 0, 2)
        }
        Session::Cancelled => slot.from().minus(TimeDelta::hours(4)).max(story.world.now),
        Session::Missed => slot.from().plus(TimeDelta::minutes(40)),
        Session::Scheduled => slot.until(),
    };
    story.at(moment, move |story| {
        end(story, case, planned, lot);
        let pause = if story.file(case).fate == crate::demo::ledger::Fate::Supported {
            (4, 15)
        } else {
            (20, 50)
        };
        story.later(case, pause, move |story, case| schedule(story, case, until));
    });
}

fn end(story: &mut Story, case: usize, planned: Planned, lot: Session) {
    let active = story.file(case).is_active();
    match lot {
        // Once a case is on hold or closed, nobody meets.
        Session::Held if active => hold_session(story, case, planned),
        Session::Missed if active => {
            let by = *story.file(case).dice.pick(&["innovator", "innovator", "mentor"]);
            let body = json!({ "session": planned.id, "by": by });
            story.world.send(story.on_case(case, "log-missed-session", body));
        }
        Session::Cancelled | Session::Held | Session::Missed => {
            let by = *story.file(case).dice.pick(&["innovator", "mentor", "office"]);
            let body = json!({ "session": planned.id, "by": by });
            story.world.send(story.on_case(case, "cancel-coaching-session", body));
            story.ledger.sessions[planned.entry] = Session::Cancelled;
            return;
        }
        Session::Scheduled => return,
    }
    story.ledger.sessions[planned.entry] = lot;
}

fn hold_session(story: &mut Story, case: usize, planned: Planned) {
    let next = days::plus(story.today(), story.file(case).dice.between(7, 30));
    let file = story.file(case);
    let language = file.idea.language;
    let leader = file.mentors.first().copied().unwrap_or(file.contact);
    let contact = file.contact;
    let summary = said::COACHED.say(&mut file.dice, language);
    let count = file.dice.below(3);
    let actions = said::TODO.say_some(&mut file.dice, language, count);
    let topics = topics(&mut file.dice);
    let body = json!({
        "session": planned.id, "interval": planned.slot,
        "leader": story.ledger.people[leader].id,
        "participants": [story.ledger.people[contact].id], "topics": topics, "summary": summary,
        "actions": actions, "next": next,
    });
    let order = story.on_case(case, "log-coaching-session", body);
    let order = order.entered(planned.slot.until(), story.world.now);
    story.world.send(order);
}

/// A session that nobody had planned.
pub(in crate::demo) fn spontaneous(story: &mut Story, case: usize) {
    if !story.file(case).is_active() || story.file(case).mentors.is_empty() {
        return;
    }
    let until = story.world.now.minus(TimeDelta::minutes(story.file(case).dice.between(10, 600)));
    let slot = json!({ "from": until.minus(TimeDelta::minutes(60)), "until": until });
    let file = story.file(case);
    let summary = said::COACHED.say(&mut file.dice, file.idea.language);
    let (leader, contact) = (file.mentors[0], file.contact);
    let topics = topics(&mut file.dice);
    let body = json!({
        "interval": slot, "leader": story.ledger.people[leader].id,
        "participants": [story.ledger.people[contact].id], "topics": topics, "summary": summary,
    });
    story.world.send(story.on_case(case, "log-coaching-session", body).at(until));
    story.ledger.sessions.push(Session::Held);
}

/// When coaching is over the mentors are done, one after the other.
fn release(story: &mut Story, case: usize, until: Time) {
    if story.world.now <= until {
        // On hold, or closed for a while: look again later.
        return story.later(case, (15, 25), move |story, case| schedule(story, case, until));
    }
    for mentor in std::mem::take(&mut story.file(case).mentors) {
        let body = json!({ "mentor": story.ledger.people[mentor].id });
        story.world.send(story.on_case(case, "release-mentor", body));
    }
}
