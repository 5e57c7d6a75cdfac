//! Where an answer stops: a moment, an event or a position, resolved to a prefix of the log.

use std::fmt;
use std::str::FromStr;

use events::{EventId, Time};
use rusqlite::{Connection, OptionalExtension, Row};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use super::{ReadError, ReadModel};
use crate::store::Position;

/// As of when, as people and programs say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// What had been recorded by then.
    Time(Time),
    /// Up to and with this event.
    Event(EventId),
    /// Up to and with the event at this position, or the last before it.
    Position(u64),
}

/// A prefix of the log. Equal cuts give equal answers for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cut {
    /// Its last event; absent when nothing had been recorded by then.
    pub last: Option<Last>,
}

/// The last event of a cut, which an answer cites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Last {
    /// Where it stands in the log.
    pub position: Position,
    /// Its id.
    pub event: EventId,
    /// When it was recorded.
    pub recorded_at: Time,
}

/// Why there is no such cut.
#[derive(Debug, thiserror::Error)]
pub enum CutError {
    /// The log holds no such event, as far as it was read.
    #[error("there is no event {0}")]
    UnknownEvent(EventId),
    /// The log has not come so far, or was not read so far yet.
    #[error("there is nothing at position {asked}: {}", match head {
        Some(head) => format!("the log was read up to {head}"),
        None => "nothing of the log was read yet".to_owned(),
    })]
    BeyondHead {
        /// The position asked for.
        asked: u64,
        /// The last position read.
        head: Option<Position>,
    },
    /// It could not be looked up.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// The text says no moment, event or position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a moment such as 2026-03-01T09:30:00Z with its offset, the id of an event, \
     or a position in the log"
)]
pub struct BadAsOf;

impl Cut {
    /// Before the first event.
    pub const EMPTY: Self = Self { last: None };

    /// Its last position.
    pub fn position(self) -> Option<Position> {
        self.last.map(|last| last.position)
    }

    /// Whether an event at `position` lies in it.
    pub fn holds(self, position: Position) -> bool {
        self.position().is_some_and(|last| position <= last)
    }
}

impl ReadModel {
    /// The cut that something said about the past stands for.
    ///
    /// A moment means the longest prefix of the log whose events were all recorded by then: where
    /// a clock went backwards, nothing recorded later slips in.
    ///
    /// # Errors
    /// When there is no such event, or the log was not read so far.
    pub async fn resolve(&self, as_of: AsOf) -> Result<Cut, CutError> {
        self.read(move |db| Ok(resolve(db, as_of))).await?
    }

    /// Everything read so far.
    ///
    /// # Errors
    /// When the tables can't be read.
    pub async fn now(&self) -> Result<Cut, ReadError> {
        self.read(now).await
    }
}

const LAST: &str = "SELECT position, event, recorded_at FROM log";

pub(super) fn now(db: &Connection) -> Result<Cut, ReadError> {
    let sql = format!("{LAST} ORDER BY position DESC LIMIT 1");
    let last = db.prepare_cached(&sql)?.query_row([], last).optional()?;
    Ok(Cut { last })
}

fn resolve(db: &Connection, as_of: AsOf) -> Result<Cut, CutError> {
    match as_of {
        AsOf::Time(time) => {
            let sql =
                format!("{LAST} WHERE latest <= ?1 ORDER BY latest DESC, position DESC LIMIT 1");
            Ok(Cut { last: one(db, &sql, time.micros())? })
        }
        AsOf::Event(event) => {
            let sql = format!("{LAST} WHERE event = ?1 ORDER BY position LIMIT 1");
            let last =
                one(db, &sql, event.uuid().into_bytes())?.ok_or(CutError::UnknownEvent(event))?;
            Ok(Cut { last: Some(last) })
        }
        AsOf::Position(asked) => {
            let head = now(db)?.position();
            let position = i64::try_from(asked).ok().filter(|_| Some(Position(asked)) <= head);
            let position = position.ok_or(CutError::BeyondHead { asked, head })?;
            let sql = format!("{LAST} WHERE position <= ?1 ORDER BY position DESC LIMIT 1");
            Ok(Cut { last: one(db, &sql, position)? })
        }
    }
}

fn one(
    db: &Connection,
    sql: &str,
    parameter: impl rusqlite::ToSql,
) -> Result<Option<Last>, ReadError> {
    Ok(db.prepare_cached(sql)?.query_row([parameter], last).optional()?)
}

fn last(row: &Row<'_>) -> rusqlite::Result<Last> {
    let micros = row.get(2)?;
    Ok(Last {
        position: Position(row.get::<_, i64>(0)?.cast_unsigned()),
        event: EventId::new(Uuid::from_bytes(row.get(1)?)),
        recorded_at: Time::from_micros(micros)
            .ok_or(rusqlite::Error::IntegralValueOutOfRange(2, micros))?,
    })
}

impl fmt::Display for AsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(time) => time.fmt(f),
            Self::Event(event) => event.fmt(f),
            Self::Position(position) => position.fmt(f),
        }
    }
}

