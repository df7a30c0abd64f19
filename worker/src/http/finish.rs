//! What every response has: the status of a failure, headers that guard, a log line for who signed in or was refused.

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
use rolecall_wire::routes::Operation as Op;
use worker::{Headers, Response, ResponseBuilder, console_error, console_log};

/// A handler's result, and what is known for the response.
pub type Handled = (Result<HandlerResponse, HandlerError>, ResponseContext);

/// What is known of the request when its response is finished.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ResponseContext {
    /// The service's public origin; empty where the deployment could not be read.
    pub origin: String,
    /// Whether D1 could not be reached.
    pub store_failed: bool,
    /// Who asks, for the log.
    pub log_subject: Option<String>,
    /// Headers for tests, in development.
    pub test_headers: Vec<(&'static str, String)>,
}

impl ResponseContext {
    /// Of a request that was answered before any look into the database.
    pub fn before_storage(config: &Config) -> Self {
        ResponseContext {
            origin: config.origin.clone(),
            test_headers: if config.development { test_headers(0, 0, 0) } else { Vec::new() },
            ..ResponseContext::default()
        }
    }

    /// Of a request that a use case answered.
    pub fn of(config: &Config, request: &RequestContext, database: &D1) -> Self {
        let counts = || test_headers(request.tries.get(), database.trips(), database.statements());
        ResponseContext {
            origin: config.origin.clone(),
            store_failed: database.failed(),
            log_subject: request.log_subject.borrow().clone(),
            test_headers: if config.development { counts() } else { Vec::new() },
        }
    }
}

/// What tests of a development deployment count: decisions made, round trips to D1, statements.
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

/// Makes the response; cannot fail except in JavaScript itself.
pub fn finish(
    incoming: &IncomingRequest,
    outcome: Result<HandlerResponse, HandlerError>,
    response_context: &ResponseContext,
) -> worker::Result<Response> {
    let answer = match outcome {
        Ok(answer) => {
            log_authentication(incoming, response_context);
            answer
        }
        Err(failure) => {
            let problem = problem_of(incoming, failure, response_context);
            log_denial(incoming, response_context, problem.code());
            failed(incoming, problem, &response_context.origin)
        }
    };
    let HandlerResponse { status, body, headers, cache } = answer;
    let kind = kind_of(&body);
    let all = security_headers::with_security_headers(kind.is_some_and(|kind| kind.starts_with("text/html")))?;
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
        // A cookie stands beside others, everything else is one.
        if *name == "set-cookie" { all.append(name, value)? } else { all.set(name, value)? }
    }
    Ok(response.with_headers(all))
}

/// The headers of a response made elsewhere: what guards stays as it is, but for how long an answer may be kept.
fn copy_headers(all: &Headers, passed: &[Header]) -> worker::Result<()> {
    for (name, value) in passed {
        match name.as_str() {
            "cache-control" => all.set(name, value)?,
            "content-type" => {}
            "vary" => all.append(name, value)?,
            guard if security_headers::is_security_header(guard) => {}
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

fn kind_of(body: &Body) -> Option<&str> {
    match body {
        Body::Empty => None,
        Body::Passed(_, headers) => headers::find(headers, "content-type"),
        Body::Json(_) => Some(JSON),
        Body::Text(kind, _) | Body::Static(kind, _) => Some(kind),
        Body::Html(_) => Some(HTML),
    }
}

/// What differs from answer to answer: its name, how long it may be kept, and what a page of another origin may see.
fn set_common_headers(headers: &Headers, incoming: &IncomingRequest, cache: Option<&'static str>) -> worker::Result<()> {
    headers.set("request-id", &incoming.request_id)?;
    if let Some(id) = &incoming.x_request_id {
        // What came in as a header goes out as one; what does not is left out.
        let _ = headers.set("x-request-id", id);
    }
    if let Some(how) = cache {
        headers.set("cache-control", how)?;
    }
    cors::allow_reading(headers, incoming)
}

/// What the caller is told. A fault behind it is logged here.
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

/// One JSON object per line, so that a log can be searched by its fields. The path's own text is left out: it can hold a token.
fn log_line(incoming: &IncomingRequest, response_context: &ResponseContext, level: &str, message: &str) -> String {
    let other = if incoming.owner == PathOwner::Gateway { "gateway" } else { "none" };
    let route = incoming.route.map_or(other, |route| route.path);
    serde_json::json!({
        "level": level, "message": message, "request_id": incoming.request_id,
        "method": incoming.method, "route": route, "network": incoming.network, "who": response_context.log_subject,
    })
    .to_string()
}

/// Who signs in and out is written down (ASVS 5.0 16.3.1, 16.2.1).
fn log_authentication(incoming: &IncomingRequest, response_context: &ResponseContext) {
    let operation = incoming.route.map(|route| route.operation);
    if let Some(Op::SignIn | Op::SignOut | Op::VerifyEmail | Op::CompletePasswordReset) = operation {
        console_log!("{}", log_line(incoming, response_context, "info", "authentication"));
    }
}

/// So is who was refused (ASVS 5.0 16.3.2).
fn log_denial(incoming: &IncomingRequest, response_context: &ResponseContext, code: ProblemCode) {
    use ProblemCode as P;
    let refusals =
        [P::CredentialsInvalid, P::PasswordResetAdvised, P::SessionExpired, P::TokenInvalid, P::ApiKeyInvalid, P::PermissionMissing];
    let more = [P::PermissionEscalation, P::OwnerOnly, P::OriginForbidden, P::InvitationEmailMismatch, P::RateLimited];
    if refusals.contains(&code) || more.contains(&code) {
        console_log!("{}", log_line(incoming, response_context, "warn", code.as_str()));
    }
}

/// The answer when not even a response could be made as above.
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
    let mut answer = HandlerResponse::new(problem.status(), Body::Text(PROBLEM, document));
    if let Some(seconds) = problem.retry_after() {
        answer = answer.with("retry-after", seconds.to_string());
    }
    match problem.code() {
        ProblemCode::SessionMissing | ProblemCode::SessionExpired if incoming.takes_keys() => {
            answer.with("www-authenticate", "Bearer realm=\"rolecall\"")
        }
        ProblemCode::SessionMissing | ProblemCode::SessionExpired | ProblemCode::CredentialsInvalid | ProblemCode::PasswordResetAdvised => {
            answer.with("www-authenticate", format!("Cookie realm=\"rolecall\", form-action=\"/sign-in\", cookie-name={}", cookie::NAME))
        }
        ProblemCode::TokenInvalid | ProblemCode::ApiKeyInvalid => {
            answer.with("www-authenticate", "Bearer realm=\"rolecall\", error=\"invalid_token\"")
        }
        ProblemCode::MethodNotAllowed => answer.with("allow", incoming.allow.clone()),
        // Which says that it was the coding (RFC 9110 section 12.5.3).
        ProblemCode::MediaTypeUnsupported if incoming.header("content-encoding").is_some() => answer.with("accept-encoding", "identity"),
        _ => answer,
    }
}
