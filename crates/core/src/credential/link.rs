//! One-time links: derived, not stored. A token is a [sealed] text with an id and a link version.

use crate::credential::sealed;
pub use crate::credential::sealed::LinkPurpose as Purpose;
use crate::credential::secret::Keyring;

/// Bytes of the payload: an id of 128 bits, then the link version.
const CLAIM_BYTES: usize = 20;

/// Tokens of one-time links.
#[derive(Debug)]
pub struct LinkToken;

impl LinkToken {
    /// Issues the token of an id and its link version.
    pub fn issue(keys: &Keyring, purpose: Purpose, id: u128, version: u32) -> String {
        let claim = [id.to_be_bytes().as_slice(), &version.to_be_bytes()].concat();
        sealed::encode(keys, sealed::Purpose::Link(purpose), &[], &claim)
    }

    /// Returns the id and link version of a genuine token; None for any other text, without telling why.
    pub fn open(keys: &Keyring, purpose: Purpose, token: &str) -> Option<(u128, u32)> {
        let claim = sealed::decode(keys, sealed::Purpose::Link(purpose), &[], token)?;
        let claim: [u8; CLAIM_BYTES] = claim.try_into().ok()?;
        Some((u128::from_be_bytes(*claim.first_chunk()?), u32::from_be_bytes(*claim.last_chunk()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys() -> Keyring {
        Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap()
    }

    const PURPOSES: [Purpose; 4] = [Purpose::Invitation, Purpose::InvitationProof, Purpose::VerifyEmail, Purpose::ResetPassword];

    proptest! {
        #[test]
        fn a_token_opens_for_its_purpose_only(id: u128, version: u32) {
            for made in PURPOSES {
                let token = LinkToken::issue(&keys(), made, id, version);
                for asked in PURPOSES {
                    prop_assert_eq!(LinkToken::open(&keys(), asked, &token), (made == asked).then_some((id, version)));
                }
            }
        }

        #[test]
        fn any_changed_byte_is_refused(id: u128, at in 0_usize..73, byte in 0x21_u8..0x7f) {
            let token = LinkToken::issue(&keys(), Purpose::Invitation, id, 1);
            let mut bytes = token.clone().into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            let changed = String::from_utf8(bytes).unwrap();
            if changed != token {
                prop_assert_eq!(LinkToken::open(&keys(), Purpose::Invitation, &changed), None);
            }
        }

        #[test]
        fn opening_any_text_does_not_panic(text: String) {
            prop_assert_eq!(LinkToken::open(&keys(), Purpose::Invitation, &text), None);
        }
    }

    #[test]
    fn a_rotated_key_still_opens_old_links() {
        let token = LinkToken::issue(&keys(), Purpose::Invitation, 7, 2);
        let rotated =
            Keyring::parse("k2:IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8,k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap();
        assert_eq!(LinkToken::open(&rotated, Purpose::Invitation, &token), Some((7, 2)));
        let restored = Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "1").unwrap();
        assert_eq!(LinkToken::open(&restored, Purpose::Invitation, &token), None);
    }

    #[test]
    fn a_link_of_an_earlier_release_still_opens() {
        let token = "k1.AAAAAAAAAAAAAAAAAAAABwAAAALd4HIgnMcn7Jy8R2T8EdkDCBfujwf-5vV4089tHhbSVw";
        assert_eq!(LinkToken::open(&keys(), Purpose::Invitation, token), Some((7, 2)));
        assert_eq!(LinkToken::issue(&keys(), Purpose::Invitation, 7, 2), token);
    }
}
