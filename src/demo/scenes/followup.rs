//! What the office and a project do together, from one talk to the next.

use chrono::TimeDelta;
use events::{
    ActionId, Channel, CoachingTopic, DocumentId, InteractionKind, Labelled, MilestoneId, Rule,
    Stage, Stream, Time,
};
use serde_json::{Value, json};

use super::intake::a_party;
use super::second_thoughts::{self, Logged};
use crate::demo::days;
use crate::demo::dice::Dice;
use crate::demo::paper;
use crate::demo::story::Story;
use crate::demo::texts::{self, elsewhere, followup as said};
use crate::demo::world::LATE_AFTER;
use crate::domain::working_days_between;

/// A talk, entered on the day or soon after, now and then much later and with the reason.
pub(in crate::demo) fn interaction(story: &mut Story, case: usize) {
    if story.file(case).is_active() {
        log_interaction(story, case);
    }
}

/// What comes in after a case is closed.
pub(in crate::demo) fn late_word(story: &mut Story, case: usize) {
    log_interaction(story, case);
    if story.file(case).dice.chance(40) {
        note(story, case);
    }
}

fn log_interaction(story: &mut Story, case: usize) {
    let now = story.world.now;
    let today = story.today();
    let file = story.file(case);
    let language = file.idea.language;
    let kind = file.dice.weighted(&[
        (30, InteractionKind::Call),
        (26, InteractionKind::Email),
        (26, InteractionKind::Meeting),
        (7, InteractionKind::Visit),
        (8, InteractionKind::DocumentExchange),
        (3, InteractionKind::SiteTour),
    ]);
    let late = file.dice.chance(3);
    let happened = happened(&mut file.dice, now, late).max(file.received_at);
    let who: Vec<usize> =
        std::iter::once(file.contact).chain(file.dice.some(&file.team, 35)).collect();
    let summary =
        texts::composed(&mut file.dice, language, &[&said::MET, &said::LEARNT, &said::NEXT]);
    let promises = [0, 0, 0, 1, 1, 2][file.dice.below(6)];
    let commitments: Vec<Value> = (0..promises)
        .map(|_| {
            let due = days::plus(today, file.dice.between(5, 40));
            json!({ "by": a_party(&mut file.dice),
                    "what": said::PROMISE.say(&mut file.dice, language), "due": due })
        })
        .collect();
    let mut body = json!({
        "kind": kind, "topics": topics(&mut file.dice), "summary": summary,
        "commitments": commitments,
    });
    let dated = !matches!(kind, InteractionKind::Email | InteractionKind::DocumentExchange);
    if dated {
        body["minutes"] = json!(file.dice.between(2, 24) * 5);
    }
    let promised = commitments.len();
    let innovator = file.innovator.is_none() && file.dice.chance(4);
    let contact = file.contact;
    let participants: Vec<_> = who.iter().map(|who| story.ledger.people[*who].id).collect();
    body["participants"] = json!(participants);
    let mut order =
        story.on_case(case, "log-interaction", body.clone()).at(happened).via(channel(kind));
    if working_days_between(happened, now) > LATE_AFTER {
        if story.file(case).dice.chance(30) {
            // Entered without a reason first (G-3).
            story.world.try_in_vain(order.clone(), Rule::G3);
        }
        let reasons = ["forgotten", "absence", "received_late", "import"];
        order = order.late(story.file(case).dice.pick::<&str>(&reasons));
    }
    if innovator {
        order = order.on_behalf_of(story.ledger.people[contact].id);
    }
    let (by, timed) = (order.user(), body.get("minutes").is_some());
    let event = story.world.send(order).event(0);
    second_thoughts::about(story, case, Logged { by, event, happened, timed, body });
    if promised > 0 && story.file(case).dice.chance(35) {
        story.later(case, (1, 4), action);
    }
}

/// When something happened that is entered now.
fn happened(dice: &mut Dice, now: Time, late: bool) -> Time {
    if late {
        let days = dice.between(12, 60);
        return now.minus(TimeDelta::minutes(days * 1_440 + dice.between(0, 300)));
    }
    match dice.below(10) {
        0..6 => now.minus(TimeDelta::minutes(dice.between(5, 400))),
        _ => now.minus(TimeDelta::minutes(dice.between(400, 3 * 1_440))),
    }
}

