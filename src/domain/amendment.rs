//! Second thoughts about a fact: corrected, annulled, noted upon. The log keeps what was recorded;
//! from then on the record reads otherwise (X-1, X-2, X-3).

use std::collections::BTreeSet;

use chrono::TimeDelta;
use events::amendment::{Fact, Replacement};
use events::approval::Matter;
use events::{
    CommandId, Entry, EventId, FieldPath, History, Id, Kind, Object, ObjectKind, Role, Rule,
    Sealed, Stream, Time, kinds, outcome,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;
use strum::{IntoStaticStr, VariantNames};

use super::command::{Effect, Spec, Texts};
use super::context::{Context, missing};
use super::{Decision, Refusal, State, Stop, approval, intake, outcome as outcomes};

/// So long may an author annul their own alone (X-2), days.
const ALONE_DAYS_MAX: i64 = 7;
/// Events that rest on another, of which a refusal names so many.
const NAMED_MAX: usize = 10;

/// What a corrected fact says, whole.
///
/// Whoever sends the command gives the members that change; the counter makes the fact whole from
/// what it says now, so that texts that stay as they are stay sealed as they are.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Changes(pub Replacement);

impl JsonSchema for Changes {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Changes".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "The members of the fact that change, as its type's schema names them; \
                            null takes one away, a list is replaced whole",
        })
    }
}

/// What can be said about a fact later.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[strum(serialize_all = "kebab-case")]
pub enum Command {
    /// Correct a descriptive fact. What it said before stays readable (X-1, X-2).
    Correct {
        /// Which event.
        target: EventId,
        /// What changes; may be left out where only the moment was wrong.
        changes: Changes,
        /// When it really happened, where that was wrong.
        happened_at: Option<Time>,
        /// Why.
        reason: Sealed,
    },
    /// Annul a fact: it no longer counts. Authors annul their own within 7 days; a decision, and
    /// whatever else, takes a second person, who is asked with this (X-2, X-3).
    Annul {
        /// Which event.
        target: EventId,
        /// Why.
        reason: Sealed,
        /// The event in which the same was logged again, where it belongs.
        again: Option<EventId>,
    },
    /// Note something about a fact; what it says stays as it is.
    Annotate {
        /// Which event.
        target: EventId,
        /// What.
        text: Sealed,
    },
    /// Take a text of a fact away for somebody's privacy, or put it in other words (D-3).
    Redact {
        /// Which event.
        target: EventId,
        /// Where in it the text stands.
        field: FieldPath,
        /// What stands there from now on; absent: nothing.
        text: Option<Sealed>,
    },
}

impl Command {
    /// The event it is about.
    pub const fn target(&self) -> EventId {
        match self {
            Self::Correct { target, .. }
            | Self::Annul { target, .. }
            | Self::Annotate { target, .. }
            | Self::Redact { target, .. } => *target,
        }
    }
}

/// Whoever may say something about a fact of some record.
const ANYONE: &[Role] = &[
    Role::Advisor,
    Role::Head,
    Role::Deputy,
    Role::Director,
    Role::Funding,
    Role::Platform,
    Role::Dpo,
    Role::Admin,
];

const fn spec(name: &'static str, roles: &'static [Role], example: &'static str) -> Spec {
    Spec { name, roles, effect: Effect::Adds, texts: Texts::OfStream, example }
}

/// What is said of each command.
pub const SPECS: &[Spec] = &[
    spec(
        "correct",
        ANYONE,
        r#"{"changes":{"minutes":45},"reason":"It was three quarters of an hour."}"#,
    ),
    spec("annul", ANYONE, r#"{"reason":"Logged twice."}"#),
    spec("annotate", ANYONE, r#"{"text":"The minutes of the meeting are in the file."}"#),
    spec(
        "redact",
        &[Role::Dpo, Role::Head, Role::Deputy],
        r#"{"field":"summary","text":"Met the team; one of its members spoke of their health."}"#,
    ),
];

/// In which roles a command about a fact of a record is sent (G-4).
pub fn roles(stream: Stream, command: &Command) -> &'static [Role] {
    match command {
        Command::Redact { .. } => &[Role::Dpo, Role::Head, Role::Deputy],
        Command::Correct { .. } | Command::Annul { .. } | Command::Annotate { .. } => {
            recorders(stream)
        }
    }
}

/// Who may correct, annul and note upon the facts of a record: those who record them.
pub const fn recorders(stream: Stream) -> &'static [Role] {
    match stream {
        Stream::Case(_) | Stream::Gathering(_) | Stream::Call(_) => {
            &[Role::Advisor, Role::Head, Role::Deputy, Role::Director]
        }
        Stream::Introduction(_) => &[Role::Funding, Role::Advisor, Role::Head, Role::Deputy],
        Stream::Person(_) | Stream::Organisation(_) => &[
            Role::Advisor,
            Role::Head,
            Role::Deputy,
            Role::Funding,
            Role::Platform,
            Role::Admin,
            Role::Dpo,
        ],
        Stream::Resource(_) => &[Role::Platform, Role::Head, Role::Deputy],
        Stream::Policy(_) => &[Role::Admin, Role::Head],
        Stream::Access => &[Role::Admin],
    }
}

