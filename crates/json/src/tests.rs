//! Invalid texts, canonical form, and agreement with serde_json.

extern crate std;
use crate::write::utf16_before;
use crate::{DEPTH_MAX, INTEGER_MAX, Kind, Value, parse};
use alloc::string::String;
use alloc::vec::Vec;
use proptest::prelude::*;
use std::{format, string::ToString};

#[test]
fn invalid_ambiguous_and_unsupported_texts_are_rejected() {
    for json in [
        "",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\":1,\"a\":2}",
        "01",
        "-0",
        "1.0",
        "1e3",
        "9007199254740992",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\u{1}\"",
        "nul",
        "[1] 2",
        "'a'",
        "{a:1}",
        "\"\\x\"",
    ] {
        assert!(parse(json).is_err(), "{json}");
    }
    assert!(parse(&"[".repeat(40)).is_err());
}

#[test]
fn member_names_are_sorted_by_utf16_code_units() {
    let document = parse("{\"\u{e000}\":1,\"\u{1f600}\":2,\"a\":{\"c\":null,\"b\":[true,false,[],{}]}}").unwrap();
    assert_eq!(document.root().canonical(), "{\"a\":{\"b\":[true,false,[],{}],\"c\":null},\"\u{1f600}\":2,\"\u{e000}\":1}");
    assert_eq!(document.root().canonical_without(&["a", "b"]), "{\"\u{1f600}\":2,\"\u{e000}\":1}");
}

#[test]
fn members_and_items_are_found_in_document_order() {
    let document = parse(r#"{"a":[{"x":[[1],2]},"t",-7],"b":{"x":{"y":3}},"x":"last"}"#).unwrap();
    let root = document.root();
    assert_eq!(root.members().map(|(name, _)| name).collect::<Vec<_>>(), ["a", "b", "x"]);
    assert_eq!(root.get("x").unwrap().as_text(), Some("last"));
    assert_eq!(root.get("b").unwrap().get("x").unwrap().get("y").unwrap().as_integer(), Some(3));
    let kinds: Vec<Kind> = root.get("a").unwrap().items().map(Value::kind).collect();
    assert_eq!(kinds, [Kind::Object, Kind::Text, Kind::Integer]);
    assert!(root.get("y").is_none() && root.items().next().is_none() && root.get("x").unwrap().members().next().is_none());
}

fn values() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        (-INTEGER_MAX..=INTEGER_MAX).prop_map(serde_json::Value::from),
        any::<String>().prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..4).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn the_canonical_form_is_equivalent_and_idempotent(value in values()) {
        let canonical = parse(&value.to_string()).unwrap().root().canonical();
        prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(&canonical).unwrap(), &value);
        prop_assert_eq!(parse(&canonical).unwrap().root().canonical(), canonical);
    }

    #[test]
    fn an_accepted_text_has_the_same_value_in_serde_json(json in "[\\[\\]{}\",:a0-9\\\\u ntrefals-]{0,40}") {
        if let Ok(document) = parse(&json) {
            let other: serde_json::Value = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&document.root().canonical()).unwrap(), other);
        }
    }

    #[test]
    fn parsing_arbitrary_text_never_panics(json: String) {
        let _ = parse(&json);
    }
}

proptest! {
    #[test]
    fn the_order_of_names_is_the_order_of_utf16_code_units(a in "[a\u{7ff}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}]{0,3}", b in "[a\u{7ff}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}]{0,3}") {
        prop_assert_eq!(utf16_before(&a, &b), a.encode_utf16().lt(b.encode_utf16()));
    }

    #[test]
    fn escapes_agree_with_serde_json(text: String) {
        let json = serde_json::to_string(&text).unwrap();
        let document = parse(&json).unwrap();
        prop_assert_eq!(document.root().as_text(), Some(text.as_str()));
        let utf16: String = text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
        let document = parse(&format!("\"{utf16}\"")).unwrap();
        prop_assert_eq!(document.root().as_text(), Some(text.as_str()));
    }
}

#[test]
fn control_characters_have_their_shortest_escape() {
    let text: String = (0..0x20_u8).map(char::from).collect();
    let wanted = serde_json::to_string(&text).unwrap();
    assert_eq!(parse(&wanted).unwrap().root().canonical(), wanted);
}

#[test]
fn integers_are_written_in_full() {
    for number in [0, 7, 10, 1_000, -42, INTEGER_MAX, -INTEGER_MAX] {
        assert_eq!(parse(&number.to_string()).unwrap().root().canonical(), number.to_string());
    }
}

#[test]
fn the_maximum_depth_is_exact() {
    let nested = |containers: usize| format!("{}{}", "[".repeat(containers), "]".repeat(containers));
    let deepest = usize::from(DEPTH_MAX) + 1;
    assert!(parse(&nested(deepest)).is_ok());
    assert_eq!(parse(&nested(deepest + 1)).unwrap_err().reason, "nested too deeply");
}

#[test]
fn the_maximum_integer_is_exact_for_both_signs() {
    for (json, valid) in
        [("9007199254740991", true), ("9007199254740992", false), ("-9007199254740991", true), ("-9007199254740992", false)]
    {
        assert_eq!(parse(json).is_ok(), valid, "{json}");
    }
}

#[test]
fn an_error_is_displayed_with_reason_and_offset() {
    assert_eq!(parse("[1] 2").unwrap_err().to_string(), "more text after the value at byte 4");
}
