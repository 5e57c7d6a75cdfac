//! Introductions: both sides are asked, most are made, some lead somewhere.

use chrono::TimeDelta;
use events::{
    Channel, DeclineReason, Initiator, IntroductionKind, IntroductionOutcome as Outcome,
    IntroductionState as State, Labelled, OrganisationKind, Rule, ShareScope, Stream, UserId,
};
use serde_json::{Value, json};

use super::people::{any_advisor, of_kind};
use crate::demo::ledger::Introduction;
use crate::demo::story::Story;
use crate::demo::texts::elsewhere as said;
use crate::demo::world::Order;
use crate::domain::Collection;

/// What an innovator lets the office share, least first.
const SCOPES: &[ShareScope] = &[
    ShareScope::Contact,
    ShareScope::ProjectTitle,
    ShareScope::NonConfidentialSummary,
    ShareScope::PitchDeck,
];

/// What the story has in store for an introduction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lot {
    Refused,
    Declined,
    Abandoned,
    Waiting,
    Made,
}

/// The office proposes that a project and somebody meet.
pub(in crate::demo) fn propose(story: &mut Story, case: usize) {
    if !story.file(case).is_active() {
        return;
    }
    let kind = story.file(case).dice.weighted(&[
        (55, IntroductionKind::Funding),
        (18, IntroductionKind::IndustrialPartnership),
        (14, IntroductionKind::ClinicalPartnership),
        (8, IntroductionKind::AcademicPartnership),
        (5, IntroductionKind::Expertise),
    ]);
    let target = target(story, kind);
    let known = story.ledger.introductions.iter();
    if known.into_iter().any(|it| it.case == case && it.target == target) {
        return;
    }
    let at = story.file(case).dice.below(2);
    let by_advisor = story.file(case).dice.chance(30);
    let owner = if by_advisor { story.advisor(case) } else { story.office.funding[at].user };
    let initiated_by = story.file(case).dice.weighted(&[
        (62, Initiator::Office),
        (28, Initiator::Innovator),
        (10, Initiator::Target),
    ]);
    let mut people = story.ledger.people.iter();
    let person = people.find(|who| who.organisation == Some(target) && !who.merged);
    let person = person.map(|who| who.id);
    let rationale = {
        let file = story.file(case);
        said::WHY_MEET.say(&mut file.dice, file.idea.language)
    };
    let body = json!({
        "case": story.case_id(case), "target": story.ledger.organisations[target].id,
        "person": person, "kind": kind, "initiated_by": initiated_by, "owner": owner,
        "rationale": rationale,
    });
    let order = Order::new(owner, Collection::Introductions, "propose-introduction", body);
    let id = story.world.send(order).created();
    let state = State::Proposed;
    story.ledger.introductions.push(Introduction { id, case, target, owner, state, outcome: None });
    let introduction = story.ledger.introductions.len() - 1;
    plan(story, introduction, kind);
}

fn target(story: &mut Story, kind: IntroductionKind) -> usize {
    use OrganisationKind as K;
    match kind {
        IntroductionKind::Funding => {
            of_kind(story, &[K::Vc, K::BusinessAngel, K::CorporateVc, K::PublicBank, K::Foundation])
        }
        IntroductionKind::IndustrialPartnership => {
            of_kind(story, &[K::Pharma, K::LargeCompany, K::MidCap, K::CroCdmo])
        }
        IntroductionKind::ClinicalPartnership => of_kind(story, &[K::Hospital]),
        IntroductionKind::AcademicPartnership => {
            of_kind(story, &[K::University, K::ResearchOrganisation])
        }
        IntroductionKind::Expertise => of_kind(story, &[K::SoleTrader, K::CroCdmo, K::Sme]),
    }
}

fn plan(story: &mut Story, introduction: usize, kind: IntroductionKind) {
    let case = story.ledger.introductions[introduction].case;
    let lot = story.file(case).dice.weighted(&[
        (8, Lot::Refused),
        (22, Lot::Declined),
        (6, Lot::Abandoned),
        (8, Lot::Waiting),
        (56, Lot::Made),
    ]);
    let eager = story.file(case).dice.chance(5);
    if eager {
        story.later(case, (0, 1), move |story, _| too_early(story, introduction));
    }
    // In any order: sometimes the target says yes before the innovator does.
    let target_first = story.file(case).dice.chance(25);
    let (first, second) = if target_first { ((6, 14), (1, 5)) } else { ((1, 7), (8, 20)) };
    match lot {
        Lot::Refused => story.later(case, first, move |story, _| refuse(story, introduction)),
        Lot::Declined => {
            story.later(case, first, move |story, _| consent(story, introduction));
            story.later(case, second, move |story, _| decline(story, introduction));
        }
        Lot::Abandoned => {
            story.later(case, first, move |story, _| consent(story, introduction));
            story.later(case, (25, 60), move |story, _| abandon(story, introduction));
        }
        Lot::Waiting => story.later(case, first, move |story, _| consent(story, introduction)),
        Lot::Made => {
            story.later(case, first, move |story, _| consent(story, introduction));
            story.later(case, second, move |story, _| accept(story, introduction));
            story.later(case, (21, 28), move |story, case| {
                make(story, introduction);
                after(story, case, introduction, kind);
            });
        }
    }
}

fn on(story: &Story, user: UserId, at: usize, name: &'static str, body: Value) -> Order {
    Order::on(user, Stream::Introduction(story.ledger.introductions[at].id), name, body)
}

