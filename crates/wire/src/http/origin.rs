//! Trusted origins: that of the service and those that the deployment allows.
//!
//! Browsers send `Origin` with every write, and pages cannot forge it. Other clients send neither header.

/// Trusted origins of a deployment.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Origins {
    own: String,
    allowed: Vec<String>,
}

/// Trust in the origin of a request.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum OriginTrust {
    /// A page of the service, or a client that is not a browser.
    Own,
    /// A page of an allowed origin, which needs CORS headers to read the response.
    Allowed,
    /// Any other page.
    Foreign,
}

impl Origins {
    /// Parses the origin of the service and a comma-separated list of allowed origins; `None` if one of them is malformed.
    ///
    /// # Examples
    ///
    /// ```
    /// use rolecall_wire::http::origin::{OriginTrust, Origins};
    ///
    /// let origins = Origins::parse("https://team.example", "https://app.example").unwrap();
    /// assert_eq!(origins.classify(Some("https://app.example"), None), OriginTrust::Allowed);
    /// assert_eq!(origins.classify(Some("https://evil.example"), None), OriginTrust::Foreign);
    /// assert_eq!(Origins::parse("https://team.example/", ""), None);
    /// ```
    pub fn parse(own: &str, allowed: &str) -> Option<Self> {
        let allowed = allowed.split(',').map(str::trim).filter(|part| !part.is_empty());
        let allowed: Option<Vec<String>> = allowed.map(|part| is_origin(part).then(|| part.to_owned())).collect();
        is_origin(own).then_some(())?;
        Some(Origins { own: own.to_owned(), allowed: allowed? })
    }

    /// Classifies a request by its headers `Origin` and `Sec-Fetch-Site`.
    pub fn classify(&self, origin: Option<&str>, fetch_site: Option<&str>) -> OriginTrust {
        match (origin, fetch_site) {
            (Some(origin), _) if self.allowed.iter().any(|allowed| allowed == origin) => OriginTrust::Allowed,
            (Some(origin), None | Some("same-origin" | "same-site" | "none")) if self.own == origin => OriginTrust::Own,
            (None, None | Some("same-origin" | "none")) => OriginTrust::Own,
            _ => OriginTrust::Foreign,
        }
    }
}

/// Detail of `origin-forbidden`: which two origins differ, and what to change. A text that is no origin is not repeated to the caller.
pub fn forbidden_detail(own: &str, origin: Option<&str>) -> String {
    match origin {
        Some(origin) if origin.len() <= ORIGIN_MAX && is_origin(origin) && origin != own => format!(
            "The page is of {origin}, and this service of {own}. Let the page's server pass these paths on with the page's `Host` header, or add \
             {origin} to ALLOWED_ORIGINS of the deployment."
        ),
        _ => format!(
            "The request is of a page of another site than {own}, which the browser does not name. Only a page of an allowed origin may write."
        ),
    }
}

/// Maximum length of an origin in bytes: a host name of 253 bytes with its scheme and port.
const ORIGIN_MAX: usize = 267;

/// Whether a text is an origin, `scheme://host[:port]`, as browsers serialise it.
pub fn is_origin(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else { return false };
    let is_host_byte = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b':' | b'[' | b']');
    matches!(scheme, "https" | "http") && !host.is_empty() && host.bytes().all(is_host_byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_headers_is_classified() {
        let origins = Origins::parse("https://team.example", "https://app.example, https://b.example").unwrap();
        let sites = [None, Some("same-origin"), Some("same-site"), Some("none"), Some("cross-site"), Some("nonsense")];
        let classify = |origin| sites.map(|site| origins.classify(origin, site));
        use OriginTrust::{Allowed, Foreign, Own};
        assert_eq!(classify(None), [Own, Own, Foreign, Own, Foreign, Foreign]);
        assert_eq!(classify(Some("https://team.example")), [Own, Own, Own, Own, Foreign, Foreign]);
        assert_eq!(classify(Some("https://app.example")), [Allowed; 6]);
        for foreign in [
            "null",
            "",
            "https://evil.example",
            "https://team.example.evil",
            "http://team.example",
            "https://team.example:444",
            "https://TEAM.example",
        ] {
            assert_eq!(classify(Some(foreign)), [Foreign; 6], "{foreign}");
        }
    }

    #[test]
    fn the_detail_names_both_origins_and_repeats_nothing_else() {
        let detail = |origin| forbidden_detail("https://team.example", origin);
        let named = detail(Some("http://localhost:5173"));
        assert!(
            named.contains("http://localhost:5173") && named.contains("https://team.example") && named.contains("ALLOWED_ORIGINS"),
            "{named}"
        );
        let long = format!("https://{}", "a".repeat(ORIGIN_MAX));
        for other in [None, Some("null"), Some("<script>"), Some("https://team.example"), Some(&*long)] {
            assert_eq!(detail(other), detail(None), "{other:?}");
        }
    }

    #[test]
    fn a_malformed_origin_is_rejected() {
        for bad in ["", "*", "team.example", "https://", "https://a/", "https://a b", "null", "file://x"] {
            assert_eq!(Origins::parse(bad, ""), None, "{bad}");
            if !bad.is_empty() {
                assert_eq!(Origins::parse("https://team.example", bad), None, "{bad}");
            }
        }
        assert!(Origins::parse("http://localhost:8787", " , ").is_some());
    }
}
