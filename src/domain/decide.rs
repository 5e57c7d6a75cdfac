//! One decision, whole: repetition, existence, rights, revision and clock first (G-1 to G-4), then
//! the family's own rules, then the envelope around the facts.

use chrono::{Datelike, TimeDelta, Weekday};
use events::{
    Actor, Approved, Channel, Code, CommandId, Digest, Envelope, EventId, Fact, Metadata, PersonId,
    PolicyKind, Report, Revision, Role, Rule, Stream, StreamName, Time, UserId,
};

use super::command::{Command, Effect};
use super::context::{Context, Known, Nature, Sender, missing};
use super::refusal::{Refusal, Stop};
use super::state::{Done, Folded, State};
use super::{
    Decision, access, amendment, approval, booking, call, coaching, followup, gathering, intake,
    introduction, organisation, outcome, person, policy, resource, selection,
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
    let times = (now, occurred_at);
    let mut context = Context::new(nobody, times, request.id, nature, subject, known);
    // The access stream is its own witness; every other decision reads it.
    let access = match &subject.state {
        State::Access(access) => access,
        _ => context.access()?,
    };
    context.sender = sender(request, subject, access, now)?;
    if let Some(done) = repeats(request, subject)? {
        return Ok(Verdict::Repeats(done));
    }
    exists(request, subject, &context)?;
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

/// Nobody: the person behind [`system_user`].
pub fn system_person() -> PersonId {
    PersonId::derived("system")
}

/// The sender in the first role they hold that may send this command (G-4).
fn sender(
    request: &Request,
    subject: &Folded,
    access: &access::Access,
    now: Time,
) -> Result<Sender, Stop> {
    let user = request.user;
    if user == system_user() {
        return Ok(Sender { user, person: system_person(), role: Role::System });
    }
    let case = match request.stream {
        Stream::Case(case) => Some(case),
        _ => None,
    };
    let roles = match &request.command {
        Command::Amendment(command) => amendment::roles(request.stream, command),
        Command::Approval(command) => approval::roles(command, &subject.approvals, user),
        command => command.spec().roles,
    };
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
fn exists(request: &Request, subject: &Folded, context: &Context<'_>) -> Result<(), Stop> {
    if request.command.spec().effect == Effect::Creates {
        return Ok(());
    }
    let shown = match &subject.state {
        State::Case(case) if context.sender.role == Role::Innovator => {
            context.concerns_sender(case)?
        }
        _ => true,
    };
    if !subject.state.exists() || !shown {
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

/// Whole working days (Monday to Friday, in Paris) that lie between two moments.
pub fn working_days_between(from: Time, until: Time) -> u32 {
    let day_of = |moment: Time| moment.utc().with_timezone(&chrono_tz::Europe::Paris).date_naive();
    let (mut day, last) = (day_of(from), day_of(until));
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
        (Command::Amendment(command), _) => amendment::decide(state, command, context),
        (Command::Approval(command), _) => approval::decide(state, command, context),
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
        approved: None,
    };
    let first = at.map_or(0, |at| at + 1);
    // The first fact says that somebody agreed; those after it are what was agreed to.
    let agreed = EventId::of(&stream, request.id, 0);
    let approved = notes.asked_in.map(|requested| Approved { requested, given: agreed });

    facts
        .into_iter()
        .zip(first..)
        .enumerate()
        .map(|(index, (fact, revision))| Envelope {
            id: EventId::of(&stream, request.id, index),
            stream: stream.clone(),
            revision,
            meta: Metadata { approved: approved.filter(|_| index > 0), ..meta.clone() },
            fact,
            amended_by: None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{CaseId, ClosingReason, access::Fact as Right, intake as facts, person as people};

    use super::*;
    use crate::domain::testing::{
        Given, arrived, at, code, given, given_event, identity, person_of, sealed, user,
    };
    use crate::domain::{followup, intake};

    fn stream() -> Stream {
        Stream::Case(CaseId::derived("case"))
    }

    fn given_case() -> Given {
        given(stream(), [arrived()]).and_default_policies()
    }

    fn note(text: &str) -> followup::Command {
        followup::Command::AddNote { text: sealed(text) }
    }

    fn noted(text: &str) -> [Fact; 1] {
        [events::followup::Fact::NoteAdded { text: sealed(text) }.into()]
    }

    fn close() -> intake::Command {
        intake::Command::Close { reason: ClosingReason::Graduated, note: None }
    }

    fn closed() -> [Fact; 1] {
        [facts::Fact::Closed { reason: ClosingReason::Graduated, note: None }.into()]
    }

    #[test]
    fn weekends_are_no_working_days() {
        let friday = at("2026-03-06T17:00:00Z");
        assert_eq!(working_days_between(friday, at("2026-03-06T23:00:00Z")), 0);
        assert_eq!(working_days_between(friday, at("2026-03-08T22:00:00Z")), 0);
        assert_eq!(working_days_between(friday, at("2026-03-09T01:00:00Z")), 1);
        assert_eq!(working_days_between(friday, at("2026-03-13T01:00:00Z")), 5);
        assert_eq!(working_days_between(friday, at("2026-03-16T01:00:00Z")), 6);
        assert_eq!(working_days_between(friday, at("2025-01-01T00:00:00Z")), 0);
    }

    #[test]
    fn a_day_begins_at_midnight_in_paris() {
        let late_on_monday = at("2026-03-02T22:30:00Z");
        assert_eq!(working_days_between(late_on_monday, at("2026-03-02T23:30:00Z")), 1);
    }

    #[test]
    fn the_same_request_again_gives_the_first_answer() {
        let mut story = given_case();
        let id = CommandId::derived("key");
        let again = |story: &mut Given| {
            story.request(Role::Advisor, note("note"), |request| request.id = id).map(drop)
        };
        again(&mut story).expect("it is noted");
        let first = story.request(Role::Advisor, note("note"), |request| request.id = id);
        let digest = Digest([7; 32]);
        assert_eq!(first, Ok(Verdict::Repeats(Done { digest, first: 1, last: 1 })));
    }

    #[test]
    fn a_repetition_is_known_though_others_wrote_since() {
        let mut story = given_case();
        let id = CommandId::derived("key");
        let decided = |request: &mut Request| {
            request.id = id;
            request.expected = Some(0);
        };
        story.request(Role::Head, close(), decided).expect("it is closed");
        story.carry_out(Role::Advisor, note("since")).expect("it is noted");
        let again = story.request(Role::Head, close(), decided);
        assert!(matches!(again, Ok(Verdict::Repeats(_))), "{again:?}");
    }

    #[test]
    fn a_key_is_not_used_for_another_request() {
        let mut story = given_case();
        let id = CommandId::derived("key");
        story.request(Role::Advisor, note("one"), |it| it.id = id).expect("it is noted");
        let other = story.request(Role::Advisor, note("two"), |request| {
            request.id = id;
            request.digest = Digest([8; 32]);
        });
        let Err(Stop::Refused(refusal)) = other else { panic!("{other:?}") };
        assert_eq!((refusal.rule, refusal.reason), (Rule::G1, "key_reused"));
    }

    #[test]
    fn a_stale_revision_is_refused() {
        let stale = given_case().when(note("note")).with(|request| request.expected = Some(7));
        assert_eq!(stale.then_refused(Rule::G2).reason, "stale");
        let reported = given_case().when(note("note")).reported();
        reported.with(|request| request.expected = Some(7)).then_refused(Rule::G2);
    }

    #[test]
    fn decisions_state_the_revision_they_saw_other_commands_may() {
        let unstated = |request: &mut Request| request.expected = None;
        given_case().when(note("note")).with(unstated).then(noted("note"));
        let decision = given_case().by(Role::Head).when(close()).with(unstated);
        assert_eq!(decision.then_refused(Rule::G2).reason, "revision_required");
        let by_system = given_case().when(close()).with(unstated);
        by_system.with(|request| request.user = system_user()).then(closed());
    }

    #[test]
    fn nothing_is_logged_that_is_yet_to_happen() {
        let when = |moment: &str| {
            let moment = at(moment);
            given_case().when(note("note")).with(move |it| it.occurred_at = Some(moment))
        };
        when("2026-03-02T09:05:00Z").then(noted("note"));
        let ahead = || when("2026-03-02T09:05:01Z");
        assert_eq!(ahead().then_refused(Rule::G3).field, Some("occurred_at"));
        ahead().reported().then_refused(Rule::G3);
    }

    #[test]
    fn a_late_entry_says_why() {
        let entered = |moment: &str, reason: Option<&str>| {
            let (moment, reason) = (at(moment), reason.map(code));
            given_case().when(note("note")).with(move |request| {
                request.occurred_at = Some(moment);
                request.late_entry_reason = reason;
            })
        };
        let (in_time, late) = ("2026-02-23T09:00:00Z", "2026-02-20T09:00:00Z");
        entered(in_time, None).then(noted("note"));
        entered(late, Some("absence")).then(noted("note"));
        let refusal = entered(late, None).then_refused(Rule::G3);
        assert!(refusal.message.contains("absence"), "{refusal} does not list the reasons");
        assert_eq!(refusal.field, Some("late_entry_reason"));
        entered(late, Some("no_such_reason")).then_refused(Rule::G3);
        entered(late, None).reported().then_refused(Rule::G3);
    }

    #[test]
    fn a_late_entry_quotes_the_rule_and_keeps_its_reason() {
        let mut story = given_case();
        let late = story.request(Role::Advisor, note("note"), |request| {
            request.occurred_at = Some(at("2026-02-01T09:00:00Z"));
            request.late_entry_reason = Some(code("forgotten"));
        });
        let Ok(Verdict::Facts(envelopes)) = late else { panic!("{late:?}") };
        let meta = &envelopes[0].meta;
        assert_eq!(meta.policies.get(&PolicyKind::LateEntry), Some(&1));
        assert_eq!(meta.late_entry_reason, Some(code("forgotten")));
        assert_eq!(meta.occurred_at, at("2026-02-01T09:00:00Z"));
        assert_eq!(meta.recorded_at, at("2026-03-02T09:00:00Z"));
    }

    #[test]
    fn without_a_rule_no_entry_is_late() {
        given(stream(), [arrived()])
            .when(note("note"))
            .with(|request| request.occurred_at = Some(at("2020-01-01T00:00:00Z")))
            .then(noted("note"));
    }

    #[test]
    fn a_command_takes_one_of_its_roles() {
        let refusal = given_case().by(Role::Analyst).when(note("note")).then_refused(Rule::G4);
        assert!(refusal.message.contains("advisor"), "{refusal} does not name the roles");
        given_case().by(Role::Analyst).when(note("note")).reported().then_refused(Rule::G4);
        let stranger = UserId::derived("stranger");
        given_case().when(note("note")).with(|it| it.user = stranger).then_refused(Rule::G4);
    }

    #[test]
    fn a_revoked_role_binds_the_next_command() {
        let revoked =
            Right::RoleRevoked { user: user(Role::Advisor), role: Role::Advisor, scope: None };
        given_case()
            .and(Stream::Access, [revoked.into()])
            .when(note("note"))
            .then_refused(Rule::G4);
    }

    #[test]
    fn the_system_is_let_through() {
        let mut story = given_case();
        let verdict = story.request(Role::Advisor, note("note"), |it| it.user = system_user());
        let Ok(Verdict::Facts(envelopes)) = verdict else { panic!("{verdict:?}") };
        let actor = &envelopes[0].meta.actor;
        assert_eq!((actor.user, actor.role), (system_user(), Role::System));
    }

    #[test]
    fn nothing_is_done_to_what_does_not_exist() {
        given(stream(), []).when(note("note")).then_refused(Rule::G9);
        given(stream(), []).when(note("note")).reported().then_refused(Rule::G9);
        let person = Stream::Person(person_of(Role::Dpo));
        given(person, []).when(note("note")).then_refused(Rule::G9);
        let registered = people::Fact::Registered(identity());
        // Nor is a command for cases taken by a person's record.
        given(person, [registered.into()]).when(note("note")).then_refused(Rule::G9);
    }

    #[test]
    fn an_innovator_does_not_learn_of_the_cases_of_others() {
        let mut other = arrived();
        if let Fact::Intake(facts::Fact::Logged(arrival)) = &mut other {
            arrival.contact = person_of(Role::Dpo);
        }
        let answer = || intake::Command::ProvideInformation {
            request: events::RequestId::derived("request"),
            answer: None,
            documents: vec![],
        };
        let theirs = given(stream(), [other]).by(Role::Innovator).when(answer());
        let nobodys = given(stream(), []).by(Role::Innovator).when(answer());
        assert_eq!(theirs.then_refused(Rule::G9), nobodys.then_refused(Rule::G9));
    }

    #[test]
    fn a_fact_stands_in_an_envelope_that_says_on_what_it_was_based() {
        let mut story = given_case();
        let verdict = story.request(Role::Head, close(), |request| {
            request.causation = Some(given_event(stream(), 0));
            request.channel = Channel::Phone;
        });
        let Ok(Verdict::Facts(envelopes)) = verdict else { panic!("{verdict:?}") };
        let [envelope] = &envelopes[..] else { panic!("one fact") };
        assert_eq!(envelope.revision, 1);
        assert_eq!(envelope.id, EventId::of(&stream().name(), envelope.meta.command, 0));
        assert_eq!(envelope.meta.causation, Some(given_event(stream(), 0)));
        assert_eq!(envelope.meta.channel, Channel::Phone);
        let streams: Vec<_> = envelope.meta.based_on.iter().map(|it| it.stream.as_str()).collect();
        assert_eq!(streams, ["access", "policy-late_entry"]);
    }

    #[test]
    fn nothing_is_decided_on_what_this_build_can_not_read() {
        let mut folded = Folded::empty(stream());
        folded.take_unknown("intake.dreamt.v1".into(), 0);
        let request =
            given_case().asked(Role::Advisor, note("note").into(), CommandId::derived("key"));
        let now = at("2026-03-02T09:00:00Z");
        let kind = || "intake.dreamt.v1".to_owned();
        let verdict = decide(&request, &folded, &Known::new(), now, &code("test"));
        assert_eq!(verdict, Err(Stop::Unreadable { stream: stream(), kind: kind() }));
        // Nor on what it would have to read first.
        let mut access = Folded::empty(Stream::Access);
        access.take_unknown(kind(), 0);
        let known = Known::from([(Stream::Access.name(), Arc::new(access))]);
        let verdict = decide(&request, &Folded::empty(stream()), &known, now, &code("test"));
        assert_eq!(verdict, Err(Stop::Unreadable { stream: Stream::Access, kind: kind() }));
    }
}
