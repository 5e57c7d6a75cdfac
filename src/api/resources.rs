//! A resource's calendar: what is booked, what is out of order, what is free.

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use chrono::TimeDelta;
use events::booking::Beneficiary;
use events::{Interval, PolicyKind, Stream, Time};
use projections::Row;
use projections::calendar::{Booking, Calendar, CalendarView};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::Caller;
use super::moment::{Asked, Known, cut, internal, known};
use super::operation::{Operation, id_in_path};
use super::record::stream_history;
use super::subjects::sighted;
use super::texts::opened;
use super::{Problem, Shared};
use crate::access::{Sight, Thing};
use crate::domain::{Collection, State as Folded, free_slots};
use crate::guichet::Guichet;
use crate::readmodel::AsOf;

/// The longest stretch that one answer shows, days.
const SHOWN_DAYS_MAX: i64 = 93;
/// The stretch shown unless asked otherwise, days.
const SHOWN_DAYS: i64 = 7;

/// Which stretch of a calendar is asked for.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CalendarQuery {
    /// From when; absent: now.
    from: Option<Time>,
    /// Until when; absent: a week later. At most 93 days.
    until: Option<Time>,
    /// Also list free slots of so many minutes.
    #[schemars(range(min = 1, max = 10_080))]
    free_minutes: Option<u32>,
    /// As it was known then: a moment (2026-03-01T09:30:00Z), an event's id or a position.
    as_of: Option<AsOf>,
    /// Only what had happened by then.
    occurred_until: Option<Time>,
}

/// A stretch of a calendar.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct CalendarAnswer {
    /// What is booked and out of order.
    #[serde(flatten)]
    view: CalendarView,
    /// Stretches that others have booked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    busy: Vec<Interval>,
    /// Slots of the length asked for that can be booked, the first hundred.
    #[serde(skip_serializing_if = "Option::is_none")]
    free: Option<Vec<Interval>>,
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::get(
            "/v1/resources/{id}/calendar",
            "read-calendar",
            "resources",
            "Read a stretch of a resource's calendar.",
            get(calendar),
        )
        .with(id_in_path("id"))
        .query::<CalendarQuery>()
        .gives::<Known<CalendarAnswer>>("The calendar"),
    ]
}

async fn calendar(
    State(guichet): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Asked(query): Asked<CalendarQuery>,
) -> Result<Response, Problem> {
    let shown = shown(&query, caller.now)?;
    let (stream, sight) =
        sighted(&guichet, &caller, Collection::Resources, Thing::Resources, &id).await?;
    let cut = cut(&guichet, query.as_of).await?;
    let history = stream_history(&guichet, stream, cut).await?.until(query.occurred_until);
    let calendar = Calendar::fold(&history).ok_or_else(|| Problem::not_found("resource"))?;
    let mut view = calendar.view(shown);
    let mut busy = Vec::new();
    if caller.reader.sight(Thing::Resources) == Sight::Own {
        // Who books sees what is taken, and for whom only where it is theirs.
        let own = guichet.readmodel.cases_of(caller.reader.person).await.map_err(internal)?;
        let theirs = |booking: &Booking| matches!(booking.beneficiary, Beneficiary::Case(case) if own.contains(&case));
        let (mine, others): (Vec<_>, Vec<_>) = view.bookings.into_iter().partition(theirs);
        view.bookings = mine;
        view.to_rebook.retain(theirs);
        let live = others.iter().filter(|booking| booking.state.is_live());
        busy.extend(live.map(|booking| booking.interval));
    }
    let free = match query.free_minutes {
        Some(minutes) => Some(free(&guichet, stream, shown, caller.now, minutes).await?),
        None => None,
    };
    let answer = CalendarAnswer { view, busy, free };
    Ok(known(opened(&guichet, sight, &answer).await?, cut))
}

fn shown(query: &CalendarQuery, now: Time) -> Result<Interval, Problem> {
    let from = query.from.unwrap_or(now);
    let until = query.until.unwrap_or(from.plus(TimeDelta::days(SHOWN_DAYS)));
    let shown =
        Interval::new(from, until).map_err(|error| Problem::input("until", error.to_string()))?;
    if shown.minutes() > SHOWN_DAYS_MAX * 24 * 60 {
        return Err(Problem::input("until", format!("at most {SHOWN_DAYS_MAX} days at once")));
    }
    Ok(shown)
}

/// Slots that can be booked now, by the rules in force.
async fn free(
    guichet: &Guichet,
    stream: Stream,
    shown: Interval,
    now: Time,
    minutes: u32,
) -> Result<Vec<Interval>, Problem> {
    let resource = guichet.office.load(stream).await?;
    let policy = guichet.office.load(Stream::Policy(PolicyKind::Booking)).await?;
    let (Folded::Resource(resource), Folded::Policy(policy)) = (&resource.state, &policy.state)
    else {
        return Err(Problem::internal());
    };
    let rules = policy.booking(now).map(|(_, rules)| rules);
    Ok(free_slots(resource, rules, shown, now, minutes))
}
