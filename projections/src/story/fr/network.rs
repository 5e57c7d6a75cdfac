//! Mises en relation et rencontres.

use events::{Initiator, Stream, gathering, introduction};

use super::by_channel;
use crate::story::scene::{Scene, count, with};

pub(super) fn introduction(fact: &introduction::Fact, s: &Scene<'_>) -> String {
    use introduction::Fact;
    let between = between(s);
    match fact {
        Fact::Proposed(proposal) => proposed(proposal, s),
        Fact::InnovatorConsented { scope, until } => {
            let shared = (!scope.is_empty()).then(|| s.labels(scope));
            let shared = with(shared, |list| format!(" ; partage autorisé : {list}"));
            let until = s.day(*until);
            format!("Le porteur accepte la mise en relation{between}, jusqu'au {until}{shared}.")
        }
        Fact::InnovatorRefused { reason } => {
            format!("Le porteur a refusé la mise en relation{between} : {}.", s.label(*reason))
        }
        Fact::TargetAccepted { until } => {
            let until = with(*until, |until| format!(", jusqu'au {}", s.day(until)));
            format!("{} accepte la mise en relation{until}.", target(s))
        }
        Fact::TargetDeclined { reason } => {
            format!("{} a décliné la mise en relation : {}.", target(s), s.label(*reason))
        }
        Fact::Made { channel, shared, .. } => {
            let shared = (!shared.is_empty()).then(|| s.labels(shared));
            format!(
                "Mise en relation{between} effectuée {}{}.",
                by_channel(*channel),
                with(shared, |shared| format!(" ; éléments partagés : {shared}"))
            )
        }
        Fact::FollowedUp { .. } => {
            format!("Le guichet a fait le point sur la mise en relation{between}.")
        }
        Fact::OutcomeRecorded { outcome, .. } => {
            format!("Suite de la mise en relation{between} : {}.", s.label(*outcome))
        }
        Fact::Abandoned { .. } => format!("Mise en relation{between} abandonnée."),
    }
}

/// ` avec Bpifrance`, ou ce qui n'est pas dit d'emblée des deux parties.
fn between(s: &Scene<'_>) -> String {
    let Some(Stream::Introduction(id)) = s.stream else { return String::new() };
    with(s.memory.introductions.get(&id), |(case, target)| {
        if s.is_about_case(*case) {
            format!(" avec {}", s.organisation(*target))
        } else if s.is_about_organisation(*target) {
            format!(" avec le projet {}", s.case(*case))
        } else {
            format!(" entre le projet {} et {}", s.case(*case), s.organisation(*target))
        }
    })
}

fn target(s: &Scene<'_>) -> String {
    let known = match s.stream {
        Some(Stream::Introduction(id)) => s.memory.introductions.get(&id),
        _ => None,
    };
    known.map_or_else(|| "La cible".to_owned(), |(_, target)| s.organisation(*target))
}

fn proposed(proposal: &introduction::Proposal, s: &Scene<'_>) -> String {
    let project = if s.is_about_case(proposal.case) {
        String::new()
    } else {
        format!(" du projet {}", s.case(proposal.case))
    };
    let initiator = match proposal.initiated_by {
        Initiator::Office => "du guichet",
        Initiator::Innovator => "du porteur",
        Initiator::Target => "de la cible",
    };
    format!(
        "Mise en relation{project} proposée avec {}{} ({}), à l'initiative {initiator} ; \
         suivi : {}.",
        s.organisation(proposal.target),
        with(proposal.person, |person| format!(", contact : {}", s.person(person))),
        s.label(proposal.kind),
        s.user(proposal.owner)
    )
}

pub(super) fn gathering(fact: &gathering::Fact, s: &Scene<'_>) -> String {
    use gathering::Fact;
    match fact {
        Fact::Planned(plan) => format!(
            "Au programme : {} {}, {}{}.",
            s.label(plan.kind),
            s.quote(plan.title.as_str()),
            s.slot(plan.interval),
            attendance(plan.cases.len(), plan.organisations.len(), plan.participants.len(), s)
        ),
        Fact::Held(held) => format!(
            "A eu lieu : {}{}, {}{}.",
            s.label(held.kind),
            title(s),
            s.slot(held.interval),
            attendance(held.cases.len(), held.organisations.len(), held.participants.len(), s)
        ),
        Fact::Cancelled { .. } => format!("Rencontre annulée{}.", called(s)),
    }
}

fn attendance(cases: usize, organisations: usize, people: usize, s: &Scene<'_>) -> String {
    let counts = [
        (cases, "projet", "projets"),
        (organisations, "organisation", "organisations"),
        (people, "personne", "personnes"),
    ];
    let there = counts.iter().filter(|(number, _, _)| *number > 0);
    let there = s.list(there.map(|(number, one, many)| count(*number, one, many)));
    if there.is_empty() { there } else { format!(" ({there})") }
}

/// Le titre annoncé, où on le sait.
fn title(s: &Scene<'_>) -> String {
    let Some(Stream::Gathering(id)) = s.stream else { return String::new() };
    let known = s.memory.gatherings.get(&id).and_then(|(_, title)| title.as_ref());
    with(known, |title| format!(" {}", s.quote(title.as_str())))
}

fn called(s: &Scene<'_>) -> String {
    let Some(Stream::Gathering(id)) = s.stream else { return String::new() };
    let kind = s.memory.gatherings.get(&id).map(|(kind, _)| s.label(*kind));
    with(kind, |kind| format!(" : {kind}{}", title(s)))
}
