//! Requests about a person's own data: who asks is made sure of first, the answer comes in time,
//! and what is kept all the same names its legal basis (D-1, D-3).

use std::collections::BTreeSet;

use chrono::Months;
use events::privacy::{Fact, Kept};
use events::{
    Channel, Code, Date, EventId, FieldPath, PersonId, PolicyKind, PrivacyKind, PrivacyOutcome,
    Role, Rule, Sealed, Time,
};
use schemars::JsonSchema;
use serde::Deserialize;
use strum::{IntoStaticStr, VariantNames};

use super::command::{Effect, Spec, Texts};
use super::context::Context;
use super::person::{self, Person};
use super::{Decision, Refusal, Stop};

/// So long after it came a request is to be answered (D-1), months.
const DUE_MONTHS: u32 = 1;
/// So long the answer may be put off, once (D-1), months.
const EXTENSION_MONTHS_MAX: u32 = 2;

/// What can be said of a request about a person's own data.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[strum(serialize_all = "kebab-case")]
pub enum Command {
    /// Record that a person asks for something about their own data. It is to be answered within
    /// a month (D-1).
    ReceiveRequest {
        /// What they ask for.
        kind: PrivacyKind,
        /// Whose data.
        subject: PersonId,
        /// When it reached the office.
        received_at: Time,
        /// How it came.
        channel: Channel,
        /// What they wrote; sealed with their own key, and gone when their data are erased.
        words: Option<Sealed>,
    },
    /// Record that whoever asks is the person the data are about.
    VerifyIdentity {
        /// How that was made sure of: `identity_document`, `known_in_person` …
        method: Code,
    },
    /// Put the answer off, once, by two months at most, before the first month is over.
    Extend {
        /// Until when.
        until: Date,
        /// Why, as the person is told.
        reason: Sealed,
    },
    /// Decide what is done about it. What is kept all the same names its legal basis (D-1); once
    /// a hold is over it is assessed anew.
    Assess {
        /// Whether they are given what they ask for.
        outcome: PrivacyOutcome,
        /// The rules of law it rests on.
        #[serde(default)]
        #[schemars(length(max = 20))]
        legal_basis: Vec<Code>,
        /// What is kept: duties of the retention policy, or what a hold asks for.
        #[serde(default)]
        #[schemars(length(max = 50))]
        kept: Vec<Kept>,
        /// Why.
        reason: Option<Sealed>,
    },
    /// Record that the person was told. An erasure is done before they are told of it.
    Answer {
        /// How.
        channel: Channel,
        /// What was written to them; nothing is sealed for somebody whose data were erased.
        letter: Option<Sealed>,
    },
    /// Record that a text of something they took part in was looked at and stays (D-3).
    KeepText {
        /// The event in which it stands.
        event: EventId,
        /// Where in it.
        field: FieldPath,
        /// On what basis it stays: `not_about_the_person`, `evidence_of_a_decision` …
        basis: Code,
    },
}

const HANDLERS: &[Role] = &[Role::Dpo];

const fn spec(name: &'static str, effect: Effect, example: &'static str) -> Spec {
    Spec { name, roles: HANDLERS, effect, texts: Texts::OfStream, example }
}

/// What is said of each command.
pub const SPECS: &[Spec] = &[
    Spec {
        texts: Texts::OfPersonAt("/subject"),
        ..spec(
            "receive-request",
            Effect::Creates,
            r#"{"kind":"access","subject":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a02",
            "received_at":"2026-03-02T08:30:00Z","channel":"email",
            "words":"Please send me everything you hold on me."}"#,
        )
    },
    spec("verify-identity", Effect::Adds, r#"{"method":"identity_document"}"#),
    spec(
        "extend",
        Effect::Adds,
        r#"{"until":"2026-05-02","reason":"The records of three years are gone through."}"#,
    ),
    spec(
        "assess",
        Effect::Decides,
        r#"{"outcome":"partial","legal_basis":["gdpr_17_3_b"],
        "kept":[{"what":"public_funds_accounting","legal_basis":"gdpr_17_3_b"}],
        "reason":"The accounts of public funds are kept for ten years."}"#,
    ),
    spec("answer", Effect::Adds, r#"{"channel":"email","letter":"Here is what we hold."}"#),
    Spec {
        roles: &[Role::Dpo, Role::Head, Role::Deputy],
        ..spec(
            "keep-text",
            Effect::Adds,
            r#"{"event":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a0c","field":"summary",
            "basis":"not_about_the_person"}"#,
        )
    },
];

/// A request as deciders know it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    /// What was asked for; `None` before anything was.
    pub asked: Option<Asked>,
    verified: bool,
    extended: Option<(Date, Sealed)>,
    assessed: Option<Assessed>,
    answered: bool,
    kept_texts: BTreeSet<(EventId, FieldPath, Code)>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// What.
    pub kind: PrivacyKind,
    /// Whose data.
    pub subject: PersonId,
    /// Until when it is to be answered, unless that is put off.
    pub due: Date,
}

