//! Versions as entity tags (RFC 9110, 8.8.3 and 13.1).

/// A version that no account has: what a well-formed tag that is not one of ours stands for.
const NO_VERSION: i64 = -1;

/// The tag of an account's version.
pub fn of_version(version: i64) -> String {
    format!("\"{version}\"")
}

/// What `If-Match` demands: a version, or nothing for `*`. None: the header cannot be read.
///
/// A weak tag never matches, and neither does one that we did not make.
pub fn if_match(header: &str) -> Option<Option<i64>> {
    let header = header.trim();
    if header == "*" {
        return Some(None);
    }
    let weak = header.starts_with("W/");
    let tag = header.strip_prefix("W/").unwrap_or(header).strip_prefix('"')?.strip_suffix('"')?;
    if tag.contains(['"', ',']) {
        return None;
    }
    let version = tag.parse::<i64>().ok().filter(|version| !weak && *version >= 0 && version.to_string() == tag);
    Some(Some(version.unwrap_or(NO_VERSION)))
}

/// Whether `If-None-Match` holds this tag, so that the body need not be sent again.
pub fn if_none_match(header: &str, tag: &str) -> bool {
    header.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_of_ours_is_read_back_and_nothing_else_matches() {
        assert_eq!(if_match(&of_version(7)), Some(Some(7)));
        assert_eq!(if_match("*"), Some(None));
        for other in ["\"\"", "\"x\"", "\"07\"", "\"-1\"", "\"+7\"", "W/\"7\""] {
            assert_eq!(if_match(other), Some(Some(NO_VERSION)), "{other}");
        }
        for broken in ["", "7", "\"7", "7\"", "\"7\", \"8\"", "\"a\"b\""] {
            assert_eq!(if_match(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_known_tag_is_found_in_a_list() {
        assert!(if_none_match("\"a\", W/\"b\"", "\"b\""));
        assert!(if_none_match("*", "\"b\""));
        assert!(!if_none_match("\"a\"", "\"b\""));
    }
}
