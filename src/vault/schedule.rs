//! When the keys are rotated by themselves.

use chrono::TimeDelta;
use events::Time;

/// After how many days a new epoch begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    days: u32,
}

/// When something is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Not by itself.
    Never,
    /// Now, since its time has come, or nobody knows when it began to count.
    Now,
    /// Then.
    At(Time),
}

impl Schedule {
    /// How many days it is unless somebody says otherwise.
    pub const DAYS: u32 = 90;
    /// The most days that can be said: a century.
    pub const DAYS_MAX: u32 = 36_525;

    /// After so many days; 0 is never, and more than [`Self::DAYS_MAX`] is as much.
    pub const fn after_days(days: u32) -> Self {
        Self { days: if days > Self::DAYS_MAX { Self::DAYS_MAX } else { days } }
    }

    /// After how many days; `None` when it is never.
    pub fn days(self) -> Option<u32> {
        (self.days > 0).then_some(self.days)
    }

    /// When the epoch is to end whose key was made then; an unknown age is too old.
    pub fn due(self, made_at: Option<Time>, now: Time) -> Due {
        if self.days == 0 {
            return Due::Never;
        }
        let end = made_at.map(|made_at| made_at.plus(TimeDelta::days(self.days.into())));
        match end {
            Some(end) if end > now => Due::At(end),
            Some(_) | None => Due::Now,
        }
    }
}

impl Default for Schedule {
    fn default() -> Self {
        Self::after_days(Self::DAYS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i64) -> Time {
        Time::from_micros(day * 86_400_000_000).expect("a moment")
    }

    #[test]
    fn an_epoch_ends_after_so_many_days_and_not_before() {
        let schedule = Schedule::default();
        let just_before = day(190).minus(TimeDelta::microseconds(1));
        assert_eq!(schedule.due(Some(day(100)), day(100)), Due::At(day(190)));
        assert_eq!(schedule.due(Some(day(100)), just_before), Due::At(day(190)));
        assert_eq!(schedule.due(Some(day(100)), day(190)), Due::Now);
        assert_eq!(schedule.due(Some(day(100)), day(5_000)), Due::Now);
        // A clock that was set back delays it; nothing else happens.
        assert_eq!(schedule.due(Some(day(100)), day(1)), Due::At(day(190)));
    }

    #[test]
    fn an_epoch_of_unknown_age_is_too_old() {
        assert_eq!(Schedule::default().due(None, day(1)), Due::Now);
    }

    #[test]
    fn no_days_are_never() {
        let never = Schedule::after_days(0);
        assert_eq!(never.days(), None);
        assert_eq!(never.due(Some(day(1)), day(5_000)), Due::Never);
        assert_eq!(never.due(None, day(5_000)), Due::Never);
    }

    #[test]
    fn the_longest_time_is_still_a_time() {
        let longest = Schedule::after_days(u32::MAX);
        assert_eq!(longest.days(), Some(Schedule::DAYS_MAX));
        assert!(matches!(longest.due(Some(day(20_000)), day(20_000)), Due::At(_)));
    }
}
