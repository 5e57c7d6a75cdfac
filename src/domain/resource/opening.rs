//! The clock on a resource's wall: when it is open and where bookings may start.
//!
//! Everything is said as the wall clock reads it, so a clock that jumps needs no rule of its own:
//! a resource is open whenever the clock shows an opening hour. Hours that are missing when
//! summer time begins are not there, and hours that come twice when it ends are there twice.

use chrono::{Offset, TimeZone};
use chrono_tz::Tz;
use events::policy::BookingRules;
use events::{Interval, Labelled, Time, Weekday, Zone};

use super::calendar::MINUTE;

/// Microseconds in a day of the wall clock.
const DAY: i64 = 24 * 60 * MINUTE;

/// The time zone of that name, if there is one.
pub fn time_zone(name: &Zone) -> Option<Tz> {
    name.as_str().parse().ok()
}

/// A resource's rules, read on the clock on its wall.
pub struct WallClock<'a> {
    rules: &'a BookingRules,
    zone: Tz,
}

impl<'a> WallClock<'a> {
    /// The clock of these rules. Rules with an unknown time zone can't be set; should a log hold
    /// some, they are read in UTC.
    pub fn of(rules: &'a BookingRules) -> Self {
        Self { rules, zone: time_zone(&rules.time_zone).unwrap_or(Tz::UTC) }
    }

    /// The first moment of the slot at which the resource is closed, if there is one.
    pub fn closed_in(&self, slot: Interval) -> Option<Time> {
        if self.rules.opening.is_empty() {
            return None;
        }
        let until = slot.until().micros();
        let mut now = slot.from().micros();
        while now < until {
            let open = self.open_for(now);
            if open == 0 {
                return Time::from_micros(now);
            }
            let then = now.saturating_add(open).min(until);
            now = self.change_between(now, then).unwrap_or(then);
        }
        None
    }

    /// Whether a booking may start at that moment.
    pub fn may_start(&self, at: Time) -> bool {
        self.on_grid(at.micros())
    }

    /// The next moment after `after` at which a booking may start; `None` when time ends.
    pub fn next_start(&self, after: Time) -> Option<Time> {
        let mut now = after.micros();
        loop {
            let (_, passed) = self.reading(now);
            let next = (passed / self.slot() + 1).saturating_mul(self.slot()).min(DAY);
            let then = now.checked_add(next - passed)?;
            match self.change_between(now, then) {
                None => return Time::from_micros(then),
                Some(change) if self.on_grid(change) => return Time::from_micros(change),
                Some(change) => now = change,
            }
        }
    }

    fn slot(&self) -> i64 {
        i64::from(self.rules.slot_minutes.max(1)) * MINUTE
    }

    fn on_grid(&self, micros: i64) -> bool {
        let (_, passed) = self.reading(micros);
        passed % self.slot() == 0
    }

    /// How long it stays open from then, as long as the clock does not change; 0 when closed.
    fn open_for(&self, micros: i64) -> i64 {
        let (weekday, passed) = self.reading(micros);
        let hours = self.rules.opening.iter().filter(|hours| hours.weekday == weekday);
        let open = hours
            .map(|hours| (clock(hours.from.minutes()), clock(hours.until.minutes())))
            .filter(|(from, until)| *from <= passed && passed < *until);
        open.map(|(_, until)| until - passed).max().unwrap_or(0)
    }

    /// What the clock shows: the day of the week, and microseconds since it showed midnight.
    fn reading(&self, micros: i64) -> (Weekday, i64) {
        let local = micros.saturating_add(self.offset(micros));
        // The first of January 1970 was a Thursday.
        let weekday = (local.div_euclid(DAY) + 3).rem_euclid(7);
        let weekday = usize::try_from(weekday).ok().and_then(|day| Weekday::ALL.get(day));
        (weekday.copied().unwrap_or(Weekday::Mon), local.rem_euclid(DAY))
    }

    /// How far the clock is ahead of UTC.
    fn offset(&self, micros: i64) -> i64 {
        let moment = Time::from_micros(micros).map(|time| time.utc().naive_utc());
        let offset = moment.map(|utc| self.zone.offset_from_utc_datetime(&utc).fix());
        offset.map_or(0, |offset| i64::from(offset.local_minus_utc()) * 1_000_000)
    }

    /// When the clock changes after `from` and not after `until`, which is a day later at most.
    fn change_between(&self, from: i64, until: i64) -> Option<i64> {
        let before = self.offset(from);
        // No clock changes twice a day, so equal ends mean that nothing happened between them.
        if self.offset(until) == before {
            return None;
        }
        let (mut same, mut changed) = (from, until);
        while changed - same > 1 {
            let middle = same + (changed - same) / 2;
            if self.offset(middle) == before { same = middle } else { changed = middle }
        }
        Some(changed)
    }
}

