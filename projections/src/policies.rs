//! Policies: the office's rules, version by version.

use events::{Envelope, Fact, PolicyKind, Revision, Stream, Time, policy, policy::PolicyBody};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Act, Row};

/// The versions of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyFile {
    /// Which rule.
    pub kind: PolicyKind,
    /// The last revision of its stream.
    pub revision: Revision,
    /// Its versions, lowest number first.
    pub versions: Vec<PolicyVersion>,
}

/// One version of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyVersion {
    /// From 1, by one.
    pub version: u32,
    /// What it says.
    pub body: PolicyBody,
    /// Who wrote it down last, when.
    pub drafted: Option<Act>,
    /// Who published it, when; absent while it is a draft.
    pub published: Option<Act>,
    /// From when it holds.
    pub effective_from: Option<Time>,
    /// Who retired it, when.
    pub retired: Option<Act>,
}

impl PolicyFile {
    /// The version that holds at `at`: of those published, the one effective last by then. None
    /// when that one was retired, for nothing falls back to an older rule.
    pub fn in_force(&self, at: Time) -> Option<&PolicyVersion> {
        self.versions
            .iter()
            .filter(|version| version.published.is_some())
            .filter(|version| version.effective_from.is_some_and(|from| from <= at))
            .max_by_key(|version| (version.effective_from, version.version))
            .filter(|version| version.retired.is_none_or(|retired| at < retired.at))
    }

    /// A version by its number.
    pub fn version(&self, version: u32) -> Option<&PolicyVersion> {
        let place = self.place(version).ok()?;
        self.versions.get(place)
    }

    fn place(&self, version: u32) -> Result<usize, usize> {
        self.versions.binary_search_by_key(&version, |known| known.version)
    }

    /// The version with this number, which now says this.
    fn saying(&mut self, version: u32, body: &PolicyBody) -> &mut PolicyVersion {
        let place = match self.place(version) {
            Ok(place) => place,
            Err(place) => {
                let new = PolicyVersion {
                    version,
                    body: body.clone(),
                    drafted: None,
                    published: None,
                    effective_from: None,
                    retired: None,
                };
                self.versions.insert(place, new);
                place
            }
        };
        let version = &mut self.versions[place];
        version.body.clone_from(body);
        version
    }
}

impl Row for PolicyFile {
    const KIND: &'static str = "policy";

    fn answers(stream: Stream) -> bool {
        matches!(stream, Stream::Policy(_))
    }

    fn begin(first: &Envelope) -> Option<Self> {
        let Some(Stream::Policy(kind)) = first.stream.stream() else { return None };
        let mut file = Self { kind, revision: first.revision, versions: Vec::new() };
        file.evolve(first);
        Some(file)
    }

    fn evolve(&mut self, next: &Envelope) {
        self.revision = next.revision;
        let Fact::Policy(fact) = &next.fact else { return };
        match fact {
            policy::Fact::Drafted { version, body } => {
                self.saying(*version, body).drafted = Some(Act::of(next));
            }
            policy::Fact::Published { version, body, effective_from } => {
                let version = self.saying(*version, body);
                version.published = Some(Act::of(next));
                version.effective_from = Some(*effective_from);
            }
            policy::Fact::Retired { version } => {
                if let Ok(place) = self.place(*version) {
                    self.versions[place].retired = Some(Act::of(next));
                }
            }
        }
    }
}
