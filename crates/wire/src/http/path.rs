//! Where a request points. The path is taken as it came and matched exactly; whatever another reader could
//! understand differently leads nowhere.

/// Longest path in bytes: the longest honest one carries a link token of about 100.
const PATH_MAX: usize = 1_024;

/// First segments of the service's own paths; everything else belongs to the console.
const RESERVED_SEGMENTS: &[&str] = &["v1", "access", ".well-known", "api", "dev", "healthz", "openapi.json", "docs", "problems"];

/// First segments under which every answer is data, that nothing is there included.
const DATA: &[&str] = &["v1", "access", ".well-known", "api"];

/// Where the gateway begins, in exactly this form.
pub const GATEWAY: &str = "/api";

/// What a path belongs to.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum PathOwner {
    /// The service: a route or nothing.
    Service,
    /// The API behind the gateway: the policy's routes judge the path.
    Gateway,
    /// The console's pages and files.
    Console,
    /// Nothing can be there.
    Invalid,
}

/// Splits a URL into its path and its query without decoding or normalising anything.
pub fn split(url: &str) -> (&str, &str) {
    let url = url.split('#').next().unwrap_or_default();
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let target = after_scheme.find(['/', '?']).and_then(|start| after_scheme.get(start..)).unwrap_or("/");
    target.split_once('?').unwrap_or((target, ""))
}

/// The origin part of a URL.
pub fn origin(url: &str) -> &str {
    let Some((scheme, rest)) = url.split_once("://") else { return "" };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    url.get(..scheme.len() + "://".len() + host.len()).unwrap_or_default()
}

/// Demands that the gateway can lead to every route of a policy, given as method and pattern: one elsewhere would look
/// guarded and be nothing.
pub fn within_reach<'r>(mut routes: impl Iterator<Item = (&'r str, &'r str)>) -> Result<(), String> {
    match routes.find(|(_, pattern)| owner(pattern) != PathOwner::Gateway) {
        None => Ok(()),
        Some((method, pattern)) => Err(format!("the route `{method} {pattern}` is not under `{GATEWAY}/`")),
    }
}

/// Says what a path belongs to.
pub fn owner(path: &str) -> PathOwner {
    if path == "/" {
        return PathOwner::Console;
    }
    if path == GATEWAY || path.strip_prefix(GATEWAY).is_some_and(|rest| rest.starts_with('/')) {
        return PathOwner::Gateway;
    }
    let Some(rest) = path.strip_prefix('/') else { return PathOwner::Invalid };
    if path.len() > PATH_MAX || !rest.split('/').all(is_plain) {
        return PathOwner::Invalid;
    }
    let first = rest.split('/').next().unwrap_or_default();
    match RESERVED_SEGMENTS.iter().find(|own| own.eq_ignore_ascii_case(first)) {
        Some(_) => PathOwner::Service,
        None => PathOwner::Console,
    }
}

/// Whether any reader of a path, who undoes percent-encodings, dots or slashes of any kind, could take it for one under
/// which every answer is data. Such a path is never answered with a page.
pub fn may_lead_to_data(path: &str) -> bool {
    /// Undoing more than a proxy and an application would do one after the other.
    const TIMES: usize = 3;
    let mut bytes = path.as_bytes().to_vec();
    for _ in 0..TIMES {
        bytes = percent_decoded(&bytes);
    }
    let name = |part: &[u8]| String::from_utf8_lossy(part).trim_matches('.').to_ascii_lowercase();
    let mut parts = bytes.split(|byte| !is_unreserved(*byte)).map(name);
    parts.any(|part| DATA.iter().any(|own| own.trim_matches('.') == part))
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

/// A segment that every reader understands alike: unreserved characters (RFC 3986) and no dots that could be cut off.
fn is_plain(segment: &str) -> bool {
    !segment.is_empty() && segment.bytes().all(is_unreserved) && !segment.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_that_the_gateway_cannot_lead_to_is_named() {
        let judge = |pattern: &str| within_reach([("GET", "/api/a/{id}"), ("PUT", pattern)].into_iter());
        assert_eq!(judge("/api/b"), Ok(()));
        for pattern in ["/a", "/apis/a", "/v1/me"] {
            assert!(judge(pattern).unwrap_err().contains(&format!("PUT {pattern}")));
        }
    }
    use proptest::prelude::*;

    #[test]
    fn a_url_falls_apart_as_it_was_sent() {
        assert_eq!(split("https://a.example/v1/me?x=1#f"), ("/v1/me", "x=1"));
        assert_eq!(split("http://localhost:8787//v1/%2e%2e/me"), ("//v1/%2e%2e/me", ""));
        assert_eq!(split("https://a.example"), ("/", ""));
        assert_eq!(split("https://a.example?x=/y"), ("", "x=/y"));
        assert_eq!(origin("http://localhost:8787/v1/me"), "http://localhost:8787");
        assert_eq!(origin("https://a.example"), "https://a.example");
    }

    #[test]
    fn what_can_be_read_two_ways_is_nowhere() {
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
    fn everything_under_the_gateways_name_is_its_own_to_judge() {
        for path in ["/api", "/api/", "/api/pods", "/api/pods;x", "/api//", "/api/../v1/me", "/api/%2e"] {
            assert_eq!(owner(path), PathOwner::Gateway, "{path}");
        }
        assert_eq!(owner("/apis"), PathOwner::Console);
    }

    #[test]
    fn the_service_keeps_its_names_in_any_case() {
        for path in ["/v1/me", "/V1/me", "/v1", "/API/pods", "/.well-known/jwks.json", "/Healthz"] {
            assert_eq!(owner(path), PathOwner::Service, "{path}");
        }
        for path in ["/", "/join", "/assets/index-Ab_1~x.js", "/v1x", "/favicon.ico"] {
            assert_eq!(owner(path), PathOwner::Console, "{path}");
        }
    }

    #[test]
    fn whatever_could_be_read_as_the_api_is_no_page() {
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
            assert!(may_lead_to_data(path), "{path}");
        }
        for path in ["/", "/join/", "/join%23token=k1.v1v1", "/team)", "//join", "/v1x/", "/docs/", "/%", "/%E0%A4%A", "/join%"] {
            assert!(!may_lead_to_data(path), "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_safe(url: String) {
            let (path, _) = split(&url);
            let _ = (owner(path), origin(&url), may_lead_to_data(path));
        }
    }
}
