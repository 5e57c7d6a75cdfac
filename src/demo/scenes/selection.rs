//! Applications: handed in, sometimes late, assessed, proposed on by one and decided by another.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use events::{
    ApplicationId, ApplicationState as State, Channel, ClosingReason, ConflictGround, Labelled,
    Rule, Time, UserId,
};
use serde_json::{Value, json};

use super::followup::attach;
use super::intake::{ask_for_information, assign_to, close, refer};
use super::{calls, followup};
use crate::demo::days;
use crate::demo::ledger::{Application, Fate};
use crate::demo::story::Story;
use crate::demo::texts::{Pool, selection as said};
use crate::demo::world::Order;

/// Plans when a case hands its application in, mostly in the last days.
pub(in crate::demo) fn plan_application(story: &mut Story, case: usize, call: usize) {
    let now = story.world.now;
    let call_opens = story.ledger.calls[call].opens.plus(TimeDelta::hours(2));
    let fate = story.file(case).fate;
    if let Some(deadline) = story.ledger.calls[call].deadline {
        let late = match fate {
            Fate::Withdrawn => 24,
            Fate::Pending => 0,
            _ => 3,
        };
        if story.file(case).dice.chance(late) {
            return plan_late(story, case, call, deadline);
        }
        let from = call_opens.max(now.plus(TimeDelta::days(2)));
        let left = (deadline.micros() - from.micros()) / 86_400_000_000;
        if left < 1 {
            return plan_late(story, case, call, deadline);
        }
        let dice = &mut story.ledger.files[case].dice;
        let before = dice.between(0, left.min(40)).min(dice.between(0, left));
        let day = days::plus(days::day_of(deadline), -before);
        let last = deadline.minus(TimeDelta::minutes(40));
        let moment = days::at_work(dice, day).max(from).min(last);
        story.at(moment, move |story| submit(story, case, call));
    } else {
        let dice = &mut story.ledger.files[case].dice;
        let moment = days::after(dice, now.max(call_opens), 8, 35);
        story.at(moment, move |story| submit(story, case, call));
    }
}

fn can_apply(story: &mut Story, case: usize) -> bool {
    story.file(case).status == events::CaseStatus::Followed
}

/// The application comes in time: by the applicant themselves, or entered by the office.
fn submit(story: &mut Story, case: usize, call: usize) {
    if !can_apply(story, case) || story.ledger.calls[call].cancelled {
        return;
    }
    let now = story.world.now;
    if story.documents.len() * 2 < story.plan.documents && story.file(case).dice.chance(12) {
        attach(story, case, "application_form", "application", None);
    }
    let innovator = story.file(case).innovator;
    let by_themselves = innovator.is_some() && story.file(case).dice.chance(70);
    let user = innovator.filter(|_| by_themselves).unwrap_or_else(|| story.advisor(case));
    let received = now.minus(TimeDelta::minutes(story.file(case).dice.between(1, 45)));
    let body = json!({
        "call": story.ledger.calls[call].id, "documents": story.file(case).documents,
        "declarations": declarations(story, case), "received_at": received,
        "received_by": if by_themselves { "self_service" } else { "office" },
    });
    let order = story.on_case_by(user, case, "submit-application", body.clone());
    let sent = story.world.send(order);
    enter(story, case, call, sent.created(), State::Submitted);
    if story.file(case).dice.chance(3) {
        // Once per call is enough (C-1).
        let again = story.on_case(case, "submit-application", body);
        story.world.try_in_vain(again, Rule::C1);
    }
    after_submission(story, case);
}

fn declarations(story: &mut Story, case: usize) -> Vec<&'static str> {
    let all = ["accurate", "non_confidential", "no_exclusion", "no_double_funding"];
    let mut made = story.file(case).dice.some(&all, 85);
    made.push("rules_accepted");
    made
}

fn enter(story: &mut Story, case: usize, call: usize, id: ApplicationId, state: State) {
    story.change(case, |file| file.applications.push(Application::new(id, call, state)));
}

