//! The calendar of a resource.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use events::{
    BookingId, BookingState, CancellationReason, EntitlementId, Envelope, ExternalRef, Fact,
    Interval, OutageId, PersonId, RejectionReason, ResourceId, Revision, Sealed, Stream, Time,
    UserId,
    booking::{self, Beneficiary},
    resource::{self, BookingRules, Description},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Row;

/// Everything the stream of a resource says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Calendar {
    /// The resource.
    pub resource: ResourceId,
    /// The short form of its id.
    pub reference: String,
    /// The last revision of its stream.
    pub revision: Revision,
    /// What it is.
    pub description: Description,
    /// Its own booking rules; absent: those of the booking policy hold.
    pub rules: Option<BookingRules>,
    /// Whether it can't be booked any more.
    pub retired: bool,
    /// Its outages, first declared first.
    pub outages: Vec<Outage>,
    /// Who may use it on their own.
    pub qualifications: Vec<Qualification>,
    /// Its bookings.
    pub bookings: BTreeMap<BookingId, Booking>,
}

/// A time in which a resource is out of order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outage {
    /// The outage.
    pub outage: OutageId,
    /// Since when.
    pub from: Time,
    /// Until when, as foreseen.
    pub to: Option<Time>,
    /// When it was lifted.
    pub lifted_at: Option<Time>,
    /// Why.
    pub reason: Option<Sealed>,
}

/// Leave to use a resource on one's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Qualification {
    /// Who.
    pub person: PersonId,
    /// Since when.
    pub since: Time,
    /// Until when.
    pub until: Option<Time>,
}

/// A booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Booking {
    /// The booking.
    pub booking: BookingId,
    /// The short form of its id.
    pub reference: String,
    /// Where it is.
    pub state: BookingState,
    /// When it is, or really was.
    pub interval: Interval,
    /// For whom.
    #[serde(rename = "for")]
    pub beneficiary: Beneficiary,
    /// Who asked.
    pub requester: UserId,
    /// Who uses the resource.
    pub user: PersonId,
    /// The entitlement it draws on.
    pub entitlement: Option<EntitlementId>,
    /// What for.
    pub purpose: Option<Sealed>,
    /// How many samples.
    pub samples: Option<u32>,
    /// The biosafety level it needs.
    pub biosafety: Option<u8>,
    /// Its name in the platform's own tool.
    pub external_ref: Option<ExternalRef>,
    /// When it was asked for.
    pub requested_at: Time,
    /// How often it was moved.
    pub rescheduled: u32,
    /// Why it was rejected.
    pub rejected: Option<RejectionReason>,
    /// Why it was cancelled.
    pub cancelled: Option<BookingCancellation>,
    /// The outage that displaced it or cut it short.
    pub outage: Option<OutageId>,
    /// Minutes of use.
    pub usage_minutes: Option<u32>,
    /// When it came to the state it is in.
    pub since: Time,
}

/// How a booking was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BookingCancellation {
    /// Why.
    pub reason: CancellationReason,
    /// Whether it was after the cut-off.
    pub late: bool,
}

/// What a calendar shows of one stretch of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CalendarView {
    /// The resource.
    pub resource: ResourceId,
    /// The short form of its id.
    pub reference: String,
    /// The last revision of its stream.
    pub revision: Revision,
    /// The stretch shown.
    pub shown: Interval,
    /// What the resource is.
    pub description: Description,
    /// Its own booking rules; absent: those of the booking policy hold.
    pub rules: Option<BookingRules>,
    /// Whether it can't be booked any more.
    pub retired: bool,
    /// Bookings that an outage displaced and that have no other slot yet: first to rebook.
    pub to_rebook: Vec<Booking>,
    /// Bookings of which some part is shown, by their start.
    pub bookings: Vec<Booking>,
    /// Outages of which some part is shown, by their start.
    pub outages: Vec<Outage>,
}

impl Outage {
    /// The first moment after it: when it was lifted, else as foreseen.
    pub fn until(&self) -> Option<Time> {
        self.lifted_at.or(self.to)
    }

    fn meets(&self, shown: Interval) -> bool {
        self.from < shown.until() && self.until().is_none_or(|until| shown.from() < until)
    }
}

impl Booking {
    fn new(booking: BookingId, requester: UserId, slot: &booking::Slot, at: Time) -> Self {
        Self {
            booking,
            reference: booking.reference().to_string(),
            state: BookingState::Requested,
            interval: slot.interval,
            beneficiary: slot.beneficiary,
            requester,
            user: slot.user,
            entitlement: slot.entitlement,
            purpose: slot.purpose.clone(),
            samples: slot.samples,
            biosafety: slot.biosafety,
            external_ref: slot.external_ref.clone(),
            requested_at: at,
            rescheduled: 0,
            rejected: None,
            cancelled: None,
            outage: None,
            usage_minutes: None,
            since: at,
        }
    }

    fn evolve(&mut self, fact: &booking::Fact, at: Time) {
        use booking::Fact;
        let state = BookingState::after(Some(self.state), fact).unwrap_or(self.state);
        if state != self.state {
            self.state = state;
            self.since = at;
        }
        match fact {
            Fact::Requested { requester, slot, .. } => {
                *self = Self::new(self.booking, *requester, slot, at);
            }
            Fact::Rescheduled { interval, .. } => {
                self.interval = *interval;
                self.rescheduled += 1;
            }
            Fact::Rejected { reason, .. } => self.rejected = Some(*reason),
            Fact::Cancelled { reason, late, .. } => {
                self.cancelled = Some(BookingCancellation { reason: *reason, late: *late });
            }
            Fact::Displaced { outage, .. } => self.outage = Some(*outage),
            Fact::Completed { interval, usage_minutes, .. } => {
                self.interval = *interval;
                self.usage_minutes = Some(*usage_minutes);
            }
            Fact::Interrupted { outage, usage_minutes, .. } => {
                self.outage = *outage;
                self.usage_minutes = Some(*usage_minutes);
            }
            Fact::Confirmed { .. }
            | Fact::Expired { .. }
            | Fact::Started { .. }
            | Fact::NoShow { .. } => {}
        }
    }

