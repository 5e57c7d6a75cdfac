//! Load, decide, append; again when someone wrote first.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use events::wire::DecodeError;
use events::{Code, Envelope, EventId, Irregularity, Revision, Rule, Stream, StreamName};

use crate::clock::Clock;
use crate::domain::{Done, Folded, Known, Refusal, Request, Stop, Verdict, decide};
use crate::log;
use crate::store::{AppendError, EventStore, Expected, Position, SealedBlob, StoreError};

/// How often a command is decided again because somebody else wrote first.
const TRIES_MAX: usize = 5;
/// Events that one read of a stream takes.
const PAGE_EVENTS: usize = 1_000;
/// Streams that each of the cache's two generations holds.
const CACHE_STREAMS_MAX: usize = 20_000;
/// Decisions on different streams rarely share one of so many locks.
const LOCKS: usize = 256;

/// What came of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// The stream it was about.
    pub stream: Stream,
    /// The stream's revision as the command left it.
    pub revision: Option<Revision>,
    /// Position of its last event; `None` when it was already so.
    pub position: Option<Position>,
    /// Its events.
    pub events: Vec<EventId>,
    /// Rules that were noted as not kept.
    pub irregularities: Vec<Irregularity>,
    /// Whether it had been recorded before (G-1).
    pub repeated: bool,
    /// The bodies of its facts, as stored.
    bodies: Vec<Vec<u8>>,
}

impl Receipt {
    /// Whether one of its facts speaks of the thing with this id.
    pub fn mentions(&self, id: uuid::Uuid) -> bool {
        let id = id.to_string();
        let speaks = |body: &Vec<u8>| body.windows(id.len()).any(|words| words == id.as_bytes());
        self.bodies.iter().any(speaks)
    }
}

/// Why a command was not carried out, or may not have been.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A rule forbids it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A stream holds facts of a later build.
    #[error("{0} holds {1}, which this build does not know")]
    Unreadable(StreamName, String),
    /// The store could not answer; the command may have been recorded. Repeating it is safe.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// A defect, or damage.
    #[error("internal failure: {0}")]
    Internal(String),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(message) => Self::Unavailable(message),
            StoreError::Internal(message) => Self::Internal(message),
        }
    }
}

/// The office's counter: takes commands and records what they lead to.
pub struct Office {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    build: Code,
    cache: Cache,
    locks: Vec<tokio::sync::Mutex<()>>,
    /// Held while two records are merged: of two merges that point at each other, each reads what
    /// the other writes.
    merging: tokio::sync::Mutex<()>,
}

impl Office {
    /// An office on a store.
    pub fn new(store: Arc<dyn EventStore>, clock: Arc<dyn Clock>, build: Code) -> Arc<Self> {
        let locks = (0..LOCKS).map(|_| tokio::sync::Mutex::default()).collect();
        let (cache, merging) = (Cache::default(), tokio::sync::Mutex::default());
        Arc::new(Self { store, clock, build, cache, locks, merging })
    }

    /// The store it records in.
    pub fn store(&self) -> &Arc<dyn EventStore> {
        &self.store
    }

    /// The clock it reads.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Carries a command out. Goes on to its end even when nobody waits for it any more.
    ///
    /// # Errors
    /// The rule that forbids it, or what is wrong with the store.
    pub async fn transact(
        self: &Arc<Self>,
        request: Request,
        blobs: Vec<SealedBlob>,
    ) -> Result<Receipt, Failure> {
        let office = Arc::clone(self);
        let task = tokio::spawn(async move { office.decide_and_append(&request, blobs).await });
        task.await.unwrap_or_else(|error| Err(Failure::Internal(error.to_string())))
    }

    /// What a command would come to now. Nothing is recorded.
    ///
    /// # Errors
    /// As [`Self::transact`].
    pub async fn rehearse(&self, request: &Request) -> Result<Verdict, Failure> {
        let mut subject = self.load(request.stream).await?;
        self.decided(request, &mut subject).await
    }

