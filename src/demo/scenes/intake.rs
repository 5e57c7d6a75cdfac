//! Projects come in, are acknowledged, get an advisor and a team, and one day are closed.

use chrono::TimeDelta;
use events::{
    ApplicantKind, CaseStatus, ClosingReason, IntakeChannel, OrganisationKind, Party, RequestId,
    Role, Time,
};
use serde_json::json;

use super::people::{affiliate, any_advisor, of_kind, organisation, person};
use super::{followup, selection};
use crate::demo::days;
use crate::demo::dice::Dice;
use crate::demo::ledger::{Fate, File};
use crate::demo::office::enrol;
use crate::demo::story::Story;
use crate::demo::texts::{followup as said, selection as reasons};
use crate::demo::world::Order;
use crate::domain::Collection;

/// A project that is to come in.
#[derive(Debug, Clone, Copy)]
pub(in crate::demo) struct Arrival {
    pub(in crate::demo) number: usize,
    pub(in crate::demo) fate: Fate,
    /// The call it applies to.
    pub(in crate::demo) call: usize,
}

/// Plans when each case comes in: applicants some weeks before their call ends.
pub(in crate::demo) fn plan(story: &mut Story) {
    let plan = story.plan.clone();
    let fates = [
        (Fate::IntakeOnly, plan.intake_only),
        (Fate::Ineligible, plan.ineligible),
        (Fate::Withdrawn, plan.withdrawn),
        (Fate::NotPreselected, plan.not_preselected),
        (Fate::Preselected, plan.preselected),
        // One of these is the case that the README tells of.
        (Fate::Supported, plan.supported - 1),
        (Fate::Pending, plan.pending),
    ];
    let mut number = 0;
    for (fate, count) in fates {
        for _ in 0..count {
            number += 1;
            let call = chosen_call(&mut story.dice, fate);
            let day = arrival_day(story, fate, call);
            let moment = days::at_work(&mut story.dice, day);
            story.at(moment, move |story| arrive(story, Arrival { number, fate, call }));
        }
    }
}

fn chosen_call(dice: &mut Dice, fate: Fate) -> usize {
    match fate {
        Fate::Pending => super::calls::LAST,
        Fate::Supported => dice.weighted(&[
            (16, 0),
            (17, 1),
            (14, 2),
            (13, 3),
            (5, 4),
            (14, 5),
            (12, 6),
            (6, 8),
            (3, 9),
        ]),
        _ => dice.weighted(&[
            (11, 0),
            (12, 1),
            (16, 2),
            (10, 3),
            (6, 4),
            (12, 5),
            (12, 6),
            (10, 8),
            (12, 9),
            (10, 10),
        ]),
    }
}

fn arrival_day(story: &mut Story, fate: Fate, call: usize) -> events::Date {
    let call = story.ledger.calls[call].clone();
    let first = days::working_later(story.plan.from, 22);
    let last = days::day_of(story.plan.until);
    let dice = &mut story.dice;
    let day = match (fate, call.deadline) {
        (Fate::IntakeOnly, _) => days::plus(first, dice.between(0, (last - first).num_days() - 2)),
        (Fate::Pending, _) => days::plus(days::day_of(call.opens), dice.between(1, 40)),
        (_, Some(deadline)) => days::plus(days::day_of(deadline), -dice.between(18, 80)),
        (_, None) => {
            let until = if call.opens < days::paris(days::date(2025, 1, 1), 0, 0) {
                days::date(2025, 5, 2)
            } else {
                days::date(2026, 7, 15)
            };
            let from = days::day_of(call.opens);
            days::plus(from, dice.between(0, (until - from).num_days()))
        }
    };
    day.max(first)
}

