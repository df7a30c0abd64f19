//! What every response has: the status of a failure, headers that guard, a log line for who signed in or was refused.

use crate::answer::{Answer, Body, Failure};
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

/// For data: nothing may be loaded, embedded or run.
const CSP_DATA: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// For pages: only what this origin serves, and the compiled rules.
const CSP_PAGE: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// Two years (ASVS 5.0 3.4.1 asks for one).
const HSTS: &str = "max-age=63072000; includeSubDomains";

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
    let all = Headers::new();
    let (kind, builder) = (kind_of(&body), Response::builder().with_status(status));
    if let Some(kind) = kind {
        all.set("content-type", kind)?;
    }
    let response = match body {
        Body::Passed(response) => {
            for (name, value) in response.headers().entries() {
                all.set(&name, &value)?;
            }
            response
        }
        body => fixed(builder, body, inbound.head),
    };
    guard(&all, inbound, cache)?;
    for (name, value) in headers.iter().chain(&around.measures) {
        // A cookie stands beside others, everything else is one.
        if *name == "set-cookie" { all.append(name, value)? } else { all.set(name, value)? }
    }
    Ok(response.with_headers(all))
}

fn fixed(builder: ResponseBuilder, body: Body, head: bool) -> Response {
    match body {
        Body::Json(text) | Body::Text(_, text) | Body::Html(text) if !head => builder.fixed(text.into_bytes()),
        Body::Static(_, text) if !head => builder.fixed(text.as_bytes().to_vec()),
        _ => builder.empty(),
    }
}

fn kind_of(body: &Body) -> Option<&'static str> {
    match body {
        Body::Empty | Body::Passed(_) => None,
        Body::Json(_) => Some(JSON),
        Body::Text(kind, _) | Body::Static(kind, _) => Some(kind),
        Body::Html(_) => Some(HTML),
    }
}

fn guard(headers: &Headers, inbound: &Inbound, cache: Option<&'static str>) -> worker::Result<()> {
    let page = headers.get("content-type")?.is_some_and(|kind| kind.starts_with("text/html"));
    headers.set("content-security-policy", if page { CSP_PAGE } else { CSP_DATA })?;
    if page {
        headers.set("cross-origin-opener-policy", "same-origin")?;
    }
    headers.set("x-content-type-options", "nosniff")?;
    headers.set("x-frame-options", "DENY")?;
    headers.set("referrer-policy", "no-referrer")?;
    headers.set("strict-transport-security", HSTS)?;
    headers.set("permissions-policy", "camera=(), geolocation=(), microphone=()")?;
    headers.set("request-id", &inbound.request_id)?;
    if let Some(id) = &inbound.x_request_id {
        // What came in as a header goes out as one; what does not is left out.
        let _ = headers.set("x-request-id", id);
    }
    match cache {
        Some(how) => headers.set("cache-control", how)?,
        None if headers.has("cache-control")? => {}
        None => headers.set("cache-control", "no-store")?,
    }
    headers.append("vary", "Origin")?;
    match (inbound.standing, inbound.origin.as_deref()) {
        (Standing::Allowed, Some(origin)) => {
            headers.set("access-control-allow-origin", origin)?;
            headers.set("access-control-allow-credentials", "true")?;
            headers.set("access-control-expose-headers", "ETag, Retry-After, Request-Id")?;
            headers.set("cross-origin-resource-policy", "cross-origin")
        }
        _ => headers.set("cross-origin-resource-policy", "same-origin"),
    }
}

/// What the caller is told. A fault behind it is logged here.
fn problem_of(inbound: &Inbound, failure: Failure, around: &Circumstances) -> Problem {
    let fault = match failure {
        Failure::Problem(problem) => return *problem,
        Failure::App(AppError::Denied(denial)) => return denial.into(),
        Failure::App(AppError::Invalid(errors)) => return Problem::invalid(errors),
        Failure::App(AppError::Fault(fault)) => fault.to_string(),
        Failure::Fault(text) => text,
    };
    console_error!("{}", log_line(inbound, around, "error", &fault));
    Problem::new(if around.store_failed { ProblemCode::StoreUnavailable } else { ProblemCode::Internal })
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
    let refusals = [P::CredentialsInvalid, P::SessionExpired, P::TokenInvalid, P::ApiKeyInvalid, P::PermissionMissing];
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
        ProblemCode::SessionMissing | ProblemCode::SessionExpired | ProblemCode::CredentialsInvalid => {
            answer.with("www-authenticate", format!("Cookie realm=\"rolecall\", form-action=\"/sign-in\", cookie-name={}", cookie::NAME))
        }
        ProblemCode::TokenInvalid | ProblemCode::ApiKeyInvalid => {
            answer.with("www-authenticate", "Bearer realm=\"rolecall\", error=\"invalid_token\"")
        }
        ProblemCode::MethodNotAllowed => answer.with("allow", inbound.allow.clone()),
        _ => answer,
    }
}
