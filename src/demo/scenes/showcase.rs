//! The case that the README tells of: its ids never change, and much happens to it.
//!
//! It applies ten minutes before midnight and is admitted; the head turns out to have a conflict,
//! so the deputy decides; it is coached, books, meets a fund, raises money.

use chrono::TimeDelta;
use events::{
    ApplicationState as State, Area, Discipline, FundingRound, IntroductionOutcome,
    IntroductionState, Language, OfferComponent, OrganisationKind, OutcomeKind, Role, Rule, Stage,
    Time,
};
use serde_json::json;

use super::people::affiliate;
use super::{followup, intake, support};
use crate::demo::companies::Company;
use crate::demo::days::{date, paris};
use crate::demo::dice::Dice;
use crate::demo::ledger::{Application, Fate, File, Introduction, Outcome, Person};
use crate::demo::names::Name;
use crate::demo::office::{Demonstrated, demonstrate};
use crate::demo::projects::Idea;
use crate::demo::story::Story;
use crate::demo::world::Order;
use crate::domain::Collection;

/// The call it applies to: spring 2024, until 12 April, 17:00.
const CALL: usize = 1;

/// What happens to the showcase at some moment.
type Step = fn(&mut Story, usize);

/// Plans it, hour by hour up to the decision; then it goes on like others.
pub(in crate::demo) fn plan(story: &mut Story) {
    let at = |month, day, hour, minute| paris(date(2024, month, day), hour, minute);
    story.at(at(1, 15, 9, 20), arrive);
    let steps: [(Time, Step); 13] = [
        (at(1, 16, 10, 5), |story, case| {
            story.world.send(story.on_case(case, "acknowledge", json!({})));
        }),
        (at(1, 17, 14, 30), |story, case| intake::assign_to(story, case, 0)),
        (at(1, 18, 9, 15), let_the_contact_in),
        (at(1, 22, 16, 45), first_meeting),
        (at(1, 24, 11, 10), |story, case| intake::join_team(story, case)),
        (at(1, 31, 15, 20), |story, case| intake::join_team(story, case)),
        (at(2, 6, 10, 40), ask_who_owns_it),
        (at(3, 20, 17, 5), |story, case| {
            followup::attach(story, case, "pitch_deck", "pitch-march", None);
        }),
        (at(4, 15, 9, 10), apply),
        (at(4, 17, 11, 45), admit),
        (at(5, 6, 15, 50), assess),
        (at(5, 13, 16, 20), propose),
        (at(5, 23, 10, 30), decide),
    ];
    for (moment, step) in steps {
        story.at(moment, move |story| {
            if let Some(case) = story.showcase {
                step(story, case);
            }
        });
    }
}

fn arrive(story: &mut Story) {
    let user = story.office.advisors[0].user;
    let company = Company {
        name: "Ysolenza Diagnostics".to_owned(),
        kind: OrganisationKind::Startup,
        country: "FR",
        siren: Some("099887762".to_owned()),
        ror: None,
        domain: "ysolenza.example".to_owned(),
    };
    let carrier = register_carrier(story, user, company);
    let contact = register_contact(story, user, carrier);
    affiliate(story, user, contact, "ceo");
    let idea = idea();
    let received_at = paris(date(2024, 1, 15), 8, 45);
    let body = json!({
        "channel": "email", "received_at": received_at,
        "contact": story.ledger.people[contact].id,
        "organisation": story.ledger.organisations[carrier].id, "applicant_kind": "startup",
        "country": "FR", "project": idea.described(), "needs": idea.needs,
    });
    let order = Order::new(user, Collection::Cases, "log-intake", body).at(received_at);
    let sent = story.world.send(order.keyed("demo-showcase-case"));
    let dice = Dice::of(story.seed, "showcase");
    let mut file = File::new(sent.created(), Fate::Supported, dice, idea, received_at, contact);
    file.carrier = Some(carrier);
    file.note(sent.at);
    story.ledger.files.push(file);
    story.showcase = Some(story.ledger.files.len() - 1);
}

