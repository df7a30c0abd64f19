//! Request headers that the gateway forwards: a list of names that do not identify the sender, extended by configuration. All
//! others are removed, since an upstream could trust them (`X-Tenant`, `Impersonate-User`, …).

use super::header_names::{HOP_BY_HOP, Header, connection_options, normalise};
use core::fmt;

/// Headers that are always forwarded: they describe only the request and its body (RFC 9110, 9111, 9218, 9530, 6455, 7240, Fetch, Trace Context, HTML).
const FORWARDED: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-datetime",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "content-digest",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-location",
    "content-md5",
    "content-range",
    "content-type",
    "date",
    "digest",
    "dnt",
    "idempotency-key",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "last-event-id",
    "origin",
    "pragma",
    "prefer",
    "priority",
    "range",
    "referer",
    "repr-digest",
    "save-data",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "sec-fetch-user",
    "sec-gpc",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "traceparent",
    "tracestate",
    "user-agent",
    "want-content-digest",
    "want-digest",
    "want-repr-digest",
];

/// Headers that configuration cannot allow: credentials, headers set by the runtime or the gateway, the address of the client, and
/// headers that override method or path of the authorised request. Hop-by-hop headers are forbidden as well.
const FORBIDDEN: &[&str] = &[
    "authorization",
    "cookie",
    "cookie2",
    "content-length",
    "expect",
    "host",
    "forwarded",
    "true-client-ip",
    "x-real-ip",
    "x-request-id",
    "x-middleware-subrequest",
    "x-override-method",
];
/// Prefixes of headers that configuration cannot allow.
const FORBIDDEN_PREFIXES: &[&str] =
    &["rolecall-", "proxy-", "cf-", "x-forwarded-", "x-http-method", "x-method-override", "x-original-", "x-rewrite-"];

/// Maximum number of configured entries.
const ENTRIES_MAX: usize = 64;
/// Maximum length of a configured name.
const NAME_MAX: usize = 64;

/// Request headers that the deployment allows in addition to those that are always forwarded.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AllowedHeaders {
    names: Vec<String>,
    prefixes: Vec<String>,
}

/// Error of a configured entry that is not a header name, or that is forbidden.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AllowedHeadersError(String);

impl fmt::Display for AllowedHeadersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for AllowedHeadersError {}

impl AllowedHeaders {
    /// Parses a comma-separated list of names and prefixes, for example `x-correlation-id, x-my-*`.
    ///
    /// # Errors
    ///
    /// [`AllowedHeadersError`] for an entry that is not a header name or prefix, or that matches a forbidden header.
    ///
    /// # Examples
    ///
    /// ```
    /// use rolecall_wire::http::request_headers::{AllowedHeaders, upstream_headers};
    ///
    /// let allowed = AllowedHeaders::parse("x-correlation-id, x-my-*").unwrap();
    /// let header = |name: &str| (name.to_owned(), "1".to_owned());
    /// let forwarded = upstream_headers(vec![header("X-My-Trace"), header("Authorization")], &allowed);
    /// assert_eq!(forwarded, [header("X-My-Trace")]);
    ///
    /// assert!(AllowedHeaders::parse("authorization").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, AllowedHeadersError> {
        let mut allowed = AllowedHeaders::default();
        let entries: Vec<String> =
            text.split(',').map(|entry| entry.trim().to_ascii_lowercase()).filter(|entry| !entry.is_empty()).collect();
        if entries.len() > ENTRIES_MAX {
            return Err(AllowedHeadersError(format!("the list has more than {ENTRIES_MAX} names")));
        }
        for entry in entries {
            let (name, prefix) = entry.strip_suffix('*').map_or((entry.as_str(), false), |name| (name, true));
            let well_formed = !name.is_empty() && name.len() <= NAME_MAX && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            // A prefix has at least two words: `x-*` would include headers that upstreams use for identities.
            let narrow = !prefix || (name.ends_with('-') && name.matches('-').count() >= 2);
            if !well_formed || !narrow {
                let excerpt: String = entry.chars().filter(|c| !c.is_control()).take(NAME_MAX).collect();
                return Err(AllowedHeadersError(format!(
                    "`{excerpt}` is neither a header name of letters, digits and hyphens nor a prefix like `x-mine-*`"
                )));
            }
            if is_forbidden(name, prefix) {
                return Err(AllowedHeadersError(format!("`{entry}` cannot be allowed")));
            }
            if prefix { allowed.prefixes.push(name.to_owned()) } else { allowed.names.push(name.to_owned()) }
        }
        Ok(allowed)
    }

    fn contains(&self, name: &str) -> bool {
        FORWARDED.contains(&name)
            || name.starts_with("sec-ch-")
            || self.names.iter().any(|allowed| allowed == name)
            || self.prefixes.iter().any(|prefix| name.starts_with(prefix))
    }
}

/// Whether a name, or any name with this prefix, is forbidden.
fn is_forbidden(name: &str, prefix: bool) -> bool {
    let matches = |forbidden: &&str| *forbidden == name || (prefix && forbidden.starts_with(name));
    HOP_BY_HOP.iter().any(matches)
        || FORBIDDEN.iter().any(matches)
        || FORBIDDEN_PREFIXES.iter().any(|prefix| name.starts_with(prefix) || matches(prefix))
}

