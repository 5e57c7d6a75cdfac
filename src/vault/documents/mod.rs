//! Sealed files, streamed: chunk by chunk under a key of their own, addressed by their ciphertext.
//!
//! A file is a header (format, 19 bytes of nonce) and chunks of 64 KiB, each with its tag; its
//! place and whether it is the last are part of each chunk's nonce (the STREAM construction), so
//! that no chunk can be moved, dropped or added.

mod reader;
mod writer;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aead_stream::{EncryptorBE32, Nonce, StreamBE32};
use chacha20poly1305::XChaCha20Poly1305;
use events::{Digest, DocumentId, StreamName};
use sha2::{Digest as _, Sha256};
use tokio::fs::{self, File};
use zeroize::Zeroizing;

use super::key::Key;
use super::keys::Slot;
use super::{KeyError, Vault, root};

pub use reader::DocumentReader;
pub use writer::DocumentWriter;

/// The largest document, in bytes of plaintext.
pub const DOCUMENT_BYTES_MAX: u64 = 25 * 1024 * 1024;

const CHUNK_BYTES: usize = 64 * 1024;
const TAG_BYTES: usize = 16;
const SEALED_CHUNK_BYTES: usize = CHUNK_BYTES + TAG_BYTES;
const NONCE_BYTES: usize = 19;
const HEADER_BYTES: usize = 1 + NONCE_BYTES;
const FORMAT: u8 = 1;
/// What an upload is called until it is whole.
const PART: &str = "part";

type Header = [u8; HEADER_BYTES];

/// Why a document was not written or read.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// Nothing is sealed for an erased holder (G-7).
    #[error("{holder} was erased: no document is sealed for it any more")]
    Erased {
        /// Whose key is gone.
        holder: StreamName,
    },
    /// A document has its limit.
    #[error("a document has at most {DOCUMENT_BYTES_MAX} bytes")]
    TooLarge,
    /// A write failed or was broken off; the upload starts again.
    #[error("the document was not written whole: send it again")]
    BrokenOff,
    /// The file is not there.
    #[error("the document {digest} is missing, and no erasure says why")]
    Missing {
        /// SHA-256 of its ciphertext.
        digest: Digest,
    },
    /// The file is not what was written.
    #[error("the document {digest} is damaged")]
    Damaged {
        /// SHA-256 of the ciphertext it should have.
        digest: Digest,
    },
    /// The holder has no key, and was not erased.
    #[error("a document needs the key of {holder}, which is missing, and no erasure says why")]
    NoKey {
        /// Whose key it needs.
        holder: StreamName,
    },
    /// The keys can't be had.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The folder can't be read or written.
    #[error("documents: {0}")]
    Io(#[from] io::Error),
}

/// What a stored document is to the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// SHA-256 of the ciphertext: the document's address.
    pub digest: Digest,
    /// Length of the plaintext.
    pub size_bytes: u64,
}

/// What reading a document gives.
#[derive(Debug)]
pub enum Document {
    /// Its content, chunk by chunk.
    Content(Box<DocumentReader>),
    /// Erased with its holder.
    Erased,
}

/// The folder of sealed documents.
pub struct Documents {
    folder: PathBuf,
    vault: Arc<Vault>,
}

impl Documents {
    /// Opens the folder, made when missing, and sweeps uploads that a crash broke off. For the one
    /// process that writes.
    ///
    /// # Errors
    /// When the folder can't be read or written.
    pub async fn open(folder: PathBuf, vault: Arc<Vault>) -> Result<Self, DocumentError> {
        root::private_folder(&folder)?;
        let mut entries = fs::read_dir(&folder).await?;
        while let Some(entry) = entries.next_entry().await? {
            if entry.path().extension().is_some_and(|extension| extension == PART) {
                fs::remove_file(entry.path()).await?;
            }
        }
        Ok(Self { folder, vault })
    }

