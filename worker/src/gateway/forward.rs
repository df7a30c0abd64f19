//! Request to the upstream: headers, signed identity, streamed bodies, WebSocket upgrade.

use super::{GatewayRequest, MatchedRoute};
use crate::http::error::HandlerError;
use crate::http::response::{Body, HandlerResponse};
use crate::io::{Forward, Header, Need, Received, TIMEOUT, TOO_LARGE, find_header};
use data_encoding::HEXLOWER;
use rolecall_core::authz::gateway::{GatewayGrant, IdentityAssertion};
use rolecall_core::transaction::context::DecisionContext;
use rolecall_wire::http::response_headers::{cache_control, filter_response_headers, upstream_headers};
use rolecall_wire::problem::{Problem, ProblemCode};

/// Content security policy of upstream responses. The console has the same origin, so they must not run scripts on it.
const SANDBOX: &str = "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const SWITCHING_PROTOCOLS: u16 = 101;

/// Whether the request is a WebSocket handshake (RFC 6455 section 4.1).
pub fn is_upgrade(gateway_request: &GatewayRequest<'_>) -> bool {
    let upgrade = gateway_request.incoming.header("upgrade");
    gateway_request.incoming.method == "GET" && upgrade.is_some_and(|protocol| protocol.trim().eq_ignore_ascii_case("websocket"))
}

/// Forwards an authorized request and streams the response back.
///
/// # Errors
/// `upstream-unavailable` without a configured upstream, `upstream-timeout`, `body-too-large`, or
/// [`HandlerError::Upstream`] if the request fails.
pub async fn forward(
    gateway_request: &GatewayRequest<'_>,
    matched: &MatchedRoute<'_>,
    decision_context: &DecisionContext,
    grant: &GatewayGrant,
) -> Result<HandlerResponse, HandlerError> {
    let GatewayRequest { incoming, isolate, io } = *gateway_request;
    let upstream = &isolate.config.upstream;
    // The service binding takes precedence.
    let origin = if upstream.service { &isolate.config.origin } else { upstream.url.as_ref().ok_or(ProblemCode::UpstreamUnavailable)? };
    let query = if incoming.query.is_empty() { String::new() } else { format!("?{}", incoming.query) };
    let body = incoming.has_body && !matches!(incoming.method.as_str(), "GET" | "HEAD");
    let need = Forward {
        url: format!("{origin}{}{query}", incoming.path),
        service: upstream.service,
        method: incoming.method.clone(),
        headers: headers(gateway_request, matched, decision_context, grant),
        timeout_ms: u64::try_from(upstream.timeout.as_millis()).unwrap_or(u64::MAX),
        body_max: if body { body_limit(gateway_request)? } else { None },
        body,
    };
    match io.ask_response(Need::Forward(need)).await {
        Ok(received) => into_response(matched, received),
        Err(cause) if cause == TIMEOUT => Err(ProblemCode::UpstreamTimeout.into()),
        Err(cause) if cause == TOO_LARGE => Err(too_large(gateway_request)),
        Err(cause) => Err(failed(matched, &cause)),
    }
}

fn headers(
    gateway_request: &GatewayRequest<'_>,
    matched: &MatchedRoute<'_>,
    decision_context: &DecisionContext,
    grant: &GatewayGrant,
) -> Vec<Header> {
    let (config, incoming) = (&gateway_request.isolate.config, gateway_request.incoming);
    let mut headers = upstream_headers(incoming.headers.clone(), &config.upstream.headers);
    let identity = IdentityAssertion {
        iss: &config.origin,
        aud: &config.upstream.audience,
        grant,
        permission: config.policy_config.policy.code(matched.route.permission),
        htm: &incoming.method,
        htu: &incoming.path,
        rid: &incoming.request_id,
        iat: decision_context.now.seconds(),
        jti: &HEXLOWER.encode(&decision_context.salt()),
    };
    // `upstream_headers` removes these names from the client's headers.
    headers.push(("rolecall-identity".to_owned(), identity.sign(&config.signing)));
    headers.push(("x-request-id".to_owned(), incoming.request_id.clone()));
    if matched.upgrade {
        headers.push(("upgrade".to_owned(), "websocket".to_owned()));
    }
    headers
}

/// Maximum number of bytes to count in the body; `None` if it has a `Content-Length`, which the platform enforces.
///
/// # Errors
/// `body-too-large` if `Content-Length` is malformed or exceeds the limit.
fn body_limit(gateway_request: &GatewayRequest<'_>) -> Result<Option<u64>, HandlerError> {
    let max = gateway_request.isolate.config.upstream.body_max;
    match gateway_request.incoming.content_length().map(str::parse::<u64>) {
        Some(Ok(length)) if length <= max => Ok(None),
        Some(_) => Err(too_large(gateway_request)),
        None => Ok(Some(max)),
    }
}

/// Converts the upstream's response and filters its headers. Redirects are passed to the client.
///
/// # Errors
/// [`HandlerError::Upstream`] if the status is not one that can be passed on.
fn into_response(matched: &MatchedRoute<'_>, received: Received) -> Result<HandlerResponse, HandlerError> {
    const FINAL_STATUSES: core::ops::RangeInclusive<u16> = 200..=599;
    let Received { status, headers } = received;
    let switched = status == SWITCHING_PROTOCOLS && matched.upgrade;
    if !switched && !FINAL_STATUSES.contains(&status) {
        return Err(failed(matched, &format!("a response with status {status}")));
    }
    let cache = cache_control(find_header(&headers, "cache-control"));
    let headers = filter_response_headers(headers);
    let body = if switched { Body::WebSocket(headers) } else { Body::Received(headers) };
    Ok(HandlerResponse::new(status, body).with("cache-control", cache).with("content-security-policy", SANDBOX))
}

/// Error of a failed request to the upstream. The cause is logged and not returned.
fn failed(matched: &MatchedRoute<'_>, cause: &str) -> HandlerError {
    HandlerError::Upstream(format!("the upstream failed at {} {}: {cause}", matched.route.method, matched.route.pattern))
}

fn too_large(gateway_request: &GatewayRequest<'_>) -> HandlerError {
    let detail = format!("The gateway accepts bodies of at most {} bytes.", gateway_request.isolate.config.upstream.body_max);
    Problem::new(ProblemCode::BodyTooLarge).detail(detail).into()
}