fn register_carrier(story: &mut Story, user: events::UserId, company: Company) -> usize {
    let body = json!({
        "legal_name": company.name, "kind": company.kind, "country": company.country,
        "siren": company.siren,
    });
    let order = Order::new(user, Collection::Organisations, "register-organisation", body);
    let id = story.world.send(order.keyed("demo-showcase-carrier")).created();
    story.ledger.organisations.push(crate::demo::ledger::Organisation { id, company });
    story.ledger.organisations.len() - 1
}

fn register_contact(story: &mut Story, user: events::UserId, carrier: usize) -> usize {
    let name = Name {
        first: "Nora".to_owned(),
        last: "Valmy".to_owned(),
        language: Language::En,
        woman: true,
    };
    let email = "nora.valmy@ysolenza.example".to_owned();
    let body = json!({
        "name": name.full(), "email": email, "phone": "+33 6 39 98 01 47", "language": "en",
        "privacy_notice": { "version": "2024-01", "given_at": story.world.now },
    });
    let order = Order::new(user, Collection::People, "register-person", body);
    let id = story.world.send(order.keyed("demo-showcase-contact")).created();
    story.ledger.people.push(Person::new(id, name, email, Some(carrier)));
    story.ledger.people.len() - 1
}

fn idea() -> Idea {
    Idea {
        title: "Blood test for early relapse of pancreatic cancer".to_owned(),
        summary: "Detects circulating tumour DNA six months before imaging does. Proof of concept \
                  on 42 plasma samples; a cohort of 300 is planned. The team looks for annotated \
                  samples, a sequencing platform and a first investor."
            .to_owned(),
        language: Language::En,
        stage: Stage::Ideation,
        area: Area::Diagnostics,
        disciplines: vec![Discipline::Biology, Discipline::Bioinformatics, Discipline::Statistics],
        modality: Some("liquid_biopsy"),
        indication: Some("pancreas"),
        needs: vec![OfferComponent::Mentors, OfferComponent::Samples, OfferComponent::Funding],
    }
}

/// The contact gets an account, and the demonstration its innovator.
fn let_the_contact_in(story: &mut Story, case: usize) {
    intake::let_in(story, case);
    let contact = story.file(case).contact;
    let person = story.ledger.people[contact].id;
    if let Some(user) = story.file(case).innovator {
        let admin = story.office.admin().user;
        demonstrate(story, admin, Role::Innovator, Demonstrated { user, person });
    }
}

fn first_meeting(story: &mut Story, case: usize) {
    let contact = story.file(case).contact;
    let body = json!({
        "kind": "meeting", "participants": [story.ledger.people[contact].id], "minutes": 60,
        "topics": ["strategy", "regulatory"],
        "summary": "First meeting. The assay works on stored plasma; fresh samples come next. \
                    The regulatory class is still open.",
        "commitments": [
            { "by": "office", "what": "Send the list of biobanks.", "due": "2024-01-29" },
            { "by": "innovator", "what": "Write two pages on the clinical use.", "due": "2024-02-09" },
        ],
    });
    let held = paris(date(2024, 1, 22), 15, 30);
    let order = story.on_case(case, "log-interaction", body).at(held);
    story.world.send(order.via(events::Channel::InPerson));
    let readiness = json!({
        "scale": "trl", "level": 3, "evidence": "First results on forty plasma samples.",
    });
    story.world.send(story.on_case(case, "assess-readiness", readiness));
}

fn ask_who_owns_it(story: &mut Story, case: usize) {
    let body = json!({ "question": "Who owns the patent on the probe?", "due": "2024-02-20" });
    let sent = story.world.send(story.on_case(case, "request-information", body));
    let request: events::RequestId = sent.created();
    story.at(paris(date(2024, 2, 13), 18, 20), move |story| {
        let body = json!({
            "request": request, "answer": "The university owns it and grants us an option.",
        });
        let user = story.ledger.files[case].innovator.unwrap_or_else(|| story.advisor(case));
        story.world.send(story.on_case_by(user, case, "provide-information", body));
    });
}

