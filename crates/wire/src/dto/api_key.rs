//! DTOs of API keys.

use super::macros::{requests, responses};
use rolecall_core::decision::api_keys::NewApiKey;
use rolecall_core::decision::invitations::Lifetime;
use rolecall_core::domain::api_key::ApiKey;

requests! {
    /// Creation of an API key.
    CreateApiKeyRequest {
        /// Display name, 1 to 100 characters.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100, example = "ci"))]
        name: String,
        /// Permission codes that the key may use, 1 to 256. The caller must hold each of them.
        #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 256, example = json!(["endpoints.invoke"])))]
        permissions: Vec<String>,
        /// Resources that the key is limited to, as `type:id` with the resource type of a permission; at most 100. If omitted or
        /// empty, the key is not limited. A limited key can access only these resources: no collection, and no resource of
        /// another type.
        #[cfg_attr(feature = "openapi", schema(nullable = false, max_items = 100, example = json!(["pod:4711"])))]
        resources: Option<Vec<String>>,
        /// Lifetime in seconds, from 1 to 315,360,000 (ten years). If omitted or null, the key is valid until revoked.
        #[cfg_attr(feature = "openapi", schema(value_type = Option<i64>, minimum = 1, maximum = 315_360_000, example = 604_800))]
        expires_in: Lifetime,
    }
}

responses! {
    /// An API key without its secret.
    ApiKeyResponse {
        /// API key id, `key_…`.
        #[cfg_attr(feature = "openapi", schema(example = "key_0199aaaaaaaa7000800000000000000d"))]
        id: String,
        /// Id of the account that the key belongs to.
        account: String,
        /// Display name.
        name: String,
        /// Permission codes. In use, the key has only those that its creator still holds.
        permissions: Vec<String>,
        /// Resources that the key is limited to, as `type:id`; empty if not limited.
        resources: Vec<String>,
        /// Id of the user who created the key.
        created_by: String,
        /// Time of creation.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        created_at: String,
        /// Time of expiry; null if the key is valid until revoked.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        expires_at: Option<String>,
        /// Time of last use, accurate to about a minute; null if never used.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        last_used_at: Option<String>,
    }
    /// A newly created API key.
    CreatedApiKeyResponse {
        /// API key.
        #[serde(flatten)]
        key: ApiKeyResponse,
        /// Secret, returned only once. Null in the response to a repeated request, since only a hash of the secret is stored.
        secret: Option<String>,
    }
}

impl From<CreateApiKeyRequest> for NewApiKey {
    fn from(request: CreateApiKeyRequest) -> Self {
        NewApiKey {
            name: request.name,
            permissions: request.permissions,
            resources: request.resources.unwrap_or_default(),
            expires_in: if let Lifetime::Seconds(seconds) = request.expires_in { Some(seconds) } else { None },
        }
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
