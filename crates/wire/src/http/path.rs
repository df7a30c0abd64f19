//! Request paths. A path is matched exactly as received; a path that other software could interpret differently is invalid.

/// Maximum length of a path in bytes; the longest valid one contains a link token of about 100.
const PATH_MAX: usize = 1_024;

/// First segments of paths that belong to the service; all others belong to the console.
const RESERVED_SEGMENTS: &[&str] = &["v1", "access", ".well-known", "api", "dev", "healthz", "openapi.json", "docs", "problems"];

/// First segments of paths whose responses are data, including 404 responses.
const DATA_SEGMENTS: &[&str] = &["v1", "access", ".well-known", "api"];

/// Prefix of gateway paths, matched exactly.
pub const GATEWAY: &str = "/api";

/// Component that a path belongs to.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum PathOwner {
    /// The service.
    Service,
    /// The API behind the gateway, matched by the routes of the policy.
    Gateway,
    /// Pages and files of the console.
    Console,
    /// None: the path is not valid.
    Invalid,
}

/// Splits a URL into path and query without decoding or normalising.
///
/// # Examples
///
/// ```
/// use rolecall_wire::http::path::split;
///
/// assert_eq!(split("https://team.example/v1/me?x=1"), ("/v1/me", "x=1"));
/// ```
pub fn split(url: &str) -> (&str, &str) {
    let url = url.split('#').next().unwrap_or_default();
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let target = after_scheme.find(['/', '?']).and_then(|start| after_scheme.get(start..)).unwrap_or("/");
    target.split_once('?').unwrap_or((target, ""))
}

/// Returns the origin of a URL.
pub fn origin(url: &str) -> &str {
    let Some((scheme, rest)) = url.split_once("://") else { return "" };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    url.get(..scheme.len() + "://".len() + host.len()).unwrap_or_default()
}

/// Requires that every route of a policy, given as method and pattern, is under the prefix of the gateway; any other would never be
/// matched.
///
/// # Errors
///
/// A description of the first route that is not.
pub fn require_gateway_prefix<'r>(mut routes: impl Iterator<Item = (&'r str, &'r str)>) -> Result<(), String> {
    match routes.find(|(_, pattern)| owner(pattern) != PathOwner::Gateway) {
        None => Ok(()),
        Some((method, pattern)) => Err(format!("the route `{method} {pattern}` is not under `{GATEWAY}/`")),
    }
}

/// Returns the component that a path belongs to.
///
/// # Examples
///
/// ```
/// use rolecall_wire::http::path::{PathOwner, owner};
///
/// assert_eq!(owner("/v1/me"), PathOwner::Service);
/// assert_eq!(owner("/api/pods"), PathOwner::Gateway);
/// assert_eq!(owner("/team"), PathOwner::Console);
/// assert_eq!(owner("/v1/../me"), PathOwner::Invalid);
/// ```
pub fn owner(path: &str) -> PathOwner {
    if path == "/" {
        return PathOwner::Console;
    }
    if path == GATEWAY || path.strip_prefix(GATEWAY).is_some_and(|rest| rest.starts_with('/')) {
        return PathOwner::Gateway;
    }
    let Some(rest) = path.strip_prefix('/') else { return PathOwner::Invalid };
    if path.len() > PATH_MAX || !rest.split('/').all(is_unambiguous) {
        return PathOwner::Invalid;
    }
    let first = rest.split('/').next().unwrap_or_default();
    match RESERVED_SEGMENTS.iter().find(|segment| segment.eq_ignore_ascii_case(first)) {
        Some(_) => PathOwner::Service,
        None => PathOwner::Console,
    }
}

/// Whether software that decodes or normalises a path could read it as one whose responses are data. The response to such a path is
/// never a page.
pub fn may_decode_to_data_path(path: &str) -> bool {
    /// Number of times that the path is decoded: more often than a proxy and an application together would.
    const DECODE_ROUNDS: usize = 3;
    let mut bytes = path.as_bytes().to_vec();
    for _ in 0..DECODE_ROUNDS {
        bytes = percent_decoded(&bytes);
    }
    let segment = |part: &[u8]| String::from_utf8_lossy(part).trim_matches('.').to_ascii_lowercase();
    let mut parts = bytes.split(|byte| !is_unreserved(*byte)).map(segment);
    parts.any(|part| DATA_SEGMENTS.iter().any(|data| data.trim_matches('.') == part))
}

