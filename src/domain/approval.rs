//! What two persons do together: one asks, another agrees, and with that it is done (G-8). Persons
//! are meant, not accounts. It is decided anew when it is agreed to: what has become impossible
//! since is refused.

use std::collections::BTreeMap;

use events::approval::{Fact, Matter};
use events::{ApprovalId, Envelope, EventId, Role, Rule, Sealed, UserId};
use schemars::JsonSchema;
use serde::Deserialize;
use strum::{IntoStaticStr, VariantNames};

use super::command::{Effect, Spec, Texts};
use super::context::{Context, missing};
use super::{
    Decision, Refusal, State, Stop, access, amendment, intake, person, policy, system_user,
};

/// What can be said to somebody who asks for a second person.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[strum(serialize_all = "kebab-case")]
pub enum Command {
    /// Agree to what another person asks for. It happens with this, and is decided anew (G-8).
    Give {
        /// Which.
        approval: ApprovalId,
    },
    /// Do not agree to it. Who asked takes it back so.
    Refuse {
        /// Which.
        approval: ApprovalId,
        /// Why.
        reason: Option<Sealed>,
    },
}

impl Command {
    /// Which approval it is about.
    pub const fn approval(&self) -> ApprovalId {
        match self {
            Self::Give { approval } | Self::Refuse { approval, .. } => *approval,
        }
    }
}

/// Whoever is asked to agree to something.
const ASKED: &[Role] = &[Role::Head, Role::Deputy, Role::Director, Role::Dpo, Role::Admin];
/// Whoever may have asked, and so may take it back.
const ANYONE: &[Role] = &[
    Role::Head,
    Role::Deputy,
    Role::Director,
    Role::Dpo,
    Role::Admin,
    Role::Advisor,
    Role::Funding,
    Role::Platform,
];

/// What is said of each command.
pub const SPECS: &[Spec] = &[
    Spec {
        name: "give",
        roles: ASKED,
        effect: Effect::Decides,
        texts: Texts::OfStream,
        example: "{}",
    },
    Spec {
        name: "refuse",
        roles: ANYONE,
        effect: Effect::Decides,
        texts: Texts::OfStream,
        example: r#"{"reason":"The deadline was the same for everyone."}"#,
    },
];

/// What was asked for on a record, and what became of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Approvals(BTreeMap<ApprovalId, Asked>);

/// Something that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The event in which it was.
    pub event: EventId,
    /// What.
    pub matter: Matter,
    /// Who asked.
    pub by: UserId,
    /// What became of it; `None` while it waits.
    pub answer: Option<Answer>,
}

/// What became of something that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A second person agreed.
    Given,
    /// It was not agreed to, or taken back.
    Refused,
}

impl Approvals {
    /// One of them.
    pub fn get(&self, approval: ApprovalId) -> Option<&Asked> {
        self.0.get(&approval)
    }

    /// Takes a fact in.
    pub fn evolve(&mut self, fact: &Fact, envelope: &Envelope) {
        match fact {
            Fact::Requested { approval, matter } => {
                let (event, by) = (envelope.id, envelope.meta.actor.user);
                let asked = Asked { event, matter: matter.clone(), by, answer: None };
                self.0.insert(*approval, asked);
            }
            Fact::Given { approval } => self.settle(*approval, Answer::Given),
            Fact::Refused { approval, .. } => self.settle(*approval, Answer::Refused),
        }
    }

    fn settle(&mut self, approval: ApprovalId, answer: Answer) {
        if let Some(asked) = self.0.get_mut(&approval) {
            asked.answer.get_or_insert(answer);
        }
    }

    /// What waits for a second person and is about the same.
    fn waiting_for(&self, matter: &Matter) -> Option<ApprovalId> {
        let same = |asked: &Asked| asked.answer.is_none() && is_same(&asked.matter, matter);
        self.0.iter().find(|(_, asked)| same(asked)).map(|(approval, _)| *approval)
    }
}

/// Whether two requests are about the same, whatever their reasons.
fn is_same(one: &Matter, other: &Matter) -> bool {
    match (one, other) {
        (Matter::Annulment { target: one, .. }, Matter::Annulment { target: other, .. }) => {
            one == other
        }
        (Matter::Reopening { .. }, Matter::Reopening { .. })
        | (Matter::Erasure { .. }, Matter::Erasure { .. }) => true,
        _ => one == other,
    }
}

/// Who may agree to it.
pub const fn agreed_by(matter: &Matter) -> &'static [Role] {
    match matter {
        Matter::Annulment { .. } | Matter::Reopening { .. } => {
            &[Role::Head, Role::Deputy, Role::Director]
        }
        Matter::Role { .. } => &[Role::Admin, Role::Head, Role::Director],
        Matter::Retirement { .. } => &[Role::Admin, Role::Head],
        Matter::Hold { .. } | Matter::Release { .. } | Matter::Erasure { .. } => {
            &[Role::Dpo, Role::Head, Role::Director]
        }
    }
}

