//! The policy, checks, and permission tokens.

use crate::answer::{Answer, Body, Failure};
use crate::exchange::Exchange;
use data_encoding::HEXLOWER;
use rolecall_app::accounts;
use rolecall_core::credential::permission_token::{ACCESS, Claims};
use rolecall_wire::dto::{CheckPermissionsRequest, CheckPermissionsResponse, CheckResponse, TokenResponse};
use rolecall_wire::http::etag;

/// The policy changes with a deployment only; a page may keep it and ask whether it is still the same.
const POLICY_CACHE: &str = "public, max-age=60, must-revalidate";
/// Verifiers may keep the keys for five minutes; a new key is published that long before it signs.
const KEYS_CACHE: &str = "public, max-age=300";
/// The answer to who has the policy already.
const NOT_MODIFIED: u16 = 304;

/// `GET /v1/policy`: the very bytes of the file.
pub fn policy(x: &Exchange) -> Result<Answer, Failure> {
    let tag = format!("\"{}\"", x.deployment.policy_hash);
    let known = x.inbound.if_none_match.as_deref().is_some_and(|header| etag::if_none_match(header, &tag));
    let answer = if known {
        Answer::new(NOT_MODIFIED, Body::Empty)
    } else {
        Answer::new(x.status(), Body::Static("application/json", crate::bindings::POLICY))
    };
    Ok(answer.with("etag", tag).cached(POLICY_CACHE))
}

/// `POST …/checks`.
pub async fn check(x: &Exchange) -> Result<Answer, Failure> {
    let input = x.input::<CheckPermissionsRequest>().map(|request| (request.permissions, request.explain.unwrap_or_default()));
    let checks = accounts::checks(&x.app(), &x.call, x.account(), input).await?;
    x.ok(&CheckPermissionsResponse { results: checks.iter().map(CheckResponse::from).collect() })
}

/// `POST …/tokens`: what the caller may do now, signed.
pub async fn issue_token(x: &Exchange) -> Result<Answer, Failure> {
    let rights = accounts::rights(&x.app(), &x.call, x.account()).await?;
    let (deployment, now) = (&x.deployment, x.call.moment.now);
    let claims = Claims {
        iss: deployment.origin.clone(),
        aud: deployment.token_audience.clone(),
        sub: rights.user.to_string(),
        account: rights.account.id.to_string(),
        role: rights.role,
        permissions: rights.permissions,
        ver: rights.account.version,
        pol: deployment.policy_hash.clone(),
        iat: now.seconds(),
        exp: now.seconds() + deployment.token_life,
        jti: HEXLOWER.encode(&x.call.moment.salt()),
    };
    x.ok(&TokenResponse {
        token: deployment.signing.sign(ACCESS, &claims),
        token_type: "Bearer",
        expires_in: deployment.token_life,
        expires_at: now.plus_seconds(deployment.token_life).to_string(),
    })
}

/// `GET /.well-known/jwks.json`: public keys only.
pub fn keys(x: &Exchange) -> Result<Answer, Failure> {
    Ok(Answer::new(x.status(), Body::Text("application/jwk-set+json", x.deployment.signing.jwks())).cached(KEYS_CACHE))
}
