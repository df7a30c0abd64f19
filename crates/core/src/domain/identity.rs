//! Identities: what proves a user when they sign in.

use crate::domain::id::{IdentityId, UserId};
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::secret_hashes::PasswordHash;
use crate::domain::time::Timestamp;

/// A way of a user to sign in. A user has at least one, and at most one password.
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
}

/// Password of a user, as stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredPassword {
    /// Hash of the password.
    pub hash: PasswordHash,
    /// Restore epoch in which the password was set; the password is valid in that epoch only.
    pub epoch: RestoreEpoch,
}
