//! Bearer tokens: `gch_` and 52 letters and digits; the log keeps their hash alone.

use events::{CommandId, Digest};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::vault::Vault;

/// How every token begins, so that a leaked one is recognised.
const PREFIX: &str = "gch_";

/// A bearer token in clear. Never logged, never stored.
pub struct Token(Zeroizing<String>);

/// A token and what the log may know of it.
pub struct TokenParts {
    /// To be shown once.
    pub token: Token,
    /// To be stored.
    pub hash: Digest,
}

impl Token {
    /// The token that a command issues: the same command gives the same one, and only who holds
    /// the vault's keys can tell which.
    pub fn issued_by(vault: &Vault, command: CommandId) -> TokenParts {
        let secret = vault.digest(format!("token/{command}").as_bytes());
        let text = data_encoding::BASE32_NOPAD.encode(&secret.0).to_lowercase();
        let token = Self(Zeroizing::new(format!("{PREFIX}{text}")));
        let hash = token.hash();
        TokenParts { token, hash }
    }

    /// A token as somebody sent it; `None` when it can't be one.
    pub fn read(text: &str) -> Option<Self> {
        let plausible = text.starts_with(PREFIX) && (8..=128).contains(&text.len());
        plausible.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// What the log knows of it. Tokens are random, so that a plain hash can't be guessed back.
    pub fn hash(&self) -> Digest {
        Digest(Sha256::digest(self.0.as_bytes()).into())
    }

    /// The token itself, to be shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_command_issues_the_same_token() {
        let vault = Vault::seeded([1; 32]);
        let command = CommandId::derived("x");
        let (one, two) = (Token::issued_by(&vault, command), Token::issued_by(&vault, command));
        assert_eq!(one.token.reveal(), two.token.reveal());
        assert_eq!(Token::read(one.token.reveal()).map(|token| token.hash()), Some(one.hash));
        let other = Token::issued_by(&vault, CommandId::derived("y"));
        assert_ne!(one.hash, other.hash);
    }

    #[test]
    fn a_token_never_shows_in_debug_output() {
        let token = Token::read("gch_secret_thing").expect("plausible");
        assert!(!format!("{token:?}").contains("secret"));
        assert!(Token::read("Bearer x").is_none());
    }
}
