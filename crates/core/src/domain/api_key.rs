//! API keys, which belong to an account.

use super::name::Name;
use crate::domain::id::{AccountId, ApiKeyId, UserId};
use crate::domain::secret_hashes::SecretHash;
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
    pub fn should_record_last_use(&self, now: Timestamp) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::role::RoleCode;
    use proptest::prelude::*;

    const END: i64 = 1_000_000;

    fn api_key(resources: &[&str]) -> ApiKey {
        ApiKey {
            id: ApiKeyId::from_bits(1),
            account: AccountId::from_bits(2),
            name: Name::restore("CI".to_owned()),
            secret: SecretHash::from_bytes([0; 32]),
            permissions: vec!["pods.read".to_owned()],
            resources: resources.iter().map(|resource| (*resource).to_owned()).collect(),
            created_by: UserId::from_bits(3),
            created_at: Timestamp::from_millis(0),
            expires_at: Some(Timestamp::from_millis(END)),
            last_used_at: None,
            revoked_at: None,
        }
    }

    #[test]
    fn a_key_is_live_until_the_millisecond_of_its_expiry() {
        let key = api_key(&[]);
        assert!(key.is_live(Timestamp::from_millis(END - 1)));
        assert!(!key.is_live(Timestamp::from_millis(END)));
        let unlimited = ApiKey { expires_at: None, ..api_key(&[]) };
        assert!(unlimited.is_live(Timestamp::MAX));
    }

    #[test]
    fn a_revoked_key_is_not_live_even_before_the_time_of_its_revocation() {
        let key = ApiKey { revoked_at: Some(Timestamp::from_millis(500)), expires_at: None, ..api_key(&[]) };
        assert!(!key.is_live(Timestamp::from_millis(499)));
    }

    #[test]
    fn the_last_use_is_written_once_a_minute() {
        let used = |last| ApiKey { last_used_at: last, ..api_key(&[]) };
        let at = Timestamp::from_millis;
        assert!(used(None).should_record_last_use(at(0)));
        assert!(!used(Some(at(1_000))).should_record_last_use(at(60_999)));
        assert!(used(Some(at(1_000))).should_record_last_use(at(61_000)));
    }

    #[test]
    fn a_restricted_key_reaches_the_listed_resources_and_no_collection() {
        let key = api_key(&["pod:a", "volume:b:c"]);
        for (resource_type, id, reached) in [
            ("pod", Some("a"), true),
            ("volume", Some("b:c"), true),
            ("pod", Some("b"), false),
            ("volume", Some("a"), false),
            ("volume:b", Some("c"), false),
            ("pod", Some(""), false),
            ("pod", None, false),
        ] {
            assert_eq!(key.reaches(resource_type, id), reached, "{resource_type} {id:?}");
        }
    }

    #[test]
    fn no_role_can_have_the_code_of_an_api_key() {
        assert!(RoleCode::parse(API_KEY_ROLE, "").is_err());
    }

    proptest! {
        #[test]
        fn an_unrestricted_key_reaches_everything(resource_type: String, id: Option<String>) {
            prop_assert!(api_key(&[]).reaches(&resource_type, id.as_deref()));
        }
    }
}
