//! Policies: the office's rules as data. One person writes a version, another makes it hold.

use std::collections::{BTreeMap, BTreeSet};

use events::approval::Matter;
use events::policy::{BookingRules, ComponentAccess, Criterion, Fact, PolicyBody, Word};
use events::{
    ConflictGround, Envelope, Labelled, OfferComponent, PolicyKind, Role, Rule, Time, UserId,
};
use schemars::JsonSchema;
use serde::Deserialize;
use strum::{IntoStaticStr, VariantNames};

use super::command::{Effect, Spec, Texts};
use super::context::{Context, Nature, missing};
use super::{Decision, Refusal, Stop, approval, system_user};

/// How long ago a version may start to hold when it is published, minutes: clocks differ a little.
const BEHIND_MINUTES_MAX: i64 = 5;
/// The longest list in a policy.
const ITEMS_MAX: usize = 500;
/// The longest period in a policy, in its own unit.
const PERIOD_MAX: u32 = 3650;

/// What can be asked about a rule.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[strum(serialize_all = "kebab-case")]
pub enum Command {
    /// Write a new version down. It holds once somebody else publishes it.
    Draft {
        /// The last version's number and one.
        #[schemars(range(min = 1))]
        version: u32,
        /// What it says.
        body: PolicyBody,
    },
    /// Make a draft of somebody else hold (G-8).
    Publish {
        /// Which.
        #[schemars(range(min = 1))]
        version: u32,
        /// From when.
        effective_from: Time,
    },
    /// End a version without another in its place, once a second person agrees (G-8).
    Retire {
        /// Which.
        #[schemars(range(min = 1))]
        version: u32,
    },
}

const fn spec(
    name: &'static str,
    roles: &'static [Role],
    effect: Effect,
    example: &'static str,
) -> Spec {
    Spec { name, roles, effect, texts: Texts::OfStream, example }
}

/// What is said of each command.
pub const SPECS: &[Spec] = &[
    spec(
        "draft",
        &[Role::Admin],
        Effect::Adds,
        r#"{"version":2,"body":{"late_entry":{"threshold_working_days":10,
        "reasons":[{"code":"forgotten","fr":"Oubli","en":"Forgotten"}]}}}"#,
    ),
    spec(
        "publish",
        &[Role::Admin, Role::Head],
        Effect::Decides,
        r#"{"version":2,"effective_from":"2035-01-01T00:00:00Z"}"#,
    ),
    spec("retire", &[Role::Admin, Role::Head], Effect::Decides, r#"{"version":1}"#),
];

/// The versions of one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Which rule.
    pub kind: PolicyKind,
    versions: BTreeMap<u32, Version>,
}

/// One version of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// What it says.
    pub body: PolicyBody,
    /// Who wrote it.
    pub drafted_by: UserId,
    /// From when it holds; `None` while it is a draft.
    pub effective_from: Option<Time>,
    /// When it was ended.
    pub retired_at: Option<Time>,
}

impl Version {
    /// From when it really held: one that was ended before its time never did.
    fn held_from(&self) -> Option<Time> {
        self.effective_from.filter(|from| self.retired_at.is_none_or(|retired| *from < retired))
    }
}

/// The rule about late entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LateEntry<'a> {
    /// Working days after which a reason is asked for.
    pub threshold_working_days: u32,
    /// The reasons.
    pub reasons: &'a [Word],
}

/// How fast the office means to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceLevels {
    /// Working days from receipt to acknowledgement.
    pub acknowledge_working_days: u32,
    /// Working days from receipt to an advisor.
    pub assign_working_days: u32,
    /// Working days from submission to the pre-selection decision.
    pub decide_working_days: u32,
    /// Days in which a decision can be appealed.
    pub appeal_days: u32,
}

/// What counts as a conflict of interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conflicts<'a> {
    /// Grounds that are asked for.
    pub grounds: &'a [ConflictGround],
    /// How far back relations count, months.
    pub window_months: u32,
}

impl Policy {
    /// A rule without versions.
    pub const fn new(kind: PolicyKind) -> Self {
        Self { kind, versions: BTreeMap::new() }
    }

