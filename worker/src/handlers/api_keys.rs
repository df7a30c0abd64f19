//! API keys of an account. A secret is in one answer and nowhere else: what is kept for replays is which key it was, and the
//! replay says how it is now.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{HandlerResponse, nothing};
use rolecall_app::api_keys::{self, ApiKeyInput, api_key_id};
use rolecall_app::{Outcome, StoredResponse};
use rolecall_core::credential::secret::ApiKeySecret;
use rolecall_core::decision::invitations::Lifetime;
use rolecall_core::domain::api_key::ApiKey;
use rolecall_wire::dto::{ApiKeyListResponse, ApiKeyResponse, CreateApiKeyRequest, CreatedApiKeyResponse};

fn shown(key: &ApiKey, secret: Option<String>) -> CreatedApiKeyResponse {
    CreatedApiKeyResponse { key: ApiKeyResponse::from(key), secret }
}

/// `POST …/api-keys`.
pub async fn create(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let input = ctx.input::<CreateApiKeyRequest>().map(|request| ApiKeyInput {
        name: request.name,
        permissions: request.permissions,
        resources: request.resources.unwrap_or_default(),
        expires_in: if let Lifetime::Seconds(seconds) = request.expires_in { Some(seconds) } else { None },
    });
    let secret = ApiKeySecret::from_random(ctx.request.ctx.random());
    let kept = |key: &ApiKey| Some(StoredResponse { kind: key.id.to_string(), body: String::new() });
    match api_keys::create(&ctx.app(), &ctx.request, ctx.account(), input, &secret.hash(&ctx.config.keys), kept).await? {
        Outcome::Fresh(key) => ctx.ok(&shown(&key, Some(secret.reveal()))),
        Outcome::Replayed(recorded) => {
            let key = api_keys::get(&ctx.app(), &ctx.request, ctx.account(), api_key_id(&recorded.kind)).await?;
            ctx.ok(&shown(&key, None))
        }
    }
}

/// `GET …/api-keys`.
pub async fn list(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let found = api_keys::list(&ctx.app(), &ctx.request, ctx.account(), ctx.page()).await?;
    ctx.validate_query()?;
    let (items, next) = ctx.paginate(found, |key| key.id.to_string());
    ctx.ok(&ApiKeyListResponse::page(items.iter().map(ApiKeyResponse::from).collect(), next))
}

/// `DELETE …/api-keys/{key}`.
pub async fn revoke(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let done = api_keys::revoke(&ctx.app(), &ctx.request, ctx.account(), api_key_id(ctx.incoming.param("key")), nothing).await?;
    ctx.no_content(done)
}
