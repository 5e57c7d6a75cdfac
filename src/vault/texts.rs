//! Many sealed texts at once.

use std::collections::{BTreeSet, HashMap};

use events::{BlobId, Sealed};

use super::{OpenError, Opened, Vault};
use crate::store::{EventStore, StoreError};

/// So many blobs are read from the store at a time.
const BATCH_BLOBS: usize = 256;

/// Why the texts were not opened.
#[derive(Debug, thiserror::Error)]
pub enum TextsError {
    /// The store can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store answered for another number of blobs than it was asked for.
    #[error("asked the store for {asked} texts, it answered for {answered}")]
    Count {
        /// So many ids were asked for.
        asked: usize,
        /// So many answers came.
        answered: usize,
    },
    /// One of them is not as it was.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Reads and opens all these texts, each once.
///
/// # Errors
/// When the store can't be read, or one text is not as it was: half an answer is none.
pub async fn open_all(
    store: &dyn EventStore,
    vault: &Vault,
    sealed: &[Sealed],
) -> Result<HashMap<BlobId, Opened>, TextsError> {
    let distinct: Vec<&Sealed> = sealed.iter().collect::<BTreeSet<_>>().into_iter().collect();
    let mut opened = HashMap::with_capacity(distinct.len());
    for batch in distinct.chunks(BATCH_BLOBS) {
        let ids: Vec<BlobId> = batch.iter().map(|sealed| sealed.blob).collect();
        let blobs = store.read_blobs(&ids).await?;
        if blobs.len() != ids.len() {
            return Err(TextsError::Count { asked: ids.len(), answered: blobs.len() });
        }
        for (sealed, blob) in batch.iter().zip(&blobs) {
            opened.insert(sealed.blob, vault.open(sealed, blob.as_ref())?);
        }
    }
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;
    use std::time::Duration;

    use async_trait::async_trait;
    use events::{Digest, Revision, StreamName};

    use super::*;
    use crate::store::{AppendError, Appended, Expected, NewEvent, Position, SealedBlob, Stored};

    /// A store of blobs, whose log is always empty.
    #[derive(Default)]
    struct Shelf(Mutex<BTreeMap<BlobId, SealedBlob>>);

    #[async_trait]
    impl EventStore for Shelf {
        async fn append(
            &self,
            _: &StreamName,
            _: Expected,
            _: Vec<NewEvent>,
            _: Vec<SealedBlob>,
        ) -> Result<Appended, AppendError> {
            Err(AppendError::Invalid("a shelf takes no events".to_owned()))
        }

        async fn read_stream(
            &self,
            _: &StreamName,
            _: Revision,
            _: usize,
        ) -> Result<Vec<Stored>, StoreError> {
            Ok(Vec::new())
        }

        async fn read_all(&self, _: Option<Position>, _: usize) -> Result<Vec<Stored>, StoreError> {
            Ok(Vec::new())
        }

        async fn read_blobs(&self, ids: &[BlobId]) -> Result<Vec<Option<SealedBlob>>, StoreError> {
            assert!(ids.len() <= BATCH_BLOBS);
            let blobs = self.0.lock().expect("no panic");
            Ok(ids.iter().map(|id| blobs.get(id).cloned()).collect())
        }

        async fn delete_blobs(&self, ids: &[BlobId]) -> Result<(), StoreError> {
            self.0.lock().expect("no panic").retain(|id, _| !ids.contains(id));
            Ok(())
        }

        async fn head(&self) -> Result<Option<Position>, StoreError> {
            Ok(None)
        }

        async fn wait_past(&self, _: Option<Position>, _: Duration) -> Result<bool, StoreError> {
            Ok(false)
        }
    }

    fn person(at: usize) -> StreamName {
        format!("person-{at}").parse().expect("a stream name")
    }

    /// So many texts, each of a person of its own.
    fn shelved(vault: &Vault, count: usize) -> (Shelf, Vec<Sealed>) {
        let shelf = Shelf::default();
        let seal = |at| {
            let id = BlobId::derived(&format!("text {at}"));
            let sealed = vault.seal(&person(at), id, "name", &format!("name {at}"));
            let (sealed, blob) = sealed.expect("sealed");
            shelf.0.lock().expect("no panic").insert(id, blob);
            sealed
        };
        let sealed = (0..count).map(seal).collect();
        (shelf, sealed)
    }

    #[tokio::test]
    async fn many_texts_are_opened_in_batches_each_once() {
        let vault = Vault::seeded([1; 32]);
        let (shelf, mut sealed) = shelved(&vault, 2 * BATCH_BLOBS + 1);
        sealed.extend(sealed.clone());
        let opened = open_all(&shelf, &vault, &sealed).await.expect("opened");
        assert_eq!(opened.len(), 2 * BATCH_BLOBS + 1);
        for (at, sealed) in sealed.iter().take(opened.len()).enumerate() {
            let text = opened.get(&sealed.blob);
            let right = matches!(text, Some(Opened::Text(text)) if **text == format!("name {at}"));
            assert!(right, "{at}");
        }
        assert!(open_all(&shelf, &vault, &[]).await.expect("opened").is_empty());
    }

    #[tokio::test]
    async fn erased_texts_are_told_from_missing_ones() {
        let vault = Vault::seeded([1; 32]);
        let (shelf, sealed) = shelved(&vault, 3);
        vault.destroy(&person(0), &[sealed[0].blob]).expect("destroyed");
        shelf.delete_blobs(&[sealed[0].blob]).await.expect("deleted");
        let opened = open_all(&shelf, &vault, &sealed).await.expect("opened");
        assert!(matches!(opened.get(&sealed[0].blob), Some(Opened::Erased)));
        assert!(matches!(opened.get(&sealed[1].blob), Some(Opened::Text(_))));
        shelf.delete_blobs(&[sealed[1].blob]).await.expect("deleted");
        let missing = open_all(&shelf, &vault, &sealed).await;
        assert!(matches!(missing, Err(TextsError::Open(OpenError::Missing { .. }))));
    }

    #[tokio::test]
    async fn two_events_that_disagree_about_a_text_are_found() {
        let vault = Vault::seeded([1; 32]);
        let (shelf, mut sealed) = shelved(&vault, 1);
        sealed.push(Sealed { digest: Digest([0; 32]), ..sealed[0] });
        let damaged = open_all(&shelf, &vault, &sealed).await;
        assert!(matches!(damaged, Err(TextsError::Open(OpenError::Digest { .. }))));
    }
}
