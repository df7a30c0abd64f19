//! Cursors of lists: opaque to callers, and good only for the list and the place that they were made for.

use crate::secret::Keyring;
use data_encoding::BASE64URL_NOPAD;

/// Bytes of the MAC: a cursor grants nothing that the caller may not read anyway, 128 bits are plenty.
const TAG_BYTES: usize = 16;
/// Longest cursor in bytes: several times what a key id, the MAC and the longest position take, so that a longer text is
/// refused before it is decoded.
const CURSOR_MAX: usize = 512;

/// The cursor for a position in a list (`kind`) of an account or user (`scope`).
pub fn seal(keys: &Keyring, kind: &str, scope: &str, position: &str) -> String {
    let tag = keys.mac(keys.current(), "cursor", &[kind.as_bytes(), scope.as_bytes(), position.as_bytes()]).unwrap_or_default();
    let mut bytes = tag.get(..TAG_BYTES).unwrap_or_default().to_vec();
    bytes.extend_from_slice(position.as_bytes());
    format!("{}.{}", keys.current(), BASE64URL_NOPAD.encode(&bytes))
}

/// The position of a cursor that was made for this very list; None for any other text.
pub fn open(keys: &Keyring, kind: &str, scope: &str, cursor: &str) -> Option<String> {
    if cursor.len() > CURSOR_MAX {
        return None;
    }
    let (kid, body) = cursor.split_once('.')?;
    let bytes = BASE64URL_NOPAD.decode(body.as_bytes()).ok()?;
    let (tag, position) = bytes.split_at_checked(TAG_BYTES)?;
    let genuine = keys.verify(kid, "cursor", &[kind.as_bytes(), scope.as_bytes(), position], tag);
    if genuine { String::from_utf8(position.to_vec()).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_is_bound_to_its_list(kind in "[a-z]{1,8}", scope in "[a-z_0-9]{1,40}", position in "\\PC{0,60}", other in "[a-z]{1,8}") {
            let keys = Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap();
            let cursor = seal(&keys, &kind, &scope, &position);
            prop_assert_eq!(open(&keys, &kind, &scope, &cursor), Some(position));
            if other != kind {
                prop_assert_eq!(open(&keys, &other, &scope, &cursor), None);
            }
            prop_assert_eq!(open(&keys, &kind, "another", &cursor).filter(|_| scope != "another"), None);
        }
    }
}
