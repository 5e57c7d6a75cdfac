//! Calls for projects: when applications may come in, and under which versions of the rules.

use std::collections::BTreeMap;

use events::call::{Fact, Terms};
use events::{CallKind, Envelope, PolicyKind, Role, Rule, Time};
use schemars::JsonSchema;
use serde::Deserialize;
use strum::{IntoStaticStr, VariantNames};

use super::command::{Effect, Spec, Texts};
use super::context::{Context, Nature};
use super::{Decision, Refusal, Stop};

/// What can be asked about a call.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[strum(serialize_all = "kebab-case")]
pub enum Command {
    /// Open a call. It keeps the versions of the rules in force then (G-6).
    OpenCall {
        /// Title, kind and dates.
        terms: Terms,
        /// Versions to keep instead of those in force.
        #[serde(default)]
        policies: BTreeMap<PolicyKind, u32>,
    },
    /// Give more time.
    ExtendDeadline {
        /// The new deadline, inclusive.
        deadline: Time,
    },
    /// Take no more applications.
    Close {},
    /// Let the call not take place.
    Cancel {},
}

const HEADS: &[Role] = &[Role::Head, Role::Deputy, Role::Director];
/// The rules that decisions of a call quote; without the first there is nothing to assess by.
const BOUND: &[PolicyKind] =
    &[PolicyKind::Eligibility, PolicyKind::Conflicts, PolicyKind::ServiceLevels];

const fn spec(name: &'static str, effect: Effect, example: &'static str) -> Spec {
    Spec { name, roles: HEADS, effect, texts: Texts::OfStream, example }
}

/// What is said of each command.
pub const SPECS: &[Spec] = &[
    spec(
        "open-call",
        Effect::Creates,
        r#"{"terms":{"title":"Spring call 2026","kind":"regular",
        "opens_at":"2026-03-02T08:00:00Z","deadline":"2026-04-30T21:59:59Z"}}"#,
    ),
    spec("extend-deadline", Effect::Decides, r#"{"deadline":"2026-05-15T21:59:59Z"}"#),
    spec("close", Effect::Decides, "{}"),
    spec("cancel", Effect::Decides, "{}"),
];

/// Where a call is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is announced, and takes applications between its dates.
    Open,
    /// It takes no more, since then.
    Closed(Time),
    /// It does not take place.
    Cancelled,
}

/// A call as deciders know it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Call {
    /// Title, kind and dates, its deadline as it is now.
    pub terms: Option<Terms>,
    /// The version of each rule that its decisions quote (G-6).
    pub policies: BTreeMap<PolicyKind, u32>,
    /// Where it is; `None` before it was opened.
    pub status: Option<Status>,
}

impl Call {
    /// Whether it was opened.
    pub const fn exists(&self) -> bool {
        self.terms.is_some()
    }

    /// Until when applications come in time, inclusive; `None` for a rolling call without end.
    pub fn deadline(&self) -> Option<Time> {
        self.terms.as_ref().and_then(|terms| terms.deadline)
    }

    /// Whether an application that reached the office at this moment came in time (C-2), whenever
    /// that is asked.
    pub fn accepts_at(&self, received_at: Time) -> bool {
        let ended = match self.status {
            Some(Status::Open) => false,
            Some(Status::Closed(at)) => at < received_at,
            Some(Status::Cancelled) | None => true,
        };
        let between = self.terms.as_ref().is_some_and(|terms| {
            terms.opens_at <= received_at
                && terms.deadline.is_none_or(|deadline| received_at <= deadline)
        });
        between && !ended
    }

    /// Takes a fact in.
    pub fn evolve(&mut self, fact: &Fact, envelope: &Envelope) {
        match fact {
            Fact::Opened { terms, policies } => {
                self.terms = Some(terms.clone());
                self.policies.clone_from(policies);
                self.status = Some(Status::Open);
            }
            Fact::DeadlineExtended { deadline } => {
                if let Some(terms) = &mut self.terms {
                    terms.deadline = Some(*deadline);
                }
            }
            Fact::Closed {} => self.status = Some(Status::Closed(envelope.meta.occurred_at)),
            Fact::Cancelled {} => self.status = Some(Status::Cancelled),
        }
    }
}

