//! Keys and secrets: each plain secret has a type of its own that shows nothing, and another for what is stored of it.

use crate::domain::stored_secret::SecretHash;
use core::fmt;
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// Most keys of a ring: the current one and those that still verify.
const KEYS_MAX: usize = 8;
/// Longest key id in bytes, where keys are configured and where a token names one: a date or a counter fits.
pub(crate) const KID_MAX: usize = 16;

/// The server's keys for links, cursors and derived tokens. The first makes new ones, every one still verifies.
///
/// The epoch is mixed into everything: raising it after a database was restored to an earlier time ends every
/// session, link and API key of before, which the restore may have brought back to life.
pub struct Keyring {
    keys: Vec<(String, [u8; KEY_BYTES])>,
    epoch: String,
}

/// The configured text is no keyring. Names the place, never the key.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct KeyringError {
    /// Which key, from 1; 0 for the whole.
    pub position: usize,
}

impl fmt::Display for KeyringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {} is not of the form `kid:base64url of 32 bytes`", self.position)
    }
}

impl core::error::Error for KeyringError {}

/// Splits `kid:base64url[,kid:base64url…]`, the form of every configured key list.
pub(crate) fn parse_keys(text: &str) -> Result<Vec<(String, [u8; KEY_BYTES])>, KeyringError> {
    let mut keys: Vec<(String, [u8; KEY_BYTES])> = Vec::new();
    for (index, entry) in text.split(',').enumerate() {
        let error = KeyringError { position: index + 1 };
        let (kid, key) = entry.trim().split_once(':').ok_or(error)?;
        let plain = !kid.is_empty() && kid.len() <= KID_MAX && kid.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !plain || keys.iter().any(|(other, _)| other == kid) || keys.len() == KEYS_MAX {
            return Err(error);
        }
        let bytes = BASE64URL_NOPAD.decode(key.as_bytes()).map_err(|_| error)?;
        keys.push((kid.to_owned(), bytes.try_into().map_err(|_| error)?));
    }
    Ok(keys)
}

impl Keyring {
    /// Reads the configured keys; an empty list is an error, so that a missing secret cannot pass.
    pub fn parse(text: &str, epoch: &str) -> Result<Keyring, KeyringError> {
        Ok(Keyring { keys: parse_keys(text)?, epoch: epoch.to_owned() })
    }

    /// The id of the key that makes new things.
    pub fn current(&self) -> &str {
        self.keys.first().map_or("", |(kid, _)| kid)
    }

    /// HMAC-SHA256 over a label and parts, each with its length before it, so that no two lists of parts are one text.
    pub fn mac(&self, kid: &str, label: &str, parts: &[&[u8]]) -> Option<[u8; 32]> {
        let (_, key) = self.keys.iter().find(|(other, _)| other == kid)?;
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).ok()?;
        for part in [label.as_bytes(), self.epoch.as_bytes()].iter().chain(parts) {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        Some(mac.finalize().into_bytes().into())
    }

    /// What is stored of a browser's own key.
    pub fn hash_browser_key(&self, key: &str) -> SecretHash {
        self.hash_secret("browser-key", key.as_bytes())
    }

    fn hash_secret(&self, label: &str, secret: &[u8]) -> SecretHash {
        let mut hasher = Sha256::new();
        for part in [label.as_bytes(), self.epoch.as_bytes(), secret] {
            hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(part);
        }
        SecretHash::from_bytes(hasher.finalize().into())
    }

    /// Whether `tag` is the beginning of that MAC; the time taken does not tell where it differs.
    pub fn verify(&self, kid: &str, label: &str, parts: &[&[u8]], tag: &[u8]) -> bool {
        self.mac(kid, label, parts).is_some_and(|mac| mac.get(..tag.len()).is_some_and(|mac| mac.ct_eq(tag).into()))
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({} keys)", self.keys.len())
    }
}

/// A session's secret: it exists in the browser's cookie and, for a moment, here.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken([u8; 32]);

