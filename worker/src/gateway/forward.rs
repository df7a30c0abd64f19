//! Request to the upstream: headers, signed identity, streamed bodies, WebSocket upgrade.
//!
//! It calls `fetch` through the raw bindings, because the wrapper maps unknown methods to GET.

use super::{GatewayRequest, MatchedRoute};
use crate::http::error::HandlerError;
use crate::http::headers;
use crate::http::response::{Body, HandlerResponse};
use core::cell::Cell;
use data_encoding::HEXLOWER;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use rolecall_core::authz::gateway::{GatewayGrant, IdentityAssertion};
use rolecall_core::transaction::context::DecisionContext;
use rolecall_wire::http::response_headers::{cache_control, filter_response_headers, upstream_headers};
use rolecall_wire::problem::{Problem, ProblemCode};
use std::pin::pin;
use std::rc::Rc;
use worker::js_sys::futures::JsFuture;
use worker::js_sys::{self, Promise};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::web_sys::{self, ReadableStream, RequestCache, RequestInit, RequestRedirect};
use worker::worker_sys::Fetcher;
use worker::{AbortController, Delay, Headers, Response, ResponseBody};

/// Name of the service binding.
const BINDING: &str = "UPSTREAM";
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
    let target = Target::of(gateway_request)?;
    let body = UpstreamBody::of(gateway_request)?;
    let abort = AbortController::default();
    let init = RequestInit::new();
    init.set_method(&gateway_request.incoming.method);
    init.set_headers(headers(gateway_request, matched, decision_context, grant)?.as_ref());
    init.set_redirect(RequestRedirect::Manual);
    if let Target::Url(_) = target {
        // Cloudflare caches by file extension by default, and the response may be private to the caller.
        init.set_cache(RequestCache::NoStore);
    }
    init.set_signal(Some(&abort.signal()));
    if let Some(stream) = &body.stream {
        init.set_body(stream);
    }
    let response = pin!(async { JsFuture::from(target.send(gateway_request, &init)?).await });
    let response = match select(response, pin!(Delay::from(gateway_request.config.upstream.timeout))).await {
        Either::Left((response, _)) => response,
        Either::Right(_) => {
            abort.abort();
            return Err(ProblemCode::UpstreamTimeout.into());
        }
    };
    if body.too_large.get() {
        return Err(too_large(gateway_request));
    }
    let response = response.and_then(JsCast::dyn_into::<web_sys::Response>).map_err(|error| failed(matched, &format!("{error:?}")))?;
    into_response(matched, response)
}

/// Destination of requests: the service binding if present, else the configured origin.
enum Target<'a> {
    Service(Fetcher),
    Url(&'a str),
}

impl<'a> Target<'a> {
    fn of(gateway_request: &GatewayRequest<'a>) -> Result<Self, HandlerError> {
        if let Ok(service) = gateway_request.env.service(BINDING) {
            return Ok(Target::Service(JsValue::from(service).unchecked_into()));
        }
        let url = gateway_request.config.upstream.url.as_deref();
        url.map(Target::Url).ok_or_else(|| ProblemCode::UpstreamUnavailable.into())
    }

    fn send(&self, gateway_request: &GatewayRequest<'_>, init: &RequestInit) -> Result<Promise, JsValue> {
        let incoming = gateway_request.incoming;
        let query = if incoming.query.is_empty() { String::new() } else { format!("?{}", incoming.query) };
        let target = |origin: &str| format!("{origin}{}{query}", incoming.path);
        match self {
            Target::Service(service) => service.fetch_with_str_and_init(&target(&gateway_request.config.origin), init),
            Target::Url(origin) => {
                Ok(js_sys::global().unchecked_into::<web_sys::WorkerGlobalScope>().fetch_with_str_and_init(&target(origin), init))
            }
        }
    }
}

fn headers(
    gateway_request: &GatewayRequest<'_>,
    matched: &MatchedRoute<'_>,
    decision_context: &DecisionContext,
    grant: &GatewayGrant,
) -> Result<Headers, HandlerError> {
    let (config, incoming) = (gateway_request.config, gateway_request.incoming);
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
    Ok(headers::from_list(&headers)?)
}

/// Request body to send to the upstream.
struct UpstreamBody {
    stream: Option<ReadableStream>,
    /// Set when the stream exceeds the limit, which also aborts it.
    too_large: Rc<Cell<bool>>,
}

