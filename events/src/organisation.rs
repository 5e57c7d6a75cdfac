//! organisation.: companies, hospitals, funders and partners.

use crate::fields::*;

/// What is known of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its legal name, in clear; absent for a sole trader.
    #[serde(default)]
    pub legal_name: Option<Title>,
    /// A sole trader's name, which is a person's.
    #[serde(default)]
    pub sole_trader_name: Option<Sealed>,
    /// What it is.
    pub kind: OrganisationKind,
    /// Where it is registered.
    pub country: Country,
    /// French company number.
    #[serde(default)]
    pub siren: Option<Siren>,
    /// Id at ror.org.
    #[serde(default)]
    pub ror: Option<Ror>,
    /// What it belongs to.
    #[serde(default)]
    pub parent: Option<OrganisationId>,
}

/// What happens to an organisation's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Fact {
    /// The office knows this organisation.
    #[serde(rename = "organisation.registered.v1")]
    Registered(Profile),
    /// Its details are now these, as a whole.
    #[serde(rename = "organisation.details-corrected.v1")]
    DetailsCorrected(Profile),
    /// This record is about the same organisation as another, under which it goes on.
    #[serde(rename = "organisation.merged.v1")]
    Merged {
        /// The record that goes on.
        into: OrganisationId,
    },
    /// The merge was wrong.
    #[serde(rename = "organisation.merge-reverted.v1")]
    MergeReverted {
        /// The record it had been merged into.
        from: OrganisationId,
    },
}

impl Fact {
    /// What may be done about it when it is wrong.
    pub const fn class(&self) -> Class {
        match self {
            Self::Registered(_) | Self::DetailsCorrected(_) => Class::Descriptive,
            Self::Merged { .. } | Self::MergeReverted { .. } => Class::Decision,
        }
    }

    /// What it is about beside the organisation.
    pub(crate) fn objects(&self, about: &mut Vec<Object>) {
        match self {
            Self::Registered(profile) | Self::DetailsCorrected(profile) => {
                about.extend(profile.parent.map(|parent| parent.as_object("parent")));
            }
            Self::Merged { into } => about.push(into.as_object("merged_into")),
            Self::MergeReverted { from } => about.push(from.as_object("parted_from")),
        }
    }
}
