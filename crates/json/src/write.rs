//! Serialization of strings and integers in canonical form, without the formatting machinery of `core::fmt`.

use alloc::string::String;

/// Returns whether a text sorts before another by UTF-16 code units (RFC 8785 section 3.2.3). That order equals the order of UTF-8
/// bytes, except that code points beyond U+FFFF (F0 to F4 in UTF-8) sort before U+E000 to U+FFFF (EE, EF).
#[inline(never)]
pub(crate) fn utf16_before(a: &str, b: &str) -> bool {
    let key = |byte: u8| if matches!(byte, 0xEE | 0xEF) { byte + 0x10 } else { byte };
    a.bytes().map(key).lt(b.bytes().map(key))
}

/// Appends an integer in decimal. `core::fmt` would double the size of the browser engine.
pub fn write_integer(number: i64, out: &mut String) {
    if number < 0 {
        out.push_str("-");
    }
    let rest = number.unsigned_abs();
    if rest >= 10 {
        write_integer((rest / 10).cast_signed(), out);
    }
    push_hex_digit((rest % 10).to_le_bytes()[0], out);
}

/// Appends the lower-case hex digit of the lower four bits of a byte.
pub fn push_hex_digit(value: u8, out: &mut String) {
    let at = usize::from(value & 15);
    out.push_str("0123456789abcdef".get(at..at + 1).unwrap_or(""));
}

/// Appends a string with quotes and the shortest escapes (RFC 8785 section 3.2.2.2).
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

/// Appends a text in which each byte with a non-empty `escape` is replaced by it. An escape of five bytes is completed with the lower
/// hex digit of the byte. `escape` must be empty for bytes beyond ASCII.
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

/// Splits a text at the first occurrence of an ASCII character. The second part is None if the character does not occur.
#[inline(never)]
pub fn split_at_first(text: &str, separator: u8) -> (&str, Option<&str>) {
    match text.bytes().position(|byte| byte == separator) {
        Some(index) => (text.get(..index).unwrap_or(""), text.get(index + 1..)),
        None => (text, None),
    }
}
