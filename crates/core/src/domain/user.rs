//! Users.

use super::name::Name;
use crate::domain::activity_counts::RecentActivity;
use crate::domain::email::Email;
use crate::domain::id::{AccountId, UserId};
use crate::domain::time::Timestamp;

/// Person with a verified email address. What proves them when they sign in is an [`Identity`](crate::domain::identity::Identity).
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
