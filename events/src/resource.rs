//! resource.: instruments, rooms and services, their rules and outages.

pub use crate::policy::{BookingRules, OpeningHours};

use crate::fields::*;

/// What a resource is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Description {
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
    #[schemars(range(min = 1, max = 1000))]
    pub capacity: u32,
    /// Its biosafety level, 1 to 4.
    #[serde(default)]
    #[schemars(range(min = 1, max = 4))]
    pub biosafety: Option<u8>,
}

/// What happens to a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Fact {
    /// It can be booked.
    #[serde(rename = "resource.registered.v1")]
    Registered(Description),
    /// It can't be booked any more.
    #[serde(rename = "resource.retired.v1")]
    Retired {},
    /// Bookings keep to these rules from now on.
    #[serde(rename = "resource.rules-set.v1")]
    RulesSet {
        /// The rules.
        rules: BookingRules,
    },
    /// It is out of order.
    #[serde(rename = "resource.outage-declared.v1")]
    OutageDeclared {
        /// The outage.
        outage: OutageId,
        /// Since when.
        from: Time,
        /// Until when, if that is known.
        to: Option<Time>,
        /// Why.
        reason: Option<Sealed>,
    },
    /// It works again.
    #[serde(rename = "resource.outage-lifted.v1")]
    OutageLifted {
        /// Which outage.
        outage: OutageId,
        /// Since when.
        at: Time,
    },
    /// Somebody may use it on their own.
    #[serde(rename = "resource.qualification-granted.v1")]
    QualificationGranted {
        /// Who.
        person: PersonId,
        /// Until when.
        until: Option<Time>,
    },
    /// They may not any more.
    #[serde(rename = "resource.qualification-revoked.v1")]
    QualificationRevoked {
        /// Who.
        person: PersonId,
    },
}

impl Fact {
    /// What may be done about it when it is wrong.
    pub const fn class(&self) -> Class {
        match self {
            Self::Registered(_) => Class::Descriptive,
            Self::RulesSet { .. } => Class::Decision,
            Self::Retired {}
            | Self::OutageDeclared { .. }
            | Self::OutageLifted { .. }
            | Self::QualificationGranted { .. }
            | Self::QualificationRevoked { .. } => Class::Mechanical,
        }
    }

    /// What it is about beside the resource.
    pub(crate) fn objects(&self, about: &mut Vec<Object>) {
        match self {
            Self::Registered(description) => {
                about.push(description.organisation.as_object("platform"));
            }
            Self::QualificationGranted { person, .. } => about.push(person.as_object("qualified")),
            Self::QualificationRevoked { person } => about.push(person.as_object("disqualified")),
            Self::Retired {}
            | Self::RulesSet { .. }
            | Self::OutageDeclared { .. }
            | Self::OutageLifted { .. } => {}
        }
    }
}
