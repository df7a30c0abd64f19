//! Keyring of the server and secrets of clients. Each secret has a type with redacted `Debug` output and a separate stored form.

use crate::domain::secret_hashes::SecretHash;
use core::fmt;
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Length of a key in bytes.
const KEY_BYTES: usize = 32;
/// Maximum number of keys: the current one and earlier ones, which only verify.
const KEYS_MAX: usize = 8;
/// Maximum length of a configured key id in bytes.
pub(crate) const KID_MAX: usize = 16;

/// Keys of the server for MACs and hashes. New MACs use the first key, and all keys verify, so that keys can be rotated.
///
/// The restore epoch is part of every MAC and hash. A new epoch after a point-in-time restore of the database therefore invalidates
/// all earlier sessions, links and API keys, some of which the restore may have made valid again.
pub struct Keyring {
    keys: Vec<(String, [u8; KEY_BYTES])>,
    epoch: String,
}

/// Error of a configured list of keys, with the position of the invalid key and without its text.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct KeyringError {
    /// Position of the invalid key, from 1.
    pub position: usize,
}

impl fmt::Display for KeyringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {} is not of the form `kid:base64url of 32 bytes`", self.position)
    }
}

impl core::error::Error for KeyringError {}

/// Parses a comma-separated list of `kid:key`, the format of every configured list of keys, where `key` is unpadded base64url of
/// 32 bytes.
///
/// # Errors
/// [`KeyringError`] if a key is malformed, a key id occurs twice, or there are more than [`KEYS_MAX`] keys.
pub(crate) fn parse_keys(text: &str) -> Result<Vec<(String, [u8; KEY_BYTES])>, KeyringError> {
    let mut keys: Vec<(String, [u8; KEY_BYTES])> = Vec::new();
    for (index, entry) in text.split(',').enumerate() {
        let error = KeyringError { position: index + 1 };
        let (kid, key) = entry.trim().split_once(':').ok_or(error)?;
        let valid = !kid.is_empty() && kid.len() <= KID_MAX && kid.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !valid || keys.iter().any(|(other, _)| other == kid) || keys.len() == KEYS_MAX {
            return Err(error);
        }
        let bytes = BASE64URL_NOPAD.decode(key.as_bytes()).map_err(|_| error)?;
        keys.push((kid.to_owned(), bytes.try_into().map_err(|_| error)?));
    }
    Ok(keys)
}

impl Keyring {
    /// Parses the configured keys: a comma-separated list of `kid:key`, where `kid` has 1 to 16 letters, digits, hyphens and
    /// underscores and `key` is unpadded base64url of 32 bytes. `epoch` is the restore epoch.
    ///
    /// # Errors
    /// [`KeyringError`] if a key is malformed, a key id occurs twice, or the number of keys is not from 1 to 8.
    ///
    /// # Examples
    /// ```
    /// use rolecall_core::credential::secret::Keyring;
    ///
    /// let keys = Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0")?;
    /// assert_eq!(keys.current(), "k1");
    ///
    /// let error = Keyring::parse("", "0").unwrap_err();
    /// assert_eq!(error.position, 1);
    /// # Ok::<(), rolecall_core::credential::secret::KeyringError>(())
    /// ```
    pub fn parse(text: &str, epoch: &str) -> Result<Keyring, KeyringError> {
        Ok(Keyring { keys: parse_keys(text)?, epoch: epoch.to_owned() })
    }

    /// Id of the current key, which is the key of new MACs.
    pub fn current(&self) -> &str {
        self.keys.first().map_or("", |(kid, _)| kid)
    }

    /// Ids of all keys, the current one first.
    pub(crate) fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|(kid, _)| kid.as_str())
    }

    /// HMAC-SHA256 of a label, the epoch and parts, each prefixed with its length, so that different lists of parts have different
    /// inputs. None for an unknown key id.
    pub fn mac(&self, kid: &str, label: &str, parts: &[&[u8]]) -> Option<[u8; 32]> {
        let (_, key) = self.keys.iter().find(|(other, _)| other == kid)?;
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).ok()?;
        for part in [label.as_bytes(), self.epoch.as_bytes()].iter().chain(parts) {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        Some(mac.finalize().into_bytes().into())
    }

    /// Derives a key for encryption at rest. None for an unknown key id.
    ///
    /// The restore epoch is not part of it: a restore must not make what is encrypted unreadable. The first eight bytes are no length
    /// of a label, so no MAC has this input.
    pub(crate) fn derive_key(&self, kid: &str, label: &str) -> Option<[u8; 32]> {
        let (_, key) = self.keys.iter().find(|(other, _)| other == kid)?;
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).ok()?;
        mac.update(&u64::MAX.to_be_bytes());
        mac.update(label.as_bytes());
        Some(mac.finalize().into_bytes().into())
    }

    /// Stored form of a browser key, the random text by which a browser identifies itself during sign-up.
    pub fn hash_browser_key(&self, key: &str) -> SecretHash {
        self.hash_secret("browser-key", key.as_bytes())
    }

    /// SHA-256 of a label, the epoch and a secret, each prefixed with its length.
    fn hash_secret(&self, label: &str, secret: &[u8]) -> SecretHash {
        let mut hasher = Sha256::new();
        for part in [label.as_bytes(), self.epoch.as_bytes(), secret] {
            hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(part);
        }
        SecretHash::from_bytes(hasher.finalize().into())
    }

    /// Returns whether `tag` is a prefix of the MAC, in constant time. False for an unknown key id. The caller checks the length of the
    /// tag: an empty tag matches every MAC.
    pub fn verify(&self, kid: &str, label: &str, parts: &[&[u8]], tag: &[u8]) -> bool {
        self.mac(kid, label, parts).is_some_and(|mac| mac.get(..tag.len()).is_some_and(|mac| mac.ct_eq(tag).into()))
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({} keys)", self.keys.len())
    }
}

