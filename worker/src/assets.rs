//! The console's files, with the same guarding headers as everything else.

use crate::answer::{Answer, Body, Failure};
use crate::headers;
use crate::request::Inbound;
use rolecall_wire::problem::ProblemCode;
use worker::{Env, Request};

/// Files under this path have a hash of their content in their name.
const HASHED: &str = "/assets/";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const OK: u16 = 200;

/// Hands a console path to the assets binding; a page that no file matches is the console's own to route.
pub async fn serve(request: &Request, inbound: &Inbound, env: &Env) -> Result<Answer, Failure> {
    if !matches!(inbound.method.as_str(), "GET" | "HEAD") {
        return Err(ProblemCode::MethodNotAllowed.into());
    }
    let response = env.assets("ASSETS")?.fetch_request(request.clone()?).await?;
    let headers = headers::list(response.headers());
    let page = headers::find(&headers, "content-type").is_none_or(|kind| kind.starts_with("text/html"));
    let lasting = response.status_code() == OK && inbound.path.starts_with(HASHED) && !page;
    let answer = Answer::new(response.status_code(), Body::Passed(response, headers));
    Ok(if lasting { answer.cached(FOR_EVER) } else { answer })
}
