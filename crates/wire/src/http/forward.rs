//! Which headers pass the gateway, in either direction: of a request those that are known to be harmless
//! ([`request_headers`]), of an answer all that do not speak for the whole origin.
//!
//! Names that are refused are compared in lower case and with `-` for `_`: servers that hand headers on as variables
//! (RFC 3875 section 4.1.18) take `X_User_Id` for `X-User-Id`.

pub use super::request_headers::{AllowedHeaders, upstream_headers};

/// Meant for the next hop only (RFC 9110 section 7.6.1, with what older software says).
pub(super) const HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
];

/// What would speak for the whole origin, on which the console lives too, and what would let a cache keep the answer.
const NOT_DOWN: &[&str] = &[
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
const NOT_DOWN_PREFIXES: &[&str] = &["rolecall-", "access-control-"];

/// A header's name and value.
pub(super) type Header = (String, String);

pub(super) fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

/// The names that the `Connection` header makes hop-by-hop.
pub(super) fn named_by_connection(headers: &[Header]) -> Vec<String> {
    let connection = headers.iter().filter(|(name, _)| plain(name) == "connection");
    connection.flat_map(|(_, value)| value.split(',')).map(|name| plain(name.trim())).collect()
}

/// An answer's headers for the client.
pub fn client_headers(headers: Vec<Header>) -> Vec<Header> {
    let named = named_by_connection(&headers);
    let passes = |name: &str| {
        !HOP.contains(&name)
            && !NOT_DOWN.contains(&name)
            && !NOT_DOWN_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            && !named.iter().any(|n| n == name)
    };
    headers.into_iter().filter(|(name, _)| passes(&plain(name))).collect()
}

/// How long the answer may be kept: never. It belongs to one caller in one account, which no cache key tells: the
/// credential stands in a header. The upstream can make it stricter, and cannot make it laxer.
pub fn cache_control(upstream: Option<&str>) -> &'static str {
    let says = |word: &str| upstream.is_some_and(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word)));
    if says("no-transform") { "no-store, private, no-transform" } else { "no-store, private" }
}

/// The headers that a page of an allowed origin may send, as its preflight asks: the upstream's own are not known here.
pub fn preflight_headers(asked: Option<&str>) -> Option<&str> {
    const LONGEST: usize = 1024;
    let name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b',' | b' ');
    asked.filter(|names| names.len() <= LONGEST && names.bytes().all(name))
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
    fn a_client_sees_the_answer_and_nothing_that_speaks_for_the_origin() {
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
        assert_eq!(names(&client_headers(sent)), ["content-type", "etag", "location", "vary"]);
    }

    #[test]
    fn no_upstream_makes_an_answer_storable() {
        for laxer in [None, Some("public, max-age=600"), Some("private, max-age=60"), Some("no-store")] {
            assert_eq!(cache_control(laxer), "no-store, private");
        }
        assert_eq!(cache_control(Some("public, No-Transform")), "no-store, private, no-transform");
    }

    #[test]
    fn a_preflight_is_granted_names_and_nothing_else() {
        assert_eq!(preflight_headers(Some("x-one, X_Two")), Some("x-one, X_Two"));
        for bad in ["x-one\r\nset-cookie: a", "*", "x;y", "é"] {
            assert_eq!(preflight_headers(Some(bad)), None, "{bad}");
        }
        assert_eq!(preflight_headers(Some(&"a".repeat(1025))), None);
        assert_eq!(preflight_headers(None), None);
    }
}
