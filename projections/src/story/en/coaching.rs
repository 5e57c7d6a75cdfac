//! Coaching.

use events::{SessionId, coaching};

use crate::story::scene::{Scene, count, with};

pub(super) fn coaching(fact: &coaching::Fact, s: &Scene<'_>) -> String {
    use coaching::Fact;
    match fact {
        Fact::MentorAssigned { mentor, topics } => {
            let topics = (!topics.is_empty()).then(|| s.labels(topics));
            let topics = with(topics, |topics| format!(": {topics}"));
            format!("{} became a mentor of the project{topics}.", s.person(*mentor))
        }
        Fact::MentorReleased { mentor } => {
            format!("{} finished mentoring the project.", s.person(*mentor))
        }
        Fact::PlanAgreed { sessions, until, .. } => format!(
            "A coaching plan was agreed: {}{}.",
            count(*sessions as usize, "session", "sessions"),
            with(*until, |until| format!(" until {}", s.date(until)))
        ),
        Fact::SessionScheduled { appointment, .. } => {
            format!("A coaching session is to be held {}.", terms(appointment, s))
        }
        Fact::SessionRescheduled { session, appointment } => format!(
            "The coaching session{} was moved: now {}.",
            foreseen(*session, s),
            terms(appointment, s)
        ),
        Fact::SessionCancelled { session, by } => format!(
            "The coaching session{} was cancelled by {}.",
            foreseen(*session, s),
            s.label(*by)
        ),
        Fact::SessionHeld(held) => session_held(held, s),
        Fact::SessionMissed { session, by } => format!(
            "The coaching session{} was missed: {} did not come.",
            foreseen(*session, s),
            s.label(*by)
        ),
    }
}

/// ` of 12 March 2026`, where that is known.
fn foreseen(session: SessionId, s: &Scene<'_>) -> String {
    let interval = s.memory.sessions.get(&session);
    with(interval, |interval| format!(" of {}", s.day(interval.from())))
}

fn terms(appointment: &coaching::Appointment, s: &Scene<'_>) -> String {
    let people = &appointment.participants;
    let people = (!people.is_empty()).then(|| s.people(people));
    format!(
        "{} ({}), led by {}{}",
        s.slot(appointment.interval),
        s.label(appointment.modality),
        s.person(appointment.leader),
        with(people, |people| format!(", with {people}"))
    )
}

fn session_held(held: &coaching::Held, s: &Scene<'_>) -> String {
    let people = (!held.participants.is_empty()).then(|| s.people(&held.participants));
    let topics = (!held.topics.is_empty()).then(|| s.labels(&held.topics));
    let actions = held.actions.len();
    let actions = (actions > 0).then(|| count(actions, "action to do", "actions to do"));
    format!(
        "Coaching session held {}, led by {}{}{}{}{}.",
        s.slot(held.interval),
        s.person(held.leader),
        with(people, |people| format!(", with {people}")),
        with(topics, |topics| format!("; topics: {topics}")),
        with(actions, |actions| format!("; {actions}")),
        with(held.next, |next| format!("; next meeting on {}", s.date(next)))
    )
}
