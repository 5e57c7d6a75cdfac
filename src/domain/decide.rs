//! One decision, whole: repetition, existence, rights, revision and clock first (G-1 to G-4), then
//! the family's own rules, then the envelope around the facts.

use chrono::{Datelike, TimeDelta, Weekday};
use events::{
    Actor, Channel, Code, CommandId, Digest, Envelope, EventId, Fact, Metadata, PersonId,
    PolicyKind, Report, Revision, Role, Rule, Stream, StreamName, Time, UserId,
};

use super::command::{Command, Effect};
use super::context::{Context, Known, Nature, Sender, missing};
use super::refusal::{Refusal, Stop};
use super::state::{Done, Folded, State};
use super::{
    Decision, access, booking, call, coaching, followup, gathering, intake, introduction,
    organisation, outcome, person, policy, resource, selection,
};

/// A command with everything that came along with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The stream it is about.
    pub stream: Stream,
    /// What is asked.
    pub command: Command,
    /// Its id; a repeated request has the same (G-1).
    pub id: CommandId,
    /// Keyed digest of the request (G-1).
    pub digest: Digest,
    /// Who sends it.
    pub user: UserId,
    /// For whom, where somebody else asked for it.
    pub on_behalf_of: Option<PersonId>,
    /// How it reached the office.
    pub channel: Channel,
    /// When it happened; absent: now.
    pub occurred_at: Option<Time>,
    /// Why it is entered late.
    pub late_entry_reason: Option<Code>,
    /// Set when it reports something that happened elsewhere.
    pub report: Option<Report>,
    /// The revision that the sender saw (G-2).
    pub expected: Option<Revision>,
    /// The first request of the chain it belongs to.
    pub correlation: Option<CommandId>,
    /// The event that caused it, where a process drives it.
    pub causation: Option<EventId>,
}

/// What a decision comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The same request was recorded before (G-1).
    Repeats(Done),
    /// It is already so.
    Nothing,
    /// These are to be appended, in this order, at this place.
    Facts(Vec<Envelope>),
}

/// Decides a request on a stream as folded.
///
/// # Errors
/// [`Stop::Refused`] with the rule, or what has to be loaded first.
pub fn decide(
    request: &Request,
    subject: &Folded,
    known: &Known,
    now: Time,
    build: &Code,
) -> Result<Verdict, Stop> {
    let stream = request.stream;
    if let Some(kind) = &subject.unknown {
        return Err(Stop::Unreadable { stream, kind: kind.clone() });
    }
    let occurred_at = request.occurred_at.unwrap_or(now);
    let nature = if request.report.is_some() { Nature::Report } else { Nature::Act };
    let nobody = Sender { user: request.user, person: system_person(), role: Role::System };
    let mut context = Context::new(nobody, now, occurred_at, request.id, nature, known);
    // The access stream is its own witness; every other decision reads it.
    let access = match &subject.state {
        State::Access(access) => access,
        _ => context.access()?,
    };
    context.sender = sender(request, access, now)?;
    if let Some(done) = repeats(request, subject)? {
        return Ok(Verdict::Repeats(done));
    }
    exists(request, subject, context.sender)?;
    fresh(request, subject)?;
    on_time(request, &context)?;
    let facts = dispatch(&request.command, &subject.state, &context)?;
    if facts.is_empty() {
        return Ok(Verdict::Nothing);
    }
    Ok(Verdict::Facts(enveloped(request, subject.revision, facts, context, build)))
}

/// The account behind timers and processes.
pub fn system_user() -> UserId {
    UserId::derived("system")
}

fn system_person() -> PersonId {
    PersonId::derived("system")
}