/// What was decided last.
#[derive(Debug, Clone, PartialEq)]
struct Assessed {
    outcome: PrivacyOutcome,
    legal_basis: Vec<Code>,
    kept: Vec<Kept>,
    reason: Option<Sealed>,
}

impl Request {
    /// Whether it was ever received.
    pub const fn exists(&self) -> bool {
        self.asked.is_some()
    }

    /// Whose data it is about.
    pub fn subject(&self) -> Option<PersonId> {
        self.asked.map(|asked| asked.subject)
    }

    /// Whether it was decided that data are erased, wholly or in part.
    pub fn allows_erasure(&self) -> bool {
        let erasure = self.asked.is_some_and(|asked| asked.kind == PrivacyKind::Erasure);
        let outcome = self.assessed.as_ref().map(|assessed| assessed.outcome);
        erasure && matches!(outcome, Some(PrivacyOutcome::Granted | PrivacyOutcome::Partial))
    }

    /// Takes a fact in.
    pub fn evolve(&mut self, fact: &Fact) {
        match fact {
            Fact::RequestReceived { kind, subject, due, .. } => {
                let (kind, subject, due) = (*kind, *subject, *due);
                self.asked.get_or_insert(Asked { kind, subject, due });
            }
            Fact::IdentityVerified { .. } => self.verified = true,
            Fact::Extended { until, reason } => self.extended = Some((*until, reason.clone())),
            Fact::Assessed { outcome, legal_basis, kept, reason } => {
                let (legal_basis, kept) = (legal_basis.clone(), kept.clone());
                let (outcome, reason) = (*outcome, reason.clone());
                self.assessed = Some(Assessed { outcome, legal_basis, kept, reason });
                self.answered = false;
            }
            Fact::Answered { .. } => self.answered = true,
            Fact::TextKept { event, field, basis } => {
                self.kept_texts.insert((*event, field.clone(), basis.clone()));
            }
        }
    }
}

/// Decides a command of this family.
///
/// # Errors
/// The rule that forbids it.
pub fn decide(request: &Request, command: &Command, context: &Context<'_>) -> Decision {
    if let Command::ReceiveRequest { kind, subject, received_at, channel, words } = command {
        if request.exists() {
            return Ok(vec![]);
        }
        context.known_person(*subject, "subject")?;
        context.has_come(*received_at, "received_at")?;
        let (kind, subject, received_at, channel) = (*kind, *subject, *received_at, *channel);
        let due = after(day(received_at), DUE_MONTHS);
        let words = words.clone();
        return Ok(vec![
            Fact::RequestReceived { kind, subject, received_at, due, channel, words }.into(),
        ]);
    }
    let Some(asked) = request.asked else { return Ok(vec![]) };
    let subject = context.person(asked.subject)?;
    match command {
        Command::ReceiveRequest { .. } => Ok(vec![]),
        Command::VerifyIdentity { .. } if request.verified => Ok(vec![]),
        Command::VerifyIdentity { method } => {
            Ok(vec![Fact::IdentityVerified { method: method.clone() }.into()])
        }
        Command::Extend { until, reason } => {
            extend((request, &asked), *until, reason, subject, context)
        }
        Command::Assess { outcome, legal_basis, kept, reason } => {
            let (legal_basis, kept) = (legal_basis.clone(), kept.clone());
            let (outcome, reason) = (*outcome, reason.clone());
            let assessed = Assessed { outcome, legal_basis, kept, reason };
            assess((request, &asked), assessed, subject, context)
        }
        Command::Answer { channel, letter } => {
            answer((request, &asked), *channel, letter.as_ref(), subject, context)
        }
        Command::KeepText { event, field, basis } => {
            identified(request, context)?;
            let (event, field, basis) = (*event, field.clone(), basis.clone());
            if request.kept_texts.contains(&(event, field.clone(), basis.clone())) {
                return Ok(vec![]);
            }
            Ok(vec![Fact::TextKept { event, field, basis }.into()])
        }
    }
}

fn extend(
    (request, asked): (&Request, &Asked),
    until: Date,
    reason: &Sealed,
    subject: &Person,
    context: &Context<'_>,
) -> Decision {
    let new = (until, reason.clone());
    if request.extended.as_ref() == Some(&new) {
        return Ok(vec![]);
    }
    sealable(subject, Some(reason), context)?;
    context.keep(request.extended.is_none(), || {
        Refusal::new(Rule::D1, "extended_before", "an answer is put off once")
            .remedy("answer by the day that the person was told")
    })?;
    context.keep(!request.answered, || {
        Refusal::new(Rule::D1, "answered", "this request was answered")
    })?;
    context.keep(day(context.occurred_at) <= asked.due, || {
        let message = format!("it was to be answered, or put off, by {}", asked.due);
        Refusal::new(Rule::D1, "too_late_to_extend", message).remedy("answer it now")
    })?;
    let last = after(asked.due, EXTENSION_MONTHS_MAX);
    context.keep(asked.due < until && until <= last, || {
        let message = format!("it is put off beyond {}, until {last} at most", asked.due);
        Refusal::new(Rule::D1, "beyond_two_months", message).at("until")
    })?;
    Ok(vec![Fact::Extended { until, reason: reason.clone() }.into()])
}

