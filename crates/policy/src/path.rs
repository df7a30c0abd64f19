//! The one path normaliser: the same function decides what a request is matched as and what is forwarded.
//!
//! It never repairs. A path that two programs could read differently is refused (CWE-22, CWE-436), so that
//! matcher, gateway and upstream cannot disagree.

use crate::routes::segments;
use alloc::string::String;

/// Longest path in bytes: what proxies and servers commonly take as a whole address, so what is let through arrives.
pub const PATH_MAX: usize = 2048;

/// The path as it may be matched and forwarded; None where it is not plain.
///
/// Plain: begins with `/`, has no empty, `.` or `..` segment and no trailing slash (but for `/` itself), and
/// holds only unreserved characters, `:`, `@`, `!`, `$`, `&`, `'`, `(`, `)`, `*`, `+`, `,`, `=` (RFC 3986, without
/// `;`). A percent escape may stand only for a byte beyond ASCII, with upper-case digits, so that there is one
/// way to write each path. A query is not part of it.
pub fn normalise_path(raw: &str) -> Option<String> {
    is_plain(raw).then(|| String::from(raw))
}

/// Whether a path has one reading only.
pub(crate) fn is_plain(raw: &str) -> bool {
    raw == "/" || (raw.len() <= PATH_MAX && raw.starts_with('/') && segments(raw).all(is_plain_segment))
}

pub(crate) fn is_plain_segment(segment: &str) -> bool {
    if segment.is_empty() || segment.ends_with('.') || segment.starts_with("..") {
        return false;
    }
    let mut bytes = segment.bytes();
    let mut utf8 = Utf8::default();
    while let Some(byte) = bytes.next() {
        let fine = match byte {
            b'%' => {
                matches!((bytes.next(), bytes.next()), (Some(high), Some(low)) if escaped(high, low).is_some_and(|byte| utf8.take(byte)))
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => utf8.is_whole(),
            b'-' | b'.' | b'_' | b'~' | b':' | b'@' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b'=' => {
                utf8.is_whole()
            }
            _ => false,
        };
        if !fine {
            return false;
        }
    }
    utf8.is_whole()
}

/// The byte of an escape with upper-case digits, if it is beyond ASCII: never a separator, dot or control character.
fn escaped(high: u8, low: u8) -> Option<u8> {
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    };
    let byte = nibble(high)? << 4 | nibble(low)?;
    (byte >= 0x80).then_some(byte)
}

/// Whether escaped bytes are UTF-8: otherwise the next reader could guess another encoding. By hand, for its size.
#[derive(Default)]
struct Utf8 {
    /// Continuation bytes still to come.
    missing: u8,
    /// What the next one lies between; the first after E0, ED, F0 and F4 has less room.
    low: u8,
    high: u8,
}

impl Utf8 {
    fn is_whole(&self) -> bool {
        self.missing == 0
    }

    fn take(&mut self, byte: u8) -> bool {
        if self.missing > 0 {
            let fine = (self.low..=self.high).contains(&byte);
            self.missing -= 1;
            (self.low, self.high) = (0x80, 0xBF);
            return fine;
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
    fn plain_paths_pass_as_they_are() {
        for path in ["/", "/api/pods", "/api/pods/pod-1", "/api/a.b/c~d", "/api/pods/%C3%A9", "/api/x:y@z"] {
            assert_eq!(normalise_path(path).as_deref(), Some(path));
        }
    }

    #[test]
    fn paths_with_two_readings_are_refused() {
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
            assert_eq!(normalise_path(path), None, "{path}");
        }
    }

    proptest! {
        #[test]
        fn escapes_pass_if_and_only_if_they_are_utf8(bytes in proptest::collection::vec(prop_oneof![0x80_u8..=0xFF, Just(0xE0), Just(0xED), Just(0xF0), Just(0xF4), Just(0xBF), Just(b'a')], 1..8)) {
            let path: String = bytes.iter().fold(String::from("/"), |path, b| if *b == b'a' { path + "a" } else { path + &alloc::format!("%{b:02X}") });
            prop_assert_eq!(normalise_path(&path).is_some(), core::str::from_utf8(&bytes).is_ok(), "{}", path);
        }

        #[test]
        fn any_text_is_safe_to_ask_about(raw: String) {
            let _ = normalise_path(&raw);
        }

        #[test]
        fn it_never_changes_what_it_lets_through(raw in "(/[a-zA-Z0-9%./;\\\\é-]{0,6}){0,5}") {
            if let Some(path) = normalise_path(&raw) {
                prop_assert_eq!(&path, &raw);
                prop_assert!(!path.contains("//") && !path.contains("/.."));
            }
        }
    }
}
