//! Codes as people type or paste them: separators and digits of other scripts are accepted, anything else is not.

/// Longest text in bytes that is looked at: several times the longest code with separators.
const TYPED_MAX: usize = 64;
/// The zeros of the decimal digits of keyboards and input methods: ASCII, Arabic, Persian, full-width.
const ZEROS: [char; 4] = ['0', '\u{660}', '\u{6f0}', '\u{ff10}'];

/// The characters of a text without separators: white space, hyphens and dashes, and the marks that copying adds. None for a text
/// over 64 bytes.
pub(crate) fn without_separators(text: &str) -> Option<impl Iterator<Item = char> + '_> {
    (text.len() <= TYPED_MAX).then(|| text.chars().filter(|c| !is_separator(*c)))
}

/// Parses a code of exactly `N` decimal digits into ASCII digits; None for any other text.
pub(crate) fn digits<const N: usize>(text: &str) -> Option<[u8; N]> {
    without_separators(text)?.map(ascii_digit).collect::<Option<Vec<u8>>>()?.try_into().ok()
}

fn is_separator(c: char) -> bool {
    let is_dash = matches!(c, '-' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}');
    // Zero-width and direction marks, and the byte order mark.
    let is_mark = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    c.is_whitespace() || is_dash || is_mark
}

fn ascii_digit(c: char) -> Option<u8> {
    let value = |zero: char| u32::from(c).checked_sub(u32::from(zero)).and_then(|value| u8::try_from(value).ok());
    ZEROS.iter().filter_map(|zero| value(*zero)).find(|value| *value <= 9).map(|value| b'0' + value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn separators_and_digits_of_other_scripts_are_normalised() {
        for text in [
            "123456",
            "123 456",
            " 123-456\n",
            "1–2—3 4\u{a0}5\u{2009}6",
            "\u{200e}123456\u{200b}",
            "１２３４５６",
            "١٢٣٤٥٦",
            "۱۲۳۴۵۶",
            "１２３　４５６",
        ] {
            assert_eq!(digits::<6>(text), Some(*b"123456"), "{text:?}");
        }
        assert_eq!(digits::<2>("٠٩"), Some(*b"09"));
    }

    #[test]
    fn other_texts_are_no_code() {
        for text in ["", "12345", "1234567", "12345a", "123.456", "+123456", "12345\u{661f}", "１２３４５：", "12345/", "１２３４５／"]
        {
            assert_eq!(digits::<6>(text), None, "{text:?}");
        }
        let padded = |spaces: usize| format!("{}123456", " ".repeat(spaces));
        assert!(digits::<6>(&padded(TYPED_MAX - 6)).is_some());
        assert_eq!(digits::<6>(&padded(TYPED_MAX - 5)), None);
    }

    proptest! {
        #[test]
        fn any_text_has_ascii_digits_or_none_and_does_not_panic(text: String) {
            if let Some(code) = digits::<6>(&text) {
                prop_assert!(code.iter().all(u8::is_ascii_digit));
            }
        }
    }
}
