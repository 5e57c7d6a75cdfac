//! Intake: a project comes in, gets an advisor, a team, partners, and one day is closed.

use std::collections::BTreeSet;

use events::approval::Matter;
use events::intake::{Arrival, Fact, Project};
use events::{
    CaseId, CaseRelation, CaseStatus, ClosingReason, Code, ConsentId, ConsentScope, Date,
    DocumentId, OfferComponent, OrganisationId, PersonId, ReadinessScale, ReferralAnswer,
    ReferralId, ReferralKind, RequestId, Role, Rule, Sealed, Stage, UserId,
};
use schemars::JsonSchema;
use serde::Deserialize;
use strum::{IntoStaticStr, VariantNames};

use super::case::{Case, Document};
use super::command::{Effect, Spec, Texts};
use super::context::{Context, missing};
use super::person::Person;
use super::{Decision, Refusal, approval};

/// What can be asked around a case's arrival, its team and its follow-up.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[strum(serialize_all = "kebab-case")]
pub enum Command {
    /// Log a project that came in: a case begins.
    LogIntake(Arrival),
    /// Record that the applicant was told their project arrived.
    Acknowledge {
        /// The letter or message, a document of the case.
        letter: Option<DocumentId>,
    },
    /// Make an advisor responsible for the case. Advisors may assign themselves.
    AssignAdvisor {
        /// Who is to follow it.
        advisor: UserId,
    },
    /// Describe the project anew, as a whole: the last description counts.
    DescribeProject(Project),
    /// Record which parts of the offer they ask for, all of them.
    ExpressNeeds {
        /// All of them.
        #[schemars(length(max = 8))]
        needs: Vec<OfferComponent>,
    },
    /// Assess the project's readiness on a scale.
    AssessReadiness {
        /// Which scale.
        scale: ReadinessScale,
        /// From 1; up to 10 on the manufacturing scale, 9 on the others.
        #[schemars(range(min = 1, max = 10))]
        level: u8,
        /// What shows it.
        evidence: Option<Sealed>,
    },
    /// Add somebody to the project's team, or give a member another function.
    AddTeamMember {
        /// Who.
        person: PersonId,
        /// As what: `ceo`, `cso`, `principal_investigator` …
        function: Code,
    },
    /// Record that somebody left the team.
    RemoveTeamMember {
        /// Who.
        person: PersonId,
    },
    /// Record that another organisation carries the project.
    ChangeCarrier {
        /// Which.
        organisation: OrganisationId,
        /// Since when.
        from: Date,
    },
    /// Ask the innovator for something.
    RequestInformation {
        /// What for.
        question: Sealed,
        /// By when.
        due: Option<Date>,
    },
    /// Record the innovator's answer.
    ProvideInformation {
        /// The request it answers.
        request: RequestId,
        /// What they said.
        answer: Option<Sealed>,
        /// What they sent: documents of the case.
        #[serde(default)]
        #[schemars(length(max = 50))]
        documents: Vec<DocumentId>,
    },
    /// Log that a partner told the office about the project.
    ReceiveReferral {
        /// The partner.
        partner: OrganisationId,
        /// What they said.
        note: Option<Sealed>,
    },
    /// Pass the project to a partner: signpost it, or hand it over with consent.
    SendReferral {
        /// To whom.
        partner: OrganisationId,
        /// Signposted or handed over.
        kind: ReferralKind,
        /// The contact's consent that names the partner; needed to hand over (F-1).
        consent: Option<ConsentId>,
        /// Why.
        reason: Sealed,
    },
    /// Record what the partner said; their last answer counts.
    AnswerReferral {
        /// Which referral.
        referral: ReferralId,
        /// What they said.
        answer: ReferralAnswer,
    },
    /// Link the case with another.
    LinkCase {
        /// The other.
        other: CaseId,
        /// How they belong together.
        relation: CaseRelation,
    },
    /// Put the case on hold: nothing is expected for a while. Again, with another date, to move it.
    PutOnHold {
        /// Why.
        reason: Sealed,
        /// Until when.
        until: Option<Date>,
    },
    /// Go on with a case that was on hold.
    Resume {},
    /// Close the case. Interactions, notes and outcomes are still logged afterwards.
    Close {
        /// Why.
        reason: ClosingReason,
        /// More about why.
        note: Option<Sealed>,
    },
    /// Work on a closed case again, once a second person agrees (G-8).
    Reopen {
        /// Why.
        reason: Sealed,
    },
}

