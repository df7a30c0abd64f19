//! Cursors of lists: opaque to callers, and good only for the list and the position that they were made for.
//!
//! A position can be an entry that its reader may not see (a search withholds it), so a cursor is an encrypted
//! [sealed] text.

use crate::credential::sealed::{self, Purpose};
use crate::credential::secret::Keyring;

/// Encodes a position in a list (`kind`) of an account (`scope`). Lists of the caller's own things have an empty scope: there a
/// position of another caller's list only says where the caller's own list goes on.
pub fn encode(keys: &Keyring, kind: &str, scope: &str, position: &str) -> String {
    sealed::encode(keys, Purpose::Cursor, &[kind.as_bytes(), scope.as_bytes()], position.as_bytes())
}

/// Decodes the position of a cursor that was made for this very list; None for any other text.
pub fn decode(keys: &Keyring, kind: &str, scope: &str, cursor: &str) -> Option<String> {
    let position = sealed::decode(keys, Purpose::Cursor, &[kind.as_bytes(), scope.as_bytes()], cursor)?;
    String::from_utf8(position).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::BASE64URL_NOPAD;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_is_bound_to_its_list(kind in "[a-z]{1,8}", scope in "[a-z_0-9]{1,40}", position in "\\PC{0,60}", other in "[a-z]{1,8}") {
            let keys = Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap();
            let cursor = encode(&keys, &kind, &scope, &position);
            prop_assert_eq!(decode(&keys, &kind, &scope, &cursor), Some(position));
            if other != kind {
                prop_assert_eq!(decode(&keys, &other, &scope, &cursor), None);
            }
            prop_assert_eq!(decode(&keys, &kind, "another", &cursor).filter(|_| scope != "another"), None);
        }

        #[test]
        fn a_cursor_shows_neither_its_position_nor_how_long_it_is(position in "[a-z_0-9@.-]{4,60}", other in "[a-z_0-9@.-]{4,60}") {
            let keys = Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap();
            let bytes = |position: &str| BASE64URL_NOPAD.decode(encode(&keys, "list", "", position).split_once('.').unwrap().1.as_bytes()).unwrap();
            let (one, two) = (bytes(&position), bytes(&other));
            prop_assert_eq!(one.len(), two.len());
            prop_assert!(!one.windows(4).any(|part| part == &position.as_bytes()[..4]));
            if position != other {
                let same = one.iter().zip(&two).filter(|(one, two)| one == two).count();
                prop_assert!(same < 20, "two cursors agree in {} bytes", same);
            }
        }

        #[test]
        fn any_change_of_a_cursor_makes_it_none(position in "\\PC{0,60}", at in 0_usize..80, bit in 0_u8..8) {
            let keys = Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap();
            let cursor = encode(&keys, "list", "", &position);
            let mut bytes = BASE64URL_NOPAD.decode(cursor.split_once('.').unwrap().1.as_bytes()).unwrap();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            prop_assert_eq!(decode(&keys, "list", "", &format!("k1.{}", BASE64URL_NOPAD.encode(&bytes))), None);
        }
    }
}
