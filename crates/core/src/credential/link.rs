//! One-time links: derived, not stored. The token carries what it is about and a MAC that only this server can make.

use crate::credential::secret::Keyring;
use data_encoding::BASE64URL_NOPAD;

/// Bytes of the id and the version before the MAC.
const CLAIM_BYTES: usize = 20;
/// Bytes of the MAC: 256 bits, whole.
const TAG_BYTES: usize = 32;
/// Longest token in bytes: a key id, a dot, 70 characters.
const TOKEN_MAX: usize = 96;

/// What a link is for. A token of one purpose opens nothing of another.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Look at an invitation, accept it, decline it.
    Invitation,
    /// Proof of reading the invited mailbox: only in the mail.
    InvitationProof,
    /// Prove the email of a sign-up.
    VerifyEmail,
    /// Choose a new password.
    ResetPassword,
}

impl Purpose {
    fn label(self) -> &'static str {
        match self {
            Purpose::Invitation => "invitation",
            Purpose::InvitationProof => "invitation-proof",
            Purpose::VerifyEmail => "verify-email",
            Purpose::ResetPassword => "reset-password",
        }
    }
}

/// Making and opening the tokens of links.
#[derive(Debug)]
pub struct LinkToken;

impl LinkToken {
    /// The token for a thing's 128 bits and its link version: `kid.base64url(id ‖ version ‖ MAC)`.
    pub fn issue(keys: &Keyring, purpose: Purpose, id: u128, version: u32) -> String {
        let mut bytes = Vec::with_capacity(CLAIM_BYTES + TAG_BYTES);
        bytes.extend_from_slice(&id.to_be_bytes());
        bytes.extend_from_slice(&version.to_be_bytes());
        let tag = keys.mac(keys.current(), purpose.label(), &[&bytes]).unwrap_or_default();
        bytes.extend_from_slice(&tag);
        format!("{}.{}", keys.current(), BASE64URL_NOPAD.encode(&bytes))
    }

    /// What a genuine token is about; None for anything else, in a time that does not tell why.
    pub fn open(keys: &Keyring, purpose: Purpose, token: &str) -> Option<(u128, u32)> {
        if token.len() > TOKEN_MAX {
            return None;
        }
        let (kid, body) = token.split_once('.')?;
        let bytes = BASE64URL_NOPAD.decode(body.as_bytes()).ok()?;
        let (claim, tag) = bytes.split_at_checked(CLAIM_BYTES)?;
        if tag.len() != TAG_BYTES || !keys.verify(kid, purpose.label(), &[claim], tag) {
            return None;
        }
        let (id, version) = claim.split_at_checked(16)?;
        Some((u128::from_be_bytes(id.try_into().ok()?), u32::from_be_bytes(version.try_into().ok()?)))
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
        fn any_text_is_safe_to_open(text: String) {
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
}
