//! What must come out: figures from the script's own bookkeeping, against which tests hold what the
//! product answers.

use std::collections::BTreeMap;

use events::{
    ApplicationId, ApplicationState, CaseId, CaseStatus, EventId, IntroductionId, PersonId, Role,
    Rule, Stage, Time, UserId,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ledger::{File, Ledger, Mark};
use super::office::demonstration_token;
use super::story::Story;
use crate::domain::working_days_between;

/// How many things of each kind; keys are the words of the wire.
pub type Counts = BTreeMap<String, u64>;

/// Cases asked about as of a past moment.
const CHECKED_CASES_MAX: usize = 40;

/// What must come out of a generated log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The seed it came from.
    pub seed: u64,
    /// The first event is recorded then.
    pub from: Time,
    /// The last event is recorded before then.
    pub until: Time,
    /// Events.
    pub events: EventCounts,
    /// Sealed texts.
    pub texts: u64,
    /// Sealed documents beside the log.
    pub documents: u64,
    /// People on record, duplicates included.
    pub people: u64,
    /// Organisations on record, duplicates included.
    pub organisations: u64,
    /// Records of one person, in pairs: the earlier first.
    pub same_people: Vec<Pair>,
    /// Records of one organisation, in pairs: the earlier first.
    pub same_organisations: Vec<Pair>,
    /// Records that gave way to others.
    pub merged: MergeCounts,
    /// Cases.
    pub cases: CaseCounts,
    /// Applications by state, each by itself.
    pub applications: Counts,
    /// Applications by call, as carried over.
    pub applications_by_call: BTreeMap<Uuid, u64>,
    /// Calls by kind.
    pub calls: Counts,
    /// Resources.
    pub resources: u64,
    /// Bookings by state.
    pub bookings: Counts,
    /// Introductions by state.
    pub introductions: Counts,
    /// Introductions by their last outcome.
    pub introduction_outcomes: Counts,
    /// Coaching sessions by how they ended.
    pub sessions: Counts,
    /// Outcomes by kind, a round that was recorded twice counted twice.
    pub outcomes: Counts,
    /// Money raised in cents, each round once (M-1).
    pub raised_eur_cents: u64,
    /// Irregularities noted on events, by rule; one event may have several.
    pub irregularities: Counts,
    /// Commands that were tried and refused, by rule. They left no trace.
    pub refusals: Counts,
    /// Events entered late, with a reason.
    pub late_entries: u64,
    /// Second thoughts.
    pub second_thoughts: SecondThoughts,
    /// Accounts that the demonstration tokens open, by role.
    pub accounts: BTreeMap<String, Account>,
    /// The case that the README tells of.
    pub showcase: Showcase,
    /// Where chosen cases were at chosen moments.
    pub checks: Vec<Check>,
}

/// Second thoughts, by what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondThoughts {
    /// Events corrected.
    pub corrected: u64,
    /// Events annulled, by whomever.
    pub annulled: u64,
    /// Events noted upon.
    pub annotated: u64,
    /// What still waits for a second person when the story ends.
    pub waiting: u64,
    /// The case of a decision that two persons annulled.
    pub annulled_decision_case: Option<CaseId>,
    /// That decision.
    pub annulled_decision: Option<EventId>,
}

/// Events by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventCounts {
    /// All of them.
    pub total: u64,
    /// By the family that their type's name begins with.
    pub by_family: Counts,
    /// By type.
    pub by_type: Counts,
}

/// Cases by what can be asked of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseCounts {
    /// All of them.
    pub total: u64,
    /// By status.
    pub by_status: Counts,
    /// By the project's stage.
    pub by_stage: Counts,
    /// By the project's area.
    pub by_area: Counts,
    /// By the advisor who follows them; cases without one are not counted here.
    pub by_advisor: BTreeMap<UserId, u64>,
    /// By the state of their last application; `none` for those without.
    pub by_application: Counts,
    /// On hold, closed ones included.
    pub on_hold: u64,
}

/// Two records of one person or organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The record that was there.
    pub first: Uuid,
    /// The record that came later.
    pub second: Uuid,
    /// In what they differ.
    pub disguise: String,
}

