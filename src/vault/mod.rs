//! The vault: personal data and free text are sealed here before anything is stored (G-5), each
//! under the key of one holder, and erased by destroying that key (G-7).
//!
//! What is sealed lives elsewhere, beside the log; the vault keeps keys alone. No plaintext ever
//! reaches a disk through it.

mod apart;
mod documents;
mod key;
mod keyfile;
mod keys;
mod register;
mod root;
mod rotation;
mod schedule;
mod texts;

use std::fmt;
use std::path::Path;

use events::{BlobId, Digest, Sealed, StreamName, Time};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::clock::{Clock, SystemClock};
use crate::store::SealedBlob;

pub use apart::{KEYS_FILE, copy_keys, erasures};
pub use documents::{
    DOCUMENT_BYTES_MAX, Document, DocumentError, DocumentReader, DocumentWriter, Documents, Stored,
};
pub use keyfile::{Epoch, KeyError, KeyStatus, Point, RetiredEpoch, Witness};
use keys::{Keys, Slot};
use register::Register;
pub use register::{Erasures, REGISTER_FILE, RegisterError};
pub use root::RootKeyError;
pub use rotation::Rotated;
pub use schedule::{Due, Schedule};
pub use texts::{TextsError, open_all};

/// The first byte of every blob; another layout is another number.
const FORMAT: u8 = 1;
/// The longest name of a field, in bytes.
const FIELD_BYTES_MAX: usize = 255;

/// What opening a sealed value gives.
pub enum Opened {
    /// The text, wiped when dropped.
    Text(Zeroizing<String>),
    /// Erased for good, as recorded here.
    Erased,
}

impl fmt::Debug for Opened {
    /// Never the text: it would end in some log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(…)",
            Self::Erased => "Erased",
        })
    }
}

/// Why something was not sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// Nothing brings an erased holder back under the same name (G-7).
    #[error("{holder} was erased: nothing is sealed for it any more")]
    Erased {
        /// Whose key is gone.
        holder: StreamName,
    },
    /// The command that wrote this text may be repeated, but the text stays gone (G-7).
    #[error("the text {blob} was erased")]
    TextErased {
        /// Its id.
        blob: BlobId,
    },
    /// A text is at most so long.
    #[error("a text has at most {} characters", Sealed::CHARS_MAX)]
    TooLong,
    /// A field's name has its limit too.
    #[error("a field's name has 1 to {FIELD_BYTES_MAX} bytes")]
    Field,
    /// The keys can't be had.
    #[error(transparent)]
    Keys(#[from] KeyError),
}

/// Why a sealed value was not opened. All but the last mean that stored data are not as they were.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is not there, though nobody erased it.
    #[error("the text {blob} is missing, and no erasure says why")]
    Missing {
        /// Its id.
        blob: BlobId,
    },
    /// Its bytes are not those that the event speaks of.
    #[error("the text {blob} is not what its event says: the digests differ")]
    Digest {
        /// Its id.
        blob: BlobId,
    },
    /// Its bytes were never written by this build.
    #[error("the text {blob} has a form that this build doesn't know")]
    Format {
        /// Its id.
        blob: BlobId,
    },
    /// Its holder has no key, and was not erased.
    #[error("the text {blob} needs the key of {holder}, which is missing, and no erasure says why")]
    NoKey {
        /// Its id.
        blob: BlobId,
        /// Whose key it needs.
        holder: StreamName,
    },
    /// Its holder's key did not seal these bytes in this place.
    #[error("the text {blob} was not sealed here with the key of {holder}")]
    Forged {
        /// Its id.
        blob: BlobId,
        /// Whose key it claims.
        holder: StreamName,
    },
    /// The keys can't be had.
    #[error(transparent)]
    Keys(#[from] KeyError),
}

/// Seals and opens; one per process, shared.
///
/// Several processes may open the same folder, and none gives a key to a holder that another has
/// erased; but a key that one already holds in memory stays usable there until it ends.
pub struct Vault {
    keys: Keys,
    /// Where erasures are written down before they happen; a seeded vault has none.
    register: Option<Register>,
}

