//! Files of the console, with the same security headers as other responses, and its page for unknown paths.

use crate::http::error::HandlerError;
use crate::http::request::IncomingRequest;
use crate::http::response::{Body, HandlerResponse};
use crate::io::{Io, Need, find_header};
use rolecall_wire::http::{accept, path};
use rolecall_wire::problem::ProblemCode;

/// Path prefix of files with a content hash in their name.
const HASHED: &str = "/assets/";
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
const OK: u16 = 200;
const HTML: &str = "text/html";

/// Client-side routes of the console; the same as in `console/src/router.tsx`.
const PAGES: &[&str] = &[
    "/",
    "/sign-up",
    "/sign-in",
    "/join",
    "/link",
    "/verify-email",
    "/reset-password",
    "/team",
    "/audit-log",
    "/permissions",
    "/settings",
    "/settings/security",
];

/// Serves a file or page of the console from the assets binding.
///
/// # Errors
/// `method-not-allowed` unless the method is GET or HEAD, and the errors of [`not_found`] for an unknown path.
pub async fn serve(incoming: &IncomingRequest, io: &Io) -> Result<HandlerResponse, HandlerError> {
    if !matches!(incoming.method.as_str(), "GET" | "HEAD") {
        return Err(HandlerError::MethodNotAllowed("GET, HEAD".to_owned()));
    }
    let received = io.ask_response(Need::Asset { page: false }).await.map_err(HandlerError::Fault)?;
    let is_html = find_header(&received.headers, "content-type").is_none_or(|kind| kind.starts_with(HTML));
    if is_html && received.status == OK && !is_page(&incoming.path) {
        return not_found(incoming, io).await;
    }
    let immutable = received.status == OK && incoming.path.starts_with(HASHED) && !is_html;
    let response = HandlerResponse::new(received.status, Body::Received(received.headers));
    Ok(if immutable { response.with_cache_control(IMMUTABLE) } else { response })
}

/// Response for an unknown path. A browser that requests HTML outside of the API's paths receives the console's page with
/// status 404, which corrects slightly altered links.
///
/// # Errors
/// `not-found` for all other requests.
pub async fn not_found(incoming: &IncomingRequest, io: &Io) -> Result<HandlerResponse, HandlerError> {
    let is_read = matches!(incoming.method.as_str(), "GET" | "HEAD");
    if !is_read || !accept::asks_for(incoming.accept.as_deref(), HTML) || path::may_decode_to_data_path(&incoming.path) {
        return Err(ProblemCode::NotFound.into());
    }
    // The console is a single page, and the assets binding has no file at the requested path.
    let received = io.ask_response(Need::Asset { page: true }).await.map_err(HandlerError::Fault)?;
    let headers = received.headers.into_iter().filter(|(name, _)| name == "content-type").collect();
    Ok(HandlerResponse::new(ProblemCode::NotFound.status(), Body::Received(headers)))
}

/// Whether the path is a page of the console. Case is ignored, because people type these addresses.
fn is_page(path: &str) -> bool {
    PAGES.iter().any(|page| page.eq_ignore_ascii_case(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_pages_equal_the_routes_of_the_console() {
        let router = include_str!("../../console/src/router.tsx");
        let quoted = router.split("path: \"").skip(1).filter_map(|rest| rest.split('"').next());
        let routed: BTreeSet<String> = quoted.map(|path| format!("/{}", path.trim_start_matches('/'))).collect();
        assert_eq!(routed, PAGES.iter().map(|page| (*page).to_owned()).collect());
        assert!(is_page("/JOIN"));
        assert!(!is_page("/join/"));
    }
}