/// Secret of a session, the value of the session cookie.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken([u8; 32]);

impl SessionToken {
    /// Creates a token from 32 fresh random bytes.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        SessionToken(bytes)
    }

    /// Derives the token of a session that an idempotent request creates. `nonce` is fresh for each session and stored with the
    /// response: a replay derives the same token, and a repetition after the stored response has expired a different one.
    pub fn derive(keys: &Keyring, principal: &str, key: &str, fingerprint: &str, nonce: &[u8; 16]) -> Self {
        let parts = [principal.as_bytes(), key.as_bytes(), fingerprint.as_bytes(), nonce];
        // Never the default: a keyring has at least one key.
        SessionToken(keys.mac(keys.current(), "session-replay", &parts).unwrap_or_default())
    }

    /// Value of the cookie: 43 characters of base64url.
    pub fn reveal(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// Parses the value of a cookie; None unless it is unpadded base64url of 32 bytes.
    ///
    /// # Examples
    /// ```
    /// use rolecall_core::credential::secret::SessionToken;
    ///
    /// let token = SessionToken::from_random([7; 32]);
    /// assert_eq!(SessionToken::parse(&token.reveal()), Some(token));
    /// assert_eq!(SessionToken::parse("AAAA"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok().map(SessionToken)
    }

    /// Stored form of the token.
    pub fn hash(&self, keys: &Keyring) -> SecretHash {
        keys.hash_secret("session", &self.0)
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// Secret of an API key: `rc_`, 52 characters of base32 for 256 random bits, 7 characters for a CRC-32. The prefix allows secret
/// scanners to recognise leaked keys, and the checksum rejects a mistyped key without a query.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeySecret([u8; 32]);

impl ApiKeySecret {
    /// Prefix of every key.
    pub const PREFIX: &'static str = "rc_";

    /// Creates a secret from 32 fresh random bytes.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        ApiKeySecret(bytes)
    }

    /// Textual form, which only the response to the creation of the key contains.
    pub fn reveal(&self) -> String {
        let body = BASE32_NOPAD.encode(&self.0).to_ascii_lowercase();
        let check = BASE32_NOPAD.encode(&crc32(body.as_bytes()).to_be_bytes()).to_ascii_lowercase();
        format!("{}{body}{check}", Self::PREFIX)
    }

    /// Parses the textual form; None for any other text or a wrong checksum.
    ///
    /// # Examples
    /// ```
    /// use rolecall_core::credential::secret::ApiKeySecret;
    ///
    /// let secret = ApiKeySecret::from_random([7; 32]);
    /// let text = secret.reveal();
    /// assert_eq!(ApiKeySecret::parse(&text), Some(secret));
    /// assert_eq!(ApiKeySecret::parse(&text.to_uppercase()), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(Self::PREFIX).filter(|rest| rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))?;
        let body = rest.get(..52)?;
        let bytes = BASE32_NOPAD.decode(body.to_ascii_uppercase().as_bytes()).ok()?;
        let secret = ApiKeySecret(bytes.try_into().ok()?);
        (secret.reveal() == text).then_some(secret)
    }

    /// Stored form of the secret.
    pub fn hash(&self, keys: &Keyring) -> SecretHash {
        keys.hash_secret("api-key", &self.0)
    }
}

impl fmt::Debug for ApiKeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeySecret(…)")
    }
}

