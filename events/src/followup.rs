//! followup.: everything the office and a project do together.

use crate::fields::*;

/// Something a party promised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Commitment {
    /// Who promised.
    pub by: Party,
    /// What.
    pub what: Sealed,
    /// By when.
    #[serde(default)]
    pub due: Option<Date>,
}

/// A call, a meeting, a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Interaction {
    /// What kind.
    pub kind: InteractionKind,
    /// Who took part.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub participants: Vec<PersonId>,
    /// How long, minutes.
    #[serde(default)]
    #[schemars(range(max = 10_080))]
    pub minutes: Option<u32>,
    /// What about.
    #[serde(default)]
    #[schemars(length(max = 12))]
    pub topics: Vec<CoachingTopic>,
    /// What was said.
    pub summary: Sealed,
    /// What was promised.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub commitments: Vec<Commitment>,
}

/// A sealed document of the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// The document.
    pub document: DocumentId,
    /// What it is.
    pub kind: DocumentKind,
    /// Its file name.
    pub name: Sealed,
    /// Size in clear, bytes.
    #[schemars(range(max = 26_214_400))]
    pub size_bytes: u64,
    /// Its media type.
    pub media_type: MediaType,
    /// SHA-256 of the sealed file.
    pub digest: Digest,
    /// The document it replaces.
    #[serde(default)]
    pub supersedes: Option<DocumentId>,
}

/// What the office and a project do together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Fact {
    /// They met, spoke or wrote.
    #[serde(rename = "followup.interaction-logged.v1")]
    InteractionLogged(Interaction),
    /// Somebody noted something.
    #[serde(rename = "followup.note-added.v1")]
    NoteAdded {
        /// What.
        text: Sealed,
    },
    /// A document joined the file.
    #[serde(rename = "followup.document-attached.v1")]
    DocumentAttached(Attachment),
    /// A document no longer counts; it stays in the file.
    #[serde(rename = "followup.document-retracted.v1")]
    DocumentRetracted {
        /// Which.
        document: DocumentId,
        /// Why.
        reason: Sealed,
    },
    /// Somebody agreed to do something.
    #[serde(rename = "followup.action-agreed.v1")]
    ActionAgreed {
        /// The action.
        action: ActionId,
        /// What.
        what: Sealed,
        /// Which side.
        by: Party,
        /// By when.
        due: Option<Date>,
    },
    /// The action is over.
    #[serde(rename = "followup.action-closed.v1")]
    ActionClosed {
        /// Which.
        action: ActionId,
        /// How.
        result: ActionResult,
    },
    /// The project means to be somewhere by a date.
    #[serde(rename = "followup.milestone-set.v1")]
    MilestoneSet {
        /// The milestone.
        milestone: MilestoneId,
        /// What about.
        kind: MilestoneKind,
        /// What exactly.
        what: Sealed,
        /// By when.
        due: Date,
    },
    /// It got there.
    #[serde(rename = "followup.milestone-reached.v1")]
    MilestoneReached {
        /// Which.
        milestone: MilestoneId,
        /// When.
        on: Date,
    },
    /// It did not.
    #[serde(rename = "followup.milestone-missed.v1")]
    MilestoneMissed {
        /// Which.
        milestone: MilestoneId,
        /// Why.
        reason: Option<Sealed>,
    },
    /// The project is further than before (C-6).
    #[serde(rename = "followup.stage-advanced.v1")]
    StageAdvanced {
        /// Where it was.
        from: Stage,
        /// Where it is.
        to: Stage,
        /// What shows it; needed to skip a stage.
        evidence: Option<Sealed>,
    },
    /// The stage had been wrong (C-6).
    #[serde(rename = "followup.stage-corrected.v1")]
    StageCorrected {
        /// What was said before.
        from: Stage,
        /// What is right.
        to: Stage,
        /// Why.
        reason: Sealed,
    },
}

impl Fact {
    /// What may be done about it when it is wrong.
    pub const fn class(&self) -> Class {
        match self {
            Self::InteractionLogged(_)
            | Self::NoteAdded { .. }
            | Self::ActionAgreed { .. }
            | Self::ActionClosed { .. }
            | Self::MilestoneSet { .. }
            | Self::MilestoneReached { .. }
            | Self::MilestoneMissed { .. } => Class::Descriptive,
            Self::DocumentAttached(_)
            | Self::DocumentRetracted { .. }
            | Self::StageAdvanced { .. }
            | Self::StageCorrected { .. } => Class::Mechanical,
        }
    }

    /// Where it says that the project is.
    pub const fn stage(&self) -> Option<Stage> {
        match self {
            Self::StageAdvanced { to, .. } | Self::StageCorrected { to, .. } => Some(*to),
            Self::InteractionLogged(_)
            | Self::NoteAdded { .. }
            | Self::DocumentAttached(_)
            | Self::DocumentRetracted { .. }
            | Self::ActionAgreed { .. }
            | Self::ActionClosed { .. }
            | Self::MilestoneSet { .. }
            | Self::MilestoneReached { .. }
            | Self::MilestoneMissed { .. } => None,
        }
    }

    /// What it is about beside the case.
    pub(crate) fn objects(&self, about: &mut Vec<Object>) {
        match self {
            Self::InteractionLogged(interaction) => {
                about.extend(interaction.participants.iter().map(|id| id.as_object("participant")));
            }
            Self::DocumentAttached(attachment) => {
                about.push(attachment.document.as_object("attached"));
                about.extend(attachment.supersedes.map(|id| id.as_object("superseded")));
            }
            Self::DocumentRetracted { document, .. } => about.push(document.as_object("retracted")),
            Self::NoteAdded { .. }
            | Self::ActionAgreed { .. }
            | Self::ActionClosed { .. }
            | Self::MilestoneSet { .. }
            | Self::MilestoneReached { .. }
            | Self::MilestoneMissed { .. }
            | Self::StageAdvanced { .. }
            | Self::StageCorrected { .. } => {}
        }
    }
}
