//! What the office does with those that go to the committee: months of talks, coaching, bookings,
//! introductions, and what comes of it.

use chrono::TimeDelta;
use events::{ClosingReason, Time};

use super::{bookings, coaching, followup, intake, introductions, outcomes};
use crate::demo::days;
use crate::demo::ledger::Fate;
use crate::demo::story::Story;

/// How much there is of something in a month of full support: low, high.
type Range = (i64, i64);

/// How closely a case is followed, each per month.
struct Pace {
    interactions: Range,
    notes: Range,
    actions: Range,
    bookings: Range,
    introductions_percent: usize,
    milestones_percent: usize,
}

const FULL: Pace = Pace {
    interactions: (3, 6),
    notes: (0, 2),
    actions: (0, 2),
    bookings: (1, 4),
    introductions_percent: 34,
    milestones_percent: 40,
};
const LIGHT: Pace = Pace {
    interactions: (0, 2),
    notes: (0, 1),
    actions: (0, 1),
    bookings: (0, 1),
    introductions_percent: 10,
    milestones_percent: 10,
};

/// The months to come are planned, each day by itself.
pub(in crate::demo) fn begin(story: &mut Story, case: usize) {
    let full = story.file(case).fate == Fate::Supported;
    let (share, pace) = if full { (55, &FULL) } else { (25, &LIGHT) };
    if story.file(case).dice.chance(share) {
        intake::let_in(story, case);
    }
    let longest = story.plan.support_months;
    let months = if full {
        story.file(case).dice.between(longest * 6 / 10, longest)
    } else {
        story.file(case).dice.between(longest / 4, longest / 2)
    };
    let until = story.world.now.plus(TimeDelta::days(months * 30));
    if full || story.file(case).dice.chance(45) {
        story.later(case, (2, 10), move |story, case| coaching::begin(story, case, until));
    }
    let resources = resources(story, case);
    for month in 0..months {
        plan_month(story, case, month, pace, &resources);
    }
    if story.file(case).dice.chance(if full { 30 } else { 10 }) {
        story.later(case, (5, 60), followup::papers);
    }
    outcomes::plan(story, case, months);
    plan_end(story, case, until, full);
}

/// The few things that a project keeps using.
fn resources(story: &mut Story, case: usize) -> Vec<usize> {
    let all = story.ledger.resources.len();
    let dice = &mut story.ledger.files[case].dice;
    (0..dice.between(2, 5)).map(|_| dice.below(all)).collect()
}

fn plan_month(story: &mut Story, case: usize, month: i64, pace: &Pace, resources: &[usize]) {
    let count = |story: &mut Story, (low, high): Range| story.file(case).dice.between(low, high);
    for _ in 0..count(story, pace.interactions) {
        in_month(story, case, month, followup::interaction);
    }
    for _ in 0..count(story, pace.notes) {
        in_month(story, case, month, followup::active_note);
    }
    for _ in 0..count(story, pace.actions) {
        in_month(story, case, month, followup::action);
    }
    for _ in 0..count(story, pace.bookings) {
        let resource = *story.ledger.files[case].dice.pick(resources);
        in_month(story, case, month, move |story, case| book(story, case, resource));
    }
    let mut perhaps = |percent, step: fn(&mut Story, usize)| {
        if story.file(case).dice.chance(percent) {
            in_month(story, case, month, step);
        }
    };
    perhaps(pace.introductions_percent, introductions::propose);
    perhaps(pace.milestones_percent, followup::milestone);
    perhaps(12, intake::assess_readiness);
    perhaps(6, intake::describe_anew);
    perhaps(6, intake::express_needs);
    perhaps(7, intake::join_team);
    perhaps(3, intake::leave_team);
    perhaps(6, intake::ask_for_information);
    perhaps(5, followup::advance);
    perhaps(2, intake::refer);
    perhaps(4, coaching::spontaneous);
    perhaps(1, intake::change_carrier);
    perhaps(1, intake::hold);
    perhaps(1, intake::link);
}

fn in_month(
    story: &mut Story,
    case: usize,
    month: i64,
    step: impl FnOnce(&mut Story, usize) + 'static,
) {
    let today = story.today();
    let dice = &mut story.ledger.files[case].dice;
    let day = days::plus(today, month * 30 + dice.between(1, 30));
    let moment = days::at_work(dice, day);
    story.at(moment, move |story| step(story, case));
}

fn book(story: &mut Story, case: usize, resource: usize) {
    if !story.file(case).is_active() {
        return;
    }
    let file = story.file(case);
    let user = match file.team.first() {
        Some(member) if file.dice.chance(60) => *member,
        _ => file.contact,
    };
    bookings::ask(story, resource, bookings::For::Case(case), user);
}

/// Some graduate, some just go on.
fn plan_end(story: &mut Story, case: usize, until: Time, full: bool) {
    if !story.file(case).dice.chance(if full { 45 } else { 55 }) {
        return;
    }
    let reason = story.file(case).dice.weighted(&[
        (40, ClosingReason::Graduated),
        (30, ClosingReason::ObjectivesMet),
        (12, ClosingReason::OfferExhausted),
        (8, ClosingReason::CeasedActivity),
        (5, ClosingReason::Acquired),
        (5, ClosingReason::Relocated),
    ]);
    let day = days::plus(days::day_of(until), 10);
    let moment = days::at_work(&mut story.ledger.files[case].dice, day);
    story.at(moment, move |story| intake::close(story, case, reason));
}