    /// The version that holds at a moment: the latest that has begun to, unless it was ended.
    pub fn in_force(&self, at: Time) -> Option<(u32, &PolicyBody)> {
        let begun = |version: &Version| version.held_from().is_some_and(|from| from <= at);
        let (number, version) = self.versions.iter().rev().find(|(_, version)| begun(version))?;
        let ended = version.retired_at.is_some_and(|retired| retired <= at);
        (!ended).then_some((*number, &version.body))
    }

    /// A version by its number, drafts included.
    pub fn version(&self, number: u32) -> Option<&Version> {
        self.versions.get(&number)
    }

    /// What a version says once it is published, whether it holds still or not.
    pub fn published(&self, number: u32) -> Option<&PolicyBody> {
        let version = self.versions.get(&number)?;
        version.effective_from.is_some().then_some(&version.body)
    }

    /// The number of the last version, drafts included; 0 without any.
    pub fn last(&self) -> u32 {
        self.versions.last_key_value().map_or(0, |(number, _)| *number)
    }

    /// The rule about late entries in force at a moment, with its version.
    pub fn late_entry(&self, at: Time) -> Option<(u32, LateEntry<'_>)> {
        match self.in_force(at)? {
            (version, PolicyBody::LateEntry { threshold_working_days, reasons }) => {
                let threshold_working_days = *threshold_working_days;
                Some((version, LateEntry { threshold_working_days, reasons }))
            }
            _ => None,
        }
    }

    /// The eligibility criteria of a published version.
    pub fn eligibility_version(&self, number: u32) -> Option<&[Criterion]> {
        match self.published(number)? {
            PolicyBody::Eligibility { criteria } => Some(criteria),
            _ => None,
        }
    }

    /// The booking rules in force at a moment, for resources without their own.
    pub fn booking(&self, at: Time) -> Option<(u32, &BookingRules)> {
        match self.in_force(at)? {
            (version, PolicyBody::Booking { rules }) => Some((version, rules)),
            _ => None,
        }
    }

    /// How a case comes to a component of the offer at a moment.
    pub fn component(&self, at: Time, component: OfferComponent) -> Option<(u32, ComponentAccess)> {
        match self.in_force(at)? {
            (version, PolicyBody::OfferComponents { components }) => {
                components.get(&component).map(|access| (version, *access))
            }
            _ => None,
        }
    }

    /// How fast the office means to be at a moment.
    pub fn service_levels(&self, at: Time) -> Option<(u32, ServiceLevels)> {
        match self.in_force(at)? {
            (
                version,
                PolicyBody::ServiceLevels {
                    acknowledge_working_days,
                    assign_working_days,
                    decide_working_days,
                    appeal_days,
                },
            ) => {
                let levels = ServiceLevels {
                    acknowledge_working_days: *acknowledge_working_days,
                    assign_working_days: *assign_working_days,
                    decide_working_days: *decide_working_days,
                    appeal_days: *appeal_days,
                };
                Some((version, levels))
            }
            _ => None,
        }
    }

    /// What counts as a conflict of interest at a moment.
    pub fn conflicts(&self, at: Time) -> Option<(u32, Conflicts<'_>)> {
        match self.in_force(at)? {
            (version, PolicyBody::Conflicts { grounds, window_months }) => {
                Some((version, Conflicts { grounds, window_months: *window_months }))
            }
            _ => None,
        }
    }

    /// The words of a code list at a moment; `None` when there is no such list.
    pub fn codes(&self, at: Time, list: &str) -> Option<(u32, &[Word])> {
        match self.in_force(at)? {
            (version, PolicyBody::CodeLists { lists }) => {
                let (_, words) = lists.iter().find(|(name, _)| name.as_str() == list)?;
                Some((version, words))
            }
            _ => None,
        }
    }