impl Vault {
    /// Over the keys in a folder of its own. Both the folder and the root key are made at the
    /// first start; they belong in different backups.
    ///
    /// # Errors
    /// When the root key is missing though keys exist, is another one, or can be read by others;
    /// when the file can't be opened.
    pub fn in_folder(folder: &Path, root_key: &Path) -> Result<Self, KeyError> {
        Self::registering(folder, root_key, &folder.join(REGISTER_FILE))
    }

    /// The same, with the register of erasures in a file of its own. What the register knows and
    /// the keys do not is erased here and now: it was begun, or these keys are an old copy. What
    /// the keys know and the register does not is written into it. For the one process that has the
    /// office open.
    ///
    /// # Errors
    /// As for [`Vault::in_folder`]; when the register can't be used.
    pub fn registering(folder: &Path, root_key: &Path, register: &Path) -> Result<Self, KeyError> {
        let keys = Keys::open(folder, root_key, SystemClock.now())?;
        let (register, written) = Register::open(register)?;
        let vault = Self { keys, register: Some(register) };
        let known = vault.erased()?;
        vault.write_all_down(&known.without(&written))?;
        vault.forget(&written.without(&known))?;
        Ok(vault)
    }

    /// In memory alone, and always the same for the same seed: for tests and demonstrations.
    ///
    /// Not for real data: whoever knows the seed has every key, and erasing destroys nothing.
    pub fn seeded(seed: [u8; 32]) -> Self {
        Self { keys: Keys::seeded(seed), register: None }
    }

    /// Writes every key used so far into a new folder, with all that was erased, in one
    /// transaction, and gives the vault over it: what a seeded vault sealed opens there.
    ///
    /// # Errors
    /// When there are keys already; as for [`Vault::in_folder`].
    pub fn adopt(folder: &Path, root_key: &Path, seeded: &Self) -> Result<Self, KeyError> {
        drop(seeded.keys.written_to(folder, root_key, SystemClock.now())?);
        Self::in_folder(folder, root_key)
    }

    /// Makes the keys that these holders lack, in one transaction. Sealing does so by itself; this
    /// is for many at once.
    ///
    /// # Errors
    /// When one of them was erased; when the keys can't be had.
    pub fn ensure(&self, holders: &[StreamName]) -> Result<(), SealError> {
        let slots = self.keys.ensure(holders)?;
        match holders.iter().zip(slots).find(|(_, slot)| matches!(slot, Slot::Destroyed)) {
            Some((holder, _)) => Err(SealError::Erased { holder: holder.clone() }),
            None => Ok(()),
        }
    }

    /// Seals a text under its holder's key, for this blob and field alone. The same words in the
    /// same place always give the same bytes.
    ///
    /// # Errors
    /// When the holder or the text was erased, a limit is passed, or the keys can't be had.
    pub fn seal(
        &self,
        holder: &StreamName,
        blob: BlobId,
        field: &str,
        text: &str,
    ) -> Result<(Sealed, SealedBlob), SealError> {
        if text.chars().count() > Sealed::CHARS_MAX {
            return Err(SealError::TooLong);
        }
        if self.keys.is_erased(blob) {
            return Err(SealError::TextErased { blob });
        }
        let mut bytes = header(holder, field).ok_or(SealError::Field)?;
        let slot = self.keys.ensure(std::slice::from_ref(holder))?.pop();
        let Some(Slot::Key(key)) = slot else {
            return Err(SealError::Erased { holder: holder.clone() });
        };
        let sealed = key.seal(&associated(blob, &bytes), text.as_bytes());
        bytes.extend(sealed);
        let digest = Digest(Sha256::digest(&bytes).into());
        Ok((Sealed { blob, digest }, SealedBlob { id: blob, bytes }))
    }

