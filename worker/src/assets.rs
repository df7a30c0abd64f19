//! The console's files, with the same guarding headers as everything else, and its page for addresses where nothing is.

use crate::http::error::HandlerError;
use crate::http::headers;
use crate::http::request::IncomingRequest;
use crate::http::response::{Body, HandlerResponse};
use rolecall_wire::http::{accept, path};
use rolecall_wire::problem::ProblemCode;
use worker::{Env, Request};

/// Files under this path have a hash of their content in their name.
const HASHED: &str = "/assets/";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const OK: u16 = 200;
const HTML: &str = "text/html";

/// The console's pages, which it draws itself: `console/src/router.tsx` names the same.
const PAGES: &[&str] =
    &["/", "/sign-up", "/sign-in", "/join", "/verify-email", "/reset-password", "/team", "/audit-log", "/permissions", "/settings"];

/// Hands a path of the console to the assets binding. At a path that neither a page nor a file has, a browser gets the
/// console's own page about it, any other caller a problem document.
pub async fn serve(request: &Request, incoming: &IncomingRequest, env: &Env) -> Result<HandlerResponse, HandlerError> {
    if !matches!(incoming.method.as_str(), "GET" | "HEAD") {
        return Err(ProblemCode::MethodNotAllowed.into());
    }
    let response = env.assets("ASSETS")?.fetch_request(request.clone()?).await?;
    let headers = headers::list(response.headers());
    let page = headers::find(&headers, "content-type").is_none_or(|kind| kind.starts_with(HTML));
    if page && response.status_code() == OK && !is_page(&incoming.path) {
        return not_found(incoming, env).await;
    }
    let lasting = response.status_code() == OK && incoming.path.starts_with(HASHED) && !page;
    let answer = HandlerResponse::new(response.status_code(), Body::Passed(response, headers));
    Ok(if lasting { answer.cached(FOR_EVER) } else { answer })
}

/// The answer where nothing is. A browser that asks for a page gets the console's, which mends addresses that arrived a
/// little different from how they were sent; under the API's paths everybody gets a problem document.
pub async fn not_found(incoming: &IncomingRequest, env: &Env) -> Result<HandlerResponse, HandlerError> {
    let reading = matches!(incoming.method.as_str(), "GET" | "HEAD");
    if !reading || !accept::asks_for(incoming.accept.as_deref(), HTML) || path::may_lead_to_data(&incoming.path) {
        return Err(ProblemCode::NotFound.into());
    }
    let status = ProblemCode::NotFound.status();
    // The path of the request leads nowhere: what is asked for is the one page that there is.
    let response = env.assets("ASSETS")?.fetch("https://console.invalid/", None).await?.with_status(status);
    let headers = headers::list(response.headers()).into_iter().filter(|(name, _)| name == "content-type").collect();
    Ok(HandlerResponse::new(status, Body::Passed(response, headers)))
}

/// Pages are found in any case: people type addresses.
fn is_page(path: &str) -> bool {
    PAGES.iter().any(|page| page.eq_ignore_ascii_case(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_pages_are_those_of_the_console() {
        let router = include_str!("../../console/src/router.tsx");
        let quoted = router.split("path: \"").skip(1).filter_map(|rest| rest.split('"').next());
        let routed: BTreeSet<String> = quoted.map(|path| format!("/{}", path.trim_start_matches('/'))).collect();
        assert_eq!(routed, PAGES.iter().map(|page| (*page).to_owned()).collect());
        assert!(is_page("/JOIN"));
        assert!(!is_page("/join/"));
    }
}
