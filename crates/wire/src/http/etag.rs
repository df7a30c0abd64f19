//! Entity tags of versions (RFC 9110, 8.8.3 and 13.1).
//!
//! A tag names a version, not a representation. Proxies that compress make it weak (`W/"7"`) or append the coding (`"7-gzip"`); all
//! of these are equivalent to `"7"`.

use rolecall_core::transaction::context::IfMatch;

/// Version that no account has; stands for a well-formed tag that was not issued by this service.
const NO_VERSION: i64 = -1;
/// Codings that proxies append to a tag when they compress (Apache httpd, Jetty and others).
const CODINGS: &[&str] = &["gzip", "br", "zstd", "deflate"];

/// Returns the tag of a version.
pub fn of_version(version: i64) -> String {
    format!("\"{version}\"")
}

/// Parses `If-Match`; `None` if the header is malformed. A tag that was not issued by this service matches no version.
///
/// # Examples
///
/// ```
/// use rolecall_core::transaction::context::IfMatch;
/// use rolecall_wire::http::etag::if_match;
///
/// assert_eq!(if_match("\"7\", W/\"8-gzip\""), Some(IfMatch::Versions(vec![7, 8])));
/// assert_eq!(if_match("*"), Some(IfMatch::Any));
/// assert_eq!(if_match("7"), None);
/// ```
pub fn if_match(header: &str) -> Option<IfMatch> {
    if header.trim() == "*" {
        return Some(IfMatch::Any);
    }
    let tags = tags(header)?;
    let version = |tag: &str| {
        let text = without_coding(tag);
        text.parse::<i64>().ok().filter(|version| *version >= 0 && version.to_string() == text).unwrap_or(NO_VERSION)
    };
    (!tags.is_empty()).then(|| IfMatch::Versions(tags.into_iter().map(version).collect()))
}

/// Whether `If-None-Match` contains this tag, so that the response is 304.
pub fn if_none_match(header: &str, tag: &str) -> bool {
    let expected = tag.trim_start_matches("W/").trim_matches('"');
    header.trim() == "*" || tags(header).is_some_and(|tags| tags.into_iter().any(|tag| tag == expected || without_coding(tag) == expected))
}

/// Parses a list of weak or strong tags into their opaque values; `None` if malformed.
fn tags(header: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    let mut rest = header.trim();
    loop {
        // A list can have empty elements (RFC 9110 section 5.6.1.2).
        rest = rest.trim_start_matches([',', ' ', '\t']);
        if rest.is_empty() {
            return Some(found);
        }
        let (tag, after) = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"')?.split_once('"')?;
        found.push(tag);
        rest = after.trim_start_matches([' ', '\t']);
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
    }
}

fn without_coding(tag: &str) -> &str {
    let coded = CODINGS.iter().find_map(|coding| tag.strip_suffix(coding)?.strip_suffix(['-', ';']));
    coded.map_or(tag, |tag| tag.strip_suffix('-').unwrap_or(tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn versions(header: &str) -> Option<Vec<i64>> {
        match if_match(header)? {
            IfMatch::Versions(versions) => Some(versions),
            IfMatch::Any => panic!("{header} is no star"),
        }
    }

    #[test]
    fn issued_tags_are_parsed_in_all_forms_of_proxies_and_no_other_tag_matches() {
        for ours in [
            of_version(7).as_str(),
            "W/\"7\"",
            " \"7\" ",
            "\"7-gzip\"",
            "W/\"7-gzip\"",
            "\"7--gzip\"",
            "\"7;gzip\"",
            "\"7-br\"",
            "\"7-zstd\"",
        ] {
            assert_eq!(versions(ours), Some(vec![7]), "{ours}");
        }
        assert_eq!(if_match(" * "), Some(IfMatch::Any));
        for other in [
            "\"\"",
            "\"x\"",
            "\"07\"",
            "\"-1\"",
            "\"+7\"",
            "\"7-identity\"",
            "\"-gzip\"",
            "\"7 \"",
            "\"7-gzip-gzip\"",
            "\"99999999999999999999\"",
        ] {
            assert_eq!(versions(other), Some(vec![NO_VERSION]), "{other}");
        }
        for broken in ["", ",", "7", "\"7", "7\"", "\"a\"b\"", "w/\"7\"", "W/ \"7\"", "\"7\" \"8\"", "*, \"7\"", "\"7\", *", "'7'"] {
            assert_eq!(if_match(broken), None, "{broken}");
        }
    }

    #[test]
    fn every_tag_of_a_list_is_parsed() {
        assert_eq!(versions("\"7\", W/\"8\",\"a,b\" ,, \"9-gzip\""), Some(vec![7, 8, NO_VERSION, 9]));
    }

    #[test]
    fn a_current_tag_is_found_in_a_list() {
        for found in ["\"a\", W/\"b\"", "*", "\"b-gzip\"", "W/\"b\""] {
            assert!(if_none_match(found, "\"b\""), "{found}");
        }
        for other in ["\"a\"", "b", "\"a, b\"", "\"b", ""] {
            assert!(!if_none_match(other, "\"b\""), "{other}");
        }
        assert!(if_none_match("\"a-br\"", "\"a-br\""), "a tag that ends with a coding matches itself");
    }

    proptest! {
        #[test]
        fn parsing_any_header_does_not_panic_and_every_version_round_trips(header: String, version in 0_i64..i64::MAX) {
            let _ = (if_match(&header), if_none_match(&header, "\"1\""));
            prop_assert_eq!(versions(&of_version(version)), Some(vec![version]));
        }
    }
}
