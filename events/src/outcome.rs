//! outcome.: what came of a project: money raised, patents, companies, trials.

use crate::fields::*;

/// What one organisation put in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contribution {
    /// Who.
    pub organisation: OrganisationId,
    /// How much, if that is known.
    #[serde(default)]
    pub amount: Option<Money>,
    /// The introduction it came from.
    #[serde(default)]
    pub introduction: Option<IntroductionId>,
}

/// Something that came of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Result {
    /// What.
    pub kind: OutcomeKind,
    /// The day it was so.
    pub closed_on: Date,
    /// Which round.
    #[serde(default)]
    pub round: Option<FundingRound>,
    /// By which instrument.
    #[serde(default)]
    pub instrument: Option<FundingInstrument>,
    /// The whole amount (M-1).
    #[serde(default)]
    pub total: Option<Money>,
    /// Who put in what.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub contributions: Vec<Contribution>,
    /// How much the office had to do with it.
    pub attribution: Attribution,
    /// From when it may be spoken of.
    #[serde(default)]
    pub public_from: Option<Date>,
    /// What shows it.
    #[serde(default)]
    pub evidence: Option<Sealed>,
}

/// What happens to a project's outcomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Fact {
    /// Something came of it. Version 1 knew one investor and no shares.
    #[serde(rename = "outcome.recorded.v2")]
    Recorded {
        /// The outcome.
        outcome: OutcomeId,
        /// What it is.
        result: Result,
    },
    /// Somebody saw the proof.
    #[serde(rename = "outcome.verified.v1")]
    Verified {
        /// Which.
        outcome: OutcomeId,
        /// What they saw.
        evidence: Sealed,
    },
    /// Somebody doubts it.
    #[serde(rename = "outcome.contested.v1")]
    Contested {
        /// Which.
        outcome: OutcomeId,
        /// Why.
        reason: Sealed,
    },
}

impl Fact {
    /// What may be done about it when it is wrong.
    pub const fn class(&self) -> Class {
        match self {
            Self::Recorded { .. } => Class::Descriptive,
            Self::Verified { .. } | Self::Contested { .. } => Class::Mechanical,
        }
    }

    /// What it is about beside the case.
    pub(crate) fn objects(&self, about: &mut Vec<Object>) {
        match self {
            Self::Recorded { result, .. } => {
                for contribution in &result.contributions {
                    about.push(contribution.organisation.as_object("contributor"));
                    about.extend(contribution.introduction.map(|id| id.as_object("origin")));
                }
            }
            Self::Verified { .. } | Self::Contested { .. } => {}
        }
    }
}
