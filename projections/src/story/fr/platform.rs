//! Les plateformes : ressources et réservations.

use events::{BookingId, booking, booking::Beneficiary, resource};

use crate::story::scene::{Scene, count, de, when, with};

pub(super) fn resource(fact: &resource::Fact, s: &Scene<'_>) -> String {
    use resource::Fact;
    let resource = s.resource();
    match fact {
        Fact::Registered(description) => format!(
            "{} a ouvert la ressource {resource} ({}) à la réservation.",
            s.organisation(description.organisation),
            s.label(description.class)
        ),
        Fact::Retired {} => format!("La ressource {resource} ne peut plus être réservée."),
        Fact::RulesSet { .. } => {
            format!("Les règles de réservation de {resource} ont été fixées.")
        }
        Fact::OutageDeclared { from, to, .. } => format!(
            "{resource} est hors service à partir du {}{}.",
            s.moment(*from),
            with(*to, |to| format!(", jusqu'au {}", s.moment(to)))
        ),
        Fact::OutageLifted { at, .. } => {
            format!("{resource} est de nouveau en service depuis le {}.", s.moment(*at))
        }
        Fact::QualificationGranted { person, until } => format!(
            "{} a reçu l'habilitation pour utiliser {resource}{}.",
            s.person(*person),
            with(*until, |until| format!(", valable jusqu'au {}", s.day(until)))
        ),
        Fact::QualificationRevoked { person } => {
            format!("L'habilitation {} pour {resource} a été retirée.", de(&s.person(*person)))
        }
    }
}

pub(super) fn booking(fact: &booking::Fact, s: &Scene<'_>) -> String {
    use booking::Fact;
    let resource = s.resource();
    let slot = slot(fact.booking(), s);
    match fact {
        Fact::Requested { slot, .. } => requested(&resource, slot, s),
        Fact::Confirmed { .. } => format!("Réservation confirmée : {resource}{slot}."),
        Fact::Rejected { reason, .. } => {
            format!("Réservation refusée : {resource}{slot} (motif : {}).", s.label(*reason))
        }
        Fact::Expired { .. } => {
            format!("Demande de réservation restée sans réponse : {resource}{slot}.")
        }
        Fact::Rescheduled { interval, .. } => {
            format!("Réservation déplacée : {resource}, {}.", s.slot(*interval))
        }
        Fact::Cancelled { reason, late, .. } => format!(
            "Réservation annulée{} : {resource}{slot} ({}).",
            when(*late, " tardivement"),
            s.label(*reason)
        ),
        Fact::Displaced { .. } => format!(
            "Réservation évincée par une panne : {resource}{slot} ; à replanifier en priorité."
        ),
        Fact::Started { .. } => format!("Utilisation commencée : {resource}."),
        Fact::Completed { interval, usage_minutes, .. } => format!(
            "Utilisation terminée : {resource}, {} ({} d'utilisation).",
            s.slot(*interval),
            s.minutes((*usage_minutes).into())
        ),
        Fact::Interrupted { outage, usage_minutes, .. } => format!(
            "Utilisation interrompue{} : {resource}, après {}.",
            when(outage.is_some(), " par une panne"),
            s.minutes((*usage_minutes).into())
        ),
        Fact::NoShow { .. } => format!("Créneau non honoré : {resource}{slot}."),
    }
}

/// `, le 12 mars 2026 de 9 h à 10 h`, où on le sait.
fn slot(booking: BookingId, s: &Scene<'_>) -> String {
    with(s.memory.bookings.get(&booking), |interval| format!(", {}", s.slot(*interval)))
}

fn requested(resource: &str, slot: &booking::Slot, s: &Scene<'_>) -> String {
    let beneficiary = match slot.beneficiary {
        Beneficiary::Case(case) if s.is_about_case(case) => String::new(),
        Beneficiary::Case(case) => format!(", pour le projet {}", s.case(case)),
        Beneficiary::MemberOrganisation(id) if s.is_about_organisation(id) => String::new(),
        Beneficiary::MemberOrganisation(id) => format!(", pour {}", s.organisation(id)),
        Beneficiary::Office => ", pour le guichet".to_owned(),
    };
    let samples =
        slot.samples.map(|samples| count(samples as usize, "échantillon", "échantillons"));
    format!(
        "Réservation demandée : {resource}, {}, utilisateur : {}{beneficiary}{}.",
        s.slot(slot.interval),
        s.person(slot.user),
        with(samples, |samples| format!(" ({samples})"))
    )
}
