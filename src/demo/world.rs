//! The driver: carries commands out in memory, one after the other, under a clock of its own.
//!
//! Nothing is forged here. A body goes through the door, where its texts are sealed; the command
//! is decided on folded states; what it leads to is encoded as it would be stored. A script says
//! of each command what it expects, and whatever comes out otherwise is noted as a defect.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::TimeDelta;
use events::{
    Channel, Code, CommandId, EventId, Id, Kind, PersonId, Revision, Rule, Sealed, Stream,
    StreamName, Time, UserId, kinds,
};
use serde_json::{Map, Value, json};

use super::dice::Dice;
use crate::domain::{
    Collection, Effect, Folded, Known, Request, Stop, Verdict, decide, system_user,
    working_days_between,
};
use crate::door;
use crate::log;
use crate::store::{NewEvent, Position, SealedBlob, Stored};
use crate::vault::Vault;

/// Working days after which an entry is late; the first version of the rule says so.
pub(super) const LATE_AFTER: u32 = 5;

/// A command as a script sends it: JSON, as over the network.
#[derive(Debug, Clone)]
pub(super) struct Order {
    user: UserId,
    collection: Collection,
    /// The record; `None` for one that the command creates.
    stream: Option<Stream>,
    name: &'static str,
    body: Map<String, Value>,
    key: Option<String>,
    seen: Option<Revision>,
}

impl Order {
    /// About a record that exists.
    pub(super) fn on(user: UserId, stream: Stream, name: &'static str, body: Value) -> Self {
        let collection = Collection::of(stream);
        Self {
            user,
            collection,
            stream: Some(stream),
            name,
            body: map(body),
            key: None,
            seen: None,
        }
    }

    /// About something on a record that exists: an event, or what was asked for.
    pub(super) fn about(
        user: UserId,
        collection: Collection,
        stream: Stream,
        name: &'static str,
        body: Value,
    ) -> Self {
        Self { collection, ..Self::on(user, stream, name, body) }
    }

    /// One that begins a record.
    pub(super) fn new(
        user: UserId,
        collection: Collection,
        name: &'static str,
        body: Value,
    ) -> Self {
        Self { user, collection, stream: None, name, body: map(body), key: None, seen: None }
    }

    /// Under an idempotency key of its own, so that what it creates keeps its id.
    pub(super) fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Taken on a revision that is no longer the last.
    pub(super) fn seen(mut self, revision: Revision) -> Self {
        self.seen = Some(revision);
        self
    }

    /// With another member in its body.
    pub(super) fn with(mut self, member: &str, value: impl serde::Serialize) -> Self {
        self.body.insert(member.to_owned(), json!(value));
        self
    }

    /// Who sends it.
    pub(super) const fn user(&self) -> UserId {
        self.user
    }

    /// It happened then.
    pub(super) fn at(self, occurred_at: Time) -> Self {
        self.with("occurred_at", occurred_at)
    }

    /// It happened then, with the reason for so late an entry where the rule asks for one (G-3).
    pub(super) fn entered(self, occurred_at: Time, now: Time) -> Self {
        let late = working_days_between(occurred_at, now) > LATE_AFTER;
        let order = self.at(occurred_at);
        if late { order.late("absence") } else { order }
    }

    /// It reached the office that way.
    pub(super) fn via(self, channel: Channel) -> Self {
        self.with("via", channel)
    }

    /// It is entered late, for this reason.
    pub(super) fn late(self, reason: &str) -> Self {
        self.with("late_entry_reason", reason)
    }

    /// It happened elsewhere, and this shows it.
    pub(super) fn reported(self, source: &str, evidence: &str) -> Self {
        self.with("report", json!({ "source": source, "evidence": evidence }))
    }

    /// Somebody else asked for it.
    pub(super) fn on_behalf_of(self, person: PersonId) -> Self {
        self.with("on_behalf_of", person)
    }
}