/// A command by whoever looks after it; by a colleague once they left.
fn by_owner(story: &mut Story, at: usize, name: &'static str, body: Value) -> Order {
    let owner = story.ledger.introductions[at].owner;
    let there = story.office.funding.iter().any(|staff| staff.user == owner)
        || story.office.present.iter().any(|place| story.office.advisors[*place].user == owner);
    let user = if there { owner } else { any_advisor(story) };
    on(story, user, at, name, body)
}

/// The innovator says it themselves, or whoever looks after it notes what they said.
fn by_innovator(story: &mut Story, at: usize, name: &'static str, body: Value) -> Order {
    let case = story.ledger.introductions[at].case;
    match story.file(case).innovator {
        Some(user) => on(story, user, at, name, body),
        None => {
            let contact = story.file(case).contact;
            let person = story.ledger.people[contact].id;
            by_owner(story, at, name, body).on_behalf_of(person)
        }
    }
}

fn is(story: &Story, at: usize, state: State) -> bool {
    story.ledger.introductions[at].state == state
}

fn scopes(story: &mut Story, at: usize) -> &'static [ShareScope] {
    let shared = 2 + story.ledger.introductions[at].target % 3;
    &SCOPES[..shared.min(SCOPES.len())]
}

/// Somebody means to introduce them before both agreed (I-1).
fn too_early(story: &mut Story, at: usize) {
    if is(story, at, State::Proposed) {
        let body = json!({ "channel": "email", "shared": ["contact"] });
        let order = by_owner(story, at, "make", body);
        story.world.try_in_vain(order, Rule::I1);
    }
}

fn consent(story: &mut Story, at: usize) {
    if is(story, at, State::Proposed) {
        let until = story.world.now.plus(TimeDelta::days(240));
        let body = json!({ "scope": scopes(story, at), "until": until });
        let order = by_innovator(story, at, "consent", body);
        story.world.send(order);
    }
}

fn reason(story: &mut Story, at: usize) -> DeclineReason {
    let case = story.ledger.introductions[at].case;
    *story.file(case).dice.pick(DeclineReason::ALL)
}

fn refuse(story: &mut Story, at: usize) {
    let reason = reason(story, at);
    let order = by_innovator(story, at, "refuse", json!({ "reason": reason }));
    story.world.send(order);
    story.ledger.introductions[at].state = State::Refused;
}

fn accept(story: &mut Story, at: usize) {
    let mut body = json!({});
    if at.is_multiple_of(3) {
        body["until"] = json!(story.world.now.plus(TimeDelta::days(365)));
    }
    let order = by_owner(story, at, "accept", body).via(Channel::Email);
    story.world.send(order);
}

fn decline(story: &mut Story, at: usize) {
    let reason = reason(story, at);
    let order = by_owner(story, at, "decline", json!({ "reason": reason })).via(Channel::Email);
    story.world.send(order);
    story.ledger.introductions[at].state = State::Declined;
}

fn abandon(story: &mut Story, at: usize) {
    let case = story.ledger.introductions[at].case;
    let reason = super::selection::say(story, case, &said::GIVEN_UP);
    let order = by_owner(story, at, "abandon", json!({ "reason": reason }));
    story.world.send(order);
    story.ledger.introductions[at].state = State::Abandoned;
}

fn make(story: &mut Story, at: usize) {
    let channel = if at.is_multiple_of(4) { "video" } else { "email" };
    let shared = scopes(story, at);
    if at % 17 == 3 {
        // More than the innovator agreed to (I-2).
        let body = json!({ "channel": channel, "shared": ["contact", "financial_plan"] });
        let order = by_owner(story, at, "make", body);
        story.world.try_in_vain(order, Rule::I2);
    }
    let order = by_owner(story, at, "make", json!({ "channel": channel, "shared": shared }));
    story.world.send(order);
    story.ledger.introductions[at].state = State::Made;
}

fn after(story: &mut Story, case: usize, at: usize, kind: IntroductionKind) {
    for _ in 0..story.file(case).dice.between(0, 3) {
        story.later(case, (10, 80), move |story, _| follow_up(story, at));
    }
    if story.file(case).dice.chance(82) {
        story.later(case, (20, 90), move |story, case| {
            let outcome = story.file(case).dice.weighted(&[
                (14, Outcome::NoReply),
                (24, Outcome::Declined),
                (26, Outcome::MeetingHeld),
                (16, Outcome::UnderDiligence),
                (20, Outcome::TermSheet),
            ]);
            record(story, at, outcome);
            if matches!(outcome, Outcome::UnderDiligence | Outcome::TermSheet) {
                story.later(case, (15, 60), move |story, case| conclude(story, case, at, kind));
            }
        });
    }
}

fn follow_up(story: &mut Story, at: usize) {
    let case = story.ledger.introductions[at].case;
    let summary = super::selection::say(story, case, &said::HOW_IT_GOES);
    let order = by_owner(story, at, "follow-up", json!({ "summary": summary }));
    story.world.send(order);
}

fn record(story: &mut Story, at: usize, outcome: Outcome) {
    let case = story.ledger.introductions[at].case;
    let note = super::selection::say(story, case, &said::WHAT_CAME);
    let body = json!({ "outcome": outcome, "note": note });
    let order = by_owner(story, at, "record-outcome", body);
    story.world.send(order);
    let known = &mut story.ledger.introductions[at];
    known.state = State::Concluded;
    known.outcome = Some(outcome);
}

/// The last word: money, a collaboration, or after all nothing.
fn conclude(story: &mut Story, case: usize, at: usize, kind: IntroductionKind) {
    let good = if kind == IntroductionKind::Funding {
        Outcome::Closed
    } else {
        Outcome::CollaborationSigned
    };
    let outcome = story.file(case).dice.weighted(&[(62, good), (38, Outcome::Declined)]);
    record(story, at, outcome);
}