    /// A stream as folded up to its last event.
    ///
    /// # Errors
    /// When the store can't be read, or holds bytes that don't fit.
    pub async fn load(&self, stream: Stream) -> Result<Arc<Folded>, Failure> {
        let name = stream.name();
        let cached = self.cache.get(&name);
        if let Some(folded) = &cached
            && self.store.sole_writer()
        {
            return Ok(Arc::clone(folded));
        }
        let mut folded = cached.unwrap_or_else(|| Arc::new(Folded::empty(stream)));
        let (mut grown, mut amended) = (false, false);
        loop {
            let from = folded.revision.map_or(0, |at| at + 1);
            let page = self.store.read_stream(&name, from, PAGE_EVENTS).await?;
            if page.is_empty() {
                break;
            }
            grown = true;
            let growing = Arc::make_mut(&mut folded);
            for stored in &page {
                match log::read(stored) {
                    Ok(envelope) => {
                        amended |= envelope.fact.amends();
                        growing.take(&envelope);
                    }
                    Err(DecodeError::UnknownType(kind)) => {
                        growing.take_unknown(kind, stored.revision);
                    }
                    Err(error) => return Err(Failure::Internal(error.to_string())),
                }
            }
            if page.len() < PAGE_EVENTS {
                break;
            }
        }
        if amended {
            // What was folded before reads otherwise now.
            let mut whole = self.whole(stream).await?;
            whole.history = None;
            folded = Arc::new(whole);
        }
        if grown {
            self.cache.put(name, Arc::clone(&folded));
        }
        Ok(folded)
    }

    /// A stream as folded up to its last event, with all its events.
    async fn whole(&self, stream: Stream) -> Result<Folded, Failure> {
        let name = stream.name();
        let (mut recorded, mut unknown) = (Vec::new(), None);
        let mut from = 0;
        loop {
            let page = self.store.read_stream(&name, from, PAGE_EVENTS).await?;
            from += page.len() as Revision;
            for stored in &page {
                match log::read(stored) {
                    Ok(envelope) => recorded.push(envelope),
                    Err(DecodeError::UnknownType(kind)) => unknown = Some((kind, stored.revision)),
                    Err(error) => return Err(Failure::Internal(error.to_string())),
                }
            }
            if page.len() < PAGE_EVENTS {
                break;
            }
        }
        let mut folded = Folded::of(stream, recorded);
        if let Some((kind, revision)) = unknown {
            folded.take_unknown(kind, folded.revision.max(Some(revision)).unwrap_or(revision));
        }
        Ok(folded)
    }

    async fn decide_and_append(
        &self,
        request: &Request,
        blobs: Vec<SealedBlob>,
    ) -> Result<Receipt, Failure> {
        let name = request.stream.name();
        let _one_at_a_time = self.lock(&name).lock().await;
        let _no_other_merge =
            if request.command.merges() { Some(self.merging.lock().await) } else { None };
        for _ in 0..TRIES_MAX {
            let mut subject = self.load(request.stream).await?;
            let envelopes = match self.decided(request, &mut subject).await? {
                Verdict::Nothing => {
                    return Ok(Receipt {
                        stream: request.stream,
                        revision: subject.revision,
                        position: None,
                        events: vec![],
                        irregularities: vec![],
                        repeated: false,
                        bodies: vec![],
                    });
                }
                Verdict::Repeats(done) => return self.repeated(request, done).await,
                Verdict::Facts(envelopes) => envelopes,
            };
            let expected = subject.revision.map_or(Expected::NoStream, Expected::At);
            let new = envelopes.iter().map(log::write).collect::<Result<Vec<_>, _>>();
            let new = new.map_err(|error| Failure::Internal(error.to_string()))?;
            let bodies = new.iter().map(|event| event.data.clone()).collect();
            match self.store.append(&name, expected, new, blobs.clone()).await {
                Ok(appended) => {
                    let mut folded = subject;
                    // Held by the cache too it would be copied, however long it has grown.
                    self.cache.forget(&name);
                    // A record that reads otherwise now is folded anew when it is next asked for.
                    if !envelopes.iter().any(|envelope| envelope.fact.amends()) {
                        let growing = Arc::make_mut(&mut folded);
                        envelopes.iter().for_each(|envelope| growing.take(envelope));
                        self.cache.put(name, folded);
                    }
                    return Ok(receipt(request, envelopes, bodies, appended.position));
                }
                Err(AppendError::Conflict { .. }) => self.cache.forget(&name),
                Err(error) => {
                    self.cache.forget(&name);
                    return Err(match error {
                        AppendError::Unavailable(message) => Failure::Unavailable(message),
                        other => Failure::Internal(other.to_string()),
                    });
                }
            }
        }
        let message = "others keep writing to this record";
        let remedy = "send the same request again";
        Err(Refusal::new(Rule::G2, "contended", message).remedy(remedy).into())
    }

