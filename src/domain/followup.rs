//! Follow-up: what the office and a project do together, from one interaction to the next.

use events::followup::{Attachment, Fact, Interaction};
use events::{
    ActionId, ActionResult, Date, DocumentId, Labelled, MilestoneId, MilestoneKind, Party, Role,
    Rule, Sealed, Stage,
};
use schemars::JsonSchema;
use serde::Deserialize;
use strum::{IntoStaticStr, VariantNames};

use super::case::{Case, MilestoneState};
use super::command::{Effect, Spec, Texts};
use super::context::{Context, missing};
use super::intake::open;
use super::{Decision, Refusal, Stop};

/// What can be asked around the follow-up of a project.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[strum(serialize_all = "kebab-case")]
pub enum Command {
    /// Log a call, a meeting, a visit or a message. Closed cases take them too.
    LogInteraction(Interaction),
    /// Add a note for colleagues. Closed cases take them too.
    AddNote {
        /// What.
        text: Sealed,
    },
    /// Put a document that was uploaded into the case's file.
    AttachDocument(Attachment),
    /// Record that a document no longer counts; it stays in the file.
    RetractDocument {
        /// Which.
        document: DocumentId,
        /// Why.
        reason: Sealed,
    },
    /// Record that somebody agreed to do something.
    AgreeAction {
        /// What.
        what: Sealed,
        /// Which side.
        by: Party,
        /// By when.
        due: Option<Date>,
    },
    /// Record how an agreed action ended.
    CloseAction {
        /// Which.
        action: ActionId,
        /// How.
        result: ActionResult,
    },
    /// Set a milestone: where the project means to be by a date.
    SetMilestone {
        /// What about.
        kind: MilestoneKind,
        /// What exactly.
        what: Sealed,
        /// By when.
        due: Date,
    },
    /// Record that the project reached a milestone, though it may have missed it first.
    ReachMilestone {
        /// Which.
        milestone: MilestoneId,
        /// When.
        on: Date,
    },
    /// Record that the project missed a milestone.
    MissMilestone {
        /// Which.
        milestone: MilestoneId,
        /// Why.
        reason: Option<Sealed>,
    },
    /// Record that the project is further than before; skipping a stage takes evidence (C-6).
    AdvanceStage {
        /// Where it is.
        to: Stage,
        /// What shows it.
        evidence: Option<Sealed>,
    },
    /// Correct the project's stage, forwards or backwards (C-6).
    CorrectStage {
        /// What is right.
        to: Stage,
        /// Why.
        reason: Sealed,
    },
}

const OFFICE: &[Role] = &[Role::Advisor, Role::Head, Role::Deputy];
const STAFF: &[Role] = &[Role::Advisor, Role::Head, Role::Deputy, Role::Funding, Role::Platform];
const WITH_INNOVATOR: &[Role] = &[Role::Advisor, Role::Head, Role::Deputy, Role::Innovator];

const fn spec(name: &'static str, roles: &'static [Role], example: &'static str) -> Spec {
    Spec { name, roles, effect: Effect::Adds, texts: Texts::OfStream, example }
}

/// What is said of each command.
pub const SPECS: &[Spec] = &[
    spec(
        "log-interaction",
        STAFF,
        r#"{"kind":"meeting","participants":["5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a01"],
        "minutes":45,"topics":["regulatory"],
        "summary":"Went through the clinical plan; the control arm is still open.",
        "commitments":[{"by":"office","what":"Send the list of ethics committees.",
        "due":"2026-03-09"}]}"#,
    ),
    spec("add-note", STAFF, r#"{"text":"Prefers to be called in the morning."}"#),
    spec(
        "attach-document",
        WITH_INNOVATOR,
        r#"{"document":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a08","kind":"pitch_deck",
        "name":"pitch-march.pdf","size_bytes":184320,"media_type":"application/pdf",
        "digest":"2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"}"#,
    ),
    spec(
        "retract-document",
        OFFICE,
        r#"{"document":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a08",
        "reason":"It belongs to another project."}"#,
    ),
    spec(
        "agree-action",
        OFFICE,
        r#"{"what":"Draft the freedom-to-operate question.","by":"innovator",
        "due":"2026-03-31"}"#,
    ),
    spec(
        "close-action",
        WITH_INNOVATOR,
        r#"{"action":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a09","result":"done"}"#,
    ),
    spec(
        "set-milestone",
        OFFICE,
        r#"{"kind":"regulatory","what":"Scientific advice from the agency.",
        "due":"2026-09-30"}"#,
    ),
    spec(
        "reach-milestone",
        OFFICE,
        r#"{"milestone":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0a","on":"2026-02-27"}"#,
    ),
    spec(
        "miss-milestone",
        OFFICE,
        r#"{"milestone":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0a",
        "reason":"The agency asked for another toxicology study."}"#,
    ),
    spec(
        "advance-stage",
        OFFICE,
        r#"{"to":"seed","evidence":"The company was registered and its first round closed."}"#,
    ),
    spec(
        "correct-stage",
        OFFICE,
        r#"{"to":"creation","reason":"The company is not registered yet."}"#,
    ),
];

