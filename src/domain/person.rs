//! People: who they are, where they belong and what they allow.

use std::collections::BTreeMap;

use events::approval::Matter;
use events::person::{Fact, Identity};
use events::{
    Code, ConsentId, ConsentScope, Date, Envelope, HoldId, Language, OrganisationId, PersonId,
    Role, Rule, Sealed, Time,
};
use schemars::JsonSchema;
use serde::Deserialize;
use strum::{IntoStaticStr, VariantNames};

use super::command::{Effect, Spec, Texts};
use super::context::{Context, Sender, missing};
use super::merged::{goes_on, itself, merged_already, not_merged};
use super::{Decision, Refusal, Stop, approval};

/// What can be asked about a person's record.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[strum(serialize_all = "kebab-case")]
pub enum Command {
    /// Register a person, who was given the privacy notice.
    RegisterPerson(Identity),
    /// Correct some of a person's details; what is left out stays as it is.
    CorrectDetails {
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
    /// Record that a person belongs to an organisation.
    DeclareAffiliation {
        /// Where.
        organisation: OrganisationId,
        /// As what: `professor`, `cso`, `engineer` …
        function: Code,
        /// Since when.
        from: Date,
        /// Their last day, if it is known.
        to: Option<Date>,
    },
    /// Record that a person no longer belongs to an organisation.
    EndAffiliation {
        /// Where.
        organisation: OrganisationId,
        /// Their last day.
        to: Date,
    },
    /// Record what a person allows. Innovators do it for themselves.
    GiveConsent {
        /// Who may receive; absent: the office itself.
        recipient: Option<OrganisationId>,
        /// What.
        scope: ConsentScope,
        /// Until when.
        until: Time,
    },
    /// Record that a person takes a consent back. Innovators do it for themselves.
    WithdrawConsent {
        /// Which.
        consent: ConsentId,
    },
    /// Say that this record and another are about one person, who goes on under the other. What was
    /// recorded stays where it is; journeys, lists and rights follow.
    Merge {
        /// The record that goes on.
        into: PersonId,
    },
    /// Undo a merge that was wrong: each record has its own again, and what was recorded in the
    /// meantime stays with the record it names.
    RevertMerge {
        /// The record that it was merged into.
        from: PersonId,
    },
    /// Keep a person's data, whoever asks for their erasure, once a second person agrees (D-1).
    PlaceHold {
        /// Who asks for it: `court`, `auditor` …
        authority: Code,
        /// What must be kept.
        scope: Code,
        /// Until when.
        until: Option<Time>,
    },
    /// Keep a person's data no longer, once a second person agrees.
    ReleaseHold {
        /// Which.
        hold: HoldId,
    },
    /// Keep a person's data but do not use them.
    Restrict {
        /// On what legal basis: `accuracy_contested`, `unlawful` …
        basis: Code,
    },
    /// Use a person's data again.
    Unrestrict {},
}

const OFFICE: &[Role] =
    &[Role::Advisor, Role::Head, Role::Deputy, Role::Funding, Role::Platform, Role::Admin];
const OFFICE_OR_THEMSELVES: &[Role] = &[
    Role::Advisor,
    Role::Head,
    Role::Deputy,
    Role::Funding,
    Role::Platform,
    Role::Admin,
    Role::Innovator,
];

/// Who may say that two records are one person's, or are not.
const RECORDS: &[Role] = &[Role::Advisor, Role::Head, Role::Deputy, Role::Funding, Role::Admin];
const HOLDERS: &[Role] = &[Role::Dpo, Role::Head, Role::Director];

const fn spec(name: &'static str, roles: &'static [Role], example: &'static str) -> Spec {
    Spec { name, roles, effect: Effect::Adds, texts: Texts::OfStream, example }
}

const fn decision(name: &'static str, example: &'static str) -> Spec {
    Spec { effect: Effect::Decides, ..spec(name, RECORDS, example) }
}

/// What is said of each command.
pub const SPECS: &[Spec] = &[
    Spec {
        effect: Effect::Creates,
        ..spec(
            "register-person",
            OFFICE,
            r#"{"name":"Inès Martin","email":"ines.martin@example.org","language":"fr",
            "privacy_notice":{"version":"2026-01","given_at":"2026-03-02T08:45:00Z"}}"#,
        )
    },
    spec("correct-details", OFFICE, r#"{"phone":"+33 1 23 45 67 89","language":"en"}"#),
    spec(
        "declare-affiliation",
        OFFICE,
        r#"{"organisation":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a04","function":"professor",
        "from":"2024-09-01"}"#,
    ),
    spec(
        "end-affiliation",
        OFFICE,
        r#"{"organisation":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a04","to":"2026-02-28"}"#,
    ),
    spec(
        "give-consent",
        OFFICE_OR_THEMSELVES,
        r#"{"recipient":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a04","scope":"referral_to_partner",
        "until":"2035-01-31T17:00:00Z"}"#,
    ),
    spec(
        "withdraw-consent",
        OFFICE_OR_THEMSELVES,
        r#"{"consent":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a08"}"#,
    ),
    decision("merge", r#"{"into":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a01"}"#),
    decision("revert-merge", r#"{"from":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a01"}"#),
    spec(
        "place-hold",
        HOLDERS,
        r#"{"authority":"court","scope":"everything","until":"2035-01-31T17:00:00Z"}"#,
    ),
    spec("release-hold", HOLDERS, r#"{"hold":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0b"}"#),
    spec("restrict", HOLDERS, r#"{"basis":"accuracy_contested"}"#),
    spec("unrestrict", HOLDERS, "{}"),
];

/// A person as deciders know them.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// What is known of them; their keys may be gone.
    pub identity: Option<Identity>,
    /// Where they belong or belonged, in the order it was said.
    pub affiliations: Vec<Affiliation>,
    /// The record under which they go on.
    pub merged_into: Option<PersonId>,
    /// The record under which they went on until that turned out to be wrong.
    parted_from: Option<PersonId>,
    /// Their data were erased (G-7).
    pub erased: bool,
    /// On what legal basis their data are kept but not used.
    pub restricted: Option<Code>,
    /// Holds on their data that nobody has released.
    pub holds: BTreeMap<HoldId, Hold>,
    consents: BTreeMap<ConsentId, Consent>,
}

/// Data that must be kept (D-1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Who asks for it.
    pub authority: Code,
    /// What must be kept.
    pub scope: Code,
    /// Until when.
    pub until: Option<Time>,
}

/// Where somebody belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affiliation {
    /// Where.
    pub organisation: OrganisationId,
    /// As what.
    pub function: Code,
    /// Since when.
    pub from: Date,
    /// Their last day.
    pub to: Option<Date>,
}