/// CRC-32 (IEEE 802.3), against typing errors only.
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
    fn an_invalid_keyring_is_rejected_without_its_text_in_the_error() {
        for (text, position) in [("", 1), ("k1", 1), ("k1:short", 1), (":AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", 1)] {
            assert_eq!(Keyring::parse(text, "0").unwrap_err().position, position, "{text}");
        }
        assert_eq!(Keyring::parse(&format!("{ONE},{ONE}"), "0").unwrap_err().position, 2);
        assert_eq!(format!("{:?}", Keyring::parse(ONE, "0").unwrap()), "Keyring(1 keys)");
    }

    #[test]
    fn macs_depend_on_the_boundaries_of_parts_and_on_the_epoch() {
        let keys = Keyring::parse(ONE, "0").unwrap();
        let later = Keyring::parse(ONE, "1").unwrap();
        assert_ne!(keys.mac("k1", "l", &[b"ab", b"c"]), keys.mac("k1", "l", &[b"a", b"bc"]));
        assert_ne!(keys.mac("k1", "l", &[b"a"]), later.mac("k1", "l", &[b"a"]));
        let token = SessionToken::from_random([9; 32]);
        assert_ne!(token.hash(&keys), token.hash(&later));
    }

    #[test]
    fn a_derived_key_depends_on_key_and_label_and_not_on_the_epoch() {
        let keys = Keyring::parse(&format!("{ONE},{TWO}"), "0").unwrap();
        let derived = keys.derive_key("k1", "l").unwrap();
        assert_eq!(Keyring::parse(ONE, "1").unwrap().derive_key("k1", "l"), Some(derived));
        assert_ne!(keys.derive_key("k2", "l"), Some(derived));
        assert_ne!(keys.derive_key("k1", "m"), Some(derived));
        assert_eq!(keys.derive_key("k3", "l"), None);
    }

    #[test]
    fn an_earlier_key_verifies_and_an_unknown_one_does_not() {
        let old = Keyring::parse(ONE, "0").unwrap();
        let rotated = Keyring::parse(&format!("{TWO},{ONE}"), "0").unwrap();
        let tag = old.mac("k1", "l", &[b"x"]).unwrap();
        assert!(rotated.verify("k1", "l", &[b"x"], &tag));
        assert!(!rotated.verify("k2", "l", &[b"x"], &tag));
        assert!(!rotated.verify("k3", "l", &[b"x"], &tag));
    }

    #[test]
    fn the_crc_of_the_standard_check_string_is_right() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    proptest! {
        #[test]
        fn secrets_round_trip_and_the_checksum_detects_one_changed_character(bytes: [u8; 32], at in 0_usize..62, letter in "[a-z2-7]") {
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
        fn parsing_arbitrary_text_never_panics(text: String) {
            prop_assert_eq!(ApiKeySecret::parse(&text), None);
            let _ = (SessionToken::parse(&text), SecretHash::from_hex(&text), Keyring::parse(&text, ""));
        }
    }

    fn keyring(count: usize) -> String {
        (0..count).map(|n| format!("k{n}:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn a_keyring_has_at_most_eight_keys() {
        assert!(Keyring::parse(&keyring(KEYS_MAX), "0").is_ok());
        let error = Keyring::parse(&keyring(KEYS_MAX + 1), "0").unwrap_err();
        assert_eq!(error, KeyringError { position: KEYS_MAX + 1 });
        assert!(error.to_string().starts_with(&format!("key {} ", KEYS_MAX + 1)), "{error}");
    }

    #[test]
    fn a_key_id_has_at_most_16_characters() {
        let with = |kid: &str| Keyring::parse(&format!("{kid}:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"), "0").is_ok();
        assert!(with(&"k".repeat(KID_MAX)) && !with(&"k".repeat(KID_MAX + 1)));
        assert!(with("2026-11_a") && !with("a.b") && !with("ä"));
    }

    #[test]
    fn a_tag_longer_than_a_mac_is_rejected() {
        let keys = Keyring::parse(ONE, "0").unwrap();
        let mut tag = keys.mac("k1", "l", &[b"x"]).unwrap().to_vec();
        assert!(keys.verify("k1", "l", &[b"x"], &tag) && keys.verify("k1", "l", &[b"x"], &tag[..16]));
        tag.push(0);
        assert!(!keys.verify("k1", "l", &[b"x"], &tag));
        assert!(!keys.verify("k1", "l", &[b"x"], &[0; 16]));
    }

    #[test]
    fn equal_bytes_have_different_hashes_as_session_and_as_api_key() {
        let keys = Keyring::parse(ONE, "0").unwrap();
        assert_ne!(SessionToken::from_random([9; 32]).hash(&keys), ApiKeySecret::from_random([9; 32]).hash(&keys));
    }

    #[test]
    fn a_derived_token_depends_on_each_of_its_inputs() {
        let keys = Keyring::parse(ONE, "0").unwrap();
        let token = SessionToken::derive(&keys, "p", "k", "f", &[0; 16]);
        assert!(token == SessionToken::derive(&keys, "p", "k", "f", &[0; 16]));
        for other in [
            SessionToken::derive(&keys, "q", "k", "f", &[0; 16]),
            SessionToken::derive(&keys, "p", "l", "f", &[0; 16]),
            SessionToken::derive(&keys, "p", "k", "g", &[0; 16]),
            SessionToken::derive(&keys, "p", "k", "f", &[1; 16]),
        ] {
            assert!(token != other);
        }
    }

    #[test]
    fn debug_output_of_secrets_is_redacted() {
        assert_eq!(format!("{:?}", SessionToken::from_random([9; 32])), "SessionToken(…)");
        assert_eq!(format!("{:?}", ApiKeySecret::from_random([9; 32])), "ApiKeySecret(…)");
    }
}
