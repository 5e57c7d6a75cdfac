//! policy.: the office's rules as data, each version on the log.

use crate::fields::*;

/// One criterion of eligibility.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Its code, such as `oncology_scope`.
    pub code: Code,
    /// Whether an application that does not meet it can't be eligible.
    pub mandatory: bool,
    /// As people read it in French.
    pub fr: Title,
    /// As people read it in English.
    pub en: Title,
}

/// A word of a code list that no decision branches on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// The code.
    pub code: Code,
    /// As people read it in French.
    pub fr: Title,
    /// As people read it in English.
    pub en: Title,
}

/// How a case comes to a component of the offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComponentAccess {
    /// Needs an entitlement from an award.
    Metered,
    /// Open to every case.
    Included,
    /// Open once an advisor follows the case.
    OpenFromFollowed,
    /// Open once the agreement is signed.
    OpenFromSupported,
}

/// The office's working hours on a resource, in its time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpeningHours {
    /// The day.
    pub weekday: Weekday,
    /// Opens.
    pub from: Clock,
    /// Closes.
    pub until: Clock,
}

/// What bookings of a resource must keep to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BookingRules {
    /// Starts fall on multiples of so many minutes after midnight.
    #[schemars(range(min = 1, max = 1440))]
    pub slot_minutes: u32,
    /// Shortest booking, minutes.
    #[schemars(range(min = 1, max = 525_600))]
    pub min_minutes: u32,
    /// Longest booking, minutes.
    #[schemars(range(min = 1, max = 525_600))]
    pub max_minutes: u32,
    /// Earliest start, minutes after the request.
    #[schemars(range(max = 525_600))]
    pub lead_minutes: u32,
    /// Latest start, days after the request.
    #[schemars(range(min = 1, max = 3650))]
    pub horizon_days: u32,
    /// Kept free after each booking, minutes.
    #[schemars(range(max = 1440))]
    pub buffer_minutes: u32,
    /// Cancelling later than so many hours before the start is late.
    #[schemars(range(max = 8760))]
    pub cancellation_cutoff_hours: u32,
    /// The clock that opening hours are read on.
    pub time_zone: Zone,
    /// When it is open; empty: always.
    #[serde(default)]
    #[schemars(length(max = 28))]
    pub opening: Vec<OpeningHours>,
    /// Whether its users need a qualification.
    pub qualification_needed: bool,
    /// Who runs it during a booking.
    pub operation: Operation,
}

/// Data that are kept for a while, whoever asks for their erasure (D-1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Duty {
    /// The code.
    pub code: Code,
    /// As people read it in French.
    pub fr: Title,
    /// As people read it in English.
    pub en: Title,
    /// The rule of law that asks for it.
    pub legal_basis: Code,
    /// For so many years.
    #[schemars(range(min = 1, max = 100))]
    pub years: u32,
}

/// The rule itself, by kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PolicyBody {
    /// What an application must meet (C-3).
    Eligibility {
        /// Every criterion has a result.
        #[serde(default)]
        criteria: Vec<Criterion>,
    },
    /// How a case comes to each component.
    OfferComponents {
        /// Component by component.
        #[serde(default)]
        components: BTreeMap<OfferComponent, ComponentAccess>,
    },
    /// What counts as a conflict of interest.
    Conflicts {
        /// Grounds that are asked for.
        #[serde(default)]
        grounds: Vec<ConflictGround>,
        /// How far back relations count, months.
        window_months: u32,
    },
    /// What bookings keep to on a resource without rules of its own.
    Booking {
        /// The rules.
        rules: BookingRules,
    },
    /// How fast the office means to be.
    ServiceLevels {
        /// Working days from receipt to acknowledgement.
        acknowledge_working_days: u32,
        /// Working days from receipt to an advisor.
        assign_working_days: u32,
        /// Working days from submission to the pre-selection decision.
        decide_working_days: u32,
        /// Days in which a decision can be appealed.
        appeal_days: u32,
    },
    /// What is a late entry and how it is explained (G-3).
    LateEntry {
        /// Working days after which a reason is asked for.
        threshold_working_days: u32,
        /// The reasons.
        #[serde(default)]
        reasons: Vec<Word>,
    },
    /// Code lists that no decision branches on, by name.
    CodeLists {
        /// List by list; one without words is as good as none, and not stored.
        #[serde(default)]
        lists: BTreeMap<Code, Vec<Word>>,
    },
    /// What is kept for how long (D-1).
    Retention {
        /// Duty by duty.
        #[serde(default)]
        #[schemars(length(max = 100))]
        duties: Vec<Duty>,
    },
}

impl PolicyBody {
    /// Which kind of rule it is.
    pub const fn kind(&self) -> PolicyKind {
        match self {
            Self::Eligibility { .. } => PolicyKind::Eligibility,
            Self::OfferComponents { .. } => PolicyKind::OfferComponents,
            Self::Conflicts { .. } => PolicyKind::Conflicts,
            Self::Booking { .. } => PolicyKind::Booking,
            Self::ServiceLevels { .. } => PolicyKind::ServiceLevels,
            Self::LateEntry { .. } => PolicyKind::LateEntry,
            Self::CodeLists { .. } => PolicyKind::CodeLists,
            Self::Retention { .. } => PolicyKind::Retention,
        }
    }
}

/// What happens to a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Fact {
    /// Somebody wrote a version down; it does not hold yet.
    #[serde(rename = "policy.drafted.v1")]
    Drafted {
        /// From 1, by one.
        version: u32,
        /// What it says.
        body: PolicyBody,
    },
    /// A version holds from then on.
    #[serde(rename = "policy.published.v1")]
    Published {
        /// Which.
        version: u32,
        /// What it says, as drafted.
        body: PolicyBody,
        /// From when.
        effective_from: Time,
    },
    /// A version holds no longer, and none after it.
    #[serde(rename = "policy.retired.v1")]
    Retired {
        /// Which.
        version: u32,
    },
}

impl Fact {
    /// What may be done about it when it is wrong.
    pub const fn class(&self) -> Class {
        match self {
            Self::Drafted { .. } => Class::Descriptive,
            Self::Published { .. } | Self::Retired { .. } => Class::Decision,
        }
    }

    /// What it is about.
    pub(crate) fn objects(&self, stream: &crate::StreamName, about: &mut Vec<Object>) {
        match self {
            Self::Drafted { .. } | Self::Published { .. } | Self::Retired { .. } => {
                let id = Id::<kinds::Event>::derived(stream.as_str()).uuid();
                about.push(Object { kind: ObjectKind::Policy, id, qualifier: "subject" });
            }
        }
    }
}