/// Filters the headers of a request for the upstream. Allowed names match case-insensitively, but an underscore does not match a
/// hyphen, since the upstream may read it as one.
pub fn upstream_headers(headers: Vec<Header>, allowed: &AllowedHeaders) -> Vec<Header> {
    let hop_by_hop = connection_options(&headers);
    let passes = |name: &str| {
        let lower = name.to_ascii_lowercase();
        allowed.contains(&lower) && !is_forbidden(&lower, false) && !hop_by_hop.contains(&normalise(name))
    };
    headers.into_iter().filter(|(name, _)| passes(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn passing(names: &[&str], allowed: &str) -> Vec<String> {
        let headers = names.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect();
        upstream_headers(headers, &AllowedHeaders::parse(allowed).unwrap()).into_iter().map(|(name, _)| name).collect()
    }

    fn vectors(list: &str) -> Vec<String> {
        let all: Value = serde_json::from_str(include_str!("../../../../tests/vectors/upstream-headers.json")).unwrap();
        all[list].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn what_gateways_and_servers_take_for_an_identity_stays_here_however_it_is_written() {
        let stopped = vectors("stopped");
        assert!(stopped.len() > 100);
        for name in stopped {
            for written in [name.clone(), name.to_ascii_uppercase(), name.replace('-', "_")] {
                assert_eq!(passing(&[&written], ""), [""; 0], "{written}");
            }
        }
    }

    #[test]
    fn what_belongs_to_the_request_itself_passes_whatever_its_case() {
        for name in vectors("passed") {
            assert_eq!(passing(&[&name, &name.to_ascii_uppercase()], "").len(), 2, "{name}");
            if name.contains('-') {
                assert_eq!(passing(&[&name.replace('-', "_")], ""), [""; 0], "{name}");
            }
        }
    }

    #[test]
    fn the_guide_names_exactly_what_passes_and_what_never_does() {
        let guide = include_str!("../../../../docs/GATEWAY.md");
        for (mark, names, prefixes) in [("up", FORWARDED, &["sec-ch-"][..]), ("never", FORBIDDEN, FORBIDDEN_PREFIXES)] {
            let (_, list) = guide.split_once(&format!("<!-- {mark}")).expect("the list begins");
            let (list, _) = list.split_once(&format!("<!-- /{mark} -->")).expect("the list ends");
            let mut documented: Vec<String> = list.split('`').skip(1).step_by(2).map(str::to_ascii_lowercase).collect();
            let mut listed: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            listed.extend(prefixes.iter().map(|prefix| format!("{prefix}*")));
            documented.sort();
            listed.sort();
            assert_eq!(documented, listed, "{mark}");
        }
    }

    #[test]
    fn configuration_adds_names_and_prefixes() {
        let names = ["X-Correlation-Id", "x-my-app", "x-my-app-id", "x-correlation_id", "x-other", "x-my_app-id"];
        assert_eq!(passing(&names, " x-correlation-id ,X-My-App-*,, "), ["X-Correlation-Id", "x-my-app-id"]);
        assert_eq!(AllowedHeaders::parse(""), Ok(AllowedHeaders::default()));
    }

    #[test]
    fn what_the_connection_header_names_is_for_the_next_hop() {
        let headers = vec![("connection".to_owned(), "keep-alive, X_Mine".to_owned()), ("x-mine".to_owned(), "1".to_owned())];
        assert!(upstream_headers(headers, &AllowedHeaders::parse("x-mine").unwrap()).is_empty());
    }

    #[test]
    fn configuration_never_lets_a_credential_or_the_gateways_own_words_pass() {
        for never in HOP_BY_HOP.iter().chain(FORBIDDEN) {
            assert!(AllowedHeaders::parse(never).is_err(), "{never}");
            assert!(AllowedHeaders::parse(&never.to_ascii_uppercase()).is_err(), "{never}");
        }
        for bad in [
            "rolecall-identity",
            "Rolecall-*",
            "cf-connecting-ip",
            "x-forwarded-user",
            "x-forwarded-*",
            "x-http-method-override",
            "*",
            "x-*",
            "x*",
            "x-mine*",
            "-*",
            "proxy-auth-*",
            "x-re*",
            "x-request-*",
            "x-real-*",
            "x_mine",
            "x mine",
            "x-mine: 1",
            "x-mine\r\n",
            "é",
            "x-mine; x-other",
        ] {
            let list = format!("x-fine, {bad}");
            // A line break at an end is blank space like any other.
            assert_eq!(AllowedHeaders::parse(&list).is_ok(), bad.trim() == "x-mine", "{bad}");
        }
        assert!(AllowedHeaders::parse(&"a,".repeat(65)).is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_configured_a_forbidden_name_does_not_pass(entries in prop::collection::vec("[a-z]{1,9}(-[a-z]{1,9}){0,2}(-[*])?", 0..4), ups: u64) {
            let Ok(allowed) = AllowedHeaders::parse(&entries.join(",")) else { return Ok(()) };
            let some = FORBIDDEN_PREFIXES.iter().map(|prefix| format!("{prefix}x"));
            for name in HOP_BY_HOP.iter().chain(FORBIDDEN).map(|name| (*name).to_owned()).chain(some) {
                let written: String = name.chars().enumerate().map(|(i, c)| match (c, ups >> (i % 64) & 1) {
                    ('-', 1) => '_',
                    (c, 1) => c.to_ascii_uppercase(),
                    (c, _) => c,
                }).collect();
                prop_assert!(upstream_headers(vec![(written, "x".to_owned())], &allowed).is_empty(), "{}", name);
            }
        }
    }
}
