//! Writing a generated cluster into a data folder.

use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use super::{Generated, Manifest};
use crate::store::{ImportError, OpenError, SqliteStore};
use crate::vault::{KeyError, Vault};

/// What must come out, beside what came out.
pub const MANIFEST_FILE: &str = "manifest.json";

/// Why a cluster was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The folder can't be written.
    #[error("can't write the demonstration: {0}")]
    Io(#[from] io::Error),
    /// The store can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store does not take the log.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The keys can't be written.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The manifest can't be written.
    #[error("can't write the manifest: {0}")]
    Manifest(#[from] serde_json::Error),
}

/// Writes a cluster into a data folder that holds none: log, keys, documents and manifest, laid
/// out as the server expects them.
///
/// # Errors
/// When there is a log or are keys already, or the folder can't be written.
pub async fn write_to(folder: &Path, generated: Generated) -> Result<Manifest, WriteError> {
    let Generated { events, blobs, vault, documents, manifest } = generated;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let sealed = folder.join("documents");
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&sealed)?;
    for document in &documents {
        private_file(&sealed.join(document.digest.to_string()), &document.bytes)?;
    }
    let keys = folder.join("keys");
    // Keys and log are written at the same time; both wait for the disk.
    let adopted = {
        let vault = Arc::new(vault);
        tokio::task::spawn_blocking(move || {
            Vault::adopt(&keys, &keys.join("root.key"), &vault).map(drop)
        })
    };
    let store = SqliteStore::open(&folder.join("events.db"))?;
    let imported = store.import(events.into_iter(), blobs.into_iter()).await;
    adopted.await.map_err(io::Error::other)??;
    imported?;
    let manifest_bytes = serde_json::to_vec_pretty(&manifest)?;
    private_file(&folder.join(MANIFEST_FILE), &manifest_bytes)?;
    Ok(manifest)
}

fn private_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)
}
