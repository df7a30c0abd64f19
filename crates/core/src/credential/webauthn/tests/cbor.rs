//! Tests of `webauthn::cbor`.

use super::super::cbor::{CborError, DEPTH_MAX, ENTRIES_MAX, Entries, Item, Key, Reader};
use super::hex;
use proptest::prelude::*;

/// First bytes of maps, arrays, strings, small numbers, and of what is refused.
const HEADS: [u8; 11] = [0x81, 0x82, 0xa1, 0xa2, 0x41, 0x61, 1, 2, 0xf6, 0x5b, 0xbf];

fn read(bytes: &[u8]) -> Result<Entries<'_>, CborError> {
    let mut reader = Reader::new(bytes);
    let entries = reader.map()?;
    reader.finish()?;
    Ok(entries)
}

/// A map with the key 1 and this value.
fn value(text: &str) -> Vec<u8> {
    [vec![0xa1, 1], hex(text)].concat()
}

#[test]
fn values_are_read_as_the_examples_of_rfc_8949_appendix_a() {
    for (text, item) in [
        ("00", Item::Integer(0)),
        ("17", Item::Integer(23)),
        ("1818", Item::Integer(24)),
        ("1903e8", Item::Integer(1000)),
        ("1a000f4240", Item::Integer(1_000_000)),
        ("1b000000e8d4a51000", Item::Integer(1_000_000_000_000)),
        ("1bffffffffffffffff", Item::Other),
        ("20", Item::Integer(-1)),
        ("3903e7", Item::Integer(-1000)),
        ("3b7fffffffffffffff", Item::Integer(i64::MIN)),
        ("3bffffffffffffffff", Item::Other),
        ("4401020304", Item::Bytes(&[1, 2, 3, 4])),
        ("40", Item::Bytes(&[])),
        ("62c3bc", Item::Text("ü")),
        ("f4", Item::Other),
        ("f6", Item::Other),
        ("83010203", Item::Array),
        ("a201020304", Item::Map { entries: 2 }),
        ("a0", Item::Map { entries: 0 }),
    ] {
        assert_eq!(read(&value(text)), Ok(vec![(Key::Integer(1), item)]), "{text}");
    }
}

#[test]
fn what_authenticators_do_not_write_is_refused() {
    for (text, error) in [
        ("1817", CborError::NotShortest),
        ("1900ff", CborError::NotShortest),
        ("1a0000ffff", CborError::NotShortest),
        ("1b00000000ffffffff", CborError::NotShortest),
        ("580101", CborError::NotShortest),
        ("1c", CborError::Unsupported),
        ("1f", CborError::Unsupported),
        ("5f4101ff", CborError::IndefiniteLength),
        ("7f6161ff", CborError::IndefiniteLength),
        ("9f01ff", CborError::IndefiniteLength),
        ("bf0101ff", CborError::IndefiniteLength),
        ("c001", CborError::Unsupported),
        ("d9d9f701", CborError::Unsupported),
        ("f93c00", CborError::Unsupported),
        ("fb3ff199999999999a", CborError::Unsupported),
        ("f0", CborError::Unsupported),
        ("f820", CborError::Unsupported),
        ("ff", CborError::Unsupported),
        ("61ff", CborError::Utf8),
        ("0000", CborError::TrailingBytes),
        ("a201010102", CborError::DuplicateKey),
        ("a2616101616102", CborError::DuplicateKey),
        ("a1410101", CborError::KeyType),
        ("a1f401", CborError::KeyType),
        ("a1a001", CborError::KeyType),
        ("a11bffffffffffffffff01", CborError::KeyType),
    ] {
        assert_eq!(read(&value(text)), Err(error), "{text}");
    }
    assert_eq!(read(&[0x81, 1]), Err(CborError::NotAMap));
    assert_eq!(read(&[]), Err(CborError::Truncated));
}

#[test]
fn an_integer_and_a_text_are_different_keys() {
    assert_eq!(read(&hex("a20101613102")).map(|entries| entries.len()), Ok(2));
}

#[test]
fn lengths_beyond_the_input_are_refused_before_anything_is_read() {
    for head in ["5b", "7b", "9b"] {
        for length in ["7fffffffffffffff", "ffffffffffffffff", "0000000100000000"] {
            assert_eq!(read(&value(&format!("{head}{length}"))), Err(CborError::Truncated), "{head}{length}");
        }
    }
    assert_eq!(read(&value("bbffffffffffffffff")), Err(CborError::TooManyEntries));
    assert_eq!(read(&hex("bbffffffffffffffff")), Err(CborError::TooManyEntries));
    assert_eq!(read(&value("8201")), Err(CborError::Truncated));
    // Not the error of the elements that are there, which a reader meets only by reading them.
    assert_eq!(read(&value("9bffffffffffffffffc0")), Err(CborError::Truncated));
}

#[test]
fn maps_and_arrays_are_nested_four_deep() {
    let arrays = |count: usize| [vec![0xa1, 1], vec![0x81; count], vec![0]].concat();
    let maps = |count: usize| [[0xa1, 1].repeat(count), vec![0]].concat();
    assert!(read(&arrays(DEPTH_MAX - 1)).is_ok() && read(&maps(DEPTH_MAX)).is_ok());
    for count in [DEPTH_MAX, 10_000] {
        assert_eq!(read(&arrays(count)), Err(CborError::TooDeep));
        assert_eq!(read(&maps(count + 1)), Err(CborError::TooDeep));
    }
}

#[test]
fn a_map_has_at_most_thirty_two_entries() {
    let map = |count: u8| {
        let keys = (0..count).flat_map(|key| if key < 24 { vec![key, 0] } else { vec![0x18, key, 0] });
        [0xb8, count].into_iter().chain(keys).collect::<Vec<u8>>()
    };
    assert_eq!(ENTRIES_MAX, 32);
    assert_eq!(read(&map(32)).map(|entries| entries.len()), Ok(32));
    assert_eq!(read(&map(33)), Err(CborError::TooManyEntries));
}

#[test]
fn a_truncated_value_is_truncated_wherever_it_ends() {
    let whole = hex("a3011903e802836161624142a10304634e6f6e480001020304050607");
    assert!(read(&whole).is_ok());
    for end in 0..whole.len() {
        assert_eq!(read(&whole[..end]), Err(CborError::Truncated), "{end}");
    }
}

proptest! {
    #[test]
    fn reading_any_bytes_does_not_panic(bytes: Vec<u8>) {
        let _ = read(&bytes);
    }

    #[test]
    fn reading_bytes_with_many_heads_does_not_panic(bytes in prop::collection::vec(prop::sample::select(&HEADS[..]), 0..60)) {
        let _ = read(&bytes);
    }
}
