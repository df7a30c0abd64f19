//! Identities: what proves a user when they sign in.

use crate::domain::email::Email;
use crate::domain::id::{IdentityId, UserId};
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::secret_hashes::PasswordHash;
use crate::domain::sign_in_config::SignInConfig;
use crate::domain::time::Timestamp;

/// A way of a user to sign in. A user has the proven mailbox, and at most one password.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the remaining fields name themselves")]
pub struct Identity {
    pub id: IdentityId,
    pub user: UserId,
    pub proof: Proof,
    pub created_at: Timestamp,
}

/// What the server keeps to verify an identity; the variant is the identity's kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Proof {
    /// Hash of a password.
    Password(PasswordHash),
    /// The proven mailbox, by a code that is mailed. Nothing is kept.
    Email,
}

/// Kind of an identity.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum IdentityKind {
    /// A password.
    Password,
    /// The proven mailbox.
    Email,
    /// A passkey.
    Passkey,
    /// A person at a sign-in provider or a trusted issuer.
    Provider,
    /// An authenticator app: a second factor, and no way in by itself.
    Totp,
    /// Recovery codes: they replace the second factor, and are no way in by themselves.
    Recovery,
}

impl IdentityKind {
    /// All kinds.
    pub const ALL: [IdentityKind; 6] = [
        IdentityKind::Password,
        IdentityKind::Email,
        IdentityKind::Passkey,
        IdentityKind::Provider,
        IdentityKind::Totp,
        IdentityKind::Recovery,
    ];

    /// Text in JSON and in rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            IdentityKind::Password => "password",
            IdentityKind::Email => "email",
            IdentityKind::Passkey => "passkey",
            IdentityKind::Provider => "provider",
            IdentityKind::Totp => "totp",
            IdentityKind::Recovery => "recovery",
        }
    }

    /// Parses the text of a kind.
    pub fn parse(text: &str) -> Option<Self> {
        IdentityKind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl Proof {
    /// Kind of the identity.
    pub const fn kind(&self) -> IdentityKind {
        match self {
            Proof::Password(_) => IdentityKind::Password,
            Proof::Email => IdentityKind::Email,
        }
    }
}

/// An identity as its user sees it, without what proves it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the remaining fields name themselves")]
pub struct SignInMethod {
    pub id: IdentityId,
    pub kind: IdentityKind,
    /// Restore epoch in which the proof was set.
    pub epoch: RestoreEpoch,
    pub created_at: Timestamp,
    /// Time of the last sign-in with it.
    pub last_used_at: Option<Timestamp>,
    /// Issuer of a provider's identity, with the address that it told last.
    pub told_by: Option<(String, Option<Email>)>,
    /// Whether the authenticator of a passkey verified the user at its registration; false for any other kind.
    pub user_verified: bool,
    /// Number of unused recovery codes; None for any other kind.
    pub remaining: Option<u32>,
}

impl SignInMethod {
    /// Whether the user can sign in with it: a password that was chosen before a restore of the database is not valid any more, nor is
    /// a passkey that was registered or a provider that was connected before, since its user may have removed it since. Recovery codes
    /// of before a restore are void too; an authenticator app stays, since it opens nothing by itself.
    pub fn is_valid(&self, epoch: RestoreEpoch) -> bool {
        match self.kind {
            IdentityKind::Password | IdentityKind::Passkey | IdentityKind::Provider | IdentityKind::Recovery => self.epoch == epoch,
            IdentityKind::Email | IdentityKind::Totp => true,
        }
    }
}

impl SignInMethod {
    /// Whether the user can sign in with it in a deployment that offers these ways. The mailbox also restores a password; a second factor
    /// alone signs nobody in.
    pub fn is_usable(&self, epoch: RestoreEpoch, offered: &SignInConfig) -> bool {
        let is_listed =
            |issuer: &str| offered.providers.iter().any(|provider| provider.issuer() == issuer) || offered.trusted_issuer(issuer).is_some();
        let is_offered = match self.kind {
            IdentityKind::Password => offered.password,
            IdentityKind::Email => offered.email_code || offered.password,
            IdentityKind::Passkey => offered.passkey,
            IdentityKind::Provider => self.told_by.as_ref().is_some_and(|(issuer, _)| is_listed(issuer)),
            IdentityKind::Totp | IdentityKind::Recovery => false,
        };
        is_offered && self.is_valid(epoch)
    }
}

/// Password of a user, as stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredPassword {
    /// Hash of the password.
    pub hash: PasswordHash,
    /// Restore epoch in which the password was set; the password is valid in that epoch only.
    pub epoch: RestoreEpoch,
}