/// A project comes in.
pub(in crate::demo) fn arrive(story: &mut Story, arrival: Arrival) {
    let mut dice = Dice::of(story.seed, &format!("case {}", arrival.number));
    let user = any_advisor(story);
    let (carrier, kind) = carrier(story, &mut dice, user);
    // Some come back with another project.
    let old = (dice.chance(4) && story.ledger.files.len() > 5)
        .then(|| story.ledger.files[dice.below(story.ledger.files.len())].contact);
    let contact = old.unwrap_or_else(|| {
        let contact = person(story, user, carrier);
        let function = *dice.pick(&["principal_investigator", "ceo", "professor", "researcher"]);
        affiliate(story, user, contact, function);
        contact
    });
    let language = story.ledger.people[contact].name.language;
    let idea = story.ideas.another(&mut dice, language);
    let channel = dice.weighted(&[
        (30, IntakeChannel::WebForm),
        (28, IntakeChannel::Email),
        (10, IntakeChannel::Phone),
        (12, IntakeChannel::Event),
        (11, IntakeChannel::PartnerReferral),
        (4, IntakeChannel::Scouting),
        (2, IntakeChannel::WalkIn),
        (3, IntakeChannel::Alumni),
    ]);
    let received_at = received(&mut dice, story.world.now);
    let referred_by = (channel == IntakeChannel::PartnerReferral).then(|| partner(story));
    let organisations = &story.ledger.organisations;
    let country = carrier.map_or("FR", |place| organisations[place].company.country);
    let body = json!({
        "channel": channel, "received_at": received_at, "contact": story.ledger.people[contact].id,
        "organisation": carrier.map(|place| organisations[place].id), "applicant_kind": kind,
        "country": country, "referred_by": referred_by.map(|place| organisations[place].id),
        "project": idea.described(), "needs": idea.needs,
    });
    let order = Order::new(user, Collection::Cases, "log-intake", body).at(received_at);
    let sent = story.world.send(order);
    let id = sent.created();
    let mut file = File::new(id, arrival.fate, dice, idea, received_at, contact);
    file.carrier = carrier;
    file.note(sent.at);
    story.ledger.files.push(file);
    let case = story.ledger.files.len() - 1;
    welcome(story, case, arrival, referred_by);
}

/// Reached the office within the last two days, never before its working week began.
fn received(dice: &mut Dice, now: Time) -> Time {
    now.minus(TimeDelta::minutes(dice.between(5, 2_300)))
}

fn carrier(
    story: &mut Story,
    dice: &mut Dice,
    user: events::UserId,
) -> (Option<usize>, ApplicantKind) {
    use OrganisationKind as K;
    match dice.below(100) {
        0..46 => (Some(organisation(story, user, K::Startup)), ApplicantKind::Startup),
        46..58 => {
            let place = of_kind(story, &[K::University, K::ResearchOrganisation]);
            (Some(place), ApplicantKind::SpinOffInCreation)
        }
        58..80 => {
            let place = of_kind(story, &[K::University, K::ResearchOrganisation]);
            (Some(place), ApplicantKind::LabTeam)
        }
        80..88 => (Some(of_kind(story, &[K::Hospital])), ApplicantKind::Hospital),
        88..91 => (Some(organisation(story, user, K::Sme)), ApplicantKind::Sme),
        _ => (None, ApplicantKind::IndividualResearcher),
    }
}

fn partner(story: &mut Story) -> usize {
    use OrganisationKind as K;
    of_kind(story, &[K::Satt, K::Incubator, K::Tto, K::Cluster, K::CompetitivenessCluster])
}

/// What follows an arrival.
fn welcome(story: &mut Story, case: usize, arrival: Arrival, referred_by: Option<usize>) {
    if let Some(place) = referred_by {
        let partner = story.ledger.organisations[place].id;
        let language = story.file(case).idea.language;
        let note = reasons::REFERRAL_NOTE.say(&mut story.file(case).dice, language);
        let body = json!({ "partner": partner, "note": note });
        let user = any_advisor(story);
        story.world.send(story.on_case_by(user, case, "receive-referral", body));
    }
    let fate = arrival.fate;
    if fate != Fate::IntakeOnly || story.file(case).dice.chance(85) {
        // Two working days are the rule; not everybody keeps it.
        let days = if story.file(case).dice.chance(88) { (0, 2) } else { (3, 8) };
        story.later(case, days, |story, case| {
            let user = any_advisor(story);
            story.world.send(story.on_case_by(user, case, "acknowledge", json!({})));
        });
    }
    if fate != Fate::IntakeOnly || story.file(case).dice.chance(78) {
        let days = if story.file(case).dice.chance(85) { (1, 5) } else { (6, 9) };
        story.later(case, days, move |story, case| {
            assign(story, case);
            begin(story, case, arrival);
        });
    }
}