/// An e-mail of ten to midnight on the last day, found the next morning (C-2).
fn plan_late(story: &mut Story, case: usize, call: usize, deadline: Time) {
    let last_day = days::day_of(deadline);
    let received = days::paris(last_day, 23, 50);
    let morning = days::at_work(&mut story.ledger.files[case].dice, days::plus(last_day, 1));
    let shown = story.documents.len() < story.plan.documents;
    let in_time = deadline.minus(TimeDelta::minutes(50));
    let unseen = story.file(case).dice.chance(35);
    story.at(morning.max(story.world.now), move |story| {
        if !can_apply(story, case) {
            return;
        }
        if unseen || !shown {
            return submit_unshown(story, case, call, in_time);
        }
        submit_late(story, case, call, received);
    });
}

fn submit_late(story: &mut Story, case: usize, call: usize, received: Time) {
    let Some(message) = attach(story, case, "evidence", "message", None) else { return };
    let declared = declarations(story, case);
    let body = json!({
        "call": story.ledger.calls[call].id, "documents": [message], "declarations": declared,
        "received_at": received, "received_by": "office", "evidence": message,
    });
    let order = story.on_case(case, "submit-application", body).at(received).via(Channel::Email);
    let order = order.reported("email", "Courriel de 23 h 50, en pièce jointe.");
    let sent = story.world.send(order);
    enter(story, case, call, sent.created(), State::Late);
    story.later(case, (1, 4), decide_on_late);
}

/// The office says that it came in time, and has nothing to show for it: noted, not refused.
fn submit_unshown(story: &mut Story, case: usize, call: usize, received: Time) {
    let declared = declarations(story, case);
    let body = json!({
        "call": story.ledger.calls[call].id, "declarations": declared, "received_at": received,
        "received_by": "office",
    });
    let order = story.on_case(case, "submit-application", body).at(received).via(Channel::Phone);
    let order = order.reported("phone", "Annoncé au téléphone, dossier remis en main propre.");
    let sent = story.world.send_irregular(order, &[Rule::C2]);
    enter(story, case, call, sent.created(), State::Submitted);
    after_submission(story, case);
}

fn decide_on_late(story: &mut Story, case: usize) {
    let head = story.office.head().user;
    let Some(id) = current(story, case, State::Late) else { return };
    let admitted = story.file(case).fate != Fate::Withdrawn;
    declare_none(story, case, head);
    let (name, pool, state) = if admitted {
        ("admit-late-application", &said::ADMITTED, State::Submitted)
    } else {
        ("refuse-late-application", &said::NOT_ADMITTED, State::NotAdmitted)
    };
    let reason = say(story, case, pool);
    let body = json!({ "application": id, "reason": reason });
    let sent = story.world.send(story.on_case_by(head, case, name, body));
    story.change(case, |file| set(file, state));
    if admitted {
        after_submission(story, case);
    } else {
        let decision = sent.event(0);
        story.later(case, (1, 4), move |story, case| notify(story, case, decision));
        story.later(case, (20, 60), |story, case| close(story, case, ClosingReason::Redirected));
    }
}

pub(in crate::demo) fn say(story: &mut Story, case: usize, pool: &Pool) -> &'static str {
    let file = story.file(case);
    pool.say(&mut file.dice, file.idea.language)
}

fn set(file: &mut crate::demo::ledger::File, state: State) {
    if let Some(application) = file.application_mut() {
        application.state = state;
    }
}

/// The application's id, if it is in that state.
pub(in crate::demo) fn current(
    story: &mut Story,
    case: usize,
    state: State,
) -> Option<ApplicationId> {
    let application = story.file(case).application()?;
    (application.state == state).then_some(application.id)
}

/// Somebody declares to have no conflict of interest, once.
pub(in crate::demo) fn declare_none(story: &mut Story, case: usize, user: UserId) {
    let Some(application) = story.file(case).application_mut() else { return };
    if application.declared.contains(&user) {
        return;
    }
    application.declared.push(user);
    let body = json!({ "application": application.id });
    story.world.send(story.on_case_by(user, case, "declare-no-conflict", body));
}

fn declare_conflict(story: &mut Story, case: usize, user: UserId) {
    let Some(application) = story.file(case).application_mut() else { return };
    application.conflicted.push(user);
    let id = application.id;
    let ground = *story.file(case).dice.pick(ConflictGround::ALL);
    let description = say(story, case, &said::CONFLICT);
    let body = json!({ "application": id, "ground": ground, "description": description });
    story.world.send(story.on_case_by(user, case, "declare-conflict", body));
}

