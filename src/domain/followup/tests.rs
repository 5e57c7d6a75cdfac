//! What the follow-up of a project keeps to.

use events::followup::Commitment;
use events::{CaseId, ClosingReason, Digest, InteractionKind, Stream, intake};

use super::*;
use crate::domain::testing::{Given, arrived, at, created, given, person_of, sealed};

fn stream() -> Stream {
    Stream::Case(CaseId::derived("case"))
}

fn given_case(facts: impl IntoIterator<Item = Fact>) -> Given {
    let facts = facts.into_iter().map(events::Fact::from);
    given(stream(), [arrived()].into_iter().chain(facts))
}

fn given_closed(facts: impl IntoIterator<Item = Fact>) -> Given {
    let closed = intake::Fact::Closed { reason: ClosingReason::Graduated, note: None };
    let facts = facts.into_iter().map(events::Fact::from);
    given(stream(), [arrived()].into_iter().chain(facts).chain([closed.into()]))
}

fn facts(facts: impl IntoIterator<Item = Fact>) -> Vec<events::Fact> {
    facts.into_iter().map(Into::into).collect()
}

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

fn interaction() -> Interaction {
    let what = sealed("what");
    Interaction {
        kind: InteractionKind::Call,
        participants: vec![person_of(Role::Innovator)],
        minutes: Some(20),
        topics: vec![],
        summary: sealed("summary"),
        commitments: vec![Commitment { by: Party::Office, what, due: None }],
    }
}

fn attachment(name: &str) -> Attachment {
    Attachment {
        document: DocumentId::derived(name),
        kind: events::DocumentKind::PitchDeck,
        name: sealed(name),
        size_bytes: 10,
        media_type: "application/pdf".parse().expect("a media type"),
        digest: Digest([3; 32]),
        supersedes: None,
    }
}

fn retract(name: &str) -> Command {
    let (document, reason) = (DocumentId::derived(name), sealed("reason"));
    Command::RetractDocument { document, reason }
}

fn retracted(name: &str) -> Fact {
    let (document, reason) = (DocumentId::derived(name), sealed("reason"));
    Fact::DocumentRetracted { document, reason }
}

fn agreed() -> Fact {
    let (action, what) = (ActionId::derived("action"), sealed("what"));
    Fact::ActionAgreed { action, what, by: Party::Innovator, due: None }
}

fn close(result: ActionResult) -> Command {
    Command::CloseAction { action: ActionId::derived("action"), result }
}

fn closed(result: ActionResult) -> Fact {
    Fact::ActionClosed { action: ActionId::derived("action"), result }
}

fn milestone() -> MilestoneId {
    MilestoneId::derived("milestone")
}

fn set() -> Fact {
    let (milestone, what, due) = (milestone(), sealed("what"), day("2026-09-30"));
    Fact::MilestoneSet { milestone, kind: MilestoneKind::Clinical, what, due }
}

fn reached() -> Fact {
    Fact::MilestoneReached { milestone: milestone(), on: day("2026-03-02") }
}

fn reach(on: &str) -> Command {
    Command::ReachMilestone { milestone: milestone(), on: day(on) }
}

fn missed() -> Fact {
    Fact::MilestoneMissed { milestone: milestone(), reason: None }
}

fn miss() -> Command {
    Command::MissMilestone { milestone: milestone(), reason: None }
}

fn advance_to(to: Stage) -> Command {
    Command::AdvanceStage { to, evidence: None }
}

fn advanced(to: Stage) -> Fact {
    Fact::StageAdvanced { from: Stage::Ideation, to, evidence: None }
}

#[test]
fn interactions_and_notes_are_logged_in_closed_cases_too() {
    let innovator = person_of(Role::Innovator);
    for story in [given_case([]), given_closed([]).by(Role::Funding)] {
        story
            .and_person(innovator)
            .when(Command::LogInteraction(interaction()))
            .then(facts([Fact::InteractionLogged(interaction())]));
    }
    given_closed([])
        .by(Role::Platform)
        .when(Command::AddNote { text: sealed("note") })
        .then(facts([Fact::NoteAdded { text: sealed("note") }]));
}

