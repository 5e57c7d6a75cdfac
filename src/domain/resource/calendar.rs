//! A resource's calendar: bookings and outages, and who is in whose way. No rule of the office is
//! here but arithmetic that the rules need.

use std::collections::BTreeMap;

use events::booking::{Beneficiary, Fact, Slot};
use events::{BookingId, BookingState, ExternalRef, Interval, OutageId, PersonId, Time};
use uuid::Uuid;

/// Microseconds in a minute.
pub(super) const MINUTE: i64 = 60_000_000;

/// A booking as its deciders know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Where it is.
    pub state: BookingState,
    /// For whom.
    pub beneficiary: Beneficiary,
    /// Who uses the resource.
    pub user: PersonId,
    /// When; once it is completed, when it really was.
    pub interval: Interval,
    /// When they began.
    pub begun: Option<Time>,
    /// Minutes of use, once it is over.
    pub usage_minutes: Option<u32>,
}

impl Booking {
    fn of(slot: &Slot) -> Self {
        Self {
            state: BookingState::Requested,
            beneficiary: slot.beneficiary,
            user: slot.user,
            interval: slot.interval,
            begun: None,
            usage_minutes: None,
        }
    }
}

/// A period in which the resource is out of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// Since when.
    pub from: Time,
    /// Until when; `None`: nobody knows.
    pub to: Option<Time>,
}

impl Outage {
    /// Whether some moment is in both. One that was lifted before it began meets nothing.
    pub fn meets(self, interval: Interval) -> bool {
        let ends_after = |moment: Time| self.to.is_none_or(|to| moment < to);
        self.from < interval.until() && ends_after(interval.from()) && ends_after(self.from)
    }
}

/// How much fits on a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bookings at once.
    pub capacity: u32,
    /// Kept free after each booking, minutes.
    pub buffer_minutes: u32,
}

/// All bookings and outages of a resource.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calendar {
    bookings: BTreeMap<BookingId, Booking>,
    outages: BTreeMap<OutageId, Outage>,
    external: BTreeMap<ExternalRef, BookingId>,
    live: Live,
}

impl Calendar {
    /// A booking.
    pub fn booking(&self, id: BookingId) -> Option<&Booking> {
        self.bookings.get(&id)
    }

    /// The last booking that has this name in the platform's own tool.
    pub fn booking_named(&self, name: &ExternalRef) -> Option<&Booking> {
        self.external.get(name).and_then(|id| self.booking(*id))
    }

    /// An outage.
    pub fn outage(&self, id: OutageId) -> Option<Outage> {
        self.outages.get(&id).copied()
    }

