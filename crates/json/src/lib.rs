//! Strict JSON parser and canonical serializer for policies and audit events.
//!
//! In scope: objects, arrays, strings, integers below 2^53, booleans and null. Duplicate member names, fractions and deep nesting are
//! rejected. The serializer implements the JSON Canonicalization Scheme (RFC 8785) for this subset. Out of scope: all other JSON,
//! for which `wire` uses serde_json.
//!
//! With serde_json the browser engine would exceed its size budget several times.
#![no_std]
#![allow(
    clippy::single_char_add_str,
    clippy::match_overlapping_arm,
    reason = "one way to append text compiles to less WebAssembly than two"
)]

extern crate alloc;

mod document;
mod parser;
mod write;

pub use document::{Document, Kind, Value};
pub use parser::{DEPTH_MAX, INTEGER_MAX, JsonError, parse};
pub use write::{push_escaped, push_hex_digit, split_at_first, write_integer};

#[cfg(test)]
mod tests;