    /// Decides, loading what the decision says it must know.
    async fn decided(
        &self,
        request: &Request,
        subject: &mut Arc<Folded>,
    ) -> Result<Verdict, Failure> {
        let now = self.clock.now();
        let mut known = Known::new();
        loop {
            match decide(request, subject, &known, now, &self.build) {
                Ok(verdict) => return Ok(verdict),
                Err(Stop::Refused(refusal)) => return Err(refusal.into()),
                Err(Stop::Unreadable { stream, kind }) => {
                    return Err(Failure::Unreadable(stream.name(), kind));
                }
                Err(Stop::NeedsHistory) => {
                    if subject.history.is_some() {
                        return Err(Failure::Internal("the history was asked for twice".into()));
                    }
                    *subject = Arc::new(self.whole(request.stream).await?);
                }
                Err(Stop::Needs(stream)) => {
                    let folded = self.load(stream).await?;
                    if known.insert(stream.name(), folded).is_some() {
                        let message = format!("{} was asked for twice", stream.name());
                        return Err(Failure::Internal(message));
                    }
                }
            }
        }
    }

    /// The first answer again (G-1).
    async fn repeated(&self, request: &Request, done: Done) -> Result<Receipt, Failure> {
        let count = usize::try_from(done.last - done.first).map_or(PAGE_EVENTS, |n| n + 1);
        let stored = self.store.read_stream(&request.stream.name(), done.first, count).await?;
        let irregularities = stored.first().map(log::metadata).transpose();
        let irregularities =
            irregularities.map_err(|error| Failure::Internal(error.to_string()))?;
        Ok(Receipt {
            stream: request.stream,
            revision: Some(done.last),
            position: stored.last().map(|stored| stored.position),
            events: stored.iter().map(|stored| stored.id).collect(),
            irregularities: irregularities.map_or(vec![], |meta| meta.irregularities),
            repeated: true,
            bodies: stored.into_iter().map(|stored| stored.data).collect(),
        })
    }

    fn lock(&self, name: &StreamName) -> &tokio::sync::Mutex<()> {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        // The remainder is below LOCKS, so it fits and is there.
        &self.locks[(hasher.finish() % LOCKS as u64) as usize]
    }
}

fn receipt(
    request: &Request,
    envelopes: Vec<Envelope>,
    bodies: Vec<Vec<u8>>,
    position: Position,
) -> Receipt {
    Receipt {
        stream: request.stream,
        revision: envelopes.last().map(|envelope| envelope.revision),
        position: Some(position),
        events: envelopes.iter().map(|envelope| envelope.id).collect(),
        irregularities: envelopes
            .into_iter()
            .next()
            .map_or(vec![], |envelope| envelope.meta.irregularities),
        repeated: false,
        bodies,
    }
}

/// Folded streams, the recently used ones: when the young generation is full it becomes the old
/// one, and what was old and unused is gone.
#[derive(Default)]
struct Cache(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashMap<StreamName, Arc<Folded>>,
    old: HashMap<StreamName, Arc<Folded>>,
}

impl Cache {
    fn get(&self, name: &StreamName) -> Option<Arc<Folded>> {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folded) = generations.young.get(name) {
            return Some(Arc::clone(folded));
        }
        let folded = generations.old.remove(name)?;
        generations.keep(name.clone(), Arc::clone(&folded));
        Some(folded)
    }

    fn put(&self, name: StreamName, folded: Arc<Folded>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keep(name, folded);
    }

    fn forget(&self, name: &StreamName) {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        generations.young.remove(name);
        generations.old.remove(name);
    }
}

impl Generations {
    fn keep(&mut self, name: StreamName, folded: Arc<Folded>) {
        if self.young.len() >= CACHE_STREAMS_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(name, folded);
    }
}
