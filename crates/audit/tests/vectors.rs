//! Test vectors of `tests/vectors/audit.json`, verified at once and line by line.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

use rolecall_audit::{Verifier, verify};
use rolecall_json::{Value, parse};

/// Number and path of each erased value that a case expects, in order.
fn expected_erasures(case: Value<'_>) -> Vec<(u64, String)> {
    let entries = case.get("erasures").map(|list| list.items().collect::<Vec<_>>()).unwrap_or_default();
    let of = |entry: Value<'_>| {
        let seq = u64::try_from(entry.get("seq").and_then(Value::as_integer).unwrap()).unwrap();
        entry.get("values").unwrap().items().map(|path| (seq, path.as_text().unwrap().to_owned())).collect::<Vec<_>>()
    };
    entries.into_iter().flat_map(of).collect()
}

#[test]
fn intact_chains_verify_and_broken_ones_are_reported_with_seq_and_reason() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/audit.json");
    let document = parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut ran = 0;
    for case in document.root().items() {
        let lines: Vec<&str> = case.get("lines").unwrap().items().filter_map(Value::as_text).collect();
        let number = |name| case.get(name).and_then(Value::as_integer).and_then(|number| u64::try_from(number).ok());
        let reason = case.get("reason").and_then(Value::as_text);
        let name = case.get("name").and_then(Value::as_text).unwrap();

        let ndjson: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let mut verifier = Verifier::default();
        let mut erased: Vec<(u64, String)> = Vec::new();
        let pieces = lines.iter().try_for_each(|line| {
            let next = Verifier::resume(verifier.event_count(), verifier.last());
            verifier = next;
            verifier.push(line)?;
            erased.extend(verifier.erased().iter().map(|value| (value.seq, value.path.clone())));
            Ok(())
        });
        for result in [verify(&ndjson), verify(&lines.join("\r\n")), pieces.map(|()| verifier.event_count())] {
            match result {
                Ok(events) => assert_eq!((Some(events), None), (number("events"), reason), "{name}"),
                Err(broken) => assert_eq!((Some(broken.seq), Some(broken.reason)), (number("seq"), reason), "{name}"),
            }
        }
        if reason.is_none() {
            assert_eq!(erased, expected_erasures(case), "{name}");
            assert_eq!(u64::try_from(erased.len()).ok(), number("erased").or(Some(0)), "{name}");
        }
        ran += 1;
    }
    assert!(ran > 20);
}