/// The command that logs such a fact again elsewhere, from the same members; `None` for one that
/// can't be moved.
pub const fn logged_again_by(fact: &events::Fact) -> Option<&'static str> {
    use events::Fact as F;
    use events::{coaching, followup};
    match fact {
        F::Followup(followup::Fact::InteractionLogged(_)) => Some("log-interaction"),
        F::Followup(followup::Fact::NoteAdded { .. }) => Some("add-note"),
        F::Coaching(coaching::Fact::SessionHeld(held)) if held.session.is_none() => {
            Some("log-coaching-session")
        }
        F::Outcome(outcome::Fact::Recorded { .. }) => Some("record-outcome"),
        _ => None,
    }
}

/// Decides a command of this family.
///
/// # Errors
/// The rule that forbids it.
pub fn decide(state: &State, command: &Command, context: &Context<'_>) -> Decision {
    let history = context.history()?;
    let target = command.target();
    let entry = history.entry(target).ok_or_else(|| {
        missing("event on this record", "target", "the record's journey shows its events")
    })?;
    let own =
        !matches!(entry.envelope.fact, events::Fact::Amendment(_) | events::Fact::Approval(_));
    context.keep(own, || {
        Refusal::new(Rule::X2, "said_of_another", "this event is itself about another one")
            .remedy("correct or annul the event that it is about")
    })?;
    match command {
        Command::Correct { changes, happened_at, reason, .. } => {
            correct(state, entry, &changes.0, *happened_at, reason, context)
        }
        Command::Annul { reason, again, .. } => annul(history, entry, reason, *again, context),
        Command::Annotate { text, .. } => {
            Ok(vec![Fact::Annotated { target, text: text.clone() }.into()])
        }
        Command::Redact { field, text, .. } => redact(entry, field, text.as_ref()),
    }
}

/// X-2: only what describes is corrected, and stays what it is about.
fn correct(
    state: &State,
    entry: &Entry,
    replacement: &Replacement,
    happened_at: Option<Time>,
    reason: &Sealed,
    context: &Context<'_>,
) -> Decision {
    let now = &entry.envelope;
    context.keep(!entry.annulled, || {
        Refusal::new(Rule::X2, "annulled", "this event was annulled; it says nothing any more")
            .remedy("log what happened anew")
    })?;
    context.keep(now.fact.class() == events::Class::Descriptive, || {
        let message = "only what describes is corrected, not what decides or moves something";
        Refusal::new(Rule::X2, "not_descriptive", message)
            .remedy("annul a decision with a second person; undo anything else with its opposite")
    })?;
    let same_kind = kind(&replacement.0) == kind(&now.fact);
    context.keep(same_kind, || {
        Refusal::new(Rule::X2, "another_kind", "a correction stays a fact of the same kind")
            .at("changes")
    })?;
    let moved = happened_at.filter(|at| *at != now.meta.occurred_at);
    if *replacement.0 == now.fact && moved.is_none() {
        return Ok(vec![]);
    }
    if let Some(at) = moved {
        context.has_come(at, "happened_at")?;
    }
    let recorded = entry.recorded();
    let began = begun(recorded.meta.command, &recorded.fact);
    context.keep(began == begun(recorded.meta.command, &replacement.0), || {
        Refusal::new(Rule::X2, "another_thing", "what a fact began keeps its id").at("changes")
    })?;
    named(entry, replacement, context)?;
    sound(state, &now.fact, &replacement.0, context)?;
    let fact = Fact::Corrected {
        target: now.id,
        replacement: replacement.clone(),
        occurred_at: moved,
        reason: reason.clone(),
    };
    Ok(vec![fact.into()])
}

/// G-9: what a correction names beyond what stood there is on the log.
fn named(entry: &Entry, replacement: &Replacement, context: &Context<'_>) -> Result<(), Stop> {
    let stream = &entry.envelope.stream;
    let key = |object: &Object| (object.kind, object.id);
    let before: BTreeSet<_> = [&entry.envelope, entry.recorded()]
        .iter()
        .flat_map(|envelope| envelope.fact.objects(stream))
        .map(|object| key(&object))
        .collect();
    for object in replacement.0.objects(stream) {
        if before.contains(&key(&object)) {
            continue;
        }
        match object.kind {
            ObjectKind::Person => context.known_person(Id::new(object.id), "changes")?,
            ObjectKind::Organisation => {
                context.known_organisation(Id::new(object.id), "changes")?;
            }
            ObjectKind::Case => drop(context.known_case(Id::new(object.id), "changes")?),
            other => context.keep(false, || {
                let message = format!("a correction brings no other {other} in");
                Refusal::new(Rule::X2, "another_thing", message)
                    .at("changes")
                    .remedy("annul it, and log what happened anew")
            })?,
        }
    }
    Ok(())
}