/// The message of Friday, 23:50, found on Monday; the deadline was 17:00 (C-2).
fn apply(story: &mut Story, case: usize) {
    let deck = story.file(case).documents.clone();
    let Some(message) = followup::attach(story, case, "evidence", "message-2350", None) else {
        return;
    };
    let received = paris(date(2024, 4, 12), 23, 50);
    let body = json!({
        "call": story.ledger.calls[CALL].id, "documents": deck, "received_at": received,
        "declarations": ["accurate", "non_confidential", "no_double_funding", "rules_accepted"],
        "received_by": "office", "evidence": message,
    });
    let order = story.on_case(case, "submit-application", body).at(received);
    let order = order.via(events::Channel::Email).reported("email", "The message of 23:50.");
    let sent = story.world.send(order.keyed("demo-showcase-application"));
    let application = Application::new(sent.created(), CALL, State::Late);
    story.change(case, |file| file.applications.push(application));
}

fn admit(story: &mut Story, case: usize) {
    let head = story.office.head().user;
    let Some(id) = super::selection::current(story, case, State::Late) else { return };
    super::selection::declare_none(story, case, head);
    let body = json!({
        "application": id, "reason": "The form was out of order from 16:30 to 17:00 that day.",
    });
    story.world.send(story.on_case_by(head, case, "admit-late-application", body));
    story.change(case, |file| set(file, State::Submitted));
}

fn set(file: &mut File, state: State) {
    if let Some(application) = file.application_mut() {
        application.state = state;
    }
}

fn assess(story: &mut Story, case: usize) {
    let Some(id) = super::selection::current(story, case, State::Submitted) else { return };
    let advisor = story.advisor(case);
    super::selection::declare_none(story, case, advisor);
    let criteria = story.ledger.calls[CALL].criteria;
    let met: serde_json::Map<_, _> =
        criteria.iter().map(|code| ((*code).to_owned(), json!({ "result": "met" }))).collect();
    let body = json!({ "application": id, "results": met });
    story.world.send(story.on_case(case, "assess-eligibility", body));
    story.change(case, |file| set(file, State::Eligible));
}

fn propose(story: &mut Story, case: usize) {
    let Some(id) = super::selection::current(story, case, State::Eligible) else { return };
    let body = json!({ "application": id, "ruling": {
        "outcome": "forward",
        "rationale": "The assay is new, the need is clear and the team complete.",
        "strengths": ["Data on more than forty samples.", "Priority patent filed."],
        "gaps": ["No external validation yet."],
    } });
    let proposal = story.world.send(story.on_case(case, "propose-preselection", body)).event(0);
    if let Some(application) = story.file(case).application_mut() {
        application.proposal = Some(proposal);
    }
}

/// The head finds a paper in common with the team: the deputy decides in their place (C-8, C-9).
fn decide(story: &mut Story, case: usize) {
    let Some(id) = super::selection::current(story, case, State::Eligible) else { return };
    let proposal = story.file(case).application().and_then(|known| known.proposal);
    let (head, deputy) = (story.office.head().user, story.office.deputy().user);
    let conflict = json!({
        "application": id, "ground": "co_publication", "description": "One paper together in 2023.",
    });
    story.world.send(story.on_case_by(head, case, "declare-conflict", conflict));
    if let Some(application) = story.file(case).application_mut() {
        application.conflicted.push(head);
    }
    let body = json!({ "application": id, "proposal": proposal, "ruling": {
        "outcome": "forward",
        "rationale": "As proposed; the committee should look at the validation plan.",
    } });
    let by =
        |story: &Story, user| story.on_case_by(user, case, "decide-preselection", body.clone());
    story.world.try_in_vain(by(story, head), Rule::C8);
    super::selection::declare_none(story, case, deputy);
    let decision = story.world.send(by(story, deputy)).event(0);
    story.change(case, |file| set(file, State::Preselected));
    story.later(case, (2, 2), move |story, case| super::selection::notify(story, case, decision));
    story.later(case, (8, 8), support::begin);
    story.at(paris(date(2024, 9, 10), 10, 0), move |story| meet_a_fund(story, case));
    let further = [(2024, 10, 15), (2025, 4, 8)];
    for (year, month, day) in further {
        story.at(paris(date(year, month, day), 11, 0), move |story| grow(story, case));
    }
}

/// One stage further.
fn grow(story: &mut Story, case: usize) {
    let at = story.file(case).stage;
    let next = match at {
        Stage::Ideation => Stage::Creation,
        Stage::Creation => Stage::PreSeed,
        _ => return,
    };
    if story.file(case).is_active() {
        let body = json!({ "to": next, "evidence": "The company was registered." });
        story.world.send(story.on_case(case, "advance-stage", body));
        story.change(case, |file| file.stage = next);
    }
}

