//! JSON objects of other parties.

use core::fmt;
use serde::Deserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde_json::{Map, Value};

/// Parses a JSON object of at most `max` bytes whose members have different names: two parsers would read an object with a name twice
/// as two objects (RFC 7519 section 4). None for any other text. Deep nesting is rejected by the parser.
pub(crate) fn parse(bytes: &[u8], max: usize) -> Option<Map<String, Value>> {
    if bytes.len() > max {
        return None;
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let object = deserializer.deserialize_map(Members).ok()?;
    deserializer.end().ok()?;
    Some(object)
}

/// Member that is a string.
pub(crate) fn text<'o>(object: &'o Map<String, Value>, name: &str) -> Option<&'o str> {
    object.get(name)?.as_str()
}

/// Members of an object, each name once.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with different names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, value)) = access.next_entry::<String, Value>()? {
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a name occurs twice"));
            }
        }
        Ok(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_object_has_different_names_and_a_maximum_length() {
        let parsed = |text: &str, max| parse(text.as_bytes(), max).is_some();
        assert!(parsed(r#"{"a": 1, "b": [1.5, {"a": null}]}"#, 100));
        for text in ["", "[]", "1", "null", r#"{"a": 1"#, r#"{"a": 1} x"#, r#"{"a": 1, "a": 1}"#, r#"{"a": 1, "\u0061": 1}"#] {
            assert!(!parsed(text, 100), "{text}");
        }
        assert!(parsed("{}", 2) && !parsed("{} ", 2));
        assert!(!parsed(&format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200)), 1_000));
        assert!(parse(b"{\"a\": \"\xff\"}", 100).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_parsed_without_a_panic(bytes: Vec<u8>) {
            let _ = parse(&bytes, 1_000);
        }
    }
}
