//! Resources in lists: instruments, rooms, services.

use events::{
    CalendarHost, OfferComponent, OrganisationId, OutageId, ResourceClass, ResourceId, Revision,
    Time, Title,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A resource in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceRow {
    /// The resource.
    pub id: ResourceId,
    /// The short form of its id.
    pub reference: String,
    /// The last revision of its stream.
    pub revision: Revision,
    /// Its name in French.
    pub name_fr: Title,
    /// Its name in English.
    pub name_en: Title,
    /// The platform that runs it.
    pub organisation: OrganisationId,
    /// What it is.
    pub class: ResourceClass,
    /// The part of the offer it belongs to.
    pub component: OfferComponent,
    /// Where its calendar is kept.
    pub calendar: CalendarHost,
    /// Where it stands.
    pub site: Title,
    /// How many bookings fit at once.
    pub capacity: u32,
    /// Its biosafety level, 1 to 4.
    pub biosafety: Option<u8>,
    /// Whether it has booking rules of its own.
    pub own_rules: bool,
    /// Whether it can't be booked any more.
    pub retired: bool,
    /// Outages that nobody has lifted.
    pub outages: Vec<OpenOutage>,
    /// How many bookings were ever asked for.
    pub bookings: u64,
}

/// An outage that nobody has lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenOutage {
    /// The outage.
    pub outage: OutageId,
    /// Since when.
    pub from: Time,
    /// Until when, if that is known.
    pub to: Option<Time>,
}
