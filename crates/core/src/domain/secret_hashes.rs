//! Stored forms of secrets: hashes and encrypted texts, whose `Debug` output is redacted.

use core::fmt;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};

/// SHA-256 hash of a session token, an API key or a browser key, for lookup by secret.
///
/// A fast hash is sufficient for secrets of 256 random bits (ASVS 5.0 6.5.2).
#[derive(Clone, PartialEq, Eq)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Creates a hash from its 32 bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        SecretHash(bytes)
    }

    /// Textual form: 64 lower-case hex digits.
    pub fn to_hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// Parses the output of [`SecretHash::to_hex`]; None for any other text.
    pub fn from_hex(text: &str) -> Option<Self> {
        HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok().map(SecretHash)
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// Hash of a password as a PHC string with its parameters; `keyid` is the id of the pepper, if any.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Creates a hash from its PHC string, without validation.
    pub fn restore(text: String) -> Self {
        PasswordHash(text)
    }

    /// PHC string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// HMAC-SHA256 of a short code under a key of the server, which it names: without that key nobody can try the codes out.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyedHash {
    kid: String,
    tag: [u8; 32],
}

impl KeyedHash {
    /// Creates a hash from the id of its key and its 32 bytes.
    pub fn from_parts(kid: &str, tag: [u8; 32]) -> Self {
        KeyedHash { kid: kid.to_owned(), tag }
    }

    /// Id of the key.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The 32 bytes of the hash.
    pub fn tag(&self) -> &[u8; 32] {
        &self.tag
    }

    /// Textual form: the id of the key, a dot, 43 characters of base64url.
    pub fn to_text(&self) -> String {
        format!("{}.{}", self.kid, BASE64URL_NOPAD.encode(&self.tag))
    }

    /// Parses the output of [`KeyedHash::to_text`]; None for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let (kid, tag) = text.split_once('.').filter(|(kid, _)| !kid.is_empty())?;
        Some(KeyedHash { kid: kid.to_owned(), tag: BASE64URL_NOPAD.decode(tag.as_bytes()).ok()?.try_into().ok()? })
    }
}

impl fmt::Debug for KeyedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyedHash(…)")
    }
}

/// Secret that the server itself must be able to read, encrypted under a key of the server, which the text names.
#[derive(Clone, PartialEq, Eq)]
pub struct EncryptedSecret(String);

impl EncryptedSecret {
    /// Creates an encrypted secret from its text, without validation: decryption validates it.
    pub fn restore(text: String) -> Self {
        EncryptedSecret(text)
    }

    /// Text: the id of the key, a dot, base64url.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Id of the key; empty for a malformed text.
    pub fn kid(&self) -> &str {
        self.0.split_once('.').map_or("", |(kid, _)| kid)
    }
}

impl fmt::Debug for EncryptedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptedSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_keyed_hash_names_its_key_and_has_32_bytes() {
        let body = |bytes: usize| BASE64URL_NOPAD.encode(&vec![7; bytes]);
        for (text, valid) in [
            (format!("k1.{}", body(32)), true),
            (format!("k1.{}", body(31)), false),
            (format!("k1.{}", body(33)), false),
            (format!(".{}", body(32)), false),
            (body(32), false),
            (format!("k1.{}=", body(32)), false),
        ] {
            assert_eq!(KeyedHash::parse(&text).map(|hash| hash.to_text()), valid.then_some(text));
        }
    }

    #[test]
    fn a_secret_hash_is_64_lower_case_hex_digits() {
        for (text, valid) in [("a".repeat(64), true), ("a".repeat(62), false), ("a".repeat(66), false), ("A".repeat(64), false)] {
            assert_eq!(SecretHash::from_hex(&text).is_some(), valid, "{text}");
        }
    }

    #[test]
    fn debug_output_is_redacted() {
        assert_eq!(format!("{:?}", SecretHash::from_bytes([7; 32])), "SecretHash(…)");
        assert_eq!(format!("{:?}", PasswordHash::restore("$argon2id$".to_owned())), "PasswordHash(…)");
        assert_eq!(format!("{:?}", KeyedHash::from_parts("k1", [7; 32])), "KeyedHash(…)");
        assert_eq!(format!("{:?}", EncryptedSecret::restore("k1.AAAA".to_owned())), "EncryptedSecret(…)");
    }

    proptest! {
        #[test]
        fn secret_hashes_round_trip_through_hex(bytes: [u8; 32]) {
            let hash = SecretHash::from_bytes(bytes);
            prop_assert_eq!(SecretHash::from_hex(&hash.to_hex()), Some(hash));
            let keyed = KeyedHash::from_parts("k1", bytes);
            prop_assert_eq!(KeyedHash::parse(&keyed.to_text()), Some(keyed));
        }

        #[test]
        fn parsing_any_text_does_not_panic(text: String) {
            if let Some(hash) = KeyedHash::parse(&text) {
                prop_assert_eq!(hash.to_text(), text);
            }
        }
    }
}
