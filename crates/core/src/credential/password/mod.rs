//! Password rules and password hashing (Argon2id).
//!
//! Passwords are normalized to Unicode Normalization Form C, since one key press on two systems can yield two encodings of one
//! letter (NIST SP 800-63B-4 section 3.1.1.2). They are otherwise unchanged: not trimmed, case-folded or truncated
//! (ASVS 5.0 6.2.8).

mod common_words;
mod password_strength;

use crate::domain::secret_hashes::PasswordHash;
use argon2::{Algorithm, Argon2, Params, Version};
use core::fmt;
use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};
use icu_normalizer::ComposingNormalizerBorrowed;
use std::borrow::Cow;
use subtle::ConstantTimeEq;

/// Minimum length in code points after normalization, for a password as the only factor (NIST SP 800-63B-4 section 3.1.1.2).
pub const MIN: usize = 15;
/// Maximum length in bytes after normalization, which bounds the cost of hashing. A longer password is rejected, never truncated
/// (ASVS 5.0 6.2.9).
pub const MAX: usize = 256;

/// Argon2id parameters of new hashes: memory in KiB, passes and lanes (ASVS 5.0 appendix C; OWASP Password Storage).
const COST: (u32, u32, u32) = (19_456, 2, 1);
/// Length of a hash in bytes.
const OUTPUT: usize = 32;
/// Maximum parameters of a stored hash: an imported hash must not exhaust the memory of the isolate.
const COST_MAX: (u32, u32, u32) = (65_536, 10, 4);

/// Normalization Form C of a password, in which it is measured, hashed and compared.
fn normalized(plain: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(plain)
}

/// New password that satisfies the rules, normalized.
#[derive(Clone)]
pub struct Password(String);

/// Error of [`Password::parse`]: the rule that the password violates.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum PasswordError {
    /// Fewer than [`MIN`] code points.
    TooShort,
    /// More than [`MAX`] bytes.
    TooLong,
    /// Composed of common words, keyboard rows, sequences and years (ASVS 5.0 6.2.4).
    Common,
    /// Repetition of one short substring.
    Repetitive,
    /// Composed of context-specific words, such as the email address, a name or the product (ASVS 5.0 6.2.11).
    Context,
}

impl fmt::Display for PasswordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PasswordError::TooShort => write!(f, "password of fewer than {MIN} characters"),
            PasswordError::TooLong => write!(f, "password of more than {MAX} bytes"),
            PasswordError::Common => f.write_str("password of common words or sequences"),
            PasswordError::Repetitive => f.write_str("password of one repeated substring"),
            PasswordError::Context => f.write_str("password of context-specific words"),
        }
    }
}

impl core::error::Error for PasswordError {}

impl Password {
    /// Normalizes a new password and checks it against the rules. `context` are the texts that the password must not consist of, such
    /// as the email address and the name of the user.
    ///
    /// # Errors
    /// [`PasswordError`] with the first violated rule.
    ///
    /// # Examples
    /// ```
    /// use rolecall_core::credential::password::{Password, PasswordError};
    ///
    /// let context = ["ann@example.com", "Ann Arbor"];
    /// assert!(Password::parse("seven quiet lanterns drift", &context).is_ok());
    /// assert_eq!(Password::parse("seven quiet", &context).unwrap_err(), PasswordError::TooShort);
    /// assert_eq!(Password::parse("passwordpassword1", &context).unwrap_err(), PasswordError::Common);
    /// ```
    pub fn parse(plain: &str, context: &[&str]) -> Result<Password, PasswordError> {
        let plain = normalized(plain);
        if plain.chars().count() < MIN {
            return Err(PasswordError::TooShort);
        }
        if plain.len() > MAX {
            return Err(PasswordError::TooLong);
        }
        password_strength::check(&plain, context).map_or_else(|| Ok(Password(plain.into_owned())), Err)
    }

    /// Normalized text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Secret input of every hash that is stored outside of the database, with an id for rotation.
pub struct Pepper {
    kid: String,
    key: [u8; 32],
}

impl Pepper {
    /// Parses `kid:key`, where `kid` is alphanumeric and `key` is unpadded base64url of 32 bytes; None for any other text.
    pub fn parse(text: &str) -> Option<Pepper> {
        let (kid, key) = text.split_once(':')?;
        let valid = !kid.is_empty() && kid.bytes().all(|b| b.is_ascii_alphanumeric());
        let key = BASE64URL_NOPAD.decode(key.as_bytes()).ok()?.try_into().ok()?;
        valid.then(|| Pepper { kid: kid.to_owned(), key })
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper(…)")
    }
}

/// Identifier of one password change, unchanged by [`rehash`]: the salt, or the whole text of a hash that is not a valid PHC string.
pub fn password_change_id(hash: &PasswordHash) -> Vec<u8> {
    parse_phc(hash).map_or_else(|| hash.as_str().as_bytes().to_vec(), |phc| phc.salt)
}

/// Result of comparing a password with a hash.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Verification {
    /// The password does not match.
    Wrong,
    /// The password matches.
    Right,
    /// The password matches, and the hash has outdated parameters: the caller should store the result of [`rehash`].
    RightButRehash,
}

