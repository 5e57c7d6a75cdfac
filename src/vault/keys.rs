//! Who holds which key: in memory, over a file or a seed.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use events::{BlobId, DocumentId, StreamName, Time};

use super::key::Key;
use super::keyfile::{Adopted, KeyError, KeyFile, KeyStatus};

/// So many keys are kept in memory; what is more is read again when needed.
const CACHED_KEYS_MAX: usize = 100_000;

/// What the vault knows of one holder.
#[derive(Clone)]
pub(super) enum Slot {
    Key(Key),
    /// Erased for good; there is never another key for this holder (G-7).
    Destroyed,
}

enum Source {
    /// Every key follows from the seed: nothing is stored, and memory forgets nothing.
    Seed(Key),
    File(Mutex<KeyFile>),
}

#[derive(Default)]
struct Memory {
    slots: HashMap<StreamName, Slot>,
    /// All of them: each answer about a text asks here first.
    erased: HashSet<BlobId>,
}

/// The keys of all holders.
///
/// What the file says enters memory only under the file's lock, so that a key destroyed meanwhile
/// can't come back from a read that began before.
pub(super) struct Keys {
    source: Source,
    memory: RwLock<Memory>,
    /// For digests; stays the same whatever happens to the other keys.
    secret: Key,
    /// Held by whoever rotates the keys.
    rotating: Mutex<()>,
}

/// The file, for one step at a time.
pub(super) struct FileLock<'a>(&'a Mutex<KeyFile>);

impl FileLock<'_> {
    pub(super) fn lock(&self) -> MutexGuard<'_, KeyFile> {
        lock(self.0)
    }
}

impl Keys {
    pub(super) fn seeded(seed: [u8; Key::BYTES]) -> Self {
        let seed = Key::new(seed);
        // No stream name holds a slash: this is nobody's key.
        let secret = Key::new(seed.mac(&[b"/digest"]));
        Self::of(Source::Seed(seed), Memory::default(), secret)
    }

    pub(super) fn open(folder: &Path, root_key: &Path, now: Time) -> Result<Self, KeyError> {
        Self::over(KeyFile::open(folder, root_key, now, None)?)
    }

    /// A new file with all that these keys hold.
    pub(super) fn written_to(
        &self,
        folder: &Path,
        root_key: &Path,
        now: Time,
    ) -> Result<Self, KeyError> {
        let memory = self.read();
        let adopted =
            Adopted { secret: &self.secret, slots: &memory.slots, erased: &memory.erased };
        Self::over(KeyFile::open(folder, root_key, now, Some(adopted))?)
    }

    fn over(file: KeyFile) -> Result<Self, KeyError> {
        let memory = Memory { slots: HashMap::new(), erased: file.erased_blobs()? };
        let secret = file.secret().clone();
        Ok(Self::of(Source::File(Mutex::new(file)), memory, secret))
    }

    fn of(source: Source, memory: Memory, secret: Key) -> Self {
        Self { source, memory: RwLock::new(memory), secret, rotating: Mutex::default() }
    }

