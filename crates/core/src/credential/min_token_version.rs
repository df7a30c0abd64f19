//! The floor of an account's permission tokens: the version that a token must have at least for its own yes to count.
//!
//! It stands in a store that may answer late, with an older value, or not at all (KV). So it can only take a token's
//! yes away, which sends the question to the database; it never gives one. Key and value are bound to the account, to the
//! server's keys and to the restore epoch: a value from elsewhere is no value.

use crate::credential::permission_token::{Claims, TOKEN_SECONDS_MAX};
use crate::credential::secret::Keyring;
use crate::domain::id::AccountId;
use data_encoding::BASE64URL_NOPAD;

/// How long a floor is kept, in seconds: a minute longer than any token from before it lives.
pub const MIN_TOKEN_VERSION_TTL_SECONDS: i64 = TOKEN_SECONDS_MAX + 60;
/// Sets the MAC of floors apart from those of other things.
const LABEL: &str = "token-floor";
/// Bytes of the MAC: a forged floor could cost look-ups and nothing else, 128 bits are plenty.
const TAG_BYTES: usize = 16;

/// Under which key an account's floor stands: a kind, a form, and the id, of which there is one spelling.
pub fn key(account: AccountId) -> String {
    format!("floor:v1:{account}")
}

/// The value for an account's floor: `version.kid.mac`.
pub fn encode(keys: &Keyring, account: AccountId, version: i64) -> String {
    let (kid, version) = (keys.current(), version.to_string());
    let mac = keys.mac(kid, LABEL, &[key(account).as_bytes(), version.as_bytes()]).unwrap_or_default();
    format!("{version}.{kid}.{}", BASE64URL_NOPAD.encode(mac.get(..TAG_BYTES).unwrap_or_default()))
}

/// The floor that a value says for this account; None for any text that was not made for it, under a key and in the
/// epoch of this deployment.
pub fn decode(keys: &Keyring, account: AccountId, value: &str) -> Option<i64> {
    let (version, rest) = value.split_once('.')?;
    let (kid, tag) = rest.split_once('.')?;
    let tag: [u8; TAG_BYTES] = BASE64URL_NOPAD.decode(tag.as_bytes()).ok()?.try_into().ok()?;
    let genuine = keys.verify(kid, LABEL, &[key(account).as_bytes(), version.as_bytes()], &tag);
    if genuine { version.parse().ok() } else { None }
}

/// Whether a token is from before the floor: its yes does not count then. Without a floor its life alone bounds it.
pub fn is_superseded(claims: &Claims, version: Option<i64>) -> bool {
    version.is_some_and(|version| claims.ver < version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ONE: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    const TWO: &str = "k2:IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    fn ring(keys: &str) -> Keyring {
        Keyring::parse(keys, "0").unwrap()
    }

    #[test]
    fn a_floor_counts_under_every_key_of_the_ring_and_in_its_epoch_only() {
        let account = AccountId::from_bits(7);
        let value = encode(&ring(ONE), account, 12);
        assert_eq!(decode(&ring(&format!("{TWO},{ONE}")), account, &value), Some(12));
        assert_eq!(decode(&ring(TWO), account, &value), None);
        assert_eq!(decode(&Keyring::parse(ONE, "1").unwrap(), account, &value), None);
    }

    #[test]
    fn a_value_without_its_whole_mac_is_none() {
        let (keys, account) = (ring(ONE), AccountId::from_bits(7));
        let value = encode(&keys, account, 12);
        for text in [
            "",
            "12",
            "12.k1",
            "12.k1.",
            "12.k1.AA",
            value.get(..value.len() - 2).unwrap(),
            &format!("{value}AA"),
            &format!("{value}\n"),
            &format!("0{value}"),
            &format!("+{value}"),
        ] {
            assert_eq!(decode(&keys, account, text), None, "{text}");
        }
    }

    #[test]
    fn it_outlives_every_token_and_fits_what_kv_takes() {
        const { assert!(MIN_TOKEN_VERSION_TTL_SECONDS > TOKEN_SECONDS_MAX && MIN_TOKEN_VERSION_TTL_SECONDS >= 60) };
        assert!(key(AccountId::from_bits(u128::MAX)).len() <= 512);
    }

    proptest! {
        #[test]
        fn keys_and_values_are_one_account_s_each(a: u128, b: u128, version in 0_i64..=9_007_199_254_740_991, other in 0_i64..=9_007_199_254_740_991) {
            let (keys, one, two) = (ring(ONE), AccountId::from_bits(a), AccountId::from_bits(b));
            prop_assert_eq!(key(one) == key(two), one == two);
            let value = encode(&keys, one, version);
            prop_assert_eq!(decode(&keys, one, &value), Some(version));
            if one != two {
                prop_assert_eq!(decode(&keys, two, &value), None, "another account's value");
            }
            if version != other {
                prop_assert_ne!(&value, &encode(&keys, one, other));
                let swapped = format!("{other}.{}", value.split_once('.').unwrap().1);
                prop_assert_eq!(decode(&keys, one, &swapped), None, "another version's MAC");
            }
        }

        #[test]
        fn a_changed_byte_is_no_floor_and_any_text_is_safe(version in 0_i64..1_000_000, at in 0_usize..64, byte in 0x21_u8..0x7f, text: String) {
            let (keys, account) = (ring(ONE), AccountId::from_bits(7));
            let value = encode(&keys, account, version);
            let mut bytes = value.clone().into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            let changed = String::from_utf8(bytes).unwrap();
            if changed != value {
                prop_assert_eq!(decode(&keys, account, &changed), None);
            }
            prop_assert_eq!(decode(&keys, account, &text), None);
        }
    }
}