/// What holds when such a fact is recorded holds when it is corrected.
fn sound(
    state: &State,
    before: &events::Fact,
    after: &events::Fact,
    context: &Context<'_>,
) -> Result<(), Stop> {
    match (state, before, after) {
        (
            _,
            _,
            events::Fact::Intake(events::intake::Fact::ReadinessAssessed { scale, level, .. }),
        ) => intake::readiness(*scale, *level, context),
        (
            State::Case(case),
            events::Fact::Outcome(outcome::Fact::Recorded { result: before, .. }),
            events::Fact::Outcome(outcome::Fact::Recorded { result, .. }),
        ) => outcomes::corrected(case, before, result, context),
        _ => Ok(()),
    }
}

fn annul(
    history: &History,
    entry: &Entry,
    reason: &Sealed,
    again: Option<EventId>,
    context: &Context<'_>,
) -> Decision {
    let matter = Matter::Annulment { target: entry.envelope.id, reason: reason.clone() };
    let facts = annulled(history, entry.envelope.id, reason, again, context)?;
    if facts.is_empty() || alone(entry, context)? {
        return Ok(facts);
    }
    approval::ask(matter, facts, context)
}

/// The annulment of an event, if nothing stands against it.
///
/// # Errors
/// X-2 for what is undone otherwise, X-3 for what others rest on.
pub(super) fn annulled(
    history: &History,
    target: EventId,
    reason: &Sealed,
    again: Option<EventId>,
    context: &Context<'_>,
) -> Decision {
    let entry = history.entry(target).ok_or_else(|| {
        missing("event on this record", "target", "the record's journey shows its events")
    })?;
    if entry.annulled {
        return Ok(vec![]);
    }
    if let Some(remedy) = undone_by(&entry.envelope.fact) {
        let message = "this is not annulled but undone";
        return Err(Refusal::new(Rule::X2, "undone_otherwise", message).remedy(remedy).into());
    }
    context.keep(entry.envelope.revision > 0, || {
        let message = "the record begins with this event; all the others rest on it";
        Refusal::new(Rule::X3, "begins_the_record", message)
            .remedy("close or retire the record, or merge it with the one it doubles")
    })?;
    let (standing, gone) = dependents(history, entry);
    context.keep(standing.is_empty(), || {
        let named = standing.iter().take(NAMED_MAX).map(EventId::to_string).collect::<Vec<_>>();
        let message = format!(
            "{} event{} rest{} on it: {}",
            standing.len(),
            if standing.len() == 1 { "" } else { "s" },
            if standing.len() == 1 { "s" } else { "" },
            named.join(", ")
        );
        Refusal::new(Rule::X3, "others_rest_on_it", message)
            .remedy("annul those first, in this order")
    })?;
    let fact = Fact::Annulled { target, reason: reason.clone(), dependents: gone, again };
    Ok(vec![fact.into()])
}

/// X-2: authors annul what describes, and is their own, alone for 7 days. A person is meant, not
/// an account.
fn alone(entry: &Entry, context: &Context<'_>) -> Result<bool, Stop> {
    if entry.envelope.fact.class() != events::Class::Descriptive {
        return Ok(false);
    }
    let author = entry.recorded().meta.actor.user;
    let own = author == context.sender.user
        || match context.access_now()?.person_of(author) {
            Some(person) => context.same_person(person, context.sender.person)?,
            None => false,
        };
    let recently =
        context.now <= entry.recorded().meta.recorded_at.plus(TimeDelta::days(ALONE_DAYS_MAX));
    Ok(own && recently)
}

/// How a fact is undone that is not annulled; `None` for one that may be.
const fn undone_by(fact: &events::Fact) -> Option<&'static str> {
    use events::Fact as F;
    use events::{Class, person, policy};
    match fact {
        F::Policy(policy::Fact::Drafted { .. }) => {
            Some("draft the next version; a draft that nobody publishes holds nothing")
        }
        F::Policy(_) => Some("publish the next version; decisions may quote this one"),
        F::Person(person::Fact::Merged { .. } | person::Fact::MergeReverted { .. })
        | F::Organisation(
            events::organisation::Fact::Merged { .. }
            | events::organisation::Fact::MergeReverted { .. },
        ) => Some("revert the merge, or merge again"),
        F::Person(person::Fact::HoldPlaced { .. } | person::Fact::HoldReleased { .. }) => {
            Some("release the hold, or place it again")
        }
        F::Person(person::Fact::Restricted { .. } | person::Fact::Unrestricted {}) => {
            Some("lift the restriction, or restrict again")
        }
        F::Booking(_) => Some("cancel the booking, or book again"),
        _ => match fact.class() {
            Class::Mechanical => Some("undo it with its opposite: cancel, release, revoke, resume"),
            Class::Descriptive | Class::Decision => None,
        },
    }
}

