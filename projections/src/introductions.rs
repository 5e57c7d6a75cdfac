//! Introductions of projects to funders and partners.

use events::{
    CaseId, Channel, DeclineReason, DocumentId, EntitlementId, Envelope, Fact, Initiator,
    IntroductionId, IntroductionKind, IntroductionOutcome, IntroductionState, OrganisationId,
    PersonId, Revision, Sealed, ShareScope, Stream, Time, UserId, introduction,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Act, Row};

/// An introduction in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IntroductionRow {
    /// The introduction.
    pub id: IntroductionId,
    /// The short form of its id.
    pub reference: String,
    /// The last revision of its stream.
    pub revision: Revision,
    /// Where it is.
    pub state: IntroductionState,
    /// The project.
    pub case: CaseId,
    /// The funder or partner.
    pub target: OrganisationId,
    /// The person there.
    pub person: Option<PersonId>,
    /// What for.
    pub kind: IntroductionKind,
    /// Who wished for it.
    pub initiated_by: Initiator,
    /// Who looks after it.
    pub owner: UserId,
    /// The innovator's consent.
    pub consent: Option<ShareConsent>,
    /// The target's acceptance.
    pub acceptance: Option<Acceptance>,
    /// When it was proposed.
    pub proposed_at: Time,
    /// When it was made.
    pub made_at: Option<Time>,
    /// What came of it, as last recorded.
    pub outcome: Option<IntroductionOutcome>,
    /// When something last happened in it.
    pub last_activity: Time,
}

/// What the innovator allows to be shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShareConsent {
    /// What may be shared.
    pub scope: Vec<ShareScope>,
    /// Until when.
    pub until: Time,
    /// When it was given.
    pub act: Act,
}

/// The target's acceptance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Acceptance {
    /// Until when.
    pub until: Option<Time>,
    /// When it was given.
    pub act: Act,
}

/// An introduction with everything known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IntroductionFile {
    /// As in a list.
    #[serde(flatten)]
    pub row: IntroductionRow,
    /// Why these two.
    pub rationale: Sealed,
    /// The entitlement it draws on.
    pub entitlement: Option<EntitlementId>,
    /// Who proposed it, when.
    pub proposed: Act,
    /// Why the innovator said no.
    pub refused: Option<Refusal>,
    /// Why the target said no.
    pub declined: Option<Refusal>,
    /// How they were introduced.
    pub made: Option<Introduced>,
    /// What was said since, first to last.
    pub follow_ups: Vec<FollowUp>,
    /// What came of it, first to last.
    pub outcomes: Vec<IntroductionResult>,
    /// Why nothing will come of it.
    pub abandoned: Option<Sealed>,
}

/// A no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// Why.
    pub reason: DeclineReason,
    /// When.
    pub act: Act,
}

/// How project and target were introduced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Introduced {
    /// How.
    pub channel: Channel,
    /// What was shared.
    pub shared: Vec<ShareScope>,
    /// The agreement on confidentiality.
    pub nda: Option<DocumentId>,
    /// Who did it, when.
    pub act: Act,
}

/// What was said after an introduction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FollowUp {
    /// What was said.
    pub summary: Sealed,
    /// When.
    pub act: Act,
}

/// What came of an introduction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IntroductionResult {
    /// What.
    pub outcome: IntroductionOutcome,
    /// More about it.
    pub note: Option<Sealed>,
    /// When it was recorded.
    pub act: Act,
}

impl IntroductionRow {
    /// Whether both sides agree at `at` and it is still to be made (I-1).
    pub fn ready(&self, at: Time) -> bool {
        let accepted = |acceptance: &Acceptance| acceptance.until.is_none_or(|until| at < until);
        self.state == IntroductionState::Proposed
            && self.consent.as_ref().is_some_and(|consent| at < consent.until)
            && self.acceptance.as_ref().is_some_and(accepted)
    }

    fn new(id: IntroductionId, proposal: &introduction::Proposal, first: &Envelope) -> Self {
        Self {
            id,
            reference: id.reference().to_string(),
            revision: first.revision,
            state: IntroductionState::Proposed,
            case: proposal.case,
            target: proposal.target,
            person: proposal.person,
            kind: proposal.kind,
            initiated_by: proposal.initiated_by,
            owner: proposal.owner,
            consent: None,
            acceptance: None,
            proposed_at: first.meta.occurred_at,
            made_at: None,
            outcome: None,
            last_activity: first.meta.occurred_at,
        }
    }

