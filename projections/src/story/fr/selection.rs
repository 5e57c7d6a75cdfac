//! La sélection, de la candidature à la décision notifiée.

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
            "La candidature est arrivée hors délai : {} après la date limite du {}.",
            s.minutes(*late_by_minutes),
            s.moment(*deadline)
        ),
        Fact::LateApplicationAdmitted { .. } => {
            "La candidature hors délai a été admise.".to_owned()
        }
        Fact::LateApplicationRefused { .. } => {
            "La candidature hors délai n'a pas été admise.".to_owned()
        }
        Fact::ApplicationWithdrawn { application, .. } => {
            format!("L'équipe a retiré sa candidature{}.", to_call(*application, s))
        }
        Fact::ApplicationCarriedOver { call, .. } => {
            format!("La candidature a été reportée sur l'appel {}.", s.call(*call))
        }
        Fact::ConflictDeclared { person, ground, .. } => format!(
            "{} a déclaré un conflit d'intérêts sur cette candidature : {}.",
            s.person(*person),
            s.label(*ground)
        ),
        Fact::NoConflictDeclared { person, .. } => format!(
            "{} a déclaré n'avoir aucun conflit d'intérêts sur cette candidature.",
            s.person(*person)
        ),
        Fact::EligibilityAssessed { results, outcome, .. } => assessed(results, *outcome, s),
        Fact::PreselectionOpinionGiven { opinion, .. } => {
            format!("Avis donné sur la présélection : {}.", s.label(opinion.outcome))
        }
        Fact::PreselectionProposed { ruling, .. } => {
            format!("Proposition de présélection : {}.", s.label(ruling.outcome))
        }
        Fact::PreselectionMeetingHeld { date, present, .. } => {
            let present = (!present.is_empty()).then(|| s.people(present));
            format!(
                "Réunion de présélection tenue le {}{}.",
                s.date(*date),
                with(present, |people| format!(", en présence de : {people}"))
            )
        }
        Fact::PreselectionDecided { application, ruling, .. } => {
            decided(*application, ruling.outcome, s)
        }
        Fact::DecisionNotified { channel, appeal_deadline, .. } => format!(
            "La décision a été notifiée à l'équipe {}{}.",
            by_channel(*channel),
            with(*appeal_deadline, |date| format!(" ; recours possible jusqu'au {}", s.date(date)))
        ),
    }
}

fn to_call(application: ApplicationId, s: &Scene<'_>) -> String {
    with(s.call_of(application), |call| format!(" à l'appel {call}"))
}

fn submitted(submission: &selection::Submission, s: &Scene<'_>) -> String {
    let documents = submission.documents.len();
    let documents = (documents > 0).then(|| count(documents, "document", "documents"));
    format!(
        "L'équipe a déposé sa candidature à l'appel {}, reçue le {}{}{}.",
        s.call(submission.call),
        s.moment(submission.received_at),
        with(documents, |documents| format!(" avec {documents}")),
        when(submission.received_by == ReceivedBy::Office, " et saisie par le guichet")
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
        EligibilityOutcome::Eligible => "la candidature est recevable",
        EligibilityOutcome::Ineligible => "la candidature est irrecevable",
        EligibilityOutcome::Incomplete => "le dossier de candidature est incomplet",
    };
    format!(
        "Recevabilité examinée ({}) : {so}{}{}.",
        count(results.len(), "critère", "critères"),
        with(of(CriterionResult::NotMet), |list| format!(" ; non rempli : {list}")),
        with(of(CriterionResult::InsufficientInformation), |list| {
            format!(" ; information insuffisante : {list}")
        })
    )
}

fn decided(application: ApplicationId, outcome: PreselectionOutcome, s: &Scene<'_>) -> String {
    let call = to_call(application, s);
    match outcome {
        PreselectionOutcome::Forward => {
            format!("Candidature{call} présélectionnée : elle est transmise au comité.")
        }
        PreselectionOutcome::Defer => {
            format!("Candidature{call} différée : elle pourra rejoindre un prochain appel.")
        }
        PreselectionOutcome::Decline => format!("Candidature{call} non présélectionnée."),
        PreselectionOutcome::Refer => {
            format!("Candidature{call} non présélectionnée : le projet est réorienté.")
        }
    }
}
