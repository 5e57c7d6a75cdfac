//! booking.: slots on a resource's calendar. These facts stand in the resource's stream.

use crate::BookingState;
use crate::fields::*;

/// For whom a slot is booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Beneficiary {
    /// A project.
    Case(CaseId),
    /// A member of the cluster.
    MemberOrganisation(OrganisationId),
    /// The office itself.
    Office,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// For whom.
    #[serde(rename = "for")]
    pub beneficiary: Beneficiary,
    /// The entitlement it draws on.
    #[serde(default)]
    pub entitlement: Option<EntitlementId>,
    /// Who will use the resource.
    pub user: PersonId,
    /// When.
    pub interval: Interval,
    /// What for.
    #[serde(default)]
    pub purpose: Option<Sealed>,
    /// How many samples.
    #[serde(default)]
    #[schemars(range(max = 1_000_000))]
    pub samples: Option<u32>,
    /// The biosafety level it needs, 1 to 4.
    #[serde(default)]
    #[schemars(range(min = 1, max = 4))]
    pub biosafety: Option<u8>,
    /// Its name in the platform's own tool.
    #[serde(default)]
    pub external_ref: Option<ExternalRef>,
}

/// What happens to a booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Fact {
    /// Somebody asks for a slot, which is kept for them until it is answered.
    #[serde(rename = "booking.requested.v1")]
    Requested {
        /// The booking.
        booking: BookingId,
        /// Who asks.
        requester: UserId,
        /// What for.
        slot: Slot,
    },
    /// It is theirs.
    #[serde(rename = "booking.confirmed.v1")]
    Confirmed {
        /// Which.
        booking: BookingId,
    },
    /// They can't have it.
    #[serde(rename = "booking.rejected.v1")]
    Rejected {
        /// Which.
        booking: BookingId,
        /// Why.
        reason: RejectionReason,
    },
    /// Nobody answered before it would have started.
    #[serde(rename = "booking.expired.v1")]
    Expired {
        /// Which.
        booking: BookingId,
    },
    /// It is at another time.
    #[serde(rename = "booking.rescheduled.v1")]
    Rescheduled {
        /// Which.
        booking: BookingId,
        /// When now.
        interval: Interval,
    },
    /// It won't be.
    #[serde(rename = "booking.cancelled.v1")]
    Cancelled {
        /// Which.
        booking: BookingId,
        /// Why.
        reason: CancellationReason,
        /// Whether it was after the cut-off.
        late: bool,
    },
    /// An outage took its place.
    #[serde(rename = "booking.displaced.v1")]
    Displaced {
        /// Which.
        booking: BookingId,
        /// By which outage.
        outage: OutageId,
    },
    /// They began.
    #[serde(rename = "booking.started.v1")]
    Started {
        /// Which.
        booking: BookingId,
    },
    /// They are done.
    #[serde(rename = "booking.completed.v1")]
    Completed {
        /// Which.
        booking: BookingId,
        /// When it really was.
        interval: Interval,
        /// Minutes of use.
        usage_minutes: u32,
    },
    /// An outage cut it short: only real use counts.
    #[serde(rename = "booking.interrupted.v1")]
    Interrupted {
        /// Which.
        booking: BookingId,
        /// By which outage.
        outage: Option<OutageId>,
        /// Minutes of use until then.
        usage_minutes: u32,
    },
    /// Nobody came.
    #[serde(rename = "booking.no-show.v1")]
    NoShow {
        /// Which.
        booking: BookingId,
    },
}

impl Fact {
    /// Which booking it is about.
    pub const fn booking(&self) -> BookingId {
        match self {
            Self::Requested { booking, .. }
            | Self::Confirmed { booking }
            | Self::Rejected { booking, .. }
            | Self::Expired { booking }
            | Self::Rescheduled { booking, .. }
            | Self::Cancelled { booking, .. }
            | Self::Displaced { booking, .. }
            | Self::Started { booking }
            | Self::Completed { booking, .. }
            | Self::Interrupted { booking, .. }
            | Self::NoShow { booking } => *booking,
        }
    }

    /// What may be done about it when it is wrong.
    pub const fn class(&self) -> Class {
        match self {
            Self::Rejected { .. } => Class::Decision,
            Self::Requested { .. }
            | Self::Confirmed { .. }
            | Self::Expired { .. }
            | Self::Rescheduled { .. }
            | Self::Cancelled { .. }
            | Self::Displaced { .. }
            | Self::Started { .. }
            | Self::Completed { .. }
            | Self::Interrupted { .. }
            | Self::NoShow { .. } => Class::Mechanical,
        }
    }

    /// What it is about beside the resource.
    pub(crate) fn objects(&self, about: &mut Vec<Object>) {
        about.push(self.booking().as_object("booking"));
        match self {
            Self::Requested { slot, requester, .. } => {
                about.push(slot.user.as_object("user"));
                about.push(requester.as_object("requester"));
                about.extend(slot.entitlement.map(|id| id.as_object("entitlement")));
                match slot.beneficiary {
                    Beneficiary::Case(case) => about.push(case.as_object("beneficiary")),
                    Beneficiary::MemberOrganisation(id) => about.push(id.as_object("beneficiary")),
                    Beneficiary::Office => {}
                }
            }
            Self::Confirmed { .. }
            | Self::Rejected { .. }
            | Self::Expired { .. }
            | Self::Rescheduled { .. }
            | Self::Cancelled { .. }
            | Self::Displaced { .. }
            | Self::Started { .. }
            | Self::Completed { .. }
            | Self::Interrupted { .. }
            | Self::NoShow { .. } => {}
        }
    }
}

impl BookingState {
    /// Where `fact` leads from a state.
    pub const fn after(from: Option<Self>, fact: &Fact) -> Option<Self> {
        match fact {
            Fact::Requested { .. } => Some(Self::Requested),
            Fact::Confirmed { .. } => Some(Self::Confirmed),
            Fact::Rejected { .. } => Some(Self::Rejected),
            Fact::Expired { .. } => Some(Self::Expired),
            Fact::Rescheduled { .. } => from,
            Fact::Cancelled { .. } => Some(Self::Cancelled),
            Fact::Displaced { .. } => Some(Self::Displaced),
            Fact::Started { .. } => Some(Self::Started),
            Fact::Completed { .. } => Some(Self::Completed),
            Fact::Interrupted { .. } => Some(Self::Interrupted),
            Fact::NoShow { .. } => Some(Self::NoShow),
        }
    }
}
