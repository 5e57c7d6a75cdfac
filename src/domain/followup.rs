//! Follow-up: what the office and a project do together, from one interaction to the next.

use events::followup::{Attachment, Fact, Interaction};
use events::{
    ActionId, ActionResult, Date, DocumentId, Labelled, MilestoneId, MilestoneKind, Party, Role,
    Rule, Sealed, Stage,
};
use schemars::JsonSchema;
use serde::Deserialize;
use strum::{IntoStaticStr, VariantNames};

use super::case::{Case, Document, MilestoneState};
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

impl Case {
    /// Takes a fact of this family in.
    pub(super) fn evolve_followup(&mut self, fact: &Fact) {
        match fact {
            Fact::DocumentAttached(attachment) => {
                let document = Document { digest: Some(attachment.digest), counts: true };
                self.documents.insert(attachment.document, document);
            }
            Fact::DocumentRetracted { document, .. } => {
                if let Some(document) = self.documents.get_mut(document) {
                    document.counts = false;
                }
            }
            Fact::ActionAgreed { action, .. } => {
                self.actions.insert(*action, None);
            }
            Fact::ActionClosed { action, result } => {
                self.actions.insert(*action, Some(*result));
            }
            Fact::MilestoneSet { milestone, .. } => {
                self.milestones.insert(*milestone, MilestoneState::Set);
            }
            Fact::MilestoneReached { milestone, .. } => {
                self.milestones.insert(*milestone, MilestoneState::Reached);
            }
            Fact::MilestoneMissed { milestone, .. } => {
                self.milestones.insert(*milestone, MilestoneState::Missed);
            }
            Fact::StageAdvanced { to, .. } | Fact::StageCorrected { to, .. } => {
                self.stage = *to;
                if let Some(project) = &mut self.project {
                    project.stage = *to;
                }
            }
            Fact::InteractionLogged(_) | Fact::NoteAdded { .. } => {}
        }
    }
}

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
mod tests;