/// What somebody allowed, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Consent {
    recipient: Option<OrganisationId>,
    scope: ConsentScope,
    given_at: Time,
    until: Time,
    withdrawn_at: Option<Time>,
}

impl Consent {
    fn holds(&self, at: Time) -> bool {
        let over = self.withdrawn_at.map_or(self.until, |withdrawn| withdrawn.min(self.until));
        self.given_at <= at && at < over
    }
}

impl Person {
    /// A person before anything is known of them.
    pub const fn new(id: PersonId) -> Self {
        Self {
            id,
            identity: None,
            affiliations: Vec::new(),
            merged_into: None,
            parted_from: None,
            erased: false,
            restricted: None,
            holds: BTreeMap::new(),
            consents: BTreeMap::new(),
        }
    }

    /// Whether the office knows them, under this record and still.
    pub const fn is_registered(&self) -> bool {
        self.identity.is_some() && self.merged_into.is_none() && !self.erased
    }

    /// Whether a consent on this record allows `scope` to `recipient` at a moment. One that was
    /// given before the record gave way to another holds on.
    pub fn consents_to(
        &self,
        consent: ConsentId,
        scope: ConsentScope,
        recipient: Option<OrganisationId>,
        at: Time,
    ) -> bool {
        !self.erased
            && self.consents.get(&consent).is_some_and(|consent| {
                consent.scope == scope && consent.recipient == recipient && consent.holds(at)
            })
    }

    /// Whom a consent on this record names.
    pub fn recipient_of(&self, consent: ConsentId) -> Option<OrganisationId> {
        self.consents.get(&consent).and_then(|consent| consent.recipient)
    }

    /// A hold that is in force at a moment, if there is one (D-1).
    pub fn held(&self, at: Time) -> Option<&Hold> {
        self.holds.values().find(|hold| hold.until.is_none_or(|until| at < until))
    }

    /// Where they belong on a day.
    pub fn affiliations_on(&self, day: Date) -> impl Iterator<Item = &Affiliation> {
        self.affiliations.iter().filter(move |affiliation| {
            affiliation.from <= day && affiliation.to.is_none_or(|to| day <= to)
        })
    }

