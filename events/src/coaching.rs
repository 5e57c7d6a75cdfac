//! coaching.: mentors, plans and sessions.

use crate::fields::*;

/// When, where and with whom a session is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Appointment {
    /// When.
    pub interval: Interval,
    /// The clock it was agreed on.
    pub time_zone: Zone,
    /// Who leads it.
    pub leader: PersonId,
    /// Who else takes part.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub participants: Vec<PersonId>,
    /// How they meet.
    pub modality: Modality,
    /// Where, or the link.
    #[serde(default)]
    pub place: Option<Sealed>,
}

/// A session that took place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// The session, if it had been scheduled.
    #[serde(default)]
    pub session: Option<SessionId>,
    /// When it was.
    pub interval: Interval,
    /// Who led it.
    pub leader: PersonId,
    /// Who else took part.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub participants: Vec<PersonId>,
    /// What about.
    #[serde(default)]
    #[schemars(length(max = 12))]
    pub topics: Vec<CoachingTopic>,
    /// What was said.
    pub summary: Sealed,
    /// What is to be done.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub actions: Vec<Sealed>,
    /// When to meet again.
    #[serde(default)]
    pub next: Option<Date>,
}

/// What happens in coaching.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Fact {
    /// A mentor takes the project on.
    #[serde(rename = "coaching.mentor-assigned.v1")]
    MentorAssigned {
        /// Who.
        mentor: PersonId,
        /// What for.
        #[serde(default)]
        topics: Vec<CoachingTopic>,
    },
    /// The mentor is done.
    #[serde(rename = "coaching.mentor-released.v1")]
    MentorReleased {
        /// Who.
        mentor: PersonId,
    },
    /// What coaching is to reach.
    #[serde(rename = "coaching.plan-agreed.v1")]
    PlanAgreed {
        /// The objectives.
        objectives: Sealed,
        /// How many sessions.
        sessions: u32,
        /// Until when.
        until: Option<Date>,
    },
    /// A session has a date.
    #[serde(rename = "coaching.session-scheduled.v1")]
    SessionScheduled {
        /// The session.
        session: SessionId,
        /// When, where, with whom.
        appointment: Appointment,
    },
    /// It has another.
    #[serde(rename = "coaching.session-rescheduled.v1")]
    SessionRescheduled {
        /// Which.
        session: SessionId,
        /// When, where, with whom.
        appointment: Appointment,
    },
    /// It won't be.
    #[serde(rename = "coaching.session-cancelled.v1")]
    SessionCancelled {
        /// Which.
        session: SessionId,
        /// Which side cancelled.
        by: Party,
    },
    /// It took place.
    #[serde(rename = "coaching.session-held.v1")]
    SessionHeld(Held),
    /// Somebody did not come.
    #[serde(rename = "coaching.session-missed.v1")]
    SessionMissed {
        /// Which.
        session: SessionId,
        /// Who.
        by: Party,
    },
}

impl Fact {
    /// What may be done about it when it is wrong.
    pub const fn class(&self) -> Class {
        match self {
            Self::PlanAgreed { .. } | Self::SessionHeld(_) | Self::SessionMissed { .. } => {
                Class::Descriptive
            }
            Self::MentorAssigned { .. }
            | Self::MentorReleased { .. }
            | Self::SessionScheduled { .. }
            | Self::SessionRescheduled { .. }
            | Self::SessionCancelled { .. } => Class::Mechanical,
        }
    }

    /// What it is about beside the case.
    pub(crate) fn objects(&self, about: &mut Vec<Object>) {
        match self {
            Self::MentorAssigned { mentor, .. } => about.push(mentor.as_object("mentor")),
            Self::MentorReleased { mentor } => about.push(mentor.as_object("former_mentor")),
            Self::SessionScheduled { appointment, .. }
            | Self::SessionRescheduled { appointment, .. } => {
                about.push(appointment.leader.as_object("leader"));
                let people = &appointment.participants;
                about.extend(people.iter().map(|id| id.as_object("invited")));
            }
            Self::SessionHeld(held) => {
                about.push(held.leader.as_object("leader"));
                about.extend(held.participants.iter().map(|id| id.as_object("participant")));
            }
            Self::PlanAgreed { .. }
            | Self::SessionCancelled { .. }
            | Self::SessionMissed { .. } => {}
        }
    }
}