/// The sender in the first role they hold that may send this command (G-4).
fn sender(request: &Request, access: &access::Access, now: Time) -> Result<Sender, Stop> {
    let user = request.user;
    if user == system_user() {
        return Ok(Sender { user, person: system_person(), role: Role::System });
    }
    let case = match request.stream {
        Stream::Case(case) => Some(case),
        _ => None,
    };
    let roles = request.command.spec().roles;
    let held = roles.iter().copied().find(|role| access.holds(user, *role, case, now));
    match (access.person_of(user), held) {
        (Some(person), Some(role)) => Ok(Sender { user, person, role }),
        _ => {
            let roles = roles.iter().map(|role| events::Labelled::word(*role));
            let roles = roles.collect::<Vec<_>>().join(", ");
            let message = format!("this takes one of the roles: {roles}");
            let remedy = "ask an administrator for the role, or a colleague who holds it";
            Err(Refusal::new(Rule::G4, "role_missing", message).remedy(remedy).into())
        }
    }
}

/// G-1: the same request again gives the first answer; the same key with another body is refused.
fn repeats(request: &Request, subject: &Folded) -> Result<Option<Done>, Stop> {
    match subject.done.get(&request.id) {
        Some(done) if done.digest == request.digest => Ok(Some(*done)),
        Some(_) => {
            let message = "this Idempotency-Key was used for another request";
            let remedy = "send the request with a new key";
            Err(Refusal::new(Rule::G1, "key_reused", message).remedy(remedy).into())
        }
        None => Ok(None),
    }
}

/// What the request is about exists, or is begun by it; an innovator's eyes end at their own.
fn exists(request: &Request, subject: &Folded, sender: Sender) -> Result<(), Stop> {
    let creates = request.command.spec().effect == Effect::Creates;
    let hidden = sender.role == Role::Innovator
        && matches!(request.stream, Stream::Case(_))
        && !subject.state.concerns(sender.person);
    if !creates && (!subject.state.exists() || hidden) {
        return Err(missing("record", "", "look it up in the list first").into());
    }
    Ok(())
}

/// G-2: what the sender saw is how it is; decisions must say what they saw.
fn fresh(request: &Request, subject: &Folded) -> Result<(), Stop> {
    match request.expected {
        Some(expected) if subject.revision != Some(expected) => {
            let actual = subject.revision.map_or("none".into(), |at| at.to_string());
            let message = format!("the revision is {actual}, not {expected}");
            let remedy = "read it again, decide on what it says now, and send its new ETag";
            Err(Refusal::new(Rule::G2, "stale", message).remedy(remedy).into())
        }
        None if request.command.spec().effect == Effect::Decides
            && request.user != system_user() =>
        {
            let message = "a decision states the revision it was taken on";
            let remedy = "read the record and send its ETag as If-Match";
            Err(Refusal::new(Rule::G2, "revision_required", message).remedy(remedy).into())
        }
        _ => Ok(()),
    }
}

/// G-3: not in the future, and late only with a reason.
fn on_time(request: &Request, context: &Context<'_>) -> Result<(), Stop> {
    let Context { now, occurred_at, .. } = *context;
    context.has_come(occurred_at, "occurred_at")?;
    // A rule about late entries can't be asked of itself, nor of rights before there are rules.
    if matches!(request.stream, Stream::Policy(_) | Stream::Access) {
        return Ok(());
    }
    let Some((version, rule)) = context.policy(PolicyKind::LateEntry)?.late_entry(now) else {
        return Ok(());
    };
    if working_days_between(occurred_at, now) <= rule.threshold_working_days {
        return Ok(());
    }
    context.quote(PolicyKind::LateEntry, version);
    let known = || rule.reasons.iter().map(|word| word.code.as_str()).collect::<Vec<_>>();
    match &request.late_entry_reason {
        Some(reason) if rule.reasons.iter().any(|word| word.code == *reason) => Ok(()),
        given => {
            let days = rule.threshold_working_days;
            let message = match given {
                None => format!("entered more than {days} working days late, without a reason"),
                Some(code) => format!("{code} is no reason for a late entry"),
            };
            let message = format!("{message}; reasons are: {}", known().join(", "));
            let refusal = Refusal::new(Rule::G3, "late_without_reason", message);
            let remedy = "add late_entry_reason with one of these codes";
            Err(refusal.at("late_entry_reason").remedy(remedy).into())
        }
    }
}

