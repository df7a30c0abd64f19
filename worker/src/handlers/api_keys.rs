//! API keys of an account. A secret is in one answer and nowhere else: what is kept for replays is which key it was, and the
//! replay says how it is now.

use crate::answer::{Answer, Failure, nothing};
use crate::exchange::Exchange;
use rolecall_app::api_keys::{self, ApiKeyInput, api_key_id};
use rolecall_app::{Done, Recorded};
use rolecall_core::credential::secret::ApiKeySecret;
use rolecall_core::domain::api_key::ApiKey;
use rolecall_wire::decode::Span;
use rolecall_wire::dto::{ApiKeyListResponse, ApiKeyResponse, CreateApiKeyRequest, CreatedApiKeyResponse};

fn shown(key: &ApiKey, secret: Option<String>) -> CreatedApiKeyResponse {
    CreatedApiKeyResponse { key: ApiKeyResponse::from(key), secret }
}

/// `POST …/api-keys`.
pub async fn create(x: &Exchange) -> Result<Answer, Failure> {
    let input = x.input::<CreateApiKeyRequest>().map(|request| ApiKeyInput {
        name: request.name,
        permissions: request.permissions,
        resources: request.resources.unwrap_or_default(),
        expires_in: if let Span::Seconds(seconds) = request.expires_in { Some(seconds) } else { None },
    });
    let secret = ApiKeySecret::from_random(x.call.moment.random());
    let kept = |key: &ApiKey| Some(Recorded { kind: key.id.to_string(), body: String::new() });
    match api_keys::create(&x.app(), &x.call, x.account(), input, &secret.hash(&x.deployment.keys), kept).await? {
        Done::Fresh(key) => x.ok(&shown(&key, Some(secret.reveal()))),
        Done::Replayed(recorded) => {
            let key = api_keys::get(&x.app(), &x.call, x.account(), api_key_id(&recorded.kind)).await?;
            x.ok(&shown(&key, None))
        }
    }
}

/// `GET …/api-keys`.
pub async fn list(x: &Exchange) -> Result<Answer, Failure> {
    let found = api_keys::list(&x.app(), &x.call, x.account(), x.page()).await?;
    x.raise()?;
    let (items, next) = x.cut(found, |key| key.id.to_string());
    x.ok(&ApiKeyListResponse::page(items.iter().map(ApiKeyResponse::from).collect(), next))
}

/// `DELETE …/api-keys/{key}`.
pub async fn revoke(x: &Exchange) -> Result<Answer, Failure> {
    let done = api_keys::revoke(&x.app(), &x.call, x.account(), api_key_id(x.inbound.param("key")), nothing).await?;
    x.gone(done)
}