    /// Takes a fact in.
    pub fn evolve(&mut self, fact: &Fact, envelope: &Envelope) {
        match fact {
            Fact::Registered(identity) => self.identity = Some(identity.clone()),
            Fact::DetailsCorrected { name, email, phone, orcid, language } => {
                if let Some(identity) = &mut self.identity {
                    identity.name = name.clone().unwrap_or_else(|| identity.name.clone());
                    identity.email = email.clone().unwrap_or_else(|| identity.email.clone());
                    identity.phone = phone.clone().or_else(|| identity.phone.take());
                    identity.orcid = orcid.clone().or_else(|| identity.orcid.take());
                    identity.language = language.unwrap_or(identity.language);
                }
            }
            Fact::AffiliationDeclared { organisation, function, from, to } => {
                self.affiliations.push(Affiliation {
                    organisation: *organisation,
                    function: function.clone(),
                    from: *from,
                    to: *to,
                });
            }
            Fact::AffiliationEnded { organisation, to } => {
                let last = *to;
                for affiliation in self.current(*organisation, last) {
                    affiliation.to = Some(last);
                }
            }
            Fact::ConsentGiven { consent, recipient, scope, until } => {
                let given_at = envelope.meta.occurred_at;
                let (recipient, scope, until) = (*recipient, *scope, *until);
                let fresh = Consent { recipient, scope, given_at, until, withdrawn_at: None };
                self.consents.insert(*consent, fresh);
            }
            Fact::ConsentWithdrawn { consent } => {
                if let Some(consent) = self.consents.get_mut(consent) {
                    consent.withdrawn_at.get_or_insert(envelope.meta.occurred_at);
                }
            }
            Fact::Merged { into } => self.merged_into = Some(*into),
            Fact::MergeReverted { from } => {
                self.merged_into = None;
                self.parted_from = Some(*from);
            }
            Fact::PersonalDataErased { .. } => self.erased = true,
            Fact::HoldPlaced { hold, authority, scope, until } => {
                let (authority, scope) = (authority.clone(), scope.clone());
                self.holds.insert(*hold, Hold { authority, scope, until: *until });
            }
            Fact::HoldReleased { hold } => drop(self.holds.remove(hold)),
            Fact::Restricted { basis } => self.restricted = Some(basis.clone()),
            Fact::Unrestricted {} => self.restricted = None,
        }
    }

    /// Affiliations with an organisation that had begun by a day and go on after it.
    fn current(
        &mut self,
        organisation: OrganisationId,
        day: Date,
    ) -> impl Iterator<Item = &mut Affiliation> {
        self.affiliations.iter_mut().filter(move |affiliation| {
            affiliation.organisation == organisation
                && affiliation.from <= day
                && affiliation.to.is_none_or(|to| day < to)
        })
    }
}

/// Decides a command of this family.
///
/// # Errors
/// The rule that forbids it.
pub fn decide(person: &Person, command: &Command, context: &Context<'_>) -> Decision {
    themselves(person, context)?;
    stands(person, command, context)?;
    let fact = match command {
        Command::RegisterPerson(identity) => {
            if person.is_registered() {
                return Ok(vec![]);
            }
            context.keep(!person.erased && person.merged_into.is_none(), || {
                let message = "this record was erased or goes on under another one";
                Refusal::new(Rule::G7, "erased_or_merged", message)
                    .remedy("register them under a new id")
            })?;
            Fact::Registered(identity.clone())
        }
        Command::CorrectDetails { name, email, phone, orcid, language } => {
            if !corrects(person, command) {
                return Ok(vec![]);
            }
            Fact::DetailsCorrected {
                name: name.clone(),
                email: email.clone(),
                phone: phone.clone(),
                orcid: orcid.clone(),
                language: *language,
            }
        }
        Command::DeclareAffiliation { organisation, function, from, to } => {
            context.known_organisation(*organisation, "organisation")?;
            context.keep(to.is_none_or(|to| *from <= to), || {
                Refusal::new(Rule::G9, "out_of_order", "it ends before it begins").at("to")
            })?;
            let (organisation, function, from, to) = (*organisation, function.clone(), *from, *to);
            let same = Affiliation { organisation, function: function.clone(), from, to };
            if person.affiliations.contains(&same) {
                return Ok(vec![]);
            }
            Fact::AffiliationDeclared { organisation, function, from, to }
        }
        Command::EndAffiliation { organisation, to } => {
            return end_affiliation(person, *organisation, *to, context);
        }
        Command::GiveConsent { .. } | Command::WithdrawConsent { .. } => {
            return decide_consent(person, command, context);
        }
        Command::Merge { into } => return merge(person, *into, context),
        Command::RevertMerge { from } => return revert_merge(person, *from, context),
        Command::PlaceHold { authority, scope, until } => {
            let facts = held(person, authority, scope, *until, context)?;
            let (authority, scope) = (authority.clone(), scope.clone());
            return asked(Matter::Hold { authority, scope, until: *until }, facts, context);
        }
        Command::ReleaseHold { hold } => {
            let facts = released(person, *hold)?;
            return asked(Matter::Release { hold: *hold }, facts, context);
        }
        Command::Restrict { basis } => {
            if person.restricted.as_ref() == Some(basis) {
                return Ok(vec![]);
            }
            Fact::Restricted { basis: basis.clone() }
        }
        Command::Unrestrict {} => {
            if person.restricted.is_none() {
                return Ok(vec![]);
            }
            Fact::Unrestricted {}
        }
    };
    Ok(vec![fact.into()])
}