/// Somebody takes the case on, or the head gives it to somebody.
pub(in crate::demo) fn assign(story: &mut Story, case: usize) {
    let place = *story.dice.pick(&story.office.present);
    assign_to(story, case, place);
}

/// An advisor takes the case on.
pub(in crate::demo) fn assign_to(story: &mut Story, case: usize, place: usize) {
    let advisor = story.office.advisors[place].user;
    let by = if story.file(case).dice.chance(70) { advisor } else { story.office.head().user };
    story.world.send(story.on_case_by(by, case, "assign-advisor", json!({ "advisor": advisor })));
    story.change(case, |file| {
        file.advisor = Some(place);
        file.status = CaseStatus::Followed;
    });
}

fn begin(story: &mut Story, case: usize, arrival: Arrival) {
    if arrival.fate == Fate::IntakeOnly {
        return drift(story, case);
    }
    for _ in 0..story.file(case).dice.between(1, 3) {
        story.later(case, (1, 12), join_team);
    }
    if story.file(case).dice.chance(55) {
        story.later(case, (2, 10), assess_readiness);
    }
    if story.file(case).dice.chance(35) {
        story.later(case, (3, 12), describe_anew);
    }
    if story.file(case).dice.chance(30) {
        story.later(case, (2, 12), express_needs);
    }
    for _ in 0..story.file(case).dice.between(1, 4) {
        story.later(case, (1, 14), followup::interaction);
    }
    selection::plan_application(story, case, arrival.call);
}

/// A case that never applies: a few talks, perhaps a partner, then nothing or an end.
fn drift(story: &mut Story, case: usize) {
    for _ in 0..story.file(case).dice.between(1, 4) {
        story.later(case, (2, 60), followup::interaction);
    }
    if story.file(case).dice.chance(30) {
        story.later(case, (4, 40), express_needs);
    }
    if story.file(case).dice.chance(30) {
        story.later(case, (3, 40), ask_for_information);
    }
    if story.file(case).dice.chance(35) {
        story.later(case, (10, 50), refer);
    }
    if story.file(case).dice.chance(14) {
        story.later(case, (10, 50), hold);
    }
    if story.file(case).dice.chance(55) {
        let reason = story.file(case).dice.weighted(&[
            (40, ClosingReason::Redirected),
            (20, ClosingReason::Lapsed),
            (15, ClosingReason::Withdrawn),
            (8, ClosingReason::Relocated),
            (7, ClosingReason::CeasedActivity),
            (6, ClosingReason::ObjectivesMet),
            (4, ClosingReason::Acquired),
        ]);
        story.later(case, (60, 160), move |story, case| close(story, case, reason));
    }
}

/// Somebody new joins the team.
pub(in crate::demo) fn join_team(story: &mut Story, case: usize) {
    if !story.file(case).is_active() {
        return;
    }
    let (user, place) = (story.advisor(case), story.file(case).carrier);
    let who = person(story, user, place);
    let function =
        *story.file(case).dice.pick(&["cso", "cto", "engineer", "researcher", "cmo", "cfo"]);
    if place.is_some() {
        affiliate(story, user, who, function);
    }
    let body = json!({ "person": story.ledger.people[who].id, "function": function });
    story.world.send(story.on_case(case, "add-team-member", body));
    story.file(case).team.push(who);
}

/// Somebody leaves it.
pub(in crate::demo) fn leave_team(story: &mut Story, case: usize) {
    if !story.file(case).is_active() || story.file(case).team.len() < 2 {
        return;
    }
    let who = story.file(case).team.remove(0);
    let body = json!({ "person": story.ledger.people[who].id });
    story.world.send(story.on_case(case, "remove-team-member", body));
}

/// A level of readiness on one of the scales.
pub(in crate::demo) fn assess_readiness(story: &mut Story, case: usize) {
    if !story.file(case).is_active() {
        return;
    }
    let file = story.file(case);
    let scale =
        *file.dice.pick(&["trl", "trl", "team", "ip", "business", "mrl", "funding", "customer"]);
    let level = file.dice.between(1, 6);
    let evidence = said::READY.say(&mut file.dice, file.idea.language);
    let body = json!({ "scale": scale, "level": level, "evidence": evidence });
    story.world.send(story.on_case(case, "assess-readiness", body));
}

