//! Configuration of the upstream. The service binding `UPSTREAM` takes precedence over the URL.

use core::time::Duration;
use rolecall_wire::http::origin::is_origin;
use rolecall_wire::http::response_headers::AllowedHeaders;

/// Default audience of identities.
const AUDIENCE: &str = "upstream";
/// Default timeout until the response headers of the upstream, in milliseconds.
const TIMEOUT_MS: u64 = 30_000;
/// Maximum timeout in milliseconds.
const TIMEOUT_MS_MAX: u64 = 600_000;
/// Default maximum size of a request body in bytes: the limit of Cloudflare's smaller plans.
const BODY_MAX: u64 = 100_000_000;

/// Configuration of the upstream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Upstream {
    /// Whether the deployment has the service binding `UPSTREAM`.
    pub service: bool,
    /// Origin to fetch from if there is no service binding.
    pub url: Option<String>,
    /// Audience (`aud`) of identities.
    pub audience: String,
    /// Timeout until the response headers.
    pub timeout: Duration,
    /// Maximum size of a request body in bytes.
    pub body_max: u64,
    /// Request headers to forward in addition to the default ones.
    pub headers: AllowedHeaders,
}

impl Upstream {
    /// Reads the configuration.
    ///
    /// # Errors
    /// A message with the name of the first invalid variable and its valid values.
    pub fn read(get: &dyn Fn(&str) -> Option<String>, development: bool) -> Result<Upstream, String> {
        let number = |name: &str, default: u64, range: core::ops::RangeInclusive<u64>| match get(name) {
            None => Some(default),
            Some(text) => text.parse().ok().filter(|number| range.contains(number)),
        };
        let url = get("UPSTREAM_URL");
        let is_valid = |url: &String| is_origin(url) && (development || url.starts_with("https://")) && get("ORIGIN").as_ref() != Some(url);
        if !url.as_ref().is_none_or(is_valid) {
            return Err("UPSTREAM_URL is not the origin of another service, `https://host[:port]`".to_owned());
        }
        let audience = get("UPSTREAM_AUDIENCE").unwrap_or_else(|| AUDIENCE.to_owned());
        if get("TOKEN_AUDIENCE").is_some_and(|other| other == audience) {
            return Err("UPSTREAM_AUDIENCE is TOKEN_AUDIENCE: a permission token would be valid as an identity".to_owned());
        }
        let timeout = number("UPSTREAM_TIMEOUT_MS", TIMEOUT_MS, 1..=TIMEOUT_MS_MAX).ok_or("UPSTREAM_TIMEOUT_MS is not from 1 to 600000")?;
        let body_max = number("UPSTREAM_BODY_MAX", BODY_MAX, 0..=u64::MAX).ok_or("UPSTREAM_BODY_MAX is not a number of bytes")?;
        let headers = get("UPSTREAM_HEADERS").unwrap_or_default();
        let headers = AllowedHeaders::parse(&headers).map_err(|error| format!("UPSTREAM_HEADERS: {error}"))?;
        Ok(Upstream { service: false, url, audience, timeout: Duration::from_millis(timeout), body_max, headers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)], development: bool) -> Result<Upstream, String> {
        let pairs: Vec<(String, String)> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Upstream::read(&move |name| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()), development)
    }

    #[test]
    fn every_setting_has_a_default() {
        let upstream = read(&[("TOKEN_AUDIENCE", "api")], false).unwrap();
        assert_eq!((upstream.url, upstream.audience.as_str()), (None, "upstream"));
        assert_eq!((upstream.timeout.as_secs(), upstream.body_max), (30, 100_000_000));
    }

    #[test]
    fn an_invalid_or_insecure_setting_is_rejected() {
        for (name, value) in [
            ("UPSTREAM_URL", "https://api.example/"),
            ("UPSTREAM_URL", "https://api.example/v2"),
            ("UPSTREAM_URL", "https://user@api.example"),
            ("UPSTREAM_URL", "http://api.example"),
            ("UPSTREAM_URL", "api.example"),
            ("UPSTREAM_URL", "https://team.example"),
            ("UPSTREAM_AUDIENCE", "api"),
            ("UPSTREAM_TIMEOUT_MS", "0"),
            ("UPSTREAM_TIMEOUT_MS", "soon"),
            ("UPSTREAM_BODY_MAX", "-1"),
            ("UPSTREAM_HEADERS", "x-fine, authorization"),
            ("UPSTREAM_HEADERS", "x-*"),
            ("UPSTREAM_HEADERS", "rolecall-identity"),
        ] {
            let error = read(&[("TOKEN_AUDIENCE", "api"), ("ORIGIN", "https://team.example"), (name, value)], false).unwrap_err();
            assert!(error.starts_with(name), "{name}={value}: {error}");
        }
        assert!(read(&[("UPSTREAM_HEADERS", "x-correlation-id, x-acme-*")], false).is_ok());
        assert!(read(&[("UPSTREAM_URL", "http://127.0.0.1:9000")], true).is_ok());
        assert!(read(&[("UPSTREAM_URL", "https://api.example:8443")], false).is_ok());
    }
}
