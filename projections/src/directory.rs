//! The directory: people and organisations.

use events::{
    Code, ConsentId, ConsentScope, Country, Date, HoldId, Language, OrganisationId,
    OrganisationKind, PersonId, Revision, Ror, Sealed, Siren, Time, Title, person::PrivacyNotice,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A person in the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonRow {
    /// The person.
    pub id: PersonId,
    /// The short form of their id.
    pub reference: String,
    /// The last revision of their stream.
    pub revision: Revision,
    /// First and last name.
    pub name: Sealed,
    /// E-mail address.
    pub email: Sealed,
    /// Phone number.
    pub phone: Option<Sealed>,
    /// ORCID.
    pub orcid: Option<Sealed>,
    /// Names they went by before, oldest first.
    pub former_names: Vec<Sealed>,
    /// E-mail addresses they had before, oldest first.
    pub former_emails: Vec<Sealed>,
    /// The language they are written to in.
    pub language: Language,
    /// The privacy notice they were given.
    pub privacy_notice: PrivacyNotice,
    /// Where they belong or belonged.
    pub affiliations: Vec<Affiliation>,
    /// What they allow.
    pub consents: Vec<Consent>,
    /// The record under which they go on.
    pub merged_into: Option<PersonId>,
    /// Holds on their data.
    pub holds: Vec<DataHold>,
    /// The legal basis on which their data are kept but not used.
    pub restricted: Option<Code>,
    /// When the keys of their data were destroyed.
    pub erased_at: Option<Time>,
    /// When they were registered.
    pub registered_at: Time,
}

/// Where a person belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Affiliation {
    /// Where.
    pub organisation: OrganisationId,
    /// As what.
    pub function: Code,
    /// Since when.
    pub from: Date,
    /// Until when.
    pub to: Option<Date>,
}

/// What a person allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Consent {
    /// The consent.
    pub consent: ConsentId,
    /// Who may receive; absent: the office itself.
    pub recipient: Option<OrganisationId>,
    /// What.
    pub scope: ConsentScope,
    /// When it was given.
    pub given_at: Time,
    /// Until when.
    pub until: Time,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Time>,
}

/// A hold on a person's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DataHold {
    /// The hold.
    pub hold: HoldId,
    /// Who asks for it.
    pub authority: Code,
    /// What must be kept.
    pub scope: Code,
    /// Until when.
    pub until: Option<Time>,
}

/// An organisation in the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrganisationRow {
    /// The organisation.
    pub id: OrganisationId,
    /// The short form of its id.
    pub reference: String,
    /// The last revision of its stream.
    pub revision: Revision,
    /// Its legal name; absent for a sole trader.
    pub legal_name: Option<Title>,
    /// A sole trader's name.
    pub sole_trader_name: Option<Sealed>,
    /// Legal names it had before, oldest first.
    pub former_names: Vec<Title>,
    /// Names a sole trader went by before, oldest first.
    pub former_sole_trader_names: Vec<Sealed>,
    /// What it is.
    pub kind: OrganisationKind,
    /// Where it is registered.
    pub country: Country,
    /// French company number.
    pub siren: Option<Siren>,
    /// Id at ror.org.
    pub ror: Option<Ror>,
    /// What it belongs to.
    pub parent: Option<OrganisationId>,
    /// The record under which it goes on.
    pub merged_into: Option<OrganisationId>,
    /// When it was registered.
    pub registered_at: Time,
}