fn is_conflicted(story: &Story, case: usize, user: UserId) -> bool {
    let application = story.ledger.files[case].application();
    application.is_some_and(|application| application.conflicted.contains(&user))
}

/// Whoever follows the case, or a colleague where they have a conflict; declared to have none.
fn impartial(story: &mut Story, case: usize) -> UserId {
    let mut user = story.advisor(case);
    if is_conflicted(story, case, user) {
        let present = story.office.present.iter().map(|at| story.office.advisors[*at].user);
        let other = present.into_iter().find(|user| !is_conflicted(story, case, *user));
        user = other.unwrap_or(user);
    }
    declare_none(story, case, user);
    user
}

fn after_submission(story: &mut Story, case: usize) {
    if story.file(case).fate == Fate::Withdrawn {
        return story.later(case, (2, 20), withdraw);
    }
    if story.file(case).fate == Fate::Pending && story.file(case).dice.chance(30) {
        return;
    }
    story.later(case, (1, 5), declare);
}

fn withdraw(story: &mut Story, case: usize) {
    let Some(id) = current(story, case, State::Submitted) else { return };
    let user = story.file(case).innovator.unwrap_or_else(|| story.advisor(case));
    let mut body = json!({ "application": id });
    if story.file(case).dice.chance(70) {
        body["reason"] = json!(say(story, case, &said::WITHDRAWN));
    }
    story.world.send(story.on_case_by(user, case, "withdraw-application", body));
    story.change(case, |file| set(file, State::Withdrawn));
    if story.file(case).dice.chance(75) {
        story.later(case, (5, 50), |story, case| close(story, case, ClosingReason::Withdrawn));
    }
}

/// The advisor says whether they have a conflict of interest; with one, a colleague takes over.
fn declare(story: &mut Story, case: usize) {
    if current(story, case, State::Submitted).is_none() {
        return;
    }
    let advisor = story.advisor(case);
    if story.file(case).dice.chance(4) {
        // Assessing comes after declaring (C-8).
        if let Some(order) = assessment(story, case, advisor, &[]) {
            story.world.try_in_vain(order, Rule::C8);
        }
    }
    if story.file(case).dice.chance(7) {
        declare_conflict(story, case, advisor);
        if let Some(order) = assessment(story, case, advisor, &[]) {
            story.world.try_in_vain(order, Rule::C8);
        }
        let known = story.file(case).advisor;
        let others: Vec<usize> =
            story.office.present.iter().copied().filter(|at| Some(*at) != known).collect();
        let next = *story.file(case).dice.pick(&others);
        assign_to(story, case, next);
    }
    impartial(story, case);
    story.later(case, (2, 9), assess);
}

/// The assessment, with these results other than met.
fn assessment(
    story: &mut Story,
    case: usize,
    user: UserId,
    results: &[(&str, Value)],
) -> Option<Order> {
    let application = story.file(case).application()?;
    let (id, call) = (application.id, application.call);
    let criteria = story.ledger.calls[call].criteria;
    let mut findings: BTreeMap<&str, Value> = BTreeMap::new();
    for criterion in criteria {
        let mut finding = json!({ "result": "met" });
        if story.file(case).dice.chance(20) {
            finding["evidence"] = json!(say(story, case, &said::MET));
        }
        findings.insert(criterion, finding);
    }
    for (criterion, finding) in results {
        findings.insert(criterion, finding.clone());
    }
    let body = json!({ "application": id, "results": findings });
    Some(story.on_case_by(user, case, "assess-eligibility", body))
}

