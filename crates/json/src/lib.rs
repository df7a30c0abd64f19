//! A strict JSON reader and canonical writer, small enough to travel to the browser.
//!
//! In scope: what policies and audit events are made of: objects, lists, strings, whole numbers below 2^53,
//! booleans and null; duplicate names, fractions and deep nesting are refused. The writer gives the canonical
//! form of RFC 8785 for this subset. Out of scope: everything else; `wire` uses serde_json.
//!
//! Why not serde_json here: with it the browser engine weighs several times its size budget.
#![no_std]
#![allow(clippy::single_char_add_str, clippy::match_overlapping_arm, reason = "one way to append text weighs less in wasm than two")]

extern crate alloc;

mod write;

pub use write::{cut, push_escaped, push_hex_digit};
use write::{utf16_before, write_integer, write_text};

use alloc::string::String;
use alloc::vec::Vec;

/// Deepest nesting that is read: policies need 4, audit events 5.
pub const DEPTH_MAX: u8 = 16;
/// Whole numbers stay exact in JavaScript up to this.
pub const INTEGER_MAX: i64 = 9_007_199_254_740_991;

/// A JSON text that was read.
///
/// Kept flat, for size and speed: all strings stand one after another in one text, all values one after another in
/// one list, each before what it holds.
#[derive(Clone, Debug, Default)]
pub struct Document {
    text: String,
    nodes: Vec<Node>,
}

#[derive(Copy, Clone, Debug)]
struct Node {
    kind: Kind,
    /// The place behind this value and all that it holds.
    next: usize,
    /// Of a number, the number; of a text, its start and (32 bits higher) its end.
    payload: i64,
}

/// What a value is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `null`.
    Null,
    /// `false`.
    False,
    /// `true`.
    True,
    /// A whole number, at most 2^53 - 1 from zero.
    Integer,
    /// A string.
    Text,
    /// A list.
    List,
    /// Names and values; names are unique.
    Object,
}

/// A value in a document.
#[derive(Copy, Clone, Debug)]
pub struct Value<'d> {
    document: &'d Document,
    at: usize,
}

/// Where reading stopped, in bytes from the start, and why.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct JsonError {
    /// Bytes read before.
    pub offset: usize,
    /// Lower-case words.
    pub reason: &'static str,
}

struct Reader<'a> {
    input: &'a str,
    at: usize,
    /// Why reading stopped, once it did: kept here, so that results stay small on their way up.
    reason: &'static str,
    document: Document,
}

/// Reads one value and nothing after it.
pub fn parse(json: &str) -> Result<Document, JsonError> {
    let mut reader = Reader { input: json, at: 0, reason: "", document: Document::default() };
    let done = reader.value(0).is_some();
    reader.space();
    if done && reader.at == json.len() {
        return Ok(reader.document);
    }
    Err(JsonError { offset: reader.at, reason: if done { "more text after the value" } else { reader.reason } })
}