impl UpstreamBody {
    /// Body as a stream. The platform enforces `Content-Length`; without it, the bytes are counted.
    ///
    /// # Errors
    /// `body-too-large` if `Content-Length` is malformed or exceeds the limit.
    fn of(gateway_request: &GatewayRequest<'_>) -> Result<UpstreamBody, HandlerError> {
        let too_large = Rc::new(Cell::new(false));
        let body = gateway_request.request.inner().body().filter(|_| !matches!(gateway_request.incoming.method.as_str(), "GET" | "HEAD"));
        let Some(body) = body else { return Ok(UpstreamBody { stream: None, too_large }) };
        let max = gateway_request.config.upstream.body_max;
        match gateway_request.incoming.header("content-length").map(str::parse::<u64>) {
            Some(Ok(length)) if length <= max => Ok(UpstreamBody { stream: Some(body), too_large }),
            Some(_) => Err(self::too_large(gateway_request)),
            None => {
                let stream = limit_body(gateway_request, max, too_large.clone())?;
                Ok(UpstreamBody { stream: Some(stream), too_large })
            }
        }
    }
}

fn limit_body(gateway_request: &GatewayRequest<'_>, max: u64, too_large: Rc<Cell<bool>>) -> Result<ReadableStream, HandlerError> {
    let chunks = gateway_request.request.clone_mut()?.stream()?;
    let mut remaining = max;
    let limited = chunks.map(move |chunk| {
        let chunk = chunk?;
        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        remaining = remaining.checked_sub(length).ok_or_else(|| {
            too_large.set(true);
            worker::Error::RustError("the body is too large".to_owned())
        })?;
        Ok::<_, worker::Error>(chunk)
    });
    match Response::from_stream(limited)?.body() {
        ResponseBody::Stream(stream) => Ok(stream.clone()),
        ResponseBody::Empty | ResponseBody::Body(_) => Err(HandlerError::Fault("a response from a stream has no stream body".to_owned())),
    }
}

/// Converts the upstream's response and filters its headers. Redirects are passed to the client.
///
/// # Errors
/// [`HandlerError::Upstream`] if the status is not one that can be passed on.
fn into_response(matched: &MatchedRoute<'_>, response: web_sys::Response) -> Result<HandlerResponse, HandlerError> {
    const FINAL_STATUSES: core::ops::RangeInclusive<u16> = 200..=599;
    let status = response.status();
    let switched = status == SWITCHING_PROTOCOLS && matched.upgrade;
    if !switched && !FINAL_STATUSES.contains(&status) {
        return Err(failed(matched, &format!("a response with status {status}")));
    }
    let response = Response::from(response);
    let headers = headers::list(response.headers());
    let cache = cache_control(headers::find(&headers, "cache-control"));
    let response = if has_body(status) { response } else { without_body(response, status, switched) };
    let response = HandlerResponse::new(status, Body::Passed(response, filter_response_headers(headers)));
    Ok(response.with("cache-control", cache).with("content-security-policy", SANDBOX))
}

/// Whether a response with this status can have a body (RFC 9110 sections 15.2, 15.3.5, 15.3.6, 15.4.5).
fn has_body(status: u16) -> bool {
    const NO_CONTENT: u16 = 204;
    const RESET_CONTENT: u16 = 205;
    const NOT_MODIFIED: u16 = 304;
    !matches!(status, SWITCHING_PROTOCOLS | NO_CONTENT | RESET_CONTENT | NOT_MODIFIED)
}

fn without_body(response: Response, status: u16, switched: bool) -> Response {
    let builder = Response::builder().with_status(status);
    match response.websocket().filter(|_| switched) {
        Some(socket) => builder.with_websocket(socket).empty(),
        None => builder.empty(),
    }
}

/// Error of a failed request to the upstream. The cause is logged and not returned.
fn failed(matched: &MatchedRoute<'_>, cause: &str) -> HandlerError {
    HandlerError::Upstream(format!("the upstream failed at {} {}: {cause}", matched.route.method, matched.route.pattern))
}

fn too_large(gateway_request: &GatewayRequest<'_>) -> HandlerError {
    let detail = format!("The gateway accepts bodies of at most {} bytes.", gateway_request.config.upstream.body_max);
    Problem::new(ProblemCode::BodyTooLarge).detail(detail).into()
}
