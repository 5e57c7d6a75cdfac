//! Sealed names, opened: what can be opened, each on its own.

use std::collections::HashMap;
use std::sync::Arc;

use events::{BlobId, Sealed};

use crate::readmodel::ReadError;
use crate::store::{EventStore, SealedBlob};
use crate::vault::{OpenError, Opened, TextsError, Vault};

/// So many blobs are read from the store at a time.
const BATCH_BLOBS: usize = 256;

/// What opening a text gave.
pub(super) enum Text {
    /// The text.
    Clear(String),
    /// It was erased.
    Erased,
    /// It is not what was written. The vault's own checks say what is wrong with it.
    Unreadable,
}

/// Texts by their blob.
pub(super) type Texts = HashMap<BlobId, Text>;

/// Why texts could not be opened now, but may be later.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error(transparent)]
    Texts(#[from] TextsError),
    #[error(transparent)]
    Stopped(#[from] ReadError),
}

/// Opens all these. One that is damaged is said so and does not keep the others from being found.
pub(super) async fn open(
    store: &dyn EventStore,
    vault: &Arc<Vault>,
    mut sealed: Vec<Sealed>,
) -> Result<Texts, Trouble> {
    sealed.sort_unstable();
    sealed.dedup();
    let mut texts = HashMap::with_capacity(sealed.len());
    for batch in sealed.chunks(BATCH_BLOBS) {
        let ids: Vec<BlobId> = batch.iter().map(|sealed| sealed.blob).collect();
        let blobs = store.read_blobs(&ids).await.map_err(TextsError::Store)?;
        let (asked, answered) = (ids.len(), blobs.len());
        if asked != answered {
            return Err(TextsError::Count { asked, answered }.into());
        }
        let (vault, batch) = (Arc::clone(vault), batch.to_vec());
        let opened = tokio::task::spawn_blocking(move || opened(&vault, &batch, &blobs));
        texts.extend(opened.await.map_err(|_| ReadError::Stopped)??);
    }
    Ok(texts)
}

fn opened(
    vault: &Vault,
    sealed: &[Sealed],
    blobs: &[Option<SealedBlob>],
) -> Result<Vec<(BlobId, Text)>, TextsError> {
    let mut texts = Vec::with_capacity(sealed.len());
    for (sealed, blob) in sealed.iter().zip(blobs) {
        let text = match vault.open(sealed, blob.as_ref()) {
            Ok(Opened::Text(text)) => Text::Clear(text.as_str().to_owned()),
            Ok(Opened::Erased) => Text::Erased,
            Err(error @ OpenError::Keys(_)) => return Err(error.into()),
            Err(error) => {
                tracing::error!(%error, "a name can't be opened and won't be found");
                Text::Unreadable
            }
        };
        texts.push((sealed.blob, text));
    }
    Ok(texts)
}