    /// Opens what was sealed; `blob` is what the store has under its id.
    ///
    /// # Errors
    /// When anything is not as it was, or the keys can't be had.
    pub fn open(&self, sealed: &Sealed, blob: Option<&SealedBlob>) -> Result<Opened, OpenError> {
        let id = sealed.blob;
        if self.keys.is_erased(id) {
            return Ok(Opened::Erased);
        }
        let bytes = &blob.ok_or(OpenError::Missing { blob: id })?.bytes;
        if sealed.digest.0 != <[u8; 32]>::from(Sha256::digest(bytes)) {
            return Err(OpenError::Digest { blob: id });
        }
        let (header, holder, body) = parse(bytes).ok_or(OpenError::Format { blob: id })?;
        let key = match self.keys.find(&holder)? {
            Some(Slot::Key(key)) => key,
            Some(Slot::Destroyed) => return Ok(Opened::Erased),
            None => return Err(OpenError::NoKey { blob: id, holder }),
        };
        let plain = key.open(&associated(id, header), body);
        let mut plain = plain.ok_or(OpenError::Forged { blob: id, holder })?;
        match String::from_utf8(std::mem::take(&mut *plain)) {
            Ok(text) => Ok(Opened::Text(Zeroizing::new(text))),
            Err(error) => {
                drop(Zeroizing::new(error.into_bytes()));
                Err(OpenError::Format { blob: id })
            }
        }
    }

    /// A digest that only this vault can compute, always the same: tells a repeated request from
    /// another one without letting anybody guess at its words.
    pub fn digest(&self, bytes: &[u8]) -> Digest {
        Digest(self.keys.secret().derive("command", b"").mac(&[bytes]))
    }

    /// The same for bearer tokens, whose digests are all that is stored of them.
    pub fn token_digest(&self, token: &[u8]) -> Digest {
        Digest(self.keys.secret().derive("token", b"").mac(&[token]))
    }

    /// Destroys a holder's key for good and records that these blobs of theirs are gone. Once more
    /// does no harm, and is the answer to an error.
    ///
    /// # Errors
    /// When it could not be made durable; [`KeyError::LogHeld`] when it is durable, but the key's
    /// bytes could not be wiped yet.
    pub fn destroy(&self, holder: &StreamName, blobs: &[BlobId]) -> Result<(), KeyError> {
        self.write_down(Some(holder), blobs)?;
        self.keys.destroy(holder, blobs)
    }

    /// Records that these blobs are gone, though their holder keeps its key (D-3).
    ///
    /// # Errors
    /// As for [`Vault::destroy`].
    pub fn redact(&self, blobs: &[BlobId]) -> Result<(), KeyError> {
        self.write_down(None, blobs)?;
        self.keys.redact(blobs)
    }

    /// Erases all that was erased elsewhere, unless it is already.
    ///
    /// # Errors
    /// As for [`Vault::destroy`].
    pub fn replay(&self, erasures: &Erasures) -> Result<(), KeyError> {
        let others = erasures.without(&self.erased()?);
        self.write_all_down(&others)?;
        self.forget(&others)
    }

    /// What stands in the register already.
    fn forget(&self, erasures: &Erasures) -> Result<(), KeyError> {
        for holder in &erasures.holders {
            self.keys.destroy(holder, &[])?;
        }
        if erasures.blobs.is_empty() {
            return Ok(());
        }
        self.keys.redact(&erasures.blobs.iter().copied().collect::<Vec<_>>())
    }

    fn write_down(&self, holder: Option<&StreamName>, blobs: &[BlobId]) -> Result<(), KeyError> {
        let Some(register) = &self.register else { return Ok(()) };
        Ok(register.append(holder, blobs)?)
    }

    fn write_all_down(&self, erasures: &Erasures) -> Result<(), KeyError> {
        for holder in &erasures.holders {
            self.write_down(Some(holder), &[])?;
        }
        match erasures.blobs.is_empty() {
            true => Ok(()),
            false => self.write_down(None, &erasures.blobs.iter().copied().collect::<Vec<_>>()),
        }
    }