/// Each criterion is looked at (C-3).
fn assess(story: &mut Story, case: usize) {
    if !reachable(story, case, assess) || current(story, case, State::Submitted).is_none() {
        return;
    }
    let user = impartial(story, case);
    if story.file(case).fate == Fate::Ineligible {
        return reject(story, case, user);
    }
    if story.file(case).dice.chance(18) {
        let why = say(story, case, &said::UNKNOWN);
        let open = json!({ "result": "insufficient_information", "evidence": why });
        let Some(order) = assessment(story, case, user, &[("team_contactable", open)]) else {
            return;
        };
        story.world.send(order);
        ask_for_information(story, case);
        return story.later(case, (15, 20), assess);
    }
    if story.file(case).dice.chance(3) {
        // A criterion was passed over (C-3).
        if let Some(order) = assessment(story, case, user, &[]) {
            story.world.try_in_vain(without_a_criterion(order), Rule::C3);
        }
    }
    let unasked = json!({ "result": "not_applicable" });
    let unasked = [("no_double_funding", unasked)];
    let Some(order) = assessment(story, case, user, &unasked) else { return };
    story.world.send(order);
    story.change(case, |file| set(file, State::Eligible));
    if story.file(case).dice.chance(25) {
        story.later(case, (1, 4), opinion);
    }
    story.later(case, (4, 12), propose);
}

fn without_a_criterion(order: Order) -> Order {
    order.with("results", json!({ "oncology_scope": { "result": "met" } }))
}

/// A case on hold waits; what was to happen comes later.
fn reachable(story: &mut Story, case: usize, step: fn(&mut Story, usize)) -> bool {
    if story.file(case).status != events::CaseStatus::Followed {
        return false;
    }
    if story.file(case).on_hold {
        story.later(case, (10, 20), step);
        return false;
    }
    true
}

fn reject(story: &mut Story, case: usize, user: UserId) {
    let criterion = *story.file(case).dice.pick(&[
        "oncology_scope",
        "stage_in_scope",
        "contributes_to_french_economy",
        "non_confidential_material",
        "team_contactable",
    ]);
    if story.file(case).dice.chance(6) {
        // A no without a reason is none (C-5).
        let bare = json!({ "result": "not_met" });
        if let Some(order) = assessment(story, case, user, &[(criterion, bare)]) {
            story.world.try_in_vain(order, Rule::C5);
        }
    }
    let why = say(story, case, &said::NOT_MET);
    let finding = json!({ "result": "not_met", "evidence": why });
    let Some(order) = assessment(story, case, user, &[(criterion, finding)]) else { return };
    let decision = story.world.send(order).event(0);
    story.change(case, |file| set(file, State::Ineligible));
    story.later(case, (1, 6), move |story, case| notify(story, case, decision));
    if story.file(case).dice.chance(30) {
        story.later(case, (5, 30), refer);
    }
    if story.file(case).dice.chance(65) {
        story.later(case, (31, 70), |story, case| close(story, case, ClosingReason::Redirected));
    }
}

/// What somebody else would decide.
fn opinion(story: &mut Story, case: usize) {
    let Some(id) = current(story, case, State::Eligible) else { return };
    let follows = story.advisor(case);
    let present = story.office.present.iter().map(|at| story.office.advisors[*at].user);
    let user = present.into_iter().find(|user| {
        *user != follows && !is_conflicted(story, case, *user) && !declared(story, case, *user)
    });
    let Some(user) = user else { return };
    let outcome = *story.file(case).dice.pick(&["forward", "forward", "defer", "decline"]);
    let rationale = say(story, case, &said::OPINION);
    let body = json!({
        "application": id, "opinion": { "outcome": outcome, "rationale": rationale },
    });
    let conflicted = story.file(case).dice.chance(5);
    let order = story.on_case_by(user, case, "give-opinion", body);
    if conflicted {
        declare_conflict(story, case, user);
        return story.world.try_in_vain(order, Rule::C8);
    }
    story.world.send(order);
}

fn declared(story: &Story, case: usize, user: UserId) -> bool {
    let application = story.ledger.files[case].application();
    application.is_some_and(|application| application.declared.contains(&user))
}