impl Reader<'_> {
    fn fail<T>(&mut self, reason: &'static str) -> Option<T> {
        if self.reason.is_empty() {
            self.reason = reason;
        }
        None
    }

    /// The next byte; zero at the end, which no value holds.
    fn peek(&self) -> u8 {
        self.input.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn take(&mut self) -> u8 {
        let byte = self.peek();
        self.at += usize::from(byte != 0);
        byte
    }

    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    /// Takes this word, or fails.
    fn word(&mut self, word: &'static str) -> Option<()> {
        for byte in word.bytes() {
            if self.peek() != byte {
                return self.fail("something else was expected");
            }
            self.at += 1;
        }
        Some(())
    }

    fn value(&mut self, depth: u8) -> Option<()> {
        if depth > DEPTH_MAX {
            return self.fail("nested too deeply");
        }
        self.space();
        let place = self.push(Kind::Null, 0);
        let kind = match self.peek() {
            open @ (b'{' | b'[') => {
                let object = open == b'{';
                let mut first = true;
                while self.more(first, if object { b'}' } else { b']' })? {
                    first = false;
                    if object {
                        self.name(place)?;
                    }
                    self.value(depth + 1)?;
                }
                if object { Kind::Object } else { Kind::List }
            }
            b'"' => {
                let text = self.text()?;
                self.set(place, text);
                Kind::Text
            }
            b't' => {
                self.word("true")?;
                Kind::True
            }
            b'f' => {
                self.word("false")?;
                Kind::False
            }
            b'n' => {
                self.word("null")?;
                Kind::Null
            }
            _ => {
                let number = self.integer()?;
                self.set(place, number);
                Kind::Integer
            }
        };
        let next = self.document.nodes.len();
        let node = self.document.nodes.get_mut(place)?;
        (node.kind, node.next) = (kind, next);
        Some(())
    }

    fn push(&mut self, kind: Kind, payload: i64) -> usize {
        let place = self.document.nodes.len();
        self.document.nodes.push(Node { kind, next: place + 1, payload });
        place
    }

    fn set(&mut self, place: usize, payload: i64) {
        if let Some(node) = self.document.nodes.get_mut(place) {
            node.payload = payload;
        }
    }

    /// Takes the next member's name and the colon; the object itself stands at `object`.
    fn name(&mut self, object: usize) -> Option<()> {
        self.space();
        let text = self.text()?;
        let mut names = Values { document: &self.document, at: object + 1, end: self.document.nodes.len() };
        let name = self.document.text_of(text);
        // Names and values take turns.
        while let Some(other) = names.next() {
            if other.as_text() == Some(name) {
                return self.fail("a name stands twice");
            }
            names.next();
        }
        self.push(Kind::Text, text);
        self.space();
        self.word(":")
    }

    /// Takes the opening bracket or a comma (or the closing bracket); answers whether an item follows.
    fn more(&mut self, first: bool, end: u8) -> Option<bool> {
        if first {
            self.at += 1;
        }
        self.space();
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

    /// Takes a string; answers where its text stands.
    fn text(&mut self) -> Option<i64> {
        self.word("\"")?;
        let start = self.document.text.len();
        loop {
            let from = self.at;
            while self.peek() >= 0x20 && !matches!(self.peek(), b'"' | b'\\') {
                self.at += 1;
            }
            self.document.text.push_str(self.input.get(from..self.at).unwrap_or(""));
            match self.take() {
                b'"' => return Some(span(start, self.document.text.len())),
                b'\\' => {
                    let c = self.escape()?;
                    self.document.text.push(c);
                }
                _ => return self.fail("a string that does not end, or a control character in it"),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        Some(match self.take() {
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut code = self.hex()?;
                if code >> 10 == 0x36 {
                    self.word("\\u")?;
                    // Without its second half it stays a surrogate, which is refused below.
                    let second = self.hex()?;
                    code = if second >> 10 == 0x37 { 0x10000 + ((code & 0x3FF) << 10) + (second & 0x3FF) } else { code };
                }
                match char::from_u32(code) {
                    Some(c) => c,
                    None => return self.fail("half of a surrogate pair"),
                }
            }
            _ => return self.fail("an unknown escape"),
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let mut code = 0;
        for _ in 0..4 {
            match char::from(self.take()).to_digit(16) {
                Some(digit) => code = code << 4 | digit,
                None => return self.fail("four hex digits were expected"),
            }
        }
        Some(code)
    }
}

/// Start and end of a text in one number; texts are far shorter than 2 GiB, which wasm cannot hold twice.
fn span(start: usize, end: usize) -> i64 {
    let half = |place: usize| i64::from(u32::try_from(place).unwrap_or(u32::MAX));
    half(start) | half(end) << 32
}

impl Document {
    /// The outermost value.
    pub fn root(&self) -> Value<'_> {
        Value { document: self, at: 0 }
    }

    fn text_of(&self, span: i64) -> &str {
        let half = |number: i64| usize::try_from(number & 0xFFFF_FFFF).unwrap_or(0);
        self.text.get(half(span)..half(span >> 32)).unwrap_or("")
    }
}

/// Values that stand in another one, in the order read; of an object, names and values take turns.
#[derive(Clone)]
struct Values<'d> {
    document: &'d Document,
    at: usize,
    end: usize,
}

impl<'d> Iterator for Values<'d> {
    type Item = Value<'d>;

    fn next(&mut self) -> Option<Value<'d>> {
        let value = Value { document: self.document, at: self.at };
        if self.at >= self.end {
            return None;
        }
        self.at = value.node()?.next;
        Some(value)
    }
}

impl<'d> Value<'d> {
    fn node(self) -> Option<&'d Node> {
        self.document.nodes.get(self.at)
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        self.node().map_or(Kind::Null, |node| node.kind)
    }

    /// The values of a list; nothing for anything else.
    pub fn items(self) -> impl Iterator<Item = Value<'d>> {
        self.within(Kind::List)
    }

    /// Names and values of an object, in the order read; nothing for anything else.
    pub fn members(self) -> impl Iterator<Item = (&'d str, Value<'d>)> {
        let mut values = self.within(Kind::Object);
        core::iter::from_fn(move || Some((values.next()?.as_text()?, values.next()?)))
    }

    fn within(self, kind: Kind) -> Values<'d> {
        let end = self.node().filter(|node| node.kind == kind).map_or(0, |node| node.next);
        Values { document: self.document, at: self.at + 1, end }
    }

    /// The member of an object by its name.
    pub fn get(self, name: &str) -> Option<Value<'d>> {
        self.members().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// The text, if it is one.
    pub fn as_text(self) -> Option<&'d str> {
        let node = self.node()?;
        (node.kind == Kind::Text).then(|| self.document.text_of(node.payload))
    }

    /// The whole number, if it is one.
    pub fn as_integer(self) -> Option<i64> {
        let node = self.node()?;
        (node.kind == Kind::Integer).then_some(node.payload)
    }

    /// The canonical form of RFC 8785: names sorted by UTF-16 units, no white space, shortest escapes.
    pub fn canonical(self) -> String {
        self.canonical_without("")
    }

    /// The same, with one member of the outermost object left out.
    pub fn canonical_without(self, name: &str) -> String {
        let mut out = String::new();
        self.write(name, &mut out);
        out
    }

    fn write(self, without: &str, out: &mut String) {
        match self.kind() {
            Kind::Null => out.push_str("null"),
            Kind::True => out.push_str("true"),
            Kind::False => out.push_str("false"),
            Kind::Integer => write_integer(self.as_integer().unwrap_or(0), out),
            Kind::Text => write_text(self.as_text().unwrap_or(""), out),
            Kind::List => {
                let mut before = "[";
                for item in self.items() {
                    out.push_str(before);
                    before = ",";
                    item.write("", out);
                }
                out.push_str(if before == "[" { "[]" } else { "]" });
            }
            Kind::Object => {
                // Always the least name that is left: objects are small, and a sort weighs as much as the reader.
                let mut last: Option<&str> = None;
                loop {
                    let mut least: Option<(&str, Value<'_>)> = None;
                    for (name, value) in self.members() {
                        let left = last.is_none_or(|last| utf16_before(last, name)) && (without.is_empty() || name != without);
                        if left && least.is_none_or(|(least, _)| utf16_before(name, least)) {
                            least = Some((name, value));
                        }
                    }
                    let Some((name, value)) = least else {
                        break;
                    };
                    out.push_str(if last.is_none() { "{" } else { "," });
                    last = Some(name);
                    write_text(name, out);
                    out.push_str(":");
                    value.write("", out);
                }
                out.push_str(if last.is_none() { "{}" } else { "}" });
            }
        }
    }
}

#[cfg(test)]
mod tests;
