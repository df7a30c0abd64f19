//! Percent-encoding of a component of a URL (RFC 3986 section 2.1).

use core::fmt::Write;

/// Encodes every byte but unreserved characters (RFC 3986 section 2.3), so the result fits into a path, a query and a form.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a `String` does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn all_but_unreserved_characters_are_encoded() {
        assert_eq!(encode("aZ09-._~"), "aZ09-._~");
        assert_eq!(encode("a b+c&d=e%/?#:@\n"), "a%20b%2Bc%26d%3De%25%2F%3F%23%3A%40%0A");
        assert_eq!(encode("é"), "%C3%A9");
    }

    proptest! {
        #[test]
        fn any_text_becomes_a_component_without_delimiters(text: String) {
            prop_assert!(encode(&text).bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)));
        }
    }
}
