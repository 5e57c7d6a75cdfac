//! A document on its way in.

use std::io;
use std::path::{Path, PathBuf};

use aead_stream::EncryptorBE32;
use chacha20poly1305::XChaCha20Poly1305;
use events::Digest;
use sha2::{Digest as _, Sha256};
use tokio::fs::{self, File, OpenOptions};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    CHUNK_BYTES, DOCUMENT_BYTES_MAX, DocumentError, Header, PART, SEALED_CHUNK_BYTES, Stored,
    nonce, sync,
};

/// Why sealing a chunk can't fail.
const FEW_CHUNKS: &str = "at most 401 chunks of 64 KiB, of 2^32 that STREAM can count";

/// A document being written; dropped before [`DocumentWriter::finish`], it leaves nothing behind.
pub struct DocumentWriter {
    folder: PathBuf,
    part: Part,
    file: File,
    /// Absent while a chunk is on its way, and for good when that failed.
    cipher: Option<EncryptorBE32<XChaCha20Poly1305>>,
    header: Header,
    hash: Sha256,
    chunk: Zeroizing<Vec<u8>>,
    size_bytes: u64,
}

impl DocumentWriter {
    pub(super) async fn begin(
        folder: &Path,
        cipher: XChaCha20Poly1305,
        header: Header,
    ) -> io::Result<Self> {
        let part = Part::new(folder);
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(&part.path).await?;
        file.write_all(&header).await?;
        Ok(Self {
            folder: folder.to_owned(),
            part,
            file,
            cipher: Some(EncryptorBE32::from_aead(cipher, &nonce(&header))),
            header,
            hash: Sha256::new_with_prefix(header),
            chunk: Zeroizing::new(Vec::with_capacity(SEALED_CHUNK_BYTES)),
            size_bytes: 0,
        })
    }

    /// Adds bytes, however many.
    ///
    /// # Errors
    /// When the document gets too large, or the file can't be written.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), DocumentError> {
        let size_bytes = self.size_bytes.saturating_add(bytes.len() as u64);
        if size_bytes > DOCUMENT_BYTES_MAX {
            self.cipher = None;
            return Err(DocumentError::TooLarge);
        }
        self.size_bytes = size_bytes;
        while !bytes.is_empty() {
            // Only now is a full chunk known not to be the last.
            if self.chunk.len() == CHUNK_BYTES {
                let mut cipher = self.cipher.take().ok_or(DocumentError::BrokenOff)?;
                let sealed = cipher.encrypt_next_in_place(&self.header, &mut *self.chunk);
                sealed.expect(FEW_CHUNKS);
                self.put().await?;
                self.cipher = Some(cipher);
            }
            let room = CHUNK_BYTES.saturating_sub(self.chunk.len());
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.chunk.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Seals the end; the document is durable and in its place when this returns.
    ///
    /// # Errors
    /// When a write failed before, or fails now.
    pub async fn finish(mut self) -> Result<Stored, DocumentError> {
        let cipher = self.cipher.take().ok_or(DocumentError::BrokenOff)?;
        let sealed = cipher.encrypt_last_in_place(&self.header, &mut *self.chunk);
        sealed.expect(FEW_CHUNKS);
        self.put().await?;
        // A failed write shows in `flush`; `sync_all` alone would pass over it.
        self.file.flush().await?;
        self.file.sync_all().await?;
        let digest = Digest(self.hash.finalize().into());
        fs::rename(&self.part.path, self.folder.join(digest.to_string())).await?;
        self.part.settled = true;
        sync(&self.folder).await?;
        Ok(Stored { digest, size_bytes: self.size_bytes })
    }

    /// Writes the sealed chunk.
    async fn put(&mut self) -> io::Result<()> {
        self.hash.update(&*self.chunk);
        self.file.write_all(&self.chunk).await?;
        self.chunk.clear();
        Ok(())
    }
}

/// The file of an upload, removed unless it settles.
struct Part {
    path: PathBuf,
    settled: bool,
}

impl Part {
    fn new(folder: &Path) -> Self {
        let path = folder.join(Uuid::new_v4().to_string()).with_extension(PART);
        Self { path, settled: false }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.settled {
            // What can't be removed now is swept at the next start.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
