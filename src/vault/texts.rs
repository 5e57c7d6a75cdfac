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
