//! Strict JSON: what a body must be before anybody looks at its fields.
//!
//! In scope: size, UTF-8, depth, duplicate names, lone surrogates. Out of scope: which fields there are (`decode`).

use core::fmt;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Most bytes of a body: the largest honest request is a role with all its permissions, far below this.
pub const BODY_MAX: usize = 64 * 1024;
/// Deepest nesting: no request of ours goes beyond 4, attribute policies not beyond 12.
pub const DEPTH_MAX: usize = 32;

/// Why a body is not JSON that we take; for the caller to read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JsonError(String);

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for JsonError {}

/// Reads a body. The error never repeats the body's own text.
pub fn parse(body: &[u8]) -> Result<Value, JsonError> {
    let text = core::str::from_utf8(body).map_err(|e| JsonError(format!("the body is not UTF-8 at byte {}", e.valid_up_to())))?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict { depth: 0 }.deserialize(&mut reader).map_err(explain)?;
    reader.end().map_err(explain)?;
    Ok(value)
}

/// Our own complaints have the words after this mark; serde's may quote the body, so only the place is told.
const OWN: &str = "rolecall: ";

fn explain(error: serde_json::Error) -> JsonError {
    let text = error.to_string();
    let own = text.strip_prefix(OWN).and_then(|rest| rest.split(" at line ").next());
    JsonError(format!("{} at line {}, column {}", own.unwrap_or("the body is not JSON"), error.line(), error.column()))
}

/// Builds a value, refusing what the grammar of JSON leaves open to misreading.
struct Strict {
    depth: usize,
}

impl Strict {
    fn inside<E: serde::de::Error>(&self) -> Result<Strict, E> {
        if self.depth >= DEPTH_MAX {
            return Err(E::custom(format!("{OWN}the body nests deeper than {DEPTH_MAX} levels")));
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
        let number = Number::from_f64(value).ok_or_else(|| E::custom(format!("{OWN}a number is too large")))?;
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
        while let Some(item) = items.next_element_seed(self.inside()?)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        // The depth is asked for even where the object is empty, as for lists.
        self.inside::<A::Error>()?;
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(format!("{OWN}the body names a field twice")));
            }
            let value = members.next_value_seed(self.inside()?)?;
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
    fn what_json_leaves_open_is_refused() {
        let refused: &[&[u8]] = &[
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
        for body in refused {
            assert!(parse(body).is_err(), "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn what_is_json_is_read() {
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
    fn an_error_says_where_and_never_what() {
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
        fn every_value_is_read_back(value in value()) {
            prop_assert_eq!(parse(value.to_string().as_bytes()), Ok(value));
        }

        #[test]
        fn any_bytes_are_safe_to_read(bytes: Vec<u8>) {
            let ours = parse(&bytes).is_ok();
            // Stricter than the plain reader, never laxer.
            prop_assert!(!ours || serde_json::from_slice::<Value>(&bytes).is_ok());
        }

        #[test]
        fn a_name_given_twice_is_refused_wherever_it_stands(name in "[a-z]{1,8}", between in value()) {
            let body = format!("{{\"x\":[{{\"{name}\":1,\"-\":{between},\"{name}\":1}}]}}");
            prop_assert!(parse(body.as_bytes()).is_err());
        }
    }
}