/// Decides a command of this family.
///
/// # Errors
/// The rule that forbids it.
pub fn decide(call: &Call, command: &Command, context: &Context<'_>) -> Decision {
    let fact = match command {
        Command::OpenCall { terms, policies } => {
            if call.exists() {
                return Ok(vec![]);
            }
            dated(terms, context)?;
            let policies = bound(terms, policies, context)?;
            Fact::Opened { terms: terms.clone(), policies }
        }
        Command::ExtendDeadline { deadline } => {
            if call.deadline() == Some(*deadline) {
                return Ok(vec![]);
            }
            open(call, context)?;
            context.keep(call.deadline().is_some_and(|known| known < *deadline), || {
                let message = match call.deadline() {
                    Some(known) => format!("the deadline is {known}; it only moves later"),
                    None => "a call without a deadline has no more time to give".into(),
                };
                Refusal::new(Rule::C7, "not_later", message).at("deadline")
            })?;
            Fact::DeadlineExtended { deadline: *deadline }
        }
        Command::Close {} => {
            if matches!(call.status, Some(Status::Closed(_))) {
                return Ok(vec![]);
            }
            open(call, context)?;
            Fact::Closed {}
        }
        Command::Cancel {} => {
            if call.status == Some(Status::Cancelled) {
                return Ok(vec![]);
            }
            open(call, context)?;
            Fact::Cancelled {}
        }
    };
    Ok(vec![fact.into()])
}

/// C-7: a call that is over stays so.
fn open(call: &Call, context: &Context<'_>) -> Result<(), Stop> {
    context.keep(call.status == Some(Status::Open), || {
        Refusal::new(Rule::C7, "call_over", "the call is closed or cancelled")
            .remedy("open another call")
    })
}

/// C-2: only a rolling call has no deadline; G-9: the deadline comes after the opening.
fn dated(terms: &Terms, context: &Context<'_>) -> Result<(), Stop> {
    let ends = terms.deadline.is_some() || terms.kind == CallKind::Rolling;
    context.keep(ends, || {
        Refusal::new(Rule::C2, "no_deadline", "only a rolling call has no deadline")
            .at("terms.deadline")
    })?;
    context.keep(terms.deadline.is_none_or(|deadline| terms.opens_at < deadline), || {
        Refusal::new(Rule::G9, "out_of_order", "the deadline comes before the opening")
            .at("terms.deadline")
    })
}

/// G-6: the versions named, and for the rest those in force when the call opens.
fn bound(
    terms: &Terms,
    named: &BTreeMap<PolicyKind, u32>,
    context: &Context<'_>,
) -> Result<BTreeMap<PolicyKind, u32>, Stop> {
    let from = context.now.max(terms.opens_at);
    let mut policies = BTreeMap::new();
    for (&kind, &version) in named {
        let policy = context.policy(kind)?;
        // A call of the past may have had rules that no longer hold.
        let good = match context.nature {
            Nature::Act => policy.in_force(from).is_some_and(|(known, _)| known == version),
            Nature::Report => policy.published(version).is_some(),
        };
        context.keep(good, || {
            let message = format!("version {version} of {kind} does not hold when the call opens");
            Refusal::new(Rule::G6, "not_in_force", message)
                .at("policies")
                .remedy("leave it out to keep the version in force, or publish it first")
        })?;
        policies.insert(kind, version);
    }
    for &kind in BOUND {
        if let Some((version, _)) = context.policy(kind)?.in_force(from) {
            policies.entry(kind).or_insert(version);
        }
    }
    context.keep(policies.contains_key(&PolicyKind::Eligibility), || {
        let message = "there are no eligibility criteria in force";
        Refusal::new(Rule::G6, "no_criteria", message)
            .remedy("publish them first: POST /v1/policies/eligibility/publish")
    })?;
    policies.iter().for_each(|(kind, version)| context.quote(*kind, *version));
    Ok(policies)
}

