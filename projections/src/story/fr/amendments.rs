//! Rectifications, annulations, et ce qui se fait à deux.

use events::amendment;
use events::approval::{self, Matter};
use events::{EventId, Labelled};

use crate::story::scene::{Scene, with};

pub(super) fn amendment(fact: &amendment::Fact, s: &Scene<'_>) -> String {
    use amendment::Fact;
    let what = entry(fact.target(), s);
    match fact {
        Fact::Corrected { .. } => format!("Une saisie a été rectifiée{what}"),
        Fact::Annulled { again: Some(_), .. } => {
            format!("Une saisie a été annulée et reprise à sa place{what}")
        }
        Fact::Annulled { again: None, .. } => format!("Une saisie a été annulée{what}"),
        Fact::Annotated { .. } => format!("Une saisie a été annotée{what}"),
        Fact::Redacted { text: Some(_), .. } => {
            format!("Un texte d'une saisie a été reformulé{what}")
        }
        Fact::Redacted { text: None, .. } => format!("Un texte d'une saisie a été effacé{what}"),
    }
}

/// Ce que dit la saisie en question.
fn entry(event: EventId, s: &Scene<'_>) -> String {
    match s.memory.told(event) {
        Some(said) => format!(" : {}", s.quote(said)),
        None => ".".to_owned(),
    }
}

pub(super) fn approval(fact: &approval::Fact, s: &Scene<'_>) -> String {
    use approval::Fact;
    match fact {
        Fact::Requested { matter, .. } => {
            format!("L'accord d'une seconde personne a été demandé pour {}.", to_do(matter, s))
        }
        Fact::Given { approval } => {
            let what = s.memory.approvals.get(approval).map(|matter| to_do(matter, s));
            let what = with(what, |what| format!(" pour {what}"));
            format!("Une seconde personne a donné son accord{what}.")
        }
        Fact::Refused { approval, .. } => {
            let what = s.memory.approvals.get(approval).map(|matter| to_do(matter, s));
            let what = with(what, |what| format!(" pour {what}"));
            format!("L'accord n'a pas été donné{what}.")
        }
    }
}

fn to_do(matter: &Matter, s: &Scene<'_>) -> String {
    match matter {
        Matter::Annulment { target, .. } => {
            let what = s.memory.told(*target).map(|said| s.quote(said));
            format!("annuler une saisie{}", with(what, |what| format!(" ({what})")))
        }
        Matter::Reopening { .. } => "rouvrir le dossier".to_owned(),
        Matter::Role { user, role, scope, until } => {
            let role = s.quote(role.label(s.language));
            let on = with(*scope, |case| format!(" sur le dossier {}", s.case(case)));
            let until = with(*until, |at| format!(", jusqu'au {}", s.day(at)));
            format!("confier à {} le rôle {role}{on}{until}", s.user(*user))
        }
        Matter::Retirement { version } => {
            format!("retirer la version {version} de la règle {}", s.rule())
        }
        Matter::Hold { authority, .. } => {
            format!("conserver les données, à la demande de : {}", s.code(authority))
        }
        Matter::Release { hold } => {
            let authority = s.memory.holds.get(hold).map(|authority| s.code(authority));
            let whose = with(authority, |authority| format!(" (demande de : {authority})"));
            format!("ne plus conserver les données{whose}")
        }
        Matter::Erasure { .. } => "effacer les données personnelles".to_owned(),
    }
}