/// What may still be asked of a record that was erased, or that gave way to another.
fn stands(person: &Person, command: &Command, context: &Context<'_>) -> Result<(), Stop> {
    match command {
        // Whether it comes back is decided below.
        Command::RegisterPerson(_) => Ok(()),
        Command::Merge { .. } | Command::RevertMerge { .. } => {
            context.keep(!person.erased, || erased(""))
        }
        // A consent is taken back where it was given; data are kept and restricted where they are.
        Command::WithdrawConsent { .. }
        | Command::PlaceHold { .. }
        | Command::ReleaseHold { .. }
        | Command::Restrict { .. }
        | Command::Unrestrict {} => not_erased(person, context),
        Command::CorrectDetails { .. }
        | Command::DeclareAffiliation { .. }
        | Command::EndAffiliation { .. }
        | Command::GiveConsent { .. } => {
            not_erased(person, context)?;
            match person.merged_into {
                Some(into) => {
                    let now = context.person_now(into)?;
                    context.keep(false, || goes_on(now, ""))
                }
                None => Ok(()),
            }
        }
    }
}

fn not_erased(person: &Person, context: &Context<'_>) -> Result<(), Stop> {
    context.keep(!person.erased, || missing("record", "", "look it up in the list first"))
}

/// G-7: an erased record neither gives way to another nor goes on for one.
fn erased(field: &'static str) -> Refusal {
    Refusal::new(Rule::G7, "erased", "the personal data of this record were erased")
        .at(field)
        .remedy("leave it as it is; nothing is added to it")
}

fn merge(person: &Person, into: PersonId, context: &Context<'_>) -> Decision {
    match person.merged_into {
        Some(known) if known == into => return Ok(vec![]),
        Some(known) => return Err(merged_already(known).into()),
        None => {}
    }
    context.keep(into != person.id, itself)?;
    context.keep(!context.person(into)?.erased, || erased("into"))?;
    // One that gave way itself is refused here, so no chain of merges ever bites its own tail.
    context.known_person(into, "into")?;
    not_their_own(&[person.id, into], context)?;
    Ok(vec![Fact::Merged { into }.into()])
}

fn revert_merge(person: &Person, from: PersonId, context: &Context<'_>) -> Decision {
    if person.merged_into.is_none() && person.parted_from == Some(from) {
        return Ok(vec![]);
    }
    context.keep(person.merged_into == Some(from), || not_merged(person.merged_into))?;
    not_their_own(&[context.person_now(from)?], context)?;
    Ok(vec![Fact::MergeReverted { from }.into()])
}

/// G-8: whether they are one person or two is not for themselves to say: rules count persons.
fn not_their_own(goes_on: &[PersonId], context: &Context<'_>) -> Result<(), Stop> {
    let Sender { person, role, .. } = context.sender;
    let own = role != Role::System && goes_on.contains(&context.person_now(person)?);
    context.keep(!own, || {
        Refusal::new(Rule::G8, "own_record", "nobody merges or parts their own records")
            .remedy("ask a colleague")
    })
}

fn asked(matter: Matter, facts: Vec<events::Fact>, context: &Context<'_>) -> Decision {
    if facts.is_empty() { Ok(facts) } else { approval::ask(matter, facts, context) }
}

