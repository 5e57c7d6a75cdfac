//! One state per kind of stream, folded from its facts.

use std::collections::HashMap;
use std::sync::Arc;

use events::{CommandId, Digest, Envelope, Fact, History, Revision, Stream};

use super::approval::Approvals;
use super::{access, call, case, gathering, introduction, organisation, person, policy, resource};

/// What deciders must know of a stream.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Rights.
    Access(access::Access),
    /// A person.
    Person(person::Person),
    /// An organisation.
    Organisation(organisation::Organisation),
    /// A rule.
    Policy(policy::Policy),
    /// A call.
    Call(call::Call),
    /// A case.
    Case(case::Case),
    /// A resource with its calendar.
    Resource(resource::Resource),
    /// An introduction.
    Introduction(introduction::Introduction),
    /// A gathering.
    Gathering(gathering::Gathering),
}

impl State {
    /// What is known before anything happened.
    pub fn empty(stream: Stream) -> Self {
        match stream {
            Stream::Access => Self::Access(access::Access::default()),
            Stream::Person(id) => Self::Person(person::Person::new(id)),
            Stream::Organisation(id) => Self::Organisation(organisation::Organisation::new(id)),
            Stream::Policy(kind) => Self::Policy(policy::Policy::new(kind)),
            Stream::Call(_) => Self::Call(call::Call::default()),
            Stream::Case(id) => Self::Case(case::Case::new(id)),
            Stream::Resource(_) => Self::Resource(resource::Resource::default()),
            Stream::Introduction(_) => Self::Introduction(introduction::Introduction::default()),
            Stream::Gathering(_) => Self::Gathering(gathering::Gathering::default()),
        }
    }

    /// Takes a fact in. Cannot fail; facts of other kinds of streams leave no trace.
    pub fn evolve(&mut self, envelope: &Envelope) {
        match (self, &envelope.fact) {
            (Self::Access(access), Fact::Access(fact)) => access.evolve(fact),
            (Self::Person(person), Fact::Person(fact)) => person.evolve(fact, envelope),
            (Self::Organisation(organisation), Fact::Organisation(fact)) => {
                organisation.evolve(fact);
            }
            (Self::Policy(policy), Fact::Policy(fact)) => policy.evolve(fact, envelope),
            (Self::Call(call), Fact::Call(fact)) => call.evolve(fact, envelope),
            (Self::Case(case), _) => case.evolve(envelope),
            (Self::Resource(resource), Fact::Resource(fact)) => resource.evolve(fact),
            (Self::Resource(resource), Fact::Booking(fact)) => {
                resource.evolve_booking(fact, envelope.meta.occurred_at)
            }
            (Self::Introduction(introduction), Fact::Introduction(fact)) => {
                introduction.evolve(fact, envelope);
            }
            (Self::Gathering(gathering), Fact::Gathering(fact)) => gathering.evolve(fact),
            _ => {}
        }
    }

    /// Whether anything happened on the stream that makes its subject exist, under this record or
    /// another that it gave way to.
    pub fn exists(&self) -> bool {
        match self {
            Self::Access(_) => true,
            Self::Person(person) => person.identity.is_some(),
            Self::Organisation(organisation) => organisation.profile.is_some(),
            Self::Policy(_) => true,
            Self::Call(call) => call.exists(),
            Self::Case(case) => case.exists(),
            Self::Resource(resource) => resource.exists(),
            Self::Introduction(introduction) => introduction.exists(),
            Self::Gathering(gathering) => gathering.exists(),
        }
    }
}

/// A stream as folded: its state, where it stands, and which commands it has seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Folded {
    /// What deciders know.
    pub state: State,
    /// Its last revision; `None` for an empty stream.
    pub revision: Option<Revision>,
    /// Commands already recorded, with what they wrote (G-1).
    pub done: HashMap<CommandId, Done>,
    /// What was asked for on it, for a second person to agree to.
    pub approvals: Approvals,
    /// A type that this build does not know: nothing may be decided here.
    pub unknown: Option<String>,
    /// All its events, where a decision asked for them.
    pub history: Option<Arc<History>>,
}

/// What a command wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// Digest of the request.
    pub digest: Digest,
    /// Its first event.
    pub first: Revision,
    /// Its last event.
    pub last: Revision,
}

impl Folded {
    /// A stream without events.
    pub fn empty(stream: Stream) -> Self {
        Self {
            state: State::empty(stream),
            revision: None,
            done: HashMap::new(),
            approvals: Approvals::default(),
            unknown: None,
            history: None,
        }
    }

    /// A stream with all its events, as they count.
    pub fn of(stream: Stream, recorded: Vec<Envelope>) -> Self {
        let mut folded = Self::empty(stream);
        recorded.iter().for_each(|envelope| folded.note(envelope));
        let history = History::of(recorded);
        history.facts().for_each(|envelope| folded.state.evolve(envelope));
        folded.history = Some(Arc::new(history));
        folded
    }

    /// Takes the next fact of the stream in. One that changes what an earlier fact comes to
    /// ([`Fact::amends`]) is noted alone: the stream has to be folded anew.
    pub fn take(&mut self, envelope: &Envelope) {
        self.state.evolve(envelope);
        self.note(envelope);
        self.history = None;
    }

    /// What is known of an event whether it counts or not.
    fn note(&mut self, envelope: &Envelope) {
        if let Fact::Approval(fact) = &envelope.fact {
            self.approvals.evolve(fact, envelope);
        }
        self.revision = Some(envelope.revision);
        let digest = envelope.meta.command_digest;
        let (first, last) = (envelope.revision, envelope.revision);
        self.done
            .entry(envelope.meta.command)
            .and_modify(|done| done.last = last)
            .or_insert(Done { digest, first, last });
    }

    /// Takes in that the next fact can't be read.
    pub fn take_unknown(&mut self, kind: String, revision: Revision) {
        self.unknown.get_or_insert(kind);
        self.revision = Some(revision);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        // Each case is a history of a hundred facts already.
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn any_history_evolves(seed in any::<u64>()) {
            let mut streams = HashMap::new();
            for envelope in events::samples::history(seed, 100) {
                let stream = envelope.stream.stream().expect("histories stand in known streams");
                let folded = streams.entry(stream).or_insert_with(|| Folded::empty(stream));
                folded.take(&envelope);
                prop_assert_eq!(folded.revision, Some(envelope.revision));
            }
        }
    }
}
