//! Organisations: companies, hospitals, funders and partners.

use events::organisation::{Fact, Profile};
use events::{OrganisationId, OrganisationKind, Role, Rule};
use schemars::JsonSchema;
use serde::Deserialize;
use strum::{IntoStaticStr, VariantNames};

use super::command::{Effect, Spec, Texts};
use super::context::Context;
use super::{Decision, Refusal, Stop};

/// What can be asked about an organisation's record.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[strum(serialize_all = "kebab-case")]
pub enum Command {
    /// Register an organisation. A sole trader's name is a person's, so it is sealed.
    RegisterOrganisation(Profile),
    /// Correct its details, as a whole: what is said last counts.
    CorrectDetails(Profile),
}

const OFFICE: &[Role] =
    &[Role::Advisor, Role::Head, Role::Deputy, Role::Funding, Role::Platform, Role::Admin];

const fn spec(name: &'static str, effect: Effect, example: &'static str) -> Spec {
    Spec { name, roles: OFFICE, effect, texts: Texts::OfStream, example }
}

/// What is said of each command.
pub const SPECS: &[Spec] = &[
    spec(
        "register-organisation",
        Effect::Creates,
        r#"{"legal_name":"Oncoseed","kind":"startup","country":"FR","siren":"732829320"}"#,
    ),
    spec(
        "correct-details",
        Effect::Adds,
        r#"{"legal_name":"Oncoseed Therapeutics","kind":"sme","country":"FR"}"#,
    ),
];

/// An organisation as deciders know it.
#[derive(Debug, Clone, PartialEq)]
pub struct Organisation {
    /// Which.
    pub id: OrganisationId,
    /// What is known of it.
    pub profile: Option<Profile>,
    /// The record under which it goes on.
    pub merged_into: Option<OrganisationId>,
}

impl Organisation {
    /// An organisation before anything is known of it.
    pub const fn new(id: OrganisationId) -> Self {
        Self { id, profile: None, merged_into: None }
    }

    /// Whether the office knows it, under this record and still.
    pub const fn is_registered(&self) -> bool {
        self.profile.is_some() && self.merged_into.is_none()
    }

    /// Takes a fact in.
    pub fn evolve(&mut self, fact: &Fact) {
        match fact {
            Fact::Registered(profile) | Fact::DetailsCorrected(profile) => {
                self.profile = Some(profile.clone());
            }
            Fact::Merged { into } => self.merged_into = Some(*into),
            Fact::MergeReverted { .. } => self.merged_into = None,
        }
    }
}

/// Decides a command of this family.
///
/// # Errors
/// The rule that forbids it.
pub fn decide(organisation: &Organisation, command: &Command, context: &Context<'_>) -> Decision {
    let fact = match command {
        Command::RegisterOrganisation(profile) => {
            if organisation.is_registered() {
                return Ok(vec![]);
            }
            context.keep(organisation.merged_into.is_none(), || {
                Refusal::new(Rule::G7, "merged", "this record goes on under another one")
                    .remedy("register it under a new id")
            })?;
            sound(organisation, profile, context)?;
            Fact::Registered(profile.clone())
        }
        Command::CorrectDetails(profile) => {
            if organisation.profile.as_ref() == Some(profile) {
                return Ok(vec![]);
            }
            sound(organisation, profile, context)?;
            Fact::DetailsCorrected(profile.clone())
        }
    };
    Ok(vec![fact.into()])
}

/// G-5: a sole trader's name is sealed, every other organisation's stands in clear; G-9: what it
/// belongs to is registered, and is not itself.
fn sound(
    organisation: &Organisation,
    profile: &Profile,
    context: &Context<'_>,
) -> Result<(), Stop> {
    let person = profile.kind == OrganisationKind::SoleTrader;
    let (clear, sealed) = (profile.legal_name.is_some(), profile.sole_trader_name.is_some());
    context.keep(sealed == person && clear != person, || {
        let (message, field) = if person {
            ("a sole trader has a sole_trader_name, which is sealed, and no other", "legal_name")
        } else {
            ("an organisation has a legal_name; only a sole trader's is sealed", "sole_trader_name")
        };
        Refusal::new(Rule::G5, "name_of_the_wrong_kind", message).at(field)
    })?;
    if let Some(parent) = profile.parent {
        context.keep(parent != organisation.id, || {
            Refusal::new(Rule::G9, "itself", "it does not belong to itself").at("parent")
        })?;
        context.known_organisation(parent, "parent")?;
    }
    Ok(())
}