/// A person's data are kept from now on (D-1).
///
/// # Errors
/// G-9 when it is over before it begins.
pub(super) fn held(
    person: &Person,
    authority: &Code,
    scope: &Code,
    until: Option<Time>,
    context: &Context<'_>,
) -> Decision {
    context.keep(until.is_none_or(|until| context.now < until), || {
        Refusal::new(Rule::G9, "already_over", "the end has passed").at("until")
    })?;
    let fresh = Hold { authority: authority.clone(), scope: scope.clone(), until };
    if person.holds.values().any(|hold| *hold == fresh) {
        return Ok(vec![]);
    }
    let Hold { authority, scope, until } = fresh;
    let hold = HoldId::created_by(context.command);
    Ok(vec![Fact::HoldPlaced { hold, authority, scope, until }.into()])
}

/// A hold is over. One that is over already stays so.
///
/// # Errors
/// Never.
pub(super) fn released(person: &Person, hold: HoldId) -> Decision {
    if person.holds.contains_key(&hold) {
        return Ok(vec![Fact::HoldReleased { hold }.into()]);
    }
    Ok(vec![])
}

/// D-1: data under a hold are kept.
///
/// # Errors
/// Names the hold.
pub(super) fn may_erase(person: &Person, context: &Context<'_>) -> Result<(), Stop> {
    let hold = person.held(context.now);
    context.keep(hold.is_none(), || {
        let by = hold.map_or("somebody", |hold| hold.authority.as_str());
        Refusal::new(Rule::D1, "under_hold", format!("{by} asks for these data to be kept"))
            .remedy("restrict their use, and erase once the hold is released")
    })
}

/// Whether a correction says anything that is not known already.
fn corrects(person: &Person, command: &Command) -> bool {
    let Command::CorrectDetails { name, email, phone, orcid, language } = command else {
        return false;
    };
    let known = person.identity.as_ref();
    let new =
        |given: &Option<Sealed>, known: Option<&Sealed>| given.is_some() && given.as_ref() != known;
    new(name, known.map(|known| &known.name))
        || new(email, known.map(|known| &known.email))
        || new(phone, known.and_then(|known| known.phone.as_ref()))
        || new(orcid, known.and_then(|known| known.orcid.as_ref()))
        || language.is_some_and(|language| known.map(|known| known.language) != Some(language))
}

fn end_affiliation(
    person: &Person,
    organisation: OrganisationId,
    to: Date,
    context: &Context<'_>,
) -> Decision {
    let mut there = person.affiliations.iter().filter(|known| known.organisation == organisation);
    context.keep(there.clone().any(|known| known.from <= to), || {
        missing(
            "affiliation by then",
            "organisation",
            "declare it first: POST …/declare-affiliation",
        )
    })?;
    if !there.any(|known| known.from <= to && known.to.is_none_or(|end| to < end)) {
        return Ok(vec![]);
    }
    Ok(vec![Fact::AffiliationEnded { organisation, to }.into()])
}

fn decide_consent(person: &Person, command: &Command, context: &Context<'_>) -> Decision {
    let fact = match command {
        Command::GiveConsent { recipient, scope, until } => {
            let (recipient, scope, until) = (*recipient, *scope, *until);
            if let Some(recipient) = recipient {
                context.known_organisation(recipient, "recipient")?;
            }
            let named = scope != ConsentScope::ReferralToPartner || recipient.is_some();
            context.keep(named, || {
                let message = "consent to a hand-over names the partner";
                Refusal::new(Rule::F1, "no_recipient", message).at("recipient")
            })?;
            context.keep(context.occurred_at < until, || {
                Refusal::new(Rule::G9, "already_over", "it ends before it is given").at("until")
            })?;
            let same = |known: &Consent| {
                (known.recipient, known.scope, known.until) == (recipient, scope, until)
                    && known.holds(context.occurred_at)
            };
            if person.consents.values().any(same) {
                return Ok(vec![]);
            }
            let consent = ConsentId::created_by(context.command);
            Fact::ConsentGiven { consent, recipient, scope, until }
        }
        Command::WithdrawConsent { consent } => match person.consents.get(consent) {
            None => {
                let remedy = "the person's record shows their consents";
                return Err(missing("consent", "consent", remedy).into());
            }
            Some(known) if known.withdrawn_at.is_some() => return Ok(vec![]),
            Some(_) => Fact::ConsentWithdrawn { consent: *consent },
        },
        _ => return Ok(vec![]),
    };
    Ok(vec![fact.into()])
}

/// An innovator's eyes end at their own records.
fn themselves(person: &Person, context: &Context<'_>) -> Result<(), Stop> {
    let theirs = context.sender.role != Role::Innovator
        || person.id == context.sender.person
        || context.goes_on_as(person)? == context.person_now(context.sender.person)?;
    context.keep(theirs, || missing("record", "", "look it up in the list first"))
}

#[cfg(test)]
mod tests;