fn map(body: Value) -> Map<String, Value> {
    match body {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// What became of a command.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    /// The record it was about.
    pub(super) stream: Stream,
    /// Its id, from which ids of what it created follow.
    pub(super) command: CommandId,
    /// When it was recorded.
    pub(super) at: Time,
}

impl Sent {
    /// The id of its event at a place.
    pub(super) fn event(&self, index: usize) -> EventId {
        EventId::of(&self.stream.name(), self.command, index)
    }

    /// The id of what it created.
    pub(super) fn created<K: Kind>(&self) -> Id<K> {
        Id::created_by(self.command)
    }
}

/// What a script said of a command and what came of it did not agree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{command} on {stream}, at {at}: {what}")]
pub struct Defect {
    /// The command's name.
    pub command: String,
    /// The record it was about.
    pub stream: StreamName,
    /// When, by the story's clock.
    pub at: Time,
    /// What was expected, and what came.
    pub what: String,
}

/// What a script expects of a command.
enum Expects<'e> {
    /// Facts that keep every rule.
    Facts,
    /// Facts, with exactly these rules noted as not kept.
    Irregular(&'e [Rule]),
    /// A refusal by this rule.
    Refusal(Rule),
    /// That it was recorded before.
    Repeat,
}

/// The office in memory.
pub(super) struct World {
    pub(super) vault: Vault,
    /// The clock; only ever goes forward.
    pub(super) now: Time,
    /// What was recorded, in order.
    pub(super) events: Vec<(StreamName, NewEvent)>,
    pub(super) blobs: Vec<SealedBlob>,
    pub(super) defects: Vec<Defect>,
    /// Commands that were tried and refused, as scripted.
    pub(super) refusals: BTreeMap<Rule, u64>,
    /// Facts recorded though a rule was not kept, by rule.
    pub(super) irregularities: BTreeMap<Rule, u64>,
    /// Events entered late, with a reason.
    pub(super) late_entries: u64,
    streams: Known,
    keys: u64,
    dice: Dice,
    build: Code,
}

impl World {
    /// Before anything happened.
    pub(super) fn new(vault: Vault, seed: u64, start: Time, build: Code) -> Self {
        Self {
            vault,
            now: start,
            events: Vec::new(),
            blobs: Vec::new(),
            defects: Vec::new(),
            refusals: BTreeMap::new(),
            irregularities: BTreeMap::new(),
            late_entries: 0,
            streams: HashMap::new(),
            keys: 0,
            dice: Dice::of(seed, "clock"),
            build,
        }
    }

    /// Lets the clock go on to a moment, if that is to come.
    pub(super) fn wait_until(&mut self, moment: Time) {
        self.now = self.now.max(moment);
    }

    /// Carries out a command that leads to facts and keeps every rule.
    pub(super) fn send(&mut self, order: Order) -> Sent {
        self.carry_out(order, Expects::Facts)
    }

    /// Carries out a report of what happened without keeping these rules.
    pub(super) fn send_irregular(&mut self, order: Order, rules: &[Rule]) -> Sent {
        self.carry_out(order, Expects::Irregular(rules))
    }

    /// Has a second person agree to what a command asks for.
    pub(super) fn agree(&mut self, user: UserId, asked: &Sent) -> Sent {
        let body = json!({ "approval": asked.created::<kinds::Approval>() });
        self.send(Order::about(user, Collection::Approvals, asked.stream, "give", body))
    }

    /// Tries a command that a rule forbids.
    pub(super) fn try_in_vain(&mut self, order: Order, rule: Rule) {
        self.carry_out(order, Expects::Refusal(rule));
    }

    /// Sends a command again that was recorded before.
    pub(super) fn repeat(&mut self, order: Order) {
        self.carry_out(order, Expects::Repeat);
    }

    /// The revision of a record, as an answer's ETag gives it.
    pub(super) fn revision(&self, stream: Stream) -> Option<Revision> {
        self.streams.get(&stream.name()).and_then(|folded| folded.revision)
    }

    fn carry_out(&mut self, order: Order, expects: Expects<'_>) -> Sent {
        self.tick();
        let command = self.command_id(&order);
        let stream = order.stream.unwrap_or_else(|| created(order.collection, command));
        let name = order.name;
        let sent = Sent { stream, command, at: self.now };
        if let Err(what) = self.decide_on(order, stream, command, expects) {
            let (command, stream, at) = (name.to_owned(), stream.name(), self.now);
            self.defects.push(Defect { command, stream, at, what });
        }
        sent
    }

    /// Some seconds pass between two commands, and some microseconds more.
    fn tick(&mut self) {
        let micros = self.dice.between(2_000_000, 24_000_000);
        self.now = self.now.plus(TimeDelta::microseconds(micros));
    }

    /// The id as the API gives it: from the sender and their idempotency key.
    fn command_id(&mut self, order: &Order) -> CommandId {
        let key = order.key.clone().unwrap_or_else(|| {
            self.keys += 1;
            format!("demo-{}", self.keys)
        });
        CommandId::derived(&format!("{}/{key}", order.user))
    }

    fn decide_on(
        &mut self,
        order: Order,
        stream: Stream,
        id: CommandId,
        expects: Expects<'_>,
    ) -> Result<(), String> {
        let stream_name = stream.name();
        let (request, blobs) = self.request(order, stream, id)?;
        let verdict = self.verdict(&request);
        let envelopes = match (verdict, &expects) {
            (Err(Stop::Refused(refusal)), Expects::Refusal(rule)) if refusal.rule == *rule => {
                *self.refusals.entry(*rule).or_default() += 1;
                return Ok(());
            }
            (Ok(Verdict::Repeats(_)), Expects::Repeat) => return Ok(()),
            (Ok(Verdict::Facts(envelopes)), Expects::Facts | Expects::Irregular(_)) => envelopes,
            (Ok(Verdict::Facts(_)), _) => return Err("it was recorded against expectation".into()),
            (Ok(Verdict::Nothing), _) => return Err("it was already so".into()),
            (Ok(Verdict::Repeats(_)), _) => return Err("it had been recorded before".into()),
            (Err(stop), _) => return Err(stop.to_string()),
        };
        let noted = envelopes.first().map(|first| first.meta.irregularities.clone());
        let noted: Vec<Rule> = noted.unwrap_or_default().iter().map(|noted| noted.rule).collect();
        let expected: &[Rule] = match expects {
            Expects::Irregular(rules) => rules,
            Expects::Facts | Expects::Refusal(_) | Expects::Repeat => &[],
        };
        if noted != expected {
            return Err(format!("irregularities {noted:?}, expected {expected:?}"));
        }
        let folded = self.streams.entry(stream_name.clone());
        let folded = folded.or_insert_with(|| Arc::new(Folded::empty(stream)));
        let folded = Arc::make_mut(folded);
        for envelope in &envelopes {
            folded.take(envelope);
            let event = log::write(envelope).map_err(|error| error.to_string())?;
            self.events.push((stream_name.clone(), event));
            self.late_entries += u64::from(envelope.meta.late_entry_reason.is_some());
            for rule in &noted {
                *self.irregularities.entry(*rule).or_default() += 1;
            }
        }
        self.blobs.extend(blobs);
        if envelopes.iter().any(|envelope| envelope.fact.amends()) {
            let mut whole = self.whole(stream);
            whole.history = None;
            self.streams.insert(stream_name, Arc::new(whole));
        }
        Ok(())
    }

    /// A correction is made whole from what the fact says now, as the API does.
    fn kept(
        &self,
        name: &str,
        stream: Stream,
        body: &mut Map<String, Value>,
    ) -> Result<Vec<Sealed>, String> {
        if name != "correct" {
            return Ok(Vec::new());
        }
        let target = body.get("target").and_then(Value::as_str).and_then(|text| text.parse().ok());
        let history = self.whole(stream).history.ok_or("no history")?;
        let entry = target.and_then(|target| history.entry(target)).ok_or("no such event")?;
        door::make_whole(&entry.envelope.fact, body).map_err(|error| error.to_string())
    }

    /// A record with all its events.
    fn whole(&self, stream: Stream) -> Folded {
        let name = stream.name();
        let stored = self.events.iter().filter(|(of, _)| *of == name).zip(0..);
        let recorded = stored.filter_map(|((_, event), revision)| {
            log::read(&Stored {
                position: Position(0),
                stream: name.clone(),
                revision,
                id: event.id,
                kind: event.kind.clone(),
                metadata: event.metadata.clone(),
                data: event.data.clone(),
            })
            .ok()
        });
        Folded::of(stream, recorded.collect())
    }

    /// What the API makes of a request: the digest of what was sent, and the texts sealed.
    fn request(
        &self,
        order: Order,
        stream: Stream,
        id: CommandId,
    ) -> Result<(Request, Vec<SealedBlob>), String> {
        let Order { user, collection, name, body, seen, .. } = order;
        let stream_name = stream.name();
        let spec = collection.spec(name).ok_or("there is no such command")?;
        let bytes = serde_json::to_vec(&body).map_err(|error| error.to_string())?;
        let head = format!("{stream_name}/{name}/");
        let digest = self.vault.digest(&[head.as_bytes(), &bytes].concat());
        let mut body = body;
        let kept = self.kept(name, stream, &mut body)?;
        let entered =
            door::enter_keeping(&self.vault, collection, name, &stream_name, id, body, &kept)
                .map_err(|error| error.to_string())?;
        let decides = spec.effect == Effect::Decides && user != system_user();
        let expected = seen.or_else(|| if decides { self.revision(stream) } else { None });
        let entry = entered.entry;
        let request = Request {
            stream,
            command: entered.command,
            id,
            digest,
            user,
            on_behalf_of: entry.on_behalf_of,
            channel: entry.via.unwrap_or(Channel::Web),
            occurred_at: entry.occurred_at,
            late_entry_reason: entry.late_entry_reason,
            report: entry.report,
            expected,
            correlation: None,
            causation: None,
        };
        Ok((request, entered.blobs))
    }

    /// Decides, with every stream of the office at hand; one not yet there is empty.
    fn verdict(&mut self, request: &Request) -> Result<Verdict, Stop> {
        let empty = || Arc::new(Folded::empty(request.stream));
        let mut subject = self.streams.get(&request.stream.name()).map_or_else(empty, Arc::clone);
        loop {
            match decide(request, &subject, &self.streams, self.now, &self.build) {
                Err(Stop::NeedsHistory) if subject.history.is_none() => {
                    subject = Arc::new(self.whole(request.stream));
                }
                Err(Stop::Needs(stream)) => {
                    let empty = Arc::new(Folded::empty(stream));
                    if self.streams.insert(stream.name(), empty).is_some() {
                        return Err(Stop::Needs(stream));
                    }
                }
                verdict => return verdict,
            }
        }
    }
}

/// The stream that a creating command begins, as the API has it.
fn created(collection: Collection, command: CommandId) -> Stream {
    match collection {
        Collection::Cases => Stream::Case(Id::created_by(command)),
        Collection::People => Stream::Person(Id::created_by(command)),
        Collection::Organisations => Stream::Organisation(Id::created_by(command)),
        Collection::Calls => Stream::Call(Id::created_by(command)),
        Collection::Resources => Stream::Resource(Id::created_by(command)),
        Collection::Introductions => Stream::Introduction(Id::created_by(command)),
        Collection::Gatherings => Stream::Gathering(Id::created_by(command)),
        Collection::Policies | Collection::Users | Collection::Events | Collection::Approvals => {
            Stream::Access
        }
    }
}
