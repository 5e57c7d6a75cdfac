//! Who may have a say, whether an application is eligible, and what becomes of it.

use std::collections::BTreeMap;

use chrono::Days;
use events::policy::{Criterion, PolicyBody};
use events::selection::{Fact, Finding, Ruling};
use events::{
    ApplicationId, ApplicationState, Channel, Code, ConflictGround, CriterionResult, Date,
    DocumentId, EligibilityOutcome, EventId, PersonId, PolicyKind, Rule, Sealed,
};

use super::{in_state, known, not_conflicted, quote_bound, unconflicted};
use crate::domain::call::Call;
use crate::domain::case::{Application, Case, Declaration};
use crate::domain::context::{Context, missing};
use crate::domain::intake::{attached, open};
use crate::domain::{Decision, Refusal, Stop};

pub(super) fn declare_conflict(
    case: &Case,
    application: ApplicationId,
    ground: ConflictGround,
    description: Option<&Sealed>,
    context: &Context<'_>,
) -> Decision {
    let person = context.sender.person;
    if let Some(Declaration::Conflict(grounds)) =
        known(case, application)?.declarations.get(&person)
        && grounds.contains(&ground)
    {
        return Ok(vec![]);
    }
    let description = description.cloned();
    Ok(vec![Fact::ConflictDeclared { application, person, ground, description }.into()])
}

pub(super) fn declare_no_conflict(
    case: &Case,
    application: ApplicationId,
    context: &Context<'_>,
) -> Decision {
    let person = context.sender.person;
    let known = known(case, application)?;
    // Not even a report takes a conflict back: nobody assesses their own.
    let stands = || {
        let message = "you declared a conflict on this application; that stands";
        Refusal::new(Rule::C8, "conflict_declared", message)
            .at("application")
            .remedy("leave the application to a colleague")
    };
    match known.declarations.get(&person) {
        Some(Declaration::NoConflict) => Ok(vec![]),
        Some(Declaration::Conflict(_)) => Err(stands().into()),
        None if context.sender_is_among(known.conflicted())? => Err(stands().into()),
        None => Ok(vec![Fact::NoConflictDeclared { application, person }.into()]),
    }
}

pub(super) fn assess(
    case: &Case,
    application: ApplicationId,
    results: &BTreeMap<Code, Finding>,
    context: &Context<'_>,
) -> Decision {
    let known = known(case, application)?;
    open(case, context)?;
    let message = "only a submitted application is assessed";
    in_state(known, &[ApplicationState::Submitted], message, context)?;
    unconflicted(known, context)?;
    let call = context.call(known.call)?;
    let criteria = criteria(call, context)?;
    quote_bound(call, context);
    complete(criteria, results, context)?;
    let outcome = follows(criteria, results);
    reasoned(criteria, results, context)?;
    let results = results.clone();
    Ok(vec![Fact::EligibilityAssessed { application, results, outcome }.into()])
}

/// The criteria of the version that the call was opened under.
fn criteria<'a>(call: &Call, context: &Context<'a>) -> Result<&'a [Criterion], Stop> {
    let policy = context.policy(PolicyKind::Eligibility)?;
    let bound = call.policies.get(&PolicyKind::Eligibility);
    bound.and_then(|version| policy.eligibility_version(*version)).ok_or_else(|| {
        let message = "the call was opened without eligibility criteria";
        Refusal::new(Rule::G6, "no_criteria", message)
            .remedy("carry the application over to a call that has them")
            .into()
    })
}