/// Whole working days (Monday to Friday) that lie between two moments.
pub fn working_days_between(from: Time, until: Time) -> u32 {
    let (mut day, last) = (from.utc().date_naive(), until.utc().date_naive());
    let mut days = 0;
    // Whole weeks at once, so that a claim of long ago costs no more than one of yesterday.
    let weeks = u32::try_from(last.signed_duration_since(day).num_weeks().max(0)).unwrap_or(0);
    days += weeks * 5;
    day += TimeDelta::weeks(weeks.into());
    while day < last {
        let Some(next) = day.succ_opt() else { break };
        day = next;
        if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            days += 1;
        }
    }
    days
}

fn dispatch(command: &Command, state: &State, context: &Context<'_>) -> Decision {
    match (command, state) {
        (Command::Person(command), State::Person(state)) => person::decide(state, command, context),
        (Command::Organisation(command), State::Organisation(state)) => {
            organisation::decide(state, command, context)
        }
        (Command::Policy(command), State::Policy(state)) => policy::decide(state, command, context),
        (Command::Call(command), State::Call(state)) => call::decide(state, command, context),
        (Command::Intake(command), State::Case(state)) => intake::decide(state, command, context),
        (Command::Followup(command), State::Case(state)) => {
            followup::decide(state, command, context)
        }
        (Command::Coaching(command), State::Case(state)) => {
            coaching::decide(state, command, context)
        }
        (Command::Selection(command), State::Case(state)) => {
            selection::decide(state, command, context)
        }
        (Command::Outcome(command), State::Case(state)) => outcome::decide(state, command, context),
        (Command::Resource(command), State::Resource(state)) => {
            resource::decide(state, command, context)
        }
        (Command::Booking(command), State::Resource(state)) => {
            booking::decide(state, command, context)
        }
        (Command::Introduction(command), State::Introduction(state)) => {
            introduction::decide(state, command, context)
        }
        (Command::Gathering(command), State::Gathering(state)) => {
            gathering::decide(state, command, context)
        }
        (Command::Access(command), State::Access(state)) => access::decide(state, command, context),
        _ => Err(missing("command for this kind of record", "", "see /docs").into()),
    }
}

fn enveloped(
    request: &Request,
    at: Option<Revision>,
    facts: Vec<Fact>,
    context: Context<'_>,
    build: &Code,
) -> Vec<Envelope> {
    let stream: StreamName = request.stream.name();
    let Sender { user, role, .. } = context.sender;
    let (now, occurred_at) = (context.now, context.occurred_at);
    let notes = context.into_notes();
    let meta = Metadata {
        occurred_at,
        recorded_at: now,
        actor: Actor { user, role, on_behalf_of: request.on_behalf_of },
        channel: request.channel,
        command: request.id,
        command_digest: request.digest,
        correlation: request.correlation,
        causation: request.causation,
        policies: notes.policies,
        based_on: notes.based_on.into_values().collect(),
        build: build.clone(),
        late_entry_reason: request.late_entry_reason.clone(),
        report: request.report.clone(),
        irregularities: notes.irregularities,
    };
    let first = at.map_or(0, |at| at + 1);
    facts
        .into_iter()
        .zip(first..)
        .enumerate()
        .map(|(index, (fact, revision))| Envelope {
            id: EventId::of(&stream, request.id, index),
            stream: stream.clone(),
            revision,
            meta: meta.clone(),
            fact,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        text.parse().expect("a time")
    }

    #[test]
    fn weekends_are_no_working_days() {
        let friday = time("2026-03-06T17:00:00Z");
        assert_eq!(working_days_between(friday, time("2026-03-06T23:00:00Z")), 0);
        assert_eq!(working_days_between(friday, time("2026-03-08T23:00:00Z")), 0);
        assert_eq!(working_days_between(friday, time("2026-03-09T01:00:00Z")), 1);
        assert_eq!(working_days_between(friday, time("2026-03-13T01:00:00Z")), 5);
        assert_eq!(working_days_between(friday, time("2026-03-16T01:00:00Z")), 6);
        assert_eq!(working_days_between(friday, time("2025-01-01T00:00:00Z")), 0);
    }
}
