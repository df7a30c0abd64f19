//! What is stored of secrets: hashes, which show nothing when they are printed.

use core::fmt;
use data_encoding::HEXLOWER;

/// What is stored of a session token, an API key or a browser's key: enough to find it, not to use it.
///
/// A fast hash is right here, since the secrets have 256 random bits (ASVS 5.0 6.5.2).
#[derive(Clone, PartialEq, Eq)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// The hash from its 32 bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        SecretHash(bytes)
    }

    /// 64 lower-case hex digits.
    pub fn to_hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// Reads what [`SecretHash::to_hex`] wrote.
    pub fn from_hex(text: &str) -> Option<Self> {
        HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok().map(SecretHash)
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// What is stored of a password: a PHC string with its parameters, `keyid` naming the pepper if there is one.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A hash from a row.
    pub fn restore(text: String) -> Self {
        PasswordHash(text)
    }

    /// The text of the row.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}