    /// Starts to write a document under its holder's key.
    ///
    /// # Errors
    /// When the holder was erased; when keys or folder fail.
    pub async fn begin(
        &self,
        holder: &StreamName,
        id: DocumentId,
    ) -> Result<DocumentWriter, DocumentError> {
        let keys = &self.vault.keys;
        let Some(Slot::Key(key)) = keys.ensure(std::slice::from_ref(holder))?.pop() else {
            return Err(DocumentError::Erased { holder: holder.clone() });
        };
        let salt = keys.document_salt(id)?;
        let mut header = [FORMAT; HEADER_BYTES];
        header[1..].copy_from_slice(&salt[..NONCE_BYTES]);
        Ok(DocumentWriter::begin(&self.folder, cipher(&key, id), header).await?)
    }

    /// Opens a document for reading.
    ///
    /// # Errors
    /// When it is missing or damaged, which may also show later, while reading.
    pub async fn read(
        &self,
        digest: Digest,
        holder: &StreamName,
        id: DocumentId,
    ) -> Result<Document, DocumentError> {
        let key = match self.vault.keys.find(holder)? {
            Some(Slot::Key(key)) => key,
            Some(Slot::Destroyed) => return Ok(Document::Erased),
            None => return Err(DocumentError::NoKey { holder: holder.clone() }),
        };
        let file = File::open(self.path(digest)).await.map_err(|error| match error.kind() {
            ErrorKind::NotFound => DocumentError::Missing { digest },
            _ => DocumentError::Io(error),
        })?;
        let reader = DocumentReader::begin(file, cipher(&key, id), digest).await?;
        Ok(Document::Content(Box::new(reader)))
    }

    /// Whether there is such a document.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub async fn contains(&self, digest: Digest) -> Result<bool, DocumentError> {
        Ok(fs::try_exists(self.path(digest)).await?)
    }

    /// Removes a document for good; none there is fine. For erasure, and for a repeated upload
    /// whose first writing is the one on the log.
    ///
    /// # Errors
    /// When the folder can't be written.
    pub async fn remove(&self, digest: Digest) -> Result<(), DocumentError> {
        match fs::remove_file(self.path(digest)).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(sync(&self.folder).await?),
        }
    }

    fn path(&self, digest: Digest) -> PathBuf {
        self.folder.join(digest.to_string())
    }
}

impl Vault {
    /// Seals a document in memory: what the folder would hold under its digest. For many small
    /// ones at once; what comes from outside is streamed to the folder instead.
    ///
    /// # Errors
    /// When the holder was erased, the document is too large, or keys fail.
    pub fn seal_document(
        &self,
        holder: &StreamName,
        id: DocumentId,
        content: &[u8],
    ) -> Result<(Stored, Vec<u8>), DocumentError> {
        let size_bytes = content.len() as u64;
        if size_bytes > DOCUMENT_BYTES_MAX {
            return Err(DocumentError::TooLarge);
        }
        let Some(Slot::Key(key)) = self.keys.ensure(std::slice::from_ref(holder))?.pop() else {
            return Err(DocumentError::Erased { holder: holder.clone() });
        };
        let mut header = [FORMAT; HEADER_BYTES];
        header[1..].copy_from_slice(&self.keys.document_salt(id)?[..NONCE_BYTES]);
        let mut file = header.to_vec();
        let mut sealer = EncryptorBE32::from_aead(cipher(&key, id), &nonce(&header));
        let few = "at most 401 chunks of 64 KiB, of 2^32 that STREAM can count";
        let mut rest = content;
        // Only the last chunk may be short, and a full one that is the last is sealed as such.
        while rest.len() > CHUNK_BYTES {
            let (chunk, later) = rest.split_at(CHUNK_BYTES);
            let mut chunk = Zeroizing::new(chunk.to_vec());
            sealer.encrypt_next_in_place(&header, &mut *chunk).expect(few);
            file.extend_from_slice(&chunk);
            rest = later;
        }
        let mut chunk = Zeroizing::new(rest.to_vec());
        sealer.encrypt_last_in_place(&header, &mut *chunk).expect(few);
        file.extend_from_slice(&chunk);
        let digest = Digest(Sha256::digest(&file).into());
        Ok((Stored { digest, size_bytes }, file))
    }
}

