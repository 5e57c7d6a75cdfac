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
        Command::LogCoachingSession(held) => return log_held(case, held, context),
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
