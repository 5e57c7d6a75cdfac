//! What earlier facts said, for the sentences of later ones.

use std::collections::BTreeMap;

use events::{
    ApplicationId, ApprovalId, BookingId, CallId, CaseId, Code, ConsentId, ConsentScope,
    DocumentId, DocumentKind, Envelope, EventId, Fact, GatheringId, GatheringKind, HoldId,
    Interval, IntroductionId, MilestoneId, MilestoneKind, OrganisationId, OutcomeId, OutcomeKind,
    ReferralId, SessionId, Stream, Title, TokenId, UserId, access, approval, approval::Matter,
    booking, coaching, followup, gathering, intake, introduction, outcome, person, selection,
};

/// What is remembered of the things that facts name by their ids alone.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) applications: BTreeMap<ApplicationId, CallId>,
    pub(super) bookings: BTreeMap<BookingId, Interval>,
    pub(super) consents: BTreeMap<ConsentId, ConsentScope>,
    pub(super) documents: BTreeMap<DocumentId, DocumentKind>,
    pub(super) gatherings: BTreeMap<GatheringId, (GatheringKind, Option<Title>)>,
    pub(super) introductions: BTreeMap<IntroductionId, (CaseId, OrganisationId)>,
    pub(super) milestones: BTreeMap<MilestoneId, MilestoneKind>,
    pub(super) outcomes: BTreeMap<OutcomeId, OutcomeKind>,
    pub(super) referrals: BTreeMap<ReferralId, OrganisationId>,
    pub(super) sessions: BTreeMap<SessionId, Interval>,
    pub(super) tokens: BTreeMap<TokenId, UserId>,
    pub(super) approvals: BTreeMap<ApprovalId, Matter>,
    pub(super) holds: BTreeMap<HoldId, Code>,
    /// What was told of each event.
    told: BTreeMap<EventId, String>,
}

impl Memory {
    pub(super) fn take(&mut self, envelope: &Envelope) {
        match &envelope.fact {
            Fact::Person(fact) => self.person(fact),
            Fact::Intake(fact) => self.intake(fact),
            Fact::Followup(fact) => self.followup(fact),
            Fact::Coaching(fact) => self.coaching(fact),
            Fact::Selection(fact) => self.selection(fact),
            Fact::Outcome(fact) => self.outcome(fact),
            Fact::Booking(fact) => self.booking(fact),
            Fact::Introduction(fact) => self.introduction(envelope.stream.stream(), fact),
            Fact::Gathering(fact) => self.gathering(envelope.stream.stream(), fact),
            Fact::Access(fact) => self.access(fact),
            Fact::Approval(approval::Fact::Requested { approval, matter }) => {
                self.approvals.insert(*approval, matter.clone());
            }
            Fact::Organisation(_)
            | Fact::Policy(_)
            | Fact::Call(_)
            | Fact::Resource(_)
            | Fact::Amendment(_)
            | Fact::Approval(_) => {}
        }
    }

    /// Keeps in mind what was told of an event.
    pub(super) fn tell(&mut self, event: EventId, sentence: &str) {
        self.told.insert(event, sentence.to_owned());
    }

    /// What was told of an event, if anything was.
    pub(super) fn told(&self, event: EventId) -> Option<&str> {
        self.told.get(&event).map(String::as_str)
    }

    fn person(&mut self, fact: &person::Fact) {
        if let person::Fact::ConsentGiven { consent, scope, .. } = fact {
            self.consents.insert(*consent, *scope);
        }
        if let person::Fact::HoldPlaced { hold, authority, .. } = fact {
            self.holds.insert(*hold, authority.clone());
        }
    }

    fn intake(&mut self, fact: &intake::Fact) {
        if let intake::Fact::ReferralSent { referral, partner, .. } = fact {
            self.referrals.insert(*referral, *partner);
        }
    }

    fn followup(&mut self, fact: &followup::Fact) {
        if let followup::Fact::DocumentAttached(attachment) = fact {
            self.documents.insert(attachment.document, attachment.kind);
        }
        if let followup::Fact::MilestoneSet { milestone, kind, .. } = fact {
            self.milestones.insert(*milestone, *kind);
        }
    }

    fn coaching(&mut self, fact: &coaching::Fact) {
        if let coaching::Fact::SessionScheduled { session, appointment }
        | coaching::Fact::SessionRescheduled { session, appointment } = fact
        {
            self.sessions.insert(*session, appointment.interval);
        }
    }

    fn selection(&mut self, fact: &selection::Fact) {
        if let selection::Fact::ApplicationSubmitted { application, submission } = fact {
            self.applications.insert(*application, submission.call);
        }
        if let selection::Fact::ApplicationCarriedOver { application, call } = fact {
            self.applications.insert(*application, *call);
        }
    }

    fn outcome(&mut self, fact: &outcome::Fact) {
        if let outcome::Fact::Recorded { outcome, result } = fact {
            self.outcomes.insert(*outcome, result.kind);
        }
    }

    fn booking(&mut self, fact: &booking::Fact) {
        if let booking::Fact::Requested { booking, slot, .. } = fact {
            self.bookings.insert(*booking, slot.interval);
        }
        if let booking::Fact::Rescheduled { booking, interval } = fact {
            self.bookings.insert(*booking, *interval);
        }
    }

    fn introduction(&mut self, stream: Option<Stream>, fact: &introduction::Fact) {
        if let Some(Stream::Introduction(id)) = stream
            && let introduction::Fact::Proposed(proposal) = fact
        {
            self.introductions.insert(id, (proposal.case, proposal.target));
        }
    }

    fn gathering(&mut self, stream: Option<Stream>, fact: &gathering::Fact) {
        let Some(Stream::Gathering(id)) = stream else { return };
        if let gathering::Fact::Planned(plan) = fact {
            self.gatherings.insert(id, (plan.kind, Some(plan.title.clone())));
        }
        if let gathering::Fact::Held(held) = fact {
            self.gatherings.entry(id).or_insert((held.kind, None)).0 = held.kind;
        }
    }

    fn access(&mut self, fact: &access::Fact) {
        if let access::Fact::TokenIssued { token, user, .. } = fact {
            self.tokens.insert(*token, *user);
        }
    }
}
