//! L'accompagnement.

use events::{SessionId, coaching};

use super::of_party;
use crate::story::scene::{Scene, count, with};

pub(super) fn coaching(fact: &coaching::Fact, s: &Scene<'_>) -> String {
    use coaching::Fact;
    match fact {
        Fact::MentorAssigned { mentor, topics } => {
            let topics = (!topics.is_empty()).then(|| s.labels(topics));
            let topics = with(topics, |topics| format!(" : {topics}"));
            format!("{} devient mentor du projet{topics}.", s.person(*mentor))
        }
        Fact::MentorReleased { mentor } => {
            format!("{} a achevé son mentorat.", s.person(*mentor))
        }
        Fact::PlanAgreed { sessions, until, .. } => format!(
            "Plan d'accompagnement convenu : {}{}.",
            count(*sessions as usize, "séance", "séances"),
            with(*until, |until| format!(" d'ici au {}", s.date(until)))
        ),
        Fact::SessionScheduled { appointment, .. } => {
            format!("Séance d'accompagnement fixée : {}.", terms(appointment, s))
        }
        Fact::SessionRescheduled { session, appointment } => format!(
            "Séance d'accompagnement{} déplacée : désormais {}.",
            foreseen(*session, s),
            terms(appointment, s)
        ),
        Fact::SessionCancelled { session, by } => format!(
            "Séance d'accompagnement{} annulée du fait {}.",
            foreseen(*session, s),
            of_party(*by)
        ),
        Fact::SessionHeld(held) => session_held(held, s),
        Fact::SessionMissed { session, by } => format!(
            "Séance d'accompagnement{} manquée : {} ne s'est pas présenté.",
            foreseen(*session, s),
            s.label(*by)
        ),
    }
}

/// ` prévue le 12 mars 2026`, où on le sait.
fn foreseen(session: SessionId, s: &Scene<'_>) -> String {
    let interval = s.memory.sessions.get(&session);
    with(interval, |interval| format!(" prévue le {}", s.day(interval.from())))
}

fn terms(appointment: &coaching::Appointment, s: &Scene<'_>) -> String {
    let people = &appointment.participants;
    let people = (!people.is_empty()).then(|| s.people(people));
    format!(
        "{} ({}), animée par {}{}",
        s.slot(appointment.interval),
        s.label(appointment.modality),
        s.person(appointment.leader),
        with(people, |people| format!(", avec {people}"))
    )
}

fn session_held(held: &coaching::Held, s: &Scene<'_>) -> String {
    let people = (!held.participants.is_empty()).then(|| s.people(&held.participants));
    let topics = (!held.topics.is_empty()).then(|| s.labels(&held.topics));
    let actions = held.actions.len();
    let actions = (actions > 0).then(|| count(actions, "action à mener", "actions à mener"));
    format!(
        "Séance d'accompagnement tenue {}, animée par {}{}{}{}{}.",
        s.slot(held.interval),
        s.person(held.leader),
        with(people, |people| format!(", avec {people}")),
        with(topics, |topics| format!(" ; sujets : {topics}")),
        with(actions, |actions| format!(" ; {actions}")),
        with(held.next, |next| format!(" ; prochaine rencontre le {}", s.date(next)))
    )
}
