//! Organisations: companies, hospitals, funders and partners.

use events::organisation::{Fact, Profile};
use events::{OrganisationId, OrganisationKind, Role, Rule};
use schemars::JsonSchema;
use serde::Deserialize;
use strum::{IntoStaticStr, VariantNames};

use super::command::{Effect, Spec, Texts};
use super::context::Context;
use super::merged::{goes_on, itself, merged_already, not_merged};
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
    /// Say that this record and another are about one organisation, which goes on under the other.
    /// What was recorded stays where it is; journeys and lists follow.
    Merge {
        /// The record that goes on.
        into: OrganisationId,
    },
    /// Undo a merge that was wrong: each record has its own again, and what was recorded in the
    /// meantime stays with the record it names.
    RevertMerge {
        /// The record that it was merged into.
        from: OrganisationId,
    },
}

const OFFICE: &[Role] =
    &[Role::Advisor, Role::Head, Role::Deputy, Role::Funding, Role::Platform, Role::Admin];

/// Who may say that two records are of one organisation, or are not.
const RECORDS: &[Role] = &[Role::Advisor, Role::Head, Role::Deputy, Role::Funding, Role::Admin];

const fn spec(name: &'static str, effect: Effect, example: &'static str) -> Spec {
    Spec { name, roles: OFFICE, effect, texts: Texts::OfStream, example }
}

const fn decision(name: &'static str, example: &'static str) -> Spec {
    Spec { roles: RECORDS, ..spec(name, Effect::Decides, example) }
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
    decision("merge", r#"{"into":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a04"}"#),
    decision("revert-merge", r#"{"from":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a04"}"#),
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
    /// The record under which it went on until that turned out to be wrong.
    parted_from: Option<OrganisationId>,
}

impl Organisation {
    /// An organisation before anything is known of it.
    pub const fn new(id: OrganisationId) -> Self {
        Self { id, profile: None, merged_into: None, parted_from: None }
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
            Fact::MergeReverted { from } => {
                self.merged_into = None;
                self.parted_from = Some(*from);
            }
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
            if let Some(into) = organisation.merged_into {
                let now = context.organisation_now(into)?;
                context.keep(false, || goes_on(now, ""))?;
            }
            if organisation.profile.as_ref() == Some(profile) {
                return Ok(vec![]);
            }
            sound(organisation, profile, context)?;
            Fact::DetailsCorrected(profile.clone())
        }
        Command::Merge { into } => return merge(organisation, *into, context),
        Command::RevertMerge { from } => return revert_merge(organisation, *from, context),
    };
    Ok(vec![fact.into()])
}

fn merge(organisation: &Organisation, into: OrganisationId, context: &Context<'_>) -> Decision {
    match organisation.merged_into {
        Some(known) if known == into => return Ok(vec![]),
        Some(known) => return Err(merged_already(known).into()),
        None => {}
    }
    context.keep(into != organisation.id, itself)?;
    // One that gave way itself is refused here, so no chain of merges ever bites its own tail.
    context.known_organisation(into, "into")?;
    Ok(vec![Fact::Merged { into }.into()])
}

fn revert_merge(
    organisation: &Organisation,
    from: OrganisationId,
    context: &Context<'_>,
) -> Decision {
    if organisation.merged_into.is_none() && organisation.parted_from == Some(from) {
        return Ok(vec![]);
    }
    let merged = organisation.merged_into == Some(from);
    context.keep(merged, || not_merged(organisation.merged_into))?;
    Ok(vec![Fact::MergeReverted { from }.into()])
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

#[cfg(test)]
mod tests {
    use events::{Fact as Any, Stream};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::testing::{Given, any_history, given, profile, sealed};

    fn id() -> OrganisationId {
        OrganisationId::derived("organisation")
    }

    fn given_organisation(facts: impl IntoIterator<Item = Fact>) -> Given {
        given(Stream::Organisation(id()), facts.into_iter().map(Any::from))
    }

    fn sole_trader() -> Profile {
        Profile {
            legal_name: None,
            sole_trader_name: Some(sealed("name")),
            kind: OrganisationKind::SoleTrader,
            ..profile()
        }
    }

    fn below(parent: OrganisationId) -> Profile {
        Profile { parent: Some(parent), ..profile() }
    }

    #[test]
    fn an_organisation_is_registered_once() {
        let register = || Command::RegisterOrganisation(profile());
        given_organisation([]).when(register()).then([Fact::Registered(profile()).into()]);
        given_organisation([Fact::Registered(profile())]).when(register()).then_nothing();
        given_organisation([]).by(Role::Innovator).when(register()).then_refused(Rule::G4);
    }

    #[test]
    fn only_a_sole_traders_name_is_sealed() {
        let trader = Command::RegisterOrganisation(sole_trader());
        given_organisation([]).when(trader).then([Fact::Registered(sole_trader()).into()]);
        let wrong = [
            Profile { legal_name: None, ..profile() },
            Profile { kind: OrganisationKind::SoleTrader, ..profile() },
            Profile { sole_trader_name: Some(sealed("name")), ..profile() },
            Profile { kind: OrganisationKind::Startup, ..sole_trader() },
            Profile { legal_name: profile().legal_name, ..sole_trader() },
        ];
        for profile in wrong {
            let register = Command::RegisterOrganisation(profile.clone());
            given_organisation([]).when(register.clone()).then_refused(Rule::G5);
            given_organisation([]).when(register).reported().then_refused(Rule::G5);
            given_organisation([Fact::Registered(sole_trader())])
                .when(Command::CorrectDetails(profile))
                .then_refused(Rule::G5);
        }
    }

    #[test]
    fn an_organisation_belongs_to_another_that_is_registered() {
        let parent = OrganisationId::derived("parent");
        let register = |parent| Command::RegisterOrganisation(below(parent));
        given_organisation([])
            .and_organisation(parent)
            .when(register(parent))
            .then([Fact::Registered(below(parent)).into()]);
        given_organisation([]).when(register(parent)).then_refused(Rule::G9);
        given_organisation([]).when(register(id())).then_refused(Rule::G9);
    }

    #[test]
    fn details_are_corrected_as_a_whole() {
        let sme = Profile { kind: OrganisationKind::Sme, ..profile() };
        let correct = Command::CorrectDetails(sme.clone());
        given_organisation([Fact::Registered(profile())])
            .when(correct.clone())
            .then([Fact::DetailsCorrected(sme.clone()).into()]);
        given_organisation([Fact::Registered(sme)]).when(correct.clone()).then_nothing();
        given_organisation([]).when(correct).then_refused(Rule::G9);
    }

    #[test]
    fn a_merged_organisation_goes_on_under_the_other_record_only() {
        let merged = Fact::Merged { into: OrganisationId::derived("other") };
        given_organisation([Fact::Registered(profile()), merged])
            .when(Command::RegisterOrganisation(profile()))
            .then_refused(Rule::G7);
    }

    proptest! {
        #[test]
        fn any_history_evolves_and_what_is_decided_on_it_is_decided_once(
            history in any_history(vec![
                Fact::Registered(profile()).into(),
                Fact::DetailsCorrected(sole_trader()).into(),
                Fact::Merged { into: OrganisationId::derived("other") }.into(),
                Fact::MergeReverted { from: OrganisationId::derived("other") }.into(),
            ]),
            command in proptest::sample::select(vec![
                Command::RegisterOrganisation(profile()),
                Command::CorrectDetails(sole_trader()),
            ]),
        ) {
            given(Stream::Organisation(id()), history).when(command).settles();
        }
    }
}