    /// All outages, lifted ones too.
    pub fn outages(&self) -> impl Iterator<Item = (OutageId, Outage)> + '_ {
        self.outages.iter().map(|(id, outage)| (*id, *outage))
    }

    /// An outage that meets the slot, if there is one: the first to begin.
    pub fn outage_in(&self, slot: Interval) -> Option<Outage> {
        let met = self.outages.values().filter(|outage| outage.meets(slot));
        met.min_by_key(|outage| outage.from).copied()
    }

    /// Bookings that take up room at some moment from `from` to `to`, by start.
    pub fn live_between(&self, from: Time, to: Option<Time>) -> Vec<(BookingId, &Booking)> {
        let until = to.map_or(i64::MAX, Time::micros);
        let met = self.live.meeting(from.micros(), until, 0);
        let mut found: Vec<_> =
            met.filter_map(|live| Some((live.id, self.booking(live.id)?))).collect();
        found.sort_by_key(|(id, booking)| (booking.interval.from(), *id));
        found
    }

    /// Bookings that are to begin at or after `from`, by start.
    pub fn to_come(&self, from: Time) -> Vec<(BookingId, &Booking)> {
        let mut found = self.live_between(from, None);
        found.retain(|(_, booking)| {
            booking.interval.from() >= from && booking.state != BookingState::Started
        });
        found
    }

    /// `None` when the slot fits beside the live bookings, not counting `moved`, which is to
    /// leave its place. Else when the first of those in its way is over, buffer included: putting
    /// the slot off for less is in vain.
    pub fn clash(&self, slot: Interval, room: Room, moved: Option<BookingId>) -> Option<Time> {
        let buffer = i64::from(room.buffer_minutes) * MINUTE;
        let from = slot.from().micros();
        let until = slot.until().micros().saturating_add(buffer);
        let mut edges = Vec::new();
        let mut first_over = i64::MAX;
        for other in self.live.meeting(from, until, buffer).filter(|l| Some(l.id) != moved) {
            let over = other.until.saturating_add(buffer);
            first_over = first_over.min(over);
            // Leaving sorts before coming, as slots that touch don't overlap.
            edges.extend([(other.from, 1), (over, -1)]);
        }
        edges.sort_unstable();
        let mut level = 0_i64;
        let levels = edges.iter().map(|(_, step)| {
            level += step;
            level
        });
        let peak = levels.max().unwrap_or(0);
        let full = peak >= i64::from(room.capacity);
        full.then(|| Time::from_micros(first_over).unwrap_or(slot.until()))
    }

    pub(super) fn declare(&mut self, id: OutageId, outage: Outage) {
        self.outages.insert(id, outage);
    }

    pub(super) fn lift(&mut self, id: OutageId, at: Time) {
        if let Some(outage) = self.outages.get_mut(&id) {
            outage.to = Some(outage.to.map_or(at, |to| to.min(at)));
        }
    }

    /// Takes in what happened to a booking at a moment.
    pub(super) fn evolve(&mut self, fact: &Fact, at: Time) {
        let id = fact.booking();
        if let Some(booking) = self.bookings.get(&id) {
            self.live.remove(id, booking.interval);
        }
        if let Fact::Requested { slot, .. } = fact {
            self.bookings.insert(id, Booking::of(slot));
            self.external.extend(slot.external_ref.clone().map(|name| (name, id)));
        }
        let Some(booking) = self.bookings.get_mut(&id) else { return };
        if let Some(state) = BookingState::after(Some(booking.state), fact) {
            booking.state = state;
        }
        match fact {
            Fact::Rescheduled { interval, .. } => booking.interval = *interval,
            Fact::Started { .. } => booking.begun = Some(at),
            Fact::Completed { interval, usage_minutes, .. } => {
                booking.interval = *interval;
                booking.usage_minutes = Some(*usage_minutes);
            }
            Fact::Interrupted { usage_minutes, .. } => booking.usage_minutes = Some(*usage_minutes),
            Fact::Requested { .. }
            | Fact::Confirmed { .. }
            | Fact::Rejected { .. }
            | Fact::Expired { .. }
            | Fact::Cancelled { .. }
            | Fact::Displaced { .. }
            | Fact::NoShow { .. } => {}
        }
        if booking.state.is_live() {
            self.live.insert(id, booking.interval);
        }
    }
}

/// Live bookings by start, kept apart by magnitude of length: those of magnitude `m` are shorter
/// than 2^m µs, so that whatever reaches into a window starts less than that before it. A look-up
/// sees only what it gives, and per magnitude what ended just before: never the whole calendar.
#[derive(Debug, Clone, Default, PartialEq)]
struct Live(BTreeMap<u32, BTreeMap<(i64, BookingId), i64>>);

/// A live booking, in microseconds since 1970.
struct Taken {
    id: BookingId,
    from: i64,
    until: i64,
}

impl Live {
    fn insert(&mut self, id: BookingId, interval: Interval) {
        let (from, until) = (interval.from().micros(), interval.until().micros());
        self.0.entry(magnitude(from, until)).or_default().insert((from, id), until);
    }

    fn remove(&mut self, id: BookingId, interval: Interval) {
        let (from, until) = (interval.from().micros(), interval.until().micros());
        let magnitude = magnitude(from, until);
        if let Some(peers) = self.0.get_mut(&magnitude) {
            peers.remove(&(from, id));
            if peers.is_empty() {
                self.0.remove(&magnitude);
            }
        }
    }

