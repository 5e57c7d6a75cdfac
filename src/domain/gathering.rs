//! Gatherings: workshops, visits and meetings that several projects share.

use events::gathering::{Fact, Held, Plan};
use events::{CaseId, OrganisationId, PersonId, Role, Rule, Sealed};
use schemars::JsonSchema;
use serde::Deserialize;
use strum::{IntoStaticStr, VariantNames};

use super::command::{Effect, Spec, Texts};
use super::context::Context;
use super::{Decision, Refusal, Stop};

/// What can be asked about a gathering.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[strum(serialize_all = "kebab-case")]
pub enum Command {
    /// Plan a gathering.
    PlanGathering(Plan),
    /// Log a gathering that nobody had planned here.
    LogGathering(Held),
    /// Log that a planned gathering took place.
    Hold(Held),
    /// Cancel a planned gathering.
    Cancel {
        /// Why.
        reason: Option<Sealed>,
    },
}

const OFFICE: &[Role] = &[Role::Advisor, Role::Head, Role::Deputy, Role::Funding, Role::Platform];

const fn spec(name: &'static str, effect: Effect, example: &'static str) -> Spec {
    Spec { name, roles: OFFICE, effect, texts: Texts::OfStream, example }
}

/// What is said of each command.
pub const SPECS: &[Spec] = &[
    spec(
        "plan-gathering",
        Effect::Creates,
        r#"{"kind":"workshop","title":"Regulatory workshop",
        "interval":{"from":"2035-03-05T09:00:00Z","until":"2035-03-05T12:00:00Z"},
        "cases":["5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a07"]}"#,
    ),
    spec(
        "log-gathering",
        Effect::Creates,
        r#"{"kind":"visit",
        "interval":{"from":"2026-03-02T08:00:00Z","until":"2026-03-02T09:00:00Z"},
        "cases":["5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a07"],"staff_minutes":90,
        "summary":"Three projects saw the imaging platform."}"#,
    ),
    spec(
        "hold",
        Effect::Adds,
        r#"{"kind":"workshop",
        "interval":{"from":"2026-03-02T08:00:00Z","until":"2026-03-02T09:00:00Z"},
        "cases":["5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a07"],"staff_minutes":240,
        "summary":"The rules on companion diagnostics, with two examples."}"#,
    ),
    spec("cancel", Effect::Adds, r#"{"reason":"The room is flooded."}"#),
];

/// A gathering as deciders know it.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Gathering {
    /// Nothing is known of it.
    #[default]
    Unknown,
    /// It is to take place.
    Planned,
    /// It took place.
    Held(Held),
    /// It won't take place.
    Cancelled,
}

impl Gathering {
    /// Whether it was planned or took place.
    pub const fn exists(&self) -> bool {
        !matches!(self, Self::Unknown)
    }

    /// Takes a fact in.
    pub fn evolve(&mut self, fact: &Fact) {
        *self = match fact {
            Fact::Planned(_) => Self::Planned,
            Fact::Held(held) => Self::Held(held.clone()),
            Fact::Cancelled { .. } => Self::Cancelled,
        };
    }
}

/// Decides a command of this family.
///
/// # Errors
/// The rule that forbids it.
pub fn decide(gathering: &Gathering, command: &Command, context: &Context<'_>) -> Decision {
    let fact = match command {
        Command::PlanGathering(plan) => {
            if gathering.exists() {
                return Ok(vec![]);
            }
            known(&plan.cases, &plan.organisations, &plan.participants, context)?;
            Fact::Planned(plan.clone())
        }
        Command::LogGathering(held) => {
            if gathering.exists() {
                return Ok(vec![]);
            }
            took_place(held, context)?;
            Fact::Held(held.clone())
        }
        Command::Hold(held) => {
            if matches!(gathering, Gathering::Held(known) if same(known, held)) {
                return Ok(vec![]);
            }
            planned(gathering, context)?;
            took_place(held, context)?;
            Fact::Held(held.clone())
        }
        Command::Cancel { reason } => {
            if *gathering == Gathering::Cancelled {
                return Ok(vec![]);
            }
            planned(gathering, context)?;
            Fact::Cancelled { reason: reason.clone() }
        }
    };
    Ok(vec![fact.into()])
}

/// Whether two accounts are of the same gathering; each text is sealed anew, so it can't tell.
fn same(known: &Held, held: &Held) -> bool {
    *known == Held { summary: known.summary.clone(), ..held.clone() }
}

/// C-7: it is still to come.
fn planned(gathering: &Gathering, context: &Context<'_>) -> Result<(), Stop> {
    context.keep(*gathering == Gathering::Planned, || {
        Refusal::new(Rule::C7, "not_planned", "it took place already, or was cancelled")
            .remedy("log another gathering: POST /v1/gatherings/log-gathering")
    })
}

/// G-3: it is over; G-9: who came is known.
fn took_place(held: &Held, context: &Context<'_>) -> Result<(), Stop> {
    context.keep(held.interval.until() <= context.now, || {
        let message = format!("it ends at {} only", held.interval.until());
        Refusal::new(Rule::G3, "in_the_future", message)
            .at("interval")
            .remedy("log it once it is over, or plan it")
    })?;
    known(&held.cases, &held.organisations, &held.participants, context)
}

fn known(
    cases: &[CaseId],
    organisations: &[OrganisationId],
    participants: &[PersonId],
    context: &Context<'_>,
) -> Result<(), Stop> {
    for case in cases {
        context.known_case(*case, "cases")?;
    }
    for organisation in organisations {
        context.known_organisation(*organisation, "organisations")?;
    }
    context.known_people(participants, "participants")
}

