//! Parser of JSON texts.

use crate::document::{Document, Kind, Node, Values, span};
use core::fmt;

/// Maximum nesting depth. Policies need 4, audit events 5.
pub const DEPTH_MAX: u8 = 16;
/// Maximum absolute value of an integer: 2^53 - 1, the limit of exact integers in JavaScript (RFC 8259 section 6).
pub const INTEGER_MAX: i64 = 9_007_199_254_740_991;

/// Error of [`parse`].
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct JsonError {
    /// Offset of the error in bytes.
    pub offset: usize,
    /// Description of the error in lower case, for people.
    pub reason: &'static str,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.reason, self.offset)
    }
}

impl core::error::Error for JsonError {}

/// State of the parser.
struct Parser<'a> {
    input: &'a str,
    at: usize,
    /// Reason of the first error, stored here to keep the results of the methods small; empty before an error.
    reason: &'static str,
    document: Document,
}

/// Parses a JSON text.
///
/// # Errors
/// [`JsonError`] if the text is not JSON (RFC 8259), has a duplicate member name, a number other than an integer of at most
/// [`INTEGER_MAX`], an unpaired surrogate, or values nested deeper than [`DEPTH_MAX`].
///
/// # Examples
/// ```
/// let document = rolecall_json::parse(r#"{"b": [1, true], "a": "x"}"#)?;
/// let root = document.root();
/// assert_eq!(root.get("a").and_then(|value| value.as_text()), Some("x"));
/// assert_eq!(root.canonical(), r#"{"a":"x","b":[1,true]}"#);
///
/// let error = rolecall_json::parse(r#"{"a": 1, "a": 2}"#).unwrap_err();
/// assert_eq!(error.reason, "a duplicate name");
/// # Ok::<(), rolecall_json::JsonError>(())
/// ```
pub fn parse(json: &str) -> Result<Document, JsonError> {
    let mut parser = Parser { input: json, at: 0, reason: "", document: Document::default() };
    let done = parser.value(0).is_some();
    parser.skip_whitespace();
    if done && parser.at == json.len() {
        return Ok(parser.document);
    }
    Err(JsonError { offset: parser.at, reason: if done { "more text after the value" } else { parser.reason } })
}

