//! One-time codes by mail: eight digits that prove access to a mailbox from the browser that asked.
//!
//! A code has 26.6 bits, so its strength lies in what surrounds it: [`TRIES_MAX`] tries in [`CODE_SECONDS`] seconds from one browser
//! (NIST SP 800-63B-4 section 3.1.3.1; ASVS 5.0 6.5.5, 6.6.2, 6.6.3). Counting tries and ending a code are the decision's.
//!
//! A code is not stored: like a link it is derived from the id of its row and the server's key, when the mail is rendered and when
//! it is typed, so that a reader of the database learns nothing.

use crate::credential::secret::Keyring;
use crate::credential::typed_code;
use crate::domain::email::Email;
use core::fmt;
use subtle::{Choice, ConstantTimeEq};

/// How long a code is valid, in seconds (ASVS 5.0 6.5.5).
pub const CODE_SECONDS: i64 = 600;
/// Number of tries after which a code is void: a guess succeeds with a probability of 5 in 100 million.
pub const TRIES_MAX: u32 = 5;
/// Number of pseudo-random bytes in one code.
const CODE_RANDOM_BYTES: usize = 16;
/// Number of digits.
const DIGITS: usize = 8;
/// Number of codes.
const CODES: u64 = 100_000_000;
/// Separates these codes from other texts that are derived from the keys.
const LABEL: &str = "email-code";

/// Code of eight decimal digits.
#[derive(Clone)]
pub struct OneTimeCode([u8; DIGITS]);

impl OneTimeCode {
    /// The code of a row for an address, derived with the current key.
    pub fn derive(keys: &Keyring, row: u128, email: &Email) -> Self {
        // Never the default: a keyring has at least one key.
        OneTimeCode::with_key(keys, keys.current(), row, email).unwrap_or_else(|| OneTimeCode::from_random([0; CODE_RANDOM_BYTES]))
    }

    fn with_key(keys: &Keyring, kid: &str, row: u128, email: &Email) -> Option<Self> {
        let mac = keys.mac(kid, LABEL, &[&row.to_be_bytes(), email.as_str().as_bytes()])?;
        Some(OneTimeCode::from_random(*mac.first_chunk()?))
    }

    /// Whether this is the code of a row for an address, derived with any key of the keyring; in constant time.
    pub fn matches(&self, keys: &Keyring, row: u128, email: &Email) -> bool {
        let derived = keys.kids().filter_map(|kid| OneTimeCode::with_key(keys, kid, row, email));
        derived.fold(Choice::from(0), |matches, code| matches | code.0.ct_eq(&self.0)).into()
    }

    /// Creates a code from bytes, uniform over all codes up to a deviation below 2^-80.
    fn from_random(bytes: [u8; CODE_RANDOM_BYTES]) -> Self {
        let draws = bytes.as_chunks::<8>().0.iter().map(|chunk| u64::from_be_bytes(*chunk));
        // Draws in the last, incomplete interval of codes are rejected; both are with a probability of 2^-81.
        let draw = draws.clone().find(|draw| *draw < u64::MAX - u64::MAX % CODES).or_else(|| draws.clone().next_back());
        let mut rest = draw.unwrap_or_default() % CODES;
        let mut digits = [b'0'; DIGITS];
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
        }
        OneTimeCode(digits)
    }

    /// Parses what a person typed: eight digits of any common script, with spaces, dashes and invisible marks between them. None for
    /// any other text.
    ///
    /// # Examples
    /// ```
    /// use rolecall_core::credential::one_time_code::OneTimeCode;
    ///
    /// assert_eq!(OneTimeCode::parse_typed(" 1234-5678").map(|code| code.reveal()), Some("1234 5678".to_owned()));
    /// assert_eq!(OneTimeCode::parse_typed("1234567").map(|code| code.reveal()), None);
    /// ```
    pub fn parse_typed(text: &str) -> Option<Self> {
        typed_code::digits(text).map(OneTimeCode)
    }

    /// Form for people, which the mail alone contains: two groups of four digits.
    pub fn reveal(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.0).into_owned();
        text.insert(DIGITS / 2, ' ');
        text
    }
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(epoch: &str) -> Keyring {
        Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", epoch).unwrap()
    }

    fn code(text: &str) -> OneTimeCode {
        OneTimeCode::parse_typed(text).unwrap()
    }

    fn of_draws(first: u64, second: u64) -> String {
        OneTimeCode::from_random([first.to_be_bytes(), second.to_be_bytes()].concat().try_into().unwrap()).reveal()
    }

    #[test]
    fn a_draw_beyond_the_last_whole_interval_is_rejected() {
        assert_eq!(of_draws(7, 9), "0000 0007");
        assert_eq!(of_draws(CODES - 1, 9), "9999 9999");
        assert_eq!(of_draws(CODES, 9), "0000 0000");
        let limit = u64::MAX - u64::MAX % CODES;
        assert_eq!(of_draws(limit - 1, 9), "9999 9999", "the last accepted draw completes an interval");
        assert_eq!((of_draws(limit, 9), of_draws(u64::MAX, 9)), ("0000 0009".to_owned(), "0000 0009".to_owned()));
        assert_eq!(of_draws(u64::MAX, u64::MAX), "0955 1615");
    }

    #[test]
    fn a_code_is_valid_for_its_row_address_key_and_epoch_alone() {
        let (ann, bob) = (Email::parse("ann@example.com").unwrap(), Email::parse("bob@example.com").unwrap());
        let derived = OneTimeCode::derive(&keys("0"), 7, &ann);
        assert!(code(&derived.reveal()).matches(&keys("0"), 7, &ann));
        assert!(!derived.matches(&keys("0"), 8, &ann));
        assert!(!derived.matches(&keys("0"), 7, &bob));
        assert!(!derived.matches(&keys("1"), 7, &ann), "a restore ends the codes of before");
        let other = Keyring::parse("k1:IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap();
        assert!(!derived.matches(&other, 7, &ann), "the code needs the server's key");
        let rotated = Keyring::parse("k2:IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8,k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0");
        assert!(derived.matches(&rotated.unwrap(), 7, &ann), "a mailed code survives a rotation");
    }

    #[test]
    fn debug_output_is_redacted() {
        assert_eq!(format!("{:?}", code("12345678")), "OneTimeCode(…)");
    }

    proptest! {
        #[test]
        fn a_code_is_read_as_it_was_shown(bytes: [u8; 16]) {
            let text = OneTimeCode::from_random(bytes).reveal();
            prop_assert_eq!(text.len(), 9);
            prop_assert_eq!(code(&text).reveal(), text);
        }

        #[test]
        fn parsing_any_text_does_not_panic(text: String) {
            let _ = OneTimeCode::parse_typed(&text);
        }
    }
}