    /// All that was erased.
    ///
    /// # Errors
    /// When the keys can't be had.
    pub fn erased(&self) -> Result<Erasures, KeyError> {
        let holders = self.keys.tombstones()?.into_iter().collect();
        Ok(Erasures { holders, blobs: self.keys.erased_blobs().into_iter().collect() })
    }

    /// Whether a holder has a key, or had one that was destroyed.
    ///
    /// # Errors
    /// When the keys can't be had.
    pub fn knows(&self, holder: &StreamName) -> Result<bool, KeyError> {
        Ok(self.keys.find(holder)?.is_some())
    }

    /// Every holder whose key was destroyed: starting up completes what was begun for them.
    ///
    /// # Errors
    /// When the keys can't be had.
    pub fn tombstones(&self) -> Result<Vec<StreamName>, KeyError> {
        self.keys.tombstones()
    }

    /// Whether a blob is recorded as gone.
    pub fn is_gone(&self, blob: BlobId) -> bool {
        self.keys.is_erased(blob)
    }

    /// What is known of the keys: how many, under which epochs, and where the root key lies.
    ///
    /// # Errors
    /// When the keys can't be had, or follow from a seed.
    pub fn status(&self) -> Result<KeyStatus, KeyError> {
        self.keys.status()
    }

    /// Whether the root key was made when this vault was opened.
    pub fn root_key_was_made(&self) -> bool {
        self.keys.root_was_made()
    }

    /// Moves every key to a new epoch and destroys the old epochs' keys; under another root key,
    /// if a file is named for one, which is made unless it is there. Sealing and opening go on.
    /// A rotation that was stopped before is finished first.
    ///
    /// # Errors
    /// When `witness` stops it; when the keys or the new root key can't be had. Nothing is lost
    /// either way: the next rotation goes on from there.
    pub fn rotate(
        &self,
        now: Time,
        new_root_key: Option<&Path>,
        witness: Witness<'_>,
    ) -> Result<Rotated, KeyError> {
        self.keys.rotate(now, new_root_key, witness)
    }

    /// Every blob recorded as gone, which the store must not hold.
    pub fn erased_blobs(&self) -> Vec<BlobId> {
        self.keys.erased_blobs()
    }
}

/// Whose key sealed a blob: it stands in clear before the ciphertext.
pub fn holder_of(blob: &SealedBlob) -> Option<StreamName> {
    parse(&blob.bytes).map(|(_, holder, _)| holder)
}

/// What stands in clear before the ciphertext: ids and names of the schema, nothing personal.
fn header(holder: &StreamName, field: &str) -> Option<Vec<u8>> {
    let field_length = u8::try_from(field.len()).ok().filter(|length| *length > 0)?;
    let holder = holder.as_str().as_bytes();
    let mut bytes = vec![FORMAT, u8::try_from(holder.len()).ok()?];
    bytes.extend(holder);
    bytes.push(field_length);
    bytes.extend(field.as_bytes());
    Some(bytes)
}

/// Header, holder, and nonce with ciphertext.
fn parse(bytes: &[u8]) -> Option<(&[u8], StreamName, &[u8])> {
    let (&FORMAT, rest) = bytes.split_first()? else { return None };
    let (&length, rest) = rest.split_first()?;
    let (holder, rest) = rest.split_at_checked(length.into())?;
    let (&length, rest) = rest.split_first()?;
    let (_field, body) = rest.split_at_checked(length.into())?;
    let holder = std::str::from_utf8(holder).ok()?.parse().ok()?;
    Some((&bytes[..bytes.len() - body.len()], holder, body))
}

