//! The directory: people and organisations.

use events::{
    Code, ConsentId, ConsentScope, Country, Date, Envelope, Fact, HoldId, Language, OrganisationId,
    OrganisationKind, PersonId, Revision, Ror, Sealed, Siren, Stream, Time, Title, organisation,
    person, person::PrivacyNotice,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Row;

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

impl Consent {
    /// Whether it holds at `at`.
    pub fn holds(&self, at: Time) -> bool {
        at < self.until && self.withdrawn_at.is_none_or(|withdrawn| at < withdrawn)
    }
}

impl PersonRow {
    fn new(id: PersonId, identity: &person::Identity, at: Time) -> Self {
        Self {
            id,
            reference: id.reference().to_string(),
            revision: 0,
            name: identity.name.clone(),
            email: identity.email.clone(),
            phone: identity.phone.clone(),
            orcid: identity.orcid.clone(),
            former_names: Vec::new(),
            former_emails: Vec::new(),
            language: identity.language,
            privacy_notice: identity.privacy_notice.clone(),
            affiliations: Vec::new(),
            consents: Vec::new(),
            merged_into: None,
            holds: Vec::new(),
            restricted: None,
            erased_at: None,
            registered_at: at,
        }
    }

    fn rename(&mut self, name: &Sealed) {
        self.former_names.push(std::mem::replace(&mut self.name, name.clone()));
    }

    fn readdress(&mut self, email: &Sealed) {
        self.former_emails.push(std::mem::replace(&mut self.email, email.clone()));
    }

    fn belong(&mut self, new: Affiliation) {
        if !self.affiliations.contains(&new) {
            self.affiliations.push(new);
        }
    }

    /// Ends what had not ended before that day.
    fn leave(&mut self, organisation: OrganisationId, to: Date) {
        for known in &mut self.affiliations {
            if known.organisation == organisation && known.to.is_none_or(|end| to < end) {
                known.to = Some(to);
            }
        }
    }

    /// What the person says of themselves and allows, and what is done to their record.
    fn take(&mut self, fact: &person::Fact, at: Time) {
        use person::Fact;
        match fact {
            Fact::Registered(identity) => {
                self.name = identity.name.clone();
                self.email = identity.email.clone();
                self.phone.clone_from(&identity.phone);
                self.orcid.clone_from(&identity.orcid);
                self.language = identity.language;
                self.privacy_notice = identity.privacy_notice.clone();
            }
            Fact::DetailsCorrected { name, email, phone, orcid, language } => {
                name.iter().for_each(|name| self.rename(name));
                email.iter().for_each(|email| self.readdress(email));
                self.phone = phone.clone().or(self.phone.take());
                self.orcid = orcid.clone().or(self.orcid.take());
                self.language = language.unwrap_or(self.language);
            }
            Fact::AffiliationDeclared { organisation, function, from, to } => {
                let (organisation, function) = (*organisation, function.clone());
                self.belong(Affiliation { organisation, function, from: *from, to: *to });
            }
            Fact::AffiliationEnded { organisation, to } => self.leave(*organisation, *to),
            Fact::ConsentGiven { consent, recipient, scope, until } => {
                let (consent, recipient) = (*consent, *recipient);
                let (scope, until, withdrawn_at) = (*scope, *until, None);
                let given_at = at;
                let new = Consent { consent, recipient, scope, given_at, until, withdrawn_at };
                self.consents.push(new);
            }
            Fact::ConsentWithdrawn { consent } => {
                for known in self.consents.iter_mut().filter(|known| known.consent == *consent) {
                    known.withdrawn_at = Some(at);
                }
            }
            Fact::Merged { into } => self.merged_into = Some(*into),
            Fact::MergeReverted { from: _ } => self.merged_into = None,
            Fact::HoldPlaced { hold, authority, scope, until } => {
                let (authority, scope) = (authority.clone(), scope.clone());
                self.holds.push(DataHold { hold: *hold, authority, scope, until: *until });
            }
            Fact::HoldReleased { hold } => self.holds.retain(|known| known.hold != *hold),
            Fact::PersonalDataErased { .. } => self.erased_at = Some(at),
            Fact::Restricted { basis } => self.restricted = Some(basis.clone()),
            Fact::Unrestricted {} => self.restricted = None,
        }
    }
}

impl Row for PersonRow {
    const KIND: &'static str = "person";

    fn answers(stream: Stream) -> bool {
        matches!(stream, Stream::Person(_))
    }

    fn begin(first: &Envelope) -> Option<Self> {
        let Some(Stream::Person(id)) = first.stream.stream() else { return None };
        let Fact::Person(person::Fact::Registered(identity)) = &first.fact else { return None };
        let row = Self::new(id, identity, first.meta.occurred_at);
        Some(Self { revision: first.revision, ..row })
    }

    fn evolve(&mut self, next: &Envelope) {
        self.revision = next.revision;
        if let Fact::Person(fact) = &next.fact {
            self.take(fact, next.meta.occurred_at);
        }
    }
}

impl OrganisationRow {
    fn new(id: OrganisationId, profile: &organisation::Profile, at: Time) -> Self {
        Self {
            id,
            reference: id.reference().to_string(),
            revision: 0,
            legal_name: profile.legal_name.clone(),
            sole_trader_name: profile.sole_trader_name.clone(),
            former_names: Vec::new(),
            former_sole_trader_names: Vec::new(),
            kind: profile.kind,
            country: profile.country.clone(),
            siren: profile.siren.clone(),
            ror: profile.ror.clone(),
            parent: profile.parent,
            merged_into: None,
            registered_at: at,
        }
    }

    fn describe(&mut self, profile: &organisation::Profile) {
        if self.legal_name != profile.legal_name {
            self.former_names.extend(self.legal_name.take());
            self.legal_name.clone_from(&profile.legal_name);
        }
        if self.sole_trader_name != profile.sole_trader_name {
            self.former_sole_trader_names.extend(self.sole_trader_name.take());
            self.sole_trader_name.clone_from(&profile.sole_trader_name);
        }
        self.kind = profile.kind;
        self.country = profile.country.clone();
        self.siren.clone_from(&profile.siren);
        self.ror.clone_from(&profile.ror);
        self.parent = profile.parent;
    }
}

impl Row for OrganisationRow {
    const KIND: &'static str = "organisation";

    fn answers(stream: Stream) -> bool {
        matches!(stream, Stream::Organisation(_))
    }

    fn begin(first: &Envelope) -> Option<Self> {
        let Some(Stream::Organisation(id)) = first.stream.stream() else { return None };
        let Fact::Organisation(organisation::Fact::Registered(profile)) = &first.fact else {
            return None;
        };
        let row = Self::new(id, profile, first.meta.occurred_at);
        Some(Self { revision: first.revision, ..row })
    }

    fn evolve(&mut self, next: &Envelope) {
        self.revision = next.revision;
        let Fact::Organisation(fact) = &next.fact else { return };
        match fact {
            organisation::Fact::Registered(profile)
            | organisation::Fact::DetailsCorrected(profile) => self.describe(profile),
            organisation::Fact::Merged { into } => self.merged_into = Some(*into),
            organisation::Fact::MergeReverted { from: _ } => self.merged_into = None,
        }
    }
}