/// What is to become of an application, by the story.
fn destined(story: &mut Story, case: usize) -> Option<(&'static str, &'static Pool, State)> {
    let first = story.file(case).applications.len() == 1;
    let forward = ("forward", &said::FORWARD, State::Preselected);
    let decline = ("decline", &said::DECLINE, State::NotPreselected);
    let refer = ("refer", &said::REFER, State::Referred);
    let defer = ("defer", &said::DEFER, State::Deferred);
    match story.file(case).fate {
        Fate::NotPreselected if first => {
            Some(story.file(case).dice.weighted(&[(76, decline), (15, refer), (9, defer)]))
        }
        Fate::NotPreselected => Some(decline),
        Fate::Preselected | Fate::Supported => {
            let early = story.ledger.files[case].application().is_some_and(|it| it.call < 5);
            // Some are put off once, and go to the committee by a later call.
            let put_off = early && !deferred_once(story, case) && story.file(case).dice.chance(8);
            Some(if put_off { defer } else { forward })
        }
        Fate::IntakeOnly | Fate::Ineligible | Fate::Withdrawn | Fate::Pending => None,
    }
}

fn deferred_once(story: &Story, case: usize) -> bool {
    let marks = &story.ledger.files[case].marks;
    marks.iter().any(|mark| mark.application == Some(State::Deferred))
}

fn ruling(story: &mut Story, case: usize, outcome: &str, pool: &Pool) -> Value {
    let rationale = say(story, case, pool);
    let file = story.file(case);
    let language = file.idea.language;
    let (strong, weak) = if outcome == "forward" { (3, 1) } else { (1, 2) };
    let strengths = said::STRENGTH.say_some(&mut file.dice, language, strong);
    let gaps = said::GAP.say_some(&mut file.dice, language, weak);
    json!({ "outcome": outcome, "rationale": rationale, "strengths": strengths, "gaps": gaps })
}

/// An advisor proposes; now and then the head does, who then must not decide (C-4, C-9).
fn propose(story: &mut Story, case: usize) {
    if !reachable(story, case, propose) {
        return;
    }
    let Some(id) = current(story, case, State::Eligible) else { return };
    let Some((outcome, pool, state)) = destined(story, case) else { return };
    let head = story.office.head().user;
    let free = !is_conflicted(story, case, head) && !declared(story, case, head);
    let head_proposes = story.file(case).dice.chance(4) && free;
    let user = if head_proposes { head } else { impartial(story, case) };
    let ruling = ruling(story, case, outcome, pool);
    let body = json!({ "application": id, "ruling": ruling });
    let order = story.on_case_by(user, case, "propose-preselection", body);
    if head_proposes {
        story.world.try_in_vain(order.clone(), Rule::C8);
        declare_none(story, case, head);
    }
    let proposal = story.world.send(order).event(0);
    if let Some(application) = story.file(case).application_mut() {
        application.proposal = Some(proposal);
    }
    if story.file(case).dice.chance(70) {
        story.later(case, (1, 4), meet);
    }
    story.later(case, (4, 10), move |story, case| {
        decide(story, case, head_proposes, (outcome, pool, state));
    });
}

fn meet(story: &mut Story, case: usize) {
    let Some(id) = current(story, case, State::Eligible) else { return };
    let present = [story.office.head(), story.office.deputy()];
    let mut present: Vec<_> = present.iter().map(|staff| staff.person).collect();
    present.extend(story.office.advisors.iter().take(4).map(|staff| staff.person));
    let body = json!({ "application": id, "date": story.today(), "present": present });
    story.world.send(story.on_case(case, "log-preselection-meeting", body));
}

/// Another person decides: the head, or who stands in where the head proposed or has a conflict.
fn decide(
    story: &mut Story,
    case: usize,
    head_proposed: bool,
    (outcome, pool, state): (&'static str, &'static Pool, State),
) {
    let Some(id) = current(story, case, State::Eligible) else { return };
    let proposal = story.file(case).application().and_then(|known| known.proposal);
    let (head, deputy) = (story.office.head().user, story.office.deputy().user);
    let ruling = ruling(story, case, outcome, pool);
    let body = json!({ "application": id, "ruling": ruling, "proposal": proposal });
    let by =
        |story: &Story, user| story.on_case_by(user, case, "decide-preselection", body.clone());
    if !head_proposed && !declared(story, case, head) && story.file(case).dice.chance(6) {
        declare_conflict(story, case, head);
        story.world.try_in_vain(by(story, head), Rule::C8);
    }
    let decider = if head_proposed {
        story.world.try_in_vain(by(story, head), Rule::C4);
        deputy
    } else if is_conflicted(story, case, head) {
        if story.file(case).dice.chance(60) { deputy } else { story.office.director().user }
    } else {
        head
    };
    declare_none(story, case, decider);
    if story.file(case).dice.chance(4) {
        stale(story, case, decider, &body);
    }
    if decider == head && outcome != "forward" && story.file(case).dice.chance(8) {
        let other = json!({ "application": id, "proposal": proposal, "ruling": {
            "outcome": "forward", "rationale": say(story, case, &said::FORWARD) } });
        let order = story.on_case_by(head, case, "decide-preselection", other);
        let mistaken = story.world.send(order);
        super::second_thoughts::wrong_row(story, case, &mistaken);
    }
    let decision = story.world.send(by(story, decider)).event(0);
    story.change(case, |file| set(file, state));
    story.later(case, (1, 6), move |story, case| notify(story, case, decision));
    follow_decision(story, case, state);
}