/// In which roles an answer may be sent (G-4).
pub fn roles(command: &Command, approvals: &Approvals, user: UserId) -> &'static [Role] {
    let asked = approvals.get(command.approval());
    match (command, asked) {
        (Command::Refuse { .. }, Some(asked)) if asked.by == user => ANYONE,
        (_, Some(asked)) => agreed_by(&asked.matter),
        (_, None) => ASKED,
    }
}

/// Has a second person asked, unless the system acts, which has no second one; `act` is what
/// happens then.
///
/// # Errors
/// G-8 when the same waits already.
pub(super) fn ask(matter: Matter, act: Vec<events::Fact>, context: &Context<'_>) -> Decision {
    if context.sender.role == Role::System {
        return Ok(act);
    }
    let waiting = context.approvals.waiting_for(&matter);
    context.keep(waiting.is_none(), || {
        let which = waiting.map_or_else(String::new, |approval| approval.to_string());
        Refusal::new(Rule::G8, "already_asked", format!("this waits for a second person: {which}"))
            .remedy("have somebody agree to it: POST /v1/approvals/{id}/give")
    })?;
    let approval = ApprovalId::created_by(context.command);
    Ok(vec![Fact::Requested { approval, matter }.into()])
}

/// Decides a command of this family.
///
/// # Errors
/// The rule that forbids it.
pub fn decide(state: &State, command: &Command, context: &Context<'_>) -> Decision {
    let approval = command.approval();
    let Some(asked) = context.approvals.get(approval) else {
        let remedy = "look it up: GET /v1/approvals";
        return Err(missing("approval", "approval", remedy).into());
    };
    let answer = match command {
        Command::Give { .. } => Answer::Given,
        Command::Refuse { .. } => Answer::Refused,
    };
    match asked.answer {
        Some(before) if before == answer => return Ok(vec![]),
        Some(_) => {
            let message = "this was answered before";
            let remedy = "ask anew, if it is still wanted";
            return Err(Refusal::new(Rule::G8, "answered", message).remedy(remedy).into());
        }
        None => {}
    }
    match command {
        Command::Refuse { reason, .. } => {
            Ok(vec![Fact::Refused { approval, reason: reason.clone() }.into()])
        }
        Command::Give { .. } => {
            another_person(asked, context)?;
            let act = act(state, &asked.matter, context)?;
            context.agree(asked.event);
            Ok([vec![Fact::Given { approval }.into()], act].concat())
        }
    }
}

/// G-8: who asked does not agree, under whichever account and whichever record of theirs; nor does
/// who gains by it.
fn another_person(asked: &Asked, context: &Context<'_>) -> Result<(), Stop> {
    let access = context.access_now()?;
    let person = |user: UserId| access.person_of(user);
    let is_sender = |user: UserId| match person(user) {
        Some(person) => context.same_person(person, context.sender.person),
        None => Ok(false),
    };
    let other = context.sender.role == Role::System
        || asked.by == system_user()
        || (asked.by != context.sender.user && !is_sender(asked.by)?);
    context.keep(other, || {
        Refusal::new(
            Rule::G8,
            "same_person",
            "who asks does not agree, under another account either",
        )
        .remedy("ask a colleague who may agree")
    })?;
    let gains = match asked.matter {
        Matter::Role { user, .. } => is_sender(user)?,
        Matter::Annulment { .. }
        | Matter::Reopening { .. }
        | Matter::Retirement { .. }
        | Matter::Hold { .. }
        | Matter::Release { .. }
        | Matter::Erasure { .. } => false,
    };
    context.keep(!gains, || {
        Refusal::new(Rule::G8, "own_gain", "nobody agrees to a role of their own")
            .remedy("ask a colleague who may agree")
    })
}

/// What happens once it is agreed to, decided on how things stand now.
fn act(state: &State, matter: &Matter, context: &Context<'_>) -> Decision {
    match (matter, state) {
        (Matter::Annulment { target, reason }, _) => {
            amendment::annulled(context.history()?, *target, reason, None, context)
        }
        (Matter::Reopening { reason }, State::Case(case)) => intake::reopened(case, reason),
        (Matter::Role { user, role, scope, until }, State::Access(access)) => {
            access::granted(access, *user, *role, *scope, *until, context)
        }
        (Matter::Retirement { version }, State::Policy(policy)) => {
            policy::retired(policy, *version)
        }
        (Matter::Hold { authority, scope, until }, State::Person(person)) => {
            person::held(person, authority, scope, *until, context)
        }
        (Matter::Release { hold }, State::Person(person)) => person::released(person, *hold),
        // The data go once it is agreed to; that they went is recorded when they are gone.
        (Matter::Erasure { .. }, State::Person(person)) => {
            person::may_erase(person, context).map(|()| vec![])
        }
        _ => Err(missing("matter on this kind of record", "", "see /docs").into()),
    }
}

#[cfg(test)]
mod tests;
