//! What is read of the API's answer on a case.

use std::collections::BTreeMap;

use events::{
    ApplicantKind, ApplicationId, ApplicationState, Area, CallId, CaseId, CaseRelation, CaseStatus,
    ClosingReason, CoachingTopic, Code, Country, Date, Discipline, DocumentKind, IntakeChannel,
    Interval, MilestoneKind, Money, OfferComponent, OrganisationId, OutcomeKind, Party, PersonId,
    PreselectionOutcome, ReadinessScale, ReferralAnswer, ReferralKind, Revision, Stage, Time,
    UserId,
};
use projections::case_file::{CaseCounts, MilestoneState, SessionState};
use serde::Deserialize;

use crate::cli::tell::AsKnown;
use crate::cli::words::Words;

/// What is told of a case.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::cli) struct CaseFile {
    pub(super) id: CaseId,
    pub(super) revision: Revision,
    pub(super) status: CaseStatus,
    pub(super) on_hold: Option<OnHold>,
    pub(super) arrival: Arrival,
    pub(super) contact: PersonId,
    pub(super) team: Vec<Member>,
    pub(super) carrier: Option<Carrier>,
    pub(super) project: Project,
    pub(super) needs: Vec<OfferComponent>,
    pub(super) readiness: BTreeMap<ReadinessScale, Readiness>,
    pub(super) advisor: Option<UserId>,
    pub(super) mentors: Vec<Mentor>,
    pub(super) applications: Vec<Application>,
    pub(super) coaching: Coaching,
    pub(super) open_actions: Vec<Action>,
    pub(super) milestones: Vec<Milestone>,
    pub(super) documents: Vec<Document>,
    pub(super) open_requests: Vec<Request>,
    pub(super) referrals: Vec<Referral>,
    pub(super) links: Vec<Link>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) counts: CaseCounts,
    pub(super) closed: Option<Closing>,
    pub(super) last_activity: Time,
    #[serde(default)]
    pub(super) as_known: AsKnown,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct OnHold {
    pub(super) reason: Words,
    pub(super) until: Option<Date>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Arrival {
    pub(super) channel: IntakeChannel,
    pub(super) received_at: Time,
    pub(super) applicant_kind: ApplicantKind,
    pub(super) country: Country,
    pub(super) referred_by: Option<OrganisationId>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Member {
    pub(super) person: PersonId,
    pub(super) function: Code,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Carrier {
    pub(super) organisation: OrganisationId,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Project {
    pub(super) title: String,
    pub(super) summary: Words,
    pub(super) stage: Stage,
    pub(super) area: Area,
    #[serde(default)]
    pub(super) disciplines: Vec<Discipline>,
    pub(super) modality: Option<Code>,
    pub(super) indication: Option<Code>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Readiness {
    pub(super) level: u8,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Mentor {
    pub(super) person: PersonId,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Application {
    pub(super) application: ApplicationId,
    pub(super) call: CallId,
    pub(super) state: ApplicationState,
    pub(super) received_at: Time,
    pub(super) late: Option<Lateness>,
    pub(super) decision: Option<Decision>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Lateness {
    pub(super) late_by_minutes: u64,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Decision {
    pub(super) ruling: Ruling,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Ruling {
    pub(super) outcome: PreselectionOutcome,
    pub(super) rationale: Words,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Coaching {
    pub(super) sessions: Vec<Session>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Session {
    pub(super) state: SessionState,
    pub(super) appointment: Option<Appointment>,
    pub(super) held: Option<Held>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Appointment {
    pub(super) interval: Interval,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Held {
    pub(super) interval: Interval,
    #[serde(default)]
    pub(super) topics: Vec<CoachingTopic>,
    pub(super) summary: Words,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Action {
    pub(super) what: Words,
    pub(super) by: Party,
    pub(super) due: Option<Date>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Milestone {
    pub(super) kind: MilestoneKind,
    pub(super) what: Words,
    pub(super) due: Date,
    pub(super) state: MilestoneState,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Document {
    pub(super) kind: DocumentKind,
    pub(super) name: Words,
    pub(super) size_bytes: u64,
    pub(super) retracted: Option<Words>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Request {
    pub(super) question: Words,
    pub(super) due: Option<Date>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Referral {
    pub(super) partner: OrganisationId,
    pub(super) kind: ReferralKind,
    pub(super) answer: Option<ReferralAnswer>,
    pub(super) act: Act,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Link {
    pub(super) case: CaseId,
    pub(super) relation: CaseRelation,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Outcome {
    pub(super) result: Gain,
    pub(super) verified: Option<Words>,
    pub(super) contested: Option<Words>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Gain {
    pub(super) kind: OutcomeKind,
    pub(super) closed_on: Date,
    pub(super) total: Option<Money>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Closing {
    pub(super) reason: ClosingReason,
    pub(super) act: Act,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Act {
    pub(super) at: Time,
}

impl CaseFile {
    /// The people it speaks of.
    pub(in crate::cli) fn people(&self) -> impl Iterator<Item = PersonId> {
        let team = self.team.iter().map(|member| member.person);
        let mentors = self.mentors.iter().map(|mentor| mentor.person);
        [self.contact].into_iter().chain(team).chain(mentors)
    }

    /// The organisations it speaks of.
    pub(in crate::cli) fn organisations(&self) -> impl Iterator<Item = OrganisationId> {
        let carrier = self.carrier.iter().map(|carrier| carrier.organisation);
        let partners = self.referrals.iter().map(|referral| referral.partner);
        carrier.chain(self.arrival.referred_by).chain(partners)
    }

    /// The calls it speaks of.
    pub(in crate::cli) fn calls(&self) -> impl Iterator<Item = CallId> {
        self.applications.iter().map(|application| application.call)
    }

    /// The accounts it speaks of.
    pub(in crate::cli) fn users(&self) -> impl Iterator<Item = UserId> {
        self.advisor.into_iter()
    }
}
