//! Logs to follow: what tests record, and random histories made of every sample of the catalogue.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use events::{
    Actor, BlobId, CaseId, Channel, Code, CommandId, Digest, Envelope, EventId, Fact, Metadata,
    OrganisationId, PersonId, Revision, Role, Sealed, Stream, StreamName, Time, UserId, amendment,
    intake, organisation, person,
};
use serde_json::Value;
use uuid::Uuid;

use super::ReadModel;
use crate::store::{
    AppendError, Appended, EventStore, Expected, MemoryStore, NewEvent, Position, SealedBlob,
    StoreError, Stored,
};
use crate::vault::Vault;

/// The moment at which the first event of a test is recorded.
const START: &str = "2026-03-02T09:00:00Z";

/// A log that tests write to.
pub(super) struct Log {
    pub(super) store: Arc<MemoryStore>,
    pub(super) vault: Arc<Vault>,
    pub(super) now: Time,
    sealed: Vec<SealedBlob>,
    revisions: HashMap<StreamName, Revision>,
    written: u32,
}

impl Log {
    pub(super) fn new() -> Self {
        Self {
            store: Arc::new(MemoryStore::new()),
            vault: Arc::new(Vault::seeded([1; 32])),
            now: START.parse().expect("a time"),
            sealed: Vec::new(),
            revisions: HashMap::new(),
            written: 0,
        }
    }

    /// A model of it in memory, which has caught up.
    pub(super) async fn model(&self) -> Arc<ReadModel> {
        let model = self.opened(None, "a store").await;
        model.catch_up().await.expect("caught up");
        model
    }

    /// A model of it as it is opened.
    pub(super) async fn opened(&self, folder: Option<&Path>, identity: &str) -> Arc<ReadModel> {
        let store: Arc<dyn EventStore> = Arc::<MemoryStore>::clone(&self.store);
        let model = ReadModel::open(folder, store, identity, Arc::clone(&self.vault)).await;
        model.expect("opened")
    }

    /// A log with what stands in the first so many places of this one.
    pub(super) fn prefix(&self, events: usize) -> Self {
        let mut prefix = Self { vault: Arc::clone(&self.vault), ..Self::new() };
        let mut all = Vec::new();
        self.store.visit_all(|stored| all.push(stored.clone()));
        for stored in all.into_iter().take(events) {
            let (stream, event) = stored.into_new();
            prefix.append(&stream, event);
        }
        prefix
    }

    /// A text as commands hold it.
    pub(super) fn seal(&mut self, holder: Stream, text: &str) -> Sealed {
        let blob = BlobId::derived(&format!("{holder:?} {text} {}", self.written));
        let sealed = self.vault.seal(&holder.name(), blob, "field", text);
        let (sealed, blob) = sealed.expect("sealed");
        if !self.sealed.contains(&blob) {
            self.sealed.push(blob);
        }
        sealed
    }

    /// Writes a fact down, a minute after the last.
    pub(super) fn record(&mut self, stream: Stream, fact: impl Into<Fact>) -> EventId {
        self.now = self.now.plus(chrono::TimeDelta::minutes(1));
        let name = stream.name();
        let revision = self.revisions.get(&name).map_or(0, |last| last + 1);
        let envelope = envelope(name, revision, fact.into(), self.now);
        let event = crate::log::write(&envelope).expect("a fact of the catalogue");
        self.append(&envelope.stream, event);
        envelope.id
    }

    /// Writes an event down that this build may not know.
    pub(super) fn record_raw(&mut self, stream: Stream, kind: &str, data: &[u8]) -> EventId {
        let name = stream.name();
        let revision = self.revisions.get(&name).map_or(0, |last| last + 1);
        let closed = Fact::Intake(intake::Fact::Resumed {});
        let envelope = envelope(name, revision, closed, self.now);
        let event = crate::log::write(&envelope).expect("a fact of the catalogue");
        let event = NewEvent { kind: kind.to_owned(), data: data.to_owned(), ..event };
        self.append(&envelope.stream, event);
        envelope.id
    }

