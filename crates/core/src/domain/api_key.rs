//! API keys, which belong to an account.

use super::name::Name;
use crate::domain::id::{AccountId, ApiKeyId, UserId};
use crate::domain::stored_secret::SecretHash;
use crate::domain::time::Timestamp;

/// Shortest interval between two writes of `last_used_at`, in seconds: one minute.
pub const API_KEY_TOUCH_SECONDS: i64 = 60;
/// Value of the `role` claim in a token of an API key, which has no role. The underscore makes it an invalid role code, so it
/// cannot collide with a role.
pub const API_KEY_ROLE: &str = "api_key";

/// API key of an account. Its effective permissions are the intersection of `permissions` and its creator's permissions at the
/// time of use.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the remaining fields are those of the API key resource of the HTTP contract")]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub account: AccountId,
    pub name: Name,
    /// Hash of the secret.
    pub secret: SecretHash,
    /// Permission codes granted to the key.
    pub permissions: Vec<String>,
    /// Resources that the key is restricted to, each as `type:id`; empty for no restriction.
    pub resources: Vec<String>,
    /// Creator, whose permissions bound those of the key.
    pub created_by: UserId,
    pub created_at: Timestamp,
    /// End of validity; None for a key that is valid until revoked.
    pub expires_at: Option<Timestamp>,
    /// Last use, up to [`API_KEY_TOUCH_SECONDS`] old.
    pub last_used_at: Option<Timestamp>,
    /// Time of revocation, which is final.
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// Returns whether the key is neither revoked nor expired at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }

    /// Returns whether `last_used_at` is missing or at least [`API_KEY_TOUCH_SECONDS`] old.
    pub fn last_use_is_due(&self, now: Timestamp) -> bool {
        self.last_used_at.is_none_or(|last| now >= last.plus_seconds(API_KEY_TOUCH_SECONDS))
    }

    /// Returns whether the restriction to `resources` allows the resource `id` of a type or, with None, the whole collection of
    /// that type. An unrestricted key is allowed everything. A restricted key is allowed the listed resources only, and no
    /// collection, since listing or creating would exceed the list.
    pub fn reaches(&self, resource_type: &str, id: Option<&str>) -> bool {
        self.resources.is_empty()
            || id.is_some_and(|id| self.resources.iter().any(|limit| limit.split_once(':') == Some((resource_type, id))))
    }
}
