//! Users and their stored passwords.

use super::name::Name;
use crate::domain::email::Email;
use crate::domain::id::{AccountId, UserId};
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::stored_secret::PasswordHash;
use crate::domain::time::Timestamp;
use crate::domain::usage::RecentActivity;

/// Person with an email address and a password.
///
/// INVARIANT (verified-email): a user is created only after the verification of the email address; there is no unverified user.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the remaining fields are those of the user resource of the HTTP contract")]
pub struct User {
    pub id: UserId,
    /// Verified address, unique among users.
    pub email: Email,
    pub name: Name,
    /// Account of requests that name none; the user is always a member of it.
    pub active_account: AccountId,
    pub created_at: Timestamp,
    /// Actions in the current quota windows; loaded for the caller only, zero for every other user.
    pub recent: RecentActivity,
}

/// Password of a user, as stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredPassword {
    /// Hash of the password.
    pub hash: PasswordHash,
    /// Restore epoch in which the password was set; the password is valid in that epoch only.
    pub epoch: RestoreEpoch,
}
