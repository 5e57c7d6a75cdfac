//! Backups and restores: complete, consistent, forgetful, and whole wherever they are cut short.

mod erasing;
mod kill;
mod refusing;
mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use events::{Digest, StreamName};
use guichet::backup::{
    At, BackupError, Restored, Saved, SavedKeys, Since, Step, restore, save, save_keys,
};
use guichet::demo::{Scale, generate, write_to};
use guichet::guichet::{Layout, build};
use guichet::store::{EventStore, Expected, SealedBlob, SqliteStore, Stored};
use guichet::vault::{Documents, Vault, holder_of};
use sha2::{Digest as _, Sha256};

use crate::setup::now;

/// An invented office, and room for its backups.
struct Place {
    _folder: tempfile::TempDir,
    root: PathBuf,
}

impl Place {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().to_owned();
        let place = Self { _folder: folder, root };
        let story = generate(7, Scale::Tiny, &|_| {}).expect("a story");
        write_to(&place.layout().data, story).await.expect("a data folder");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn layout(&self) -> Layout {
        Layout::new(&self.path("data"), None)
    }

    /// Where an office is restored, under the root key of the first.
    fn other(&self, name: &str) -> Layout {
        Layout::new(&self.path(name), Some(&self.layout().root_key))
    }

    fn vault(&self) -> Vault {
        vault(&self.layout())
    }

    async fn save(&self, to: &str, watch: impl FnMut(At) -> ControlFlow<()> + Send) -> Outcome {
        let mut watch = watch;
        let (saved, keys) = (self.path(to), self.path(&format!("{to}-keys")));
        let saved = save(&self.layout(), &saved, build(), now(), &mut watch).await?;
        let keys = save_keys(&self.layout(), &keys, build(), now(), &mut watch).await?;
        Ok((saved, keys))
    }

    /// Saves everything, which must go well.
    async fn saved(&self, to: &str) -> Saved {
        let (saved, keys) = self.save(to, |_| ControlFlow::Continue(())).await.expect("saved");
        assert!(saved.verified.is_sound(), "{:#?}", saved.verified.findings);
        assert!(keys.position >= saved.verified.position);
        saved
    }

    async fn restore(
        &self,
        from: &str,
        to: &Layout,
        since: &Since,
        watch: impl FnMut(At) -> ControlFlow<()> + Send,
    ) -> Result<Restored, BackupError> {
        let mut watch = watch;
        let (from, keys) = (self.path(from), self.path(&format!("{from}-keys")));
        restore(&from, &keys, since, to, now(), &mut watch).await
    }

    /// Restores into a folder, which must go well.
    async fn restored(&self, from: &str, to: &Layout, since: &Since) -> Restored {
        let watch = |_| ControlFlow::Continue(());
        self.restore(from, to, since, watch).await.expect("restored")
    }

    /// Adds a note to the log, with its text.
    async fn add(&self, holder: &StreamName, text: &str) -> SealedBlob {
        let store = SqliteStore::open(&self.layout().log()).expect("the log");
        let there = store.read_stream(holder, 0, usize::MAX).await.expect("a stream");
        let blob = events::BlobId::derived(text);
        let (sealed, blob) = self.vault().seal(holder, blob, "text", text).expect("sealed");
        let any = store.read_all(None, 1).await.expect("the log").pop().expect("an event");
        let (_, mut event) = any.into_new();
        event.id = events::EventId::derived(text);
        event.kind = "followup.note-added.v1".to_owned();
        event.data = serde_json::to_vec(&serde_json::json!({ "text": sealed })).expect("JSON");
        let expected = Expected::after(there.len() as u64);
        let appended = store.append(holder, expected, vec![event], vec![blob.clone()]).await;
        appended.expect("an append that holds");
        blob
    }
}

type Outcome = Result<(Saved, SavedKeys), BackupError>;

fn vault(layout: &Layout) -> Vault {
    Vault::in_folder(&layout.keys(), &layout.root_key).expect("a vault")
}

