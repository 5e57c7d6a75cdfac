//! A document on its way out.

use std::fmt;

use aead_stream::DecryptorBE32;
use chacha20poly1305::XChaCha20Poly1305;
use events::Digest;
use sha2::{Digest as _, Sha256};
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use zeroize::Zeroizing;

use super::{
    DOCUMENT_BYTES_MAX, DocumentError, FORMAT, HEADER_BYTES, Header, SEALED_CHUNK_BYTES, TAG_BYTES,
    nonce,
};

/// A document being read.
pub struct DocumentReader {
    file: File,
    progress: Progress,
    header: Header,
    hash: Sha256,
    digest: Digest,
    remaining: u64,
    size_bytes: u64,
}

enum Progress {
    Chunks(DecryptorBE32<XChaCha20Poly1305>),
    End,
    /// A chunk is on its way, or was not what it should be: no end can be told from here.
    Lost,
}

impl fmt::Debug for DocumentReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocumentReader").field("digest", &self.digest).finish_non_exhaustive()
    }
}

impl DocumentReader {
    pub(super) async fn begin(
        mut file: File,
        cipher: XChaCha20Poly1305,
        digest: Digest,
    ) -> Result<Self, DocumentError> {
        let damaged = || DocumentError::Damaged { digest };
        let length = file.metadata().await?.len();
        let remaining = length.checked_sub(HEADER_BYTES as u64).ok_or_else(damaged)?;
        let size_bytes = plain_bytes(remaining).ok_or_else(damaged)?;
        let mut header = [0; HEADER_BYTES];
        file.read_exact(&mut header).await?;
        if header[0] != FORMAT {
            return Err(damaged());
        }
        let cipher = DecryptorBE32::from_aead(cipher, &nonce(&header));
        Ok(Self {
            file,
            progress: Progress::Chunks(cipher),
            header,
            hash: Sha256::new_with_prefix(header),
            digest,
            remaining,
            size_bytes,
        })
    }

    /// Length of the whole plaintext, as the file's length says.
    pub const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// The next bytes of the document, verified; `None` after its end. Content is whole only when
    /// `None` came: before, a later chunk may still turn out damaged.
    ///
    /// # Errors
    /// When the file is not what was written, or can't be read.
    pub async fn next(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, DocumentError> {
        let damaged = DocumentError::Damaged { digest: self.digest };
        let mut cipher = match std::mem::replace(&mut self.progress, Progress::Lost) {
            Progress::Chunks(cipher) => cipher,
            Progress::End => {
                self.progress = Progress::End;
                return Ok(None);
            }
            Progress::Lost => return Err(damaged),
        };
        let length = self.remaining.min(SEALED_CHUNK_BYTES as u64);
        let mut chunk = Zeroizing::new(Vec::with_capacity(SEALED_CHUNK_BYTES));
        (&mut self.file).take(length).read_to_end(&mut chunk).await?;
        self.remaining -= length;
        self.hash.update(&*chunk);
        self.progress = if self.remaining > 0 {
            cipher.decrypt_next_in_place(&self.header, &mut *chunk).map_err(|_| damaged)?;
            Progress::Chunks(cipher)
        } else {
            let whole = std::mem::take(&mut self.hash).finalize();
            let opened = cipher.decrypt_last_in_place(&self.header, &mut *chunk);
            if opened.is_err() || self.digest.0 != <[u8; 32]>::from(whole) {
                return Err(damaged);
            }
            Progress::End
        };
        Ok(Some(chunk))
    }
}

/// How many bytes of plaintext so many bytes of sealed chunks hold; `None` if no file is so long.
fn plain_bytes(sealed: u64) -> Option<u64> {
    let chunks = sealed.div_ceil(SEALED_CHUNK_BYTES as u64);
    let plain = sealed.checked_sub(chunks * TAG_BYTES as u64)?;
    (chunks > 0 && plain <= DOCUMENT_BYTES_MAX).then_some(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sealed_bytes(plain: u64) -> u64 {
        plain + plain.div_ceil(super::super::CHUNK_BYTES as u64).max(1) * TAG_BYTES as u64
    }

    #[test]
    fn no_file_is_shorter_than_a_tag_or_longer_than_the_largest_document() {
        assert_eq!((plain_bytes(0), plain_bytes(15), plain_bytes(16)), (None, None, Some(0)));
        let largest = sealed_bytes(DOCUMENT_BYTES_MAX);
        assert_eq!(plain_bytes(largest), Some(DOCUMENT_BYTES_MAX));
        assert_eq!(plain_bytes(largest + TAG_BYTES as u64 + 1), None);
        assert_eq!(plain_bytes(u64::MAX), None);
    }

    proptest! {
        #[test]
        fn the_length_of_a_file_says_the_length_of_its_content(plain in 0..=DOCUMENT_BYTES_MAX) {
            prop_assert_eq!(plain_bytes(sealed_bytes(plain)), Some(plain));
        }
    }
}
