//! Selection, from the application to the decision's notification.

use std::collections::BTreeMap;

use events::{
    ApplicationId, Code, CriterionResult, EligibilityOutcome, PreselectionOutcome, ReceivedBy,
    selection,
};

use super::by_channel;
use crate::story::scene::{Scene, count, when, with};

pub(super) fn selection(fact: &selection::Fact, s: &Scene<'_>) -> String {
    use selection::Fact;
    match fact {
        Fact::ApplicationSubmitted { submission, .. } => submitted(submission, s),
        Fact::ApplicationReceivedLate { deadline, late_by_minutes, .. } => format!(
            "The application came late: {} after the deadline of {}.",
            s.minutes(*late_by_minutes),
            s.moment(*deadline)
        ),
        Fact::LateApplicationAdmitted { .. } => "The late application was admitted.".to_owned(),
        Fact::LateApplicationRefused { .. } => "The late application was not admitted.".to_owned(),
        Fact::ApplicationWithdrawn { application, .. } => {
            format!("The team withdrew its application{}.", to_call(*application, s))
        }
        Fact::ApplicationCarriedOver { call, .. } => {
            format!("The application was carried over to the call {}.", s.call(*call))
        }
        Fact::ConflictDeclared { person, ground, .. } => format!(
            "{} declared a conflict of interest on this application: {}.",
            s.person(*person),
            s.label(*ground)
        ),
        Fact::NoConflictDeclared { person, .. } => {
            format!("{} declared no conflict of interest on this application.", s.person(*person))
        }
        Fact::EligibilityAssessed { results, outcome, .. } => assessed(results, *outcome, s),
        Fact::PreselectionOpinionGiven { opinion, .. } => {
            format!("An opinion on pre-selection was given: {}.", s.label(opinion.outcome))
        }
        Fact::PreselectionProposed { ruling, .. } => {
            format!("Pre-selection was proposed: {}.", s.label(ruling.outcome))
        }
        Fact::PreselectionMeetingHeld { date, present, .. } => {
            let present = (!present.is_empty()).then(|| s.people(present));
            format!(
                "A pre-selection meeting was held on {}{}.",
                s.date(*date),
                with(present, |people| format!("; present: {people}"))
            )
        }
        Fact::PreselectionDecided { application, ruling, .. } => {
            decided(*application, ruling.outcome, s)
        }
        Fact::DecisionNotified { channel, appeal_deadline, .. } => format!(
            "The team was told of the decision {}{}.",
            by_channel(*channel),
            with(*appeal_deadline, |date| format!("; appeals until {}", s.date(date)))
        ),
    }
}

fn to_call(application: ApplicationId, s: &Scene<'_>) -> String {
    with(s.call_of(application), |call| format!(" to the call {call}"))
}

fn submitted(submission: &selection::Submission, s: &Scene<'_>) -> String {
    let documents = submission.documents.len();
    let documents = (documents > 0).then(|| count(documents, "document", "documents"));
    format!(
        "The team applied to the call {}; received on {}{}{}.",
        s.call(submission.call),
        s.moment(submission.received_at),
        with(documents, |documents| format!(" with {documents}")),
        when(submission.received_by == ReceivedBy::Office, ", entered by the office")
    )
}

fn assessed(
    results: &BTreeMap<Code, selection::Finding>,
    outcome: EligibilityOutcome,
    s: &Scene<'_>,
) -> String {
    let of = |wanted: CriterionResult| {
        let found = results.iter().filter(|(_, finding)| finding.result == wanted);
        let found: Vec<_> = found.map(|(criterion, _)| criterion.clone()).collect();
        (!found.is_empty()).then(|| s.codes(&found))
    };
    let so = match outcome {
        EligibilityOutcome::Eligible => "the application is eligible",
        EligibilityOutcome::Ineligible => "the application is ineligible",
        EligibilityOutcome::Incomplete => "the application is incomplete",
    };
    format!(
        "Eligibility was assessed ({}): {so}{}{}.",
        count(results.len(), "criterion", "criteria"),
        with(of(CriterionResult::NotMet), |list| format!("; not met: {list}")),
        with(of(CriterionResult::InsufficientInformation), |list| {
            format!("; insufficient information: {list}")
        })
    )
}

fn decided(application: ApplicationId, outcome: PreselectionOutcome, s: &Scene<'_>) -> String {
    let call = to_call(application, s);
    match outcome {
        PreselectionOutcome::Forward => {
            format!("The application{call} was pre-selected: it goes to the committee.")
        }
        PreselectionOutcome::Defer => {
            format!("The application{call} was deferred: it may join a later call.")
        }
        PreselectionOutcome::Decline => format!("The application{call} was not pre-selected."),
        PreselectionOutcome::Refer => {
            format!(
                "The application{call} was not pre-selected: the project is referred elsewhere."
            )
        }
    }
}
