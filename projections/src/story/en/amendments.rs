//! Corrections, annulments, and what two persons do together.

use events::amendment;
use events::approval::{self, Matter};
use events::{EventId, Labelled};

use crate::story::scene::{Scene, with};

pub(super) fn amendment(fact: &amendment::Fact, s: &Scene<'_>) -> String {
    use amendment::Fact;
    let what = entry(fact.target(), s);
    match fact {
        Fact::Corrected { .. } => format!("An entry was corrected{what}"),
        Fact::Annulled { again: Some(_), .. } => {
            format!("An entry was annulled and logged again where it belongs{what}")
        }
        Fact::Annulled { again: None, .. } => format!("An entry was annulled{what}"),
        Fact::Annotated { .. } => format!("Something was noted about an entry{what}"),
        Fact::Redacted { text: Some(_), .. } => {
            format!("A text of an entry was put in other words{what}")
        }
        Fact::Redacted { text: None, .. } => format!("A text of an entry was erased{what}"),
    }
}

/// What the entry in question says.
fn entry(event: EventId, s: &Scene<'_>) -> String {
    match s.memory.told(event) {
        Some(said) => format!(": {}", s.quote(said)),
        None => ".".to_owned(),
    }
}

pub(super) fn approval(fact: &approval::Fact, s: &Scene<'_>) -> String {
    use approval::Fact;
    match fact {
        Fact::Requested { matter, .. } => {
            format!("A second person was asked to agree {}.", to_do(matter, s))
        }
        Fact::Given { approval } => {
            let what = s.memory.approvals.get(approval).map(|matter| to_do(matter, s));
            format!("A second person agreed{}.", with(what, |what| format!(" {what}")))
        }
        Fact::Refused { approval, .. } => {
            let what = s.memory.approvals.get(approval).map(|matter| to_do(matter, s));
            format!("It was not agreed{}.", with(what, |what| format!(" {what}")))
        }
    }
}

fn to_do(matter: &Matter, s: &Scene<'_>) -> String {
    match matter {
        Matter::Annulment { target, .. } => {
            let what = s.memory.told(*target).map(|said| s.quote(said));
            format!("to annul an entry{}", with(what, |what| format!(" ({what})")))
        }
        Matter::Reopening { .. } => "to reopen the case".to_owned(),
        Matter::Role { user, role, scope, until } => {
            let role = s.quote(role.label(s.language));
            let on = with(*scope, |case| format!(" on the case {}", s.case(case)));
            let until = with(*until, |at| format!(", until {}", s.day(at)));
            format!("to give {} the role {role}{on}{until}", s.user(*user))
        }
        Matter::Retirement { version } => {
            format!("to retire version {version} of the rule {}", s.rule())
        }
        Matter::Hold { authority, .. } => {
            format!("to keep the data, as requested by: {}", s.code(authority))
        }
        Matter::Release { hold } => {
            let authority = s.memory.holds.get(hold).map(|authority| s.code(authority));
            let whose = with(authority, |authority| format!(" (hold of: {authority})"));
            format!("to keep the data no longer{whose}")
        }
        Matter::Erasure { .. } => "to erase the personal data".to_owned(),
    }
}