/// The project is told anew, as a whole.
pub(in crate::demo) fn describe_anew(story: &mut Story, case: usize) {
    if !story.file(case).is_active() {
        return;
    }
    let file = story.file(case);
    let more = said::LEARNT.say(&mut file.dice, file.idea.language);
    file.idea.summary = format!("{} {more}", file.idea.summary);
    file.idea.stage = file.stage;
    let body = file.idea.described();
    story.world.send(story.on_case(case, "describe-project", body));
}

/// They ask for another part of the offer, or for one less.
pub(in crate::demo) fn express_needs(story: &mut Story, case: usize) {
    if !story.file(case).is_active() {
        return;
    }
    let file = story.file(case);
    let need = *file.dice.pick(<events::OfferComponent as events::Labelled>::ALL);
    match file.idea.needs.iter().position(|known| *known == need) {
        Some(at) if file.idea.needs.len() > 1 => drop(file.idea.needs.remove(at)),
        Some(_) => return,
        None => file.idea.needs.push(need),
    }
    let body = json!({ "needs": file.idea.needs });
    story.world.send(story.on_case(case, "express-needs", body));
}

/// The office asks for something, and most answer.
pub(in crate::demo) fn ask_for_information(story: &mut Story, case: usize) {
    if !story.file(case).is_active() {
        return;
    }
    let due = days::plus(story.today(), 14);
    let file = story.file(case);
    let question = said::QUESTION.say(&mut file.dice, file.idea.language);
    let answers = file.dice.chance(85);
    let body = json!({ "question": question, "due": due });
    let sent = story.world.send(story.on_case(case, "request-information", body));
    let request: RequestId = sent.created();
    if answers {
        story.later(case, (2, 14), move |story, case| answer(story, case, request));
    }
}

fn answer(story: &mut Story, case: usize, request: RequestId) {
    let file = story.file(case);
    let answer = said::ANSWER.say(&mut file.dice, file.idea.language);
    let body = json!({ "request": request, "answer": answer });
    let user = story.file(case).innovator.unwrap_or_else(|| story.advisor(case));
    story.world.send(story.on_case_by(user, case, "provide-information", body));
}

/// The project is passed to a partner: signposted, or handed over with consent.
pub(in crate::demo) fn refer(story: &mut Story, case: usize) {
    if !story.file(case).is_active() {
        return;
    }
    let place = partner(story);
    let partner = story.ledger.organisations[place].id;
    let hands_over = story.file(case).dice.chance(40);
    let language = story.file(case).idea.language;
    let reason = reasons::REFERRED.say(&mut story.file(case).dice, language);
    let mut body = json!({ "partner": partner, "kind": "signposted", "reason": reason });
    if hands_over {
        body["kind"] = json!("handed_over");
        // Without the contact's consent nothing is handed over (F-1).
        let unasked = story.on_case(case, "send-referral", body.clone());
        story.world.try_in_vain(unasked, events::Rule::F1);
        let contact = story.file(case).contact;
        let person = events::Stream::Person(story.ledger.people[contact].id);
        let until = story.world.now.plus(TimeDelta::days(180));
        let consent =
            json!({ "recipient": partner, "scope": "referral_to_partner", "until": until });
        let order = Order::on(story.advisor(case), person, "give-consent", consent);
        let consent: events::ConsentId = story.world.send(order).created();
        body["consent"] = json!(consent);
    }
    let sent = story.world.send(story.on_case(case, "send-referral", body));
    let referral: events::ReferralId = sent.created();
    let answer =
        story.file(case).dice.weighted(&[(55, "accepted"), (25, "declined"), (20, "no_reply")]);
    story.later(case, (5, 30), move |story, case| {
        let body = json!({ "referral": referral, "answer": answer });
        story.world.send(story.on_case(case, "answer-referral", body));
    });
}

