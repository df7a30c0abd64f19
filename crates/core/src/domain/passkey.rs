//! Passkeys: WebAuthn credentials as identities of a user.

use crate::domain::id::{IdentityId, UserId};
use crate::domain::name::Name;
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::sign_in_config::PasskeyConfig;
use crate::domain::time::Timestamp;
use data_encoding::BASE64URL_NOPAD;
use uuid::Uuid;

/// Maximum number of passkeys of a user.
pub const PASSKEYS_MAX: i64 = 20;
/// Label of a passkey whose user gave none.
pub const LABEL_DEFAULT: &str = "Passkey";

/// Credential id of a passkey, in base64url as in JSON. Unique over all users.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CredentialId(String);

impl CredentialId {
    /// Maximum length in bytes (WebAuthn Level 3, section 7.1).
    pub const BYTES_MAX: usize = 1023;

    /// Encodes an id; None for one that is empty or longer than [`CredentialId::BYTES_MAX`].
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        (1..=Self::BYTES_MAX).contains(&bytes.len()).then(|| CredentialId(BASE64URL_NOPAD.encode(bytes)))
    }

    /// Reconstructs an id from the database, where only valid ids are stored.
    pub fn restore(text: String) -> Self {
        CredentialId(text)
    }

    /// The id in base64url.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Id of a challenge, by which it is spent once.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ChallengeId(String);

impl ChallengeId {
    /// The id of a challenge by its random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        ChallengeId(BASE64URL_NOPAD.encode(&bytes))
    }

    /// Parses the text of an id; None for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok().map(ChallengeId::from_bytes)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Passkey of a user.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the remaining fields name themselves")]
pub struct Passkey {
    pub id: IdentityId,
    pub user: UserId,
    pub credential: CredentialId,
    /// COSE_Key in CBOR.
    pub public_key: Vec<u8>,
    /// Signature counter of the last ceremony; 0 where the authenticator has none.
    pub sign_count: u32,
    /// Whether it may be synchronized to other devices. Never changes.
    pub backup_eligible: bool,
    /// Whether it was backed up in the last ceremony.
    pub backed_up: bool,
    /// Hints for later ceremonies, as the client named them.
    pub transports: Vec<String>,
    /// Model of the authenticator as the client claims it.
    pub aaguid: Uuid,
    /// Whether the authenticator verified the user at registration.
    pub user_verified: bool,
    pub label: Name,
    /// Restore epoch in which it was registered; it is valid in that epoch only, since its removal after a backup is not known.
    pub epoch: RestoreEpoch,
    pub created_at: Timestamp,
    /// Time of the last authentication with it.
    pub last_used_at: Option<Timestamp>,
}

impl Passkey {
    /// The public key in base64url, as it is stored.
    pub fn public_key_text(&self) -> String {
        BASE64URL_NOPAD.encode(&self.public_key)
    }

    /// Decodes a stored public key.
    pub fn restore_public_key(text: &str) -> Option<Vec<u8>> {
        BASE64URL_NOPAD.decode(text.as_bytes()).ok()
    }
}

/// What an authentication changes of a passkey.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the fields are those of the passkey")]
pub struct PasskeyUse {
    pub user: UserId,
    pub id: IdentityId,
    pub sign_count: u32,
    pub backed_up: bool,
    pub at: Timestamp,
}

/// Relying party of a deployment's passkeys.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RelyingParty {
    /// RP id and name.
    pub config: PasskeyConfig,
    /// Origins of pages that may run a ceremony, as browsers serialize them.
    pub origins: Vec<String>,
}

/// The user handle (`user.id`) of a user's passkeys: 16 bytes that say nothing about the person and never change.
pub fn user_handle(user: UserId) -> [u8; 16] {
    user.bits().to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_id_has_1_to_1023_bytes() {
        let length = |bytes: usize| CredentialId::from_bytes(&vec![7; bytes]).map(|id| id.as_str().len());
        assert_eq!([0, 1, 1023, 1024].map(length), [None, Some(2), Some(1364), None]);
    }
}
