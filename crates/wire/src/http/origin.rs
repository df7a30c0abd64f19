//! Which pages may write: the service's own and those that the deployment names.
//!
//! A browser sends `Origin` with every write and nobody can make it lie; other programs send neither header.

/// The origins that a deployment trusts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Origins {
    own: Vec<String>,
    allowed: Vec<String>,
}

/// How a request stands to the trusted origins.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum OriginTrust {
    /// From our own page, or from no browser.
    Own,
    /// From a page of an origin that the deployment allows: it needs CORS headers to read the answer.
    Allowed,
    /// From somewhere else.
    Foreign,
}

impl Origins {
    /// `own` is where the service lives; `allowed` a comma list of others. None: one of them is no origin.
    pub fn parse(own: &str, allowed: &str) -> Option<Self> {
        let allowed = allowed.split(',').map(str::trim).filter(|part| !part.is_empty());
        let allowed: Option<Vec<String>> = allowed.map(|part| is_origin(part).then(|| part.to_owned())).collect();
        is_origin(own).then_some(())?;
        Some(Origins { own: vec![own.to_owned()], allowed: allowed? })
    }

    /// Another address of the service itself.
    pub fn add_own(&mut self, origin: &str) {
        if is_origin(origin) && !self.own.iter().any(|own| own == origin) {
            self.own.push(origin.to_owned());
        }
    }

    /// Judges the headers `Origin` and `Sec-Fetch-Site`.
    pub fn trust(&self, origin: Option<&str>, fetch_site: Option<&str>) -> OriginTrust {
        match (origin, fetch_site) {
            (Some(origin), _) if self.allowed.iter().any(|allowed| allowed == origin) => OriginTrust::Allowed,
            (Some(origin), None | Some("same-origin" | "same-site" | "none")) if self.own.iter().any(|own| own == origin) => {
                OriginTrust::Own
            }
            (None, None | Some("same-origin" | "none")) => OriginTrust::Own,
            _ => OriginTrust::Foreign,
        }
    }
}

/// `scheme://host[:port]`, exactly as a browser writes it.
pub fn is_origin(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else { return false };
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b':' | b'[' | b']');
    matches!(scheme, "https" | "http") && !host.is_empty() && host.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_headers_has_its_answer() {
        let origins = Origins::parse("https://team.example", "https://app.example, https://b.example").unwrap();
        let sites = [None, Some("same-origin"), Some("same-site"), Some("none"), Some("cross-site"), Some("nonsense")];
        let judge = |origin| sites.map(|site| origins.trust(origin, site));
        use OriginTrust::{Allowed, Foreign, Own};
        assert_eq!(judge(None), [Own, Own, Foreign, Own, Foreign, Foreign]);
        assert_eq!(judge(Some("https://team.example")), [Own, Own, Own, Own, Foreign, Foreign]);
        assert_eq!(judge(Some("https://app.example")), [Allowed; 6]);
        for foreign in [
            "null",
            "",
            "https://evil.example",
            "https://team.example.evil",
            "http://team.example",
            "https://team.example:444",
            "https://TEAM.example",
        ] {
            assert_eq!(judge(Some(foreign)), [Foreign; 6], "{foreign}");
        }
    }

    #[test]
    fn a_configuration_that_is_no_origin_is_refused() {
        for bad in ["", "*", "team.example", "https://", "https://a/", "https://a b", "null", "file://x"] {
            assert_eq!(Origins::parse(bad, ""), None, "{bad}");
            if !bad.is_empty() {
                assert_eq!(Origins::parse("https://team.example", bad), None, "{bad}");
            }
        }
        assert!(Origins::parse("http://localhost:8787", " , ").is_some());
    }
}