const fn channel(kind: InteractionKind) -> Channel {
    match kind {
        InteractionKind::Call => Channel::Phone,
        InteractionKind::Email | InteractionKind::DocumentExchange => Channel::Email,
        InteractionKind::Meeting => Channel::Video,
        InteractionKind::Visit | InteractionKind::SiteTour => Channel::InPerson,
    }
}

pub(in crate::demo) fn topics(dice: &mut Dice) -> Vec<CoachingTopic> {
    let first = *dice.pick(CoachingTopic::ALL);
    let second = *dice.pick(CoachingTopic::ALL);
    if first == second || dice.chance(50) { vec![first] } else { vec![first, second] }
}

/// A note for colleagues.
pub(in crate::demo) fn note(story: &mut Story, case: usize) {
    let file = story.file(case);
    let text = said::NOTE.say(&mut file.dice, file.idea.language);
    story.world.send(story.on_case(case, "add-note", json!({ "text": text })));
}

/// A note on a case that is worked on.
pub(in crate::demo) fn active_note(story: &mut Story, case: usize) {
    if story.file(case).is_active() {
        note(story, case);
    }
}

/// Somebody agrees to do something, and mostly does.
pub(in crate::demo) fn action(story: &mut Story, case: usize) {
    if !story.file(case).is_active() {
        return;
    }
    let today = story.today();
    let file = story.file(case);
    let what = said::ACTION.say(&mut file.dice, file.idea.language);
    let (by, due) = (a_party(&mut file.dice), days::plus(today, file.dice.between(7, 60)));
    let ends = file.dice.chance(88);
    let body = json!({ "what": what, "by": by, "due": due });
    let sent = story.world.send(story.on_case(case, "agree-action", body));
    let action: ActionId = sent.created();
    story.file(case).actions.push(action);
    if ends {
        story.later(case, (4, 45), move |story, case| {
            let done = story.file(case).dice.chance(86);
            let result = if done { "done" } else { "dropped" };
            let user = story.file(case).innovator.unwrap_or_else(|| story.advisor(case));
            let body = json!({ "action": action, "result": result });
            story.world.send(story.on_case_by(user, case, "close-action", body));
        });
    }
}

/// A date that the project means to keep, and does or does not.
pub(in crate::demo) fn milestone(story: &mut Story, case: usize) {
    if !story.file(case).is_active() {
        return;
    }
    let today = story.today();
    let file = story.file(case);
    let kinds = ["scientific", "regulatory", "funding", "company", "clinical", "market"];
    let kind = *file.dice.pick(&kinds);
    let what = said::MILESTONE.say(&mut file.dice, file.idea.language);
    let due = days::plus(today, file.dice.between(60, 240));
    let ends = file.dice.weighted(&[(60, Some(true)), (22, Some(false)), (18, None)]);
    let body = json!({ "kind": kind, "what": what, "due": due });
    let sent = story.world.send(story.on_case(case, "set-milestone", body));
    let milestone: MilestoneId = sent.created();
    story.file(case).milestones.push(milestone);
    match ends {
        Some(true) => {
            story.later(case, (30, 170), move |story, case| reach(story, case, milestone))
        }
        Some(false) => {
            story.later(case, (60, 170), move |story, case| miss(story, case, milestone))
        }
        None => {}
    }
}

fn reach(story: &mut Story, case: usize, milestone: MilestoneId) {
    if story.file(case).is_active() {
        let on = days::plus(story.today(), -story.file(case).dice.between(0, 6));
        let body = json!({ "milestone": milestone, "on": on });
        story.world.send(story.on_case(case, "reach-milestone", body));
    }
}

fn miss(story: &mut Story, case: usize, milestone: MilestoneId) {
    if !story.file(case).is_active() {
        return;
    }
    let file = story.file(case);
    let reason = said::MISSED.say(&mut file.dice, file.idea.language);
    let later = file.dice.chance(45);
    let body = json!({ "milestone": milestone, "reason": reason });
    story.world.send(story.on_case(case, "miss-milestone", body));
    if later {
        story.later(case, (20, 90), move |story, case| reach(story, case, milestone));
    }
}

