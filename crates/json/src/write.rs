//! Writing texts and numbers in the canonical form, without the formatting machinery.

use alloc::string::String;

/// Whether one text comes before another in the order of the UTF-16 units, where code points beyond U+FFFF
/// (F0 to F4 in UTF-8) come before U+E000 (EE, EF).
#[inline(never)]
pub(crate) fn utf16_before(a: &str, b: &str) -> bool {
    let key = |byte: u8| if matches!(byte, 0xEE | 0xEF) { byte + 0x10 } else { byte };
    a.bytes().map(key).lt(b.bytes().map(key))
}

/// Digits by hand: the formatting machinery would double the engine.
pub(crate) fn write_integer(number: i64, out: &mut String) {
    if number < 0 {
        out.push_str("-");
    }
    let rest = number.unsigned_abs();
    if rest >= 10 {
        write_integer((rest / 10).cast_signed(), out);
    }
    push_hex_digit((rest % 10).to_le_bytes()[0], out);
}

/// The lower-case hex digit of the low half of a byte.
pub fn push_hex_digit(value: u8, out: &mut String) {
    let at = usize::from(value & 15);
    out.push_str("0123456789abcdef".get(at..at + 1).unwrap_or(""));
}

pub(crate) fn write_text(text: &str, out: &mut String) {
    out.push_str("\"");
    push_escaped(text, out, |byte| match byte {
        b'"' => "\\\"",
        b'\\' => "\\\\",
        0x8 => "\\b",
        0xC => "\\f",
        b'\n' => "\\n",
        b'\r' => "\\r",
        b'\t' => "\\t",
        ..0x10 => "\\u000",
        ..0x20 => "\\u001",
        _ => "",
    });
    out.push_str("\"");
}

/// A text with an escape for each ASCII character that has one; escapes of five characters get the last hex digit.
#[inline(never)]
pub fn push_escaped(text: &str, out: &mut String, escape: fn(u8) -> &'static str) {
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = escape(byte);
        if !escape.is_empty() {
            out.push_str(text.get(from..at).unwrap_or(""));
            out.push_str(escape);
            if escape.len() == 5 {
                push_hex_digit(byte, out);
            }
            from = at + 1;
        }
    }
    out.push_str(text.get(from..).unwrap_or(""));
}

/// The text before the first such ASCII character, and the text after it, if there is one.
#[inline(never)]
pub fn cut(text: &str, at: u8) -> (&str, Option<&str>) {
    match text.bytes().position(|byte| byte == at) {
        Some(place) => (text.get(..place).unwrap_or(""), text.get(place + 1..)),
        None => (text, None),
    }
}