/// C-3: each criterion has a result, and nothing else has.
fn complete(
    criteria: &[Criterion],
    results: &BTreeMap<Code, Finding>,
    context: &Context<'_>,
) -> Result<(), Stop> {
    let listed =
        |codes: Vec<&Code>| codes.into_iter().map(Code::as_str).collect::<Vec<_>>().join(", ");
    let codes = criteria.iter().map(|criterion| &criterion.code);
    let absent: Vec<_> = codes.filter(|code| !results.contains_key(code)).collect();
    context.keep(absent.is_empty(), || {
        let message = format!("these criteria have no result: {}", listed(absent));
        Refusal::new(Rule::C3, "criterion_missing", message)
            .at("results")
            .remedy("give each a result; insufficient_information is one")
    })?;
    let known = |code: &Code| criteria.iter().any(|criterion| criterion.code == *code);
    let strange: Vec<_> = results.keys().filter(|code| !known(code)).collect();
    context.keep(strange.is_empty(), || {
        let message = format!("these are no criteria of the call: {}", listed(strange));
        Refusal::new(Rule::C3, "criterion_unknown", message)
            .at("results")
            .remedy("GET /v1/policies/eligibility shows the criteria of each version")
    })
}

/// What a mandatory criterion came to. One without a result, which only a report may have, was
/// not looked at: nobody knows.
fn result(criterion: &Criterion, results: &BTreeMap<Code, Finding>) -> CriterionResult {
    let finding = results.get(&criterion.code);
    finding.map_or(CriterionResult::InsufficientInformation, |finding| finding.result)
}

/// C-3: one mandatory criterion not met is enough; so is one that nobody knows of, for later.
fn follows(criteria: &[Criterion], results: &BTreeMap<Code, Finding>) -> EligibilityOutcome {
    let mandatory = criteria.iter().filter(|criterion| criterion.mandatory);
    let found: Vec<_> = mandatory.map(|criterion| result(criterion, results)).collect();
    if found.contains(&CriterionResult::NotMet) {
        EligibilityOutcome::Ineligible
    } else if found.contains(&CriterionResult::InsufficientInformation) {
        EligibilityOutcome::Incomplete
    } else {
        EligibilityOutcome::Eligible
    }
}

/// C-5: each mandatory criterion that stands in the way says why.
fn reasoned(
    criteria: &[Criterion],
    results: &BTreeMap<Code, Finding>,
    context: &Context<'_>,
) -> Result<(), Stop> {
    let unexplained = criteria.iter().find(|criterion| {
        let explained = results.get(&criterion.code).is_none_or(|it| it.evidence.is_some());
        criterion.mandatory && !explained && stands_in_the_way(result(criterion, results))
    });
    context.keep(unexplained.is_none(), || {
        let code = unexplained.map_or("", |criterion| criterion.code.as_str());
        Refusal::new(Rule::C5, "no_reason", format!("nothing says why {code} fails"))
            .at("results")
            .remedy("give the failing criterion its evidence")
    })
}

const fn stands_in_the_way(result: CriterionResult) -> bool {
    match result {
        CriterionResult::NotMet | CriterionResult::InsufficientInformation => true,
        CriterionResult::Met | CriterionResult::NotApplicable => false,
    }
}

pub(super) fn give_opinion(
    case: &Case,
    application: ApplicationId,
    opinion: &Ruling,
    context: &Context<'_>,
) -> Decision {
    let known = known(case, application)?;
    open(case, context)?;
    let undecided = &[ApplicationState::Submitted, ApplicationState::Eligible];
    in_state(known, undecided, "an opinion comes before the decision", context)?;
    not_conflicted(known, context)?;
    Ok(vec![Fact::PreselectionOpinionGiven { application, opinion: opinion.clone() }.into()])
}

pub(super) fn propose(
    case: &Case,
    application: ApplicationId,
    ruling: &Ruling,
    context: &Context<'_>,
) -> Decision {
    decidable(case, application, context)?;
    Ok(vec![Fact::PreselectionProposed { application, ruling: ruling.clone() }.into()])
}

pub(super) fn log_meeting(
    case: &Case,
    application: ApplicationId,
    date: Date,
    present: &[PersonId],
    context: &Context<'_>,
) -> Decision {
    known(case, application)?;
    context.day_has_come(date, "date")?;
    context.known_people(present, "present")?;
    let present = present.to_vec();
    Ok(vec![Fact::PreselectionMeetingHeld { application, date, present }.into()])
}

