//! Stored forms of secrets: hashes, whose `Debug` output is redacted.

use core::fmt;
use data_encoding::HEXLOWER;

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
    }

    proptest! {
        #[test]
        fn secret_hashes_round_trip_through_hex(bytes: [u8; 32]) {
            let hash = SecretHash::from_bytes(bytes);
            prop_assert_eq!(SecretHash::from_hex(&hash.to_hex()), Some(hash));
        }
    }
}
