//! Recovery codes: ten codes of 50 random bits, each of which replaces a second factor once (look-up secrets of NIST SP 800-63B-4
//! section 3.1.2; ASVS 5.0 6.5.1 to 6.5.3).

use crate::credential::secret::Keyring;
use crate::credential::{keyed_hash, typed_code};
use crate::domain::id::UserId;
use crate::domain::secret_hashes::KeyedHash;
use core::fmt;

/// Number of codes of a set.
pub const RECOVERY_CODES: usize = 10;
/// Number of random bytes of a set: 500 of their 512 bits are used.
pub const RECOVERY_RANDOM_BYTES: usize = 64;
/// Characters of a code, without the hyphen.
const CHARACTERS: usize = 10;
/// Bits of a character.
const CHARACTER_BITS: usize = 5;
/// Base32 of Crockford in lower case: no I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Separates the hashes of these codes from others.
const LABEL: &str = "recovery-code";
/// Separates the codes of an idempotent request from other derived secrets.
const REPLAY_LABEL: &str = "recovery-replay";

/// Recovery code: ten characters of base32, shown as `xxxxx-xxxxx`.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode([u8; CHARACTERS]);

impl RecoveryCode {
    /// Creates a set of codes from fresh random bytes.
    pub fn set_from_random(bytes: [u8; RECOVERY_RANDOM_BYTES]) -> [RecoveryCode; RECOVERY_CODES] {
        core::array::from_fn(|code| RecoveryCode(core::array::from_fn(|character| character_at(&bytes, code * CHARACTERS + character))))
    }

    /// Derives the set that an idempotent request creates. `nonce` is fresh for each set and stored with the response: a replay derives
    /// the same codes, although only their hashes are stored.
    pub fn derive_set(keys: &Keyring, owner: UserId, key: &str, fingerprint: &str, nonce: &[u8; 16]) -> [RecoveryCode; RECOVERY_CODES] {
        let mut bytes = [0; RECOVERY_RANDOM_BYTES];
        for (half, bytes) in (0_u8..).zip(bytes.chunks_exact_mut(RECOVERY_RANDOM_BYTES / 2)) {
            let parts: [&[u8]; 5] = [&owner.bits().to_be_bytes(), key.as_bytes(), fingerprint.as_bytes(), nonce, &[half]];
            // Never the default: a keyring has at least one key.
            bytes.copy_from_slice(&keys.mac(keys.current(), REPLAY_LABEL, &parts).unwrap_or_default());
        }
        RecoveryCode::set_from_random(bytes)
    }

    /// Form for people, which only the response to the creation of the set contains.
    pub fn reveal(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.0).into_owned();
        text.insert(CHARACTERS / 2, '-');
        text
    }

    /// Parses what a person typed: case, spaces and dashes do not matter, O is 0, I and L are 1. None for any other text.
    ///
    /// # Examples
    /// ```
    /// use rolecall_core::credential::recovery_code::RecoveryCode;
    ///
    /// assert_eq!(RecoveryCode::parse_typed("ABCDE fgh-Io").map(|code| code.reveal()), Some("abcde-fgh10".to_owned()));
    /// assert_eq!(RecoveryCode::parse_typed("abcde-fghuu").map(|code| code.reveal()), None);
    /// ```
    pub fn parse_typed(text: &str) -> Option<Self> {
        let characters = typed_code::without_separators(text)?.map(canonical).collect::<Option<Vec<u8>>>()?;
        characters.try_into().ok().map(RecoveryCode)
    }

    /// Stored form of the code of a user.
    pub fn hash(&self, keys: &Keyring, user: UserId) -> KeyedHash {
        keyed_hash::create(keys, LABEL, &[&user.bits().to_be_bytes()], &self.0)
    }

    /// Position of the code among the stored forms of a user's unused codes. Every stored form is compared, whichever matches, so the
    /// time tells neither whether nor where one does.
    pub fn find(&self, keys: &Keyring, user: UserId, stored: &[KeyedHash]) -> Option<usize> {
        let matches = |hash| keyed_hash::verify(keys, LABEL, &[&user.bits().to_be_bytes()], &self.0, hash);
        stored.iter().enumerate().fold(None, |found, (index, hash)| if matches(hash) { Some(index) } else { found })
    }
}

/// Character of the group of five bits with this index.
fn character_at(bytes: &[u8], index: usize) -> u8 {
    let bit = index * CHARACTER_BITS;
    let byte = |at: usize| u16::from(bytes.get(at).copied().unwrap_or_default());
    let pair = byte(bit / 8) << 8 | byte(bit / 8 + 1);
    let value = usize::from(pair >> (16 - CHARACTER_BITS - bit % 8)) % ALPHABET.len();
    ALPHABET.get(value).copied().unwrap_or_default()
}

