//! Where a booking would still fit.

use chrono::TimeDelta;
use events::policy::BookingRules;
use events::{CalendarHost, Interval, Time};

use super::Resource;
use super::opening::WallClock;

/// The most slots that one answer names.
pub const FREE_SLOTS_MAX: usize = 500;
/// The furthest that one answer looks, days.
pub const FREE_WINDOW_DAYS_MAX: i64 = 92;

/// Slots of `minutes` in the window that could be booked at `now`, by start; they may overlap one
/// another. `policy` holds for resources without rules of their own. At most [`FREE_SLOTS_MAX`],
/// and none later than [`FREE_WINDOW_DAYS_MAX`] after the window's start; none at all for a
/// calendar that is kept elsewhere, of which nothing is known.
pub fn free_slots(
    resource: &Resource,
    policy: Option<&BookingRules>,
    window: Interval,
    now: Time,
    minutes: u32,
) -> Vec<Interval> {
    let Some(description) = &resource.description else { return vec![] };
    let elsewhere = description.calendar != CalendarHost::Here;
    if elsewhere || resource.retired || minutes == 0 {
        return vec![];
    }
    let rules = resource.rules.as_ref().or(policy);
    let search = match rules {
        Some(rules) if !(rules.min_minutes..=rules.max_minutes).contains(&minutes) => {
            return vec![];
        }
        Some(rules) => Search::with_rules(resource, rules, window, now, minutes),
        None => Search::without_rules(resource, window, now, minutes),
    };
    search.take(FREE_SLOTS_MAX).collect()
}

/// A search that goes from one possible start to the next.
struct Search<'a> {
    resource: &'a Resource,
    rules: Option<&'a BookingRules>,
    length: TimeDelta,
    /// The next start to try.
    next: Option<Time>,
    /// The last start that is allowed.
    last: Time,
}

impl<'a> Search<'a> {
    /// Without rules any start will do; those one length after the other are tried.
    fn without_rules(resource: &'a Resource, window: Interval, now: Time, minutes: u32) -> Self {
        let length = TimeDelta::minutes(minutes.into());
        let limit = window.from().plus(TimeDelta::days(FREE_WINDOW_DAYS_MAX));
        let last = window.until().min(limit).minus(length);
        Self { resource, rules: None, length, next: Some(window.from().max(now)), last }
    }

    fn with_rules(
        resource: &'a Resource,
        rules: &'a BookingRules,
        window: Interval,
        now: Time,
        minutes: u32,
    ) -> Self {
        let free = Self::without_rules(resource, window, now, minutes);
        let soonest = now.plus(TimeDelta::minutes(rules.lead_minutes.into()));
        let latest = now.plus(TimeDelta::days(rules.horizon_days.into()));
        let first = window.from().max(soonest);
        let clock = WallClock::of(rules);
        let next = if clock.may_start(first) { Some(first) } else { clock.next_start(first) };
        Self { rules: Some(rules), next, last: free.last.min(latest), ..free }
    }

    /// A start after which the search may go on, when none before it will do.
    fn in_the_way(&self, slot: Interval) -> Option<Blocked> {
        if let Some(outage) = self.resource.calendar.outage_in(slot) {
            return Some(outage.to.map_or(Blocked::ForGood, Blocked::Until));
        }
        if let Some(closed) = self.rules.and_then(|rules| WallClock::of(rules).closed_in(slot)) {
            return Some(Blocked::At(closed));
        }
        let room = self.resource.room(self.rules);
        self.resource.calendar.clash(slot, room, None).map(Blocked::Until)
    }

    /// The first start to try at or after a moment.
    fn from(&self, moment: Time) -> Option<Time> {
        match self.rules.map(WallClock::of) {
            Some(clock) if !clock.may_start(moment) => clock.next_start(moment),
            _ => Some(moment),
        }
    }

    /// The next start to try after one.
    fn after(&self, start: Time) -> Option<Time> {
        match self.rules.map(WallClock::of) {
            Some(clock) => clock.next_start(start),
            None => Some(start.plus(self.length)),
        }
    }
}

/// Why a slot can't be had.
enum Blocked {
    /// Something is in its way until then.
    Until(Time),
    /// It can't hold this moment.
    At(Time),
    /// It can't be had, nor any later one.
    ForGood,
}

impl Iterator for Search<'_> {
    type Item = Interval;

    fn next(&mut self) -> Option<Interval> {
        loop {
            let start = self.next.filter(|start| *start <= self.last)?;
            let slot = Interval::new(start, start.plus(self.length)).ok()?;
            match self.in_the_way(slot) {
                None => {
                    self.next = self.after(start);
                    return Some(slot);
                }
                Some(Blocked::Until(over)) => self.next = self.from(over),
                Some(Blocked::At(closed)) => self.next = self.after(closed),
                Some(Blocked::ForGood) => self.next = None,
            }
        }
    }
}