    fn append(&mut self, stream: &StreamName, event: NewEvent) {
        let last = self.revisions.get(stream).copied();
        let expected = last.map_or(Expected::NoStream, Expected::At);
        let blobs = std::mem::take(&mut self.sealed);
        self.store.append_now(stream, expected, vec![event], blobs).expect("appended");
        self.revisions.insert(stream.clone(), last.map_or(0, |last| last + 1));
        self.written += 1;
    }

    pub(super) fn person(&mut self, name: &str, email: &str) -> PersonId {
        let id = PersonId::derived(&format!("{name} {email} {}", self.written));
        let identity = self.identity(id, name, email);
        self.record(Stream::Person(id), person::Fact::Registered(identity));
        id
    }

    pub(super) fn identity(&mut self, id: PersonId, name: &str, email: &str) -> person::Identity {
        let holder = Stream::Person(id);
        person::Identity {
            name: self.seal(holder, name),
            email: self.seal(holder, email),
            phone: None,
            orcid: None,
            language: events::Language::Fr,
            privacy_notice: person::PrivacyNotice { version: code("2026"), given_at: self.now },
        }
    }

    pub(super) fn organisation(&mut self, name: &str) -> OrganisationId {
        let id = OrganisationId::derived(&format!("{name} {}", self.written));
        let profile = organisation::Profile { legal_name: Some(title(name)), ..profile() };
        self.record(Stream::Organisation(id), organisation::Fact::Registered(profile));
        id
    }

    pub(super) fn case(&mut self, name: &str, contact: PersonId) -> CaseId {
        let id = CaseId::derived(&format!("{name} {}", self.written));
        let arrival = self.arrival(id, name, contact);
        self.record(Stream::Case(id), intake::Fact::Logged(arrival));
        id
    }

    pub(super) fn arrival(&mut self, id: CaseId, name: &str, contact: PersonId) -> intake::Arrival {
        let sample = sample("intake.logged.v1");
        let Fact::Intake(intake::Fact::Logged(mut arrival)) = sample else {
            panic!("not an arrival: {sample:?}");
        };
        arrival.contact = contact;
        arrival.received_at = self.now;
        arrival.project.title = title(name);
        arrival.project.summary = self.seal(Stream::Case(id), "What it is about");
        arrival
    }

    /// So many random facts on a few streams of every kind, some recorded by a clock that went
    /// backwards. The same seed gives the same log.
    pub(super) fn scribble(&mut self, seed: u64, facts: usize) {
        let mut chance = Chance(seed);
        for _ in 0..facts {
            let (stream, families) = chance.stream();
            let fitting: Vec<_> = SAMPLES
                .iter()
                .filter(|(kind, _)| families.contains(&kind.split('.').next().unwrap_or_default()))
                .collect();
            let (kind, body) = fitting[chance.below(fitting.len())];
            // Streams begin with what begins them more often than by chance.
            let first = format!("{}.", families[0]);
            let begins = fitting.iter().find(|(kind, _)| {
                kind.starts_with(&first) && BEGINNINGS.iter().any(|begin| kind.contains(begin))
            });
            let empty = !self.revisions.contains_key(&stream.name());
            let (kind, body) = match begins {
                Some(begins) if empty && chance.below(4) > 0 => (&begins.0, &begins.1),
                _ => (kind, body),
            };
            let mut body = body.clone();
            chance.rename(&mut body);
            let body = serde_json::to_vec(&body).expect("JSON");
            let fact = Fact::decode(kind, &body).expect("a sample");
            if chance.below(10) == 0 {
                self.now = self.now.minus(chrono::TimeDelta::minutes(45));
            }
            let fact = match chance.below(6) {
                0 => self.second_thought(stream, fact, &mut chance),
                _ => fact,
            };
            self.record(stream, fact);
        }
    }

