//! Coaching: mentors, what coaching is to reach, and its sessions.

use events::coaching::{Appointment, Fact, Held};
use events::{CoachingTopic, Date, Party, PersonId, Role, Rule, Sealed, SessionId};
use schemars::JsonSchema;
use serde::Deserialize;
use strum::{IntoStaticStr, VariantNames};

use super::case::{Case, SessionState};
use super::command::{Effect, Spec, Texts};
use super::context::{Context, missing};
use super::intake::open;
use super::{Decision, Refusal, Stop};

/// What can be asked around coaching.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[strum(serialize_all = "kebab-case")]
pub enum Command {
    /// Give the project a mentor, or another list of topics to one it has.
    AssignMentor {
        /// Who.
        mentor: PersonId,
        /// What for.
        #[serde(default)]
        #[schemars(length(max = 12))]
        topics: Vec<CoachingTopic>,
    },
    /// Record that a mentor is done with the project.
    ReleaseMentor {
        /// Who.
        mentor: PersonId,
    },
    /// Agree on what coaching is to reach; the last plan counts.
    AgreePlan {
        /// The objectives.
        objectives: Sealed,
        /// How many sessions.
        #[schemars(range(min = 1, max = 200))]
        sessions: u32,
        /// Until when.
        until: Option<Date>,
    },
    /// Give a coaching session a date.
    ScheduleCoachingSession(Appointment),
    /// Move a scheduled session, or change who takes part.
    RescheduleCoachingSession {
        /// Which.
        session: SessionId,
        /// When, where, with whom.
        appointment: Appointment,
    },
    /// Cancel a scheduled session.
    CancelCoachingSession {
        /// Which.
        session: SessionId,
        /// Which side cancelled.
        by: Party,
    },
    /// Log a session that took place, scheduled or not.
    LogCoachingSession(Held),
    /// Log that somebody did not come to a scheduled session.
    LogMissedSession {
        /// Which.
        session: SessionId,
        /// Who.
        by: Party,
    },
}

/// The longest plan, sessions.
const SESSIONS_MAX: u32 = 200;

const fn spec(name: &'static str, example: &'static str) -> Spec {
    let roles = &[Role::Advisor, Role::Head, Role::Deputy];
    Spec { name, roles, effect: Effect::Adds, texts: Texts::OfStream, example }
}

/// What is said of each command.
pub const SPECS: &[Spec] = &[
    spec(
        "assign-mentor",
        r#"{"mentor":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0b",
        "topics":["regulatory","fundraising"]}"#,
    ),
    spec("release-mentor", r#"{"mentor":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0b"}"#),
    spec(
        "agree-plan",
        r#"{"objectives":"A clinical plan that an investor can read.","sessions":6,
        "until":"2026-12-31"}"#,
    ),
    spec(
        "schedule-coaching-session",
        r#"{"interval":{"from":"2026-03-10T13:00:00Z","until":"2026-03-10T14:30:00Z"},
        "time_zone":"Europe/Paris","leader":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0b",
        "participants":["5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a01"],"modality":"in_person",
        "place":"Meeting room on the second floor"}"#,
    ),
    spec(
        "reschedule-coaching-session",
        r#"{"session":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0c","appointment":{
        "interval":{"from":"2026-03-12T13:00:00Z","until":"2026-03-12T14:30:00Z"},
        "time_zone":"Europe/Paris","leader":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0b",
        "participants":["5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a01"],"modality":"video"}}"#,
    ),
    spec(
        "cancel-coaching-session",
        r#"{"session":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0c","by":"innovator"}"#,
    ),
    spec(
        "log-coaching-session",
        r#"{"interval":{"from":"2026-02-24T13:00:00Z","until":"2026-02-24T14:00:00Z"},
        "leader":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0b",
        "participants":["5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a01"],"topics":["pitch"],
        "summary":"Cut the deck to ten slides; the market slide needs sources.",
        "actions":["Find three sources for the market size."],"next":"2026-03-10"}"#,
    ),
    spec(
        "log-missed-session",
        r#"{"session":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0c","by":"mentor"}"#,
    ),
];

