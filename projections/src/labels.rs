//! What states are called, in French and in English.

use events::{
    ApplicationState, BookingState, CaseStatus, IntroductionState, Language, Language::En,
    Language::Fr,
};

use crate::caseload::WaitingFor;
use crate::journey::LandmarkKind;

/// Where a case is in its life.
pub const fn case_status(status: CaseStatus, language: Language) -> &'static str {
    match (status, language) {
        (CaseStatus::Received, Fr) => "reçu",
        (CaseStatus::Received, En) => "received",
        (CaseStatus::Followed, Fr) => "suivi",
        (CaseStatus::Followed, En) => "followed",
        (CaseStatus::Supported, Fr) => "accompagné",
        (CaseStatus::Supported, En) => "supported",
        (CaseStatus::Closed, Fr) => "clos",
        (CaseStatus::Closed, En) => "closed",
    }
}

/// Where an application is.
pub const fn application_state(state: ApplicationState, language: Language) -> &'static str {
    match (state, language) {
        (ApplicationState::Submitted, Fr) => "déposée",
        (ApplicationState::Submitted, En) => "submitted",
        (ApplicationState::Late, Fr) => "hors délai",
        (ApplicationState::Late, En) => "late",
        (ApplicationState::NotAdmitted, Fr) => "non admise",
        (ApplicationState::NotAdmitted, En) => "not admitted",
        (ApplicationState::Eligible, Fr) => "recevable",
        (ApplicationState::Eligible, En) => "eligible",
        (ApplicationState::Ineligible, Fr) => "irrecevable",
        (ApplicationState::Ineligible, En) => "ineligible",
        (ApplicationState::Preselected, Fr) => "présélectionnée",
        (ApplicationState::Preselected, En) => "pre-selected",
        (ApplicationState::Deferred, Fr) => "différée",
        (ApplicationState::Deferred, En) => "deferred",
        (ApplicationState::NotPreselected, Fr) => "non présélectionnée",
        (ApplicationState::NotPreselected, En) => "not pre-selected",
        (ApplicationState::Referred, Fr) => "réorientée",
        (ApplicationState::Referred, En) => "referred",
        (ApplicationState::Withdrawn, Fr) => "retirée",
        (ApplicationState::Withdrawn, En) => "withdrawn",
    }
}

/// Where a booking is.
pub const fn booking_state(state: BookingState, language: Language) -> &'static str {
    match (state, language) {
        (BookingState::Requested, Fr) => "demandée",
        (BookingState::Requested, En) => "requested",
        (BookingState::Confirmed, Fr) => "confirmée",
        (BookingState::Confirmed, En) => "confirmed",
        (BookingState::Rejected, Fr) => "refusée",
        (BookingState::Rejected, En) => "rejected",
        (BookingState::Expired, Fr) => "sans réponse",
        (BookingState::Expired, En) => "expired",
        (BookingState::Cancelled, Fr) => "annulée",
        (BookingState::Cancelled, En) => "cancelled",
        (BookingState::Displaced, Fr) => "évincée",
        (BookingState::Displaced, En) => "displaced",
        (BookingState::Started, Fr) => "en cours",
        (BookingState::Started, En) => "started",
        (BookingState::Completed, Fr) => "terminée",
        (BookingState::Completed, En) => "completed",
        (BookingState::Interrupted, Fr) => "interrompue",
        (BookingState::Interrupted, En) => "interrupted",
        (BookingState::NoShow, Fr) => "non honorée",
        (BookingState::NoShow, En) => "no-show",
    }
}

/// Where an introduction is.
pub const fn introduction_state(state: IntroductionState, language: Language) -> &'static str {
    match (state, language) {
        (IntroductionState::Proposed, Fr) => "proposée",
        (IntroductionState::Proposed, En) => "proposed",
        (IntroductionState::Refused, Fr) => "refusée par le porteur",
        (IntroductionState::Refused, En) => "refused by the innovator",
        (IntroductionState::Declined, Fr) => "déclinée par la cible",
        (IntroductionState::Declined, En) => "declined by the target",
        (IntroductionState::Made, Fr) => "effectuée",
        (IntroductionState::Made, En) => "made",
        (IntroductionState::Concluded, Fr) => "conclue",
        (IntroductionState::Concluded, En) => "concluded",
        (IntroductionState::Abandoned, Fr) => "abandonnée",
        (IntroductionState::Abandoned, En) => "abandoned",
    }
}

