//! Règles et appels à projets.

use events::{call, policy};

use crate::story::scene::{Scene, with};

pub(super) fn policy(fact: &policy::Fact, s: &Scene<'_>) -> String {
    use policy::Fact;
    let rule = s.rule();
    match fact {
        Fact::Drafted { version, .. } => {
            format!("La version {version} de la règle {rule} a été rédigée.")
        }
        Fact::Published { version, effective_from, .. } => format!(
            "La version {version} de la règle {rule} a été publiée ; \
             elle s'applique à partir du {}.",
            s.moment(*effective_from)
        ),
        Fact::Retired { version } => {
            format!("La version {version} de la règle {rule} a été retirée.")
        }
    }
}

pub(super) fn call(fact: &call::Fact, s: &Scene<'_>) -> String {
    use call::Fact;
    match fact {
        Fact::Opened { terms, .. } => format!(
            "L'appel {} ({}) a été ouvert : candidatures à partir du {}{}.",
            s.quote(terms.title.as_str()),
            s.label(terms.kind),
            s.moment(terms.opens_at),
            with(terms.deadline, |at| format!(", jusqu'au {}", s.moment(at)))
        ),
        Fact::DeadlineExtended { deadline } => format!(
            "La date limite de l'appel {} a été repoussée au {}.",
            s.this_call(),
            s.moment(*deadline)
        ),
        Fact::Closed {} => format!("L'appel {} a été clos.", s.this_call()),
        Fact::Cancelled {} => format!("L'appel {} a été annulé.", s.this_call()),
    }
}