impl Case {
    /// Takes a fact of this family in.
    pub(super) fn evolve_coaching(&mut self, fact: &Fact) {
        match fact {
            Fact::MentorAssigned { mentor, topics } => {
                self.mentors.insert(*mentor, topics.clone());
            }
            Fact::MentorReleased { mentor } => {
                self.mentors.remove(mentor);
            }
            Fact::SessionScheduled { session, appointment }
            | Fact::SessionRescheduled { session, appointment } => {
                self.sessions.insert(*session, SessionState::Scheduled(appointment.clone()));
            }
            Fact::SessionCancelled { session, .. } => {
                self.sessions.insert(*session, SessionState::Cancelled);
            }
            Fact::SessionMissed { session, .. } => {
                self.sessions.insert(*session, SessionState::Missed);
            }
            Fact::SessionHeld(held) => {
                self.sessions.extend(held.session.map(|session| (session, SessionState::Held)));
            }
            Fact::PlanAgreed { .. } => {}
        }
    }
}

/// Decides a command of this family.
///
/// # Errors
/// The rule that forbids it.
pub fn decide(case: &Case, command: &Command, context: &Context<'_>) -> Decision {
    let fact = match command {
        Command::AssignMentor { mentor, topics } => {
            open(case, context)?;
            context.known_person(*mentor, "mentor")?;
            if case.mentors.get(mentor) == Some(topics) {
                return Ok(vec![]);
            }
            Fact::MentorAssigned { mentor: *mentor, topics: topics.clone() }
        }
        Command::ReleaseMentor { mentor } => {
            if !case.mentors.contains_key(mentor) {
                return Ok(vec![]);
            }
            Fact::MentorReleased { mentor: *mentor }
        }
        Command::AgreePlan { objectives, sessions, until } => {
            open(case, context)?;
            context.keep((1..=SESSIONS_MAX).contains(sessions), || {
                let message = format!("a plan has 1 to {SESSIONS_MAX} sessions");
                Refusal::new(Rule::G9, "off_the_scale", message).at("sessions")
            })?;
            let (objectives, sessions) = (objectives.clone(), *sessions);
            Fact::PlanAgreed { objectives, sessions, until: *until }
        }
        Command::ScheduleCoachingSession(_)
        | Command::RescheduleCoachingSession { .. }
        | Command::CancelCoachingSession { .. }
        | Command::LogMissedSession { .. } => return decide_session(case, command, context),
        Command::LogCoachingSession(held) => return log_held(case, held, context),
    };
    Ok(vec![fact.into()])
}

fn decide_session(case: &Case, command: &Command, context: &Context<'_>) -> Decision {
    let fact = match command {
        Command::ScheduleCoachingSession(appointment) => {
            let session = SessionId::created_by(context.command);
            appointed(case, session, appointment, context)?;
            Fact::SessionScheduled { session, appointment: appointment.clone() }
        }
        Command::RescheduleCoachingSession { session, appointment } => {
            let state = known(case, *session)?;
            if *state == SessionState::Scheduled(appointment.clone()) {
                return Ok(vec![]);
            }
            scheduled(state, context)?;
            appointed(case, *session, appointment, context)?;
            Fact::SessionRescheduled { session: *session, appointment: appointment.clone() }
        }
        Command::CancelCoachingSession { session, by } => {
            let state = known(case, *session)?;
            if *state == SessionState::Cancelled {
                return Ok(vec![]);
            }
            scheduled(state, context)?;
            Fact::SessionCancelled { session: *session, by: *by }
        }
        Command::LogMissedSession { session, by } => {
            let state = known(case, *session)?;
            if *state == SessionState::Missed {
                return Ok(vec![]);
            }
            scheduled(state, context)?;
            if let SessionState::Scheduled(appointment) = state {
                context.has_come(appointment.interval.from(), "session")?;
            }
            Fact::SessionMissed { session: *session, by: *by }
        }
        _ => return Ok(vec![]),
    };
    Ok(vec![fact.into()])
}

fn log_held(case: &Case, held: &Held, context: &Context<'_>) -> Decision {
    open(case, context)?;
    if let Some(session) = held.session {
        scheduled(known(case, session)?, context)?;
    }
    context.has_come(held.interval.until(), "interval.until")?;
    context.known_person(held.leader, "leader")?;
    context.known_people(&held.participants, "participants")?;
    Ok(vec![Fact::SessionHeld(held.clone()).into()])
}

