//! Response headers of the gateway. Headers of the upstream are forwarded, except those that affect the whole origin.
//!
//! [`request_headers`](super::request_headers) filters the other direction.

use super::header_names::{HOP_BY_HOP, Header, connection_options, normalise};
pub use super::request_headers::{AllowedHeaders, upstream_headers};

/// Response headers that are removed: those that affect the whole origin, which also serves the console, and those that could
/// let a cache store the response.
const REMOVED: &[&str] = &[
    "set-cookie",
    "set-cookie2",
    "set-login",
    "accept-ch",
    "age",
    "alt-svc",
    "cdn-cache-control",
    "clear-site-data",
    "cloudflare-cdn-cache-control",
    "content-security-policy-report-only",
    "expires",
    "nel",
    "cross-origin-opener-policy",
    "origin-agent-cluster",
    "refresh",
    "report-to",
    "reporting-endpoints",
    "service-worker-allowed",
    "speculation-rules",
    "surrogate-control",
    "www-authenticate",
];
/// Prefixes of response headers that are removed.
const REMOVED_PREFIXES: &[&str] = &["rolecall-", "access-control-"];

/// Filters the response headers of the upstream for the client.
pub fn filter_response_headers(headers: Vec<Header>) -> Vec<Header> {
    let hop_by_hop = connection_options(&headers);
    let passes = |name: &str| {
        !HOP_BY_HOP.contains(&name)
            && !REMOVED.contains(&name)
            && !REMOVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            && !hop_by_hop.iter().any(|option| option == name)
    };
    headers.into_iter().filter(|(name, _)| passes(&normalise(name))).collect()
}

/// Returns `Cache-Control` of a gateway response, which is never stored: it belongs to one caller in one account, and cache keys
/// do not contain the credential. The upstream can add `no-transform`; its other directives are ignored.
pub fn cache_control(upstream: Option<&str>) -> &'static str {
    let no_transform =
        upstream.is_some_and(|value| value.split(',').any(|directive| directive.trim().eq_ignore_ascii_case("no-transform")));
    if no_transform { "no-store, private, no-transform" } else { "no-store, private" }
}

/// Returns `Access-Control-Allow-Headers` for a preflight of an allowed origin: the requested names if they are well-formed, since
/// the headers of the upstream are not known.
pub fn preflight_headers(requested: Option<&str>) -> Option<&str> {
    const LENGTH_MAX: usize = 1024;
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b',' | b' ');
    requested.filter(|names| names.len() <= LENGTH_MAX && names.bytes().all(is_allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<Header> {
        text.lines().filter_map(|line| line.trim().split_once(": ")).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
    }

    fn names(headers: &[Header]) -> Vec<&str> {
        headers.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn headers_that_affect_the_origin_are_removed() {
        let sent = pairs(
            "content-type: application/json
             set-cookie: a=b
             Set_Cookie: a=b
             etag: \"1\"
             location: /elsewhere
             access-control-allow-origin: *
             cdn-cache-control: public
             clear-site-data: \"*\"
             service-worker-allowed: /
             rolecall-tries: 9
             connection: x-hop
             x-hop: 1
             vary: Accept",
        );
        assert_eq!(names(&filter_response_headers(sent)), ["content-type", "etag", "location", "vary"]);
    }

    #[test]
    fn the_upstream_cannot_make_a_response_storable() {
        for laxer in [None, Some("public, max-age=600"), Some("private, max-age=60"), Some("no-store")] {
            assert_eq!(cache_control(laxer), "no-store, private");
        }
        assert_eq!(cache_control(Some("public, No-Transform")), "no-store, private, no-transform");
    }

    #[test]
    fn a_preflight_allows_well_formed_names_only() {
        assert_eq!(preflight_headers(Some("x-one, X_Two")), Some("x-one, X_Two"));
        for bad in ["x-one\r\nset-cookie: a", "*", "x;y", "é"] {
            assert_eq!(preflight_headers(Some(bad)), None, "{bad}");
        }
        assert_eq!(preflight_headers(Some(&"a".repeat(1025))), None);
        assert_eq!(preflight_headers(None), None);
    }
}
