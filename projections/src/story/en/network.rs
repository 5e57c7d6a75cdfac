//! Introductions and gatherings.

use events::{Stream, gathering, introduction};

use super::by_channel;
use crate::story::scene::{Scene, count, with};

pub(super) fn introduction(fact: &introduction::Fact, s: &Scene<'_>) -> String {
    use introduction::Fact;
    let between = between(s);
    match fact {
        Fact::Proposed(proposal) => proposed(proposal, s),
        Fact::InnovatorConsented { scope, until } => {
            let shared = (!scope.is_empty()).then(|| s.labels(scope));
            let shared = with(shared, |list| format!("; may be shared: {list}"));
            let until = s.day(*until);
            format!("The innovator consents to the introduction{between}, until {until}{shared}.")
        }
        Fact::InnovatorRefused { reason } => {
            format!("The innovator refused the introduction{between}: {}.", s.label(*reason))
        }
        Fact::TargetAccepted { until } => {
            let until = with(*until, |until| format!(", until {}", s.day(until)));
            format!("{} accepts the introduction{until}.", target(s))
        }
        Fact::TargetDeclined { reason } => {
            format!("{} declined the introduction: {}.", target(s), s.label(*reason))
        }
        Fact::Made { channel, shared, .. } => {
            let shared = (!shared.is_empty()).then(|| s.labels(shared));
            format!(
                "The introduction{between} was made {}{}.",
                by_channel(*channel),
                with(shared, |shared| format!("; shared: {shared}"))
            )
        }
        Fact::FollowedUp { .. } => format!("The office followed up on the introduction{between}."),
        Fact::OutcomeRecorded { outcome, .. } => {
            format!("What came of the introduction{between}: {}.", s.label(*outcome))
        }
        Fact::Abandoned { .. } => format!("The introduction{between} was abandoned."),
    }
}

/// ` to Bpifrance`, or what does not go without saying of the two.
fn between(s: &Scene<'_>) -> String {
    let Some(Stream::Introduction(id)) = s.stream else { return String::new() };
    with(s.memory.introductions.get(&id), |(case, target)| {
        if s.is_about_case(*case) {
            format!(" to {}", s.organisation(*target))
        } else if s.is_about_organisation(*target) {
            format!(" of the project {}", s.case(*case))
        } else {
            format!(" of the project {} to {}", s.case(*case), s.organisation(*target))
        }
    })
}

fn target(s: &Scene<'_>) -> String {
    let known = match s.stream {
        Some(Stream::Introduction(id)) => s.memory.introductions.get(&id),
        _ => None,
    };
    known.map_or_else(|| "The target".to_owned(), |(_, target)| s.organisation(*target))
}

fn proposed(proposal: &introduction::Proposal, s: &Scene<'_>) -> String {
    let project = if s.is_about_case(proposal.case) {
        String::new()
    } else {
        format!(" of the project {}", s.case(proposal.case))
    };
    format!(
        "An introduction{project} to {}{} was proposed ({}), as {} wished; followed by {}.",
        s.organisation(proposal.target),
        with(proposal.person, |person| format!(" (contact: {})", s.person(person))),
        s.label(proposal.kind),
        s.label(proposal.initiated_by),
        s.user(proposal.owner)
    )
}

pub(super) fn gathering(fact: &gathering::Fact, s: &Scene<'_>) -> String {
    use gathering::Fact;
    match fact {
        Fact::Planned(plan) => format!(
            "Planned: {} {}, {}{}.",
            s.label(plan.kind),
            s.quote(plan.title.as_str()),
            s.slot(plan.interval),
            attendance(plan.cases.len(), plan.organisations.len(), plan.participants.len(), s)
        ),
        Fact::Held(held) => format!(
            "Took place: {}{}, {}{}.",
            s.label(held.kind),
            title(s),
            s.slot(held.interval),
            attendance(held.cases.len(), held.organisations.len(), held.participants.len(), s)
        ),
        Fact::Cancelled { .. } => format!("Gathering cancelled{}.", called(s)),
    }
}

fn attendance(cases: usize, organisations: usize, people: usize, s: &Scene<'_>) -> String {
    let counts = [
        (cases, "project", "projects"),
        (organisations, "organisation", "organisations"),
        (people, "person", "people"),
    ];
    let there = counts.iter().filter(|(number, _, _)| *number > 0);
    let there = s.list(there.map(|(number, one, many)| count(*number, one, many)));
    if there.is_empty() { there } else { format!(" ({there})") }
}

/// The title it was announced under, where that is known.
fn title(s: &Scene<'_>) -> String {
    let Some(Stream::Gathering(id)) = s.stream else { return String::new() };
    let known = s.memory.gatherings.get(&id).and_then(|(_, title)| title.as_ref());
    with(known, |title| format!(" {}", s.quote(title.as_str())))
}

fn called(s: &Scene<'_>) -> String {
    let Some(Stream::Gathering(id)) = s.stream else { return String::new() };
    let kind = s.memory.gatherings.get(&id).map(|(kind, _)| s.label(*kind));
    with(kind, |kind| format!(": {kind}{}", title(s)))
}
