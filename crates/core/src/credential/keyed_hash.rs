//! Keyed hashes of codes that are too short for a plain hash: whoever reads the database cannot try all codes without the
//! server's key (ASVS 5.0 6.5.2).

use crate::credential::secret::Keyring;
use crate::domain::secret_hashes::KeyedHash;

/// Hashes a code with the current key. `label` separates the kinds of codes; `binding` is what the code is bound to.
pub(crate) fn create(keys: &Keyring, label: &str, binding: &[&[u8]], code: &[u8]) -> KeyedHash {
    let kid = keys.current();
    // Never the default: a keyring has at least one key.
    KeyedHash::from_parts(kid, keys.mac(kid, label, &parts(binding, code)).unwrap_or_default())
}

/// Returns whether a hash is that of a code, in constant time for hashes of one key. False once its key has left the keyring.
pub(crate) fn verify(keys: &Keyring, label: &str, binding: &[&[u8]], code: &[u8], hash: &KeyedHash) -> bool {
    keys.verify(hash.kid(), label, &parts(binding, code), hash.tag())
}

/// The code is always the last part, so no two bindings share a list.
fn parts<'a>(binding: &[&'a [u8]], code: &'a [u8]) -> Vec<&'a [u8]> {
    binding.iter().copied().chain([code]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    const TWO: &str = "k2:IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    fn keys(text: &str, epoch: &str) -> Keyring {
        Keyring::parse(text, epoch).unwrap()
    }

    #[test]
    fn a_hash_verifies_for_its_label_binding_and_code_alone() {
        let keys = keys(ONE, "0");
        let hash = create(&keys, "l", &[b"ann", b"x"], b"1234");
        assert!(verify(&keys, "l", &[b"ann", b"x"], b"1234", &hash));
        assert!(!verify(&keys, "m", &[b"ann", b"x"], b"1234", &hash));
        assert!(!verify(&keys, "l", &[b"annx"], b"1234", &hash));
        assert!(!verify(&keys, "l", &[b"ann"], b"1234", &hash));
        assert!(!verify(&keys, "l", &[b"ann", b"x"], b"1235", &hash));
        assert!(!verify(&keys, "l", &[b"ann", b"x", b"1234"], b"", &hash));
    }

    #[test]
    fn a_hash_verifies_until_its_key_is_dropped_or_the_database_is_restored() {
        let hash = create(&keys(ONE, "0"), "l", &[], b"1234");
        assert_eq!(hash.kid(), "k1");
        assert!(verify(&keys(&format!("{TWO},{ONE}"), "0"), "l", &[], b"1234", &hash));
        assert!(!verify(&keys(TWO, "0"), "l", &[], b"1234", &hash));
        assert!(!verify(&keys(ONE, "1"), "l", &[], b"1234", &hash));
    }
}
