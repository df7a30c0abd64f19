//! Strict JSON parser for request bodies.
//!
//! In scope: UTF-8, depth, duplicate names, lone surrogates. Out of scope: the fields of a request (`decode`).

use core::fmt;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Maximum size of a body in bytes, far above the largest valid request: a role with all permissions.
pub const BODY_MAX: usize = 64 * 1024;
/// Maximum nesting depth. Requests nest up to 4 levels, attribute policies up to 12.
pub const DEPTH_MAX: usize = 32;

/// Error of a body that is not acceptable JSON; its text is safe to send to the caller.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JsonError(String);

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for JsonError {}

/// Parses a body.
///
/// # Errors
///
/// [`JsonError`] with the position of the first error. It never repeats text of the body.
///
/// # Examples
///
/// ```
/// use rolecall_wire::json::parse;
///
/// assert_eq!(parse(br#"{"name":"Ada"}"#).unwrap()["name"], "Ada");
/// let error = parse(br#"{"name":"Ada","name":"Eve"}"#).unwrap_err();
/// assert!(error.to_string().starts_with("The body contains a field name twice"));
/// ```
pub fn parse(body: &[u8]) -> Result<Value, JsonError> {
    let text = core::str::from_utf8(body).map_err(|e| JsonError(format!("The body is not UTF-8 at byte {}", e.valid_up_to())))?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict { depth: 0 }.deserialize(&mut reader).map_err(explain)?;
    reader.end().map_err(explain)?;
    Ok(value)
}

/// Prefix of errors raised by [`Strict`]. Messages of serde can quote the body, so that only their position is used.
const OWN_ERROR: &str = "rolecall: ";

fn explain(error: serde_json::Error) -> JsonError {
    let text = error.to_string();
    let own = text.strip_prefix(OWN_ERROR).and_then(|rest| rest.split(" at line ").next());
    JsonError(format!("{} at line {}, column {}", own.unwrap_or("The body is not JSON"), error.line(), error.column()))
}

/// Deserializer seed that rejects JSON on whose meaning parsers disagree.
struct Strict {
    depth: usize,
}

impl Strict {
    fn nested<E: serde::de::Error>(&self) -> Result<Strict, E> {
        if self.depth >= DEPTH_MAX {
            return Err(E::custom(format!("{OWN_ERROR}The body is nested deeper than {DEPTH_MAX} levels")));
        }
        Ok(Strict { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        let number =
            Number::from_f64(value).ok_or_else(|| E::custom(format!("{OWN_ERROR}The body contains a number that is too large")))?;
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.nested()?)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        // An empty object counts as a level, as an empty list does.
        self.nested::<A::Error>()?;
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(format!("{OWN_ERROR}The body contains a field name twice")));
            }
            let value = members.next_value_seed(self.nested()?)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ambiguous_json_is_rejected() {
        let rejected: &[&[u8]] = &[
            b"",
            b" ",
            b"\xEF\xBB\xBF{}",
            b"{",
            b"{}{}",
            b"{} x",
            b"{\"a\":1,\"a\":2}",
            b"{\"a\":{\"b\":1,\"b\":1}}",
            b"[{\"a\":1,\"\\u0061\":2}]",
            b"{\"a\":1,}",
            b"{'a':1}",
            b"{a:1}",
            b"[1,]",
            b"01",
            b"+1",
            b"1.",
            b".5",
            b"0x10",
            b"NaN",
            b"Infinity",
            b"1e999",
            b"\"\x01\"",
            b"\"\\ud800\"",
            b"\"\\udc00\\ud800\"",
            b"\"\\x41\"",
            b"\"\xff\"",
            b"\"\xc0\xaf\"",
            b"\"\xed\xa0\x80\"",
            b"// x\n1",
            b"\x00",
        ];
        for body in rejected {
            assert!(parse(body).is_err(), "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn valid_json_is_parsed() {
        assert_eq!(parse(b" {\"a\":[1,-2,0.5,true,null,\"\\u0000\\ud83d\\ude00\"]} ").unwrap()["a"][5], "\0\u{1f600}");
        assert_eq!(parse(b"{\"a\":{\"a\":1}}").unwrap()["a"]["a"], 1);
    }

    #[test]
    fn depth_is_counted_for_lists_and_objects() {
        let nested = |n: usize| [vec![b'['; n], vec![b']'; n]].concat();
        assert!(parse(&nested(DEPTH_MAX)).is_ok());
        assert!(parse(&nested(DEPTH_MAX + 1)).is_err());
        let objects = |n: usize| [b"{\"a\":".repeat(n - 1), b"{}".to_vec(), vec![b'}'; n - 1]].concat();
        assert!(parse(&objects(DEPTH_MAX)).is_ok());
        assert!(parse(&objects(DEPTH_MAX + 1)).is_err());
        assert!(parse(&nested(BODY_MAX / 2)).is_err());
    }

    #[test]
    fn an_error_names_the_position_and_never_the_text() {
        let error = parse(b"{\"password\": hunter2}").unwrap_err().to_string();
        assert!(error.contains("line 1"), "{error}");
        assert!(!error.contains("hunter2"));
        let error = parse(b"{\"secret-name\":1,\"secret-name\":2}").unwrap_err().to_string();
        assert!(error.contains("twice") && !error.contains("secret-name"), "{error}");
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(|n| Value::Number(n.into())),
            any::<String>().prop_map(Value::String),
        ];
        leaf.prop_recursive(6, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                prop::collection::btree_map(any::<String>(), inner, 0..6).prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_serialised_value_is_parsed(value in value()) {
            prop_assert_eq!(parse(value.to_string().as_bytes()), Ok(value));
        }

        #[test]
        fn no_bytes_are_accepted_that_serde_json_rejects(bytes: Vec<u8>) {
            let accepted = parse(&bytes).is_ok();
            prop_assert!(!accepted || serde_json::from_slice::<Value>(&bytes).is_ok());
        }

        #[test]
        fn a_duplicate_name_is_rejected_at_any_position(name in "[a-z]{1,8}", between in value()) {
            let body = format!("{{\"x\":[{{\"{name}\":1,\"-\":{between},\"{name}\":1}}]}}");
            prop_assert!(parse(body.as_bytes()).is_err());
        }
    }
}