/// Argon2id of a normalized password; None for parameters that Argon2 does not allow.
fn argon2id(plain: &str, salt: &[u8], cost: (u32, u32, u32), pepper: Option<&Pepper>) -> Option<[u8; OUTPUT]> {
    #[cfg(test)]
    tests::HASH_COUNT.set(tests::HASH_COUNT.get() + 1);
    let params = Params::new(cost.0, cost.1, cost.2, Some(OUTPUT)).ok()?;
    let argon2 = match pepper {
        Some(pepper) => Argon2::new_with_secret(&pepper.key, Algorithm::Argon2id, Version::V0x13, params).ok()?,
        None => Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
    };
    let mut output = [0; OUTPUT];
    argon2.hash_password_into(plain.as_bytes(), salt, &mut output).ok()?;
    Some(output)
}

/// Hashes a password with the current parameters; `salt` must be fresh random bytes.
pub fn hash(plain: &str, salt: [u8; 16], pepper: Option<&Pepper>) -> PasswordHash {
    // Cannot fail: Argon2 accepts these constant parameters.
    let output = argon2id(&normalized(plain), &salt, COST, pepper).unwrap_or_default();
    let keyid = pepper.map(|pepper| format!(",keyid={}", BASE64_NOPAD.encode(pepper.kid.as_bytes()))).unwrap_or_default();
    let (m, t, p) = COST;
    PasswordHash::restore(format!(
        "$argon2id$v=19$m={m},t={t},p={p}{keyid}${}${}",
        BASE64_NOPAD.encode(&salt),
        BASE64_NOPAD.encode(&output)
    ))
}

/// Hashes an unchanged password with the current parameters and pepper. The salt of `old` stays, so that
/// [`password_change_id`] does not change; `fresh_salt` replaces a salt whose length is not 16 bytes.
pub fn rehash(plain: &str, old: &PasswordHash, fresh_salt: [u8; 16], pepper: Option<&Pepper>) -> PasswordHash {
    let old_salt = parse_phc(old).and_then(|phc| phc.salt.try_into().ok());
    hash(plain, old_salt.unwrap_or(fresh_salt), pepper)
}

/// Fields of a PHC string.
struct Phc {
    cost: (u32, u32, u32),
    keyid: Option<String>,
    salt: Vec<u8>,
    output: Vec<u8>,
}

/// Parses an Argon2id PHC string whose parameters are at most [`COST_MAX`].
fn parse_phc(hash: &PasswordHash) -> Option<Phc> {
    let mut fields = hash.as_str().strip_prefix("$argon2id$v=19$")?.split('$');
    let (params, salt, output) = (fields.next()?, fields.next()?, fields.next()?);
    let mut phc = Phc {
        cost: (0, 0, 0),
        keyid: None,
        salt: BASE64_NOPAD.decode(salt.as_bytes()).ok()?,
        output: BASE64_NOPAD.decode(output.as_bytes()).ok()?,
    };
    for param in params.split(',') {
        match param.split_once('=')? {
            ("m", value) => phc.cost.0 = value.parse().ok()?,
            ("t", value) => phc.cost.1 = value.parse().ok()?,
            ("p", value) => phc.cost.2 = value.parse().ok()?,
            ("keyid", value) => phc.keyid = String::from_utf8(BASE64_NOPAD.decode(value.as_bytes()).ok()?).ok(),
            _ => return None,
        }
    }
    let bounded = phc.cost.0 <= COST_MAX.0 && phc.cost.1 <= COST_MAX.1 && phc.cost.2 <= COST_MAX.2;
    (bounded && phc.output.len() == OUTPUT && fields.next().is_none()).then_some(phc)
}

