//! Cursors of lists: opaque to callers, and good only for the list and the place that they were made for.
//!
//! A position can be an entry that its reader may not see (a search withholds it), so it is encrypted: a synthetic
//! initialisation vector (as in RFC 5297), a MAC over list and position, opens a key stream of further MACs.

use crate::credential::secret::Keyring;
use data_encoding::BASE64URL_NOPAD;

/// Bytes of the MAC: a cursor grants nothing that the caller may not read anyway, 128 bits are plenty.
const TAG_BYTES: usize = 16;
/// Bytes of one MAC of the key stream.
const STREAM_BYTES: usize = 32;
/// Positions are filled up to a multiple of this, so that a cursor tells little of how long its position is.
const BLOCK_BYTES: usize = 64;
/// Longest cursor in bytes: several times what a key id, the MAC and the longest position take, so that a longer text is
/// refused before it is decoded.
const CURSOR_MAX: usize = 1024;

/// The position with its length before it, filled up with zeros; None where it is too long for a cursor.
fn padded(position: &str) -> Option<Vec<u8>> {
    let mut bytes = u16::try_from(position.len()).ok()?.to_be_bytes().to_vec();
    bytes.extend_from_slice(position.as_bytes());
    bytes.resize(bytes.len().next_multiple_of(BLOCK_BYTES), 0);
    Some(bytes)
}

fn unpadded(bytes: &[u8]) -> Option<String> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    let position = rest.get(..usize::from(u16::from_be_bytes(*length)))?;
    String::from_utf8(position.to_vec()).ok()
}

/// Encrypts or decrypts; None where the key is unknown.
fn stream(keys: &Keyring, kid: &str, tag: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    for (count, block) in (0_u32..).zip(bytes.chunks(STREAM_BYTES)) {
        let key = keys.mac(kid, "cursor-stream", &[tag, &count.to_be_bytes()])?;
        out.extend(block.iter().zip(key).map(|(byte, key)| byte ^ key));
    }
    Some(out)
}

/// The cursor for a position in a list (`kind`) of an account or user (`scope`).
pub fn encode(keys: &Keyring, kind: &str, scope: &str, position: &str) -> String {
    let kid = keys.current();
    let text = || {
        let plain = padded(position)?;
        let tag = keys.mac(kid, "cursor", &[kind.as_bytes(), scope.as_bytes(), &plain])?;
        let tag = tag.get(..TAG_BYTES)?;
        let mut bytes = tag.to_vec();
        bytes.extend(stream(keys, kid, tag, &plain)?);
        Some(format!("{kid}.{}", BASE64URL_NOPAD.encode(&bytes)))
    };
    text().unwrap_or_default()
}

/// The position of a cursor that was made for this very list; None for any other text.
pub fn decode(keys: &Keyring, kind: &str, scope: &str, cursor: &str) -> Option<String> {
    if cursor.len() > CURSOR_MAX {
        return None;
    }
    let (kid, body) = cursor.split_once('.')?;
    let bytes = BASE64URL_NOPAD.decode(body.as_bytes()).ok()?;
    let (tag, hidden) = bytes.split_at_checked(TAG_BYTES)?;
    let plain = stream(keys, kid, tag, hidden)?;
    let genuine = keys.verify(kid, "cursor", &[kind.as_bytes(), scope.as_bytes(), &plain], tag);
    if genuine { unpadded(&plain) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
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