fn known(case: &Case, session: SessionId) -> Result<&SessionState, Stop> {
    let known = case.sessions.get(&session);
    known.ok_or_else(|| missing("session", "session", "the case shows its sessions").into())
}

/// C-7: what happens to a session happens to one that has a date.
fn scheduled(state: &SessionState, context: &Context<'_>) -> Result<(), Stop> {
    let over = match state {
        SessionState::Scheduled(_) => return Ok(()),
        SessionState::Cancelled => "cancelled",
        SessionState::Held => "held",
        SessionState::Missed => "missed",
    };
    context.keep(false, || {
        Refusal::new(Rule::C7, "session_over", format!("the session was {over}"))
            .at("session")
            .remedy("leave the session out to log one that was not scheduled")
    })
}

/// A date that can be kept: with people who are known, on a clock that is, and no two at once.
fn appointed(
    case: &Case,
    session: SessionId,
    appointment: &Appointment,
    context: &Context<'_>,
) -> Result<(), Stop> {
    open(case, context)?;
    let zone = appointment.time_zone.as_str();
    context.keep(zone.parse::<chrono_tz::Tz>().is_ok(), || {
        Refusal::new(Rule::G9, "unknown_zone", format!("no time zone is called {zone}"))
            .at("time_zone")
            .remedy("use an IANA name such as Europe/Paris")
    })?;
    context.known_person(appointment.leader, "leader")?;
    context.known_people(&appointment.participants, "participants")?;
    let clashes = case.sessions.iter().any(|(other, state)| match state {
        SessionState::Scheduled(known) => {
            *other != session && known.interval.overlaps(appointment.interval)
        }
        SessionState::Cancelled | SessionState::Held | SessionState::Missed => false,
    });
    context.keep(!clashes, || {
        Refusal::new(Rule::C7, "overlaps", "the case has another session then")
            .at("interval")
            .remedy("choose another time, or move or cancel the other session first")
    })
}

#[cfg(test)]
mod tests {
    use events::{CaseId, ClosingReason, Interval, Modality, Stream, intake};

    use super::*;
    use crate::domain::testing::{Given, arrived, at, created, given, person_of, sealed};

    const LEADER: Role = Role::Head;

    fn given_case(facts: impl IntoIterator<Item = Fact>) -> Given {
        let facts = facts.into_iter().map(events::Fact::from);
        given(Stream::Case(CaseId::derived("case")), [arrived()].into_iter().chain(facts))
            .and_person(person_of(LEADER))
    }

    fn given_closed(facts: impl IntoIterator<Item = Fact>) -> Given {
        let closed = intake::Fact::Closed { reason: ClosingReason::Graduated, note: None };
        let facts = facts.into_iter().map(events::Fact::from);
        let facts = [arrived()].into_iter().chain(facts).chain([closed.into()]);
        given(Stream::Case(CaseId::derived("case")), facts).and_person(person_of(LEADER))
    }

    fn one(fact: Fact) -> [events::Fact; 1] {
        [fact.into()]
    }

    /// On the day that it is in tests; the clock shows 09:00 UTC.
    fn between(from: &str, until: &str) -> Interval {
        let moment = |clock: &str| at(&format!("2026-03-02T{clock}:00Z"));
        Interval::new(moment(from), moment(until)).expect("an interval")
    }

    fn appointment(interval: Interval) -> Appointment {
        Appointment {
            interval,
            time_zone: "Europe/Paris".parse().expect("a zone"),
            leader: person_of(LEADER),
            participants: vec![],
            modality: Modality::Video,
            place: None,
        }
    }

    fn session() -> SessionId {
        SessionId::derived("session")
    }

    fn scheduled(interval: Interval) -> Fact {
        Fact::SessionScheduled { session: session(), appointment: appointment(interval) }
    }

    fn cancelled() -> Fact {
        Fact::SessionCancelled { session: session(), by: Party::Mentor }
    }

    fn cancel() -> Command {
        Command::CancelCoachingSession { session: session(), by: Party::Mentor }
    }