    /// Something said of an earlier event of the stream that no record begins with: that it reads
    /// like `fact`, or no longer counts. Without such an event, `fact` itself.
    fn second_thought(&self, stream: Stream, fact: Fact, chance: &mut Chance) -> Fact {
        let name = stream.name();
        let mut earlier = Vec::new();
        self.store.visit_all(|stored| {
            let plain = ["event", "text", "approval"].iter().all(|it| !stored.kind.starts_with(it));
            let begins = BEGINNINGS.iter().any(|begin| stored.kind.contains(begin));
            if stored.stream == name && plain && !begins {
                earlier.push(stored.id);
            }
        });
        let begins = fact.encode().is_ok_and(|(kind, _)| {
            BEGINNINGS.iter().any(|begin| kind.contains(begin)) || kind.starts_with("access")
        });
        if earlier.is_empty() || begins {
            return fact;
        }
        let target = earlier[chance.below(earlier.len())];
        let reason = Sealed { blob: BlobId::derived("reason"), digest: Digest([0; 32]) };
        let describes = fact.class() == events::Class::Descriptive;
        let said = if chance.below(3) == 0 || !describes {
            amendment::Fact::Annulled { target, reason, dependents: vec![], again: None }
        } else {
            let replacement = amendment::Replacement(Box::new(fact));
            amendment::Fact::Corrected { target, replacement, occurred_at: None, reason }
        };
        said.into()
    }
}

const BEGINNINGS: &[&str] = &["registered", "logged", "opened", "proposed", "planned"];

/// A store that answers only while it is up.
pub(super) struct Unsteady {
    pub(super) store: Arc<MemoryStore>,
    pub(super) up: AtomicBool,
}

impl Unsteady {
    fn store(&self) -> Result<&MemoryStore, StoreError> {
        let down = || StoreError::Unavailable("it is down".to_owned());
        self.up.load(Ordering::Relaxed).then_some(&*self.store).ok_or_else(down)
    }
}

#[async_trait]
impl EventStore for Unsteady {
    async fn append(
        &self,
        _: &StreamName,
        _: Expected,
        _: Vec<NewEvent>,
        _: Vec<SealedBlob>,
    ) -> Result<Appended, AppendError> {
        Err(AppendError::Invalid("written to otherwise".to_owned()))
    }

    async fn read_stream(
        &self,
        stream: &StreamName,
        from: Revision,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        self.store()?.read_stream(stream, from, limit).await
    }

    /// The log itself can always be read: only what stands beside it can't.
    async fn read_all(
        &self,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        self.store.read_all(after, limit).await
    }

    async fn read_blobs(&self, ids: &[BlobId]) -> Result<Vec<Option<SealedBlob>>, StoreError> {
        self.store()?.read_blobs(ids).await
    }

    async fn delete_blobs(&self, ids: &[BlobId]) -> Result<(), StoreError> {
        self.store()?.delete_blobs(ids).await
    }

    async fn head(&self) -> Result<Option<Position>, StoreError> {
        self.store.head().await
    }

    async fn wait_past(
        &self,
        after: Option<Position>,
        timeout: Duration,
    ) -> Result<bool, StoreError> {
        self.store()?.wait_past(after, timeout).await
    }
}

