//! What every response has: the status of a failure, headers that guard, a log line for who signed in or was refused.

use crate::answer::{Answer, Body, Failure};
use crate::headers::{self, Header};
use crate::request::Inbound;
use rolecall_app::AppError;
use rolecall_wire::http::cookie;
use rolecall_wire::http::origin::Standing;
use rolecall_wire::http::path::Place;
use rolecall_wire::problem::{Problem, ProblemCode};
use rolecall_wire::routes::Operation as Op;
use worker::{Headers, Response, ResponseBuilder, console_error, console_log};

/// What is known of the circumstances when the answer goes out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Circumstances {
    /// The service's public origin; empty where the deployment could not be read.
    pub origin: String,
    /// Whether D1 could not be reached.
    pub store_failed: bool,
    /// Who asks, for the log.
    pub who: Option<String>,
    /// Headers for tests, in development.
    pub measures: Vec<(&'static str, String)>,
}

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// Makes the response; cannot fail except in JavaScript itself.
pub fn respond(inbound: &Inbound, outcome: Result<Answer, Failure>, around: &Circumstances) -> worker::Result<Response> {
    let answer = match outcome {
        Ok(answer) => {
            witness_success(inbound, around);
            answer
        }
        Err(failure) => {
            let problem = problem_of(inbound, failure, around);
            witness_refusal(inbound, around, problem.code());
            failed(inbound, problem, &around.origin)
        }
    };
    let Answer { status, body, headers, cache } = answer;
    let kind = kind_of(&body);
    let all = headers::guarded(kind.is_some_and(|kind| kind.starts_with("text/html")))?;
    if let Some(kind) = kind {
        all.set("content-type", kind)?;
    }
    let response = match body {
        Body::Passed(response, passed) => {
            pass_on(&all, &passed)?;
            response
        }
        body => fixed(Response::builder().with_status(status), body, inbound.head),
    };
    mark(&all, inbound, cache)?;
    for (name, value) in headers.iter().chain(&around.measures) {
        // A cookie stands beside others, everything else is one.
        if *name == "set-cookie" { all.append(name, value)? } else { all.set(name, value)? }
    }
    Ok(response.with_headers(all))
}