/// A key for one document of one holder.
fn cipher(holder: &Key, id: DocumentId) -> XChaCha20Poly1305 {
    holder.derive("document", id.uuid().as_bytes()).cipher()
}

fn nonce(header: &Header) -> Nonce<XChaCha20Poly1305, StreamBE32<XChaCha20Poly1305>> {
    let mut nonce = Nonce::<XChaCha20Poly1305, StreamBE32<_>>::default();
    nonce.copy_from_slice(&header[1..]);
    nonce
}

/// Makes a change of the folder itself durable.
async fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder).await?.sync_all().await
}

#[cfg(test)]
mod tests {
    use std::fs as files;

    use super::*;
    use crate::vault::Opened;

    const NEEDLE: &[u8] = b"Lea Needle, +33 6 00 00 00 00";

    struct Office {
        place: tempfile::TempDir,
        vault: Arc<Vault>,
        documents: Documents,
    }

    impl Office {
        async fn new() -> Self {
            let place = tempfile::tempdir().expect("folder");
            let root = place.path().join("root.key");
            let vault = Vault::in_folder(&place.path().join("keys"), &root).expect("new");
            Self::over(place, Arc::new(vault)).await
        }

        async fn over(place: tempfile::TempDir, vault: Arc<Vault>) -> Self {
            let folder = place.path().join("documents");
            let documents = Documents::open(folder, Arc::clone(&vault)).await.expect("opened");
            Self { place, vault, documents }
        }

        async fn store(&self, id: DocumentId, content: &[u8]) -> Stored {
            let mut writer = self.documents.begin(&holder(), id).await.expect("begun");
            // Pieces that never fall on the border of a chunk.
            for piece in content.chunks(10_007) {
                writer.write(piece).await.expect("written");
            }
            writer.finish().await.expect("finished")
        }

        async fn read(&self, digest: Digest, id: DocumentId) -> Result<Vec<u8>, DocumentError> {
            match self.documents.read(digest, &holder(), id).await? {
                Document::Content(mut reader) => {
                    let mut content = Vec::new();
                    while let Some(chunk) = reader.next().await? {
                        content.extend_from_slice(&chunk);
                    }
                    assert_eq!(reader.size_bytes(), content.len() as u64);
                    Ok(content)
                }
                Document::Erased => panic!("erased"),
            }
        }

        fn file(&self, digest: Digest) -> PathBuf {
            self.place.path().join("documents").join(digest.to_string())
        }

        fn parts(&self) -> usize {
            let entries = files::read_dir(self.place.path().join("documents")).expect("folder");
            entries.filter(|entry| entry.as_ref().is_ok_and(|e| is_part(&e.path()))).count()
        }
    }

    fn is_part(path: &Path) -> bool {
        path.extension().is_some_and(|extension| extension == PART)
    }

    fn holder() -> StreamName {
        "case-1".parse().expect("a stream name")
    }

    fn document() -> DocumentId {
        DocumentId::derived("a document")
    }

    fn content(length: usize) -> Vec<u8> {
        NEEDLE.iter().copied().cycle().take(length).collect()
    }

    /// Every file below a folder that holds these bytes.
    fn holding(folder: &Path, needle: &[u8]) -> Vec<PathBuf> {
        let entries = files::read_dir(folder).expect("folder").map(|entry| entry.expect("entry"));
        let found = entries.flat_map(|entry| {
            let path = entry.path();
            if path.is_dir() {
                return holding(&path, needle);
            }
            let bytes = files::read(&path).expect("readable");
            let holds = bytes.windows(needle.len()).any(|window| window == needle);
            if holds { vec![path] } else { Vec::new() }
        });
        found.collect()
    }

