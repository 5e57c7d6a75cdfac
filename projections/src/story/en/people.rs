//! People, organisations and accounts.

use events::{CaseId, Date, Labelled, Time, access, organisation, person};

use crate::story::scene::{Scene, with};

pub(super) fn person(fact: &person::Fact, s: &Scene<'_>) -> String {
    use person::Fact;
    let who = s.who();
    match fact {
        Fact::Registered(_) => format!("The office added {who} to its directory."),
        Fact::DetailsCorrected { .. } => {
            format!("The record of {who} was updated{}.", changed(fact, s))
        }
        Fact::AffiliationDeclared { organisation, function, from, to } => {
            let (where_to, function) = (s.organisation(*organisation), s.code(function));
            let dates = format!("since {}{}", s.date(*from), until_date(*to, s));
            format!("{who} declared to belong to {where_to} ({function}) {dates}.")
        }
        Fact::AffiliationEnded { organisation, to } => {
            format!("{who} left {} on {}.", s.organisation(*organisation), s.date(*to))
        }
        Fact::ConsentGiven { recipient, scope, until, .. } => format!(
            "{who} gave consent ({}){}{}.",
            s.label(*scope),
            with(*recipient, |id| format!(" in favour of {}", s.organisation(id))),
            until_time(Some(*until), s)
        ),
        Fact::ConsentWithdrawn { consent } => {
            let scope = s.memory.consents.get(consent);
            let scope = with(scope, |scope| format!(" ({})", s.label(*scope)));
            format!("{who} withdrew consent{scope}.")
        }
        Fact::Merged { into } => {
            format!("The record of {who} was merged with that of {}.", s.person(*into))
        }
        Fact::MergeReverted { from } => {
            let other = s.person(*from);
            format!("The merge of the record of {who} with that of {other} was undone.")
        }
        Fact::HoldPlaced { authority, scope, until, .. } => {
            let (authority, scope) = (s.code(authority), s.code(scope));
            let until = until_time(*until, s);
            format!("Data of {who} to be kept ({scope}), as requested by: {authority}{until}.")
        }
        Fact::HoldReleased { .. } => format!("The data of {who} need no longer be kept."),
        Fact::PersonalDataErased { purposes, .. } => {
            let purposes = (!purposes.is_empty()).then(|| s.codes(purposes));
            let purposes = with(purposes, |purposes| format!(" ({purposes})"));
            format!("The personal data of {who} were erased{purposes}.")
        }
        Fact::Restricted { basis } => {
            format!("Processing of the data of {who} was restricted ({}).", s.code(basis))
        }
        Fact::Unrestricted {} => {
            format!("Processing of the data of {who} is no longer restricted.")
        }
    }
}

/// The parts of the record that changed.
fn changed(fact: &person::Fact, s: &Scene<'_>) -> String {
    let person::Fact::DetailsCorrected { name, email, phone, orcid, language } = fact else {
        return String::new();
    };
    let parts = [
        (name.is_some(), "name"),
        (email.is_some(), "e-mail"),
        (phone.is_some(), "phone"),
        (orcid.is_some(), "ORCID"),
        (language.is_some(), "language"),
    ];
    let changed = parts.iter().filter(|(there, _)| *there);
    let changed = s.list(changed.map(|(_, part)| (*part).to_owned()));
    with((!changed.is_empty()).then_some(changed), |changed| format!(" ({changed})"))
}

fn until_date(until: Option<Date>, s: &Scene<'_>) -> String {
    with(until, |date| format!(", until {}", s.date(date)))
}

fn until_time(until: Option<Time>, s: &Scene<'_>) -> String {
    with(until, |at| format!(", until {}", s.day(at)))
}

pub(super) fn organisation(fact: &organisation::Fact, s: &Scene<'_>) -> String {
    use organisation::Fact;
    let which = s.which();
    match fact {
        Fact::Registered(profile) => {
            let kind = s.label(profile.kind);
            format!("The office added {which} ({kind}) to its directory.")
        }
        Fact::DetailsCorrected(_) => format!("The record of {which} was updated."),
        Fact::Merged { into } => {
            format!("The record of {which} was merged with that of {}.", s.organisation(*into))
        }
        Fact::MergeReverted { from } => {
            let other = s.organisation(*from);
            format!("The merge of the record of {which} with that of {other} was undone.")
        }
    }
}

pub(super) fn access(fact: &access::Fact, s: &Scene<'_>) -> String {
    use access::Fact;
    let on = |scope: Option<CaseId>| with(scope, |case| format!(" on the case {}", s.case(case)));
    match fact {
        Fact::UserEnrolled { person, .. } => {
            format!("An account was opened for {}.", s.person(*person))
        }
        Fact::RoleGranted { user, role, scope, until } => {
            let role = s.quote(role.label(s.language));
            let until = until_time(*until, s);
            format!("{} was given the role {role}{}{until}.", s.user(*user), on(*scope))
        }
        Fact::RoleRevoked { user, role, scope } => {
            let role = s.quote(role.label(s.language));
            format!("{} no longer has the role {role}{}.", s.user(*user), on(*scope))
        }
        Fact::TokenIssued { user, purpose, until, .. } => format!(
            "{} was issued an access token ({}){}.",
            s.user(*user),
            s.code(purpose),
            until_time(*until, s)
        ),
        Fact::TokenRevoked { token } => {
            let user = s.memory.tokens.get(token).map(|user| s.user(*user));
            format!("An access token{} was revoked.", with(user, |user| format!(" of {user}")))
        }
        Fact::AuditMissionOpened { auditor, authority, mandate, scope, until, .. } => format!(
            "{} was given an audit mission by {} (mandate {mandate}; scope: {}){}.",
            s.user(*auditor),
            s.code(authority),
            s.label(*scope),
            until_time(Some(*until), s)
        ),
        Fact::AuditMissionClosed { .. } => "An audit mission ended.".to_owned(),
    }
}