/// The project is further than before.
pub(in crate::demo) fn advance(story: &mut Story, case: usize) {
    if !story.file(case).is_active() {
        return;
    }
    let file = story.file(case);
    let at = Stage::ALL.iter().position(|stage| *stage == file.stage).unwrap_or(0);
    let skips = file.stage != Stage::Unknown && file.dice.chance(10);
    let Some(to) = Stage::ALL.get(at + if skips { 2 } else { 1 }).copied() else { return };
    let language = file.idea.language;
    let evidence = said::STAGE_SHOWN.say(&mut file.dice, language);
    let shows = skips || file.dice.chance(50);
    let wrong = file.dice.chance(8);
    let before = file.stage;
    let mut body = json!({ "to": to });
    if skips {
        // Skipping one takes evidence (C-6).
        story.world.try_in_vain(story.on_case(case, "advance-stage", body.clone()), Rule::C6);
    }
    if shows {
        body["evidence"] = json!(evidence);
    }
    story.world.send(story.on_case(case, "advance-stage", body));
    story.change(case, |file| file.stage = to);
    if wrong && before != Stage::Unknown {
        story.later(case, (2, 15), move |story, case| correct(story, case, to, before));
    }
}

fn correct(story: &mut Story, case: usize, from: Stage, to: Stage) {
    if story.file(case).stage != from || !story.file(case).is_active() {
        return;
    }
    let back = story.on_case(case, "advance-stage", json!({ "to": to }));
    story.world.try_in_vain(back, Rule::C6);
    let file = story.file(case);
    let reason = said::STAGE_WRONG.say(&mut file.dice, file.idea.language);
    let body = json!({ "to": to, "reason": reason });
    story.world.send(story.on_case(case, "correct-stage", body));
    story.change(case, |file| file.stage = to);
}

/// A document joins the file of a case; it is a real one, sealed beside the log.
pub(in crate::demo) fn attach(
    story: &mut Story,
    case: usize,
    kind: &str,
    name: &str,
    supersedes: Option<DocumentId>,
) -> Option<DocumentId> {
    let document = DocumentId::derived(&format!("demo-document-{}", story.documents.len()));
    let holder = Stream::Case(story.case_id(case)).name();
    let idea = &story.ledger.files[case].idea;
    let lines = vec![idea.title.clone(), idea.summary.clone(), format!("({kind})")];
    let sealed = paper::sealed_page(&story.world.vault, &holder, document, name, &lines);
    let (stored, file) = sealed.ok()?;
    let mut body = json!({
        "document": document, "kind": kind, "name": format!("{name}.pdf"),
        "size_bytes": stored.size_bytes, "media_type": "application/pdf",
        "digest": stored.digest,
    });
    if let Some(old) = supersedes {
        body["supersedes"] = json!(old);
    }
    let user = story.file(case).innovator.unwrap_or_else(|| story.advisor(case));
    story.world.send(story.on_case_by(user, case, "attach-document", body));
    story.documents.push(file);
    story.file(case).documents.push(document);
    Some(document)
}

/// A presentation, then a better one; one of both may no longer count.
pub(in crate::demo) fn papers(story: &mut Story, case: usize) {
    if !story.file(case).is_active() || story.documents.len() + 2 > story.plan.documents {
        return;
    }
    let Some(first) = attach(story, case, "pitch_deck", "presentation", None) else { return };
    story.later(case, (10, 60), move |story, case| {
        if story.documents.len() >= story.plan.documents || !story.file(case).is_active() {
            return;
        }
        attach(story, case, "pitch_deck", "presentation-v2", Some(first));
        if story.file(case).dice.chance(50) {
            let file = story.file(case);
            let reason = elsewhere::RETRACTED.say(&mut file.dice, file.idea.language);
            let body = json!({ "document": first, "reason": reason });
            story.world.send(story.on_case(case, "retract-document", body));
        }
    });
}