/// Character of the alphabet that a person meant; None for any other.
fn canonical(c: char) -> Option<u8> {
    let byte = u8::try_from(c).ok()?.to_ascii_lowercase();
    let byte = match byte {
        b'o' => b'0',
        b'i' | b'l' => b'1',
        other => other,
    };
    ALPHABET.contains(&byte).then_some(byte)
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(epoch: &str) -> Keyring {
        Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", epoch).unwrap()
    }

    fn user(bits: u128) -> UserId {
        UserId::from_bits(bits)
    }

    fn code(text: &str) -> RecoveryCode {
        RecoveryCode::parse_typed(text).unwrap()
    }

    /// A set with different codes.
    fn set() -> [RecoveryCode; RECOVERY_CODES] {
        RecoveryCode::set_from_random(core::array::from_fn(|at| u8::try_from(at * 37 % 256).unwrap()))
    }

    #[test]
    fn the_bits_of_the_random_bytes_are_used_in_order_and_once() {
        use data_encoding::Specification;
        let mut spec = Specification::new();
        spec.symbols.push_str(std::str::from_utf8(ALPHABET).unwrap());
        let bytes: [u8; 64] = core::array::from_fn(|at| u8::try_from(at * 37 % 256).unwrap());
        // 500 bits are 62 bytes and a half.
        spec.check_trailing_bits = false;
        let encoded = spec.encoding().unwrap().encode(&bytes);
        let shown: String = set().iter().map(|code| code.reveal().replace('-', "")).collect();
        assert_eq!(Some(shown.as_str()), encoded.get(..100));
    }

    #[test]
    fn what_people_type_is_normalised() {
        for text in ["01abc-defgh", "01ABCDEFGH", "oIabc defgh", "OLabc–DEFGH ", "0 1 a b c d e f g h", "\u{200b}01abc-defgh"] {
            assert_eq!(code(text).reveal(), "01abc-defgh", "{text:?}");
        }
        for text in ["", "01abc-defg", "01abc-defghj", "01abc-defgu", "01abc_defgh", "01abc-defgé", "０1abc-defgh"] {
            assert_eq!(RecoveryCode::parse_typed(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_code_is_found_among_the_codes_of_its_user_alone() {
        let stored: Vec<KeyedHash> = set().iter().map(|code| code.hash(&keys("0"), user(7))).collect();
        for (index, code) in set().iter().enumerate() {
            assert_eq!(code.find(&keys("0"), user(7), &stored), Some(index));
            assert_eq!(code.find(&keys("0"), user(8), &stored), None);
            let unused: Vec<KeyedHash> = stored.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, hash)| hash.clone()).collect();
            assert_eq!(code.find(&keys("0"), user(7), &unused), None, "once");
        }
        assert_eq!(code("01abc-defgh").find(&keys("0"), user(7), &stored), None);
        assert_eq!(set()[0].find(&keys("0"), user(7), &[]), None);
    }

    #[test]
    fn codes_of_before_a_restore_are_void() {
        let stored = [set()[0].hash(&keys("0"), user(7))];
        assert_eq!(set()[0].find(&keys("1"), user(7), &stored), None);
    }

    /// Made by an independent implementation: the codes outlive a release.
    #[test]
    fn the_stored_form_is_pinned() {
        assert_eq!(code("01abc-defgh").hash(&keys("0"), user(7)).to_text(), "k1.MzX1tv6Gmop2Ixu9RIYO0lqTkNtTw8k5BXlIKOjEcwc");
    }

    #[test]
    fn a_derived_set_has_different_codes_for_each_request() {
        let set =
            |user_bits, key: &str, print: &str, nonce| RecoveryCode::derive_set(&keys("0"), user(user_bits), key, print, &[nonce; 16]);
        let first = set(7, "key", "print", 1);
        assert_eq!(first, set(7, "key", "print", 1));
        for other in [set(8, "key", "print", 1), set(7, "kex", "print", 1), set(7, "key", "prinx", 1), set(7, "key", "print", 2)] {
            assert!(first.iter().all(|code| !other.contains(code)));
        }
        assert_eq!(first.iter().map(RecoveryCode::reveal).collect::<std::collections::BTreeSet<_>>().len(), RECOVERY_CODES);
    }

    #[test]
    fn debug_output_is_redacted() {
        assert_eq!(format!("{:?}", code("01abc-defgh")), "RecoveryCode(…)");
    }

    proptest! {
        #[test]
        fn a_code_is_read_as_it_was_shown(bytes in prop::collection::vec(any::<u8>(), 64)) {
            for made in RecoveryCode::set_from_random(bytes.try_into().unwrap()) {
                prop_assert_eq!(made.reveal().len(), 11);
                prop_assert!(code(&made.reveal()) == made && code(&made.reveal().to_uppercase()) == made);
            }
        }

        #[test]
        fn parsing_any_text_does_not_panic(text: String) {
            let _ = RecoveryCode::parse_typed(&text);
        }
    }
}
