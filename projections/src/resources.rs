//! Resources in lists: instruments, rooms, services.

use events::{
    CalendarHost, Envelope, Fact, OfferComponent, OrganisationId, OutageId, ResourceClass,
    ResourceId, Revision, Stream, Time, Title, booking, resource,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Row;

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

impl ResourceRow {
    fn describe(&mut self, description: &resource::Description) {
        self.name_fr = description.name_fr.clone();
        self.name_en = description.name_en.clone();
        self.organisation = description.organisation;
        self.class = description.class;
        self.component = description.component;
        self.calendar = description.calendar;
        self.site = description.site.clone();
        self.capacity = description.capacity;
        self.biosafety = description.biosafety;
    }
}

impl Row for ResourceRow {
    const KIND: &'static str = "resource";

    fn answers(stream: Stream) -> bool {
        matches!(stream, Stream::Resource(_))
    }

    fn begin(first: &Envelope) -> Option<Self> {
        let Some(Stream::Resource(id)) = first.stream.stream() else { return None };
        let Fact::Resource(resource::Fact::Registered(description)) = &first.fact else {
            return None;
        };
        Some(Self {
            id,
            reference: id.reference().to_string(),
            revision: first.revision,
            name_fr: description.name_fr.clone(),
            name_en: description.name_en.clone(),
            organisation: description.organisation,
            class: description.class,
            component: description.component,
            calendar: description.calendar,
            site: description.site.clone(),
            capacity: description.capacity,
            biosafety: description.biosafety,
            own_rules: false,
            retired: false,
            outages: Vec::new(),
            bookings: 0,
        })
    }

    fn evolve(&mut self, next: &Envelope) {
        self.revision = next.revision;
        match &next.fact {
            Fact::Resource(fact) => match fact {
                resource::Fact::Registered(description) => self.describe(description),
                resource::Fact::Retired {} => self.retired = true,
                resource::Fact::RulesSet { .. } => self.own_rules = true,
                resource::Fact::OutageDeclared { outage, from, to, reason: _ } => {
                    let (outage, from, to) = (*outage, *from, *to);
                    self.outages.push(OpenOutage { outage, from, to });
                }
                resource::Fact::OutageLifted { outage, at: _ } => {
                    self.outages.retain(|open| open.outage != *outage);
                }
                resource::Fact::QualificationGranted { .. }
                | resource::Fact::QualificationRevoked { .. } => {}
            },
            Fact::Booking(booking::Fact::Requested { .. }) => self.bookings += 1,
            Fact::Booking(_)
            | Fact::Person(_)
            | Fact::Organisation(_)
            | Fact::Policy(_)
            | Fact::Call(_)
            | Fact::Intake(_)
            | Fact::Followup(_)
            | Fact::Coaching(_)
            | Fact::Selection(_)
            | Fact::Outcome(_)
            | Fact::Introduction(_)
            | Fact::Gathering(_)
            | Fact::Access(_)
            | Fact::Amendment(_)
            | Fact::Approval(_) => {}
        }
    }
}