#[cfg(test)]
mod tests {
    use events::{CallId, Fact as Any, Stream};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::testing::{Given, NOW, any_history, at, enveloped, given};

    const OPENS: &str = "2026-02-01T08:00:00Z";
    const DEADLINE: &str = "2026-04-30T21:59:59Z";
    const LATER: &str = "2026-05-15T21:59:59Z";

    fn terms(deadline: Option<&str>) -> Terms {
        Terms {
            title: "Spring call".parse().expect("a title"),
            kind: if deadline.is_some() { CallKind::Regular } else { CallKind::Rolling },
            opens_at: at(OPENS),
            deadline: deadline.map(at),
        }
    }

    fn versions(eligibility: u32) -> BTreeMap<PolicyKind, u32> {
        BTreeMap::from([
            (PolicyKind::Eligibility, eligibility),
            (PolicyKind::Conflicts, 1),
            (PolicyKind::ServiceLevels, 1),
        ])
    }

    fn opened(deadline: Option<&str>) -> Fact {
        Fact::Opened { terms: terms(deadline), policies: versions(1) }
    }

    fn open_call(terms: Terms) -> Command {
        Command::OpenCall { terms, policies: BTreeMap::new() }
    }

    fn given_call(facts: impl IntoIterator<Item = Fact>) -> Given {
        let stream = Stream::Call(CallId::derived("call"));
        given(stream, facts.into_iter().map(Any::from)).by(Role::Head)
    }

    fn extend(deadline: &str) -> Command {
        Command::ExtendDeadline { deadline: at(deadline) }
    }

    fn extended(deadline: &str) -> Fact {
        Fact::DeadlineExtended { deadline: at(deadline) }
    }

