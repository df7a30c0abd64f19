//! The minimum version of an account's permission tokens: a token of an older version does not authorise by itself.
//!
//! The version is read from a store that may answer late, with an older value, or not at all (KV). So it can only take a token's
//! effect away, which sends the request to the database; it never grants anything. A value is a [sealed] text bound to the key
//! of its account.

use crate::credential::permission_token::{Claims, TOKEN_SECONDS_MAX};
use crate::credential::sealed::{self, Purpose};
use crate::credential::secret::Keyring;
use crate::domain::id::AccountId;

/// How long an entry is stored, in seconds: a minute longer than the longest life of a token.
pub const MIN_TOKEN_VERSION_TTL_SECONDS: i64 = TOKEN_SECONDS_MAX + 60;

/// The key of an account's entry in KV: a kind, a form of values, and the id, of which there is one spelling.
pub fn key(account: AccountId) -> String {
    format!("min-token-version:v2:{account}")
}

/// Encodes the value of an account's entry.
pub fn encode(keys: &Keyring, account: AccountId, version: i64) -> String {
    sealed::encode(keys, Purpose::MinTokenVersion, &[key(account).as_bytes()], &version.to_be_bytes())
}

/// Decodes the value of this account's entry; None for any text that was not made for it, under a key and in the restore
/// epoch of this deployment.
pub fn decode(keys: &Keyring, account: AccountId, value: &str) -> Option<i64> {
    let payload = sealed::decode(keys, Purpose::MinTokenVersion, &[key(account).as_bytes()], value)?;
    payload.try_into().ok().map(i64::from_be_bytes)
}

/// Whether the account's permissions have changed since the token was issued. Without a known version the token's own expiry
/// bounds it.
pub fn is_superseded(claims: &Claims, version: Option<i64>) -> bool {
    version.is_some_and(|version| claims.ver < version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::claims;
    use data_encoding::BASE64URL_NOPAD;
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
    fn a_token_is_superseded_by_a_later_version_alone() {
        let claims = claims(&[]);
        assert_eq!([None, Some(2), Some(3), Some(4)].map(|version| is_superseded(&claims, version)), [false, false, false, true]);
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
            "k1",
            "k1.",
            "k1.AA",
            "k1.AAAAAAAAAAw",
            value.get(..value.len() - 2).unwrap(),
            &format!("{value}AA"),
            &format!("{value}\n"),
            &format!("0{value}"),
            &format!("+{value}"),
            &value.replacen("k1.", "k1.AA", 1),
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
                let mut swapped = BASE64URL_NOPAD.decode(value.strip_prefix("k1.").unwrap().as_bytes()).unwrap();
                swapped[..8].copy_from_slice(&other.to_be_bytes());
                let swapped = format!("k1.{}", BASE64URL_NOPAD.encode(&swapped));
                prop_assert_eq!(decode(&keys, one, &swapped), None, "another version's MAC");
            }
        }

        #[test]
        fn a_changed_byte_or_any_text_is_no_floor(version in 0_i64..1_000_000, at in 0_usize..64, byte in 0x21_u8..0x7f, text: String) {
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