    #[tokio::test]
    async fn documents_of_any_length_read_back() {
        let office = Office::new().await;
        let lengths = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES];
        for length in lengths {
            let stored = office.store(document(), &content(length)).await;
            assert_eq!(stored.size_bytes, length as u64);
            assert!(office.documents.contains(stored.digest).await.expect("looked"));
            let bytes = files::read(office.file(stored.digest)).expect("there");
            assert_eq!(stored.digest.0, <[u8; 32]>::from(Sha256::digest(bytes)));
            let read = office.read(stored.digest, document()).await.expect("read");
            assert!(read == content(length), "{length}");
        }
        assert_eq!(office.parts(), 0);
    }

    #[tokio::test]
    async fn the_largest_document_is_taken_and_with_a_byte_more_it_never_finishes() {
        let office = Office::new().await;
        let mut writer = office.documents.begin(&holder(), document()).await.expect("begun");
        let piece = vec![7; 1024 * 1024];
        for _ in 0..DOCUMENT_BYTES_MAX / (1024 * 1024) {
            writer.write(&piece).await.expect("written");
        }
        assert!(matches!(writer.write(&[7]).await, Err(DocumentError::TooLarge)));
        assert!(matches!(writer.finish().await, Err(DocumentError::BrokenOff)));
        assert_eq!(office.parts(), 0);
    }

    #[tokio::test]
    async fn a_document_cut_short_or_prolonged_is_found() {
        let office = Office::new().await;
        let stored = office.store(document(), &content(2 * CHUNK_BYTES + 5)).await;
        let whole = files::read(office.file(stored.digest)).expect("there");
        let first = HEADER_BYTES + SEALED_CHUNK_BYTES;
        for length in [0, 1, HEADER_BYTES, HEADER_BYTES + 15, first, whole.len() - 1] {
            files::write(office.file(stored.digest), &whole[..length]).expect("cut");
            let read = office.read(stored.digest, document()).await;
            assert!(matches!(read, Err(DocumentError::Damaged { .. })), "{length}");
        }
        let missing = [&whole[..first], &whole[first + SEALED_CHUNK_BYTES..]].concat();
        let prolonged = [&whole[..], &whole[first..]].concat();
        for bytes in [missing, prolonged] {
            files::write(office.file(stored.digest), bytes).expect("changed");
            let read = office.read(stored.digest, document()).await;
            assert!(matches!(read, Err(DocumentError::Damaged { .. })));
        }
    }

    #[tokio::test]
    async fn a_flipped_bit_is_always_found() {
        let office = Office::new().await;
        let stored = office.store(document(), &content(300)).await;
        let whole = files::read(office.file(stored.digest)).expect("there");
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            files::write(office.file(stored.digest), bytes).expect("changed");
            let read = office.read(stored.digest, document()).await;
            assert!(matches!(read, Err(DocumentError::Damaged { .. })), "byte {at}");
        }
    }

    #[tokio::test]
    async fn a_document_lost_halfway_has_no_end() {
        let office = Office::new().await;
        let stored = office.store(document(), &content(2 * CHUNK_BYTES)).await;
        let mut bytes = files::read(office.file(stored.digest)).expect("there");
        bytes[HEADER_BYTES + SEALED_CHUNK_BYTES] ^= 1;
        files::write(office.file(stored.digest), bytes).expect("changed");
        let read = office.documents.read(stored.digest, &holder(), document()).await;
        let Ok(Document::Content(mut reader)) = read else { panic!("{read:?}") };
        assert!(matches!(reader.next().await, Ok(Some(_))));
        for _ in 0..2 {
            assert!(matches!(reader.next().await, Err(DocumentError::Damaged { .. })));
        }
    }

    #[tokio::test]
    async fn a_document_opens_only_as_itself() {
        let office = Office::new().await;
        let stored = office.store(document(), b"one").await;
        let other = DocumentId::derived("another");
        let read = office.read(stored.digest, other).await;
        assert!(matches!(read, Err(DocumentError::Damaged { .. })));
        let stranger = "case-2".parse().expect("a stream name");
        let read = office.documents.read(stored.digest, &stranger, document()).await;
        assert!(matches!(read, Err(DocumentError::NoKey { .. })));
        // An older writing of the same document in the place of the newer one.
        let newer = office.store(document(), b"two").await;
        files::copy(office.file(stored.digest), office.file(newer.digest)).expect("replaced");
        let read = office.read(newer.digest, document()).await;
        assert!(matches!(read, Err(DocumentError::Damaged { .. })));
    }

    #[tokio::test]
    async fn two_writings_differ_but_under_a_seed_they_are_the_same() {
        let office = Office::new().await;
        let one = office.store(document(), b"words").await;
        assert_ne!(office.store(document(), b"words").await, one);
        let mut digests = Vec::new();
        for _ in 0..2 {
            let place = tempfile::tempdir().expect("folder");
            let office = Office::over(place, Arc::new(Vault::seeded([5; 32]))).await;
            digests.push(office.store(document(), b"words").await);
            digests.push(office.store(DocumentId::derived("another"), b"words").await);
        }
        assert_eq!(digests[..2], digests[2..]);
        assert_ne!(digests[0], digests[1]);
    }

    #[tokio::test]
    async fn sealed_in_memory_a_document_is_what_the_folder_would_hold() {
        let place = tempfile::tempdir().expect("folder");
        let office = Office::over(place, Arc::new(Vault::seeded([5; 32]))).await;
        for length in [0, 300, CHUNK_BYTES, 2 * CHUNK_BYTES + 1] {
            let id = DocumentId::derived(&length.to_string());
            let sealed = office.vault.seal_document(&holder(), id, &content(length));
            let (stored, bytes) = sealed.expect("sealed");
            assert_eq!(office.store(id, &content(length)).await, stored);
            assert_eq!(files::read(office.file(stored.digest)).expect("there"), bytes);
        }
    }

    #[tokio::test]
    async fn a_missing_document_is_an_error_and_an_erased_one_is_erased() {
        let office = Office::new().await;
        let stored = office.store(document(), b"words").await;
        office.documents.remove(stored.digest).await.expect("removed");
        office.documents.remove(stored.digest).await.expect("none there is fine");
        assert!(!office.documents.contains(stored.digest).await.expect("looked"));
        let read = office.read(stored.digest, document()).await;
        assert!(matches!(read, Err(DocumentError::Missing { .. })));
        office.vault.destroy(&holder(), &[]).expect("destroyed");
        let read = office.documents.read(stored.digest, &holder(), document()).await;
        assert!(matches!(read, Ok(Document::Erased)));
        let refused = office.documents.begin(&holder(), document()).await.err();
        assert!(matches!(refused, Some(DocumentError::Erased { .. })));
    }

    #[tokio::test]
    async fn uploads_broken_off_leave_nothing() {
        let office = Office::new().await;
        let mut writer = office.documents.begin(&holder(), document()).await.expect("begun");
        writer.write(&content(2 * CHUNK_BYTES)).await.expect("written");
        assert_eq!(office.parts(), 1);
        drop(writer);
        assert_eq!(office.parts(), 0);
        let kept = office.store(document(), b"kept").await;
        files::write(office.place.path().join("documents/crashed.part"), b"x").expect("written");
        let Office { place, vault, .. } = office;
        let office = Office::over(place, vault).await;
        assert_eq!(office.parts(), 0);
        assert_eq!(office.read(kept.digest, document()).await.expect("read"), b"kept");
    }

    #[tokio::test]
    async fn no_plaintext_reaches_any_file() {
        let office = Office::new().await;
        let words = std::str::from_utf8(NEEDLE).expect("words");
        let id = events::BlobId::derived("a text");
        let (sealed, blob) = office.vault.seal(&holder(), id, "summary", words).expect("sealed");
        assert!(matches!(office.vault.open(&sealed, Some(&blob)), Ok(Opened::Text(_))));
        files::write(office.place.path().join("blob"), &blob.bytes).expect("written");
        office.store(document(), &content(3 * CHUNK_BYTES)).await;
        let mut unfinished = office.documents.begin(&holder(), document()).await.expect("begun");
        unfinished.write(&content(3 * CHUNK_BYTES)).await.expect("written");
        assert_eq!(office.parts(), 1);
        for needle in [NEEDLE, b"Needle".as_slice(), b"+33 6"] {
            assert_eq!(holding(office.place.path(), needle), Vec::<PathBuf>::new());
        }
        assert_eq!(holding(office.place.path(), b"summary").len(), 1, "the search finds things");
    }
}