fn assess(
    (request, asked): (&Request, &Asked),
    new: Assessed,
    subject: &Person,
    context: &Context<'_>,
) -> Decision {
    if request.assessed.as_ref() == Some(&new) {
        return Ok(vec![]);
    }
    identified(request, context)?;
    sealable(subject, new.reason.as_ref(), context)?;
    let granted = request.assessed.as_ref().map(|before| before.outcome);
    let over = request.answered && granted == Some(PrivacyOutcome::Granted);
    context.keep(!over, || {
        let message = "they were given what they asked for, and told so";
        Refusal::new(Rule::D1, "answered", message).remedy("record a new request")
    })?;
    let (whole, kept) = (new.outcome == PrivacyOutcome::Granted, &new.kept);
    context.keep(whole || !new.legal_basis.is_empty(), || {
        Refusal::new(Rule::D1, "no_legal_basis", "what is not done names the rule of law")
            .at("legal_basis")
    })?;
    context.keep(!whole || kept.is_empty(), || {
        Refusal::new(Rule::D1, "granted_but_kept", "what is kept makes it granted in part")
            .at("kept")
    })?;
    context.keep(new.outcome != PrivacyOutcome::Partial || !kept.is_empty(), || {
        Refusal::new(Rule::D1, "nothing_kept", "granted in part, it says what is kept").at("kept")
    })?;
    if whole && asked.kind == PrivacyKind::Erasure {
        person::may_erase(subject, context)?;
    }
    kept_by_duty(kept, subject, context)?;
    let Assessed { outcome, legal_basis, kept, reason } = new;
    Ok(vec![Fact::Assessed { outcome, legal_basis, kept, reason }.into()])
}

/// D-1: what is kept is asked for by a hold, or by a duty of the retention policy in force.
fn kept_by_duty(kept: &[Kept], subject: &Person, context: &Context<'_>) -> Result<(), Stop> {
    for part in kept {
        let held = |hold: &person::Hold| {
            hold.scope == part.what && hold.until.is_none_or(|until| context.now < until)
        };
        if subject.holds.values().any(held) {
            continue;
        }
        let policy = context.policy(PolicyKind::Retention)?;
        let duties = policy.retention(context.now);
        let known = duties.is_some_and(|(_, duties)| {
            duties.iter().any(|duty| duty.code == part.what && duty.legal_basis == part.legal_basis)
        });
        context.keep(known, || {
            let message =
                format!("no duty keeps {} on the basis of {}", part.what, part.legal_basis);
            Refusal::new(Rule::D1, "no_such_duty", message)
                .at("kept")
                .remedy("the retention policy lists what is kept, and why")
        })?;
        if let Some((version, _)) = duties {
            context.quote(PolicyKind::Retention, version);
        }
    }
    Ok(())
}

fn answer(
    (request, asked): (&Request, &Asked),
    channel: Channel,
    letter: Option<&Sealed>,
    subject: &Person,
    context: &Context<'_>,
) -> Decision {
    if request.answered {
        return Ok(vec![]);
    }
    let Some(assessed) = &request.assessed else {
        let refusal = Refusal::new(Rule::D1, "not_assessed", "it was not decided what is done");
        return Err(refusal.remedy("assess it first: POST …/assess").into());
    };
    sealable(subject, letter, context)?;
    let erasure = asked.kind == PrivacyKind::Erasure;
    let pending = erasure && assessed.outcome == PrivacyOutcome::Granted && !subject.erased;
    context.keep(!pending, || {
        Refusal::new(Rule::D1, "not_erased_yet", "they are told once their data are erased")
            .remedy("ask for the erasure: POST /v1/people/{id}/request-erasure")
    })?;
    Ok(vec![Fact::Answered { channel, letter: letter.cloned() }.into()])
}

/// D-1: nothing is decided for somebody who may be somebody else.
fn identified(request: &Request, context: &Context<'_>) -> Result<(), Stop> {
    context.keep(request.verified, || {
        Refusal::new(Rule::D1, "identity_not_verified", "it is not made sure of who asks")
            .remedy("make sure of it first: POST …/verify-identity")
    })
}

/// G-7: nothing is sealed for somebody whose data were erased.
fn sealable(subject: &Person, text: Option<&Sealed>, context: &Context<'_>) -> Result<(), Stop> {
    context.keep(text.is_none() || !subject.erased, || {
        Refusal::new(Rule::G7, "erased", "their data were erased; nothing is written for them")
            .remedy("leave the text out")
    })
}

/// The day it is at the office, in Paris.
fn day(moment: Time) -> Date {
    moment.utc().with_timezone(&chrono_tz::Europe::Paris).date_naive()
}

/// The same day so many months later, or the last of that month.
fn after(day: Date, months: u32) -> Date {
    day.checked_add_months(Months::new(months)).unwrap_or(day)
}

#[cfg(test)]
mod tests;