    /// Those of which some moment lies in the window when each ends so much later.
    fn meeting(&self, from: i64, until: i64, buffer: i64) -> impl Iterator<Item = Taken> + '_ {
        let first = BookingId::new(Uuid::nil());
        self.0.iter().flat_map(move |(magnitude, peers)| {
            let longest = i64::MAX >> (i64::BITS - 1).saturating_sub(*magnitude);
            let earliest = from.saturating_sub(longest).saturating_sub(buffer);
            let peers = peers.range((earliest, first)..(until.max(earliest), first));
            peers
                .map(|((from, id), until)| Taken { id: *id, from: *from, until: *until })
                .filter(move |taken| taken.until.saturating_add(buffer) > from)
        })
    }
}

fn magnitude(from: i64, until: i64) -> u32 {
    i64::BITS - until.saturating_sub(from).leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::at;

    fn slot(from: &str, until: &str) -> Interval {
        Interval::new(at(from), at(until)).expect("an interval")
    }

    fn requested(number: usize, interval: Interval) -> Fact {
        Fact::Requested {
            booking: BookingId::derived(&number.to_string()),
            requester: events::UserId::derived("somebody"),
            slot: Slot {
                beneficiary: Beneficiary::Office,
                entitlement: None,
                user: PersonId::derived("somebody"),
                interval,
                purpose: None,
                samples: None,
                biosafety: None,
                external_ref: None,
            },
        }
    }

    #[test]
    fn an_outage_lifted_before_it_began_meets_nothing() {
        let day = slot("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z");
        let (ten, nine) = (at("2026-03-02T10:00:00Z"), at("2026-03-02T09:00:00Z"));
        assert!(Outage { from: ten, to: None }.meets(day));
        assert!(!Outage { from: ten, to: Some(nine) }.meets(day));
        assert!(!Outage { from: ten, to: Some(ten) }.meets(day));
    }

    #[test]
    fn a_long_booking_is_found_from_any_moment_inside() {
        let mut calendar = Calendar::default();
        let room = Room { capacity: 1, buffer_minutes: 0 };
        let year = slot("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        calendar.evolve(&requested(0, year), at("2026-01-01T00:00:00Z"));
        let day = slot("2026-07-01T09:00:00Z", "2026-07-01T10:00:00Z");
        assert_eq!(calendar.clash(day, room, None), Some(year.until()));
        let moved = Some(BookingId::derived("0"));
        assert_eq!(calendar.clash(day, room, moved), None);
        let after = slot("2027-01-01T00:00:00Z", "2027-01-01T01:00:00Z");
        assert_eq!(calendar.clash(after, room, None), None);
    }

    /// The promise is about how much is looked at, which no clock in a test can tell; so it counts.
    #[test]
    fn a_look_up_among_twenty_thousand_bookings_sees_a_handful() {
        let mut calendar = Calendar::default();
        let start = at("2026-01-01T00:00:00Z");
        for number in 0..20_000 {
            let from = start.plus(chrono::TimeDelta::hours(number));
            // Every hundredth lasts a minute, so that two magnitudes are there.
            let minutes = if number % 100 == 0 { 1 } else { 60 };
            let until = from.plus(chrono::TimeDelta::minutes(minutes));
            let interval = Interval::new(from, until).expect("an interval");
            calendar.evolve(&requested(number as usize, interval), start);
        }
        let look = slot("2027-01-01T09:00:00Z", "2027-01-01T10:00:00Z");
        let (from, until) = (look.from().micros(), look.until().micros());
        let seen: usize = calendar
            .live
            .0
            .iter()
            .map(|(magnitude, peers)| {
                let longest = 1_i64 << magnitude;
                peers.keys().filter(|(start, _)| (from - longest..until).contains(start)).count()
            })
            .sum();
        assert!(seen <= 4, "{seen}");
        assert_eq!(calendar.live.meeting(from, until, 0).count(), 1);
    }
}