    fn folded(facts: impl IntoIterator<Item = (Fact, &'static str)>) -> Call {
        let stream = Stream::Call(CallId::derived("call"));
        let mut call = Call::default();
        for (fact, occurred_at) in facts {
            call.evolve(&fact, &enveloped(stream, 0, fact.clone().into(), at(occurred_at)));
        }
        call
    }

    /// Criteria in a second version from the first of April on.
    fn and_new_criteria(story: Given) -> Given {
        let body = crate::domain::defaults::default_policies().swap_remove(0);
        let effective_from = at("2026-04-01T00:00:00Z");
        let published = events::policy::Fact::Published { version: 2, body, effective_from };
        let stream = Stream::Policy(PolicyKind::Eligibility);
        story.and_default_policies().and(stream, [published.into()])
    }

    #[test]
    fn a_call_keeps_the_versions_in_force_when_it_opens() {
        let open = || open_call(terms(Some(DEADLINE)));
        given_call([]).and_default_policies().when(open()).then([opened(Some(DEADLINE)).into()]);
        given_call([opened(Some(DEADLINE))]).when(open()).then_nothing();
        given_call([]).when(open()).then_refused(Rule::G6);
        given_call([]).by(Role::Advisor).when(open()).then_refused(Rule::G4);
        let summer = Terms { opens_at: at("2026-04-15T08:00:00Z"), ..terms(Some(DEADLINE)) };
        let fact = Fact::Opened { terms: summer.clone(), policies: versions(2) };
        and_new_criteria(given_call([])).when(open_call(summer)).then([fact.into()]);
    }

    #[test]
    fn versions_that_a_call_names_are_in_force() {
        let open = |version| Command::OpenCall {
            terms: terms(Some(DEADLINE)),
            policies: BTreeMap::from([(PolicyKind::Eligibility, version)]),
        };
        let story = || and_new_criteria(given_call([]));
        story().when(open(1)).then([opened(Some(DEADLINE)).into()]);
        story().when(open(2)).then_refused(Rule::G6);
        story().when(open(3)).then_refused(Rule::G6);
        // What was opened elsewhere may have had another published version, but none that never was.
        let fact = Fact::Opened { terms: terms(Some(DEADLINE)), policies: versions(2) };
        story().when(open(2)).reported().then([fact.into()]);
        story().when(open(3)).reported().then_refused(Rule::G6);
    }

    #[test]
    fn only_a_rolling_call_has_no_deadline() {
        let open = || open_call(Terms { kind: CallKind::FastTrack, ..terms(None) });
        let story = || given_call([]).and_default_policies();
        story().when(open_call(terms(None))).then([opened(None).into()]);
        story().when(open()).then_refused(Rule::C2);
        let fact = Fact::Opened {
            terms: Terms { kind: CallKind::FastTrack, ..terms(None) },
            policies: versions(1),
        };
        story().when(open()).reported().then_irregular([fact.into()], [Rule::C2]);
        story().when(open_call(terms(Some(OPENS)))).then_refused(Rule::G9);
    }

    #[test]
    fn a_deadline_only_moves_later() {
        let story = || given_call([opened(Some(DEADLINE))]);
        story().when(extend(LATER)).then([extended(LATER).into()]);
        story().when(extend(NOW)).then_refused(Rule::C7);
        story().when(extend(NOW)).reported().then_irregular([extended(NOW).into()], [Rule::C7]);
        story().when(extend(DEADLINE)).then_nothing();
        given_call([opened(None)]).when(extend(LATER)).then_refused(Rule::C7);
        given_call([opened(Some(DEADLINE)), Fact::Closed {}])
            .when(extend(LATER))
            .then_refused(Rule::C7);
        story().when(extend(LATER)).with(|request| request.expected = None).then_refused(Rule::G2);
    }

    #[test]
    fn a_call_is_closed_or_cancelled_once_and_not_both() {
        for (command, fact, other) in [
            (Command::Close {}, Fact::Closed {}, Fact::Cancelled {}),
            (Command::Cancel {}, Fact::Cancelled {}, Fact::Closed {}),
        ] {
            let after = |fact| given_call([opened(Some(DEADLINE)), fact]).when(command.clone());
            given_call([opened(Some(DEADLINE))]).when(command.clone()).then([fact.clone().into()]);
            after(fact.clone()).then_nothing();
            after(other.clone()).then_refused(Rule::C7);
            after(other).reported().then_irregular([fact.into()], [Rule::C7]);
        }
    }

    #[test]
    fn an_application_is_in_time_up_to_the_deadline_inclusive() {
        let call = folded([(opened(Some(DEADLINE)), OPENS)]);
        let accepts = |call: &Call, when| call.accepts_at(at(when));
        assert!(accepts(&call, OPENS) && accepts(&call, DEADLINE));
        assert!(!accepts(&call, "2026-02-01T07:59:59Z"));
        assert!(!accepts(&call, "2026-04-30T21:59:59.000001Z"));
        let more = folded([(opened(Some(DEADLINE)), OPENS), (extended(LATER), NOW)]);
        assert!(accepts(&more, LATER));
        assert!(!accepts(&Call::default(), NOW));
    }

    #[test]
    fn what_came_before_a_call_closed_was_in_time_but_nothing_is_in_a_cancelled_one() {
        let closed = folded([(opened(None), OPENS), (Fact::Closed {}, NOW)]);
        assert!(closed.accepts_at(at("2026-03-01T09:00:00Z")));
        assert!(!closed.accepts_at(at(DEADLINE)));
        let cancelled = folded([(opened(None), OPENS), (Fact::Cancelled {}, NOW)]);
        assert!(!cancelled.accepts_at(at("2026-03-01T09:00:00Z")));
    }

    proptest! {
        #[test]
        fn any_history_evolves_and_what_is_decided_on_it_is_decided_once(
            history in any_history(vec![
                opened(Some(DEADLINE)).into(),
                opened(None).into(),
                extended(LATER).into(),
                Fact::Closed {}.into(),
                Fact::Cancelled {}.into(),
            ]),
            command in proptest::sample::select(vec![
                open_call(terms(Some(DEADLINE))),
                extend(LATER),
                Command::Close {},
                Command::Cancel {},
            ]),
        ) {
            given(Stream::Call(CallId::derived("call")), history)
                .by(Role::Head)
                .and_default_policies()
                .when(command)
                .settles();
        }
    }
}
