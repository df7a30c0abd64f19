//! People who sign in.

use super::name::Name;
use crate::domain::email::Email;
use crate::domain::id::{AccountId, UserId};
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::stored_secret::PasswordHash;
use crate::domain::time::Timestamp;
use crate::domain::usage::RecentActivity;

/// A person who signs in.
///
/// INVARIANT (verified-email): a user exists only once their email is proven; there is no unproven state to check.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// The user.
    pub id: UserId,
    /// Proven, canonical, unique.
    pub email: Email,
    /// Shown name.
    pub name: Name,
    /// The account that the user acts in unless a request says otherwise; always one they belong to.
    pub active_account: AccountId,
    /// When they signed up.
    pub created_at: Timestamp,
    /// What they did of late; known of the caller, and nothing of others.
    pub recent: RecentActivity,
}

/// What a user signs in with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredPassword {
    /// The hash of the password.
    pub hash: PasswordHash,
    /// The restore epoch in which the password was chosen.
    pub epoch: RestoreEpoch,
}
