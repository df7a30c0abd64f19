//! Hash chain of the audit log: hashing of events, disclosures of their personal values, and verification of logs.
//!
//! In scope: canonical form, hash, disclosures, verification. The Worker seals events and the browser verifies logs with the same code.
//! Out of scope: the content of events (`core`) and storage (`store`).
//!
//! INVARIANT (audit-chain): `hash` is the lower-case hex SHA-256 of the canonical JSON (RFC 8785) of the event
//! without `hash` and `disclosures`. The event contains `prev_hash`, which is the hash of the preceding event, or [`GENESIS`] for
//! the first.
#![no_std]

extern crate alloc;

mod base64url;
mod disclosure;
mod sha256;

pub use disclosure::{digest, open};

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use rolecall_json::{JsonError, Kind, Value, parse, push_hex_digit, split_at_first};

/// Version of the format of events, which each event states as `v`. In version 1 personal values were part of the hashed text.
pub const VERSION: i64 = 2;

/// `prev_hash` of the first event of an account: 64 zeros.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Error of [`canonical`].
pub type CanonicalError = JsonError;

/// Error of the verification of a log: the first event that breaks the chain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChainBreak {
    /// Expected sequence number of the event, from 1.
    pub seq: u64,
    /// Stable reason code: `malformed`, `gap`, `version-unknown`, `hash-missing`, `prev-hash-wrong`, `hash-wrong`,
    /// `disclosure-wrong`.
    pub reason: &'static str,
}

impl fmt::Display for ChainBreak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event {} breaks the chain: {}", self.seq, self.reason)
    }
}

impl core::error::Error for ChainBreak {}

/// Canonical form (RFC 8785) of a JSON text.
///
/// # Errors
/// [`CanonicalError`] if the text is not in the supported subset of JSON; see [`rolecall_json::parse`].
pub fn canonical(json: &str) -> Result<String, CanonicalError> {
    Ok(parse(json)?.root().canonical())
}

/// A personal value of an event whose disclosure is not in the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ErasedValue {
    /// Sequence number of the event.
    pub seq: u64,
    /// Names that lead to the value, joined by dots: `actor.name`.
    pub path: String,
}

/// Hash of an event, given its canonical JSON without `hash` and `disclosures`.
pub fn hash_event(canonical: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in sha256::digest(canonical.as_bytes()) {
        push_hex_digit(byte >> 4, &mut hex);
        push_hex_digit(byte, &mut hex);
    }
    hex
}

/// Verifies a complete log in NDJSON: one event per line, in order of `seq` from 1. Returns the number of events.
///
/// A log truncated at its end is a valid chain. To detect truncation, compare the last hash with one stored elsewhere.
///
/// # Errors
/// [`ChainBreak`] with the first event that is malformed, missing, out of order or altered.
///
/// # Examples
/// ```
/// use rolecall_audit::{ChainBreak, GENESIS, canonical, hash_event, verify};
///
/// let event = canonical(&format!(r#"{{"action": "member.update", "prev_hash": "{GENESIS}", "seq": 1, "v": 2}}"#))?;
/// let line = event.replacen('{', &format!(r#"{{"hash":"{}","#, hash_event(&event)), 1);
/// assert_eq!(verify(&line), Ok(1));
///
/// let altered = line.replace("update", "remove");
/// assert_eq!(verify(&altered), Err(ChainBreak { seq: 1, reason: "hash-wrong" }));
/// # Ok::<(), rolecall_audit::CanonicalError>(())
/// ```
pub fn verify(ndjson: &str) -> Result<u64, ChainBreak> {
    let mut verifier = Verifier::default();
    verifier.push(ndjson)?;
    Ok(verifier.event_count())
}

/// Incremental verifier of a log. Its memory grows only with the number of erased values.
///
/// # Examples
/// ```
/// use rolecall_audit::{ChainBreak, Verifier};
///
/// let mut verifier = Verifier::default();
/// assert_eq!(verifier.push(r#"{"seq": 2}"#), Err(ChainBreak { seq: 1, reason: "gap" }));
/// assert_eq!(verifier.event_count(), 0);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Verifier {
    last: String,
    events: u64,
    erased: Vec<ErasedValue>,
}

impl Verifier {
    /// Continues the verification after `events` events, the last of which has the hash `last`.
    pub fn resume(events: u64, last: &str) -> Verifier {
        Verifier { last: String::from(last), events, erased: Vec::new() }
    }

    /// Number of verified events.
    pub fn event_count(&self) -> u64 {
        self.events
    }

    /// Hash of the last verified event; empty before the first.
    pub fn last(&self) -> &str {
        &self.last
    }

    /// Personal values without a disclosure in the lines that this verifier was given, in their order.
    pub fn erased(&self) -> &[ErasedValue] {
        &self.erased
    }