/// Records that gave way to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeCounts {
    /// Merges of people, those that were undone included.
    pub people: u64,
    /// Merges of organisations.
    pub organisations: u64,
    /// Merges of people that were wrong, and undone after later events.
    pub undone: u64,
    /// The first two records of one person that were merged, and still are.
    pub showcase: Option<MergedPair>,
}

/// A record that gave way, and the one that goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedPair {
    /// The record that gave way.
    pub record: PersonId,
    /// The record that goes on.
    pub into: PersonId,
}

/// An account that a demonstration token opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The token.
    pub token: String,
    /// The account.
    pub user: UserId,
    /// Whose it is.
    pub person: PersonId,
}

/// The ids of the case that the README tells of; they never change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Showcase {
    /// The case.
    pub case: CaseId,
    /// As people type it.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// Who speaks for it.
    pub contact: PersonId,
    /// Its first application.
    pub application: Option<ApplicationId>,
    /// The introduction to its first investor.
    pub introduction: Option<IntroductionId>,
    /// Money it raised, in cents.
    pub raised_eur_cents: u64,
}

/// Where a case was at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Which case.
    pub case: CaseId,
    /// As of when, by the server's clock.
    pub as_of: Time,
    /// Where it was in its life.
    pub status: CaseStatus,
    /// Whether it was on hold.
    pub on_hold: bool,
    /// How far the project was.
    pub stage: Stage,
    /// Where its last application was.
    pub application: Option<ApplicationState>,
}

/// Makes the manifest of a story that is over.
pub(super) fn of(story: &Story) -> Option<Manifest> {
    let Story { world, ledger, plan, .. } = story;
    let showcase = showcase(ledger, story.showcase?)?;
    let words = |rules: &BTreeMap<Rule, u64>| {
        rules.iter().map(|(rule, count)| (rule.to_string(), *count)).collect()
    };
    let applications = || ledger.files.iter().flat_map(|file| &file.applications);
    let call = |place: usize| ledger.calls[place].id.uuid();
    Some(Manifest {
        seed: story.seed,
        from: super::days::paris(plan.from, 0, 0),
        until: plan.until.max(world.now).plus(chrono::TimeDelta::seconds(1)),
        events: events(story),
        texts: world.blobs.len() as u64,
        documents: story.documents.len() as u64,
        people: ledger.people.len() as u64,
        organisations: ledger.organisations.len() as u64,
        same_people: pairs(&ledger.same_people),
        same_organisations: pairs(&ledger.same_organisations),
        merged: merged(ledger),
        cases: cases(story),
        applications: count(applications().map(|it| word(&it.state))),
        applications_by_call: count(applications().map(|it| call(it.call))),
        calls: count(ledger.calls.iter().map(|it| word(&it.kind))),
        resources: ledger.resources.len() as u64,
        bookings: count(ledger.bookings.iter().map(|it| word(&it.state))),
        introductions: count(ledger.introductions.iter().map(|it| word(&it.state))),
        introduction_outcomes: count(
            ledger.introductions.iter().filter_map(|it| it.outcome).map(|it| word(&it)),
        ),
        sessions: count(ledger.sessions.iter().map(|it| format!("{it:?}").to_lowercase())),
        outcomes: count(ledger.outcomes.iter().map(|it| word(&it.kind))),
        raised_eur_cents: raised(ledger),
        irregularities: words(&world.irregularities),
        refusals: words(&world.refusals),
        late_entries: world.late_entries,
        second_thoughts: second_thoughts(ledger),
        accounts: accounts(story),
        showcase,
        checks: checks(ledger),
    })
}

/// A value as it is written on the wire.
fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn count<K: Ord>(keys: impl Iterator<Item = K>) -> BTreeMap<K, u64> {
    let mut counts = BTreeMap::new();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    counts
}

fn events(story: &Story) -> EventCounts {
    let kinds = || story.world.events.iter().map(|(_, event)| event.kind.as_str());
    let family = |kind: &str| kind.split('.').next().unwrap_or_default().to_owned();
    EventCounts {
        total: story.world.events.len() as u64,
        by_family: count(kinds().map(family)),
        by_type: count(kinds().map(str::to_owned)),
    }
}

