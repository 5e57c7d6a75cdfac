//! Personnes, organisations et comptes.

use events::{CaseId, Date, Labelled, Time, access, organisation, person};

use crate::story::scene::{Scene, de, with};

pub(super) fn person(fact: &person::Fact, s: &Scene<'_>) -> String {
    use person::Fact;
    let who = s.who();
    let whose = de(&who);
    match fact {
        Fact::Registered(_) => format!("Le guichet a inscrit {who} dans son annuaire."),
        Fact::DetailsCorrected { .. } => {
            format!("La fiche {whose} a été mise à jour{}.", changed(fact, s))
        }
        Fact::AffiliationDeclared { organisation, function, from, to } => {
            let (where_to, function) = (s.organisation(*organisation), s.code(function));
            let dates = format!("depuis le {}{}", s.date(*from), until_date(*to, s));
            format!("{who} a déclaré son rattachement à {where_to} ({function}) {dates}.")
        }
        Fact::AffiliationEnded { organisation, to } => {
            format!("{who} a quitté {} le {}.", s.organisation(*organisation), s.date(*to))
        }
        Fact::ConsentGiven { recipient, scope, until, .. } => format!(
            "{who} a donné son consentement ({}){}{}.",
            s.label(*scope),
            with(*recipient, |id| format!(" au bénéfice {}", de(&s.organisation(id)))),
            until_time(Some(*until), s)
        ),
        Fact::ConsentWithdrawn { consent } => {
            let scope = s.memory.consents.get(consent);
            let scope = with(scope, |scope| format!(" ({})", s.label(*scope)));
            format!("{who} a retiré son consentement{scope}.")
        }
        Fact::Merged { into } => {
            format!("La fiche {whose} a été fusionnée avec celle {}.", de(&s.person(*into)))
        }
        Fact::MergeReverted { from } => {
            let other = de(&s.person(*from));
            format!("La fusion de la fiche {whose} avec celle {other} a été annulée.")
        }
        Fact::HoldPlaced { authority, scope, until, .. } => {
            let (authority, scope) = (s.code(authority), s.code(scope));
            let until = until_time(*until, s);
            format!("Données {whose} à conserver ({scope}), sur demande : {authority}{until}.")
        }
        Fact::HoldReleased { .. } => {
            format!("L'obligation de conserver les données {whose} a été levée.")
        }
        Fact::PersonalDataErased { purposes, .. } => {
            let purposes = (!purposes.is_empty()).then(|| s.codes(purposes));
            let purposes = with(purposes, |purposes| format!(" ({purposes})"));
            format!("Les données personnelles {whose} ont été effacées{purposes}.")
        }
        Fact::Restricted { basis } => {
            format!("Le traitement des données {whose} a été limité ({}).", s.code(basis))
        }
        Fact::Unrestricted {} => {
            format!("La limitation du traitement des données {whose} a été levée.")
        }
    }
}

/// Les parties de la fiche qui ont changé.
fn changed(fact: &person::Fact, s: &Scene<'_>) -> String {
    let person::Fact::DetailsCorrected { name, email, phone, orcid, language } = fact else {
        return String::new();
    };
    let parts = [
        (name.is_some(), "nom"),
        (email.is_some(), "courriel"),
        (phone.is_some(), "téléphone"),
        (orcid.is_some(), "ORCID"),
        (language.is_some(), "langue"),
    ];
    let changed = parts.iter().filter(|(there, _)| *there);
    let changed = s.list(changed.map(|(_, part)| (*part).to_owned()));
    with((!changed.is_empty()).then_some(changed), |changed| format!(" ({changed})"))
}

fn until_date(until: Option<Date>, s: &Scene<'_>) -> String {
    with(until, |date| format!(", jusqu'au {}", s.date(date)))
}

fn until_time(until: Option<Time>, s: &Scene<'_>) -> String {
    with(until, |at| format!(", jusqu'au {}", s.day(at)))
}

pub(super) fn organisation(fact: &organisation::Fact, s: &Scene<'_>) -> String {
    use organisation::Fact;
    let which = s.which();
    match fact {
        Fact::Registered(profile) => {
            let kind = s.label(profile.kind);
            format!("Le guichet a inscrit {which} ({kind}) dans son annuaire.")
        }
        Fact::DetailsCorrected(_) => format!("La fiche {} a été mise à jour.", de(&which)),
        Fact::Merged { into } => format!(
            "La fiche {} a été fusionnée avec celle {}.",
            de(&which),
            de(&s.organisation(*into))
        ),
        Fact::MergeReverted { from } => format!(
            "La fusion de la fiche {} avec celle {} a été annulée.",
            de(&which),
            de(&s.organisation(*from))
        ),
    }
}

pub(super) fn access(fact: &access::Fact, s: &Scene<'_>) -> String {
    use access::Fact;
    let on =
        |scope: Option<CaseId>| with(scope, |case| format!(" sur le dossier {}", s.case(case)));
    match fact {
        Fact::UserEnrolled { person, .. } => {
            format!("Un compte a été ouvert pour {}.", s.person(*person))
        }
        Fact::RoleGranted { user, role, scope, until } => {
            let role = s.quote(role.label(s.language));
            format!(
                "{} a reçu le rôle {role}{}{}.",
                s.user(*user),
                on(*scope),
                until_time(*until, s)
            )
        }
        Fact::RoleRevoked { user, role, scope } => {
            let role = s.quote(role.label(s.language));
            format!("{} n'a plus le rôle {role}{}.", s.user(*user), on(*scope))
        }
        Fact::TokenIssued { user, purpose, until, .. } => format!(
            "Un jeton d'accès a été délivré à {} ({}){}.",
            s.user(*user),
            s.code(purpose),
            until_time(*until, s)
        ),
        Fact::TokenRevoked { token } => {
            let user = s.memory.tokens.get(token).map(|user| s.user(*user));
            let whose = with(user, |user| format!(" {}", de(&user)));
            format!("Un jeton d'accès{whose} a été révoqué.")
        }
        Fact::AuditMissionOpened { auditor, authority, mandate, scope, until, .. } => format!(
            "Une mission d'audit a été confiée à {} par {} (mandat {mandate} ; périmètre : {}){}.",
            s.user(*auditor),
            s.code(authority),
            s.label(*scope),
            until_time(Some(*until), s)
        ),
        Fact::AuditMissionClosed { .. } => "Une mission d'audit a pris fin.".to_owned(),
    }
}