fn clock(minutes: u16) -> i64 {
    i64::from(minutes) * MINUTE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::at;
    use events::policy::OpeningHours;

    fn rules(slot_minutes: u32, opening: &[(Weekday, &str, &str)]) -> BookingRules {
        let hours = |(weekday, from, until): &(Weekday, &str, &str)| OpeningHours {
            weekday: *weekday,
            from: from.parse().expect("a time of day"),
            until: until.parse().expect("a time of day"),
        };
        BookingRules {
            slot_minutes,
            min_minutes: 1,
            max_minutes: 10_000,
            lead_minutes: 0,
            horizon_days: 365,
            buffer_minutes: 0,
            cancellation_cutoff_hours: 0,
            time_zone: "Europe/Paris".parse().expect("a zone"),
            opening: opening.iter().map(hours).collect(),
            qualification_needed: false,
            operation: events::Operation::Operated,
        }
    }

    fn closed(rules: &BookingRules, from: &str, until: &str) -> Option<Time> {
        let slot = Interval::new(at(from), at(until)).expect("an interval");
        WallClock::of(rules).closed_in(slot)
    }

    #[test]
    fn opening_hours_follow_the_wall_clock_through_the_year() {
        let rules = rules(30, &[(Weekday::Mon, "09:00", "18:00")]);
        assert_eq!(closed(&rules, "2026-03-02T08:00:00Z", "2026-03-02T17:00:00Z"), None);
        let early = closed(&rules, "2026-03-02T07:59:00Z", "2026-03-02T09:00:00Z");
        assert_eq!(early, Some(at("2026-03-02T07:59:00Z")));
        // In summer Paris is two hours ahead.
        assert_eq!(closed(&rules, "2026-07-06T07:00:00Z", "2026-07-06T16:00:00Z"), None);
        let late = closed(&rules, "2026-07-06T07:00:00Z", "2026-07-06T16:00:01Z");
        assert_eq!(late, Some(at("2026-07-06T16:00:00Z")));
        // Tuesdays it is closed.
        assert!(closed(&rules, "2026-03-03T09:00:00Z", "2026-03-03T10:00:00Z").is_some());
    }

    #[test]
    fn closing_at_midnight_meets_opening_at_midnight() {
        let rules =
            rules(30, &[(Weekday::Mon, "08:00", "24:00"), (Weekday::Tue, "00:00", "12:00")]);
        assert_eq!(closed(&rules, "2026-03-02T20:00:00Z", "2026-03-03T11:00:00Z"), None);
        let gap = closed(&rules, "2026-03-02T20:00:00Z", "2026-03-03T12:00:00Z");
        assert_eq!(gap, Some(at("2026-03-03T11:00:00Z")));
    }

    #[test]
    fn the_missing_hour_is_not_waited_for() {
        // 29 March 2026: 02:00 to 03:00 is not there; 01:00Z is 03:00.
        let night =
            rules(30, &[(Weekday::Sun, "00:00", "02:00"), (Weekday::Sun, "03:00", "06:00")]);
        assert_eq!(closed(&night, "2026-03-28T23:00:00Z", "2026-03-29T04:00:00Z"), None);
        let within = rules(30, &[(Weekday::Sun, "02:00", "03:00")]);
        assert!(closed(&within, "2026-03-29T00:59:00Z", "2026-03-29T01:00:00Z").is_some());
        assert!(closed(&within, "2026-03-29T01:00:00Z", "2026-03-29T01:01:00Z").is_some());
    }

    #[test]
    fn the_double_hour_is_open_twice_or_closed_twice() {
        // 25 October 2026: 02:00 to 03:00 comes at 00:00Z and again at 01:00Z.
        let within = rules(30, &[(Weekday::Sun, "02:00", "03:00")]);
        assert_eq!(closed(&within, "2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z"), None);
        let before = rules(30, &[(Weekday::Sun, "00:00", "02:00")]);
        let first = closed(&before, "2026-10-24T22:00:00Z", "2026-10-25T02:00:00Z");
        assert_eq!(first, Some(at("2026-10-25T00:00:00Z")));
        let half = rules(30, &[(Weekday::Sun, "02:30", "04:00")]);
        let second = closed(&half, "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z");
        assert_eq!(second, Some(at("2026-10-25T01:00:00Z")));
    }

    #[test]
    fn starts_fall_on_multiples_after_midnight_as_the_clock_shows_it() {
        let rules = rules(240, &[]);
        let clock = WallClock::of(&rules);
        let starts = |from: &str| {
            let mut starts = vec![clock.next_start(at(from)).expect("a start")];
            starts.extend(clock.next_start(starts[0]));
            starts
        };
        // On the short day 04:00 comes three hours after midnight.
        let short = starts("2026-03-28T22:59:00Z");
        assert_eq!(short, [at("2026-03-28T23:00:00Z"), at("2026-03-29T02:00:00Z")]);
        // On the long day it comes five hours after midnight.
        let long = starts("2026-10-24T21:59:00Z");
        assert_eq!(long, [at("2026-10-24T22:00:00Z"), at("2026-10-25T03:00:00Z")]);
        assert!(clock.may_start(short[1]) && clock.may_start(long[1]));
        assert!(!clock.may_start(at("2026-03-29T02:00:01Z")));
    }

    #[test]
    fn a_slot_length_that_does_not_divide_the_day_begins_anew_at_midnight() {
        let rules = rules(1_000, &[]);
        let clock = WallClock::of(&rules);
        let evening = clock.next_start(at("2026-03-02T00:00:00Z"));
        assert_eq!(evening, Some(at("2026-03-02T15:40:00Z")));
        assert_eq!(evening.and_then(|at| clock.next_start(at)), Some(at("2026-03-02T23:00:00Z")));
    }

    #[test]
    fn wild_rules_are_read_all_the_same() {
        let mut wild = rules(0, &[(Weekday::Mon, "18:00", "09:00")]);
        wild.time_zone = "Mars/Olympus".parse().expect("well-formed");
        assert!(closed(&wild, "2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z").is_some());
        assert!(WallClock::of(&wild).may_start(at("2026-03-02T08:01:00Z")));
    }
}
