//! Team-owned API keys.

use super::name::Name;
use crate::domain::id::{AccountId, ApiKeyId, UserId};
use crate::domain::stored_secret::SecretHash;
use crate::domain::time::Timestamp;

/// A use is written down at most this often: a minute, in seconds.
pub const API_KEY_TOUCH_SECONDS: i64 = 60;
/// What stands where a person's role would: a key has none, and no role can be called so.
pub const API_KEY_ROLE: &str = "api_key";

/// A key of an account. Its rights at use are its permissions ∩ what its creator still holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApiKey {
    /// The key.
    pub id: ApiKeyId,
    /// Whose key.
    pub account: AccountId,
    /// Shown name.
    pub name: Name,
    /// What the secret hashes to.
    pub secret: SecretHash,
    /// Permission codes that it may use at most.
    pub permissions: Vec<String>,
    /// `type:id` of the resources it is limited to; empty for no limit.
    pub resources: Vec<String>,
    /// Whose rights bound it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// None: until revoked.
    pub expires_at: Option<Timestamp>,
    /// Last use, coarse.
    pub last_used_at: Option<Timestamp>,
    /// Once set, the key is dead for good.
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether it opens anything at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether `last_used_at` is due to be written.
    pub fn last_use_is_due(&self, now: Timestamp) -> bool {
        self.last_used_at.is_none_or(|last| now >= last.plus_seconds(API_KEY_TOUCH_SECONDS))
    }

    /// Whether its limits let it use a permission of this resource type on a resource, or, with None, on the
    /// whole collection. A key without limits reaches everything. One with limits reaches the resources that it
    /// names and nothing else: no collection, since that would show or make others, and no resource of another type.
    pub fn reaches(&self, resource_type: &str, id: Option<&str>) -> bool {
        self.resources.is_empty()
            || id.is_some_and(|id| self.resources.iter().any(|limit| limit.split_once(':') == Some((resource_type, id))))
    }
}
