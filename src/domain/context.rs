//! What a decision may know: the actor, the one clock reading, and other streams as folded.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::TimeDelta;
use events::{
    Basis, CallId, CaseId, Code, CommandId, Date, EventId, History, IntroductionId, Irregularity,
    OrganisationId, PersonId, PolicyKind, ResourceId, Role, Stream, StreamName, Time, UserId,
};

use super::approval::Approvals;
use super::merged::goes_on;
use super::refusal::{Refusal, Stop, binds_reports};
use super::state::{Folded, State};
use super::{access, call, case, introduction, organisation, person, policy, resource};

/// How far ahead of the server's clock a happening may be claimed (G-3), minutes.
pub(super) const AHEAD_MINUTES_MAX: i64 = 5;

/// Other streams than the one decided on, as far as they have been loaded.
pub type Known = HashMap<StreamName, Arc<Folded>>;

/// Who sends a command, in which role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// The account.
    pub user: UserId,
    /// The person behind it, as the account names them. One person may have several records:
    /// [`Context::same_person`] compares.
    pub person: PersonId,
    /// The role it is sent in.
    pub role: Role,
}

/// Whether something is done here or was done elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// It happens by being decided: every rule holds, or it is refused.
    Act,
    /// It happened elsewhere: what breaks a rule is logged with its irregularity.
    Report,
}

/// What a decision may know, and what it notes on the way.
pub struct Context<'a> {
    /// Who.
    pub sender: Sender,
    /// The server's clock, read once.
    pub now: Time,
    /// When it happened, as claimed.
    pub occurred_at: Time,
    /// The command's id, from which ids of new things derive.
    pub command: CommandId,
    /// Done here, or reported.
    pub nature: Nature,
    /// What was asked for on the record, and what became of it.
    pub approvals: &'a Approvals,
    subject: &'a Folded,
    known: &'a Known,
    notes: RefCell<Notes>,
}

/// What a decision noted on the way, for the envelope of its facts.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Notes {
    /// Rules that a report did not keep.
    pub irregularities: Vec<Irregularity>,
    /// Versions of the rules applied.
    pub policies: BTreeMap<PolicyKind, u32>,
    /// Streams read, and how far they had come.
    pub based_on: BTreeMap<StreamName, Basis>,
    /// The event in which one person asked for what another agrees to here.
    pub asked_in: Option<EventId>,
}

impl<'a> Context<'a> {
    /// A context of a decision on `subject` that knows `known`.
    pub fn new(
        sender: Sender,
        (now, occurred_at): (Time, Time),
        command: CommandId,
        nature: Nature,
        subject: &'a Folded,
        known: &'a Known,
    ) -> Self {
        let (notes, approvals) = (RefCell::default(), &subject.approvals);
        Self { sender, now, occurred_at, command, nature, approvals, subject, known, notes }
    }

    /// What the decision noted.
    pub fn into_notes(self) -> Notes {
        self.notes.into_inner()
    }

    /// Goes on when the rule is kept, or when a report may break it, which is then noted.
    ///
    /// # Errors
    /// The refusal, when an act breaks the rule, or a report one that binds both.
    pub fn keep(&self, kept: bool, refusal: impl FnOnce() -> Refusal) -> Result<(), Stop> {
        if kept {
            return Ok(());
        }
        let refusal = refusal();
        if self.nature == Nature::Act || binds_reports(refusal.rule) {
            return Err(refusal.into());
        }
        if let Ok(reason) = refusal.reason.parse::<Code>() {
            let irregularity = Irregularity { rule: refusal.rule, reason };
            let irregularities = &mut self.notes.borrow_mut().irregularities;
            if !irregularities.contains(&irregularity) {
                irregularities.push(irregularity);
            }
        }
        Ok(())
    }

    /// Notes that a version of a rule was applied.
    pub fn quote(&self, kind: PolicyKind, version: u32) {
        self.notes.borrow_mut().policies.insert(kind, version);
    }