impl Parser<'_> {
    /// Records the reason of the first error.
    fn fail<T>(&mut self, reason: &'static str) -> Option<T> {
        if self.reason.is_empty() {
            self.reason = reason;
        }
        None
    }

    /// Next byte; zero at the end, which no JSON text contains.
    fn peek(&self) -> u8 {
        self.input.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    /// Consumes the next byte.
    fn next_byte(&mut self) -> u8 {
        let byte = self.peek();
        self.at += usize::from(byte != 0);
        byte
    }

    fn skip_whitespace(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    /// Consumes the given text.
    fn expect(&mut self, text: &'static str) -> Option<()> {
        for byte in text.bytes() {
            if self.peek() != byte {
                return self.fail("something else was expected");
            }
            self.at += 1;
        }
        Some(())
    }

    /// Parses a value and appends it to the document.
    fn value(&mut self, depth: u8) -> Option<()> {
        if depth > DEPTH_MAX {
            return self.fail("nested too deeply");
        }
        self.skip_whitespace();
        let index = self.push(Kind::Null, 0);
        let kind = match self.peek() {
            open @ (b'{' | b'[') => {
                let object = open == b'{';
                let mut first = true;
                while self.has_next_item(first, if object { b'}' } else { b']' })? {
                    first = false;
                    if object {
                        self.member_name(index)?;
                    }
                    self.value(depth + 1)?;
                }
                if object { Kind::Object } else { Kind::List }
            }
            b'"' => {
                let text = self.string()?;
                self.set_payload(index, text);
                Kind::Text
            }
            b't' => {
                self.expect("true")?;
                Kind::True
            }
            b'f' => {
                self.expect("false")?;
                Kind::False
            }
            b'n' => {
                self.expect("null")?;
                Kind::Null
            }
            _ => {
                let number = self.integer()?;
                self.set_payload(index, number);
                Kind::Integer
            }
        };
        let next = self.document.nodes.len();
        let node = self.document.nodes.get_mut(index)?;
        (node.kind, node.next) = (kind, next);
        Some(())
    }

    /// Appends a value without content; returns its index.
    fn push(&mut self, kind: Kind, payload: i64) -> usize {
        let index = self.document.nodes.len();
        self.document.nodes.push(Node { kind, next: index + 1, payload });
        index
    }

    fn set_payload(&mut self, index: usize, payload: i64) {
        if let Some(node) = self.document.nodes.get_mut(index) {
            node.payload = payload;
        }
    }

    /// Parses a member name and the colon; `object` is the index of the object.
    fn member_name(&mut self, object: usize) -> Option<()> {
        self.skip_whitespace();
        let text = self.string()?;
        let mut names = Values { document: &self.document, at: object + 1, end: self.document.nodes.len() };
        let name = self.document.text_of(text);
        // Names and values alternate.
        while let Some(other) = names.next() {
            if other.as_text() == Some(name) {
                return self.fail("a duplicate name");
            }
            names.next();
        }
        self.push(Kind::Text, text);
        self.skip_whitespace();
        self.expect(":")
    }

    /// Consumes the opening bracket before the first item, the comma before any other, or the closing bracket. Returns whether an item
    /// follows.
    fn has_next_item(&mut self, first: bool, end: u8) -> Option<bool> {
        if first {
            self.at += 1;
        }
        self.skip_whitespace();
        match self.peek() {
            byte if byte == end => {
                self.at += 1;
                Some(false)
            }
            b',' if !first => {
                self.at += 1;
                Some(true)
            }
            _ if first => Some(true),
            _ => self.fail("a comma or the end was expected"),
        }
    }

    /// Parses an integer.
    fn integer(&mut self) -> Option<i64> {
        let negative = self.peek() == b'-';
        self.at += usize::from(negative);
        let zero = self.peek() == b'0';
        let first = self.at;
        let mut number: i64 = 0;
        while let digit @ b'0'..=b'9' = self.peek() {
            number = number * 10 + i64::from(digit - b'0');
            if number > INTEGER_MAX {
                return self.fail("a number beyond 2^53");
            }
            self.at += 1;
        }
        let digits = self.at - first;
        if digits == 0 || (zero && (digits > 1 || negative)) || matches!(self.peek(), b'.' | b'e' | b'E') {
            return self.fail("not a value, or not a whole number");
        }
        Some(if negative { -number } else { number })
    }

    /// Parses a string; returns its [`span`] in the buffer.
    fn string(&mut self) -> Option<i64> {
        self.expect("\"")?;
        let start = self.document.text.len();
        loop {
            let from = self.at;
            while self.peek() >= 0x20 && !matches!(self.peek(), b'"' | b'\\') {
                self.at += 1;
            }
            self.document.text.push_str(self.input.get(from..self.at).unwrap_or(""));
            match self.next_byte() {
                b'"' => return Some(span(start, self.document.text.len())),
                b'\\' => {
                    let c = self.escape()?;
                    self.document.text.push(c);
                }
                _ => return self.fail("a string that does not end, or a control character in it"),
            }
        }
    }

    /// Parses an escape sequence after its backslash.
    fn escape(&mut self) -> Option<char> {
        Some(match self.next_byte() {
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut code = self.hex()?;
                if code >> 10 == 0x36 {
                    self.expect("\\u")?;
                    // Without a low surrogate the code stays a high surrogate, which `char::from_u32` rejects.
                    let low = self.hex()?;
                    code = if low >> 10 == 0x37 { 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF) } else { code };
                }
                match char::from_u32(code) {
                    Some(c) => c,
                    None => return self.fail("half of a surrogate pair"),
                }
            }
            _ => return self.fail("an unknown escape"),
        })
    }

    /// Parses four hex digits.
    fn hex(&mut self) -> Option<u32> {
        let mut code = 0;
        for _ in 0..4 {
            match char::from(self.next_byte()).to_digit(16) {
                Some(digit) => code = code << 4 | digit,
                None => return self.fail("four hex digits were expected"),
            }
        }
        Some(code)
    }
}
