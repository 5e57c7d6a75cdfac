//! One key: 32 secret bytes, and all that is ever done with them.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// 32 secret bytes, wiped when dropped; never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct Key([u8; 32]);

impl Key {
    /// Length of a key.
    pub(super) const BYTES: usize = 32;
    /// What sealing adds: nonce and tag.
    const NONCE_BYTES: usize = 24;

    pub(super) const fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    pub(super) fn random() -> Result<Self, getrandom::Error> {
        let mut key = Self([0; Self::BYTES]);
        getrandom::fill(&mut key.0)?;
        Ok(key)
    }

    /// `None` when there are not exactly 32 bytes.
    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().map(Self).ok()
    }

    pub(super) const fn bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// HMAC-SHA256 of the parts, one after the other.
    pub(super) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// Another key, for one purpose only. `purpose` never holds a zero byte.
    pub(super) fn derive(&self, purpose: &str, context: &[u8]) -> Self {
        Self(self.mac(&[purpose.as_bytes(), &[0], context]))
    }

    pub(super) fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&self.0).into())
    }

    /// Nonce and ciphertext of `plain`, bound to `associated`.
    ///
    /// The nonce is synthetic, a MAC of everything: the same words give the same bytes, so that a
    /// repeated command repeats its blobs, and no nonce ever serves two texts. `associated` must
    /// say where it ends.
    pub(super) fn seal(&self, associated: &[u8], plain: &[u8]) -> Vec<u8> {
        let mac = self.derive("nonce", b"").mac(&[associated, plain]);
        let nonce = XNonce::try_from(&mac[..Self::NONCE_BYTES]).expect("24 bytes are 24 bytes");
        let payload = Payload { msg: plain, aad: associated };
        let sealed = self.derive("cipher", b"").cipher().encrypt(&nonce, payload);
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed.expect("XChaCha20-Poly1305 seals any text below 256 GiB"));
        bytes
    }

    /// What [`Key::seal`] sealed; `None` unless all of it is as it was.
    pub(super) fn open(&self, associated: &[u8], bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = bytes.split_at_checked(Self::NONCE_BYTES)?;
        let payload = Payload { msg: sealed, aad: associated };
        let nonce = XNonce::try_from(nonce).ok()?;
        let plain = self.derive("cipher", b"").cipher().decrypt(&nonce, payload).ok()?;
        Some(Zeroizing::new(plain))
    }

    /// `inner`, sealed under this key as `name`.
    pub(super) fn wrap(&self, name: &str, inner: &Self) -> Vec<u8> {
        self.seal(name.as_bytes(), &inner.0)
    }

    /// The key that [`Key::wrap`] sealed as `name`; `None` unless all of it is as it was.
    pub(super) fn unwrapped(&self, name: &str, bytes: &[u8]) -> Option<Self> {
        Self::from_slice(&self.open(name.as_bytes(), bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_wrapped_under_one_name_is_not_found_under_another() {
        let (outer, inner) = (Key::new([1; 32]), Key::new([2; 32]));
        let wrapped = outer.wrap("key/a", &inner);
        assert_eq!(outer.unwrapped("key/a", &wrapped).map(|key| key.0), Some(inner.0));
        assert!(outer.unwrapped("key/b", &wrapped).is_none());
        assert!(inner.unwrapped("key/a", &wrapped).is_none());
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens_only_untouched(
            plain in prop::collection::vec(any::<u8>(), 0..200),
            at in any::<prop::sample::Index>(),
            bit in 0..8_u8,
        ) {
            let key = Key::new([7; 32]);
            let mut bytes = key.seal(b"about", &plain);
            let opened = key.open(b"about", &bytes);
            prop_assert_eq!(opened.as_deref(), Some(&plain));
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert!(key.open(b"about", &bytes).is_none());
        }
    }
}