    fn take(&mut self, fact: &introduction::Fact, next: &Envelope) {
        use introduction::Fact;
        let at = next.meta.occurred_at;
        self.state = IntroductionState::after(Some(self.state), fact).unwrap_or(self.state);
        self.last_activity = self.last_activity.max(at);
        match fact {
            Fact::Proposed(proposal) => {
                self.case = proposal.case;
                self.target = proposal.target;
                self.person = proposal.person;
                self.kind = proposal.kind;
                self.initiated_by = proposal.initiated_by;
                self.owner = proposal.owner;
                self.proposed_at = at;
            }
            Fact::InnovatorConsented { scope, until } => {
                let (scope, until) = (scope.clone(), *until);
                self.consent = Some(ShareConsent { scope, until, act: Act::of(next) });
            }
            Fact::InnovatorRefused { .. } => self.consent = None,
            Fact::TargetAccepted { until } => {
                self.acceptance = Some(Acceptance { until: *until, act: Act::of(next) });
            }
            Fact::TargetDeclined { .. } => self.acceptance = None,
            Fact::Made { .. } => self.made_at = Some(at),
            Fact::OutcomeRecorded { outcome, .. } => self.outcome = Some(*outcome),
            Fact::FollowedUp { .. } | Fact::Abandoned { .. } => {}
        }
    }
}

impl Row for IntroductionRow {
    const KIND: &'static str = "introduction";

    fn answers(stream: Stream) -> bool {
        matches!(stream, Stream::Introduction(_))
    }

    fn begin(first: &Envelope) -> Option<Self> {
        let Some(Stream::Introduction(id)) = first.stream.stream() else { return None };
        let Fact::Introduction(introduction::Fact::Proposed(proposal)) = &first.fact else {
            return None;
        };
        Some(Self::new(id, proposal, first))
    }

    fn evolve(&mut self, next: &Envelope) {
        self.revision = next.revision;
        if let Fact::Introduction(fact) = &next.fact {
            self.take(fact, next);
        }
    }
}

impl Row for IntroductionFile {
    const KIND: &'static str = "introduction_file";

    fn answers(stream: Stream) -> bool {
        IntroductionRow::answers(stream)
    }

    fn begin(first: &Envelope) -> Option<Self> {
        let row = IntroductionRow::begin(first)?;
        let Fact::Introduction(introduction::Fact::Proposed(proposal)) = &first.fact else {
            return None;
        };
        Some(Self {
            row,
            rationale: proposal.rationale.clone(),
            entitlement: proposal.entitlement,
            proposed: Act::of(first),
            refused: None,
            declined: None,
            made: None,
            follow_ups: Vec::new(),
            outcomes: Vec::new(),
            abandoned: None,
        })
    }

    fn evolve(&mut self, next: &Envelope) {
        use introduction::Fact;
        self.row.evolve(next);
        let act = Act::of(next);
        let events::Fact::Introduction(fact) = &next.fact else { return };
        match fact {
            Fact::Proposed(proposal) => {
                self.rationale = proposal.rationale.clone();
                self.entitlement = proposal.entitlement;
                self.proposed = act;
            }
            Fact::InnovatorConsented { .. } => self.refused = None,
            Fact::TargetAccepted { .. } => self.declined = None,
            Fact::InnovatorRefused { reason } => {
                self.refused = Some(Refusal { reason: *reason, act });
            }
            Fact::TargetDeclined { reason } => {
                self.declined = Some(Refusal { reason: *reason, act });
            }
            Fact::Made { channel, shared, nda } => {
                let (channel, shared, nda) = (*channel, shared.clone(), *nda);
                self.made = Some(Introduced { channel, shared, nda, act });
            }
            Fact::FollowedUp { summary } => {
                self.follow_ups.push(FollowUp { summary: summary.clone(), act });
            }
            Fact::OutcomeRecorded { outcome, note } => {
                let (outcome, note) = (*outcome, note.clone());
                self.outcomes.push(IntroductionResult { outcome, note, act });
            }
            Fact::Abandoned { reason } => self.abandoned = Some(reason.clone()),
        }
    }
}
