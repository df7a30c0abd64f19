//! Which headers pass the gateway, in either direction.
//!
//! Names are compared in lower case and with `-` for `_`: servers that hand headers on as variables (RFC 3875
//! section 4.1.18) take `X_User_Id` for `X-User-Id`.

/// Meant for the next hop only (RFC 9110 section 7.6.1, with what older software says).
const HOP: &[&str] = &[
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

/// Credentials for us, what the runtime says itself, and what would let a client choose its own identity or name
/// another request than the one that was judged.
const NOT_UP: &[&str] = &[
    "authorization",
    "cookie",
    "cookie2",
    "content-length",
    "expect",
    "host",
    "forwarded",
    "true-client-ip",
    "x-client-ip",
    "x-real-ip",
    "x-request-id",
    "x-host",
    "remote-user",
    // Where proxies and meshes that people run say who somebody is, or where they come from.
    "client-ip",
    "forwarded-for",
    "x-cluster-client-ip",
    "x-consumer-username",
    "x-client-cert",
    "x-email",
    "x-groups",
    "x-sub",
    "ssl-client-cert",
    "x-http-host-override",
    "x-middleware-subrequest",
    "x-override-method",
];
const NOT_UP_PREFIXES: &[&str] = &[
    "rolecall-",
    "x-user",
    "x-team",
    "x-account",
    "x-forwarded",
    "x-auth-",
    "x-authenticated-",
    "x-amzn-oidc-",
    "x-authentik-",
    "x-consumer-",
    "x-envoy-",
    "x-goog-authenticated-",
    "x-goog-iap-",
    "x-ms-client-principal",
    "x-org-",
    "x-permission",
    "x-pomerium-",
    "x-remote-",
    "x-role",
    "x-ssl-client-",
    "x-tenant-",
    "x-vouch-",
    "x-webauth-",
    "remote-",
    "tailscale-",
    "cf-",
    // Other requests than the one that was judged.
    "x-original-",
    "x-rewrite-",
    "x-http-method",
    "x-method-override",
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
type Header = (String, String);

fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

/// What passes, without what the `Connection` header names.
fn passing(headers: Vec<Header>, not: &[&str], prefixes: &[&str]) -> Vec<Header> {
    let connection = headers.iter().filter(|(name, _)| plain(name) == "connection");
    let named: Vec<String> = connection.flat_map(|(_, value)| value.split(',')).map(|name| plain(name.trim())).collect();
    let passes = |name: &str| {
        !HOP.contains(&name)
            && !not.contains(&name)
            && !prefixes.iter().any(|prefix| name.starts_with(prefix))
            && !named.iter().any(|n| n == name)
    };
    headers.into_iter().filter(|(name, _)| passes(&plain(name))).collect()
}

/// A request's headers for the upstream.
pub fn upstream_headers(headers: Vec<Header>) -> Vec<Header> {
    passing(headers, NOT_UP, NOT_UP_PREFIXES)
}

/// An answer's headers for the client.
pub fn client_headers(headers: Vec<Header>) -> Vec<Header> {
    passing(headers, NOT_DOWN, NOT_DOWN_PREFIXES)
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
    use proptest::prelude::*;

    fn pairs(text: &str) -> Vec<Header> {
        text.lines().filter_map(|line| line.trim().split_once(": ")).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
    }

    fn names(headers: &[Header]) -> Vec<&str> {
        headers.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn an_upstream_sees_the_request_and_no_credential_or_identity_of_the_clients_making() {
        let sent = pairs(
            "accept: */*
             content-type: text/plain
             cookie: a=b
             Authorization: Bearer x
             rolecall-identity: forged
             Rolecall_Identity: forged
             ROLECALL-ACCOUNT: acct_1
             x-user-id: root
             X_User_Id: root
             x-username: root
             x-team-id: t
             x-account: a
             x-forwarded-for: 1.2.3.4
             x-forwarded-host: evil
             forwarded: for=1.2.3.4
             x-real-ip: 1.2.3.4
             cf-connecting-ip: 1.2.3.4
             cf-access-jwt-assertion: x
             x-original-url: /api/admin
             x-rewrite-url: /api/admin
             x-http-method-override: DELETE
             x-request-id: mine
             host: evil
             content-length: 5
             te: trailers
             transfer-encoding: chunked
             upgrade: h2c
             connection: keep-alive, X-Hop , close
             x-hop: 1
             idempotency-key: k
             x-custom: yes
             sec-websocket-protocol: chat",
        );
        let expected = ["accept", "content-type", "idempotency-key", "x-custom", "sec-websocket-protocol"];
        assert_eq!(names(&upstream_headers(sent)), expected);
    }

    #[test]
    fn the_guide_names_exactly_what_does_not_go_up() {
        let guide = include_str!("../../../../docs/GATEWAY.md");
        let (_, list) = guide.split_once("<!-- not-up").expect("the list begins");
        let (list, _) = list.split_once("<!-- /not-up -->").expect("the list ends");
        let mut told: Vec<String> = list.split('`').skip(1).step_by(2).map(str::to_ascii_lowercase).collect();
        let prefixes = NOT_UP_PREFIXES.iter().map(|prefix| format!("{prefix}*"));
        let mut dropped: Vec<String> = NOT_UP.iter().map(|&name| name.to_owned()).chain(prefixes).collect();
        told.sort();
        dropped.sort();
        assert_eq!(told, dropped);
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

    proptest! {
        #[test]
        fn however_a_guarded_name_is_written_it_does_not_pass(name in "(rolecall|x[.]user|x[.]forwarded)-[a-z-]{1,8}", ups: u64) {
            let written: String = name.chars().enumerate().map(|(i, c)| match (c, ups >> (i % 64) & 1) {
                ('-', 1) => '_',
                (c, 1) => c.to_ascii_uppercase(),
                (c, _) => c,
            }).collect();
            let name = written.replace('.', "-");
            prop_assert!(upstream_headers(vec![(name, "x".to_owned())]).is_empty());
        }
    }
}