#[test]
fn who_took_part_is_known() {
    let story = given_case([]).when(Command::LogInteraction(interaction()));
    assert_eq!(story.then_refused(Rule::G9).field, Some("participants"));
}

#[test]
fn a_document_is_attached_once() {
    let fact = || Fact::DocumentAttached(attachment("deck"));
    let attach = || Command::AttachDocument(attachment("deck"));
    given_closed([]).when(attach()).then(facts([fact()]));
    given_case([fact()]).when(attach()).then_nothing();
    given_case([fact(), retracted("deck")]).when(attach()).then(facts([fact()]));
    let other = Attachment { digest: Digest([4; 32]), ..attachment("deck") };
    let refusal = given_case([fact()]).when(Command::AttachDocument(other));
    assert_eq!(refusal.then_refused(Rule::G9).reason, "another_file");
}

#[test]
fn a_document_supersedes_one_of_the_case() {
    let newer =
        |old| Attachment { supersedes: Some(DocumentId::derived(old)), ..attachment("newer") };
    let attach = |old| Command::AttachDocument(newer(old));
    let attached = Fact::DocumentAttached(attachment("deck"));
    let fact = Fact::DocumentAttached(newer("deck"));
    given_case([attached]).when(attach("deck")).then(facts([fact]));
    given_case([]).when(attach("deck")).then_refused(Rule::G9);
    given_case([]).when(attach("newer")).then_refused(Rule::G9);
}

#[test]
fn innovators_attach_to_their_own_case_only() {
    let attach = || Command::AttachDocument(attachment("deck"));
    let fact = Fact::DocumentAttached(attachment("deck"));
    given_case([]).by(Role::Innovator).when(attach()).then(facts([fact]));
    given_case([]).by(Role::Innovator).when(retract("deck")).then_refused(Rule::G4);
    let mut other = arrived();
    if let events::Fact::Intake(intake::Fact::Logged(arrival)) = &mut other {
        arrival.contact = person_of(Role::Head);
    }
    given(stream(), [other]).by(Role::Innovator).when(attach()).then_refused(Rule::G9);
}

#[test]
fn a_document_is_retracted_once() {
    let attached = || Fact::DocumentAttached(attachment("deck"));
    given_closed([attached()]).when(retract("deck")).then(facts([retracted("deck")]));
    given_case([attached(), retracted("deck")]).when(retract("deck")).then_nothing();
    given_case([]).when(retract("deck")).then_refused(Rule::G9);
}

#[test]
fn actions_are_agreed_in_open_cases_and_closed_in_any() {
    let (what, by) = (sealed("what"), Party::Innovator);
    let agree = || Command::AgreeAction { what: sealed("what"), by, due: None };
    let agreed_now = Fact::ActionAgreed { action: created(), what, by, due: None };
    given_case([]).when(agree()).then(facts([agreed_now.clone()]));
    given_closed([]).when(agree()).then_refused(Rule::C7);
    given_closed([]).when(agree()).reported().then_irregular(facts([agreed_now]), [Rule::C7]);
    let done = ActionResult::Done;
    given_closed([agreed()]).by(Role::Innovator).when(close(done)).then(facts([closed(done)]));
    given_case([]).when(close(done)).then_refused(Rule::G9);
}

#[test]
fn the_last_word_on_an_action_counts() {
    let dropped = || [agreed(), closed(ActionResult::Dropped)];
    given_case(dropped()).when(close(ActionResult::Dropped)).then_nothing();
    let done = ActionResult::Done;
    given_case(dropped()).when(close(done)).then(facts([closed(done)]));
}

#[test]
fn milestones_are_set_in_open_cases() {
    let (kind, due) = (MilestoneKind::Clinical, day("2026-09-30"));
    let set_now = || Command::SetMilestone { kind, what: sealed("what"), due };
    let fact = Fact::MilestoneSet { milestone: created(), kind, what: sealed("what"), due };
    given_case([]).when(set_now()).then(facts([fact]));
    given_closed([]).when(set_now()).then_refused(Rule::C7);
}