    fn missed() -> Fact {
        Fact::SessionMissed { session: session(), by: Party::Innovator }
    }

    fn miss() -> Command {
        Command::LogMissedSession { session: session(), by: Party::Innovator }
    }

    fn held(session: Option<SessionId>, interval: Interval) -> Held {
        Held {
            session,
            interval,
            leader: person_of(LEADER),
            participants: vec![],
            topics: vec![CoachingTopic::Pitch],
            summary: sealed("summary"),
            actions: vec![sealed("action")],
            next: None,
        }
    }

    fn schedule(interval: Interval) -> Command {
        Command::ScheduleCoachingSession(appointment(interval))
    }

    fn reschedule(interval: Interval) -> Command {
        let appointment = appointment(interval);
        Command::RescheduleCoachingSession { session: session(), appointment }
    }

    fn assigned(topics: Vec<CoachingTopic>) -> Fact {
        Fact::MentorAssigned { mentor: person_of(LEADER), topics }
    }

    fn assign(topics: Vec<CoachingTopic>) -> Command {
        Command::AssignMentor { mentor: person_of(LEADER), topics }
    }

    #[test]
    fn a_mentor_is_assigned_once_for_the_same_topics() {
        let pitch = || vec![CoachingTopic::Pitch];
        given_case([]).when(assign(pitch())).then(one(assigned(pitch())));
        given_case([assigned(pitch())]).when(assign(pitch())).then_nothing();
        given_case([assigned(vec![])]).when(assign(pitch())).then(one(assigned(pitch())));
        given_closed([]).when(assign(vec![])).then_refused(Rule::C7);
        let closed = given_closed([]).when(assign(vec![]));
        closed.reported().then_irregular(one(assigned(vec![])), [Rule::C7]);
        let stranger = Command::AssignMentor { mentor: person_of(Role::Dpo), topics: vec![] };
        given_case([]).when(stranger).then_refused(Rule::G9);
    }

    #[test]
    fn a_mentor_is_released_once_and_after_the_end_too() {
        let release = || Command::ReleaseMentor { mentor: person_of(LEADER) };
        let released = || Fact::MentorReleased { mentor: person_of(LEADER) };
        given_closed([assigned(vec![])]).when(release()).then(one(released()));
        given_case([]).when(release()).then_nothing();
        given_case([assigned(vec![]), released()]).when(release()).then_nothing();
    }

    #[test]
    fn a_plan_has_sessions() {
        let agree = |sessions| Command::AgreePlan {
            objectives: sealed("objectives"),
            sessions,
            until: None,
        };
        let agreed =
            Fact::PlanAgreed { objectives: sealed("objectives"), sessions: 6, until: None };
        given_case([]).when(agree(6)).then(one(agreed));
        given_case([]).when(agree(0)).then_refused(Rule::G9);
        given_case([]).when(agree(SESSIONS_MAX + 1)).then_refused(Rule::G9);
        given_closed([]).when(agree(6)).then_refused(Rule::C7);
    }

    #[test]
    fn a_session_is_scheduled_with_people_who_are_known_on_a_clock_that_is() {
        let interval = between("10:00", "11:00");
        let fact =
            Fact::SessionScheduled { session: created(), appointment: appointment(interval) };
        given_case([]).when(schedule(interval)).then(one(fact));
        given_closed([]).when(schedule(interval)).then_refused(Rule::C7);
        let zone = "Europe/Lutetia".parse().expect("it looks like a zone");
        let elsewhere = Appointment { time_zone: zone, ..appointment(interval) };
        let refusal = given_case([]).when(Command::ScheduleCoachingSession(elsewhere));
        assert_eq!(refusal.then_refused(Rule::G9).field, Some("time_zone"));
        for with_stranger in [
            Appointment { leader: person_of(Role::Dpo), ..appointment(interval) },
            Appointment { participants: vec![person_of(Role::Dpo)], ..appointment(interval) },
        ] {
            let schedule = Command::ScheduleCoachingSession(with_stranger);
            given_case([]).when(schedule).then_refused(Rule::G9);
        }
    }

