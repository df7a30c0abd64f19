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
    use serde_json::Value;

    fn vectors(list: &str) -> Vec<String> {
        let all: Value = serde_json::from_str(include_str!("../../../../../tests/vectors/return-to.json")).unwrap();
        all[list].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn paths_of_the_origin_are_unchanged() {
        let paths = vectors("paths");
        assert!(paths.len() >= 10);
        for text in paths {
            assert_eq!(ReturnTo::parse(&text).map(|path| path.to_string()), Some(text));
        }
        assert_eq!(ReturnTo::root().as_str(), "/");
    }

    #[test]
    fn nothing_leads_to_another_site() {
        let refused = vectors("refused");
        assert!(refused.len() >= 80);
        for text in refused {
            assert_eq!(ReturnTo::parse(&text), None, "{text:?}");
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
