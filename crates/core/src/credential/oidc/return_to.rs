//! Where a browser goes after signing in: a path of this origin, never another site (CWE-601; ASVS 5.0 3.7.2).

use core::fmt;
use rolecall_policy::validate_path;

/// Path of this origin, with an optional query, that every URL parser reads as such.
///
/// The path is plain as [`validate_path`] defines it: no empty segment and so no `//`, no backslash, no dots as a segment, no
/// percent-encoded ASCII. The query has the characters of RFC 3986 section 3.4, without percent-encoded control characters. There
/// is no fragment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// Maximum length in bytes: it travels in a cookie.
    pub const MAX: usize = 512;

    /// Parses a path with a query; None for any other text. Nothing is repaired.
    ///
    /// # Examples
    /// ```
    /// use rolecall_core::credential::oidc::return_to::ReturnTo;
    ///
    /// assert_eq!(ReturnTo::parse("/teams/acme?tab=members").map(|path| path.to_string()), Some("/teams/acme?tab=members".to_owned()));
    /// assert_eq!(ReturnTo::parse("//evil.example"), None);
    /// assert_eq!(ReturnTo::parse("https://evil.example"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let is_valid = text.len() <= Self::MAX && validate_path(path).is_some() && is_query(query);
        is_valid.then(|| ReturnTo(text.to_owned()))
    }

    /// The start page.
    pub fn root() -> Self {
        ReturnTo("/".to_owned())
    }

    /// The path with its query, as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a text is a query (RFC 3986 section 3.4) without percent-encoded control characters.
fn is_query(query: &str) -> bool {
    let mut rest = query.bytes();
    while let Some(byte) = rest.next() {
        let is_valid = match byte {
            b'%' => matches!((rest.next(), rest.next()), (Some(high), Some(low)) if is_visible_escape(high, low)),
            _ => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte),
        };
        if !is_valid {
            return false;
        }
    }
    true
}

/// Whether two hex digits encode no control character.
fn is_visible_escape(high: u8, low: u8) -> bool {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    matches!((digit(high), digit(low)), (Some(high), Some(low)) if (high, low) != (7, 15) && high >= 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_of_the_origin_are_unchanged() {
        for text in [
            "/",
            "/teams",
            "/teams/acct_0199f0a1b2c37d4e8f00112233445566/members",
            "/teams?tab=a&next=/b",
            "/?q=%20%C3%A9%2F",
            "/a?b=https://evil.example",
            "/caf%C3%A9",
            "/a?",
        ] {
            assert_eq!(ReturnTo::parse(text).as_ref().map(ReturnTo::as_str), Some(text));
        }
        assert_eq!(ReturnTo::root().as_str(), "/");
    }

    /// Payloads of the open-redirect lists of OWASP, PortSwigger and PayloadsAllTheThings, and of parsers that disagree.
    #[test]
    fn nothing_leads_to_another_site() {
        for text in [
            "",
            " ",
            "evil.example",
            "//evil.example",
            "///evil.example",
            "////evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "\\\\evil.example",
            "/\\/evil.example",
            "//\\evil.example",
            "\\evil.example",
            "/ /evil.example",
            " //evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r\n/evil.example",
            "\t//evil.example",
            "/\u{0}/evil.example",
            "/%09/evil.example",
            "/%0a/evil.example",
            "/%0D%0ALocation:%20https://evil.example",
            "/%2F/evil.example",
            "/%2fevil.example",
            "/%2F%2Fevil.example",
            "/%5Cevil.example",
            "/%5cevil.example",
            "%2F%2Fevil.example",
            "/.//evil.example",
            "/..//evil.example",
            "/./evil.example",
            "/../evil.example",
            "/a/..//evil.example",
            "/%2e%2e//evil.example",
            "/;//evil.example",
            "/;@evil.example",
            "/evil.example//",
            "//evil.example/%2f..",
            "//evil.example@team.example",
            "//team.example@evil.example",
            "//user:pass@evil.example/",
            "http://evil.example",
            "https://evil.example",
            "https:evil.example",
            "https:/evil.example",
            "https:///evil.example",
            "HTTPS://evil.example",
            "http:\\\\evil.example",
            "ftp://evil.example",
            "javascript:alert(1)",
            "javascript://evil.example/%0aalert(1)",
            "JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript:msgbox(1)",
            "about:blank",
            "blob:https://team.example/1",
            "@evil.example",
            ":80",
            "?next=/a",
            "#//evil.example",
            "/#//evil.example",
            "/a#b",
            "/a?b#c",
            "〱evil.example",
            "/〱evil.example",
            "／／evil.example",
            "/／evil.example",
            "/\u{2215}evil.example",
            "//evil。example",
            "/\u{200b}/evil.example",
            "\u{feff}//evil.example",
            "/<script>",
            "/a\"b",
            "/a b",
            "/é",
            "/a?b=\u{e9}",
            "/a?b c",
            "/a?b=%0d%0aSet-Cookie:x",
            "/a?b=%00",
            "/a?b=%1F",
            "/a?b=%7f",
            "/a?b=%7F",
            "/a?b=%",
            "/a?b=%2",
            "/a?b=%zz",
            "/a?b=\\",
            "/a?b=<",
            "/a?b=\u{0}",
            "./a",
            "../a",
            "a",
        ] {
            assert_eq!(ReturnTo::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_path_has_at_most_512_bytes() {
        let parsed = |length: usize| ReturnTo::parse(&format!("/{}", "a".repeat(length - 1))).is_some();
        assert!(parsed(ReturnTo::MAX) && !parsed(ReturnTo::MAX + 1));
    }

    proptest! {
        #[test]
        fn an_accepted_path_is_one_of_the_origin(text in "[/\\\\]{0,3}[a-z.:@%0-9A-F\\\\/?#;\\t\\n é＃／-]{0,16}") {
            if let Some(path) = ReturnTo::parse(&text) {
                prop_assert_eq!(path.as_str(), &text);
                let path = text.split('?').next().unwrap();
                prop_assert!(text.starts_with('/') && !path.contains("//"));
                prop_assert!(text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\' && b != b'#'));
            }
        }

        #[test]
        fn any_text_is_parsed_without_a_panic(text: String) {
            let _ = ReturnTo::parse(&text);
        }
    }
}