/// Compares a password with a stored hash in constant time. A hash that is not a valid PHC string or has an unknown pepper matches no
/// password, at the cost of a comparison.
pub fn verify(plain: &str, hash: &PasswordHash, pepper: Option<&Pepper>) -> Verification {
    let plain = &*normalized(plain);
    let Some(phc) = parse_phc(hash) else {
        dummy_verify(plain);
        return Verification::Wrong;
    };
    let peppered = pepper.filter(|pepper| phc.keyid.as_deref() == Some(pepper.kid.as_str()));
    if plain.len() > MAX || (phc.keyid.is_some() && peppered.is_none()) {
        dummy_verify("");
        return Verification::Wrong;
    }
    let output = argon2id(plain, &phc.salt, phc.cost, peppered).unwrap_or_default();
    if !bool::from(output.ct_eq(phc.output.as_slice())) {
        return Verification::Wrong;
    }
    let current = phc.cost == COST && peppered.is_some() == pepper.is_some();
    if current { Verification::Right } else { Verification::RightButRehash }
}

/// Performs the work of [`verify`] without a hash, so that the response time does not reveal whether a user exists
/// (ASVS 5.0 6.3.8).
pub fn dummy_verify(plain: &str) {
    let plain = plain.get(..MAX.min(plain.len())).unwrap_or_default();
    core::hint::black_box(argon2id(plain, &[0; 16], COST, None));
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use core::cell::Cell;

    std::thread_local! {
        /// Number of Argon2 computations by this thread.
        pub(crate) static HASH_COUNT: Cell<u32> = const { Cell::new(0) };
    }

    #[test]
    fn the_minimum_is_in_code_points_and_the_maximum_in_bytes() {
        assert_eq!(Password::parse("vier grüne Hü", &[]).unwrap_err(), PasswordError::TooShort);
        assert!(Password::parse("vier grüne Hüte", &[]).is_ok());
        let long = |bytes| ('a'..='z').cycle().step_by(7).take(bytes).collect::<String>();
        assert_eq!(Password::parse(&long(MAX + 1), &[]).unwrap_err(), PasswordError::TooLong);
        assert_ne!(Password::parse(&long(MAX), &[]).err(), Some(PasswordError::TooLong));
    }

    #[test]
    fn debug_output_is_redacted_and_errors_have_messages() {
        let password = Password::parse("vier grüne Hüte", &[]).unwrap();
        let pepper = Pepper::parse("p1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
        assert_eq!(format!("{password:?} {pepper:?}"), "Password(…) Pepper(…)");
        for error in [PasswordError::TooShort, PasswordError::Repetitive] {
            assert!(error.to_string().starts_with("password of"), "{error}");
        }
    }

    #[test]
    fn a_hash_verifies_and_its_debug_output_is_redacted() {
        let hash = hash("caf\u{e9} lanterns drift", [7; 16], None);
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(verify("caf\u{e9} lanterns drift", &hash, None), Verification::Right);
        assert_eq!(verify("cafe lanterns drift", &hash, None), Verification::Wrong);
        assert_eq!(format!("{hash:?}"), "PasswordHash(…)");
    }

    #[test]
    fn canonically_equivalent_passwords_match_and_others_do_not() {
        let vectors: serde_json::Value = serde_json::from_str(include_str!("../../../../../tests/vectors/passwords.json")).unwrap();
        for vector in vectors["spellings"].as_array().unwrap() {
            let text = |name: &str| vector[name].as_str().unwrap();
            let chosen = Password::parse(text("chosen"), &[]).unwrap();
            let same = verify(text("typed"), &hash(chosen.as_str(), [7; 16], None), None) == Verification::Right;
            assert_eq!(Some(same), vector["same"].as_bool(), "{}", text("name"));
        }
        for vector in vectors["lengths"].as_array().unwrap() {
            let refused = match Password::parse(vector["password"].as_str().unwrap(), &[]) {
                Ok(_) => None,
                Err(PasswordError::TooShort) => Some("password-too-short"),
                Err(PasswordError::TooLong) => Some("password-too-long"),
                Err(other) => panic!("{vector}: {other:?}"),
            };
            assert_eq!(refused, vector["refused"].as_str(), "{vector}");
        }
    }

    #[test]
    fn older_parameters_and_a_missing_pepper_require_a_rehash() {
        let pepper = Pepper::parse("p1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
        let output = argon2id("seven quiet lanterns", &[1; 16], (12_288, 3, 1), None).unwrap();
        let old = PasswordHash::restore(format!(
            "$argon2id$v=19$m=12288,t=3,p=1${}${}",
            BASE64_NOPAD.encode(&[1; 16]),
            BASE64_NOPAD.encode(&output)
        ));
        assert_eq!(verify("seven quiet lanterns", &old, None), Verification::RightButRehash);
        let anew = rehash("seven quiet lanterns", &old, [3; 16], Some(&pepper));
        assert_eq!(verify("seven quiet lanterns", &anew, Some(&pepper)), Verification::Right);
        assert!(password_change_id(&anew) == password_change_id(&old) && anew != old, "a rehash is no password change");
        let peppered = hash("seven quiet lanterns", [2; 16], Some(&pepper));
        assert_eq!(verify("seven quiet lanterns", &peppered, Some(&pepper)), Verification::Right);
        assert_eq!(verify("seven quiet lanterns", &peppered, None), Verification::Wrong);
    }

    #[test]
    fn a_malformed_or_too_expensive_hash_matches_no_password() {
        for text in
            ["", "$argon2id$v=19$m=9999999,t=2,p=1$AAAA$AAAA", "$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA", "plain", "$argon2id$v=19$m=8$$"]
        {
            assert_eq!(verify("seven quiet lanterns", &PasswordHash::restore(text.to_owned()), None), Verification::Wrong, "{text}");
        }
    }

    /// Unpredictable letters of a linear congruential generator.
    fn letters(count: usize) -> String {
        let mut state = 1_u32;
        let mut letter = || {
            state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
            char::from(b'a' + u8::try_from((state >> 16) % 26).unwrap())
        };
        (0..count).map(|_| letter()).collect()
    }

    #[test]
    fn a_password_has_15_code_points_to_256_bytes() {
        assert_eq!(Password::parse(&letters(MIN - 1), &[]).unwrap_err(), PasswordError::TooShort);
        assert!(Password::parse(&letters(MIN), &[]).is_ok());
        assert!(Password::parse(&letters(MAX), &[]).is_ok());
        assert_eq!(Password::parse(&letters(MAX + 1), &[]).unwrap_err(), PasswordError::TooLong);
    }

    #[test]
    fn a_password_longer_than_the_maximum_matches_no_hash() {
        let stored = hash(&letters(MAX), [1; 16], None);
        assert_eq!(verify(&letters(MAX), &stored, None), Verification::Right);
        let too_long = letters(MAX + 1);
        assert_eq!(verify(&too_long, &hash(&too_long, [1; 16], None), None), Verification::Wrong);
    }

    #[test]
    fn each_parameter_of_a_stored_hash_has_a_maximum() {
        let phc = |m, t, p| {
            let output = BASE64_NOPAD.encode(&[0; OUTPUT]);
            parse_phc(&PasswordHash::restore(format!("$argon2id$v=19$m={m},t={t},p={p}$AAAA${output}"))).is_some()
        };
        let (m, t, p) = COST_MAX;
        assert!(phc(m, t, p));
        assert!(!phc(m + 1, t, p) && !phc(m, t + 1, p) && !phc(m, t, p + 1));
    }

    #[test]
    fn a_rehash_replaces_a_salt_of_unusual_length() {
        let output = BASE64_NOPAD.encode(&[0; OUTPUT]);
        let old = PasswordHash::restore(format!("$argon2id$v=19$m=8,t=1,p=1$AAAA${output}"));
        assert_eq!(password_change_id(&rehash("seven quiet lanterns", &old, [3; 16], None)), vec![3; 16]);
        let malformed = PasswordHash::restore("plain".to_owned());
        assert_eq!(password_change_id(&malformed), b"plain");
    }

    #[test]
    fn a_verification_costs_one_argon2_computation_in_any_case() {
        let pepper = Pepper::parse("p1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
        let stored = hash("seven quiet lanterns", [1; 16], None);
        let peppered = hash("seven quiet lanterns", [1; 16], Some(&pepper));
        let malformed = PasswordHash::restore("plain".to_owned());
        for (plain, hash) in [
            ("seven quiet lanterns", &stored),
            ("wrong", &stored),
            (&letters(MAX + 1), &stored),
            ("wrong", &peppered),
            ("wrong", &malformed),
        ] {
            let before = HASH_COUNT.get();
            verify(plain, hash, None);
            assert_eq!(HASH_COUNT.get() - before, 1, "{plain}");
        }
    }

    #[test]
    fn a_pepper_has_an_alphanumeric_id_and_32_bytes() {
        let key = |bytes: usize| BASE64URL_NOPAD.encode(&vec![7; bytes]);
        for (text, valid) in [
            (format!("p1:{}", key(32)), true),
            (format!("p1:{}", key(31)), false),
            (format!("p1:{}", key(33)), false),
            (format!(":{}", key(32)), false),
            (format!("p-1:{}", key(32)), false),
            (key(32), false),
        ] {
            assert_eq!(Pepper::parse(&text).is_some(), valid, "{text}");
        }
    }
}
