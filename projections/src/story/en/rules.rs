//! Rules and calls for projects.

use events::{call, policy};

use crate::story::scene::{Scene, with};

pub(super) fn policy(fact: &policy::Fact, s: &Scene<'_>) -> String {
    use policy::Fact;
    let rule = s.rule();
    match fact {
        Fact::Drafted { version, .. } => {
            format!("Version {version} of the rule {rule} was drafted.")
        }
        Fact::Published { version, effective_from, .. } => format!(
            "Version {version} of the rule {rule} was published; it holds from {}.",
            s.moment(*effective_from)
        ),
        Fact::Retired { version } => format!("Version {version} of the rule {rule} was retired."),
    }
}

pub(super) fn call(fact: &call::Fact, s: &Scene<'_>) -> String {
    use call::Fact;
    match fact {
        Fact::Opened { terms, .. } => format!(
            "The call {} ({}) was opened: applications from {}{}.",
            s.quote(terms.title.as_str()),
            s.label(terms.kind),
            s.moment(terms.opens_at),
            with(terms.deadline, |at| format!(", until {}", s.moment(at)))
        ),
        Fact::DeadlineExtended { deadline } => {
            let deadline = s.moment(*deadline);
            format!("The deadline of the call {} was extended to {deadline}.", s.this_call())
        }
        Fact::Closed {} => format!("The call {} was closed.", s.this_call()),
        Fact::Cancelled {} => format!("The call {} was cancelled.", s.this_call()),
    }
}
