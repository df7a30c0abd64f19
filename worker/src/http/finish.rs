//! Final step of every response: problem documents, common headers, log lines of authentication and denial.

use crate::config::Config;
use crate::http::error::{HandlerError, is_logged_refusal, problem_of};
use crate::http::request::IncomingRequest;
use crate::http::response::{Body, BodyStream, HandlerResponse};
use crate::http::{cors, security_headers};
use crate::io::{Header, Io, Level, find_header};
use crate::need_database::NeedDatabase;
use rolecall_app::RequestContext;
use rolecall_core::domain::authentication::FRESH_SECONDS;
use rolecall_wire::http::cookie;
use rolecall_wire::http::path::PathOwner;
use rolecall_wire::problem::{Problem, ProblemCode};
use rolecall_wire::route::Operation as Op;

/// Response as the driver sends it. A streamed body is a task to be added or, for the driver, the id of that task.
pub struct OutgoingResponse<S = BodyStream> {
    /// Status.
    pub status: u16,
    /// Whether the security headers are those of a page or those of data.
    pub page: bool,
    /// Headers in addition to the security headers, or in place of one. Only `Set-Cookie` occurs several times.
    pub headers: Vec<Header>,
    /// Body.
    pub body: OutgoingBody<S>,
}

/// Body of an [`OutgoingResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OutgoingBody<S = BodyStream> {
    /// No body.
    Empty,
    /// Text.
    Text(String),
    /// Embedded text.
    Static(&'static str),
    /// Body of the response that the driver received last for this request.
    Received,
    /// WebSocket of the response that the driver received last for this request.
    WebSocket,
    /// Written by a task, which the driver starts by resuming it with an empty reply.
    Stream(S),
}

impl<S> OutgoingResponse<S> {
    /// The same response with another form of its streamed body.
    pub fn map_stream<T>(self, map: impl FnOnce(S) -> T) -> OutgoingResponse<T> {
        let body = match self.body {
            OutgoingBody::Empty => OutgoingBody::Empty,
            OutgoingBody::Text(text) => OutgoingBody::Text(text),
            OutgoingBody::Static(text) => OutgoingBody::Static(text),
            OutgoingBody::Received => OutgoingBody::Received,
            OutgoingBody::WebSocket => OutgoingBody::WebSocket,
            OutgoingBody::Stream(stream) => OutgoingBody::Stream(map(stream)),
        };
        OutgoingResponse { status: self.status, page: self.page, headers: self.headers, body }
    }
}

/// Result of a handler with the context of its response.
pub type HandlerOutcome = (Result<HandlerResponse, HandlerError>, ResponseContext);

/// Properties of the request that its response and log lines need.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ResponseContext {
    /// Public origin of the service; empty if the configuration is invalid.
    pub origin: String,
    /// Whether D1 or the connection to it failed.
    pub store_failed: bool,
    /// User or API key id of the caller, for the log; `None` if unauthenticated.
    pub log_subject: Option<String>,
    /// Counters for tests as headers; only in development.
    pub test_headers: Vec<(&'static str, String)>,
}

impl ResponseContext {
    /// Context of a request that did not reach the database.
    pub fn before_storage(config: &Config) -> Self {
        ResponseContext {
            origin: config.origin.clone(),
            test_headers: if config.development { test_headers(0, 0, 0) } else { Vec::new() },
            ..ResponseContext::default()
        }
    }

    /// Context of a request that reached a use case.
    pub fn of(config: &Config, request: &RequestContext, database: &NeedDatabase) -> Self {
        let counts = || test_headers(request.tries.get(), database.round_trips(), database.statements());
        ResponseContext {
            origin: config.origin.clone(),
            store_failed: database.failed(),
            log_subject: request.log_subject.borrow().clone(),
            test_headers: if config.development { counts() } else { Vec::new() },
        }
    }
}