    #[test]
    fn two_sessions_of_a_case_do_not_overlap() {
        let first = || scheduled(between("10:00", "11:00"));
        let second = between("10:30", "11:30");
        let clash = || given_case([first()]).when(schedule(second));
        assert_eq!(clash().then_refused(Rule::C7).reason, "overlaps");
        let fact = |interval| Fact::SessionScheduled {
            session: created(),
            appointment: appointment(interval),
        };
        clash().reported().then_irregular(one(fact(second)), [Rule::C7]);
        let after = between("11:00", "12:00");
        given_case([first()]).when(schedule(after)).then(one(fact(after)));
        given_case([first(), cancelled()]).when(schedule(second)).then(one(fact(second)));
    }

    #[test]
    fn a_session_moves_even_over_its_own_time() {
        let first = || scheduled(between("10:00", "11:00"));
        let later = between("10:30", "11:30");
        let moved = || {
            let appointment = appointment(later);
            Fact::SessionRescheduled { session: session(), appointment }
        };
        given_case([first()]).when(reschedule(later)).then(one(moved()));
        given_case([first(), moved()]).when(reschedule(later)).then_nothing();
        given_case([]).when(reschedule(later)).then_refused(Rule::G9);
        let over = || given_case([first(), cancelled()]).when(reschedule(later));
        assert_eq!(over().then_refused(Rule::C7).reason, "session_over");
        over().reported().then_irregular(one(moved()), [Rule::C7]);
    }

    #[test]
    fn a_session_is_cancelled_once_and_after_the_end_of_the_case_too() {
        let first = || scheduled(between("10:00", "11:00"));
        given_closed([first()]).when(cancel()).then(one(cancelled()));
        given_case([first(), cancelled()]).when(cancel()).then_nothing();
        given_case([first(), missed()]).when(cancel()).then_refused(Rule::C7);
        given_case([]).when(cancel()).then_refused(Rule::G9);
    }

    #[test]
    fn a_session_is_logged_once_it_is_over_scheduled_or_not() {
        let interval = between("07:00", "08:00");
        for of in [None, Some(session())] {
            given_case([scheduled(interval)])
                .when(Command::LogCoachingSession(held(of, interval)))
                .then(one(Fact::SessionHeld(held(of, interval))));
        }
        let ahead = Command::LogCoachingSession(held(None, between("08:30", "09:30")));
        given_case([]).when(ahead.clone()).then_refused(Rule::G3);
        given_case([]).when(ahead).reported().then_refused(Rule::G3);
        let strange = Command::LogCoachingSession(held(Some(session()), interval));
        given_case([]).when(strange).then_refused(Rule::G9);
        let stranger = Held { participants: vec![person_of(Role::Dpo)], ..held(None, interval) };
        given_case([]).when(Command::LogCoachingSession(stranger)).then_refused(Rule::G9);
    }

    #[test]
    fn a_session_is_not_held_twice_nor_in_a_closed_case() {
        let interval = between("07:00", "08:00");
        let held = || held(Some(session()), interval);
        let log = || Command::LogCoachingSession(held());
        let history = || [scheduled(interval), Fact::SessionHeld(held())];
        let fact = || one(Fact::SessionHeld(held()));
        given_case(history()).when(log()).then_refused(Rule::C7);
        given_case(history()).when(log()).reported().then_irregular(fact(), [Rule::C7]);
        given_closed([scheduled(interval)]).when(log()).then_refused(Rule::C7);
        given_closed([scheduled(interval)])
            .when(log())
            .reported()
            .then_irregular(fact(), [Rule::C7]);
    }

    #[test]
    fn a_session_is_missed_once_and_not_before_it_begins() {
        let begun = || scheduled(between("08:00", "10:00"));
        given_case([begun()]).when(miss()).then(one(missed()));
        given_case([begun(), missed()]).when(miss()).then_nothing();
        given_case([begun(), cancelled()]).when(miss()).then_refused(Rule::C7);
        given_case([begun(), cancelled()])
            .when(miss())
            .reported()
            .then_irregular(one(missed()), [Rule::C7]);
        given_case([scheduled(between("10:00", "11:00"))]).when(miss()).then_refused(Rule::G3);
        given_case([]).when(miss()).then_refused(Rule::G9);
    }
}
