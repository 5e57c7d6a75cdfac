//! person.: who people are, where they belong and what they allow.

use crate::fields::*;

/// The privacy notice a person was given when they were registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrivacyNotice {
    /// Which text.
    pub version: Code,
    /// When they were given it.
    pub given_at: Time,
}

/// What is known of a person, each part sealed with their own key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// First and last name.
    pub name: Sealed,
    /// E-mail address.
    pub email: Sealed,
    /// Phone number.
    #[serde(default)]
    pub phone: Option<Sealed>,
    /// ORCID.
    #[serde(default)]
    pub orcid: Option<Sealed>,
    /// The language they are written to in.
    pub language: Language,
    /// The privacy notice they were given.
    pub privacy_notice: PrivacyNotice,
}

/// What happens to a person's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Fact {
    /// The office knows this person.
    #[serde(rename = "person.registered.v1")]
    Registered(Identity),
    /// Some of their details are now these.
    #[serde(rename = "person.details-corrected.v1")]
    DetailsCorrected {
        /// First and last name.
        name: Option<Sealed>,
        /// E-mail address.
        email: Option<Sealed>,
        /// Phone number.
        phone: Option<Sealed>,
        /// ORCID.
        orcid: Option<Sealed>,
        /// The language they are written to in.
        language: Option<Language>,
    },
    /// They said they belong to an organisation.
    #[serde(rename = "person.affiliation-declared.v1")]
    AffiliationDeclared {
        /// Where.
        organisation: OrganisationId,
        /// As what: `professor`, `cso`, `engineer` …
        function: Code,
        /// Since when.
        from: Date,
        /// Until when.
        to: Option<Date>,
    },
    /// They no longer belong there.
    #[serde(rename = "person.affiliation-ended.v1")]
    AffiliationEnded {
        /// Where.
        organisation: OrganisationId,
        /// Their last day.
        to: Date,
    },
    /// They allow something.
    #[serde(rename = "person.consent-given.v1")]
    ConsentGiven {
        /// The consent.
        consent: ConsentId,
        /// Who may receive; absent: the office itself.
        recipient: Option<OrganisationId>,
        /// What.
        scope: ConsentScope,
        /// Until when.
        until: Time,
    },
    /// They allow it no longer.
    #[serde(rename = "person.consent-withdrawn.v1")]
    ConsentWithdrawn {
        /// Which consent.
        consent: ConsentId,
    },
    /// This record is about the same person as another, under which they go on.
    #[serde(rename = "person.merged.v1")]
    Merged {
        /// The record that goes on.
        into: PersonId,
    },
    /// The merge was wrong.
    #[serde(rename = "person.merge-reverted.v1")]
    MergeReverted {
        /// The record it had been merged into.
        from: PersonId,
    },
    /// The data must be kept.
    #[serde(rename = "person.hold-placed.v1")]
    HoldPlaced {
        /// The hold.
        hold: HoldId,
        /// Who asks for it: a court, an auditor.
        authority: Code,
        /// What must be kept.
        scope: Code,
        /// Until when.
        until: Option<Time>,
    },
    /// The data need no longer be kept.
    #[serde(rename = "person.hold-released.v1")]
    HoldReleased {
        /// Which hold.
        hold: HoldId,
    },
    /// The keys of the person's data were destroyed.
    #[serde(rename = "person.personal-data-erased.v1")]
    PersonalDataErased {
        /// What for the data were held.
        #[serde(default)]
        purposes: Vec<Code>,
        /// How many keys were destroyed.
        keys: u32,
    },
    /// Their data are kept but not used.
    #[serde(rename = "person.restricted.v1")]
    Restricted {
        /// The legal basis.
        basis: Code,
    },
    /// Their data may be used again.
    #[serde(rename = "person.unrestricted.v1")]
    Unrestricted {},
}

impl Fact {
    /// What may be done about it when it is wrong.
    pub const fn class(&self) -> Class {
        match self {
            Self::Registered(_)
            | Self::DetailsCorrected { .. }
            | Self::AffiliationDeclared { .. }
            | Self::AffiliationEnded { .. } => Class::Descriptive,
            Self::Merged { .. }
            | Self::MergeReverted { .. }
            | Self::HoldPlaced { .. }
            | Self::HoldReleased { .. }
            | Self::Restricted { .. }
            | Self::Unrestricted {} => Class::Decision,
            Self::ConsentGiven { .. }
            | Self::ConsentWithdrawn { .. }
            | Self::PersonalDataErased { .. } => Class::Mechanical,
        }
    }

    /// What it is about beside the person.
    pub(crate) fn objects(&self, about: &mut Vec<Object>) {
        match self {
            Self::AffiliationDeclared { organisation, .. } => {
                about.push(organisation.as_object("affiliation"));
            }
            Self::AffiliationEnded { organisation, .. } => {
                about.push(organisation.as_object("former_affiliation"));
            }
            Self::ConsentGiven { recipient, .. } => {
                about.extend(recipient.map(|organisation| organisation.as_object("recipient")));
            }
            Self::Merged { into } => about.push(into.as_object("merged_into")),
            Self::MergeReverted { from } => about.push(from.as_object("parted_from")),
            Self::Registered(_)
            | Self::DetailsCorrected { .. }
            | Self::ConsentWithdrawn { .. }
            | Self::HoldPlaced { .. }
            | Self::HoldReleased { .. }
            | Self::PersonalDataErased { .. }
            | Self::Restricted { .. }
            | Self::Unrestricted {} => {}
        }
    }
}