    /// Takes a fact in.
    pub fn evolve(&mut self, fact: &Fact, envelope: &Envelope) {
        let fresh = |body: &PolicyBody| Version {
            body: body.clone(),
            drafted_by: envelope.meta.actor.user,
            effective_from: None,
            retired_at: None,
        };
        match fact {
            Fact::Drafted { version, body } => {
                self.versions.insert(*version, fresh(body));
            }
            Fact::Published { version, body, effective_from } => {
                let version = self.versions.entry(*version).or_insert_with(|| fresh(body));
                version.body.clone_from(body);
                version.effective_from = Some(*effective_from);
            }
            Fact::Retired { version } => {
                // By the server's clock, so that no past answer changes.
                if let Some(version) = self.versions.get_mut(version) {
                    version.retired_at.get_or_insert(envelope.meta.recorded_at);
                }
            }
        }
    }
}

/// Decides a command of this family.
///
/// # Errors
/// The rule that forbids it.
pub fn decide(policy: &Policy, command: &Command, context: &Context<'_>) -> Decision {
    let fact = match command {
        Command::Draft { version, body } => {
            if policy.version(*version).is_some_and(|known| known.body == *body) {
                return Ok(vec![]);
            }
            let next = policy.last().saturating_add(1);
            context.keep(*version == next, || {
                let message = format!("the next version is {next}, not {version}");
                Refusal::new(Rule::G6, "not_the_next_version", message)
                    .at("version")
                    .remedy("a version never changes: read the last one and write the next")
            })?;
            context.keep(body.kind() == policy.kind, || {
                let message = format!("this is about {}, not {}", policy.kind, body.kind());
                Refusal::new(Rule::G6, "other_kind", message).at("body")
            })?;
            sound(body)?;
            Fact::Drafted { version: *version, body: body.clone() }
        }
        Command::Publish { version, effective_from } => {
            return publish(policy, *version, *effective_from, context);
        }
        Command::Retire { version } => {
            let facts = retired(policy, *version)?;
            if facts.is_empty() {
                return Ok(facts);
            }
            return approval::ask(Matter::Retirement { version: *version }, facts, context);
        }
    };
    Ok(vec![fact.into()])
}

/// A version holds no longer.
///
/// # Errors
/// When there is no such version.
pub(super) fn retired(policy: &Policy, version: u32) -> Decision {
    if written(policy, version)?.retired_at.is_some() {
        return Ok(vec![]);
    }
    Ok(vec![Fact::Retired { version }.into()])
}

fn publish(policy: &Policy, number: u32, effective_from: Time, context: &Context<'_>) -> Decision {
    let version = written(policy, number)?;
    if version.effective_from == Some(effective_from) {
        return Ok(vec![]);
    }
    context.keep(version.effective_from.is_none() && version.retired_at.is_none(), || {
        let message = format!("version {number} was published or ended; decisions may quote it");
        Refusal::new(Rule::G6, "already_published", message)
            .at("version")
            .remedy("draft the next version")
    })?;
    two_persons(version.drafted_by, context)?;
    // Rules of the past are reported, never decided.
    let earliest = context.now.minus(chrono::TimeDelta::minutes(BEHIND_MINUTES_MAX));
    let ahead = context.nature == Nature::Report || earliest <= effective_from;
    context.keep(ahead, || {
        let message = format!("{effective_from} is past; rules do not hold backwards");
        Refusal::new(Rule::G3, "in_the_past", message).at("effective_from")
    })?;
    let later = policy.in_force(effective_from).filter(|(later, _)| number < *later);
    context.keep(later.is_none(), || {
        let later = later.map_or(0, |(later, _)| later);
        let message = format!("version {later} holds from then on");
        Refusal::new(Rule::G6, "superseded", message).at("version").remedy("draft the next version")
    })?;
    let body = version.body.clone();
    Ok(vec![Fact::Published { version: number, body, effective_from }.into()])
}

fn written(policy: &Policy, number: u32) -> Result<&Version, Stop> {
    let known = policy.version(number);
    known.ok_or_else(|| missing("version", "version", "draft it first: POST …/draft").into())
}