/// X-3: the events that rest on one, latest first: those that still stand, and those annulled
/// before.
fn dependents(history: &History, target: &Entry) -> (Vec<EventId>, Vec<EventId>) {
    let recorded = target.recorded();
    let mut things = begun(recorded.meta.command, &recorded.fact);
    things.insert(recorded.id.to_string());
    let rests = |entry: &&Entry| {
        let fact = &entry.envelope.fact;
        entry.envelope.revision > recorded.revision
            && !matches!(fact, events::Fact::Amendment(_) | events::Fact::Approval(_))
            && (ids(fact).iter().any(|id| things.contains(id)) || decides_after(recorded, fact))
    };
    let all = history.entries().iter().rev().filter(rests);
    let (gone, standing): (Vec<_>, Vec<_>) = all.partition(|entry| entry.annulled);
    let ids = |entries: Vec<&Entry>| entries.iter().map(|entry| entry.envelope.id).collect();
    (ids(standing), ids(gone))
}

/// Whether a fact decides later on what another decided on before.
fn decides_after(before: &events::Envelope, fact: &events::Fact) -> bool {
    use events::Fact as F;
    use events::{Class, intake};
    match (&before.fact, fact) {
        (F::Selection(before), F::Selection(after)) => {
            before.application() == after.application()
                && before.class() == Class::Decision
                && after.class() == Class::Decision
        }
        (
            F::Intake(intake::Fact::Closed { .. } | intake::Fact::Reopened { .. }),
            F::Intake(intake::Fact::Closed { .. } | intake::Fact::Reopened { .. }),
        ) => true,
        (F::Call(before), F::Call(after)) => {
            before.class() == Class::Decision && after.class() == Class::Decision
        }
        _ => false,
    }
}

/// The ids of things that a fact began: those that its command created and it names.
fn begun(command: CommandId, fact: &events::Fact) -> BTreeSet<String> {
    fn created<K: Kind>(command: CommandId) -> String {
        Id::<K>::created_by(command).to_string()
    }
    let named = ids(fact);
    let created = [
        created::<kinds::Action>(command),
        created::<kinds::Application>(command),
        created::<kinds::Consent>(command),
        created::<kinds::Hold>(command),
        created::<kinds::Milestone>(command),
        created::<kinds::Mission>(command),
        created::<kinds::Outage>(command),
        created::<kinds::Outcome>(command),
        created::<kinds::Referral>(command),
        created::<kinds::Request>(command),
        created::<kinds::Session>(command),
    ];
    created.into_iter().filter(|id| named.contains(id)).collect()
}

/// Every id in a fact.
fn ids(fact: &events::Fact) -> BTreeSet<String> {
    fn collect(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::String(text) if text.len() == 36 && text.parse::<EventId>().is_ok() => {
                found.insert(text.clone());
            }
            Value::Object(map) => map.values().for_each(|value| collect(value, found)),
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = BTreeSet::new();
    if let Ok(value) = serde_json::to_value(fact) {
        collect(&value, &mut found);
    }
    found
}

fn kind(fact: &events::Fact) -> Option<String> {
    match serde_json::to_value(fact) {
        Ok(Value::Object(tagged)) => tagged.into_iter().next().map(|(name, _)| name),
        _ => None,
    }
}

/// The sealed text at a place in a fact.
fn text_at(fact: &events::Fact, field: &FieldPath) -> Option<Sealed> {
    let Ok(Value::Object(tagged)) = serde_json::to_value(fact) else { return None };
    let (_, body) = tagged.into_iter().next()?;
    serde_json::from_value(body.pointer(&format!("/{field}"))?.clone()).ok()
}

fn redact(entry: &Entry, field: &FieldPath, text: Option<&Sealed>) -> Decision {
    let standing = text_at(&entry.envelope.fact, field);
    let standing = standing.ok_or_else(|| {
        missing("text there", "field", "the record's journey names the texts of each event")
    })?;
    if text.is_some_and(|text| *text == standing) {
        return Ok(vec![]);
    }
    let (target, field, text) = (entry.envelope.id, field.clone(), text.cloned());
    Ok(vec![Fact::Redacted { target, field, text }.into()])
}

#[cfg(test)]
mod tests;