    /// Notes that a person agrees here to what another asked for in that event (G-8).
    pub fn agree(&self, asked_in: EventId) {
        self.notes.borrow_mut().asked_in = Some(asked_in);
    }

    /// The record's whole history.
    ///
    /// # Errors
    /// [`Stop::NeedsHistory`] until it is loaded.
    pub fn history(&self) -> Result<&'a History, Stop> {
        self.subject.history.as_deref().ok_or(Stop::NeedsHistory)
    }

    /// The day it is at the office, in Paris.
    pub fn today(&self) -> Date {
        self.now.utc().with_timezone(&chrono_tz::Europe::Paris).date_naive()
    }

    /// The moment has come: what happened can't be told beforehand (G-3).
    ///
    /// # Errors
    /// A refusal that names `field`.
    pub fn has_come(&self, moment: Time, field: &'static str) -> Result<(), Stop> {
        let come = moment <= self.now.plus(TimeDelta::minutes(AHEAD_MINUTES_MAX));
        self.keep(come, || in_the_future(format!("{moment}"), field))
    }

    /// The day has come (G-3).
    ///
    /// # Errors
    /// A refusal that names `field`.
    pub fn day_has_come(&self, day: Date, field: &'static str) -> Result<(), Stop> {
        self.keep(day <= self.today(), || in_the_future(format!("{day}"), field))
    }

    fn other(&self, stream: Stream) -> Result<&'a State, Stop> {
        let name = stream.name();
        let folded = self.known.get(&name).ok_or(Stop::Needs(stream))?;
        if let Some(kind) = &folded.unknown {
            return Err(Stop::Unreadable { stream, kind: kind.clone() });
        }
        let basis = Basis { stream: name.clone(), revision: folded.revision };
        self.notes.borrow_mut().based_on.insert(name, basis);
        Ok(&folded.state)
    }

    /// Users, roles and missions.
    ///
    /// # Errors
    /// [`Stop::Needs`] until the stream is loaded; so for all that follow.
    pub fn access(&self) -> Result<&'a access::Access, Stop> {
        match self.other(Stream::Access)? {
            State::Access(access) => Ok(access),
            _ => Err(Stop::Needs(Stream::Access)),
        }
    }

    /// Users, roles and missions, also for a decision on them.
    ///
    /// # Errors
    /// As [`Self::access`].
    pub fn access_now(&self) -> Result<&'a access::Access, Stop> {
        match &self.subject.state {
            State::Access(access) => Ok(access),
            _ => self.access(),
        }
    }

    /// A person, whether they are registered or not.
    ///
    /// # Errors
    /// As [`Self::access`].
    pub fn person(&self, id: PersonId) -> Result<&'a person::Person, Stop> {
        match self.other(Stream::Person(id))? {
            State::Person(person) => Ok(person),
            _ => Err(Stop::Needs(Stream::Person(id))),
        }
    }

    /// An organisation, whether it is registered or not.
    ///
    /// # Errors
    /// As [`Self::access`].
    pub fn organisation(&self, id: OrganisationId) -> Result<&'a organisation::Organisation, Stop> {
        match self.other(Stream::Organisation(id))? {
            State::Organisation(organisation) => Ok(organisation),
            _ => Err(Stop::Needs(Stream::Organisation(id))),
        }
    }

    /// A rule's versions.
    ///
    /// # Errors
    /// As [`Self::access`].
    pub fn policy(&self, kind: PolicyKind) -> Result<&'a policy::Policy, Stop> {
        match self.other(Stream::Policy(kind))? {
            State::Policy(policy) => Ok(policy),
            _ => Err(Stop::Needs(Stream::Policy(kind))),
        }
    }

    /// A call, whether it was opened or not.
    ///
    /// # Errors
    /// As [`Self::access`].
    pub fn call(&self, id: CallId) -> Result<&'a call::Call, Stop> {
        match self.other(Stream::Call(id))? {
            State::Call(call) => Ok(call),
            _ => Err(Stop::Needs(Stream::Call(id))),
        }
    }

    /// A case, whether it exists or not.
    ///
    /// # Errors
    /// As [`Self::access`].
    pub fn case(&self, id: CaseId) -> Result<&'a case::Case, Stop> {
        match self.other(Stream::Case(id))? {
            State::Case(case) => Ok(case),
            _ => Err(Stop::Needs(Stream::Case(id))),
        }
    }

    /// A resource, whether it is registered or not.
    ///
    /// # Errors
    /// As [`Self::access`].
    pub fn resource(&self, id: ResourceId) -> Result<&'a resource::Resource, Stop> {
        match self.other(Stream::Resource(id))? {
            State::Resource(resource) => Ok(resource),
            _ => Err(Stop::Needs(Stream::Resource(id))),
        }
    }

    /// An introduction, whether it was proposed or not.
    ///
    /// # Errors
    /// As [`Self::access`].
    pub fn introduction(&self, id: IntroductionId) -> Result<&'a introduction::Introduction, Stop> {
        match self.other(Stream::Introduction(id))? {
            State::Introduction(introduction) => Ok(introduction),
            _ => Err(Stop::Needs(Stream::Introduction(id))),
        }
    }

    /// The person is registered (G-9), and not under a record that gave way to another.
    ///
    /// # Errors
    /// A refusal that names `field`.
    pub fn known_person(&self, id: PersonId, field: &'static str) -> Result<(), Stop> {
        let person = self.person(id)?;
        if person.merged_into.is_some() {
            let now = self.person_now(id)?;
            return self.keep(false, || goes_on(now, field));
        }
        let known = person.is_registered();
        self.keep(known, || missing("person", field, "register the person first: POST /v1/people"))
    }

    /// All of these people are registered (G-9).
    ///
    /// # Errors
    /// A refusal that names `field`.
    pub fn known_people<'i>(
        &self,
        ids: impl IntoIterator<Item = &'i PersonId>,
        field: &'static str,
    ) -> Result<(), Stop> {
        ids.into_iter().try_for_each(|id| self.known_person(*id, field))
    }

    /// The organisation is registered (G-9), and not under a record that gave way to another.
    ///
    /// # Errors
    /// A refusal that names `field`.
    pub fn known_organisation(&self, id: OrganisationId, field: &'static str) -> Result<(), Stop> {
        let organisation = self.organisation(id)?;
        if organisation.merged_into.is_some() {
            let now = self.organisation_now(id)?;
            return self.keep(false, || goes_on(now, field));
        }
        let known = organisation.is_registered();
        let remedy = "register the organisation first: POST /v1/organisations";
        self.keep(known, || missing("organisation", field, remedy))
    }

    /// The case exists (G-9) and, for an innovator, is theirs (G-4).
    ///
    /// # Errors
    /// A refusal that names `field`.
    pub fn known_case(&self, id: CaseId, field: &'static str) -> Result<&'a case::Case, Stop> {
        let case = self.case(id)?;
        let theirs = self.sender.role != Role::Innovator || self.concerns_sender(case)?;
        let remedy = "look the case up: GET /v1/cases";
        self.keep(case.exists() && theirs, || missing("case", field, remedy))?;
        Ok(case)
    }
}

fn in_the_future(when: String, field: &'static str) -> Refusal {
    let message = format!("{when} lies in the future");
    let remedy = "log what happened once it has happened";
    Refusal::new(events::Rule::G3, "in_the_future", message).at(field).remedy(remedy)
}

/// What a command names is not on the log.
pub fn missing(what: &str, field: &'static str, remedy: &'static str) -> Refusal {
    Refusal::new(events::Rule::G9, "not_found", format!("no such {what}")).at(field).remedy(remedy)
}