/// An introduction that leads to a first round.
fn meet_a_fund(story: &mut Story, case: usize) {
    let target = super::people::of_kind(story, &[OrganisationKind::Vc]);
    let owner = story.office.funding[0].user;
    let body = json!({
        "case": story.case_id(case), "target": story.ledger.organisations[target].id,
        "kind": "funding", "initiated_by": "office", "owner": owner,
        "rationale": "They fund diagnostics at this stage and know this indication.",
    });
    let order = Order::new(owner, Collection::Introductions, "propose-introduction", body);
    let sent = story.world.send(order.keyed("demo-showcase-introduction"));
    let (id, state) = (sent.created(), IntroductionState::Proposed);
    story.ledger.introductions.push(Introduction { id, case, target, owner, state, outcome: None });
    let place = story.ledger.introductions.len() - 1;
    let innovator = story.ledger.files[case].innovator.unwrap_or(owner);
    let scope = json!(["contact", "project_title", "non_confidential_summary"]);
    let steps = [
        (
            date(2024, 9, 12),
            innovator,
            "consent",
            json!({ "scope": scope, "until": "2025-03-31T22:00:00Z" }),
        ),
        (date(2024, 9, 19), owner, "accept", json!({})),
        (
            date(2024, 9, 24),
            owner,
            "make",
            json!({ "channel": "email", "shared": ["contact", "project_title"] }),
        ),
        (
            date(2024, 11, 7),
            owner,
            "follow-up",
            json!({ "summary": "They met twice and exchange data now." }),
        ),
        (
            date(2025, 1, 21),
            owner,
            "record-outcome",
            json!({ "outcome": "term_sheet", "note": "A letter of intent came in." }),
        ),
        (
            date(2025, 3, 11),
            owner,
            "record-outcome",
            json!({ "outcome": "closed", "note": "Signed last week." }),
        ),
    ];
    for (day, user, name, body) in steps {
        story.at(paris(day, 14, 10), move |story| {
            story.world.send(Order::on(user, sent.stream, name, body));
            let known = &mut story.ledger.introductions[place];
            match name {
                "make" => known.state = IntroductionState::Made,
                "record-outcome" => {
                    known.state = IntroductionState::Concluded;
                    // The letter of intent first, then the money.
                    known.outcome = Some(match known.outcome {
                        None => IntroductionOutcome::TermSheet,
                        Some(_) => IntroductionOutcome::Closed,
                    });
                }
                _ => {}
            }
        });
    }
    story.at(paris(date(2025, 3, 12), 9, 30), move |story| {
        raise(story, case, place);
    });
}

/// The round: a fund met through the office, and others.
fn raise(story: &mut Story, case: usize, introduction: usize) {
    let Introduction { id, target, .. } = story.ledger.introductions[introduction];
    let eur_cents = 125_000_000;
    let closed_on = date(2025, 3, 6);
    let body = json!({
        "kind": "funding_secured", "closed_on": closed_on, "round": "pre_seed",
        "instrument": "equity", "total": { "eur_cents": eur_cents },
        "contributions": [{ "organisation": story.ledger.organisations[target].id,
                            "amount": { "eur_cents": 90_000_000 }, "introduction": id }],
        "attribution": "direct", "evidence": "Press release and the signed term sheet.",
    });
    let user = story.office.funding[0].user;
    let order = story.on_case_by(user, case, "record-outcome", body);
    let sent = story.world.send(order.keyed("demo-showcase-round"));
    let kind = OutcomeKind::FundingSecured;
    story.ledger.outcomes.push(Outcome { kind, eur_cents, double: false });
    let file = story.file(case);
    file.raised_eur_cents += eur_cents;
    file.rounds.push((kind, FundingRound::PreSeed, closed_on));
    let outcome: events::OutcomeId = sent.created();
    let seen = story.world.now.plus(TimeDelta::days(6));
    story.at(seen, move |story| {
        let body = json!({ "outcome": outcome, "evidence": "Saw the company's register entry." });
        let head = story.office.head().user;
        story.world.send(story.on_case_by(head, case, "verify-outcome", body));
    });
}
