//! Rate limits by Cloudflare's rate limiting binding, which counts per location and is approximate. Exact limits (failed
//! sign-ins, mails, changes) are counted in the database.
//!
//! A request without a credential is counted by client network, before any lookup. A request with a session or an API key is
//! counted by user or key, after the first load has resolved the credential, because callers can share a network and a user
//! can have several. Its network is counted too, with a far higher limit, which bounds the lookups that forged credentials can
//! cause.

use crate::config::Config;
use crate::http::error::HandlerError;
use crate::http::request::IncomingRequest;
use crate::io::{Io, Need};
use rolecall_app::Fault;
use rolecall_app::request_context::CallerRateLimiter;
use rolecall_core::authz::gateway::GatewayGrant;
use rolecall_wire::problem::Problem;
use rolecall_wire::route::RateLimit;

/// Period of all limiters in seconds; the same as in `wrangler.toml`.
const PERIOD_SECONDS: u64 = CallerRateLimiter::PERIOD_SECONDS;
/// Limiter of users, API keys, and networks without a credential.
const API: &str = "LIMIT_API";

/// Counts a request by client network.
///
/// # Errors
/// 429 with `Retry-After`; [`HandlerError::Fault`] if the limiter cannot tell, so that no request is uncounted.
pub async fn check_network_rate_limit(limit: RateLimit, incoming: &IncomingRequest, config: &Config, io: &Io) -> Result<(), HandlerError> {
    let has_credential = incoming.cookie.is_some() || incoming.authorization.is_some();
    let binding = match limit {
        RateLimit::Auth => "LIMIT_AUTH",
        RateLimit::Api if has_credential => "LIMIT_NETWORK",
        RateLimit::Api => API,
        RateLimit::None => return Ok(()),
    };
    count(binding, incoming.network.clone(), config, io).await
}

/// Rate limit by user or API key, on routes that have one.
pub fn caller_rate_limiter(limit: RateLimit, config: &Config, io: &Io) -> CallerRateLimiter {
    if limit != RateLimit::Api || !config.rate_limits {
        return CallerRateLimiter::default();
    }
    let io = io.clone();
    CallerRateLimiter::new(move |key| {
        let io = io.clone();
        Box::pin(async move { allows(API, key, &io).await.map_err(Fault::new) })
    })
}

/// Counts an authorized gateway request by account and, if it was sent with an API key, by key.
///
/// # Errors
/// 429 with `Retry-After`; [`HandlerError::Fault`] if the limiter's binding is missing.
pub async fn check_gateway_request(grant: &GatewayGrant, config: &Config, io: &Io) -> Result<(), HandlerError> {
    count("LIMIT_GATEWAY", format!("account:{}", grant.account), config, io).await?;
    if grant.is_key() { count("LIMIT_GATEWAY", format!("key:{}", grant.sub), config, io).await } else { Ok(()) }
}

async fn count(binding: &'static str, key: String, config: &Config, io: &Io) -> Result<(), HandlerError> {
    if !config.rate_limits || allows(binding, key, io).await.map_err(HandlerError::Fault)? {
        return Ok(());
    }
    Err(Problem::slow_down(PERIOD_SECONDS).into())
}

/// Whether the limiter allows the key.
///
/// # Errors
/// The text of a failure. Every reply but yes and no is one, so that no request passes uncounted.
async fn allows(binding: &'static str, key: String, io: &Io) -> Result<bool, String> {
    match io.ask_text(Need::RateLimit { binding, key }).await?.as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("the rate limiter {binding} returned neither yes nor no")),
    }
}
