//! The coaching in the file of a case.

use events::{
    Date, Envelope, Party, Sealed, SessionId,
    coaching::{Appointment, Fact, Held},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Act;

/// The coaching of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CoachingFile {
    /// What it is to reach, as last agreed.
    pub plan: Option<CoachingPlan>,
    /// Its sessions, first to last.
    pub sessions: Vec<CoachingSession>,
}

/// What coaching is to reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CoachingPlan {
    /// The objectives.
    pub objectives: Sealed,
    /// How many sessions.
    pub sessions: u32,
    /// Until when.
    pub until: Option<Date>,
    /// When it was agreed.
    pub act: Act,
}

/// Where a coaching session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// It has a date.
    Scheduled,
    /// It took place.
    Held,
    /// It won't.
    Cancelled,
    /// Somebody did not come.
    Missed,
}

/// A coaching session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CoachingSession {
    /// The session; absent where it was held without having been scheduled.
    pub session: Option<SessionId>,
    /// Where it is.
    pub state: SessionState,
    /// When, where, with whom it was to be.
    pub appointment: Option<Appointment>,
    /// How often it was moved.
    pub rescheduled: u32,
    /// Who cancelled it or did not come.
    pub by: Option<Party>,
    /// What took place.
    pub held: Option<Held>,
    /// The last event about it.
    pub act: Act,
}

impl CoachingFile {
    /// The session, begun where it was not known yet.
    fn session(&mut self, session: SessionId, act: Act) -> &mut CoachingSession {
        let known = self.sessions.iter().position(|known| known.session == Some(session));
        let place = known.unwrap_or_else(|| {
            self.sessions.push(CoachingSession::new(Some(session), act));
            self.sessions.len() - 1
        });
        &mut self.sessions[place]
    }

    pub(super) fn take(&mut self, fact: &Fact, next: &Envelope) {
        let act = Act::of(next);
        match fact {
            Fact::PlanAgreed { objectives, sessions, until } => {
                let (objectives, sessions, until) = (objectives.clone(), *sessions, *until);
                self.plan = Some(CoachingPlan { objectives, sessions, until, act });
            }
            Fact::SessionScheduled { session, appointment } => {
                let session = self.session(*session, act);
                session.now(SessionState::Scheduled, None, act);
                session.appointment = Some(appointment.clone());
            }
            Fact::SessionRescheduled { session, appointment } => {
                let session = self.session(*session, act);
                session.now(SessionState::Scheduled, None, act);
                session.appointment = Some(appointment.clone());
                session.rescheduled += 1;
            }
            Fact::SessionCancelled { session, by } => {
                self.session(*session, act).now(SessionState::Cancelled, Some(*by), act);
            }
            Fact::SessionMissed { session, by } => {
                self.session(*session, act).now(SessionState::Missed, Some(*by), act);
            }
            Fact::SessionHeld(held) => {
                if let Some(session) = held.session {
                    let session = self.session(session, act);
                    session.now(SessionState::Held, None, act);
                    session.held = Some(held.clone());
                } else {
                    let session = CoachingSession::new(None, act);
                    self.sessions.push(CoachingSession { held: Some(held.clone()), ..session });
                }
            }
            Fact::MentorAssigned { .. } | Fact::MentorReleased { .. } => {}
        }
    }
}

impl CoachingSession {
    const fn new(session: Option<SessionId>, act: Act) -> Self {
        Self {
            session,
            state: SessionState::Held,
            appointment: None,
            rescheduled: 0,
            by: None,
            held: None,
            act,
        }
    }

    const fn now(&mut self, state: SessionState, by: Option<Party>, act: Act) {
        self.state = state;
        self.by = by;
        self.act = act;
    }
}
