//! Second thoughts: slips corrected, doubles annulled, notes added, and what takes two persons.

use chrono::TimeDelta;
use events::{EventId, Rule, Stream, Time, UserId};
use serde_json::{Value, json};

use super::selection::say;
use crate::demo::story::Story;
use crate::demo::texts::second_thoughts as said;
use crate::demo::world::{Order, Sent};
use crate::domain::Collection;

/// An interaction as it was logged.
#[derive(Debug, Clone)]
pub(in crate::demo) struct Logged {
    pub(in crate::demo) by: UserId,
    pub(in crate::demo) event: EventId,
    pub(in crate::demo) happened: Time,
    /// Whether it had a length.
    pub(in crate::demo) timed: bool,
    /// What was sent.
    pub(in crate::demo) body: Value,
}

/// Now and then somebody thinks again about an interaction.
pub(in crate::demo) fn about(story: &mut Story, case: usize, logged: Logged) {
    // At a smaller scale there are few interactions, and still each kind of second thought.
    let of = if story.plan.events < 10_000 { 150 } else { 1_000 };
    match story.file(case).dice.below(of) {
        0..25 if logged.timed => soon(story, case, logged, correct_minutes),
        25..40 => soon(story, case, logged, say_better),
        40..50 => soon(story, case, logged, correct_day),
        50..68 => log_twice(story, case, logged),
        68..80 => soon(story, case, logged, note_upon),
        80..86 => {
            story.later(case, (15, 40), move |story, case| annul_by_two(story, case, &logged))
        }
        86..88 => story.later(case, (15, 40), move |story, case| refuse(story, case, &logged)),
        _ => {}
    }
}

/// Within a few hours, while whoever wrote it is still there.
fn soon(
    story: &mut Story,
    case: usize,
    logged: Logged,
    step: impl FnOnce(&mut Story, usize, &Logged) + 'static,
) {
    let hours = story.file(case).dice.between(1, 6);
    let moment = story.world.now.plus(TimeDelta::hours(hours));
    story.at(moment, move |story| step(story, case, &logged));
}

fn order(
    story: &Story,
    case: usize,
    by: UserId,
    name: &'static str,
    logged: &Logged,
    body: Value,
) -> Order {
    let stream = Stream::Case(story.case_id(case));
    Order::about(by, Collection::Events, stream, name, body).with("target", logged.event)
}

fn send(
    story: &mut Story,
    case: usize,
    by: UserId,
    name: &'static str,
    logged: &Logged,
    body: Value,
) -> Sent {
    let order = order(story, case, by, name, logged, body);
    story.world.send(order)
}

fn correct_minutes(story: &mut Story, case: usize, logged: &Logged) {
    let before = logged.body["minutes"].as_i64().unwrap_or_default();
    let after = before + 5 * story.file(case).dice.between(1, 9);
    let reason = say(story, case, &said::SLIP);
    let body = json!({ "changes": { "minutes": after }, "reason": reason });
    send(story, case, logged.by, "correct", logged, body);
    story.ledger.thoughts.corrected += 1;
}

fn say_better(story: &mut Story, case: usize, logged: &Logged) {
    let (summary, reason) = (say(story, case, &said::BETTER_SAID), say(story, case, &said::SLIP));
    let body = json!({ "changes": { "summary": summary }, "reason": reason });
    send(story, case, logged.by, "correct", logged, body);
    story.ledger.thoughts.corrected += 1;
}

fn correct_day(story: &mut Story, case: usize, logged: &Logged) {
    let happened = logged.happened.minus(TimeDelta::days(1));
    let reason = say(story, case, &said::WRONG_DAY);
    let body = json!({ "changes": {}, "happened_at": happened, "reason": reason });
    send(story, case, logged.by, "correct", logged, body);
    story.ledger.thoughts.corrected += 1;
}

/// The same interaction is logged again by mistake, and the second entry annulled.
fn log_twice(story: &mut Story, case: usize, logged: Logged) {
    let order = story.on_case_by(logged.by, case, "log-interaction", logged.body.clone());
    let order = order.entered(logged.happened, story.world.now);
    let event = story.world.send(order).event(0);
    let second = Logged { event, ..logged };
    soon(story, case, second, |story, case, second| {
        let reason = say(story, case, &said::TWICE);
        send(story, case, second.by, "annul", second, json!({ "reason": reason }));
        story.ledger.thoughts.annulled += 1;
    });
}

fn note_upon(story: &mut Story, case: usize, logged: &Logged) {
    let text = say(story, case, &said::SEEN_SINCE);
    let head = story.office.head().user;
    send(story, case, head, "annotate", logged, json!({ "text": text }));
    story.ledger.thoughts.annotated += 1;
}

/// Weeks later: the head asks, the deputy agrees; the head alone can't (G-8).
fn annul_by_two(story: &mut Story, case: usize, logged: &Logged) {
    let reason = say(story, case, &said::BY_TWO);
    let (head, deputy) = (story.office.head().user, story.office.deputy().user);
    let asked = send(story, case, head, "annul", logged, json!({ "reason": reason }));
    let approval = asked.created::<events::kinds::Approval>();
    let own = Order::about(head, Collection::Approvals, asked.stream, "give", json!({}));
    story.world.try_in_vain(own.with("approval", approval), Rule::G8);
    story.world.agree(deputy, &asked);
    story.ledger.thoughts.annulled += 1;
    story.ledger.thoughts.agreed += 1;
}

/// The deputy asks, and the head does not agree.
fn refuse(story: &mut Story, case: usize, logged: &Logged) {
    let (reason, answer) = (say(story, case, &said::BY_TWO), say(story, case, &said::IT_WAS_SO));
    let (head, deputy) = (story.office.head().user, story.office.deputy().user);
    let asked = send(story, case, deputy, "annul", logged, json!({ "reason": reason }));
    let approval = asked.created::<events::kinds::Approval>();
    let body = json!({ "approval": approval, "reason": answer });
    let order = Order::about(head, Collection::Approvals, asked.stream, "refuse", body);
    story.world.send(order);
    story.ledger.thoughts.refused += 1;
}

/// A decision meant for another application: annulled by two before anybody was told.
pub(in crate::demo) fn wrong_row(story: &mut Story, case: usize, decision: &Sent) {
    let reason = say(story, case, &said::WRONG_ROW);
    let (head, deputy) = (story.office.head().user, story.office.deputy().user);
    let body = json!({ "target": decision.event(0), "reason": reason });
    let order = Order::about(head, Collection::Events, decision.stream, "annul", body);
    let asked = story.world.send(order);
    story.world.agree(deputy, &asked);
    story.ledger.thoughts.annulled += 1;
    story.ledger.thoughts.agreed += 1;
    let thoughts = &mut story.ledger.thoughts;
    thoughts.decision.get_or_insert((story.ledger.files[case].id, decision.event(0)));
}

/// Something still waits for a second person when the story ends.
pub(in crate::demo) fn plan(story: &mut Story) {
    let moment = story.plan.until.minus(TimeDelta::hours(3));
    story.at(moment, |story| {
        let closed = |file: &crate::demo::ledger::File| {
            file.status == events::CaseStatus::Closed && file.advisor.is_some()
        };
        let Some(case) = story.ledger.files.iter().position(closed) else { return };
        let head = story.office.head().user;
        let reason = say(story, case, &crate::demo::texts::selection::REOPENED);
        let order = story.on_case_by(head, case, "reopen", json!({ "reason": reason }));
        story.world.send(order);
        story.ledger.thoughts.waiting += 1;
    });
}
