//! API keys of an account. Only the first response contains the secret. A replay loads the key by its id and returns its
//! current state without the secret.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{HandlerResponse, stored_empty};
use rolecall_app::api_keys;
use rolecall_app::{Outcome, StoredResponse};
use rolecall_core::credential::secret::ApiKeySecret;
use rolecall_core::domain::api_key::ApiKey;
use rolecall_core::domain::id::ApiKeyId;
use rolecall_wire::dto::{ApiKeyListResponse, ApiKeyResponse, CreateApiKeyRequest, CreatedApiKeyResponse};

fn created(key: &ApiKey, secret: Option<String>) -> CreatedApiKeyResponse {
    CreatedApiKeyResponse { key: ApiKeyResponse::from(key), secret }
}

/// `POST …/api-keys`.
pub async fn create(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let input = ctx.input::<CreateApiKeyRequest>().map(Into::into);
    let secret = ApiKeySecret::from_random(ctx.request.ctx.random());
    let only_id = |key: &ApiKey| Some(StoredResponse { kind: key.id.to_string(), body: String::new() });
    let account = ctx.account().await?;
    match api_keys::create(&ctx.app(), &ctx.request, account, input, &secret.hash(&ctx.config.keys), only_id).await? {
        Outcome::Fresh { output: key, .. } => ctx.ok(&created(&key, Some(secret.reveal()))),
        Outcome::Replayed(stored) => {
            let key = api_keys::get(&ctx.app(), &ctx.request, account, ApiKeyId::parse(&stored.kind)).await?;
            ctx.ok(&created(&key, None))
        }
    }
}

/// `GET …/api-keys`.
pub async fn list(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let found = api_keys::list(&ctx.app(), &ctx.request, ctx.account().await?, ctx.page()).await?;
    ctx.validate_query()?;
    let (items, next) = ctx.paginate(found, |key| key.id.to_string());
    ctx.ok(&ApiKeyListResponse::page(items.iter().map(ApiKeyResponse::from).collect(), next))
}

/// `DELETE …/api-keys/{key}`.
pub async fn revoke(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let outcome =
        api_keys::revoke(&ctx.app(), &ctx.request, ctx.account().await?, ApiKeyId::parse(ctx.incoming.param("key")), stored_empty).await?;
    ctx.no_content(outcome)
}
