//! Absolute URLs of other services that the server calls or names: issuers and endpoints of sign-in providers.

use core::fmt;

/// Hosts of the same machine, which development may call without TLS.
const LOOPBACK_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// URL of an endpoint, kept as written: `https`, a host name in lower case with at least two labels, an optional port, path and
/// query. No user information, no fragment, no IP address. In development also `http` with a loopback host.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointUrl(String);

impl EndpointUrl {
    /// Maximum length in bytes.
    pub const MAX: usize = 1024;

    /// Parses a URL; None for any other text. `development` permits `http` with a loopback host.
    ///
    /// # Examples
    /// ```
    /// use rolecall_core::domain::endpoint_url::EndpointUrl;
    ///
    /// assert_eq!(EndpointUrl::parse("https://idp.example/realms/a", false).map(|url| url.host().to_owned()), Some("idp.example".into()));
    /// assert_eq!(EndpointUrl::parse("http://localhost:9000", false), None);
    /// assert!(EndpointUrl::parse("http://localhost:9000", true).is_some());
    /// ```
    pub fn parse(text: &str, development: bool) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (authority, after) = split_authority(rest);
        let (host, port) = split_port(authority)?;
        let is_loopback = LOOPBACK_HOSTS.contains(&host);
        let is_permitted = match scheme {
            "https" => is_host_name(host) || (development && is_loopback),
            "http" => development && is_loopback,
            _ => false,
        };
        let is_valid = is_permitted && port.is_none_or(is_port) && after.bytes().all(is_path_or_query_byte) && text.len() <= Self::MAX;
        is_valid.then(|| EndpointUrl(text.to_owned()))
    }

    /// The URL as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Host, without the port.
    pub fn host(&self) -> &str {
        let authority = self.0.split_once("://").map_or("", |(_, rest)| split_authority(rest).0);
        split_port(authority).map_or("", |(host, _)| host)
    }

    /// Path with query; empty if the URL ends with the authority.
    pub fn path_and_query(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, rest)| split_authority(rest).1)
    }

    /// Whether the URL has a query.
    pub fn has_query(&self) -> bool {
        self.0.contains('?')
    }
}

impl fmt::Display for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Authority, and path with query.
fn split_authority(rest: &str) -> (&str, &str) {
    rest.split_at_checked(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len())).unwrap_or((rest, ""))
}

/// Host and port; None for brackets without an address between them.
fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    if let Some(end) = authority.find(']') {
        let (host, port) = authority.split_at_checked(end + 1)?;
        return if port.is_empty() { Some((host, None)) } else { Some((host, Some(port.strip_prefix(':')?))) };
    }
    Some(authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))))
}

/// Whether a text is a host name of at least two labels in lower case (RFC 1123 section 2.1), the last of which is not numeric.
fn is_host_name(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_named = host.rsplit_once('.').is_some_and(|(_, top)| !top.bytes().all(|b| b.is_ascii_digit()));
    host.len() <= 253 && is_named && host.split('.').all(is_label)
}

/// Whether a text is a port: 1 to 65535, without leading zeros.
fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|port| port > 0 && port.to_string() == text)
}

/// Whether a byte may occur in a path or a query (RFC 3986 sections 3.3 and 3.4). `%` is not looked into.
fn is_path_or_query_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str, development: bool) -> bool {
        EndpointUrl::parse(text, development).is_some()
    }

    #[test]
    fn an_endpoint_is_https_with_a_host_name() {
        for text in [
            "https://accounts.google.com",
            "https://tenant.auth0.com/",
            "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
            "https://idp.example:8443/a/b?x=1&y=%20",
            "https://xn--bcher-kva.example",
        ] {
            assert!(parsed(text, false), "{text}");
        }
        for text in [
            "",
            "https://",
            "https:///a",
            "http://idp.example",
            "HTTPS://idp.example",
            "https://IDP.example",
            "https:idp.example",
            "//idp.example",
            "ftp://idp.example",
            "javascript://idp.example/%0aalert(1)",
            "https://idp",
            "https://localhost",
            "https://127.0.0.1",
            "https://[::1]",
            "https://10.0.0.1",
            "https://0x7f.1",
            "https://idp.example.",
            "https://idp..example",
            "https://-idp.example",
            "https://idp-.example",
            "https://idp_a.example",
            "https://bücher.example",
            "https://user@idp.example",
            "https://user:secret@idp.example",
            "https://idp.example@evil.example",
            "https://idp.example:",
            "https://idp.example:0",
            "https://idp.example:080",
            "https://idp.example:65536",
            "https://idp.example:8a",
            "https://idp.example\\@evil.example",
            "https://idp.example/a b",
            "https://idp.example/a\n",
            "https://idp.example/#a",
            "https://idp.example#a",
            "https://idp.example/\"",
            "https://idp.example/é",
            " https://idp.example",
        ] {
            assert!(!parsed(text, false), "{text}");
        }
    }

    #[test]
    fn development_may_call_its_own_machine_and_nothing_else_without_tls() {
        for text in ["http://localhost", "http://localhost:9000/a", "http://127.0.0.1:1", "http://[::1]:65535/", "https://localhost:1"] {
            assert!(parsed(text, true) && !parsed(text, false), "{text}");
        }
        for text in [
            "http://idp.example",
            "http://127.0.0.2",
            "http://localhost.evil.example",
            "http://[::2]",
            "http://[::1]9",
            "http://a@localhost",
        ] {
            assert!(!parsed(text, true), "{text}");
        }
    }

    #[test]
    fn lengths_are_bounded() {
        let of_length = |length: usize| format!("https://a.example/{}", "a".repeat(length - 18));
        assert!(parsed(&of_length(EndpointUrl::MAX), false) && !parsed(&of_length(EndpointUrl::MAX + 1), false));
        let label = |length: usize| format!("https://{}.example", "a".repeat(length));
        assert!(parsed(&label(63), false) && !parsed(&label(64), false));
        let host = |labels: usize| format!("https://{}example", "aaaaaaa.".repeat(labels));
        assert!(parsed(&host(30), false) && !parsed(&host(31), false));
    }

    #[test]
    fn parts_are_those_of_the_text() {
        let url = EndpointUrl::parse("https://idp.example:8443/a?b", false).unwrap();
        assert_eq!((url.host(), url.path_and_query(), url.has_query()), ("idp.example", "/a?b", true));
        let url = EndpointUrl::parse("http://[::1]:9", true).unwrap();
        assert_eq!((url.host(), url.path_and_query(), url.has_query()), ("[::1]", "", false));
    }

    proptest! {
        #[test]
        fn a_parsed_url_is_the_text_and_parsing_does_not_panic(text in "(https?://)?[a-z.:@\\[\\]\\\\/?#0-9é -]{0,24}", development: bool) {
            if let Some(url) = EndpointUrl::parse(&text, development) {
                prop_assert_eq!(url.as_str(), &text);
                prop_assert!(!url.host().is_empty() && !text.contains(['@', '\\', '#', ' ']) || url.path_and_query().contains('@'));
            }
        }
    }
}
