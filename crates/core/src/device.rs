//! Browsers in which somebody has proven to be somebody: what tells the owner of an email from those who guess at its
//! password, so that a hundred wrong guesses lock out the guessers alone.
//!
//! A device is known by a cookie that only this server can make, bound to one email (OWASP Authentication Cheat Sheet,
//! device cookies; ASVS 5.0 6.1.1). It opens nothing: failures with it are counted, apart from all others.

use crate::email::Email;
use crate::secret::Keyring;
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
pub fn issue(keys: &Keyring, email: &Email, id: [u8; ID_BYTES]) -> String {
    // A ring always has its current key; an empty MAC is refused by its length.
    let tag = keys.mac(keys.current(), LABEL, &[email.as_str().as_bytes(), &id]).map(Vec::from).unwrap_or_default();
    format!("{}.{}", keys.current(), BASE64URL_NOPAD.encode(&[id.as_slice(), &tag].concat()))
}

/// The id in a genuine token of this email; None for anything else.
pub fn open(keys: &Keyring, email: &Email, token: &str) -> Option<u128> {
    if token.len() > TOKEN_MAX {
        return None;
    }
    let (kid, body) = token.split_once('.')?;
    let bytes = BASE64URL_NOPAD.decode(body.as_bytes()).ok()?;
    let (id, tag) = bytes.split_at_checked(ID_BYTES)?;
    let genuine = tag.len() == TAG_BYTES && keys.verify(kid, LABEL, &[email.as_str().as_bytes(), id], tag);
    id.try_into().ok().filter(|_| genuine).map(u128::from_be_bytes)
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

    proptest! {
        #[test]
        fn a_device_is_known_for_its_email_alone(id: [u8; 16], at in 0_usize..67, letter in "[A-Za-z0-9_-]") {
            let ann = email("ann@example.com");
            let token = issue(&keys(), &ann, id);
            prop_assert_eq!(open(&keys(), &ann, &token), Some(u128::from_be_bytes(id)));
            prop_assert_eq!(open(&keys(), &email("bob@example.com"), &token), None);
            let mut changed = token.clone();
            changed.replace_range(at..=at, &letter);
            if changed != token {
                prop_assert_eq!(open(&keys(), &ann, &changed), None);
            }
        }

        #[test]
        fn any_text_is_safe_to_open(text: String) {
            prop_assert_eq!(open(&keys(), &email("ann@example.com"), &text), None);
        }
    }
}