/// What a case waits for.
pub const fn waiting_for(what: WaitingFor, language: Language) -> &'static str {
    match (what, language) {
        (WaitingFor::Advisor, Fr) => "un conseiller",
        (WaitingFor::Advisor, En) => "an advisor",
        (WaitingFor::LateRuling, Fr) => "une décision sur le retard",
        (WaitingFor::LateRuling, En) => "a ruling on lateness",
        (WaitingFor::Eligibility, Fr) => "l'examen de recevabilité",
        (WaitingFor::Eligibility, En) => "the eligibility assessment",
        (WaitingFor::Proposal, Fr) => "une proposition de présélection",
        (WaitingFor::Proposal, En) => "a proposal on pre-selection",
        (WaitingFor::Decision, Fr) => "la décision de présélection",
        (WaitingFor::Decision, En) => "the decision on pre-selection",
        (WaitingFor::Notification, Fr) => "la notification de la décision",
        (WaitingFor::Notification, En) => "notification of the decision",
        (WaitingFor::Innovator, Fr) => "une réponse de l'équipe",
        (WaitingFor::Innovator, En) => "the team's answer",
    }
}

/// A turn in the journey of a case.
pub const fn landmark(kind: LandmarkKind, language: Language) -> &'static str {
    match (kind, language) {
        (LandmarkKind::Received, Fr) => "Arrivée",
        (LandmarkKind::Received, En) => "Received",
        (LandmarkKind::FirstAdvisor, Fr) => "Premier conseiller",
        (LandmarkKind::FirstAdvisor, En) => "First advisor",
        (LandmarkKind::FirstApplication, Fr) => "Première candidature",
        (LandmarkKind::FirstApplication, En) => "First application",
        (LandmarkKind::Decided, Fr) => "Décision de présélection",
        (LandmarkKind::Decided, En) => "Pre-selection decided",
        (LandmarkKind::FirstCoaching, Fr) => "Première séance d'accompagnement",
        (LandmarkKind::FirstCoaching, En) => "First coaching session",
        (LandmarkKind::FirstBooking, Fr) => "Première réservation de plateforme",
        (LandmarkKind::FirstBooking, En) => "First platform booking",
        (LandmarkKind::FirstIntroduction, Fr) => "Première mise en relation",
        (LandmarkKind::FirstIntroduction, En) => "First introduction",
        (LandmarkKind::FirstOutcome, Fr) => "Premier résultat",
        (LandmarkKind::FirstOutcome, En) => "First outcome",
        (LandmarkKind::Closed, Fr) => "Clôture",
        (LandmarkKind::Closed, En) => "Closed",
    }
}

/// What a sealed text of a fact is, by the path to it.
pub fn text(field: &str, language: Language) -> &'static str {
    let words = |part: &str| {
        Some(match part {
            "name" | "sole_trader_name" => ("nom", "name"),
            "email" => ("courriel", "e-mail"),
            "phone" => ("téléphone", "phone"),
            "orcid" => ("ORCID", "ORCID"),
            "summary" => ("résumé", "summary"),
            "evidence" => ("justificatif", "evidence"),
            "question" => ("question", "question"),
            "answer" => ("réponse", "answer"),
            "note" => ("note", "note"),
            "reason" => ("motif", "reason"),
            "what" => ("objet", "what"),
            "words" => ("demande", "what they wrote"),
            "letter" => ("lettre", "letter"),
            "text" => ("texte", "text"),
            "objectives" => ("objectifs", "objectives"),
            "place" => ("lieu", "place"),
            "actions" => ("action", "action"),
            "rationale" => ("motivation", "rationale"),
            "strengths" => ("point fort", "strength"),
            "gaps" => ("point à améliorer", "gap"),
            "description" => ("précision", "description"),
            "purpose" => ("usage prévu", "purpose"),
            _ => return None,
        })
    };
    // The last part that is a word: the one behind it may be a place in a list.
    let (french, english) = field.rsplit('/').find_map(words).unwrap_or(("texte", "text"));
    match language {
        Fr => french,
        En => english,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_called_by_the_last_word_of_its_path() {
        assert_eq!(text("ruling/gaps/0", Fr), "point à améliorer");
        assert_eq!(text("commitments/2/what", En), "what");
        assert_eq!(text("results/oncology_scope/evidence", En), "evidence");
    }

    #[test]
    fn every_sealed_field_of_the_catalogue_has_a_name_of_its_own() {
        for seed in 0..400 {
            for envelope in events::samples::history(seed, 8) {
                for found in crate::facts::Quoted::of(&envelope.fact).texts {
                    let plain = text(&found.field, En) == "text";
                    assert_eq!(plain, found.field == "text", "{}", found.field);
                }
            }
        }
    }
}
