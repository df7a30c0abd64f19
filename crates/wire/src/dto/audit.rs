//! Audit events, written exactly as core hashes them, and as lines of an export.

use rolecall_core::domain::audit::Event;
use serde::Serialize;
use serde_json::{Map, Value};

/// An entry of an account's audit log. Its members come from core, where their canonical form is hashed.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct AuditEventResponse(Map<String, Value>);

impl From<&Event> for AuditEventResponse {
    fn from(event: &Event) -> Self {
        AuditEventResponse(event.to_json())
    }
}

impl AuditEventResponse {
    /// The event as one line of an NDJSON export: canonical JSON (RFC 8785), so that the chain can be checked.
    pub fn ndjson(&self) -> String {
        let mut line = Value::Object(self.0.clone()).to_string();
        line.push('\n');
        line
    }

    /// The event as one line of a CSV export (RFC 4180); nested values are JSON.
    pub fn csv(&self) -> String {
        let cells: Vec<String> = CSV_COLUMNS.iter().map(|(_, path)| cell(self.at(path))).collect();
        format!("{}\r\n", cells.join(","))
    }

    /// The header line of a CSV export.
    pub fn csv_header() -> String {
        let names: Vec<&str> = CSV_COLUMNS.iter().map(|(name, _)| *name).collect();
        format!("{}\r\n", names.join(","))
    }

    fn at(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.0.get(*first)?, |value, name| value.get(name))
    }
}

/// The columns of a CSV export and where each stands in the event.
const CSV_COLUMNS: &[(&str, &[&str])] = &[
    ("id", &["id"]),
    ("seq", &["seq"]),
    ("at", &["at"]),
    ("actor_type", &["actor", "type"]),
    ("actor_id", &["actor", "id"]),
    ("actor_name", &["actor", "name"]),
    ("action", &["action"]),
    ("resource_type", &["resource", "type"]),
    ("resource_id", &["resource", "id"]),
    ("outcome", &["outcome"]),
    ("data", &["data"]),
    ("request_id", &["request_id"]),
    ("prev_hash", &["prev_hash"]),
    ("hash", &["hash"]),
];

fn cell(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let defused = defused(&text);
    if defused.contains(['"', ',', ';', '\t', '\n', '\r']) { format!("\"{}\"", defused.replace('"', "\"\"")) } else { defused }
}

/// A text in which no spreadsheet finds a formula; names are chosen by people we do not trust (OWASP, CSV injection).
///
/// A formula begins with one of four signs, which some programs take in full width too, at the beginning of a cell. Where a
/// cell begins depends on the reader: many split at `;` or tabs, whatever is quoted. An apostrophe goes before the sign.
fn defused(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut begins = true;
    for (index, sign) in text.char_indices() {
        let formula = matches!(sign, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
        if (begins && formula) || (index == 0 && matches!(sign, '\t' | '\r' | '\n')) {
            safe.push('\'');
        }
        safe.push(sign);
        // What a reader may pass over before it looks for the sign leaves it at the beginning.
        let passed_over = sign.is_whitespace() || matches!(sign, '"' | '\u{feff}' | '\u{200b}');
        begins = matches!(sign, ';' | ',' | '\t' | '\r' | '\n') || (begins && passed_over);
    }
    safe
}

/// The schema of [`AuditEventResponse`]; a test holds it against what core writes.
#[cfg(feature = "openapi")]
pub(crate) mod schema {
    use super::AuditEventResponse;
    use std::borrow::Cow;
    use utoipa::openapi::schema::{Object, Schema};
    use utoipa::openapi::{RefOr, Type};

    fn described(value: serde_json::Value) -> RefOr<Schema> {
        serde_json::from_value(value).unwrap_or_else(|_| Object::with_type(Type::Object).into())
    }

    impl utoipa::ToSchema for AuditEventResponse {
        fn name() -> Cow<'static, str> {
            Cow::Borrowed("AuditEventResponse")
        }
    }

    impl utoipa::PartialSchema for AuditEventResponse {
        fn schema() -> RefOr<Schema> {
            described(serde_json::json!({
                "type": "object",
                "description": "An entry of an account's audit log. `hash` is SHA-256 over the canonical JSON (RFC 8785) of the event without `hash`.",
                "required": ["id", "seq", "at", "actor", "action", "resource", "outcome", "data", "request_id", "prev_hash", "hash"],
                "properties": {
                    "id": { "type": "string", "description": "`evt_…`" },
                    "seq": { "type": "integer", "format": "int64", "description": "From 1 without gaps, per account." },
                    "at": { "type": "string", "format": "date-time" },
                    "actor": {
                        "type": "object",
                        "description": "Who, with the name they had.",
                        "required": ["type", "id", "name"],
                        "properties": { "type": { "type": "string", "example": "user", "description": "`user`, `api_key`, or `invitee`: who was invited and acted by the mailed link." }, "id": { "type": "string" }, "name": { "type": "string" } }
                    },
                    "action": { "type": "string", "example": "invitation.create" },
                    "resource": {
                        "type": "object",
                        "required": ["type", "id"],
                        "properties": { "type": { "type": "string", "example": "invitation" }, "id": { "type": "string" } }
                    },
                    "outcome": { "type": "string", "enum": ["done", "denied"] },
                    "data": { "type": "object", "additionalProperties": true, "description": "What changed." },
                    "request_id": { "type": "string" },
                    "prev_hash": { "type": ["string", "null"], "description": "Hash of the event before; 64 zeros for the first." },
                    "hash": { "type": ["string", "null"], "description": "64 hexadecimal digits." }
                }
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_defused() {
        assert_eq!(cell(Some(&Value::from("plain"))), "plain");
        assert_eq!(cell(Some(&Value::from("a,\"b\"\r\n"))), "\"a,\"\"b\"\"\r\n\"");
        assert_eq!(cell(Some(&Value::from("=HYPERLINK(\"x\")"))), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(cell(Some(&Value::from(7))), "7");
        assert_eq!(cell(None), "");
    }

    #[test]
    fn no_formula_stands_where_a_cell_may_begin() {
        for sign in ["=", "+", "-", "@", "＝", "＋", "－", "＠"] {
            for before in ["", ";", "a;", "a\t", "a\r", "a\n", "a; ", "a;\"", " ", "\u{a0}", "\u{feff}", "a,", "a;;"] {
                assert_eq!(defused(&format!("{before}{sign}1")), format!("{before}'{sign}1"), "{before:?}{sign}");
            }
            for inside in ["a", "a ", "a;b", "1"] {
                let text = format!("{inside}{sign}1");
                assert_eq!(defused(&text), text);
            }
        }
        for text in ["\tx", "\rx", "\nx"] {
            assert_eq!(defused(text), format!("'{text}"));
        }
        assert_eq!(cell(Some(&Value::from("a;=1"))), "\"a;'=1\"", "quoted where another delimiter stands in it");
    }

    #[test]
    fn every_line_has_every_column() {
        let event = AuditEventResponse(Map::new());
        assert_eq!(event.csv().matches(',').count(), AuditEventResponse::csv_header().matches(',').count());
    }
}
