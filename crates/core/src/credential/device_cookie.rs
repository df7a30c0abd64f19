//! Browsers in which somebody has proven to be somebody: what tells the owner of an email from those who guess at its
//! password, so that a hundred wrong guesses lock out the guessers alone.
//!
//! A device is known by a cookie that only this server can make, bound to one email (OWASP Authentication Cheat Sheet,
//! device cookies; ASVS 5.0 6.1.1) and to one choice of its password: whoever had the old password and kept cookies is a
//! stranger once there is a new one. It opens nothing: failures with it are counted, apart from all others.

use crate::credential::password::password_generation;
use crate::credential::secret::Keyring;
use crate::domain::email::Email;
use crate::domain::stored_secret::PasswordHash;
use data_encoding::BASE64URL_NOPAD;

/// A device is known for a year. In seconds.
pub const DEVICE_SECONDS: i64 = 365 * 24 * 60 * 60;
/// Bytes of the id before the MAC.
const ID_BYTES: usize = 16;
/// Bytes of the MAC.
const TAG_BYTES: usize = 32;
/// Longest token in bytes: a key id, a dot, 64 characters.
const TOKEN_MAX: usize = 96;
const LABEL: &str = "device";

/// The token that makes a browser known as a device of an email; `id` must be fresh random bytes.
pub fn encode(keys: &Keyring, email: &Email, password: &PasswordHash, id: [u8; ID_BYTES]) -> String {
    // A ring always has its current key; an empty MAC is refused by its length.
    let parts = [email.as_str().as_bytes(), &password_generation(password), &id];
    let tag = keys.mac(keys.current(), LABEL, &parts).map(Vec::from).unwrap_or_default();
    format!("{}.{}", keys.current(), BASE64URL_NOPAD.encode(&[id.as_slice(), &tag].concat()))
}

/// The id in a genuine token of this email and password; None for anything else. Where there is no such user, the work is
/// the same.
pub fn decode(keys: &Keyring, email: &Email, password: Option<&PasswordHash>, token: &str) -> Option<u128> {
    let (kid, id, tag) = read(token)?;
    let choice = password.map(password_generation).unwrap_or_default();
    let genuine = keys.verify(kid, LABEL, &[email.as_str().as_bytes(), &choice, &id], &tag);
    (genuine && password.is_some()).then_some(u128::from_be_bytes(id))
}

/// The id that a token claims, genuine or not: for loading what [`decode`] decides on.
pub fn claimed_id(token: &str) -> Option<u128> {
    read(token).map(|(_, id, _)| u128::from_be_bytes(id))
}

fn read(token: &str) -> Option<(&str, [u8; ID_BYTES], [u8; TAG_BYTES])> {
    if token.len() > TOKEN_MAX {
        return None;
    }
    let (kid, body) = token.split_once('.')?;
    let bytes = BASE64URL_NOPAD.decode(body.as_bytes()).ok()?;
    let (id, tag) = bytes.split_at_checked(ID_BYTES)?;
    Some((kid, id.try_into().ok()?, tag.try_into().ok()?))
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
        fn any_text_is_safe_to_open(text: String) {
            prop_assert_eq!(decode(&keys(), &email("ann@example.com"), Some(&PasswordHash::restore(text.clone())), &text), None);
        }
    }
}