/// What a ciphertext is bound to. The header says where it ends, and so this does.
fn associated(blob: BlobId, header: &[u8]) -> Vec<u8> {
    [blob.uuid().as_bytes(), header].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIELD: &str = "summary";

    fn holder(name: &str) -> StreamName {
        name.parse().expect("a stream name")
    }

    fn blob(name: &str) -> BlobId {
        BlobId::derived(name)
    }

    fn text(vault: &Vault, (sealed, blob): &(Sealed, SealedBlob)) -> String {
        match vault.open(sealed, Some(blob)) {
            Ok(Opened::Text(text)) => text.as_str().to_owned(),
            other => panic!("{other:?}"),
        }
    }

    fn is_erased(vault: &Vault, (sealed, blob): &(Sealed, SealedBlob)) -> bool {
        matches!(vault.open(sealed, Some(blob)), Ok(Opened::Erased))
            && matches!(vault.open(sealed, None), Ok(Opened::Erased))
    }

    /// The blob with other bytes, and an event that agrees with them.
    fn forged(id: BlobId, bytes: Vec<u8>) -> (Sealed, SealedBlob) {
        let digest = Digest(Sha256::digest(&bytes).into());
        (Sealed { blob: id, digest }, SealedBlob { id, bytes })
    }

    fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes());
        let at = at.expect("the name stands in clear");
        [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat()
    }

    #[test]
    fn keys_survive_restarting() {
        let folder = tempfile::tempdir().expect("folder");
        let (keys, root) = (folder.path().join("keys"), folder.path().join("root.key"));
        let vault = Vault::in_folder(&keys, &root).expect("new");
        let sealed = vault.seal(&holder("case-1"), blob("a"), FIELD, "Léa").expect("sealed");
        let digest = vault.digest(b"request");
        drop(vault);
        let vault = Vault::in_folder(&keys, &root).expect("again");
        assert_eq!(text(&vault, &sealed), "Léa");
        let again = vault.seal(&holder("case-1"), blob("a"), FIELD, "Léa").expect("sealed");
        assert_eq!(again, sealed);
        assert_eq!(vault.digest(b"request"), digest);
    }

    #[test]
    fn a_destroyed_holder_stays_destroyed() {
        let folder = tempfile::tempdir().expect("folder");
        let (keys, root) = (folder.path().join("keys"), folder.path().join("root.key"));
        let (gone, other) = (holder("person-1"), holder("person-2"));
        let mut vault = Vault::in_folder(&keys, &root).expect("new");
        let hers = vault.seal(&gone, blob("a"), FIELD, "Léa").expect("sealed");
        let his = vault.seal(&other, blob("b"), FIELD, "Noé").expect("sealed");
        vault.destroy(&gone, &[blob("a")]).expect("destroyed");
        vault.destroy(&gone, &[blob("a")]).expect("once more does no harm");
        for _restart in 0..2 {
            assert!(is_erased(&vault, &hers));
            assert_eq!(text(&vault, &his), "Noé");
            let refused = vault.seal(&gone, blob("c"), FIELD, "Léa");
            assert!(matches!(refused, Err(SealError::Erased { holder }) if holder == gone));
            let refused = vault.ensure(&[other.clone(), gone.clone()]);
            assert!(matches!(refused, Err(SealError::Erased { .. })));
            assert_eq!(vault.tombstones().expect("read"), std::slice::from_ref(&gone));
            assert_eq!(vault.erased_blobs(), [blob("a")]);
            vault = Vault::in_folder(&keys, &root).expect("again");
        }
    }

    #[test]
    fn a_text_left_behind_by_a_destroyed_holder_reads_as_erased() {
        let vault = Vault::seeded([1; 32]);
        let (sealed, blob) =
            vault.seal(&holder("person-1"), blob("a"), FIELD, "Léa").expect("sealed");
        vault.destroy(&holder("person-1"), &[]).expect("destroyed");
        assert!(matches!(vault.open(&sealed, Some(&blob)), Ok(Opened::Erased)));
        assert!(matches!(vault.open(&sealed, None), Err(OpenError::Missing { .. })));
    }

    #[test]
    fn a_redacted_text_is_gone_and_its_neighbours_stay() {
        let folder = tempfile::tempdir().expect("folder");
        let (keys, root) = (folder.path().join("keys"), folder.path().join("root.key"));
        let case = holder("case-1");
        let mut vault = Vault::in_folder(&keys, &root).expect("new");
        let redacted = vault.seal(&case, blob("a"), FIELD, "Léa said").expect("sealed");
        let kept = vault.seal(&case, blob("b"), FIELD, "the plan").expect("sealed");
        vault.redact(&[blob("a")]).expect("redacted");
        for _restart in 0..2 {
            assert!(is_erased(&vault, &redacted));
            assert_eq!(text(&vault, &kept), "the plan");
            let repeated = vault.seal(&case, blob("a"), FIELD, "Léa said");
            assert!(matches!(repeated, Err(SealError::TextErased { .. })));
            vault = Vault::in_folder(&keys, &root).expect("again");
        }
    }

    #[test]
    fn a_missing_text_is_an_error_unless_it_was_erased() {
        let vault = Vault::seeded([1; 32]);
        let (sealed, _) = vault.seal(&holder("case-1"), blob("a"), FIELD, "Léa").expect("sealed");
        assert!(matches!(vault.open(&sealed, None), Err(OpenError::Missing { .. })));
    }

    #[test]
    fn a_text_opens_only_with_its_holder_field_and_blob_id() {
        let folder = tempfile::tempdir().expect("folder");
        let keys = folder.path().join("keys");
        let vault = Vault::in_folder(&keys, &folder.path().join("root.key")).expect("new");
        vault.ensure(&[holder("case-2")]).expect("a key");
        let (sealed, stored) =
            vault.seal(&holder("case-1"), blob("a"), FIELD, "Léa").expect("sealed");
        let open = |(sealed, stored): (Sealed, SealedBlob)| vault.open(&sealed, Some(&stored));
        let bytes = stored.bytes.clone();
        let other_field = forged(blob("a"), replaced(&bytes, FIELD, "comment"));
        assert!(matches!(open(other_field), Err(OpenError::Forged { .. })));
        let other_holder = forged(blob("a"), replaced(&bytes, "case-1", "case-2"));
        assert!(matches!(open(other_holder), Err(OpenError::Forged { .. })));
        let keyless = forged(blob("a"), replaced(&bytes, "case-1", "case-3"));
        assert!(matches!(open(keyless), Err(OpenError::NoKey { .. })));
        let elsewhere = Sealed { blob: blob("b"), ..sealed };
        assert!(matches!(open((elsewhere, stored)), Err(OpenError::Forged { .. })));
    }

    #[test]
    fn what_a_seeded_vault_sealed_opens_where_its_keys_were_adopted() {
        let folder = tempfile::tempdir().expect("folder");
        let (keys, root) = (folder.path().join("keys"), folder.path().join("root.key"));
        let seeded = Vault::seeded([1; 32]);
        let sealed = seeded.seal(&holder("case-1"), blob("a"), FIELD, "Léa").expect("sealed");
        let erased = seeded.seal(&holder("case-2"), blob("b"), FIELD, "Noé").expect("sealed");
        seeded.destroy(&holder("case-2"), &[blob("b")]).expect("destroyed");
        drop(Vault::adopt(&keys, &root, &seeded).expect("adopted"));
        let vault = Vault::in_folder(&keys, &root).expect("again");
        assert_eq!(text(&vault, &sealed), "Léa");
        assert!(is_erased(&vault, &erased));
        assert_eq!(vault.tombstones().expect("read"), seeded.tombstones().expect("read"));
        assert_eq!(vault.digest(b"request"), seeded.digest(b"request"));
        assert!(matches!(Vault::adopt(&keys, &root, &seeded), Err(KeyError::NotEmpty(_))));
        // Whoever knows the seed does not know the keys made later.
        vault.ensure(&[holder("case-3")]).expect("a key");
        let later = seeded.seal(&holder("case-3"), blob("c"), FIELD, "Zoé").expect("sealed");
        let opened = vault.open(&later.0, Some(&later.1));
        assert!(matches!(opened, Err(OpenError::Forged { .. })));
    }

    #[test]
    fn digests_differ_by_purpose_and_by_vault() {
        let (vault, other) = (Vault::seeded([1; 32]), Vault::seeded([2; 32]));
        assert_eq!(vault.digest(b"x"), Vault::seeded([1; 32]).digest(b"x"));
        assert_ne!(vault.digest(b"x"), vault.token_digest(b"x"));
        assert_ne!(vault.digest(b"x"), other.digest(b"x"));
        assert_ne!(vault.digest(b"x"), vault.digest(b"y"));
    }

    #[test]
    fn texts_and_names_of_fields_have_limits() {
        let vault = Vault::seeded([1; 32]);
        let seal = |field: &str, text: &str| vault.seal(&holder("case-1"), blob("a"), field, text);
        let longest = "é".repeat(Sealed::CHARS_MAX);
        assert_eq!(text(&vault, &seal(FIELD, &longest).expect("sealed")), longest);
        assert!(matches!(seal(FIELD, &(longest + "e")), Err(SealError::TooLong)));
        assert!(seal(&"f".repeat(FIELD_BYTES_MAX), "").is_ok());
        assert!(matches!(seal(&"f".repeat(FIELD_BYTES_MAX + 1), ""), Err(SealError::Field)));
        assert!(matches!(seal("", "x"), Err(SealError::Field)));
    }

    #[test]
    fn a_text_is_never_printed_by_accident() {
        assert_eq!(format!("{:?}", Opened::Text("Léa".to_owned().into())), "Text(…)");
    }

    #[test]
    fn one_vault_serves_all_threads() {
        let folder = tempfile::tempdir().expect("folder");
        let keys = folder.path().join("keys");
        let vault = Vault::in_folder(&keys, &folder.path().join("root.key")).expect("new");
        std::thread::scope(|scope| {
            let seal = |_| scope.spawn(|| vault.seal(&holder("case-1"), blob("a"), FIELD, "Léa"));
            let sealed: Vec<_> = [(); 8].into_iter().map(seal).collect();
            for thread in sealed {
                let sealed = thread.join().expect("no panic").expect("sealed");
                assert_eq!(text(&vault, &sealed), "Léa");
            }
        });
    }

    proptest! {
        #[test]
        fn the_same_words_in_the_same_place_give_the_same_bytes(
            one in ".{0,80}", two in ".{0,80}", name in "[a-z/0-9]{1,30}",
        ) {
            let vault = Vault::seeded([1; 32]);
            let seal = |id, field: &str, words: &str| {
                vault.seal(&holder("case-1"), blob(id), field, words).expect("sealed")
            };
            let first = seal("a", &name, &one);
            prop_assert_eq!(&text(&vault, &first), &one);
            prop_assert_eq!(&seal("a", &name, &one), &first);
            let body = |(_, blob): (Sealed, SealedBlob)| {
                let (_, _, body) = parse(&blob.bytes).expect("well formed");
                body[..24].to_vec()
            };
            let nonce = body(first);
            prop_assert_ne!(&body(seal("b", &name, &one)), &nonce);
            prop_assert_ne!(&body(seal("a", &format!("{name}x"), &one)), &nonce);
            prop_assert_eq!(body(seal("a", &name, &two)) == nonce, one == two);
        }

        #[test]
        fn a_flipped_bit_is_always_found(
            words in ".{0,80}", at in any::<prop::sample::Index>(), bit in 0..8_u8,
        ) {
            let vault = Vault::seeded([1; 32]);
            let (sealed, mut stored) =
                vault.seal(&holder("case-1"), blob("a"), FIELD, &words).expect("sealed");
            let at = at.index(stored.bytes.len());
            stored.bytes[at] ^= 1 << bit;
            let found = matches!(vault.open(&sealed, Some(&stored)), Err(OpenError::Digest { .. }));
            prop_assert!(found);
            let (sealed, stored) = forged(stored.id, stored.bytes);
            let opened = vault.open(&sealed, Some(&stored));
            let found = matches!(
                opened,
                Err(OpenError::Format { .. } | OpenError::Forged { .. } | OpenError::NoKey { .. })
            );
            prop_assert!(found, "{:?}", opened);
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let (sealed, stored) = forged(blob("a"), bytes);
            prop_assert!(Vault::seeded([1; 32]).open(&sealed, Some(&stored)).is_err());
        }
    }
}