impl SessionToken {
    /// From 32 fresh random bytes.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        SessionToken(bytes)
    }

    /// The token of a request that may be sent again. `nonce` is fresh for each session and kept with the answer: a
    /// replay derives the same token from it, and the same request after the answer was forgotten another one.
    pub fn derive(keys: &Keyring, principal: &str, key: &str, fingerprint: &str, nonce: &[u8; 16]) -> Self {
        let parts = [principal.as_bytes(), key.as_bytes(), fingerprint.as_bytes(), nonce];
        // A ring always has its current key; the hash of nothing opens nothing.
        SessionToken(keys.mac(keys.current(), "session-replay", &parts).unwrap_or_default())
    }

    /// The text of the cookie: 43 characters of base64url.
    pub fn reveal(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// Reads the cookie's text.
    pub fn parse(text: &str) -> Option<Self> {
        BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok().map(SessionToken)
    }

    /// What is stored and looked up.
    pub fn hash(&self, keys: &Keyring) -> SecretHash {
        keys.hash_secret("session", &self.0)
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// An API key's secret, `rc_` and 59 letters and digits: random, then a checksum, so that scanners find leaked ones
/// and a mistyped one costs no query.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeySecret([u8; 32]);

impl ApiKeySecret {
    /// What every key begins with.
    pub const PREFIX: &'static str = "rc_";

    /// From 32 fresh random bytes.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        ApiKeySecret(bytes)
    }

    /// The text that is shown once.
    pub fn reveal(&self) -> String {
        let body = BASE32_NOPAD.encode(&self.0).to_ascii_lowercase();
        let check = BASE32_NOPAD.encode(&crc32(body.as_bytes()).to_be_bytes()).to_ascii_lowercase();
        format!("{}{body}{check}", Self::PREFIX)
    }

    /// Reads a key whose checksum is right.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(Self::PREFIX).filter(|rest| rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))?;
        let body = rest.get(..52)?;
        let bytes = BASE32_NOPAD.decode(body.to_ascii_uppercase().as_bytes()).ok()?;
        let secret = ApiKeySecret(bytes.try_into().ok()?);
        (secret.reveal() == text).then_some(secret)
    }

    /// What is stored and looked up.
    pub fn hash(&self, keys: &Keyring) -> SecretHash {
        keys.hash_secret("api-key", &self.0)
    }
}

impl fmt::Debug for ApiKeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeySecret(…)")
    }
}

/// CRC-32 of IEEE 802.3, bit by bit: it guards against typing, not against people.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ONE: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    const TWO: &str = "k2:IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    #[test]
    fn a_faulty_keyring_is_refused_without_being_shown() {
        for (text, position) in [("", 1), ("k1", 1), ("k1:short", 1), (":AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", 1)] {
            assert_eq!(Keyring::parse(text, "0").unwrap_err().position, position, "{text}");
        }
        assert_eq!(Keyring::parse(&format!("{ONE},{ONE}"), "0").unwrap_err().position, 2);
        assert_eq!(format!("{:?}", Keyring::parse(ONE, "0").unwrap()), "Keyring(1 keys)");
    }

    #[test]
    fn parts_do_not_run_into_each_other_and_epochs_differ() {
        let keys = Keyring::parse(ONE, "0").unwrap();
        let later = Keyring::parse(ONE, "1").unwrap();
        assert_ne!(keys.mac("k1", "l", &[b"ab", b"c"]), keys.mac("k1", "l", &[b"a", b"bc"]));
        assert_ne!(keys.mac("k1", "l", &[b"a"]), later.mac("k1", "l", &[b"a"]));
        let token = SessionToken::from_random([9; 32]);
        assert_ne!(token.hash(&keys), token.hash(&later));
    }

    #[test]
    fn an_old_key_still_verifies_and_a_foreign_one_does_not() {
        let old = Keyring::parse(ONE, "0").unwrap();
        let rotated = Keyring::parse(&format!("{TWO},{ONE}"), "0").unwrap();
        let tag = old.mac("k1", "l", &[b"x"]).unwrap();
        assert!(rotated.verify("k1", "l", &[b"x"], &tag));
        assert!(!rotated.verify("k2", "l", &[b"x"], &tag));
        assert!(!rotated.verify("k3", "l", &[b"x"], &tag));
    }

    #[test]
    fn the_checksum_is_the_known_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    proptest! {
        #[test]
        fn secrets_read_back_and_a_changed_letter_is_noticed(bytes: [u8; 32], at in 0_usize..62, letter in "[a-z2-7]") {
            let secret = ApiKeySecret::from_random(bytes);
            let text = secret.reveal();
            prop_assert_eq!(text.len(), 62);
            prop_assert_eq!(ApiKeySecret::parse(&text), Some(secret));
            let mut changed = text.clone();
            changed.replace_range(at..=at, &letter);
            if changed != text {
                prop_assert_eq!(ApiKeySecret::parse(&changed), None);
            }
            let token = SessionToken::from_random(bytes);
            prop_assert_eq!(SessionToken::parse(&token.reveal()), Some(token));
        }

        #[test]
        fn any_text_is_safe_to_parse(text: String) {
            prop_assert_eq!(ApiKeySecret::parse(&text), None);
            let _ = (SessionToken::parse(&text), SecretHash::from_hex(&text), Keyring::parse(&text, ""));
        }
    }
}