#[test]
fn a_milestone_is_reached_once_and_not_beforehand() {
    given_case([set()]).when(reach("2026-03-02")).then(facts([reached()]));
    given_case([set(), missed()]).when(reach("2026-03-02")).then(facts([reached()]));
    given_case([set(), reached()]).when(reach("2026-03-02")).then_nothing();
    given_case([set()]).when(reach("2026-03-03")).then_refused(Rule::G3);
    given_case([set()]).when(reach("2026-03-03")).reported().then_refused(Rule::G3);
    given_case([]).when(reach("2026-03-02")).then_refused(Rule::G9);
    given_closed([set()]).when(reach("2026-03-02")).then_refused(Rule::C7);
    given_closed([set()])
        .when(reach("2026-03-02"))
        .reported()
        .then_irregular(facts([reached()]), [Rule::C7]);
}

#[test]
fn the_day_is_the_one_in_paris() {
    let late_evening = at("2026-03-02T23:30:00Z");
    let story = given_case([set()]).at(late_evening).when(reach("2026-03-03"));
    let on = day("2026-03-03");
    story.then(facts([Fact::MilestoneReached { milestone: milestone(), on }]));
}

#[test]
fn what_was_reached_is_not_missed() {
    given_case([set()]).when(miss()).then(facts([missed()]));
    given_case([set(), missed()]).when(miss()).then_nothing();
    given_case([set(), reached()]).when(miss()).then_refused(Rule::C7);
    given_case([]).when(miss()).then_refused(Rule::G9);
    given_case([set(), reached()])
        .when(miss())
        .reported()
        .then_irregular(facts([missed()]), [Rule::C7]);
}

#[test]
fn a_stage_moves_forward_step_by_step() {
    given_case([]).when(advance_to(Stage::Creation)).then(facts([advanced(Stage::Creation)]));
    given_case([]).when(advance_to(Stage::Ideation)).then_nothing();
    given_closed([]).when(advance_to(Stage::Creation)).then_refused(Rule::C7);
    let backwards = || given_case([advanced(Stage::Seed)]).when(advance_to(Stage::Creation));
    assert_eq!(backwards().then_refused(Rule::C6).reason, "backwards");
    let (from, to) = (Stage::Seed, Stage::Creation);
    let fact = Fact::StageAdvanced { from, to, evidence: None };
    backwards().reported().then_irregular(facts([fact]), [Rule::C6]);
}

#[test]
fn skipping_a_stage_takes_evidence() {
    let skip = || given_case([]).when(advance_to(Stage::PreSeed));
    assert_eq!(skip().then_refused(Rule::C6).field, Some("evidence"));
    skip().reported().then_irregular(facts([advanced(Stage::PreSeed)]), [Rule::C6]);
    let (from, to, evidence) = (Stage::Ideation, Stage::Seed, Some(sealed("evidence")));
    given_case([])
        .when(Command::AdvanceStage { to, evidence: evidence.clone() })
        .then(facts([Fact::StageAdvanced { from, to, evidence }]));
}

#[test]
fn from_an_unknown_stage_nothing_is_skipped() {
    let unknown = Fact::StageCorrected {
        from: Stage::Ideation,
        to: Stage::Unknown,
        reason: sealed("reason"),
    };
    let (from, to) = (Stage::Unknown, Stage::Acceleration);
    given_case([unknown]).when(advance_to(to)).then(facts([Fact::StageAdvanced {
        from,
        to,
        evidence: None,
    }]));
    given_case([]).when(advance_to(Stage::Unknown)).then_refused(Rule::C6);
}

#[test]
fn a_wrong_stage_is_corrected_either_way_even_after_the_end() {
    let correct = |to| Command::CorrectStage { to, reason: sealed("reason") };
    let corrected = |from, to| Fact::StageCorrected { from, to, reason: sealed("reason") };
    let (ideation, seed) = (Stage::Ideation, Stage::Seed);
    given_case([]).when(correct(seed)).then(facts([corrected(ideation, seed)]));
    given_closed([advanced(seed)]).when(correct(ideation)).then(facts([corrected(seed, ideation)]));
    given_case([]).when(correct(ideation)).then_nothing();
}
