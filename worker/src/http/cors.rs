//! Cross-origin requests (Fetch standard, CORS protocol): preflights, and the headers by which a page may read a response.

use crate::http::request::IncomingRequest;
use crate::http::response::{Body, HandlerResponse};
use rolecall_wire::http::origin::OriginTrust;
use worker::Headers;

/// Request headers that a page of an allowed origin may send to the routes of the table.
const ALLOWED_HEADERS: &str =
    "authorization, content-type, idempotency-key, if-match, if-none-match, rolecall-account, rolecall-invitation-proof, x-request-id";
/// How long a browser may cache the answer to a preflight, in seconds.
const MAX_AGE: &str = "600";
const NO_CONTENT: u16 = 204;

/// The response to `OPTIONS`: the methods of the path, and for a page of an allowed origin what it may send.
///
/// `headers` replaces [`ALLOWED_HEADERS`], for paths whose headers only the upstream knows.
pub fn preflight(incoming: &IncomingRequest, headers: Option<&str>) -> HandlerResponse {
    let response = HandlerResponse::new(NO_CONTENT, Body::Empty).with("allow", incoming.allow.clone());
    if incoming.origin_trust != OriginTrust::Allowed {
        return response;
    }
    response
        .with("access-control-allow-methods", incoming.allow.clone())
        .with("access-control-allow-headers", headers.unwrap_or(ALLOWED_HEADERS))
        .with("access-control-max-age", MAX_AGE)
}

/// Lets a page of an allowed origin read the response.
pub fn allow_reading(headers: &Headers, incoming: &IncomingRequest) -> worker::Result<()> {
    if let (OriginTrust::Allowed, Some(origin)) = (incoming.origin_trust, incoming.origin.as_deref()) {
        headers.set("access-control-allow-origin", origin)?;
        headers.set("access-control-allow-credentials", "true")?;
        headers.set("access-control-expose-headers", "ETag, Retry-After, Request-Id")?;
        headers.set("cross-origin-resource-policy", "cross-origin")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rolecall_wire::table::ROUTES;

    #[test]
    fn a_page_of_an_allowed_origin_may_send_every_header_that_a_route_takes() {
        let allowed: Vec<&str> = ALLOWED_HEADERS.split(", ").collect();
        for header in ROUTES.iter().flat_map(|route| route.headers) {
            assert!(allowed.contains(&header.name.to_ascii_lowercase().as_str()), "{}", header.name);
        }
    }
}
