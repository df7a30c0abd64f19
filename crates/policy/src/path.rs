//! Path validation, shared by route matching and by the gateway's forwarding.
//!
//! Paths are never repaired: a path that two programs could interpret differently is rejected (CWE-22, CWE-436), so that matcher,
//! gateway and upstream cannot disagree.

use crate::path_segments::segments;
use alloc::string::String;

/// Maximum length of a path in bytes, within the limit of common proxies and servers for a whole URL.
pub const PATH_MAX: usize = 2048;

/// Returns the path unchanged if it is plain, else None.
///
/// A plain path begins with `/`, has at most [`PATH_MAX`] bytes, no empty segment and no trailing slash (except `/` itself), no
/// segment that ends with `.` or begins with `..`, and consists of unreserved characters and `:@!$&'()*+,=` (RFC 3986, without
/// `;`). Percent-encoding is allowed for valid UTF-8 beyond ASCII only, with upper-case digits, so that each path has exactly one
/// form. A query is not part of a path.
pub fn validate_path(raw: &str) -> Option<String> {
    is_plain(raw).then(|| String::from(raw))
}

/// Returns whether a path is plain; see [`validate_path`].
pub(crate) fn is_plain(raw: &str) -> bool {
    raw == "/" || (raw.len() <= PATH_MAX && raw.starts_with('/') && segments(raw).all(is_plain_segment))
}

/// Returns whether a segment may occur in a plain path.
pub(crate) fn is_plain_segment(segment: &str) -> bool {
    if segment.is_empty() || segment.ends_with('.') || segment.starts_with("..") {
        return false;
    }
    let mut bytes = segment.bytes();
    let mut utf8 = Utf8::default();
    while let Some(byte) = bytes.next() {
        let valid = match byte {
            b'%' => {
                matches!((bytes.next(), bytes.next()), (Some(high), Some(low)) if decode_escape(high, low).is_some_and(|byte| utf8.accept(byte)))
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => utf8.is_complete(),
            b'-' | b'.' | b'_' | b'~' | b':' | b'@' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b'=' => {
                utf8.is_complete()
            }
            _ => false,
        };
        if !valid {
            return false;
        }
    }
    utf8.is_complete()
}

/// Byte of a percent-encoding with upper-case digits, if it is beyond ASCII and thus no separator, dot or control character.
fn decode_escape(high: u8, low: u8) -> Option<u8> {
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    };
    let byte = nibble(high)? << 4 | nibble(low)?;
    (byte >= 0x80).then_some(byte)
}

/// Incremental UTF-8 validator for percent-encoded bytes, smaller in WebAssembly than `core::str::from_utf8`.
#[derive(Default)]
struct Utf8 {
    /// Number of missing continuation bytes.
    missing: u8,
    /// Range of the next continuation byte, which is narrower after E0, ED, F0 and F4.
    low: u8,
    high: u8,
}

impl Utf8 {
    /// Returns whether no character is incomplete.
    fn is_complete(&self) -> bool {
        self.missing == 0
    }

    /// Adds a byte; returns whether it is valid at this position.
    fn accept(&mut self, byte: u8) -> bool {
        if self.missing > 0 {
            let valid = (self.low..=self.high).contains(&byte);
            self.missing -= 1;
            (self.low, self.high) = (0x80, 0xBF);
            return valid;
        }
        (self.missing, self.low, self.high) = match byte {
            0xC2..=0xDF => (1, 0x80, 0xBF),
            0xE0 => (2, 0xA0, 0xBF),
            0xED => (2, 0x80, 0x9F),
            0xE1..=0xEF => (2, 0x80, 0xBF),
            0xF0 => (3, 0x90, 0xBF),
            0xF4 => (3, 0x80, 0x8F),
            0xF1..=0xF3 => (3, 0x80, 0xBF),
            _ => return false,
        };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_paths_are_unchanged() {
        for path in ["/", "/api/pods", "/api/pods/pod-1", "/api/a.b/c~d", "/api/pods/%C3%A9", "/api/x:y@z"] {
            assert_eq!(validate_path(path).as_deref(), Some(path));
        }
    }

    #[test]
    fn ambiguous_paths_are_rejected() {
        for path in [
            "",
            "api",
            "//api",
            "/api//pods",
            "/api/pods/",
            "/api/./pods",
            "/api/../pods",
            "/api/..",
            "/api/pods.",
            "/api/...",
            "/api%2Fpods",
            "/api/%2e%2e/pods",
            "/api/%2E",
            "/api/pods;x=1",
            "/api/pods%00",
            "/api/pods%0d",
            "/api\\pods",
            "/api/p ds",
            "/api/é",
            "/api/%c3%a9",
            "/api/%C3",
            "/api/%41",
            "/api/%",
            "/api/%4",
            "/api/pods?x",
            "/api/pods#x",
            "/api/\u{7f}",
            "/api/..;/pods",
        ] {
            assert_eq!(validate_path(path), None, "{path}");
        }
    }

    #[test]
    fn a_path_has_at_most_2048_bytes() {
        let path = |length: usize| validate_path(&alloc::format!("/{}", "a".repeat(length - 1))).is_some();
        assert!(path(PATH_MAX) && !path(PATH_MAX + 1));
    }

    proptest! {
        #[test]
        fn percent_encodings_are_valid_if_and_only_if_they_are_utf8(bytes in proptest::collection::vec(prop_oneof![0x80_u8..=0xFF, Just(0xE0), Just(0xED), Just(0xF0), Just(0xF4), Just(0xBF), Just(b'a')], 1..8)) {
            let path: String = bytes.iter().fold(String::from("/"), |path, b| if *b == b'a' { path + "a" } else { path + &alloc::format!("%{b:02X}") });
            prop_assert_eq!(validate_path(&path).is_some(), core::str::from_utf8(&bytes).is_ok(), "{}", path);
        }

        #[test]
        fn arbitrary_text_never_panics(raw: String) {
            let _ = validate_path(&raw);
        }

        #[test]
        fn an_accepted_path_is_unchanged_and_has_no_empty_or_parent_segment(raw in "(/[a-zA-Z0-9%./;\\\\é-]{0,6}){0,5}") {
            if let Some(path) = validate_path(&raw) {
                prop_assert_eq!(&path, &raw);
                prop_assert!(!path.contains("//") && !path.contains("/.."));
            }
        }
    }
}