/// The headers of a response made elsewhere: what guards stays as it is, but for how long an answer may be kept.
fn pass_on(all: &Headers, passed: &[Header]) -> worker::Result<()> {
    for (name, value) in passed {
        match name.as_str() {
            "cache-control" => all.set(name, value)?,
            "content-type" => {}
            "vary" => all.append(name, value)?,
            guard if headers::is_guard(guard) => {}
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
fn mark(headers: &Headers, inbound: &Inbound, cache: Option<&'static str>) -> worker::Result<()> {
    headers.set("request-id", &inbound.request_id)?;
    if let Some(id) = &inbound.x_request_id {
        // What came in as a header goes out as one; what does not is left out.
        let _ = headers.set("x-request-id", id);
    }
    if let Some(how) = cache {
        headers.set("cache-control", how)?;
    }
    if let (Standing::Allowed, Some(origin)) = (inbound.standing, inbound.origin.as_deref()) {
        headers.set("access-control-allow-origin", origin)?;
        headers.set("access-control-allow-credentials", "true")?;
        headers.set("access-control-expose-headers", "ETag, Retry-After, Request-Id")?;
        headers.set("cross-origin-resource-policy", "cross-origin")?;
    }
    Ok(())
}

/// What the caller is told. A fault behind it is logged here.
fn problem_of(inbound: &Inbound, failure: Failure, around: &Circumstances) -> Problem {
    let (text, code) = match failure {
        Failure::Problem(problem) => return *problem,
        Failure::App(AppError::Denied(denial)) => return denial.into(),
        Failure::App(AppError::Invalid(errors)) => return Problem::invalid(errors),
        Failure::App(AppError::Fault(fault)) => (fault.to_string(), ProblemCode::Internal),
        Failure::Fault(text) => (text, ProblemCode::Internal),
        Failure::Upstream(text) => (text, ProblemCode::UpstreamFailed),
    };
    console_error!("{}", log_line(inbound, around, "error", &text));
    Problem::new(if around.store_failed { ProblemCode::StoreUnavailable } else { code })
}

/// One JSON object per line, so that a log can be searched by its fields. The path's own text is left out: it can hold a token.
fn log_line(inbound: &Inbound, around: &Circumstances, level: &str, message: &str) -> String {
    let other = if inbound.place == Place::Gateway { "gateway" } else { "none" };
    let route = inbound.route.map_or(other, |route| route.path);
    serde_json::json!({
        "level": level, "message": message, "request_id": inbound.request_id,
        "method": inbound.method, "route": route, "network": inbound.network, "who": around.who,
    })
    .to_string()
}

/// Who signs in and out is written down (ASVS 5.0 16.3.1, 16.2.1).
fn witness_success(inbound: &Inbound, around: &Circumstances) {
    let operation = inbound.route.map(|route| route.operation);
    if let Some(Op::SignIn | Op::SignOut | Op::VerifyEmail | Op::CompletePasswordReset) = operation {
        console_log!("{}", log_line(inbound, around, "info", "authentication"));
    }
}

/// So is who was refused (ASVS 5.0 16.3.2).
fn witness_refusal(inbound: &Inbound, around: &Circumstances, code: ProblemCode) {
    use ProblemCode as P;
    let refusals =
        [P::CredentialsInvalid, P::PasswordResetAdvised, P::SessionExpired, P::TokenInvalid, P::ApiKeyInvalid, P::PermissionMissing];
    let more = [P::PermissionEscalation, P::OwnerOnly, P::OriginForbidden, P::InvitationEmailMismatch, P::RateLimited];
    if refusals.contains(&code) || more.contains(&code) {
        console_log!("{}", log_line(inbound, around, "warn", code.as_str()));
    }
}

/// The answer when not even a response could be made as above.
pub fn last_resort(error: &worker::Error) -> worker::Result<Response> {
    console_error!("{}", serde_json::json!({ "level": "error", "message": error.to_string(), "route": "last resort" }));
    let code = ProblemCode::Internal;
    let document = serde_json::json!({ "type": "about:blank", "title": code.title(), "status": code.status(), "detail": code.explanation(), "code": code.as_str() });
    let response = Response::builder().with_status(code.status()).fixed(document.to_string().into_bytes());
    response.headers().set("content-type", PROBLEM)?;
    response.headers().set("cache-control", "no-store")?;
    Ok(response)
}

fn failed(inbound: &Inbound, problem: Problem, origin: &str) -> Answer {
    let document = problem.document(origin, &inbound.request_id).to_string();
    let mut answer = Answer::new(problem.status(), Body::Text(PROBLEM, document));
    if let Some(seconds) = problem.retry_after() {
        answer = answer.with("retry-after", seconds.to_string());
    }
    match problem.code() {
        ProblemCode::SessionMissing | ProblemCode::SessionExpired if inbound.takes_keys() => {
            answer.with("www-authenticate", "Bearer realm=\"rolecall\"")
        }
        ProblemCode::SessionMissing | ProblemCode::SessionExpired | ProblemCode::CredentialsInvalid | ProblemCode::PasswordResetAdvised => {
            answer.with("www-authenticate", format!("Cookie realm=\"rolecall\", form-action=\"/sign-in\", cookie-name={}", cookie::NAME))
        }
        ProblemCode::TokenInvalid | ProblemCode::ApiKeyInvalid => {
            answer.with("www-authenticate", "Bearer realm=\"rolecall\", error=\"invalid_token\"")
        }
        ProblemCode::MethodNotAllowed => answer.with("allow", inbound.allow.clone()),
        // Which says that it was the coding (RFC 9110 section 12.5.3).
        ProblemCode::MediaTypeUnsupported if inbound.header("content-encoding").is_some() => answer.with("accept-encoding", "identity"),
        _ => answer,
    }
}
