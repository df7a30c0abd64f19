//! API keys of an account.

use super::{requests, responses};
use crate::decode::Span;
use rolecall_core::domain::api_key::ApiKey;

requests! {
    /// A key to be made.
    CreateApiKeyRequest {
        /// Shown name.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100, example = "ci"))]
        name: String,
        /// Permission codes that it may use at most; none that the caller does not hold.
        #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 256, example = json!(["endpoints.invoke"])))]
        permissions: Vec<String>,
        /// `type:id` of the resources it is limited to, with the permission's resource type; absent or empty for no limit.
        /// A limited key reaches these and nothing else: no collection, no resource of another type.
        #[cfg_attr(feature = "openapi", schema(nullable = false, max_items = 100, example = json!(["pod:4711"])))]
        resources: Option<Vec<String>>,
        /// Whole seconds from 1; null or absent: until revoked.
        #[cfg_attr(feature = "openapi", schema(value_type = Option<i64>, minimum = 1, maximum = 315_360_000, example = 604_800))]
        expires_in: Span,
    }
}

responses! {
    /// A key, without its secret.
    ApiKeyResponse {
        /// `key_…`
        #[cfg_attr(feature = "openapi", schema(example = "key_0199aaaaaaaa7000800000000000000d"))]
        id: String,
        /// Id of the account whose key it is.
        account: String,
        /// Shown name.
        name: String,
        /// Permission codes; at use they count only as far as the creator still holds them.
        permissions: Vec<String>,
        /// `type:id` limits; empty for none.
        resources: Vec<String>,
        /// Id of the user who made it.
        created_by: String,
        /// When.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        created_at: String,
        /// When it ends; null: until revoked.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        expires_at: Option<String>,
        /// Last use, coarse; null: never.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        last_used_at: Option<String>,
    }
    /// A key that was just made.
    CreatedApiKeyResponse {
        /// The key.
        #[serde(flatten)]
        key: ApiKeyResponse,
        /// Shown here and nowhere else; null where the answer is a repetition, since only its hash is kept.
        secret: Option<String>,
    }
}

impl From<&ApiKey> for ApiKeyResponse {
    fn from(key: &ApiKey) -> Self {
        ApiKeyResponse {
            id: key.id.to_string(),
            account: key.account.to_string(),
            name: key.name.to_string(),
            permissions: key.permissions.clone(),
            resources: key.resources.clone(),
            created_by: key.created_by.to_string(),
            created_at: key.created_at.to_string(),
            expires_at: key.expires_at.map(|at| at.to_string()),
            last_used_at: key.last_used_at.map(|at| at.to_string()),
        }
    }
}