impl FromStr for AsOf {
    type Err = BadAsOf;

    fn from_str(text: &str) -> Result<Self, BadAsOf> {
        let text = text.trim();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map(Self::Position).map_err(|_| BadAsOf);
        }
        let event = || text.parse().map(Self::Event).map_err(|_| BadAsOf);
        text.parse().map(Self::Time).or_else(|_| event())
    }
}

impl Serialize for AsOf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AsOf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for AsOf {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AsOf".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "As of when: a moment with its offset, an event's id, or a position",
        })
    }
}

#[cfg(test)]
mod tests {
    use events::{PersonId, Stream, person};
    use proptest::prelude::*;

    use super::super::testing::Log;
    use super::*;

    /// A log whose events are recorded so many minutes after the first moment.
    fn recorded(minutes: &[i64]) -> (Log, Vec<EventId>) {
        let mut log = Log::new();
        let start = log.now;
        let person = Stream::Person(PersonId::derived("somebody"));
        let record = |minutes: &i64| {
            // Each event is recorded a minute after `now`.
            log.now = start.plus(chrono::TimeDelta::minutes(minutes - 1));
            log.record(person, person::Fact::Unrestricted {})
        };
        let events = minutes.iter().map(record).collect();
        (log, events)
    }

    fn minute(minute: i64) -> AsOf {
        AsOf::Time(Log::new().now.plus(chrono::TimeDelta::minutes(minute)))
    }

    #[tokio::test]
    async fn what_a_clock_recorded_after_going_backwards_does_not_slip_in() {
        let (log, events) = recorded(&[10, 20, 15, 30]);
        let model = log.model().await;
        for (at, last) in [(5, None), (10, Some(0)), (17, Some(0)), (20, Some(2)), (99, Some(3))] {
            let cut = model.resolve(minute(at)).await.expect("a cut");
            let expected = last.map(|last: usize| events[last]);
            assert_eq!(cut.last.map(|last| last.event), expected, "minute {at}");
        }
    }

    #[tokio::test]
    async fn an_event_and_its_position_are_the_same_cut() {
        let (log, events) = recorded(&[1, 2, 3]);
        let model = log.model().await;
        let cut = model.resolve(AsOf::Event(events[1])).await.expect("a cut");
        let position = cut.position().expect("an event").0;
        assert_eq!(model.resolve(AsOf::Position(position)).await.expect("a cut"), cut);
        let after = model.resolve(AsOf::Position(position + 1)).await.expect("a cut");
        assert_eq!(after, cut, "positions leave holes");
        assert!(cut.holds(Position(position)) && !cut.holds(Position(position + 1)));
    }

    #[tokio::test]
    async fn what_is_not_there_yet_is_no_cut() {
        let (log, _) = recorded(&[1, 2, 3]);
        let model = log.model().await;
        let unknown = model.resolve(AsOf::Event(EventId::derived("none"))).await;
        assert!(matches!(unknown, Err(CutError::UnknownEvent(_))));
        let head = model.position().expect("events").0;
        let beyond = model.resolve(AsOf::Position(head + 1)).await;
        assert!(matches!(beyond, Err(CutError::BeyondHead { asked, .. }) if asked == head + 1));
        let empty = Log::new().model().await;
        assert!(matches!(
            empty.resolve(AsOf::Position(1)).await,
            Err(CutError::BeyondHead { head: None, .. })
        ));
        assert_eq!(empty.resolve(minute(1)).await.expect("a cut"), Cut::EMPTY);
        assert_eq!(empty.now().await.expect("a cut"), Cut::EMPTY);
    }

    #[test]
    fn moments_events_and_positions_are_told_apart() {
        let event = EventId::derived("x");
        assert_eq!("17".parse(), Ok(AsOf::Position(17)));
        assert_eq!(event.to_string().parse(), Ok(AsOf::Event(event)));
        let time: Time = "2026-03-01T09:30:00Z".parse().expect("a time");
        assert_eq!("2026-03-01T10:30:00+01:00".parse(), Ok(AsOf::Time(time)));
        for neither in ["", "2026-03-01", "yesterday", "99999999999999999999"] {
            assert_eq!(neither.parse::<AsOf>(), Err(BadAsOf), "{neither}");
        }
        for as_of in [AsOf::Position(17), AsOf::Event(event), AsOf::Time(time)] {
            assert_eq!(as_of.to_string().parse(), Ok(as_of));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn a_moment_means_the_longest_prefix_recorded_by_then(
            minutes in prop::collection::vec(0..40_i64, 0..20), at in 0..45_i64,
        ) {
            let (log, events) = recorded(&minutes);
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
            let cut = runtime.block_on(async {
                log.model().await.resolve(minute(at)).await.expect("a cut")
            });
            let prefix = minutes.iter().take_while(|recorded| **recorded <= at).count();
            let expected = prefix.checked_sub(1).map(|last| events[last]);
            prop_assert_eq!(cut.last.map(|last| last.event), expected);
        }
    }
}