/// Nothing is expected for a while.
pub(in crate::demo) fn hold(story: &mut Story, case: usize) {
    if !story.file(case).is_active() {
        return;
    }
    let until = days::plus(story.today(), 90);
    let file = story.file(case);
    let reason = reasons::ON_HOLD.say(&mut file.dice, file.idea.language);
    let body = json!({ "reason": reason, "until": until });
    story.world.send(story.on_case(case, "put-on-hold", body));
    story.change(case, |file| file.on_hold = true);
    if story.file(case).dice.chance(80) {
        story.later(case, (20, 80), |story, case| {
            if story.file(case).on_hold && story.file(case).status == CaseStatus::Followed {
                story.world.send(story.on_case(case, "resume", json!({})));
                story.change(case, |file| file.on_hold = false);
            }
        });
    }
}

/// The head ends the office's work on a case.
pub(in crate::demo) fn close(story: &mut Story, case: usize, reason: ClosingReason) {
    if story.file(case).status != CaseStatus::Followed {
        return;
    }
    let file = story.file(case);
    let note = reasons::CLOSED.say(&mut file.dice, file.idea.language);
    let back = file.dice.chance(9);
    let user = if file.dice.chance(75) { story.office.head() } else { story.office.deputy() };
    let body = json!({ "reason": reason, "note": note });
    story.world.send(story.on_case_by(user.user, case, "close", body));
    story.change(case, |file| file.status = CaseStatus::Closed);
    if story.file(case).dice.chance(25) {
        // What still comes in is logged in a closed case as well.
        story.later(case, (10, 120), followup::late_word);
    }
    if back {
        story.later(case, (30, 150), reopen);
    }
}

fn reopen(story: &mut Story, case: usize) {
    let file = story.file(case);
    if file.status != CaseStatus::Closed {
        return;
    }
    let reason = reasons::REOPENED.say(&mut file.dice, file.idea.language);
    let head = story.office.head().user;
    let body = json!({ "reason": reason });
    let asked = story.world.send(story.on_case_by(head, case, "reopen", body));
    let deputy = story.office.deputy().user;
    story.world.agree(deputy, &asked);
    story.change(case, |file| {
        file.status = CaseStatus::Followed;
        file.on_hold = false;
    });
    story.later(case, (3, 20), followup::interaction);
}

/// Gives the contact an account, through which they see and do what is theirs.
pub(in crate::demo) fn let_in(story: &mut Story, case: usize) {
    if story.file(case).innovator.is_some() {
        return;
    }
    let contact = story.file(case).contact;
    let person = story.ledger.people[contact].id;
    let known =
        story.ledger.files.iter().find(|file| file.contact == contact && file.innovator.is_some());
    let user = match known {
        Some(file) => file.innovator,
        None => {
            let admin = story.office.admin().user;
            Some(enrol(story, admin, person, Role::Innovator, contact).user)
        }
    };
    story.file(case).innovator = user;
}

/// The side that keeps most promises.
pub(in crate::demo) fn a_party(dice: &mut Dice) -> Party {
    dice.weighted(&[
        (45, Party::Innovator),
        (35, Party::Office),
        (14, Party::Mentor),
        (6, Party::Partner),
    ])
}

/// Another organisation carries the project from now on.
pub(in crate::demo) fn change_carrier(story: &mut Story, case: usize) {
    if !story.file(case).is_active() {
        return;
    }
    let user = story.advisor(case);
    let place = organisation(story, user, OrganisationKind::Startup);
    let from = days::plus(story.today(), -3);
    let body = json!({ "organisation": story.ledger.organisations[place].id, "from": from });
    story.world.send(story.on_case(case, "change-carrier", body));
    story.file(case).carrier = Some(place);
}

/// Two cases belong together.
pub(in crate::demo) fn link(story: &mut Story, case: usize) {
    let other = story.ledger.files[case].dice.clone().below(story.ledger.files.len());
    if other == case || !story.file(case).is_active() || story.file(case).linked.contains(&other) {
        return;
    }
    let relation =
        *story.file(case).dice.pick(&["related", "same_team", "spin_off_of", "follow_up_of"]);
    let body = json!({ "other": story.case_id(other), "relation": relation });
    story.world.send(story.on_case(case, "link-case", body));
    story.file(case).linked.push(other);
}