/// G-8: who wrote a version does not make it hold, under whichever account and whichever record.
/// The system writes and publishes the rules that the office starts with.
fn two_persons(drafter: UserId, context: &Context<'_>) -> Result<(), Stop> {
    let two = if context.sender.role == Role::System || drafter == system_user() {
        true
    } else {
        match context.access()?.person_of(drafter) {
            Some(person) => !context.same_person(person, context.sender.person)?,
            None => false,
        }
    };
    context.keep(two, || {
        Refusal::new(Rule::G8, "same_person", "who wrote a version does not publish it")
            .remedy("ask another administrator, or the head of the office")
    })
}

fn unsound(reason: &'static str, message: impl Into<String>) -> Stop {
    Refusal::new(Rule::G9, reason, message).at("body").into()
}

/// G-9: a rule that can be applied: its codes differ, its bounds are in order, its clock is known.
fn sound(body: &PolicyBody) -> Result<(), Stop> {
    match body {
        PolicyBody::Eligibility { criteria } => {
            differ(criteria.iter().map(|criterion| &criterion.code))?;
            some(criteria.len())
        }
        PolicyBody::OfferComponents { components } => {
            let absent = <[OfferComponent]>::iter(OfferComponent::ALL)
                .find(|component| !components.contains_key(component));
            absent.map_or(Ok(()), |absent| {
                Err(unsound("incomplete", format!("{absent} is not said to be open or not")))
            })
        }
        PolicyBody::Conflicts { grounds, window_months } => {
            differ(grounds)?;
            some(grounds.len())?;
            period(*window_months)
        }
        PolicyBody::Booking { rules } => sound_rules(rules).map_err(Stop::from),
        PolicyBody::ServiceLevels {
            acknowledge_working_days,
            assign_working_days,
            decide_working_days,
            appeal_days,
        } => [acknowledge_working_days, assign_working_days, decide_working_days, appeal_days]
            .into_iter()
            .try_for_each(|days| period(*days)),
        PolicyBody::LateEntry { threshold_working_days, reasons } => {
            differ(reasons.iter().map(|word| &word.code))?;
            some(reasons.len())?;
            period(*threshold_working_days)
        }
        PolicyBody::CodeLists { lists } => {
            some(lists.len())?;
            lists.values().try_for_each(|words| {
                differ(words.iter().map(|word: &Word| &word.code))?;
                some(words.len())
            })
        }
    }
}

fn differ<T: Ord>(items: impl IntoIterator<Item = T>) -> Result<(), Stop> {
    let mut seen = BTreeSet::new();
    let differ = items.into_iter().all(|item| seen.insert(item));
    if differ { Ok(()) } else { Err(unsound("repeated", "something stands there twice")) }
}

fn some(items: usize) -> Result<(), Stop> {
    if (1..=ITEMS_MAX).contains(&items) {
        return Ok(());
    }
    Err(unsound("length", format!("a list has 1 to {ITEMS_MAX} items, not {items}")))
}

fn period(length: u32) -> Result<(), Stop> {
    if length <= PERIOD_MAX {
        return Ok(());
    }
    Err(unsound("too_long", format!("{length} is more than {PERIOD_MAX}")))
}

/// Booking rules that can be applied, here and where a resource has its own (G-9).
///
/// # Errors
/// What is wrong with them.
pub(super) fn sound_rules(rules: &BookingRules) -> Result<(), Refusal> {
    let refuse = |reason, message: &str| Err(Refusal::new(Rule::G9, reason, message).at("rules"));
    let BookingRules { slot_minutes, min_minutes, max_minutes, .. } = *rules;
    if slot_minutes == 0 || min_minutes == 0 || rules.horizon_days == 0 {
        return refuse("too_short", "slots, bookings and the horizon are longer than nothing");
    }
    if max_minutes < min_minutes {
        return refuse("out_of_order", "the longest booking is shorter than the shortest");
    }
    if rules.time_zone.as_str().parse::<chrono_tz::Tz>().is_err() {
        return refuse("unknown_zone", "the time zone is none of the IANA's");
    }
    if rules.opening.iter().any(|hours| hours.until.minutes() <= hours.from.minutes()) {
        return refuse("out_of_order", "it closes before it opens");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
