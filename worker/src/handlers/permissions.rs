//! Policy, permission checks and permission tokens.

use crate::http::context::HandlerContext;
use crate::http::error::HandlerError;
use crate::http::response::{Body, HandlerResponse};
use data_encoding::HEXLOWER;
use rolecall_app::accounts;
use rolecall_core::credential::permission_token::{ACCESS_TOKEN_TYPE, Claims};
use rolecall_wire::dto::{CheckPermissionsRequest, CheckPermissionsResponse, CheckResponse, TokenResponse};
use rolecall_wire::http::etag;

/// `Cache-Control` of the policy, which changes with a deployment only and can be revalidated.
const POLICY_CACHE: &str = "public, max-age=60, must-revalidate";
/// `Cache-Control` of the public keys: five minutes. A new key must be published at least that long before it signs.
const KEYS_CACHE: &str = "public, max-age=300";
/// Status if `If-None-Match` matches.
const NOT_MODIFIED: u16 = 304;

/// `GET /v1/policy`: the policy file, byte for byte.
pub fn policy(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let tag = format!("\"{}\"", ctx.config.policy_hash);
    let not_modified = ctx.incoming.if_none_match.as_deref().is_some_and(|header| etag::if_none_match(header, &tag));
    let response = if not_modified {
        HandlerResponse::new(NOT_MODIFIED, Body::Empty)
    } else {
        HandlerResponse::new(ctx.status(), Body::Text("application/json", ctx.config.policy_text.clone()))
    };
    Ok(response.with("etag", tag).with_cache_control(POLICY_CACHE))
}

/// `POST …/checks`.
pub async fn check(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let input = ctx.input::<CheckPermissionsRequest>().map(Into::into);
    let checks = accounts::check_permissions(&ctx.app(), &ctx.request, ctx.account().await?, input).await?;
    ctx.ok(&CheckPermissionsResponse { results: checks.iter().map(CheckResponse::from).collect() })
}

/// `POST …/tokens`: a signed token with the caller's current permissions.
pub async fn issue_token(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    let rights = accounts::rights(&ctx.app(), &ctx.request, ctx.account().await?).await?;
    let (config, now) = (&ctx.config, ctx.request.ctx.now);
    let claims = Claims {
        iss: config.origin.clone(),
        aud: config.token_audience.clone(),
        sub: rights.user.to_string(),
        account: rights.account.id.to_string(),
        role: rights.role,
        permissions: rights.permissions,
        ver: rights.account.version,
        pol: config.policy_hash.clone(),
        iat: now.seconds(),
        exp: now.seconds() + config.token_seconds,
        jti: HEXLOWER.encode(&ctx.request.ctx.salt()),
        acr: rights.authentication.level.to_string(),
        amr: rights.authentication.amr(),
        auth_time: rights.authentication.at.seconds(),
    };
    ctx.ok(&TokenResponse {
        token: config.signing.sign(ACCESS_TOKEN_TYPE, &claims),
        token_type: "Bearer",
        expires_in: config.token_seconds,
        expires_at: now.plus_seconds(config.token_seconds).to_string(),
    })
}

/// `GET /.well-known/jwks.json`: public keys only.
pub fn jwks(ctx: &HandlerContext) -> Result<HandlerResponse, HandlerError> {
    Ok(HandlerResponse::new(ctx.status(), Body::Text("application/jwk-set+json", ctx.config.signing.jwks())).with_cache_control(KEYS_CACHE))
}
