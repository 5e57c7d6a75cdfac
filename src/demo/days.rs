//! The office's calendar: working days and hours in Paris.

use chrono::{Datelike, Days, NaiveDate, TimeDelta, TimeZone, Weekday};
use chrono_tz::Europe::Paris;
use events::{Date, Time};

use super::dice::Dice;

/// A day.
pub(super) fn date(year: i32, month: u32, day: u32) -> Date {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

/// A moment by the clock in Paris; one that the change to summer time skips is an hour later.
pub(super) fn paris(day: Date, hour: u32, minute: u32) -> Time {
    let wall = day.and_hms_opt(hour % 24, minute % 60, 0).unwrap_or_default();
    let local = Paris.from_local_datetime(&wall).earliest();
    let local = local.or_else(|| {
        Paris.from_local_datetime(&(wall + TimeDelta::hours(1))).earliest()
    });
    local.map_or(Time::new(wall.and_utc()), |local| Time::new(local.to_utc()))
}

/// The day it is in Paris.
pub(super) fn day_of(moment: Time) -> Date {
    moment.utc().with_timezone(&Paris).date_naive()
}

/// A day so many days later, or earlier.
pub(super) fn plus(day: Date, days: i64) -> Date {
    let count = Days::new(days.unsigned_abs());
    let moved = if days < 0 { day.checked_sub_days(count) } else { day.checked_add_days(count) };
    moved.unwrap_or(day)
}

/// Whether the office works on a day: no weekend, no fixed holiday, not the last week of the year.
pub(super) fn is_working(day: Date) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let holiday = matches!(
        (day.month(), day.day()),
        (1, 1) | (5, 1) | (5, 8) | (7, 14) | (8, 15) | (11, 1) | (11, 11) | (12, 25..)
    );
    !weekend && !holiday
}

/// The first working day on a day or after it.
pub(super) fn working(mut day: Date) -> Date {
    while !is_working(day) {
        day = plus(day, 1);
    }
    day
}

/// The working day so many working days later.
pub(super) fn working_later(day: Date, days: i64) -> Date {
    let mut day = working(day);
    for _ in 0..days {
        day = working(plus(day, 1));
    }
    day
}

/// Some moment of a working day on which the office works, on a day or soon after.
pub(super) fn at_work(dice: &mut Dice, day: Date) -> Time {
    let minutes = dice.between(8 * 60 + 40, 18 * 60 + 10);
    let (hour, minute) = (minutes / 60, minutes % 60);
    let seconds = dice.between(0, 59_999_999);
    let start = paris(working(day), u32::try_from(hour).unwrap_or(9), minute as u32);
    start.plus(TimeDelta::microseconds(seconds))
}

/// Some moment at work a number of working days later; on the same day it is later on that day.
pub(super) fn after(dice: &mut Dice, from: Time, low: i64, high: i64) -> Time {
    let days = dice.between(low, high);
    if days == 0 {
        return from.plus(TimeDelta::minutes(dice.between(20, 150)));
    }
    at_work(dice, working_later(day_of(from), days))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_in_paris_moves_with_the_seasons() {
        let winter = paris(date(2024, 1, 15), 10, 0);
        let summer = paris(date(2024, 7, 15), 10, 0);
        assert_eq!(winter.to_string(), "2024-01-15T09:00:00.000000Z");
        assert_eq!(summer.to_string(), "2024-07-15T08:00:00.000000Z");
        let skipped = paris(date(2024, 3, 31), 2, 30);
        assert_eq!(skipped.to_string(), "2024-03-31T01:30:00.000000Z");
    }

    #[test]
    fn work_happens_on_working_days() {
        let mut dice = Dice::of(1, "days");
        let friday = paris(date(2024, 5, 3), 17, 0);
        for _ in 0..200 {
            let later = after(&mut dice, friday, 1, 9);
            assert!(is_working(day_of(later)) && later > friday);
        }
        assert_eq!(working_later(date(2024, 5, 7), 1), date(2024, 5, 9));
    }
}