    /// Verifies further lines, each of which must be complete. Empty lines are ignored.
    ///
    /// # Errors
    /// [`ChainBreak`] with the first event that breaks the chain. The verifier must not be used after an error.
    pub fn push(&mut self, lines: &str) -> Result<(), ChainBreak> {
        let mut rest = Some(lines);
        while let Some(lines) = rest {
            let (line, after) = split_at_first(lines, b'\n');
            rest = after;
            if !line.is_empty() && line != "\r" {
                let seq = self.events + 1;
                self.last = self.verify_line(line, seq).map_err(|reason| ChainBreak { seq, reason })?;
                self.events = seq;
            }
        }
        Ok(())
    }

    /// Hash of the event in a line that is the successor in the chain, else the reason code.
    fn verify_line(&mut self, line: &str, seq: u64) -> Result<String, &'static str> {
        let document = parse(line).map_err(|_| "malformed")?;
        let event = document.root();
        if event.kind() != Kind::Object {
            return Err("malformed");
        }
        if event.get("seq").and_then(Value::as_integer) != i64::try_from(seq).ok() {
            return Err("gap");
        }
        if event.get("v").and_then(Value::as_integer) != Some(VERSION) {
            return Err("version-unknown");
        }
        let text = |name| event.get(name).and_then(Value::as_text);
        let Some(hash) = text("hash") else {
            return Err("hash-missing");
        };
        let prev = if self.last.is_empty() { GENESIS } else { &self.last };
        if text("prev_hash") != Some(prev) {
            return Err("prev-hash-wrong");
        }
        let computed = hash_event(&event.canonical_without(&["hash", "disclosures"]));
        if computed != hash {
            return Err("hash-wrong");
        }
        let erased = disclosure::undisclosed(event).ok_or("disclosure-wrong")?;
        self.erased.extend(erased.into_iter().map(|path| ErasedValue { seq, path }));
        Ok(computed)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;
    use std::format;
    use std::vec::Vec;

    fn log(events: u64) -> Vec<String> {
        let mut prev = String::from(GENESIS);
        let mut lines = Vec::new();
        for seq in 1..=events {
            let body = format!("\"action\":\"member.update\",\"data\":{{\"role\":\"dev\"}},\"prev_hash\":\"{prev}\",\"seq\":{seq},\"v\":2");
            let hash = hash_event(&format!("{{{body}}}"));
            lines.push(format!("{{{body},\"hash\":\"{hash}\"}}"));
            prev = hash;
        }
        lines
    }

    #[test]
    fn the_hash_is_sha256_in_lower_case_hex() {
        assert_eq!(hash_event(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn an_intact_log_verifies_with_its_number_of_events() {
        assert_eq!(verify(&log(5).join("\n")), Ok(5));
        assert_eq!(verify(""), Ok(0));
        assert_eq!(verify(&format!("{}\r\n", log(2).join("\r\n"))), Ok(2));
        let mut verifier = Verifier::default();
        log(5).iter().for_each(|line| assert_eq!(verifier.push(line), Ok(())));
        assert_eq!(verifier.event_count(), 5);
    }

    #[test]
    fn a_removed_swapped_or_altered_event_is_detected() {
        let lines = log(4);
        let without = |n: usize| lines.iter().enumerate().filter(|(i, _)| *i != n).map(|(_, l)| l.as_str()).collect::<Vec<_>>().join("\n");
        assert_eq!(verify(&without(0)), Err(ChainBreak { seq: 1, reason: "gap" }));
        assert_eq!(verify(&without(2)), Err(ChainBreak { seq: 3, reason: "gap" }));
        let mut swapped = lines.clone();
        swapped.swap(1, 2);
        assert_eq!(verify(&swapped.join("\n")).unwrap_err().seq, 2);
        assert_eq!(verify(&lines.join("\n").replacen("dev", "own", 1)), Err(ChainBreak { seq: 1, reason: "hash-wrong" }));
    }

    proptest! {
        #[test]
        fn a_changed_byte_is_detected(at in 0_usize..1000, byte in 0x20_u8..0x7f) {
            let text = log(4).join("\n");
            let mut bytes = text.clone().into_bytes();
            let at = at % bytes.len();
            prop_assume!(bytes[at] != byte && bytes[at] != b'\n');
            bytes[at] = byte;
            prop_assert!(verify(core::str::from_utf8(&bytes).unwrap()).is_err());
        }
    }

    #[test]
    fn each_kind_of_break_has_its_reason_code() {
        let (first, other) = (log(1).remove(0), "f".repeat(64));
        for (line, reason) in [
            ("{", "malformed"),
            ("[]", "malformed"),
            ("{\"seq\":0}", "gap"),
            ("{\"seq\":\"1\"}", "gap"),
            ("{\"seq\":1}", "version-unknown"),
            ("{\"seq\":1,\"v\":1}", "version-unknown"),
            ("{\"seq\":1,\"v\":2}", "hash-missing"),
            (&first.replace(GENESIS, &other), "prev-hash-wrong"),
            (&first.replace("dev", "own"), "hash-wrong"),
        ] {
            assert_eq!(verify(line), Err(ChainBreak { seq: 1, reason }), "{line}");
        }
        let error = ChainBreak { seq: 3, reason: "gap" };
        assert_eq!(format!("{error}"), "event 3 breaks the chain: gap");
    }
}