fn pairs<K>(same: &[(events::Id<K>, events::Id<K>, super::ledger::Disguise)]) -> Vec<Pair> {
    let pair = |(first, second, disguise): &(events::Id<K>, events::Id<K>, _)| Pair {
        first: first.uuid(),
        second: second.uuid(),
        disguise: super::ledger::Disguise::word(*disguise).to_owned(),
    };
    same.iter().map(pair).collect()
}

fn merged(ledger: &Ledger) -> MergeCounts {
    let people = &ledger.merged_people;
    let lasting = people.iter().find(|merge| !merge.parted);
    MergeCounts {
        people: people.len() as u64,
        organisations: ledger.merged_organisations.len() as u64,
        undone: people.iter().filter(|merge| merge.parted).count() as u64,
        showcase: lasting.map(|merge| MergedPair { record: merge.record, into: merge.into }),
    }
}

fn cases(story: &Story) -> CaseCounts {
    let files = || story.ledger.files.iter();
    let application = |file: &File| {
        file.application().map_or("none".to_owned(), |application| word(&application.state))
    };
    CaseCounts {
        total: story.ledger.files.len() as u64,
        by_status: count(files().map(|file| word(&file.status))),
        by_stage: count(files().map(|file| word(&file.stage))),
        by_area: count(files().map(|file| word(&file.idea.area))),
        by_advisor: count(
            files().filter_map(|file| file.advisor).map(|at| story.office.advisors[at].user),
        ),
        by_application: count(files().map(application)),
        on_hold: files().filter(|file| file.on_hold).count() as u64,
    }
}

fn raised(ledger: &Ledger) -> u64 {
    let once = ledger.outcomes.iter().filter(|outcome| !outcome.double);
    once.map(|outcome| outcome.eur_cents).sum()
}

fn second_thoughts(ledger: &Ledger) -> SecondThoughts {
    let thoughts = ledger.thoughts;
    SecondThoughts {
        corrected: thoughts.corrected,
        annulled: thoughts.annulled,
        annotated: thoughts.annotated,
        waiting: thoughts.waiting,
        annulled_decision_case: thoughts.decision.map(|(case, _)| case),
        annulled_decision: thoughts.decision.map(|(_, decision)| decision),
    }
}

fn accounts(story: &Story) -> BTreeMap<String, Account> {
    let account = |(role, account): (&Role, &super::office::Demonstrated)| {
        let token = demonstration_token(*role);
        (role.to_string(), Account { token, user: account.user, person: account.person })
    };
    story.office.demonstrated.iter().map(account).collect()
}

fn showcase(ledger: &Ledger, case: usize) -> Option<Showcase> {
    let file = ledger.files.get(case)?;
    let introduction = ledger.introductions.iter().find(|it| it.case == case);
    Some(Showcase {
        case: file.id,
        reference: file.id.reference().to_string(),
        title: file.idea.title.clone(),
        contact: ledger.people[file.contact].id,
        application: file.applications.first().map(|application| application.id),
        introduction: introduction.map(|it| it.id),
        raised_eur_cents: file.raised_eur_cents,
    })
}

/// Cases to which most happened, each at a few moments between two things that happened.
fn checks(ledger: &Ledger) -> Vec<Check> {
    let mut files: Vec<&File> = ledger.files.iter().collect();
    files.sort_by_key(|file| (std::cmp::Reverse(file.marks.len()), file.id));
    files.truncate(CHECKED_CASES_MAX);
    files
        .into_iter()
        .flat_map(|file| file.marks.windows(2).filter_map(|pair| check(file, pair)))
        .collect()
}

/// Halfway between two marks that are a day apart or more.
fn check(file: &File, pair: &[Mark]) -> Option<Check> {
    let [before, after] = pair else { return None };
    if working_days_between(before.at, after.at) == 0 {
        return None;
    }
    let halfway = (after.at.micros() - before.at.micros()) / 2;
    let as_of = before.at.plus(chrono::TimeDelta::microseconds(halfway));
    let Mark { status, on_hold, stage, application, .. } = *before;
    Some(Check { case: file.id, as_of, status, on_hold, stage, application })
}