/// A colleague was faster: who decides must see the case as it is (G-2).
fn stale(story: &mut Story, case: usize, decider: UserId, body: &Value) {
    let stream = events::Stream::Case(story.case_id(case));
    let Some(seen) = story.world.revision(stream) else { return };
    followup::note(story, case);
    let order = story.on_case_by(decider, case, "decide-preselection", body.clone());
    story.world.try_in_vain(order.seen(seen), Rule::G2);
}

fn follow_decision(story: &mut Story, case: usize, state: State) {
    match state {
        State::Preselected => story.later(case, (6, 20), super::support::begin),
        State::Deferred => story.later(case, (25, 60), carry_over),
        State::Referred => story.later(case, (3, 12), refer),
        _ => {}
    }
    if matches!(state, State::NotPreselected | State::Referred) {
        for _ in 0..story.file(case).dice.between(0, 3) {
            story.later(case, (5, 40), followup::interaction);
        }
        match story.file(case).dice.below(100) {
            0..8 => story.later(case, (60, 140), apply_again),
            8..62 => {
                story.later(case, (45, 110), |story, case| {
                    close(story, case, ClosingReason::Redirected);
                });
            }
            _ => {}
        }
    }
}

/// They are told, most within a week.
pub(in crate::demo) fn notify(story: &mut Story, case: usize, decision: events::EventId) {
    let Some(application) = story.file(case).application() else { return };
    let id = application.id;
    let channel = *story.file(case).dice.pick(&["email", "email", "phone"]);
    let body = json!({ "application": id, "decision": decision, "channel": channel });
    story.world.send(story.on_case(case, "notify-decision", body));
}

/// A call that takes applications now, other than this one.
fn open_call(story: &Story, but: usize) -> Option<usize> {
    let now = story.world.now;
    let takes = |place: &usize| {
        let call = &story.ledger.calls[*place];
        let closed_rolling = *place == 2 && now > days::paris(days::date(2025, 6, 28), 0, 0);
        let room = call.deadline.is_none_or(|it| now < it.minus(TimeDelta::hours(1)));
        *place != but && *place != calls::CALLED_OFF && call.opens < now && room && !closed_rolling
    };
    (0..story.ledger.calls.len()).rev().find(takes)
}

/// What was put off goes to a later call, and is assessed by that one's criteria.
fn carry_over(story: &mut Story, case: usize) {
    if !reachable(story, case, carry_over) {
        return;
    }
    let Some(id) = current(story, case, State::Deferred) else { return };
    let but = story.file(case).application().map_or(0, |known| known.call);
    let Some(call) = open_call(story, but) else {
        return story.later(case, (15, 30), carry_over);
    };
    let body = json!({ "application": id, "call": story.ledger.calls[call].id });
    story.world.send(story.on_case(case, "carry-over-application", body));
    story.change(case, |file| {
        if let Some(application) = file.application_mut() {
            application.call = call;
            application.state = State::Submitted;
            application.proposal = None;
        }
    });
    story.later(case, (4, 15), assess);
}

/// A declined project comes back to a later call.
fn apply_again(story: &mut Story, case: usize) {
    if !reachable(story, case, apply_again) {
        return;
    }
    let but = story.file(case).application().map_or(0, |known| known.call);
    if let Some(call) = open_call(story, but) {
        submit(story, case, call);
    }
}
