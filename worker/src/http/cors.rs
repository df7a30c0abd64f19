//! Cross-origin resource sharing (Fetch standard): preflight responses, and headers that let a page read a response.

use crate::http::request::IncomingRequest;
use crate::http::response::{Body, HandlerResponse};
use crate::io::Header;
use rolecall_wire::http::origin::OriginTrust;

/// Request headers that pages of allowed origins may send to the routes of the table.
const ALLOWED_HEADERS: &str =
    "authorization, content-type, idempotency-key, if-match, if-none-match, rolecall-account, rolecall-invitation-proof, x-request-id";
/// Time in seconds for which browsers may cache a preflight response.
const MAX_AGE: &str = "600";
const NO_CONTENT: u16 = 204;

/// Response to `OPTIONS`: the methods of the path (`allow`) and, for allowed origins, the methods and headers that CORS permits.
///
/// `headers` replaces [`ALLOWED_HEADERS`] on gateway paths, where the upstream defines the headers.
pub fn preflight(incoming: &IncomingRequest, allow: &str, headers: Option<&str>) -> HandlerResponse {
    let response = HandlerResponse::new(NO_CONTENT, Body::Empty).with("allow", allow);
    if incoming.origin_trust != OriginTrust::Allowed {
        return response;
    }
    response
        .with("access-control-allow-methods", allow)
        .with("access-control-allow-headers", headers.unwrap_or(ALLOWED_HEADERS))
        .with("access-control-max-age", MAX_AGE)
}

/// Adds the headers that let a page of an allowed origin read the response.
pub fn add_cors_headers(headers: &mut Vec<Header>, incoming: &IncomingRequest) {
    if let (OriginTrust::Allowed, Some(origin)) = (incoming.origin_trust, incoming.origin.as_deref()) {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        headers.push(header("access-control-allow-origin", origin));
        headers.push(header("access-control-allow-credentials", "true"));
        headers.push(header("access-control-expose-headers", "ETag, Retry-After, Request-Id"));
        headers.push(header("cross-origin-resource-policy", "cross-origin"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rolecall_wire::route_table::ROUTES;

    #[test]
    fn every_header_of_a_route_is_allowed_by_cors() {
        let allowed: Vec<&str> = ALLOWED_HEADERS.split(", ").collect();
        for header in ROUTES.iter().flat_map(|route| route.headers) {
            assert!(allowed.contains(&header.name.to_ascii_lowercase().as_str()), "{}", header.name);
        }
    }
}