const OFFICE: &[Role] = &[Role::Advisor, Role::Head, Role::Deputy];
const HEADS: &[Role] = &[Role::Head, Role::Deputy];

const fn spec(name: &'static str, roles: &'static [Role], example: &'static str) -> Spec {
    Spec { name, roles, effect: Effect::Adds, texts: Texts::OfStream, example }
}

/// What is said of each command.
pub const SPECS: &[Spec] = &[
    Spec {
        effect: Effect::Creates,
        ..spec(
            "log-intake",
            OFFICE,
            r#"{"channel":"email","received_at":"2026-03-02T08:45:00Z",
            "contact":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a01","applicant_kind":"lab_team",
            "country":"FR","project":{"title":"Liquid biopsy for pancreatic cancer",
            "summary":"Detects circulating tumour DNA six months before imaging does.",
            "stage":"ideation","area":"diagnostics","disciplines":["biology","statistics"],
            "modality":"liquid_biopsy","indication":"pancreas"},"needs":["mentors","samples"]}"#,
        )
    },
    spec("acknowledge", OFFICE, "{}"),
    spec("assign-advisor", OFFICE, r#"{"advisor":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a02"}"#),
    spec(
        "describe-project",
        OFFICE,
        r#"{"title":"Liquid biopsy for pancreatic cancer","summary":"Now with a second marker.",
        "stage":"creation","area":"diagnostics","disciplines":["biology"]}"#,
    ),
    spec("express-needs", OFFICE, r#"{"needs":["mentors","funding"]}"#),
    spec(
        "assess-readiness",
        OFFICE,
        r#"{"scale":"trl","level":3,"evidence":"First results on forty plasma samples."}"#,
    ),
    spec(
        "add-team-member",
        OFFICE,
        r#"{"person":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a03","function":"cso"}"#,
    ),
    spec("remove-team-member", OFFICE, r#"{"person":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a03"}"#),
    spec(
        "change-carrier",
        OFFICE,
        r#"{"organisation":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a04","from":"2026-03-01"}"#,
    ),
    spec(
        "request-information",
        OFFICE,
        r#"{"question":"Who owns the patent on the probe?","due":"2026-03-20"}"#,
    ),
    spec(
        "provide-information",
        &[Role::Advisor, Role::Head, Role::Deputy, Role::Innovator],
        r#"{"request":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a05",
        "answer":"The university owns it and grants us an option."}"#,
    ),
    spec(
        "receive-referral",
        OFFICE,
        r#"{"partner":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a04","note":"Met them at our open day."}"#,
    ),
    spec(
        "send-referral",
        OFFICE,
        r#"{"partner":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a04","kind":"signposted",
        "reason":"They run the incubator that fits this stage."}"#,
    ),
    spec(
        "answer-referral",
        OFFICE,
        r#"{"referral":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a06","answer":"accepted"}"#,
    ),
    spec(
        "link-case",
        OFFICE,
        r#"{"other":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a07","relation":"follow_up_of"}"#,
    ),
    spec(
        "put-on-hold",
        OFFICE,
        r#"{"reason":"The team waits for its ethics approval.","until":"2026-06-01"}"#,
    ),
    spec("resume", OFFICE, "{}"),
    Spec {
        effect: Effect::Decides,
        ..spec("close", HEADS, r#"{"reason":"objectives_met","note":"The company stands alone."}"#)
    },
    Spec {
        effect: Effect::Decides,
        ..spec("reopen", HEADS, r#"{"reason":"They come back with a second indication."}"#)
    },
];

impl Case {
    /// Takes a fact of this family in.
    pub(super) fn evolve_intake(&mut self, fact: &Fact) {
        self.status = self.status.map(|status| status.after(fact));
        match fact {
            Fact::Logged(arrival) => {
                self.status.get_or_insert(CaseStatus::Received);
                self.contact = Some(arrival.contact);
                self.carrier = arrival.organisation;
                self.needs.clone_from(&arrival.needs);
                self.stage = arrival.project.stage;
                self.project = Some(arrival.project.clone());
                let unseen = Document { digest: None, counts: true };
                self.documents.extend(arrival.source_document.map(|document| (document, unseen)));
            }
            Fact::Acknowledged { .. } => self.acknowledged = true,
            Fact::AdvisorAssigned { advisor, .. } => self.advisor = Some(*advisor),
            Fact::ProjectDescribed { project } => {
                self.stage = project.stage;
                self.project = Some(project.clone());
            }
            Fact::NeedsExpressed { needs } => self.needs.clone_from(needs),
            Fact::TeamMemberJoined { person, function } => {
                self.team.insert(*person, function.clone());
            }
            Fact::TeamMemberLeft { person } => {
                self.team.remove(person);
            }
            Fact::CarrierChanged { organisation, .. } => self.carrier = Some(*organisation),
            Fact::InformationRequested { request, .. } => {
                self.requests.insert(*request, false);
            }
            Fact::InformationProvided { request, .. } => {
                self.requests.insert(*request, true);
            }
            Fact::ReferralSent { referral, .. } => {
                self.referrals.insert(*referral, None);
            }
            Fact::ReferralAnswered { referral, answer } => {
                self.referrals.insert(*referral, Some(*answer));
            }
            Fact::CaseLinked { other, relation } => {
                self.links.insert(*other, *relation);
            }
            Fact::PutOnHold { until, .. } => self.on_hold = Some(*until),
            Fact::Resumed {} | Fact::Reopened { .. } => self.on_hold = None,
            Fact::ReadinessAssessed { .. }
            | Fact::ReferralReceived { .. }
            | Fact::Closed { .. } => {}
        }
    }
}

/// Decides a command of this family.
///
/// # Errors
/// The rule that forbids it.
pub fn decide(case: &Case, command: &Command, context: &Context<'_>) -> Decision {
    let fact = match command {
        Command::LogIntake(arrival) => return log_intake(case, arrival, context),
        Command::Acknowledge { letter } => {
            if case.acknowledged {
                return Ok(vec![]);
            }
            attached(case, letter, "letter", context)?;
            Fact::Acknowledged { letter: *letter }
        }
        Command::AssignAdvisor { advisor } => return assign(case, *advisor, context),
        Command::DescribeProject(project) => {
            open(case, context)?;
            if case.project.as_ref() == Some(project) {
                return Ok(vec![]);
            }
            stage_unchanged(case, project, context)?;
            Fact::ProjectDescribed { project: project.clone() }
        }
        Command::ExpressNeeds { needs } => {
            open(case, context)?;
            if BTreeSet::from_iter(&case.needs) == BTreeSet::from_iter(needs) {
                return Ok(vec![]);
            }
            Fact::NeedsExpressed { needs: needs.clone() }
        }
        Command::AssessReadiness { scale, level, evidence } => {
            open(case, context)?;
            readiness(*scale, *level, context)?;
            Fact::ReadinessAssessed { scale: *scale, level: *level, evidence: evidence.clone() }
        }
        Command::AddTeamMember { .. }
        | Command::RemoveTeamMember { .. }
        | Command::ChangeCarrier { .. } => return decide_team(case, command, context),
        Command::RequestInformation { .. } | Command::ProvideInformation { .. } => {
            return decide_information(case, command, context);
        }
        Command::ReceiveReferral { .. }
        | Command::SendReferral { .. }
        | Command::AnswerReferral { .. } => return decide_referral(case, command, context),
        Command::LinkCase { other, relation } => {
            context.keep(*other != case.id, || {
                Refusal::new(Rule::G9, "itself", "a case is not linked with itself").at("other")
            })?;
            context.known_case(*other, "other")?;
            if case.links.get(other) == Some(relation) {
                return Ok(vec![]);
            }
            Fact::CaseLinked { other: *other, relation: *relation }
        }
        Command::PutOnHold { .. }
        | Command::Resume {}
        | Command::Close { .. }
        | Command::Reopen { .. } => return decide_life(case, command, context),
    };
    Ok(vec![fact.into()])
}

fn log_intake(case: &Case, arrival: &Arrival, context: &Context<'_>) -> Decision {
    if case.exists() {
        return Ok(vec![]);
    }
    context.known_person(arrival.contact, "contact")?;
    for (organisation, field) in
        [(arrival.organisation, "organisation"), (arrival.referred_by, "referred_by")]
    {
        if let Some(organisation) = organisation {
            context.known_organisation(organisation, field)?;
        }
    }
    context.has_come(arrival.received_at, "received_at")?;
    Ok(vec![Fact::Logged(arrival.clone()).into()])
}

fn assign(case: &Case, advisor: UserId, context: &Context<'_>) -> Decision {
    open(case, context)?;
    let holds = context.access()?.holds(advisor, Role::Advisor, Some(case.id), context.now);
    context.keep(holds, || {
        Refusal::new(Rule::G4, "not_an_advisor", "this user is not an advisor")
            .at("advisor")
            .remedy("choose one of GET /v1/users?role=advisor")
    })?;
    if case.advisor == Some(advisor) {
        return Ok(vec![]);
    }
    Ok(vec![Fact::AdvisorAssigned { advisor, previous: case.advisor }.into()])
}

fn decide_team(case: &Case, command: &Command, context: &Context<'_>) -> Decision {
    open(case, context)?;
    let fact = match command {
        Command::AddTeamMember { person, function } => {
            context.known_person(*person, "person")?;
            if case.team.get(person) == Some(function) {
                return Ok(vec![]);
            }
            Fact::TeamMemberJoined { person: *person, function: function.clone() }
        }
        Command::RemoveTeamMember { person } => {
            if !case.team.contains_key(person) {
                return Ok(vec![]);
            }
            Fact::TeamMemberLeft { person: *person }
        }
        Command::ChangeCarrier { organisation, from } => {
            context.known_organisation(*organisation, "organisation")?;
            if case.carrier == Some(*organisation) {
                return Ok(vec![]);
            }
            Fact::CarrierChanged { organisation: *organisation, from: *from }
        }
        _ => return Ok(vec![]),
    };
    Ok(vec![fact.into()])
}

fn decide_information(case: &Case, command: &Command, context: &Context<'_>) -> Decision {
    let fact = match command {
        Command::RequestInformation { question, due } => {
            open(case, context)?;
            let request = RequestId::created_by(context.command);
            Fact::InformationRequested { request, question: question.clone(), due: *due }
        }
        Command::ProvideInformation { request, answer, documents } => {
            context.keep(case.requests.contains_key(request), || {
                missing("request", "request", "the case shows its open requests")
            })?;
            if documents.is_empty() && answer.is_none() {
                return Err(Refusal::new(Rule::G9, "empty", "neither an answer nor a document")
                    .at("answer")
                    .into());
            }
            for document in documents {
                attached(case, &Some(*document), "documents", context)?;
            }
            Fact::InformationProvided {
                request: *request,
                answer: answer.clone(),
                documents: documents.clone(),
            }
        }
        _ => return Ok(vec![]),
    };
    Ok(vec![fact.into()])
}

fn decide_referral(case: &Case, command: &Command, context: &Context<'_>) -> Decision {
    let fact = match command {
        Command::ReceiveReferral { partner, note } => {
            context.known_organisation(*partner, "partner")?;
            Fact::ReferralReceived { partner: *partner, note: note.clone() }
        }
        Command::SendReferral { partner, kind, consent, reason } => {
            open(case, context)?;
            context.known_organisation(*partner, "partner")?;
            if *kind == ReferralKind::HandedOver || consent.is_some() {
                consented(case, *partner, *consent, context)?;
            }
            Fact::ReferralSent {
                referral: ReferralId::created_by(context.command),
                partner: *partner,
                kind: *kind,
                consent: *consent,
                reason: reason.clone(),
            }
        }
        Command::AnswerReferral { referral, answer } => {
            let Some(known) = case.referrals.get(referral) else {
                return Err(missing("referral", "referral", "the case shows its referrals").into());
            };
            if *known == Some(*answer) {
                return Ok(vec![]);
            }
            Fact::ReferralAnswered { referral: *referral, answer: *answer }
        }
        _ => return Ok(vec![]),
    };
    Ok(vec![fact.into()])
}

/// F-1: a hand-over needs the contact's consent that names the recipient and still holds.
fn consented(
    case: &Case,
    partner: OrganisationId,
    consent: Option<ConsentId>,
    context: &Context<'_>,
) -> Result<(), super::Stop> {
    let holds = match (case.contact, consent) {
        (Some(contact), Some(consent)) => {
            // Given under the record that the case names, or under the one it goes on as.
            let now = context.person_now(contact)?;
            allows(context.person(contact)?, consent, partner, context)?
                || allows(context.person(now)?, consent, partner, context)?
        }
        _ => false,
    };
    context.keep(holds, || {
        let message = "a hand-over needs the contact's consent that names this partner";
        Refusal::new(Rule::F1, "no_consent", message)
            .at("consent")
            .remedy("record it first: POST /v1/people/{person}/give-consent; or signpost")
    })
}

/// Whether a consent on this record allows a hand-over to the partner, under whichever record of
/// the partner's it was given.
fn allows(
    person: &Person,
    consent: ConsentId,
    partner: OrganisationId,
    context: &Context<'_>,
) -> Result<bool, super::Stop> {
    let recipient = person.recipient_of(consent);
    let named = match recipient {
        Some(named) => named == partner || context.organisation_now(named)? == partner,
        None => false,
    };
    let scope = ConsentScope::ReferralToPartner;
    Ok(named && person.consents_to(consent, scope, recipient, context.occurred_at))
}

fn decide_life(case: &Case, command: &Command, context: &Context<'_>) -> Decision {
    let closed = case.status == Some(CaseStatus::Closed);
    let fact = match command {
        Command::PutOnHold { reason, until } => {
            open(case, context)?;
            if case.on_hold == Some(*until) {
                return Ok(vec![]);
            }
            Fact::PutOnHold { reason: reason.clone(), until: *until }
        }
        Command::Resume {} => {
            if case.on_hold.is_none() {
                return Ok(vec![]);
            }
            Fact::Resumed {}
        }
        Command::Close { reason, note } => {
            if closed {
                return Ok(vec![]);
            }
            Fact::Closed { reason: *reason, note: note.clone() }
        }
        Command::Reopen { reason } => {
            let facts = reopened(case, reason)?;
            if facts.is_empty() {
                return Ok(facts);
            }
            return approval::ask(Matter::Reopening { reason: reason.clone() }, facts, context);
        }
        _ => return Ok(vec![]),
    };
    Ok(vec![fact.into()])
}

/// A closed case is worked on again.
///
/// # Errors
/// Never: an open case stays as it is.
pub(super) fn reopened(case: &Case, reason: &Sealed) -> Decision {
    match case.status {
        Some(CaseStatus::Closed) => Ok(vec![Fact::Reopened { reason: reason.clone() }.into()]),
        _ => Ok(vec![]),
    }
}

/// C-7: in a closed case the office only logs what still comes in.
pub(super) fn open(case: &Case, context: &Context<'_>) -> Result<(), super::Stop> {
    context.keep(case.is_open(), || {
        Refusal::new(Rule::C7, "case_closed", "the case is closed")
            .remedy("the head of the office can reopen it: POST …/reopen")
    })
}

/// G-9: a document that a command names is in the case's file and counts.
pub(super) fn attached(
    case: &Case,
    document: &Option<DocumentId>,
    field: &'static str,
    context: &Context<'_>,
) -> Result<(), super::Stop> {
    let counts = |id: DocumentId| case.documents.get(&id).is_some_and(|known| known.counts);
    let there = document.is_none_or(counts);
    context.keep(there, || {
        missing("document in this case", field, "attach it first: POST …/attach-document")
    })
}

/// C-6: describing a project anew does not move its stage.
fn stage_unchanged(
    case: &Case,
    project: &Project,
    context: &Context<'_>,
) -> Result<(), super::Stop> {
    let same = project.stage == case.stage || case.stage == Stage::Unknown;
    context.keep(same, || {
        let message = format!("the stage is {}; a description does not move it", case.stage);
        Refusal::new(Rule::C6, "stage_moved", message)
            .at("stage")
            .remedy("move it with advance-stage or correct-stage")
    })
}

pub(super) fn readiness(
    scale: ReadinessScale,
    level: u8,
    context: &Context<'_>,
) -> Result<(), super::Stop> {
    let most = if scale == ReadinessScale::Mrl { 10 } else { 9 };
    context.keep((1..=most).contains(&level), || {
        Refusal::new(Rule::G9, "off_the_scale", format!("{scale} goes from 1 to {most}"))
            .at("level")
    })
}

#[cfg(test)]
mod tests;