/// Stops at the n-th step, counted from 0. Of many documents, the third is as good as the second.
fn stop_at(n: usize) -> impl FnMut(At) -> ControlFlow<()> + Send {
    let mut steps = 0;
    move |at| {
        let again = matches!(at.step, Step::Document | Step::Verify) && at.done > 1;
        steps += usize::from(!again);
        if steps > n { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Everything an office holds: its identity, its log, its texts, its documents.
#[derive(Debug, PartialEq)]
struct Held {
    identity: String,
    log: Vec<Stored>,
    texts: BTreeMap<String, Vec<u8>>,
    documents: BTreeMap<String, Digest>,
}

async fn held(layout: &Layout) -> Held {
    let store = SqliteStore::open_read_only(&layout.log()).expect("a log");
    let log = store.read_all(None, usize::MAX).await.expect("the log");
    let mut texts = BTreeMap::new();
    for id in log.iter().flat_map(blobs_of) {
        let found = store.read_blobs(&[id]).await.expect("texts").pop().flatten();
        texts.extend(found.map(|blob| (id.to_string(), blob.bytes)));
    }
    let mut documents = BTreeMap::new();
    for entry in std::fs::read_dir(layout.documents()).expect("documents") {
        let entry = entry.expect("an entry");
        let bytes = std::fs::read(entry.path()).expect("a document");
        let digest = Digest(Sha256::digest(&bytes).into());
        documents.insert(entry.file_name().to_string_lossy().into_owned(), digest);
    }
    Held { identity: store.identity().to_string(), log, texts, documents }
}

/// The blobs that an event names.
fn blobs_of(event: &Stored) -> Vec<events::BlobId> {
    let text = String::from_utf8_lossy(&[&event.metadata[..], &event.data].concat()).into_owned();
    let ids = text.split("\"blob\":\"").skip(1);
    ids.filter_map(|rest| rest.split('"').next()?.parse().ok()).collect()
}

/// Whose texts there are most of among cases, with those texts.
async fn somebody(layout: &Layout) -> (StreamName, Vec<SealedBlob>) {
    let store = SqliteStore::open_read_only(&layout.log()).expect("a log");
    let log = store.read_all(None, usize::MAX).await.expect("the log");
    let mut texts = BTreeMap::<StreamName, Vec<SealedBlob>>::new();
    for id in log.iter().flat_map(blobs_of).collect::<BTreeSet<_>>() {
        if let Some(blob) = store.read_blobs(&[id]).await.expect("texts").pop().flatten() {
            let holder = holder_of(&blob).expect("a holder");
            texts.entry(holder).or_default().push(blob);
        }
    }
    let with_documents = |name: &StreamName| {
        log.iter().any(|event| {
            event.stream == *name && event.kind.starts_with("followup.document-attached")
        })
    };
    texts.retain(|name, _| with_documents(name));
    texts.into_iter().max_by_key(|(_, texts)| texts.len()).expect("a case with documents")
}

/// Whether bytes stand in any file below a folder, in clear or as a backup writes them.
fn holds(folder: &Path, needle: &[u8]) -> bool {
    let written = data_encoding::BASE64.encode(needle);
    files(folder).iter().any(|path| {
        let bytes = std::fs::read(path).expect("a file");
        let finds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        finds(needle) || finds(written.as_bytes())
    })
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn copy_folder(from: &Path, to: &Path) {
    for path in files(from) {
        let to = to.join(path.strip_prefix(from).expect("below"));
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("made");
        std::fs::copy(&path, &to).expect("copied");
    }
}

#[tokio::test]
async fn what_is_restored_is_what_was_saved() {
    let place = Place::new().await;
    let saved = place.saved("backup").await;
    assert!(saved.new_events > 500 && saved.new_texts > 100 && saved.new_documents > 0);
    let other = place.other("other");
    let restored = place.restored("backup", &other, &Since::Nothing).await;
    assert_eq!(restored.events, saved.verified.events);
    assert_eq!(restored.texts, saved.verified.texts);
    assert_eq!(held(&other).await, held(&place.layout()).await);
    assert!(other.data.join("manifest.json").exists(), "invented data still say so");
    assert!(!holds(&place.path("backup"), &root_key(&place)), "the root key is in no backup");
    assert!(!holds(&place.path("backup-keys"), &root_key(&place)));
    // The second one opens what the first one sealed.
    let documents = Documents::open(other.documents(), vault(&other).into()).await;
    drop(documents.expect("documents"));
    let (holder, texts) = somebody(&other).await;
    assert!(vault(&other).knows(&holder).expect("keys") && !texts.is_empty());
}

fn root_key(place: &Place) -> Vec<u8> {
    std::fs::read(place.layout().root_key).expect("a root key")
}

#[tokio::test]
async fn the_next_run_writes_what_is_new_and_leaves_the_rest() {
    let place = Place::new().await;
    let first = place.saved("backup").await;
    let before: BTreeMap<_, _> = files(&place.path("backup"))
        .into_iter()
        .map(|path| (path.clone(), std::fs::metadata(&path).and_then(|it| it.modified()).ok()))
        .collect();
    let (holder, _) = somebody(&place.layout()).await;
    place.add(&holder, "One more.").await;
    let second = place.saved("backup").await;
    assert_eq!((second.new_events, second.new_texts, second.new_documents), (1, 1, 0));
    assert_eq!(second.verified.position, first.verified.position + 1);
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for path in files(&place.path("backup")) {
        let time = std::fs::metadata(&path).and_then(|it| it.modified()).ok();
        let rewritten = ["backup.json", "backup.lock"].contains(&&*name(&path));
        let stands = before.get(&path).is_none_or(|before| *before == time);
        assert!(rewritten || stands, "{} was written again", path.display());
    }
    let nothing = place.saved("backup").await;
    assert_eq!((nothing.new_events, nothing.new_texts, nothing.new_documents), (0, 0, 0));
    let other = place.other("other");
    place.restored("backup", &other, &Since::Nothing).await;
    assert_eq!(held(&other).await, held(&place.layout()).await);
}

#[tokio::test]
async fn many_short_files_are_joined() {
    let place = Place::new().await;
    place.saved("backup").await;
    let (holder, _) = somebody(&place.layout()).await;
    let mut segments = Vec::new();
    for run in 0..=guichet::backup::SHORT_SEGMENTS_MAX {
        place.add(&holder, &format!("Note {run}.")).await;
        segments.push(place.saved("backup").await.verified.segments);
    }
    assert!(segments.contains(&(guichet::backup::SHORT_SEGMENTS_MAX as u64)), "{segments:?}");
    assert!(segments.last().is_some_and(|last| *last <= 2), "{segments:?}");
    let other = place.other("other");
    place.restored("backup", &other, &Since::Nothing).await;
    assert_eq!(held(&other).await, held(&place.layout()).await);
}
