//! Parsed documents and their values.

use crate::write::{utf16_before, write_integer, write_text};
use alloc::string::String;
use alloc::vec::Vec;

/// Parsed JSON text.
///
/// The values are one list in document order, each container before its content, and all strings are one buffer, for size and
/// speed.
#[derive(Clone, Debug, Default)]
pub struct Document {
    pub(crate) text: String,
    pub(crate) nodes: Vec<Node>,
}

/// Value in the list of a [`Document`].
#[derive(Copy, Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// Index after this value and its content.
    pub(crate) next: usize,
    /// Value of an integer, or [`span`] of a string.
    pub(crate) payload: i64,
}

/// Type of a value.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `null`.
    Null,
    /// `false`.
    False,
    /// `true`.
    True,
    /// Integer, with an absolute value of at most [`INTEGER_MAX`](crate::INTEGER_MAX).
    Integer,
    /// String.
    Text,
    /// Array.
    List,
    /// Object, with unique member names.
    Object,
}

/// Reference to a value in a document.
#[derive(Copy, Clone, Debug)]
pub struct Value<'d> {
    document: &'d Document,
    at: usize,
}

/// Start (lower 32 bits) and end (upper 32 bits) of a string in the buffer of a document. A 32-bit WebAssembly memory cannot hold a
/// longer text.
pub(crate) fn span(start: usize, end: usize) -> i64 {
    let half = |offset: usize| i64::from(u32::try_from(offset).unwrap_or(u32::MAX));
    half(start) | half(end) << 32
}

impl Document {
    /// Root value.
    pub fn root(&self) -> Value<'_> {
        Value { document: self, at: 0 }
    }

    /// String with the given [`span`].
    pub(crate) fn text_of(&self, span: i64) -> &str {
        let half = |number: i64| usize::try_from(number & 0xFFFF_FFFF).unwrap_or(0);
        self.text.get(half(span)..half(span >> 32)).unwrap_or("")
    }
}

/// Iterator over the content of a container in document order; names and values of an object alternate.
#[derive(Clone)]
pub(crate) struct Values<'d> {
    pub(crate) document: &'d Document,
    pub(crate) at: usize,
    pub(crate) end: usize,
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

    /// Type of the value.
    pub fn kind(self) -> Kind {
        self.node().map_or(Kind::Null, |node| node.kind)
    }

    /// Items of an array; empty for any other type.
    pub fn items(self) -> impl Iterator<Item = Value<'d>> {
        self.content_of(Kind::List)
    }

    /// Names and values of the members of an object in document order; empty for any other type.
    pub fn members(self) -> impl Iterator<Item = (&'d str, Value<'d>)> {
        let mut values = self.content_of(Kind::Object);
        core::iter::from_fn(move || Some((values.next()?.as_text()?, values.next()?)))
    }

    /// Content of a container of the given type; empty for any other type.
    fn content_of(self, kind: Kind) -> Values<'d> {
        let end = self.node().filter(|node| node.kind == kind).map_or(0, |node| node.next);
        Values { document: self.document, at: self.at + 1, end }
    }

    /// Looks up a member of an object.
    pub fn get(self, name: &str) -> Option<Value<'d>> {
        self.members().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// Text of a string; None for any other type.
    pub fn as_text(self) -> Option<&'d str> {
        let node = self.node()?;
        (node.kind == Kind::Text).then(|| self.document.text_of(node.payload))
    }

    /// Value of an integer; None for any other type.
    pub fn as_integer(self) -> Option<i64> {
        let node = self.node()?;
        (node.kind == Kind::Integer).then_some(node.payload)
    }

    /// Canonical form (RFC 8785): member names sorted by UTF-16 code units, no white space, shortest escapes.
    pub fn canonical(self) -> String {
        self.canonical_without(&[])
    }

    /// Like [`Value::canonical`], without the members of this object that have one of the names.
    pub fn canonical_without(self, names: &[&str]) -> String {
        let mut out = String::new();
        self.write(names, &mut out);
        out
    }

    /// Appends the canonical form.
    fn write(self, without: &[&str], out: &mut String) {
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
                    item.write(&[], out);
                }
                out.push_str(if before == "[" { "[]" } else { "]" });
            }
            Kind::Object => {
                // Selection sort: objects are small, and `sort` would double the size of this crate in WebAssembly.
                let mut last: Option<&str> = None;
                loop {
                    let mut least: Option<(&str, Value<'_>)> = None;
                    for (name, value) in self.members() {
                        let remains = last.is_none_or(|last| utf16_before(last, name)) && !without.contains(&name);
                        if remains && least.is_none_or(|(least, _)| utf16_before(name, least)) {
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
                    value.write(&[], out);
                }
                out.push_str(if last.is_none() { "{}" } else { "}" });
            }
        }
    }
}