/// A source of random numbers that always gives the same ones.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn stream(&mut self) -> (Stream, &'static [&'static str]) {
        let which = self.below(5).to_string();
        match self.below(9) {
            0 => (Stream::Access, &["access"]),
            1 => (Stream::Person(PersonId::derived(&which)), &["person"]),
            2 => (Stream::Organisation(OrganisationId::derived(&which)), &["organisation"]),
            3 => (Stream::Policy(events::PolicyKind::LateEntry), &["policy"]),
            4 => (Stream::Call(events::CallId::derived(&which)), &["call"]),
            5 => {
                let resource = events::ResourceId::derived(&which);
                (Stream::Resource(resource), &["resource", "booking"])
            }
            6 => {
                let introduction = events::IntroductionId::derived(&which);
                (Stream::Introduction(introduction), &["introduction"])
            }
            7 => (Stream::Gathering(events::GatheringId::derived(&which)), &["gathering"]),
            _ => (
                Stream::Case(CaseId::derived(&which)),
                &["intake", "followup", "coaching", "selection", "outcome"],
            ),
        }
    }

    /// Gives every id in a fact one of a few others.
    fn rename(&mut self, value: &mut Value) {
        match value {
            Value::String(text) if Uuid::parse_str(text).is_ok() => {
                *text = EventId::derived(&format!("{text} {}", self.below(3))).to_string();
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.rename(value)),
            Value::Object(values) => values.values_mut().for_each(|value| self.rename(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

fn envelope(stream: StreamName, revision: Revision, fact: Fact, now: Time) -> Envelope {
    let command = CommandId::derived(&format!("{stream} {revision}"));
    Envelope {
        id: EventId::of(&stream, command, 0),
        stream,
        revision,
        meta: Metadata {
            occurred_at: now,
            recorded_at: now,
            actor: Actor {
                user: UserId::derived("an advisor"),
                role: Role::Advisor,
                on_behalf_of: None,
            },
            channel: Channel::Api,
            command,
            command_digest: Digest([0; 32]),
            correlation: None,
            causation: None,
            policies: Default::default(),
            based_on: vec![],
            build: code("test"),
            late_entry_reason: None,
            report: None,
            irregularities: vec![],
            approved: None,
        },
        fact,
        amended_by: None,
    }
}

/// Every sample of the catalogue, by its type's name.
static SAMPLES: LazyLock<Vec<(String, Value)>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events/samples");
    let files = std::fs::read_dir(folder).expect("the samples");
    let mut samples: Vec<_> = files
        .map(|file| file.expect("a sample").path())
        .filter_map(|path| {
            let kind = path.file_name()?.to_str()?.strip_suffix(".json")?.to_owned();
            let body = std::fs::read(&path).expect("a sample");
            Some((kind, serde_json::from_slice(&body).expect("JSON")))
        })
        .filter(|(kind, _)| !kind.starts_with("envelope"))
        .collect();
    samples.sort_by(|(a, _), (b, _)| a.cmp(b));
    samples
});

pub(super) fn sample(kind: &str) -> Fact {
    let (_, body) = SAMPLES.iter().find(|(known, _)| known == kind).expect("a sample");
    Fact::decode(kind, &serde_json::to_vec(body).expect("JSON")).expect("a sample")
}

pub(super) fn profile() -> organisation::Profile {
    let sample = sample("organisation.registered.v1");
    let Fact::Organisation(organisation::Fact::Registered(mut profile)) = sample else {
        panic!("not a profile: {sample:?}");
    };
    (profile.siren, profile.ror, profile.parent) = (None, None, None);
    (profile.legal_name, profile.sole_trader_name) = (None, None);
    profile
}

pub(super) fn title(text: &str) -> events::Title {
    text.parse().expect("a title")
}

fn code(text: &str) -> Code {
    text.parse().expect("a code")
}

/// Every row of every table, as text.
pub(super) fn dump(model: &ReadModel) -> Vec<String> {
    let dumped = model.db.read(|db| {
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
        let tables: Vec<String> =
            db.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut lines = Vec::new();
        for table in tables {
            let mut select = db.prepare(&format!("SELECT * FROM {table}"))?;
            let columns = select.column_count();
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                let values: Result<Vec<rusqlite::types::Value>, _> =
                    (0..columns).map(|column| row.get(column)).collect();
                lines.push(format!("{table} {:?}", values?));
            }
        }
        lines.sort();
        Ok(lines)
    });
    dumped.expect("readable tables")
}