    /// The file; a seed has none.
    pub(super) fn file(&self) -> Result<FileLock<'_>, KeyError> {
        match &self.source {
            Source::Seed(_) => Err(KeyError::Seeded),
            Source::File(file) => Ok(FileLock(file)),
        }
    }

    /// Waits until nobody else rotates the keys.
    pub(super) fn alone(&self) -> MutexGuard<'_, ()> {
        self.rotating.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of the keys.
    pub(super) fn status(&self) -> Result<KeyStatus, KeyError> {
        self.file()?.lock().status()
    }

    /// Whether the root key was made when the file was opened.
    pub(super) fn root_was_made(&self) -> bool {
        self.file().is_ok_and(|file| file.lock().root_was_made())
    }

    pub(super) const fn secret(&self) -> &Key {
        &self.secret
    }

    /// What is known of a holder; `None` when it never had a key.
    pub(super) fn find(&self, holder: &StreamName) -> Result<Option<Slot>, KeyError> {
        if let Some(slot) = self.cached(holder) {
            return Ok(Some(slot));
        }
        match &self.source {
            Source::Seed(_) => self.ensure(std::slice::from_ref(holder)).map(|mut one| one.pop()),
            Source::File(file) => {
                let mut file = lock(file);
                let slot = file.find(holder)?;
                if let Some(slot) = &slot {
                    self.remember([(holder, slot)]);
                }
                Ok(slot)
            }
        }
    }

    /// What is known of each holder, in their order; who never had a key has one now, durably.
    pub(super) fn ensure(&self, holders: &[StreamName]) -> Result<Vec<Slot>, KeyError> {
        let cached: Option<Vec<Slot>> = holders.iter().map(|holder| self.cached(holder)).collect();
        if let Some(slots) = cached {
            return Ok(slots);
        }
        match &self.source {
            Source::Seed(seed) => {
                let mut memory = self.write();
                let slot = |holder: &StreamName| {
                    let derived = || Slot::Key(Key::new(seed.mac(&[holder.as_str().as_bytes()])));
                    memory.slots.entry(holder.clone()).or_insert_with(derived).clone()
                };
                Ok(holders.iter().map(slot).collect())
            }
            Source::File(file) => {
                let mut file = lock(file);
                let slots = file.ensure(holders)?;
                self.remember(holders.iter().zip(&slots));
                Ok(slots)
            }
        }
    }

    /// Destroys a holder's key for good, and records that these blobs are gone with it.
    pub(super) fn destroy(&self, holder: &StreamName, blobs: &[BlobId]) -> Result<(), KeyError> {
        self.bury(Some(holder), blobs)
    }

    /// Records that these blobs are gone, though their holder keeps its key.
    pub(super) fn redact(&self, blobs: &[BlobId]) -> Result<(), KeyError> {
        self.bury(None, blobs)
    }

    fn bury(&self, holder: Option<&StreamName>, blobs: &[BlobId]) -> Result<(), KeyError> {
        let mut file = match &self.source {
            Source::Seed(_) => None,
            Source::File(file) => Some(lock(file)),
        };
        if let Some(file) = &mut file {
            file.bury(holder, blobs)?;
        }
        let mut memory = self.write();
        memory.erased.extend(blobs);
        if let Some(holder) = holder {
            memory.slots.insert(holder.clone(), Slot::Destroyed);
        }
        drop(memory);
        // Last, since it may fail while another process reads: by now the key is out of use.
        file.map_or(Ok(()), |file| file.truncate_log())
    }

    pub(super) fn is_erased(&self, blob: BlobId) -> bool {
        self.read().erased.contains(&blob)
    }

    /// Every blob recorded as gone.
    pub(super) fn erased_blobs(&self) -> Vec<BlobId> {
        let mut blobs: Vec<_> = self.read().erased.iter().copied().collect();
        blobs.sort_unstable();
        blobs
    }

    /// Every holder whose key was destroyed.
    pub(super) fn tombstones(&self) -> Result<Vec<StreamName>, KeyError> {
        if let Source::File(file) = &self.source {
            return lock(file).tombstones();
        }
        let buried = |(holder, slot): (&StreamName, &Slot)| {
            matches!(slot, Slot::Destroyed).then(|| holder.clone())
        };
        let mut holders: Vec<_> = self.read().slots.iter().filter_map(buried).collect();
        holders.sort_unstable();
        Ok(holders)
    }

    /// Bytes that make one writing of a document unlike all others: chance, except under a seed,
    /// where the same document gives the same file.
    pub(super) fn document_salt(&self, id: DocumentId) -> Result<[u8; 32], KeyError> {
        match &self.source {
            Source::Seed(seed) => Ok(seed.mac(&[b"/document/", id.uuid().as_bytes()])),
            Source::File(_) => Ok(*Key::random()?.bytes()),
        }
    }

    fn cached(&self, holder: &StreamName) -> Option<Slot> {
        self.read().slots.get(holder).cloned()
    }

    fn remember<'a>(&self, found: impl IntoIterator<Item = (&'a StreamName, &'a Slot)>) {
        let mut memory = self.write();
        for (holder, slot) in found {
            if memory.slots.len() >= CACHED_KEYS_MAX {
                memory.slots.clear();
            }
            memory.slots.insert(holder.clone(), slot.clone());
        }
    }

    // Each change of memory is one step, so a panic elsewhere leaves nothing half done.

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Memory> {
        self.memory.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Memory> {
        self.memory.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A panic drops its transaction, which rolls back: the file behind a poisoned lock is sound.
fn lock(file: &Mutex<KeyFile>) -> MutexGuard<'_, KeyFile> {
    file.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(at: usize) -> StreamName {
        format!("person-{at}").parse().expect("a stream name")
    }

    fn bytes(slot: Option<Slot>) -> [u8; 32] {
        match slot {
            Some(Slot::Key(key)) => *key.bytes(),
            Some(Slot::Destroyed) | None => panic!("no key"),
        }
    }

    #[test]
    fn a_seeded_key_is_the_mac_of_its_holder() {
        let keys = Keys::seeded([3; 32]);
        let expected = Key::new([3; 32]).mac(&[b"person-1"]);
        assert_eq!(bytes(keys.find(&holder(1)).expect("found")), expected);
        assert_eq!(bytes(keys.ensure(&[holder(1)]).expect("found").pop()), expected);
    }

    #[test]
    fn memory_is_bounded_and_forgets_nothing_that_the_file_knows() {
        let folder = tempfile::tempdir().expect("folder");
        let (keys, root_key) = (folder.path().join("keys"), folder.path().join("root.key"));
        let now = Time::from_micros(0).expect("a moment");
        let keys = Keys::open(&keys, &root_key, now).expect("new");
        let first = bytes(keys.ensure(&[holder(0)]).expect("a key").pop());
        let filler = Slot::Destroyed;
        for at in 1..=CACHED_KEYS_MAX {
            keys.remember([(&holder(at), &filler)]);
        }
        assert!(keys.cached(&holder(0)).is_none());
        assert!(keys.read().slots.len() <= CACHED_KEYS_MAX);
        assert_eq!(bytes(keys.find(&holder(0)).expect("found")), first);
        assert!(keys.find(&holder(CACHED_KEYS_MAX + 1)).expect("read").is_none());
    }
}
