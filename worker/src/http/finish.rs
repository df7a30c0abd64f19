//! Final step of every response: problem documents, security and common headers, log lines of authentication and denial.

use crate::config::Config;
use crate::d1::D1;
use crate::http::error::HandlerError;
use crate::http::headers::{self, Header};
use crate::http::request::IncomingRequest;
use crate::http::response::{Body, HandlerResponse};
use crate::http::{cors, security_headers};
use rolecall_app::{AppError, RequestContext};
use rolecall_wire::http::cookie;
use rolecall_wire::http::path::PathOwner;
use rolecall_wire::problem::{Problem, ProblemCode};
use rolecall_wire::route::Operation as Op;
use worker::{Headers, Response, ResponseBuilder, console_error, console_log};

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
    pub fn of(config: &Config, request: &RequestContext, database: &D1) -> Self {
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

/// Builds the HTTP response of a handler's result.
///
/// # Errors
/// An error of the runtime if it rejects a header.
pub fn finish(
    incoming: &IncomingRequest,
    outcome: Result<HandlerResponse, HandlerError>,
    response_context: &ResponseContext,
) -> worker::Result<Response> {
    let handler_response = match outcome {
        Ok(handler_response) => {
            log_authentication(incoming, response_context);
            handler_response
        }
        Err(failure) => {
            let problem = problem_of(incoming, failure, response_context);
            log_denial(incoming, response_context, problem.code());
            failed(incoming, problem, &response_context.origin)
        }
    };
    let HandlerResponse { status, body, headers, cache } = handler_response;
    let kind = content_type_of(&body);
    let all = security_headers::new_headers(kind.is_some_and(|kind| kind.starts_with("text/html")))?;
    if let Some(kind) = kind {
        all.set("content-type", kind)?;
    }
    let response = match body {
        Body::Passed(response, passed) => {
            copy_headers(&all, &passed)?;
            response
        }
        body => fixed(Response::builder().with_status(status), body, incoming.head),
    };
    set_common_headers(&all, incoming, cache)?;
    for (name, value) in headers.iter().chain(&response_context.test_headers) {
        // `Set-Cookie` may occur several times, every other header once.
        if *name == "set-cookie" { all.append(name, value)? } else { all.set(name, value)? }
    }
    Ok(response.with_headers(all))
}

/// Copies the headers of a passed-through response. It cannot replace security headers, except for `Cache-Control`.
fn copy_headers(all: &Headers, passed: &[Header]) -> worker::Result<()> {
    for (name, value) in passed {
        match name.as_str() {
            "cache-control" => all.set(name, value)?,
            "content-type" => {}
            "vary" => all.append(name, value)?,
            name if security_headers::is_security_header(name) => {}
            other => all.append(other, value)?,
        }
    }
    Ok(())
}

fn fixed(builder: ResponseBuilder, body: Body, head: bool) -> Response {
    match body {
        Body::Json(text) | Body::Text(_, text) | Body::Html(text) if !head => builder.fixed(text.into_bytes()),
        Body::Static(_, text) if !head => builder.fixed(text.as_bytes().to_vec()),
        _ => builder.empty(),
    }
}

fn content_type_of(body: &Body) -> Option<&str> {
    match body {
        Body::Empty => None,
        Body::Passed(_, headers) => headers::find(headers, "content-type"),
        Body::Json(_) => Some(JSON),
        Body::Text(kind, _) | Body::Static(kind, _) => Some(kind),
        Body::Html(_) => Some(HTML),
    }
}

/// Sets the headers that depend on the request: request ids, caching, CORS.
fn set_common_headers(headers: &Headers, incoming: &IncomingRequest, cache: Option<&'static str>) -> worker::Result<()> {
    headers.set("request-id", &incoming.request_id)?;
    if let Some(id) = &incoming.x_request_id {
        // An id that the runtime rejects as a header value is omitted.
        let _ = headers.set("x-request-id", id);
    }
    if let Some(how) = cache {
        headers.set("cache-control", how)?;
    }
    cors::set_cors_headers(headers, incoming)
}

/// Problem to return for an error. Faults are logged here, because the caller does not receive their message.
fn problem_of(incoming: &IncomingRequest, failure: HandlerError, response_context: &ResponseContext) -> Problem {
    let (text, code) = match failure {
        HandlerError::Problem(problem) => return *problem,
        HandlerError::App(AppError::Denied(denial)) => return denial.into(),
        HandlerError::App(AppError::Invalid(errors)) => return Problem::invalid(errors),
        HandlerError::App(AppError::Fault(fault)) => (fault.to_string(), ProblemCode::Internal),
        HandlerError::Fault(text) => (text, ProblemCode::Internal),
        HandlerError::Upstream(text) => (text, ProblemCode::UpstreamFailed),
    };
    console_error!("{}", log_line(incoming, response_context, "error", &text));
    Problem::new(if response_context.store_failed { ProblemCode::StoreUnavailable } else { code })
}

/// Log line as a JSON object. It contains the route's pattern, not the path, because a path can contain a token.
fn log_line(incoming: &IncomingRequest, response_context: &ResponseContext, level: &str, message: &str) -> String {
    let other = if incoming.owner == PathOwner::Gateway { "gateway" } else { "none" };
    let route = incoming.route.map_or(other, |route| route.path);
    serde_json::json!({
        "level": level, "message": message, "request_id": incoming.request_id,
        "method": incoming.method, "route": route, "network": incoming.network, "subject": response_context.log_subject,
    })
    .to_string()
}

/// Logs successful sign-ins and sign-outs (ASVS 5.0 16.3.1, 16.2.1).
fn log_authentication(incoming: &IncomingRequest, response_context: &ResponseContext) {
    let operation = incoming.route.map(|route| route.operation);
    if let Some(Op::SignIn | Op::SignOut | Op::VerifyEmail | Op::CompletePasswordReset) = operation {
        console_log!("{}", log_line(incoming, response_context, "info", "authentication"));
    }
}

/// Logs failed authentication and authorization (ASVS 5.0 16.3.2).
fn log_denial(incoming: &IncomingRequest, response_context: &ResponseContext, code: ProblemCode) {
    use ProblemCode as P;
    let denials =
        [P::CredentialsInvalid, P::PasswordResetAdvised, P::SessionExpired, P::TokenInvalid, P::ApiKeyInvalid, P::PermissionMissing];
    let more = [P::PermissionEscalation, P::OwnerOnly, P::OriginForbidden, P::InvitationEmailMismatch, P::RateLimited];
    if denials.contains(&code) || more.contains(&code) {
        console_log!("{}", log_line(incoming, response_context, "warn", code.as_str()));
    }
}

/// Response if [`finish`] itself failed.
///
/// # Errors
/// An error of the runtime if it rejects a header.
pub fn fallback_response(error: &worker::Error) -> worker::Result<Response> {
    console_error!("{}", serde_json::json!({ "level": "error", "message": error.to_string(), "route": "last resort" }));
    let code = ProblemCode::Internal;
    let document = serde_json::json!({ "type": "about:blank", "title": code.title(), "status": code.status(), "detail": code.explanation(), "code": code.as_str() });
    let response = Response::builder().with_status(code.status()).fixed(document.to_string().into_bytes());
    response.headers().set("content-type", PROBLEM)?;
    response.headers().set("cache-control", "no-store")?;
    Ok(response)
}

fn failed(incoming: &IncomingRequest, problem: Problem, origin: &str) -> HandlerResponse {
    let document = problem.document(origin, &incoming.request_id).to_string();
    let mut response = HandlerResponse::new(problem.status(), Body::Text(PROBLEM, document));
    if let Some(seconds) = problem.retry_after() {
        response = response.with("retry-after", seconds.to_string());
    }
    match problem.code() {
        ProblemCode::SessionMissing | ProblemCode::SessionExpired if incoming.accepts_api_keys() => {
            response.with("www-authenticate", "Bearer realm=\"rolecall\"")
        }
        ProblemCode::SessionMissing | ProblemCode::SessionExpired | ProblemCode::CredentialsInvalid | ProblemCode::PasswordResetAdvised => {
            response.with("www-authenticate", format!("Cookie realm=\"rolecall\", form-action=\"/sign-in\", cookie-name={}", cookie::NAME))
        }
        ProblemCode::TokenInvalid | ProblemCode::ApiKeyInvalid => {
            response.with("www-authenticate", "Bearer realm=\"rolecall\", error=\"invalid_token\"")
        }
        ProblemCode::MethodNotAllowed => response.with("allow", incoming.allow.clone()),
        // Tells the client that the content coding, not the media type, was rejected (RFC 9110 section 12.5.3).
        ProblemCode::MediaTypeUnsupported if incoming.header("content-encoding").is_some() => response.with("accept-encoding", "identity"),
        _ => response,
    }
}
