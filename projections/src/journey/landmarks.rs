//! The turns of a case's journey.

use events::{
    Envelope, EventId, Fact, Language, Time, booking, coaching, intake, introduction, outcome,
    selection,
};

use super::{Landmark, LandmarkKind};
use crate::labels;

const DAY_MICROS: i64 = 86_400_000_000;

/// The turns that were met so far: the earliest of each, by when it happened.
#[derive(Debug, Default)]
pub(super) struct Landmarks(Vec<(LandmarkKind, EventId, Time)>);

impl Landmarks {
    pub(super) fn take(&mut self, envelope: &Envelope) {
        if let Fact::Intake(intake::Fact::Reopened { .. }) = &envelope.fact {
            self.0.retain(|(kind, _, _)| *kind != LandmarkKind::Closed);
        }
        let Some((kind, at)) = turn(envelope) else { return };
        match self.0.iter_mut().find(|(known, _, _)| *known == kind) {
            Some(known) if at < known.2 => *known = (kind, envelope.id, at),
            Some(_) => {}
            None => self.0.push((kind, envelope.id, at)),
        }
    }

    /// First to last, with the days between.
    pub(super) fn told(mut self, language: Language) -> Vec<Landmark> {
        self.0.sort_by_key(|(kind, _, at)| (*at, *kind));
        let received = self.0.iter().find(|(kind, _, _)| *kind == LandmarkKind::Received);
        let received = received.or(self.0.first()).map(|(_, _, at)| *at);
        let mut before = None;
        let mut told = Vec::new();
        for (kind, event, at) in self.0 {
            told.push(Landmark {
                kind,
                label: labels::landmark(kind, language).to_owned(),
                event,
                at,
                days_since_received: days(received.unwrap_or(at), at),
                days_since_previous: days(before.unwrap_or(at), at),
            });
            before = Some(at);
        }
        told
    }
}

/// Whole days from one moment to the next; none backwards.
fn days(from: Time, to: Time) -> u64 {
    u64::try_from((to.micros() - from.micros()) / DAY_MICROS).unwrap_or(0)
}

/// The turn that a fact is, and when it was taken.
fn turn(envelope: &Envelope) -> Option<(LandmarkKind, Time)> {
    let at = envelope.meta.occurred_at;
    match &envelope.fact {
        Fact::Intake(intake::Fact::Logged(arrival)) => {
            Some((LandmarkKind::Received, arrival.received_at))
        }
        Fact::Intake(intake::Fact::AdvisorAssigned { .. }) => {
            Some((LandmarkKind::FirstAdvisor, at))
        }
        Fact::Intake(intake::Fact::Closed { .. }) => Some((LandmarkKind::Closed, at)),
        Fact::Selection(selection::Fact::ApplicationSubmitted { .. }) => {
            Some((LandmarkKind::FirstApplication, at))
        }
        Fact::Selection(selection::Fact::PreselectionDecided { .. }) => {
            Some((LandmarkKind::Decided, at))
        }
        Fact::Coaching(coaching::Fact::SessionHeld(_)) => Some((LandmarkKind::FirstCoaching, at)),
        Fact::Booking(booking::Fact::Confirmed { .. }) => Some((LandmarkKind::FirstBooking, at)),
        Fact::Introduction(introduction::Fact::Made { .. }) => {
            Some((LandmarkKind::FirstIntroduction, at))
        }
        Fact::Outcome(outcome::Fact::Recorded { .. }) => Some((LandmarkKind::FirstOutcome, at)),
        Fact::Intake(_)
        | Fact::Selection(_)
        | Fact::Coaching(_)
        | Fact::Booking(_)
        | Fact::Introduction(_)
        | Fact::Outcome(_)
        | Fact::Followup(_)
        | Fact::Person(_)
        | Fact::Organisation(_)
        | Fact::Policy(_)
        | Fact::Call(_)
        | Fact::Resource(_)
        | Fact::Gathering(_)
        | Fact::Access(_)
        | Fact::Amendment(_)
        | Fact::Approval(_) => None,
    }
}
