//! How an application comes in, in time or late, goes to another call, and is taken back.

use events::selection::{Fact, Submission};
use events::{ApplicationId, ApplicationState, CallId, ReceivedBy, Role, Rule, Sealed, Time};

use super::{in_state, known, quote_bound, unconflicted};
use crate::domain::call::{Call, Status};
use crate::domain::case::Case;
use crate::domain::context::{Context, Nature, missing};
use crate::domain::intake::{attached, open};
use crate::domain::{Decision, Refusal, Stop};

pub(super) fn submit(case: &Case, submission: &Submission, context: &Context<'_>) -> Decision {
    open(case, context)?;
    let submission = timed(submission, context)?;
    context.has_come(submission.received_at, "received_at")?;
    for document in &submission.documents {
        attached(case, &Some(*document), "documents", context)?;
    }
    attached(case, &submission.evidence, "evidence", context)?;
    let call = open_call(submission.call, arrival(&submission, context), context)?;
    alone(case, submission.call, context)?;
    let application = ApplicationId::created_by(context.command);
    let late = late(application, call, &submission, context)?;
    let submitted = Fact::ApplicationSubmitted { application, submission };
    Ok([Some(submitted), late].into_iter().flatten().map(Into::into).collect())
}

/// The submission with the time that counts: who hands in by themselves does so now.
fn timed(submission: &Submission, context: &Context<'_>) -> Result<Submission, Stop> {
    let by_office = submission.received_by == ReceivedBy::Office;
    context.keep(!by_office || context.sender.role != Role::Innovator, || {
        Refusal::new(Rule::G4, "not_the_office", "only the office enters what reached it")
            .at("received_by")
            .remedy("send self_service")
    })?;
    let mut submission = submission.clone();
    if !by_office && context.nature == Nature::Act {
        submission.received_at = context.now;
    }
    Ok(submission)
}

/// C-2: by which moment it is judged. What the office enters without the message that shows when
/// it arrived, arrives when it is entered; a report says itself when it was.
fn arrival(submission: &Submission, context: &Context<'_>) -> Time {
    let shown = submission.evidence.is_some() && submission.received_by == ReceivedBy::Office;
    match context.nature {
        Nature::Act if !shown => context.now,
        Nature::Act | Nature::Report => submission.received_at,
    }
}

/// C-7: the call exists, has opened by `at`, and takes applications then.
fn open_call<'a>(id: CallId, at: Time, context: &Context<'a>) -> Result<&'a Call, Stop> {
    let call = context.call(id)?;
    let Some(terms) = &call.terms else {
        return Err(missing("call", "call", "look it up: GET /v1/calls").into());
    };
    let over = match call.status {
        Some(Status::Open) | None => None,
        Some(Status::Closed(closed)) if at <= closed => None,
        Some(Status::Closed(_)) => Some("call_closed"),
        Some(Status::Cancelled) => Some("call_cancelled"),
    };
    context.keep(over.is_none(), || {
        Refusal::new(Rule::C7, over.unwrap_or_default(), "the call takes no more applications")
            .at("call")
            .remedy("choose an open call; what arrived before, shows it by its evidence")
    })?;
    context.keep(terms.opens_at <= at, || {
        Refusal::new(Rule::C7, "call_not_open", format!("the call opens at {}", terms.opens_at))
            .at("call")
            .remedy("submit once the call is open")
    })?;
    Ok(call)
}

/// C-1: one open application per case and call.
fn alone(case: &Case, call: CallId, context: &Context<'_>) -> Result<(), Stop> {
    let another = case.applications.values().any(|it| it.call == call && it.state.is_open());
    context.keep(!another, || {
        Refusal::new(Rule::C1, "already_applied", "the case has an open application to this call")
            .at("call")
            .remedy("go on with that one, or withdraw it first")
    })
}

/// C-2: by how much it missed the deadline, which is inclusive.
fn late(
    application: ApplicationId,
    call: &Call,
    submission: &Submission,
    context: &Context<'_>,
) -> Result<Option<Fact>, Stop> {
    let Some(deadline) = call.deadline() else {
        return Ok(None);
    };
    let at = arrival(submission, context);
    if deadline < at {
        let micros = at.micros().abs_diff(deadline.micros());
        let late_by_minutes = micros.div_ceil(60_000_000);
        return Ok(Some(Fact::ApplicationReceivedLate { application, deadline, late_by_minutes }));
    }
    // Only a report comes here after the deadline without the message.
    let shown = submission.evidence.is_some() || context.now <= deadline;
    context.keep(shown, || {
        Refusal::new(Rule::C2, "arrival_not_shown", "nothing shows that it arrived in time")
            .at("evidence")
            .remedy("attach the message it came with")
    })?;
    Ok(None)
}

pub(super) fn admit_late(
    case: &Case,
    application: ApplicationId,
    reason: &Sealed,
    context: &Context<'_>,
) -> Decision {
    decided_on_late(case, application, context)?;
    Ok(vec![Fact::LateApplicationAdmitted { application, reason: reason.clone() }.into()])
}

pub(super) fn refuse_late(
    case: &Case,
    application: ApplicationId,
    reason: &Sealed,
    context: &Context<'_>,
) -> Decision {
    if known(case, application)?.state == ApplicationState::NotAdmitted {
        return Ok(vec![]);
    }
    decided_on_late(case, application, context)?;
    Ok(vec![Fact::LateApplicationRefused { application, reason: reason.clone() }.into()])
}

fn decided_on_late(
    case: &Case,
    application: ApplicationId,
    context: &Context<'_>,
) -> Result<(), Stop> {
    let known = known(case, application)?;
    open(case, context)?;
    let message = "only an application that came late is admitted or refused as such";
    in_state(known, &[ApplicationState::Late], message, context)?;
    unconflicted(known, context)?;
    quote_bound(context.call(known.call)?, context);
    Ok(())
}

pub(super) fn withdraw(
    case: &Case,
    application: ApplicationId,
    reason: Option<&Sealed>,
    context: &Context<'_>,
) -> Decision {
    let known = known(case, application)?;
    if known.state == ApplicationState::Withdrawn {
        return Ok(vec![]);
    }
    context.keep(known.state.is_open(), || {
        Refusal::new(Rule::C7, "wrong_state", "what is decided for good is not taken back")
            .at("application")
    })?;
    Ok(vec![Fact::ApplicationWithdrawn { application, reason: reason.cloned() }.into()])
}

pub(super) fn carry_over(
    case: &Case,
    application: ApplicationId,
    to: CallId,
    context: &Context<'_>,
) -> Decision {
    let known = known(case, application)?;
    if known.call == to && known.state == ApplicationState::Submitted {
        return Ok(vec![]);
    }
    open(case, context)?;
    let message = "only a deferred application is carried over";
    in_state(known, &[ApplicationState::Deferred], message, context)?;
    context.keep(known.call != to, || {
        Refusal::new(Rule::C7, "same_call", "it is in this call already").at("call")
    })?;
    let at = match context.nature {
        Nature::Act => context.now,
        Nature::Report => context.occurred_at,
    };
    let call = open_call(to, at, context)?;
    context.keep(call.deadline().is_none_or(|deadline| at <= deadline), || {
        Refusal::new(Rule::C2, "deadline_passed", "the deadline of that call has passed")
            .at("call")
            .remedy("choose a call that still takes applications")
    })?;
    if known.call != to {
        alone(case, to, context)?;
    }
    Ok(vec![Fact::ApplicationCarriedOver { application, call: to }.into()])
}