fn percent_decoded(bytes: &[u8]) -> Vec<u8> {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16)).and_then(|digit| u8::try_from(digit).ok());
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let (byte, left) = match (first, digit(after.first()), digit(after.get(1))) {
            (b'%', Some(high), Some(low)) => (high * 16 + low, after.get(2..).unwrap_or_default()),
            _ => (*first, after),
        };
        decoded.push(byte);
        rest = left;
    }
    decoded
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Whether a segment is unambiguous: unreserved characters (RFC 3986), and no trailing dot, which some software removes.
fn is_unambiguous(segment: &str) -> bool {
    !segment.is_empty() && segment.bytes().all(is_unreserved) && !segment.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_route_outside_of_the_gateway_is_named() {
        let check = |pattern: &str| require_gateway_prefix([("GET", "/api/a/{id}"), ("PUT", pattern)].into_iter());
        assert_eq!(check("/api/b"), Ok(()));
        for pattern in ["/a", "/apis/a", "/v1/me"] {
            assert!(check(pattern).unwrap_err().contains(&format!("PUT {pattern}")));
        }
    }

    #[test]
    fn a_url_is_split_without_normalisation() {
        assert_eq!(split("https://a.example/v1/me?x=1#f"), ("/v1/me", "x=1"));
        assert_eq!(split("http://localhost:8787//v1/%2e%2e/me"), ("//v1/%2e%2e/me", ""));
        assert_eq!(split("https://a.example"), ("/", ""));
        assert_eq!(split("https://a.example?x=/y"), ("", "x=/y"));
        assert_eq!(origin("http://localhost:8787/v1/me"), "http://localhost:8787");
        assert_eq!(origin("https://a.example"), "https://a.example");
    }

    #[test]
    fn ambiguous_paths_are_invalid() {
        for path in [
            "",
            "v1/me",
            "//v1/me",
            "/v1//me",
            "/v1/me/",
            "/v1/./me",
            "/v1/../me",
            "/v1/..",
            "/v1/me.",
            "/v1/%6de",
            "/v1%2Fme",
            "/v1/me;x",
            "/v1\\me",
            "/v1/m e",
            "/v1/mé",
            "/v1/me\u{0}",
            "/v1/a:b",
            "/v1/@me",
            "/.",
            "/..",
            "/v1/...",
            "//api/pods",
            "/./api/pods",
            "/api%2Fpods",
            "/%61pi/pods",
        ] {
            assert_eq!(owner(path), PathOwner::Invalid, "{path}");
        }
    }

    #[test]
    fn every_path_under_the_gateway_prefix_belongs_to_it() {
        for path in ["/api", "/api/", "/api/pods", "/api/pods;x", "/api//", "/api/../v1/me", "/api/%2e"] {
            assert_eq!(owner(path), PathOwner::Gateway, "{path}");
        }
        assert_eq!(owner("/apis"), PathOwner::Console);
    }

    #[test]
    fn reserved_segments_match_in_any_case() {
        for path in ["/v1/me", "/V1/me", "/v1", "/API/pods", "/.well-known/jwks.json", "/Healthz"] {
            assert_eq!(owner(path), PathOwner::Service, "{path}");
        }
        for path in ["/", "/join", "/assets/index-Ab_1~x.js", "/v1x", "/favicon.ico"] {
            assert_eq!(owner(path), PathOwner::Console, "{path}");
        }
    }

    #[test]
    fn paths_that_could_be_read_as_data_are_detected() {
        for path in [
            "/v1",
            "/V1/",
            "//v1/me",
            "/v1)",
            "/v1;x/me",
            "/%76%31/me",
            "/v1%2Fme",
            "/%2576%2531/me",
            "/x/../v1/me",
            "/x%2f..%5cv1\\me",
            "/./api/pods",
            "/%61pi",
            "/access./v1",
            "/.well-known/",
            "/%2ewell-known/jwks.json",
        ] {
            assert!(may_decode_to_data_path(path), "{path}");
        }
        for path in ["/", "/join/", "/join%23token=k1.v1v1", "/team)", "//join", "/v1x/", "/docs/", "/%", "/%E0%A4%A", "/join%"] {
            assert!(!may_decode_to_data_path(path), "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_text_does_not_panic(url: String) {
            let (path, _) = split(&url);
            let _ = (owner(path), origin(&url), may_decode_to_data_path(path));
        }
    }
}
