//! Versions as entity tags (RFC 9110, 8.8.3 and 13.1).
//!
//! A tag of ours names a version, not bytes, so whatever a proxy on the way makes of it names the same: one that compresses
//! makes it weak (`W/"7"`) or adds its coding (`"7-gzip"`). All of these are `"7"`.

use rolecall_core::transaction::context::IfMatch;

/// A version that no account has: what a well-formed tag that is not one of ours stands for.
const NO_VERSION: i64 = -1;
/// What proxies put at the end of a tag when they compress (Apache httpd, Jetty and others).
const CODINGS: &[&str] = &["gzip", "br", "zstd", "deflate"];

/// The tag of an account's version.
pub fn of_version(version: i64) -> String {
    format!("\"{version}\"")
}

/// What `If-Match` demands. None: the header cannot be read.
///
/// A tag that we did not make matches nothing.
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

/// Whether `If-None-Match` holds this tag, so that the body need not be sent again.
pub fn if_none_match(header: &str, tag: &str) -> bool {
    let own = tag.trim_start_matches("W/").trim_matches('"');
    header.trim() == "*" || tags(header).is_some_and(|tags| tags.into_iter().any(|tag| tag == own || without_coding(tag) == own))
}

/// The texts between the quotes of a list of tags, weak or not; None where it is no such list.
fn tags(header: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    let mut rest = header.trim();
    loop {
        // A list may have empty elements (RFC 9110 section 5.6.1.2).
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
    fn a_tag_of_ours_is_read_back_whatever_a_proxy_made_of_it_and_nothing_else_matches() {
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
    fn any_tag_of_a_list_will_do() {
        assert_eq!(versions("\"7\", W/\"8\",\"a,b\" ,, \"9-gzip\""), Some(vec![7, 8, NO_VERSION, 9]));
    }

    #[test]
    fn a_known_tag_is_found_in_a_list() {
        for found in ["\"a\", W/\"b\"", "*", "\"b-gzip\"", "W/\"b\""] {
            assert!(if_none_match(found, "\"b\""), "{found}");
        }
        for other in ["\"a\"", "b", "\"a, b\"", "\"b", ""] {
            assert!(!if_none_match(other, "\"b\""), "{other}");
        }
        assert!(if_none_match("\"a-br\"", "\"a-br\""), "a tag that ends like a coding is still itself");
    }

    proptest! {
        #[test]
        fn any_header_is_safe_to_read_and_every_version_comes_back(header: String, version in 0_i64..i64::MAX) {
            let _ = (if_match(&header), if_none_match(&header, "\"1\""));
            prop_assert_eq!(versions(&of_version(version)), Some(vec![version]));
        }
    }
}