    /// Whether it can make up for another that was displaced.
    fn counts(&self) -> bool {
        self.state.is_live() || self.state == BookingState::Completed
    }
}

impl Calendar {
    /// What there is from `shown.from()` up to `shown.until()`.
    pub fn view(&self, shown: Interval) -> CalendarView {
        let overlap = self.bookings.values().filter(|booking| booking.interval.overlaps(shown));
        let mut bookings: Vec<_> = overlap.cloned().collect();
        bookings.sort_by_key(|booking| (booking.interval.from(), booking.booking));
        let outages = self.outages.iter().filter(|outage| outage.meets(shown));
        let mut outages: Vec<_> = outages.cloned().collect();
        outages.sort_by_key(|outage| (outage.from, outage.outage));
        CalendarView {
            resource: self.resource,
            reference: self.reference.clone(),
            revision: self.revision,
            shown,
            description: self.description.clone(),
            rules: self.rules.clone(),
            retired: self.retired,
            to_rebook: self.to_rebook(),
            bookings,
            outages,
        }
    }

    /// Bookings that an outage displaced and that have no other slot yet, longest waiting first.
    /// A booking that the same people asked for since then makes up for one of them.
    pub fn to_rebook(&self) -> Vec<Booking> {
        let displaced = |booking: &&Booking| booking.state == BookingState::Displaced;
        let mut open: Vec<&Booking> = self.bookings.values().filter(displaced).collect();
        open.sort_by_key(|booking| (booking.since, booking.requested_at, booking.booking));
        let mut others: HashMap<(Beneficiary, PersonId), BTreeSet<(Time, BookingId)>> =
            HashMap::new();
        for other in self.bookings.values().filter(|other| other.counts()) {
            let people = (other.beneficiary, other.user);
            others.entry(people).or_default().insert((other.requested_at, other.booking));
        }
        let mut waits = |booking: &&Booking| {
            let since = (booking.since, BookingId::new(Default::default()));
            let Some(others) = others.get_mut(&(booking.beneficiary, booking.user)) else {
                return true;
            };
            match others.range(since..).next().copied() {
                Some(instead) => !others.remove(&instead),
                None => true,
            }
        };
        open.retain(&mut waits);
        open.into_iter().cloned().collect()
    }

    fn take_resource(&mut self, fact: &resource::Fact, at: Time) {
        use resource::Fact;
        match fact {
            Fact::Registered(description) => self.description = description.clone(),
            Fact::Retired {} => self.retired = true,
            Fact::RulesSet { rules } => self.rules = Some(rules.clone()),
            Fact::OutageDeclared { outage, from, to, reason } => {
                let (outage, from, to, reason) = (*outage, *from, *to, reason.clone());
                self.outages.push(Outage { outage, from, to, lifted_at: None, reason });
            }
            Fact::OutageLifted { outage, at } => {
                for known in self.outages.iter_mut().filter(|known| known.outage == *outage) {
                    known.lifted_at = Some(*at);
                }
            }
            Fact::QualificationGranted { person, until } => {
                self.qualifications.retain(|known| known.person != *person);
                let (person, since, until) = (*person, at, *until);
                self.qualifications.push(Qualification { person, since, until });
            }
            Fact::QualificationRevoked { person } => {
                self.qualifications.retain(|known| known.person != *person);
            }
        }
    }

    fn take_booking(&mut self, fact: &booking::Fact, at: Time) {
        if let booking::Fact::Requested { booking, requester, slot } = fact {
            let new = Booking::new(*booking, *requester, slot, at);
            self.bookings.insert(*booking, new);
        } else if let Some(known) = self.bookings.get_mut(&fact.booking()) {
            known.evolve(fact, at);
        }
    }
}

impl Row for Calendar {
    const KIND: &'static str = "calendar";

    fn answers(stream: Stream) -> bool {
        matches!(stream, Stream::Resource(_))
    }

    fn begin(first: &Envelope) -> Option<Self> {
        let Some(Stream::Resource(resource)) = first.stream.stream() else { return None };
        let Fact::Resource(resource::Fact::Registered(description)) = &first.fact else {
            return None;
        };
        Some(Self {
            resource,
            reference: resource.reference().to_string(),
            revision: first.revision,
            description: description.clone(),
            rules: None,
            retired: false,
            outages: Vec::new(),
            qualifications: Vec::new(),
            bookings: BTreeMap::new(),
        })
    }

    fn evolve(&mut self, next: &Envelope) {
        self.revision = next.revision;
        let at = next.meta.occurred_at;
        match &next.fact {
            Fact::Resource(fact) => self.take_resource(fact, at),
            Fact::Booking(fact) => self.take_booking(fact, at),
            Fact::Person(_)
            | Fact::Organisation(_)
            | Fact::Policy(_)
            | Fact::Call(_)
            | Fact::Intake(_)
            | Fact::Followup(_)
            | Fact::Coaching(_)
            | Fact::Selection(_)
            | Fact::Outcome(_)
            | Fact::Introduction(_)
            | Fact::Gathering(_)
            | Fact::Access(_)
            | Fact::Amendment(_)
            | Fact::Approval(_) => {}
        }
    }
}
