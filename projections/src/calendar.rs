//! The calendar of a resource.

use std::collections::BTreeMap;

use events::{
    BookingId, BookingState, CancellationReason, EntitlementId, ExternalRef, Interval, OutageId,
    PersonId, RejectionReason, ResourceId, Revision, Sealed, Time, UserId,
    booking::Beneficiary,
    resource::{BookingRules, Description},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