pub(super) fn decide(
    case: &Case,
    application: ApplicationId,
    ruling: &Ruling,
    proposal: EventId,
    context: &Context<'_>,
) -> Decision {
    let known = decidable(case, application, context)?;
    two_persons(known, proposal, context)?;
    Ok(vec![Fact::PreselectionDecided { application, ruling: ruling.clone(), proposal }.into()])
}

/// What binds proposals and decisions alike: C-7, C-8 and G-6.
fn decidable<'c>(
    case: &'c Case,
    application: ApplicationId,
    context: &Context<'_>,
) -> Result<&'c Application, Stop> {
    let known = known(case, application)?;
    open(case, context)?;
    let message = "only an eligible application is proposed and decided on";
    in_state(known, &[ApplicationState::Eligible], message, context)?;
    unconflicted(known, context)?;
    quote_bound(context.call(known.call)?, context);
    Ok(known)
}

/// C-4: the decision quotes the proposal, and another person made that, under whichever account
/// and whichever record.
fn two_persons(
    application: &Application,
    proposal: EventId,
    context: &Context<'_>,
) -> Result<(), Stop> {
    let waiting = application.proposal.filter(|waiting| waiting.event == proposal);
    context.keep(waiting.is_some(), || {
        Refusal::new(Rule::C4, "not_the_proposal", "this is not the proposal that waits")
            .at("proposal")
            .remedy("read the case again; decide on its last proposal")
    })?;
    let proposer = match application.proposal {
        Some(waiting) => context.access()?.person_of(waiting.by),
        None => None,
    };
    let same = match proposer {
        Some(proposer) => context.same_person(proposer, context.sender.person)?,
        None => false,
    };
    context.keep(!same, || {
        Refusal::new(Rule::C4, "same_person", "who proposed does not decide")
            .at("proposal")
            .remedy("another person decides: the head, a deputy or the director")
    })
}

/// How the applicant was told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Notice {
    pub(super) decision: EventId,
    pub(super) channel: Channel,
    pub(super) letter: Option<DocumentId>,
    pub(super) appeal_deadline: Option<Date>,
}

pub(super) fn notify(
    case: &Case,
    application: ApplicationId,
    notice: Notice,
    context: &Context<'_>,
) -> Decision {
    let Notice { decision, channel, letter, appeal_deadline } = notice;
    let known = known(case, application)?;
    let Some((_, told)) = known.decision.filter(|(event, _)| *event == decision) else {
        let remedy = "the case shows the last decision on each application";
        return Err(missing("decision that stands", "decision", remedy).into());
    };
    if told {
        return Ok(vec![]);
    }
    attached(case, &letter, "letter", context)?;
    let appeal_deadline = match appeal_deadline {
        Some(deadline) => Some(deadline),
        None => deadline_of_appeal(known, context)?,
    };
    let told = Fact::DecisionNotified { application, decision, channel, letter, appeal_deadline };
    Ok(vec![told.into()])
}

/// As the service levels of the call say; none where there are none.
fn deadline_of_appeal(
    application: &Application,
    context: &Context<'_>,
) -> Result<Option<Date>, Stop> {
    let call = context.call(application.call)?;
    let Some(version) = call.policies.get(&PolicyKind::ServiceLevels) else {
        return Ok(None);
    };
    let policy = context.policy(PolicyKind::ServiceLevels)?;
    let Some(PolicyBody::ServiceLevels { appeal_days, .. }) = policy.published(*version) else {
        return Ok(None);
    };
    context.quote(PolicyKind::ServiceLevels, *version);
    let told_on = context.occurred_at.utc().with_timezone(&chrono_tz::Europe::Paris).date_naive();
    Ok(told_on.checked_add_days(Days::new((*appeal_days).into())))
}