/// Decides a command of this family.
///
/// # Errors
/// The rule that forbids it.
pub fn decide(case: &Case, command: &Command, context: &Context<'_>) -> Decision {
    let fact = match command {
        Command::LogInteraction(interaction) => {
            context.known_people(&interaction.participants, "participants")?;
            Fact::InteractionLogged(interaction.clone())
        }
        Command::AddNote { text } => Fact::NoteAdded { text: text.clone() },
        Command::AttachDocument(attachment) => return attach(case, attachment, context),
        Command::RetractDocument { document, reason } => {
            let Some(known) = case.documents.get(document) else {
                return Err(missing("document in this case", "document", FILE).into());
            };
            if !known.counts {
                return Ok(vec![]);
            }
            Fact::DocumentRetracted { document: *document, reason: reason.clone() }
        }
        Command::AgreeAction { what, by, due } => {
            open(case, context)?;
            let action = ActionId::created_by(context.command);
            Fact::ActionAgreed { action, what: what.clone(), by: *by, due: *due }
        }
        Command::CloseAction { action, result } => {
            let Some(ended) = case.actions.get(action) else {
                return Err(missing("action", "action", "the case shows its actions").into());
            };
            if *ended == Some(*result) {
                return Ok(vec![]);
            }
            Fact::ActionClosed { action: *action, result: *result }
        }
        Command::SetMilestone { .. }
        | Command::ReachMilestone { .. }
        | Command::MissMilestone { .. } => return decide_milestone(case, command, context),
        Command::AdvanceStage { to, evidence } => {
            return advance(case, *to, evidence.as_ref(), context);
        }
        Command::CorrectStage { to, reason } => {
            if case.stage == *to {
                return Ok(vec![]);
            }
            Fact::StageCorrected { from: case.stage, to: *to, reason: reason.clone() }
        }
    };
    Ok(vec![fact.into()])
}

const FILE: &str = "the case shows the documents of its file";

fn attach(case: &Case, attachment: &Attachment, context: &Context<'_>) -> Decision {
    let known = case.documents.get(&attachment.document);
    let same = known.is_none_or(|known| known.digest.is_none_or(|it| it == attachment.digest));
    context.keep(same, || {
        Refusal::new(Rule::G9, "another_file", "this id is another file's")
            .at("document")
            .remedy("upload the new file, attach it under its own id, and let it supersede this")
    })?;
    if known.is_some_and(|known| known.counts && known.digest.is_some()) {
        return Ok(vec![]);
    }
    context.keep(attachment.supersedes != Some(attachment.document), || {
        Refusal::new(Rule::G9, "itself", "a document does not supersede itself").at("supersedes")
    })?;
    let there = attachment.supersedes.is_none_or(|old| case.documents.contains_key(&old));
    context.keep(there, || missing("document in this case", "supersedes", FILE))?;
    Ok(vec![Fact::DocumentAttached(attachment.clone()).into()])
}

fn decide_milestone(case: &Case, command: &Command, context: &Context<'_>) -> Decision {
    let known = |id: &MilestoneId| -> Result<MilestoneState, Stop> {
        let known = case.milestones.get(id).copied();
        known.ok_or_else(|| missing("milestone", "milestone", "the case shows them").into())
    };
    let fact = match command {
        Command::SetMilestone { kind, what, due } => {
            open(case, context)?;
            let milestone = MilestoneId::created_by(context.command);
            Fact::MilestoneSet { milestone, kind: *kind, what: what.clone(), due: *due }
        }
        Command::ReachMilestone { milestone, on } => {
            let state = known(milestone)?;
            open(case, context)?;
            context.day_has_come(*on, "on")?;
            if state == MilestoneState::Reached {
                return Ok(vec![]);
            }
            Fact::MilestoneReached { milestone: *milestone, on: *on }
        }
        Command::MissMilestone { milestone, reason } => {
            let state = known(milestone)?;
            open(case, context)?;
            if state == MilestoneState::Missed {
                return Ok(vec![]);
            }
            context.keep(state == MilestoneState::Set, || {
                Refusal::new(Rule::C7, "already_reached", "the project reached this milestone")
                    .at("milestone")
            })?;
            Fact::MilestoneMissed { milestone: *milestone, reason: reason.clone() }
        }
        _ => return Ok(vec![]),
    };
    Ok(vec![fact.into()])
}

/// C-6: a stage moves forward; who skips one shows why.
fn advance(case: &Case, to: Stage, evidence: Option<&Sealed>, context: &Context<'_>) -> Decision {
    open(case, context)?;
    let from = case.stage;
    if from == to {
        return Ok(vec![]);
    }
    context.keep(from < to, || {
        Refusal::new(Rule::C6, "backwards", format!("{to} comes before {from}"))
            .at("to")
            .remedy("if the stage was wrong, say so: POST …/correct-stage")
    })?;
    let place = |stage: Stage| Stage::ALL.iter().position(|known| *known == stage);
    // Nobody skips what was never known.
    let skips = from != Stage::Unknown && place(from).map(|place| place + 1) < place(to);
    context.keep(!skips || evidence.is_some(), || {
        Refusal::new(Rule::C6, "skips_a_stage", format!("from {from} to {to} a stage is skipped"))
            .at("evidence")
            .remedy("say what shows that the project is there, or advance stage by stage")
    })?;
    Ok(vec![Fact::StageAdvanced { from, to, evidence: evidence.cloned() }.into()])
}

#[cfg(test)]
mod tests {
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
        given_closed([advanced(seed)])
            .when(correct(ideation))
            .then(facts([corrected(seed, ideation)]));
        given_case([]).when(correct(ideation)).then_nothing();
    }
}