/// Headers with the number of transaction attempts, D1 round trips and D1 statements.
fn test_headers(tries: u32, round_trips: u32, statements: u32) -> Vec<(&'static str, String)> {
    vec![
        ("rolecall-tries", tries.to_string()),
        ("rolecall-d1-round-trips", round_trips.to_string()),
        ("rolecall-d1-statements", statements.to_string()),
    ]
}

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// Builds the response of a handler's result.
pub fn finish(
    incoming: &IncomingRequest,
    io: &Io,
    outcome: Result<HandlerResponse, HandlerError>,
    response_context: ResponseContext,
) -> OutgoingResponse {
    let handler_response = match outcome {
        Ok(handler_response) => {
            log_authentication(incoming, io, &response_context);
            handler_response
        }
        Err(failure) => failed(incoming, io, failure, &response_context),
    };
    let HandlerResponse { status, body, headers: own, cache } = handler_response;
    let kind = content_type_of(&body);
    let mut headers: Vec<Header> = kind.iter().map(|kind| ("content-type".to_owned(), (*kind).to_owned())).collect();
    let page = kind.is_some_and(|kind| kind.starts_with("text/html"));
    let body = outgoing_body(body, incoming.head, &mut headers);
    add_common_headers(&mut headers, incoming, cache);
    headers.extend(own.into_iter().chain(response_context.test_headers).map(|(name, value)| (name.to_owned(), value)));
    OutgoingResponse { status, page, headers, body }
}

/// Converts the body, and adds the headers of a received response.
fn outgoing_body(body: Body, head: bool, headers: &mut Vec<Header>) -> OutgoingBody {
    match body {
        Body::Received(received) => {
            add_received_headers(headers, received);
            OutgoingBody::Received
        }
        Body::WebSocket(received) => {
            add_received_headers(headers, received);
            OutgoingBody::WebSocket
        }
        Body::Json(text) | Body::Text(_, text) | Body::Html(text) if !head => OutgoingBody::Text(text),
        Body::Static(_, text) if !head => OutgoingBody::Static(text),
        Body::Stream(_, stream) if !head => OutgoingBody::Stream(stream),
        _ => OutgoingBody::Empty,
    }
}

/// Adds the headers of a received response. It cannot replace security headers, except for `Cache-Control`.
fn add_received_headers(headers: &mut Vec<Header>, received: Vec<Header>) {
    for (name, value) in received {
        match name.as_str() {
            "content-type" => {}
            "vary" => headers.push((name, format!("Origin, {value}"))),
            "cache-control" => headers.push((name, value)),
            other if security_headers::is_security_header(other) => {}
            _ => headers.push((name, value)),
        }
    }
}

fn content_type_of(body: &Body) -> Option<&str> {
    match body {
        Body::Empty => None,
        Body::Received(headers) | Body::WebSocket(headers) => find_header(headers, "content-type"),
        Body::Json(_) => Some(JSON),
        Body::Text(kind, _) | Body::Static(kind, _) | Body::Stream(kind, _) => Some(kind),
        Body::Html(_) => Some(HTML),
    }
}

