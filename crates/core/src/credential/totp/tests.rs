//! Unit tests of time-based one-time passwords.

use super::*;
use proptest::prelude::*;

const ONE: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const TWO: &str = "k2:IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/// Secret of the vectors of RFC 4226 and RFC 6238.
fn published() -> TotpSecret {
    TotpSecret::from_random(*b"12345678901234567890")
}

fn keys(text: &str) -> Keyring {
    Keyring::parse(text, "0").unwrap()
}

fn user(bits: u128) -> UserId {
    UserId::from_bits(bits)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

fn code_of(step: i64) -> String {
    String::from_utf8(published().code::<DIGITS>(step).to_vec()).unwrap()
}

#[test]
fn the_vectors_of_rfc_6238_appendix_b_hold() {
    for (seconds, code) in [
        (59, b"94287082"),
        (1_111_111_109, b"07081804"),
        (1_111_111_111, b"14050471"),
        (1_234_567_890, b"89005924"),
        (2_000_000_000, b"69279037"),
        (20_000_000_000, b"65353130"),
    ] {
        assert_eq!(&published().code::<8>(at(seconds).seconds() / STEP_SECONDS), code, "{seconds}");
        let six = std::str::from_utf8(&code[2..]).unwrap();
        assert_eq!(published().verify(six, at(seconds), None), Some(seconds / 30), "{seconds}");
    }
}

#[test]
fn the_vectors_of_rfc_4226_appendix_d_hold() {
    let codes = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
    for (step, code) in (0..).zip(codes) {
        assert_eq!(code_of(step), code);
    }
}

#[test]
fn codes_of_the_neighbouring_steps_are_accepted_and_no_others() {
    let now = at(50_000 * STEP_SECONDS + 15);
    for (step, accepted) in [(49_998, false), (49_999, true), (50_000, true), (50_001, true), (50_002, false)] {
        assert_eq!(published().verify(&code_of(step), now, None), accepted.then_some(step), "{step}");
    }
}

#[test]
fn a_step_is_accepted_once_and_none_before_it() {
    let now = at(50_000 * STEP_SECONDS);
    let verify = |step, last| published().verify(&code_of(step), now, Some(last));
    assert_eq!(verify(50_000, 49_999), Some(50_000));
    assert_eq!(verify(50_000, 50_000), None);
    assert_eq!(verify(49_999, 50_000), None);
    assert_eq!(verify(50_001, 50_000), Some(50_001));
    assert_eq!(verify(50_001, 50_001), None);
}

#[test]
fn the_first_step_has_no_step_before_it() {
    assert_eq!(published().verify(&code_of(0), at(0), None), Some(0));
    assert_eq!(published().verify(&code_of(-1), at(0), None), None);
}

#[test]
fn a_code_of_two_steps_counts_as_the_later_one() {
    // Found by search.
    let step = 910_737;
    assert_eq!(code_of(step), code_of(step + 1));
    let now = at(step * STEP_SECONDS);
    let accepted = published().verify(&code_of(step), now, None);
    assert_eq!(accepted, Some(step + 1));
    assert_eq!(published().verify(&code_of(step), now, accepted), None);
}

#[test]
fn a_code_is_read_with_spaces_and_digits_of_other_scripts() {
    for text in ["287 082", "287082\n", "２８７０８２"] {
        assert_eq!(published().verify(text, at(59), None), Some(1), "{text:?}");
    }
    for text in ["", "28708", "2870820", "287083", "94287082"] {
        assert_eq!(published().verify(text, at(59), None), None, "{text:?}");
    }
}

#[test]
fn issuer_and_account_are_encoded_in_the_url() {
    let url = published().provisioning_url("Ä & B: C", "a+b@example.com");
    assert_eq!(
        url,
        "otpauth://totp/%C3%84%20%26%20B%20C:a%2Bb%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%C3%84%20%26%20B%20C\
         &algorithm=SHA1&digits=6&period=30"
    );
}

#[test]
fn an_encrypted_secret_is_that_of_one_user() {
    let encrypted = published().encrypt(&keys(ONE), user(7), [9; 12]);
    assert!(!encrypted.as_str().contains(&published().reveal()));
    assert_eq!(TotpSecret::decrypt(&keys(ONE), user(7), &encrypted), Some(published()));
    assert_eq!(TotpSecret::decrypt(&keys(ONE), user(8), &encrypted), None);
}

#[test]
fn an_encrypted_secret_is_readable_while_its_key_is_in_the_keyring() {
    let encrypted = published().encrypt(&keys(ONE), user(7), [9; 12]);
    let rotated = keys(&format!("{TWO},{ONE}"));
    assert_eq!(TotpSecret::decrypt(&rotated, user(7), &encrypted), Some(published()));
    assert!(is_encrypted_with_current_key(&keys(ONE), &encrypted) && !is_encrypted_with_current_key(&rotated, &encrypted));
    let again = published().encrypt(&rotated, user(7), [10; 12]);
    assert!(is_encrypted_with_current_key(&rotated, &again));
    assert_eq!(TotpSecret::decrypt(&keys(TWO), user(7), &again), Some(published()));
    assert_eq!(TotpSecret::decrypt(&keys(TWO), user(7), &encrypted), None);
    let renamed = EncryptedSecret::restore(encrypted.as_str().replace("k1.", "k2."));
    assert_eq!(TotpSecret::decrypt(&rotated, user(7), &renamed), None);
}

#[test]
fn an_encrypted_secret_survives_a_restore_of_the_database() {
    let encrypted = published().encrypt(&keys(ONE), user(7), [9; 12]);
    let restored = Keyring::parse(ONE, "1").unwrap();
    assert_eq!(TotpSecret::decrypt(&restored, user(7), &encrypted), Some(published()));
}

/// Made by an independent implementation: secrets outlive a release.
#[test]
fn the_encrypted_form_is_pinned() {
    let encrypted = published().encrypt(&keys(ONE), user(7), [9; 12]);
    assert_eq!(encrypted.as_str(), "k1.CQkJCQkJCQkJCQkJSmTQfrxt-xuzPmHSczHpIonduQofa6m4AQ4qcIqfvnWO3Sgw");
}

#[test]
fn debug_output_is_redacted() {
    assert_eq!(format!("{:?}", published()), "TotpSecret(…)");
}

proptest! {
    #[test]
    fn a_code_of_now_is_accepted_once(bytes: [u8; 20], seconds in 0..1_i64 << 37) {
        let secret = TotpSecret::from_random(bytes);
        let code = String::from_utf8(secret.code::<DIGITS>(seconds / STEP_SECONDS).to_vec()).unwrap();
        let accepted = secret.verify(&code, at(seconds), None);
        prop_assert!(accepted.is_some_and(|step| (step - seconds / STEP_SECONDS).abs() <= 1));
        prop_assert_eq!(secret.verify(&code, at(seconds), accepted), None);
    }

    #[test]
    fn a_changed_bit_does_not_decrypt(bytes: [u8; 20], nonce: [u8; 12], at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let encrypted = TotpSecret::from_random(bytes).encrypt(&keys(ONE), user(7), nonce);
        prop_assert_eq!(TotpSecret::decrypt(&keys(ONE), user(7), &encrypted), Some(TotpSecret::from_random(bytes)));
        let mut body = BASE64URL_NOPAD.decode(encrypted.as_str().strip_prefix("k1.").unwrap().as_bytes()).unwrap();
        let at = at.index(body.len());
        body[at] ^= 1 << bit;
        let changed = EncryptedSecret::restore(format!("k1.{}", BASE64URL_NOPAD.encode(&body)));
        prop_assert_eq!(TotpSecret::decrypt(&keys(ONE), user(7), &changed), None);
    }

    #[test]
    fn any_input_does_not_panic(text: String, millis: i64, last: Option<i64>) {
        let _ = published().verify(&text, Timestamp::from_millis(millis), last);
        let _ = TotpSecret::decrypt(&keys(ONE), user(7), &EncryptedSecret::restore(text));
    }
}