#[cfg(test)]
mod tests {
    use events::{Fact as Any, GatheringId, GatheringKind, Interval, Stream};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::testing::{Given, any_history, arrived, at, given, sealed};

    fn stream() -> Stream {
        Stream::Gathering(GatheringId::derived("gathering"))
    }

    fn interval(from: &str, until: &str) -> Interval {
        Interval::new(at(from), at(until)).expect("in order")
    }

    fn case() -> CaseId {
        CaseId::derived("case")
    }

    fn plan() -> Plan {
        Plan {
            kind: GatheringKind::Workshop,
            title: "Regulatory workshop".parse().expect("a title"),
            interval: interval("2026-03-05T09:00:00Z", "2026-03-05T12:00:00Z"),
            cases: vec![case()],
            organisations: vec![OrganisationId::derived("organisation")],
            participants: vec![PersonId::derived("participant")],
        }
    }

    fn held() -> Held {
        let Plan { kind, cases, organisations, participants, .. } = plan();
        let interval = interval("2026-02-27T09:00:00Z", "2026-02-27T12:00:00Z");
        let (staff_minutes, summary) = (240, sealed("summary"));
        Held { kind, interval, cases, organisations, participants, staff_minutes, summary }
    }

    fn planned() -> Fact {
        Fact::Planned(plan())
    }

    fn cancel() -> Command {
        Command::Cancel { reason: None }
    }

    fn cancelled() -> Fact {
        Fact::Cancelled { reason: None }
    }

    /// Everybody invited is known.
    fn given_gathering(facts: impl IntoIterator<Item = Fact>) -> Given {
        given(stream(), facts.into_iter().map(Any::from))
            .and(Stream::Case(case()), [arrived()])
            .and_organisation(OrganisationId::derived("organisation"))
            .and_person(PersonId::derived("participant"))
    }

    #[test]
    fn a_gathering_is_planned_once() {
        let plan = || Command::PlanGathering(plan());
        given_gathering([]).when(plan()).then([planned().into()]);
        given_gathering([planned()]).when(plan()).then_nothing();
        given_gathering([]).by(Role::Innovator).when(plan()).then_refused(Rule::G4);
    }

    #[test]
    fn who_comes_is_known() {
        let strangers = [
            Plan { cases: vec![CaseId::derived("unknown")], ..plan() },
            Plan { organisations: vec![OrganisationId::derived("unknown")], ..plan() },
            Plan { participants: vec![PersonId::derived("unknown")], ..plan() },
        ];
        for plan in strangers {
            let Plan { cases, organisations, participants, .. } = plan.clone();
            let held = Held { cases, organisations, participants, ..held() };
            given_gathering([]).when(Command::PlanGathering(plan)).then_refused(Rule::G9);
            given_gathering([]).when(Command::LogGathering(held.clone())).then_refused(Rule::G9);
            given_gathering([planned()]).when(Command::Hold(held)).then_refused(Rule::G9);
        }
    }

    #[test]
    fn a_gathering_that_was_not_planned_is_logged_once() {
        let log = || Command::LogGathering(held());
        given_gathering([]).when(log()).then([Fact::Held(held()).into()]);
        given_gathering([Fact::Held(held())]).when(log()).then_nothing();
    }

    #[test]
    fn a_planned_gathering_is_held_once() {
        let hold = Command::Hold;
        given_gathering([planned()]).when(hold(held())).then([Fact::Held(held()).into()]);
        given_gathering([]).when(hold(held())).then_refused(Rule::G9);
        let again = Held { summary: sealed("the same text, sealed again"), ..held() };
        given_gathering([planned(), Fact::Held(held())]).when(hold(again)).then_nothing();
        let other = Held { staff_minutes: 10, ..held() };
        given_gathering([planned(), Fact::Held(held())]).when(hold(other)).then_refused(Rule::C7);
    }

    #[test]
    fn a_gathering_is_held_once_it_is_over() {
        let tomorrow = interval("2026-03-03T09:00:00Z", "2026-03-03T12:00:00Z");
        let held = Held { interval: tomorrow, ..held() };
        given_gathering([]).when(Command::LogGathering(held.clone())).then_refused(Rule::G3);
        given_gathering([planned()]).when(Command::Hold(held)).then_refused(Rule::G3);
    }

    #[test]
    fn a_cancelled_gathering_takes_place_only_if_it_did() {
        let story = || given_gathering([planned(), cancelled()]).when(Command::Hold(held()));
        story().then_refused(Rule::C7);
        story().reported().then_irregular([Fact::Held(held()).into()], [Rule::C7]);
    }

    #[test]
    fn a_planned_gathering_is_cancelled_once() {
        given_gathering([planned()]).when(cancel()).then([cancelled().into()]);
        given_gathering([]).when(cancel()).then_refused(Rule::G9);
        given_gathering([planned(), cancelled()]).when(cancel()).then_nothing();
        given_gathering([Fact::Held(held())]).when(cancel()).then_refused(Rule::C7);
    }

    proptest! {
        #[test]
        fn any_history_evolves_and_what_is_decided_on_it_is_decided_once(
            history in any_history(vec![
                planned().into(),
                Fact::Held(held()).into(),
                cancelled().into(),
            ]),
            command in proptest::sample::select(vec![
                Command::PlanGathering(plan()),
                Command::LogGathering(held()),
                Command::Hold(held()),
                cancel(),
            ]),
        ) {
            given(stream(), history)
                .and(Stream::Case(case()), [arrived()])
                .and_organisation(OrganisationId::derived("organisation"))
                .and_person(PersonId::derived("participant"))
                .when(command)
                .settles();
        }
    }
}
