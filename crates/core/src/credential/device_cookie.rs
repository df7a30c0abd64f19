//! Device cookies (OWASP Authentication Cheat Sheet; ASVS 5.0 6.1.1): browsers in which the password of an email was proven
//! before. Failed sign-ins with a device cookie are counted apart, so that guesses from elsewhere do not lock out the user.
//!
//! A cookie is bound to one email and to one generation of its password: after a new password, cookies of before count no
//! more. A cookie grants nothing by itself.

use crate::credential::password::password_change_id;
use crate::credential::sealed::{self, Purpose};
use crate::credential::secret::Keyring;
use crate::domain::email::Email;
use crate::domain::secret_hashes::PasswordHash;

/// How long a device cookie is valid, in seconds: a year.
pub const DEVICE_SECONDS: i64 = 365 * 24 * 60 * 60;
/// Bytes of the device id.
const ID_BYTES: usize = 16;

/// Encodes the cookie of a device for an email and its password; `id` must be fresh random bytes.
pub fn encode(keys: &Keyring, email: &Email, password: &PasswordHash, id: [u8; ID_BYTES]) -> String {
    sealed::encode(keys, Purpose::Device, &[email.as_str().as_bytes(), &password_change_id(password)], &id)
}

/// The device id of a cookie for this email and password; None for any other text. Without a user the work is the same.
pub fn decode(keys: &Keyring, email: &Email, password: Option<&PasswordHash>, token: &str) -> Option<u128> {
    let choice = password.map(password_change_id).unwrap_or_default();
    let id = sealed::decode(keys, Purpose::Device, &[email.as_str().as_bytes(), &choice], token).and_then(device_id);
    id.filter(|_| password.is_some())
}

/// The unverified device id of a cookie: for looking up what [`decode`] decides on.
pub fn claimed_id(token: &str) -> Option<u128> {
    sealed::unverified_payload(Purpose::Device, token).and_then(device_id)
}

fn device_id(payload: Vec<u8>) -> Option<u128> {
    payload.try_into().ok().map(u128::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys() -> Keyring {
        Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap()
    }

    fn email(text: &str) -> Email {
        Email::parse(text).unwrap()
    }

    fn password(salt: u8) -> PasswordHash {
        crate::credential::password::hash("seven quiet lanterns", [salt; 16], None)
    }

    #[test]
    fn a_device_is_known_for_one_choice_of_the_password() {
        let (ann, first) = (email("ann@example.com"), password(1));
        let token = encode(&keys(), &ann, &first, [7; 16]);
        let id = Some(u128::from_be_bytes([7; 16]));
        assert_eq!((decode(&keys(), &ann, Some(&first), &token), claimed_id(&token)), (id, id));
        let rehashed = crate::credential::password::rehash("seven quiet lanterns", &first, [9; 16], None);
        assert_eq!(decode(&keys(), &ann, Some(&rehashed), &token), id, "the same choice, hashed anew");
        assert_eq!(decode(&keys(), &ann, Some(&password(2)), &token), None, "chosen again, even the same text");
        assert_eq!(decode(&keys(), &ann, None, &token), None);
    }

    #[test]
    fn a_cookie_of_an_earlier_release_still_opens() {
        let token = "k1.BwcHBwcHBwcHBwcHBwcHB13drioKrzKIEewJQYniXEKnzQPbPqFQiNsgCTf3ox47";
        assert_eq!(decode(&keys(), &email("ann@example.com"), Some(&password(1)), token), Some(u128::from_be_bytes([7; 16])));
        assert_eq!(encode(&keys(), &email("ann@example.com"), &password(1), [7; 16]), token);
    }

    proptest! {
        #[test]
        fn a_device_is_known_for_its_email_alone(id: [u8; 16], at in 0_usize..67, letter in "[A-Za-z0-9_-]") {
            let ann = email("ann@example.com");
            let hash = PasswordHash::restore("$argon2id$v=19$m=8,t=1,p=1$AAAA$".to_owned());
            let token = encode(&keys(), &ann, &hash, id);
            prop_assert_eq!(decode(&keys(), &ann, Some(&hash), &token), Some(u128::from_be_bytes(id)));
            prop_assert_eq!(decode(&keys(), &email("bob@example.com"), Some(&hash), &token), None);
            let mut changed = token.clone();
            changed.replace_range(at..=at, &letter);
            if changed != token {
                prop_assert_eq!(decode(&keys(), &ann, Some(&hash), &changed), None);
            }
        }

        #[test]
        fn opening_any_text_does_not_panic(text: String) {
            prop_assert_eq!(decode(&keys(), &email("ann@example.com"), Some(&PasswordHash::restore(text.clone())), &text), None);
        }
    }
}
