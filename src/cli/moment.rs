//! Moments as people at the office type and read them: on the office's clock.

use chrono::{LocalResult, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use clap::Args;
use events::{Language, Time};

use super::query::Query;

/// The clock of the office.
const OFFICE: Tz = Tz::Europe__Paris;

/// As of when something is asked.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Moment {
    /// As it was known then: a moment, an event's id or a position of the log
    ///
    /// A moment is a day (2026-03-01, to its end), a day and a time on the office's
    /// clock ("2026-03-01 09:30"), or one with its offset (2026-03-01T09:30:00Z).
    #[arg(long, value_name = "MOMENT", value_parser = as_of, verbatim_doc_comment)]
    as_of: Option<String>,
    /// Only what had happened by then: a day or a moment
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    occurred_until: Option<Time>,
}

impl Moment {
    /// As the API takes it.
    pub(super) fn query(&self) -> Query {
        Query::default()
            .and("as_of", self.as_of.as_deref())
            .and("occurred_until", self.occurred_until)
    }
}

/// The language a story is told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Lang {
    /// French
    Fr,
    /// English
    En,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Fr => Self::Fr,
            Lang::En => Self::En,
        }
    }
}

impl Lang {
    /// The word that the API takes.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }
}

/// A day or a moment; a day counts to its end.
pub(super) fn moment(text: &str) -> Result<Time, String> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    if let Ok(day) = text.parse::<NaiveDate>() {
        let next = day.succ_opt().and_then(|next| next.and_hms_opt(0, 0, 0));
        let end = next.and_then(office).map(|time| time.minus(TimeDelta::microseconds(1)));
        return end.ok_or_else(|| "lies outside all calendars".to_owned());
    }
    let local = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    local.and_then(office).ok_or_else(|| {
        "expected a day (2026-03-01), a day and a time (\"2026-03-01 09:30\"), or a moment with \
         its offset (2026-03-01T09:30:00Z)"
            .to_owned()
    })
}

/// What `as_of` takes beside moments: an event's id, or a position.
pub(super) fn as_of(text: &str) -> Result<String, String> {
    let position = text.parse::<u64>().is_ok();
    if position || text.parse::<events::EventId>().is_ok() {
        return Ok(text.to_owned());
    }
    moment(text)
        .map(|time| time.to_string())
        .map_err(|error| format!("{error}; or an event's whole id, or a position of the log"))
}

/// The moment at which the office's clock shows this; the earlier one where it does so twice.
fn office(local: NaiveDateTime) -> Option<Time> {
    match OFFICE.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => {
            Some(Time::new(at.with_timezone(&Utc)))
        }
        LocalResult::None => None,
    }
}

/// What the office's clock showed: `2026-03-01 10:30`.
pub(super) fn told(time: Time) -> String {
    time.utc().with_timezone(&OFFICE).format("%Y-%m-%d %H:%M").to_string()
}

/// What its calendar showed: `2026-03-01`.
pub(super) fn day(time: Time) -> String {
    time.utc().with_timezone(&OFFICE).format("%Y-%m-%d").to_string()
}

/// A time that went by, in its largest unit.
pub(super) fn lasted(minutes: u64, language: Language) -> String {
    let (count, english, french) = match minutes {
        0..60 => (minutes, "minute", "minute"),
        60..1440 => (minutes / 60, "hour", "heure"),
        _ => (minutes / 1440, "day", "jour"),
    };
    match language {
        Language::En if count == 1 => format!("1 {english}"),
        Language::En => format!("{count} {english}s"),
        // French says zero in the singular.
        Language::Fr if count < 2 => format!("{count} {french}"),
        Language::Fr => format!("{count} {french}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_counts_to_its_end_on_the_offices_clock() {
        let end = moment("2026-03-01").expect("a day");
        assert_eq!(end.to_string(), "2026-03-01T22:59:59.999999Z");
        let summer = moment("2026-07-01").expect("a day");
        assert_eq!(summer.to_string(), "2026-07-01T21:59:59.999999Z");
        assert_eq!(day(end), "2026-03-01");
    }

    #[test]
    fn a_time_without_offset_is_read_on_the_offices_clock() {
        let at = moment("2026-07-01 09:30").expect("a time");
        assert_eq!(at.to_string(), "2026-07-01T07:30:00.000000Z");
        assert_eq!(moment("2026-07-01T07:30:00Z"), Ok(at));
        assert_eq!(told(at), "2026-07-01 09:30");
        // This hour was left out that night.
        assert!(moment("2026-03-29 02:30").is_err());
    }

    #[test]
    fn as_of_takes_events_and_positions_too() {
        assert_eq!(as_of("120"), Ok("120".to_owned()));
        let id = events::EventId::derived("x").to_string();
        assert_eq!(as_of(&id), Ok(id.clone()));
        assert!(as_of("yesterday").is_err_and(|error| error.contains("2026-03-01")));
    }

    #[test]
    fn a_wait_is_told_in_its_largest_unit() {
        assert_eq!(lasted(1, Language::En), "1 minute");
        assert_eq!(lasted(150, Language::En), "2 hours");
        assert_eq!(lasted(3 * 1440 + 5, Language::Fr), "3 jours");
        assert_eq!(lasted(0, Language::Fr), "0 minute");
    }
}