/// Adds the headers that depend on the request: request ids, caching, CORS.
fn add_common_headers(headers: &mut Vec<Header>, incoming: &IncomingRequest, cache: Option<&'static str>) {
    headers.push(("request-id".to_owned(), incoming.request_id.clone()));
    // An id that is no valid header value is omitted.
    let repeated = incoming.x_request_id.iter().filter(|id| id.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~')));
    headers.extend(repeated.map(|id| ("x-request-id".to_owned(), id.clone())));
    headers.extend(cache.iter().map(|directives| ("cache-control".to_owned(), (*directives).to_owned())));
    cors::add_cors_headers(headers, incoming);
}

/// Response to an error. Denials and faults are logged.
fn failed(incoming: &IncomingRequest, io: &Io, failure: HandlerError, response_context: &ResponseContext) -> HandlerResponse {
    let own = match &failure {
        HandlerError::MethodNotAllowed(allow) => Some(("allow", allow.clone())),
        HandlerError::ProblemWithCookie(_, cookie) => Some(("set-cookie", cookie.clone())),
        _ => None,
    };
    let (problem, cause) = problem_of(failure, response_context.store_failed);
    if let Some(cause) = cause {
        log(incoming, io, response_context, Level::Error, &cause);
    } else if is_logged_refusal(problem.code()) {
        log(incoming, io, response_context, Level::Warn, problem.code().as_str());
    }
    let response = problem_response(incoming, &problem, &response_context.origin);
    match own {
        Some((name, value)) => response.with(name, value),
        None => response,
    }
}

/// Logs a line as a JSON object. It contains the route's pattern, not the path, because a path can contain a token.
fn log(incoming: &IncomingRequest, io: &Io, response_context: &ResponseContext, level: Level, message: &str) {
    let other = if incoming.owner == PathOwner::Gateway { "gateway" } else { "none" };
    let line = serde_json::json!({
        "level": level.as_str(), "message": message, "request_id": incoming.request_id, "method": incoming.method,
        "route": incoming.route().map_or(other, |route| route.path), "network": incoming.network, "subject": response_context.log_subject,
    });
    io.log(level, line.to_string());
}

/// Logs successful sign-ins and sign-outs (ASVS 5.0 16.3.1, 16.2.1).
fn log_authentication(incoming: &IncomingRequest, io: &Io, response_context: &ResponseContext) {
    let operation = incoming.route().map(|route| route.operation);
    if let Some(
        Op::SignIn
        | Op::FinishSignIn
        | Op::FinishProviderSignIn
        | Op::ExchangeToken
        | Op::SignOut
        | Op::VerifyEmail
        | Op::CompletePasswordReset,
    ) = operation
    {
        log(incoming, io, response_context, Level::Info, "authentication");
    }
}

/// Stands for the request id in [`trap_document`].
pub const REQUEST_ID: &str = "{request-id}";

/// Problem document that the driver sends if a request ends without a response, because the wasm instance trapped.
pub fn trap_document(origin: &str) -> String {
    Problem::new(ProblemCode::Internal).document(origin, REQUEST_ID).to_string()
}

fn problem_response(incoming: &IncomingRequest, problem: &Problem, origin: &str) -> HandlerResponse {
    let document = problem.document(origin, &incoming.request_id).to_string();
    let mut response = HandlerResponse::new(problem.status(), Body::Text(PROBLEM, document));
    if let Some(seconds) = problem.retry_after() {
        response = response.with("retry-after", seconds.to_string());
    }
    match problem.code() {
        ProblemCode::SessionMissing | ProblemCode::SessionExpired if incoming.accepts_api_keys() => {
            response.with("www-authenticate", "Bearer realm=\"rolecall\"")
        }
        ProblemCode::SessionMissing | ProblemCode::SessionExpired | ProblemCode::CredentialsInvalid | ProblemCode::CodeInvalid | ProblemCode::PasskeyInvalid | ProblemCode::SecondFactorRequired | ProblemCode::SecondFactorExpired | ProblemCode::PasswordResetAdvised | ProblemCode::IssuerTokenInvalid => {
            response.with("www-authenticate", format!("Cookie realm=\"rolecall\", form-action=\"/sign-in\", cookie-name={}", cookie::NAME))
        }
        // RFC 9470 section 3, with the scheme of the session cookie.
        ProblemCode::ReauthenticationRequired => response.with(
            "www-authenticate",
            format!(
                "Cookie realm=\"rolecall\", form-action=\"/sign-in\", cookie-name={}, error=\"insufficient_user_authentication\", max_age={FRESH_SECONDS}",
                cookie::NAME
            ),
        ),
        ProblemCode::TokenInvalid | ProblemCode::ApiKeyInvalid => {
            response.with("www-authenticate", "Bearer realm=\"rolecall\", error=\"invalid_token\"")
        }
        // Tells the client that the content coding, not the media type, was rejected (RFC 9110 section 12.5.3).
        ProblemCode::MediaTypeUnsupported if incoming.header("content-encoding").is_some() => response.with("accept-encoding", "identity"),
        _ => response,
    }
}
