//! Which facts belong to a journey: those that name its subject, and those that go on with what
//! such a fact began, though they name only the booking, the session or the introduction.

use std::collections::BTreeSet;

use events::{
    BookingId, Entry, Envelope, EventId, Fact, GatheringId, History, IntroductionId, MissionId,
    Object, ObjectKind, OutcomeId, ReferralId, SessionId, Stream, TokenId, UserId, access,
    coaching, intake, outcome,
};

use super::Subject;
use crate::merges::Merges;

/// Something that several facts are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Thread {
    Booking(BookingId),
    Gathering(GatheringId),
    Introduction(IntroductionId),
    Mission(MissionId),
    Outcome(OutcomeId),
    Referral(ReferralId),
    Session(SessionId),
    Token(TokenId),
    User(UserId),
}

/// The threads of a subject that were picked up so far.
#[derive(Debug)]
pub(crate) struct Threads {
    /// The subject's record, and those that go on under it.
    records: Vec<Object>,
    followed: BTreeSet<Thread>,
    steps: BTreeSet<EventId>,
}

impl Threads {
    pub(crate) fn of(subject: Subject, merges: &Merges) -> Self {
        let records = merges.records(subject);
        Self { records, followed: BTreeSet::new(), steps: BTreeSet::new() }
    }

    /// Whether an entry belongs to the journey, as it counts or as it ever read.
    pub(crate) fn take_entry(
        &mut self,
        history: &History,
        entry: &Entry,
        about: &[Object],
    ) -> bool {
        let now = self.take(&entry.envelope, about);
        let mut then = false;
        if entry.original.is_some() {
            for version in history.versions(entry) {
                then |= self.take(&version, &version.fact.objects(&version.stream));
            }
        }
        // What was said about a step of the journey belongs to it.
        let said = match &entry.envelope.fact {
            Fact::Amendment(said) => self.steps.contains(&said.target()),
            _ => false,
        };
        let ours = now || then || said;
        if ours {
            self.steps.insert(entry.envelope.id);
        }
        ours
    }

    /// Whether the fact belongs to the journey, whose objects are given.
    fn take(&mut self, envelope: &Envelope, about: &[Object]) -> bool {
        let named = |object: &Object| {
            self.records.iter().any(|record| (record.kind, record.id) == (object.kind, object.id))
        };
        let own_account = |object: &Object| {
            object.kind == ObjectKind::User
                && self.followed.contains(&Thread::User(UserId::new(object.id)))
        };
        let thread = thread(envelope);
        if about.iter().any(named) {
            self.followed.extend(thread.filter(|_| begins(&envelope.fact)));
            return true;
        }
        if about.iter().any(own_account) {
            self.followed.extend(
                thread.filter(|thread| matches!(thread, Thread::Token(_) | Thread::Mission(_))),
            );
            return true;
        }
        thread.is_some_and(|thread| self.followed.contains(&thread))
    }
}

/// Whether what names the subject here goes on being about it. A role given on a case is not.
const fn begins(fact: &Fact) -> bool {
    !matches!(
        fact,
        Fact::Access(access::Fact::RoleGranted { .. } | access::Fact::RoleRevoked { .. })
    )
}

/// The thread that a fact belongs to.
fn thread(envelope: &Envelope) -> Option<Thread> {
    match &envelope.fact {
        Fact::Booking(fact) => Some(Thread::Booking(fact.booking())),
        Fact::Introduction(_) => match envelope.stream.stream() {
            Some(Stream::Introduction(id)) => Some(Thread::Introduction(id)),
            _ => None,
        },
        Fact::Gathering(_) => match envelope.stream.stream() {
            Some(Stream::Gathering(id)) => Some(Thread::Gathering(id)),
            _ => None,
        },
        Fact::Outcome(
            outcome::Fact::Recorded { outcome, .. }
            | outcome::Fact::Verified { outcome, .. }
            | outcome::Fact::Contested { outcome, .. },
        ) => Some(Thread::Outcome(*outcome)),
        Fact::Coaching(fact) => session(fact).map(Thread::Session),
        Fact::Intake(
            intake::Fact::ReferralSent { referral, .. }
            | intake::Fact::ReferralAnswered { referral, .. },
        ) => Some(Thread::Referral(*referral)),
        Fact::Access(fact) => Some(account(fact)),
        Fact::Intake(_)
        | Fact::Person(_)
        | Fact::Organisation(_)
        | Fact::Policy(_)
        | Fact::Call(_)
        | Fact::Followup(_)
        | Fact::Selection(_)
        | Fact::Resource(_)
        | Fact::Amendment(_)
        | Fact::Approval(_) => None,
    }
}

const fn session(fact: &coaching::Fact) -> Option<SessionId> {
    match fact {
        coaching::Fact::SessionScheduled { session, .. }
        | coaching::Fact::SessionRescheduled { session, .. }
        | coaching::Fact::SessionCancelled { session, .. }
        | coaching::Fact::SessionMissed { session, .. } => Some(*session),
        coaching::Fact::SessionHeld(held) => held.session,
        coaching::Fact::MentorAssigned { .. }
        | coaching::Fact::MentorReleased { .. }
        | coaching::Fact::PlanAgreed { .. } => None,
    }
}

const fn account(fact: &access::Fact) -> Thread {
    match fact {
        access::Fact::UserEnrolled { user, .. }
        | access::Fact::RoleGranted { user, .. }
        | access::Fact::RoleRevoked { user, .. } => Thread::User(*user),
        access::Fact::TokenIssued { token, .. } | access::Fact::TokenRevoked { token } => {
            Thread::Token(*token)
        }
        access::Fact::AuditMissionOpened { mission, .. }
        | access::Fact::AuditMissionClosed { mission } => Thread::Mission(*mission),
    }
}
