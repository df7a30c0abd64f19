//! Audit events as JSON for readers, and as lines of an export.

use rolecall_core::domain::audit::Event;
use serde::Serialize;
use serde_json::{Map, Value};

/// An event as a line of an NDJSON export: canonical JSON (RFC 8785) of the hashed members, the hashes and the disclosures of
/// personal values, so that the hash chain can be verified.
pub fn ndjson_line(event: &Event) -> String {
    let mut line = Value::Object(event.to_verifiable_json()).to_string();
    line.push('\n');
    line
}

/// An event in the audit log of an account, with its personal values. The members are built by core.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct AuditEventResponse(Map<String, Value>);

impl From<&Event> for AuditEventResponse {
    fn from(event: &Event) -> Self {
        AuditEventResponse(event.to_json())
    }
}

impl AuditEventResponse {
    /// Returns the event as a line of a CSV export (RFC 4180); nested values are JSON.
    pub fn csv(&self) -> String {
        let cells: Vec<String> = CSV_COLUMNS.iter().map(|(_, path)| cell(self.member(path))).collect();
        format!("{}\r\n", cells.join(","))
    }

    /// Returns the header line of a CSV export.
    pub fn csv_header() -> String {
        let names: Vec<&str> = CSV_COLUMNS.iter().map(|(name, _)| *name).collect();
        format!("{}\r\n", names.join(","))
    }

    fn member(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.0.get(*first)?, |value, name| value.get(name))
    }
}

/// Columns of a CSV export, with the path of each in the event.
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
    ("v", &["v"]),
    ("erased", &["erased"]),
];

fn cell(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        // Paths have no space. A list in `data` is within an object.
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        Some(other) => other.to_string(),
    };
    let escaped = escape_formulas(&text);
    if escaped.contains(['"', ',', ';', '\t', '\n', '\r']) { format!("\"{}\"", escaped.replace('"', "\"\"")) } else { escaped }
}

/// Escapes text that a spreadsheet could interpret as a formula; names are untrusted input (OWASP, CSV injection).
///
/// A formula starts with one of four characters, or their full-width forms, at the start of a cell. Where a cell starts
/// depends on the reader: many split at `;` or tabs even inside of quotes. An apostrophe is inserted before the character.
fn escape_formulas(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut at_cell_start = true;
    for (index, character) in text.char_indices() {
        let formula = matches!(character, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
        if (at_cell_start && formula) || (index == 0 && matches!(character, '\t' | '\r' | '\n')) {
            escaped.push('\'');
        }
        escaped.push(character);
        // Characters that a reader may skip before a formula.
        let skipped = character.is_whitespace() || matches!(character, '"' | '\u{feff}' | '\u{200b}');
        at_cell_start = matches!(character, ';' | ',' | '\t' | '\r' | '\n') || (at_cell_start && skipped);
    }
    escaped
}

/// Schema of [`AuditEventResponse`]; a test compares it with the events that core writes.
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
                "description": "An event in the audit log of an account, with its personal values. `hash` is that of the event's line in an NDJSON export, which has digests in the place of personal values.",
                "required": ["v", "erased", "id", "seq", "at", "actor", "action", "resource", "outcome", "data", "request_id", "prev_hash", "hash"],
                "properties": {
                    "v": { "type": "integer", "description": "Version of the format of events: 2.", "example": 2 },
                    "erased": { "type": "array", "items": { "type": "string" }, "description": "Paths of the personal values that have been erased, for example `actor.name`; these are null." },
                    "id": { "type": "string", "description": "Event id, `evt_…`." },
                    "seq": { "type": "integer", "format": "int64", "description": "Sequence number per account, from 1 without gaps." },
                    "at": { "type": "string", "format": "date-time" },
                    "actor": {
                        "type": "object",
                        "description": "Actor that caused the event, with its name at that time: null once it has been erased.",
                        "required": ["type", "id", "name"],
                        "properties": { "type": { "type": "string", "example": "user", "description": "Type of actor: `user`, `api_key`, or `invitee` (the recipient of an invitation mail, acting with its link)." }, "id": { "type": "string" }, "name": { "type": ["string", "null"] } }
                    },
                    "action": { "type": "string", "example": "invitation.create" },
                    "resource": {
                        "type": "object",
                        "required": ["type", "id"],
                        "properties": { "type": { "type": "string", "example": "invitation" }, "id": { "type": "string" } }
                    },
                    "outcome": { "type": "string", "enum": ["done", "denied"] },
                    "data": { "type": "object", "additionalProperties": true, "description": "Details of the change. A personal value is null once it has been erased." },
                    "request_id": { "type": "string" },
                    "prev_hash": { "type": ["string", "null"], "description": "Hash of the previous event; 64 zeros for the first one. Null until the event is sealed, shortly after the change." },
                    "hash": { "type": ["string", "null"], "description": "SHA-256 as 64 hexadecimal digits. Null until the event is sealed, shortly after the change." }
                }
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_escaped() {
        assert_eq!(cell(Some(&Value::from("plain"))), "plain");
        assert_eq!(cell(Some(&Value::from("a,\"b\"\r\n"))), "\"a,\"\"b\"\"\r\n\"");
        assert_eq!(cell(Some(&Value::from("=HYPERLINK(\"x\")"))), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(cell(Some(&Value::from(7))), "7");
        assert_eq!(cell(None), "");
    }

    #[test]
    fn formulas_are_escaped_wherever_a_cell_may_start() {
        for sign in ["=", "+", "-", "@", "＝", "＋", "－", "＠"] {
            for before in ["", ";", "a;", "a\t", "a\r", "a\n", "a; ", "a;\"", " ", "\u{a0}", "\u{feff}", "a,", "a;;"] {
                assert_eq!(escape_formulas(&format!("{before}{sign}1")), format!("{before}'{sign}1"), "{before:?}{sign}");
            }
            for inside in ["a", "a ", "a;b", "1"] {
                let text = format!("{inside}{sign}1");
                assert_eq!(escape_formulas(&text), text);
            }
        }
        for text in ["\tx", "\rx", "\nx"] {
            assert_eq!(escape_formulas(text), format!("'{text}"));
        }
        assert_eq!(cell(Some(&Value::from("a;=1"))), "\"a;'=1\"", "quoted where another delimiter stands in it");
    }

    #[test]
    fn every_line_has_every_column() {
        let event = AuditEventResponse(Map::new());
        assert_eq!(event.csv().matches(',').count(), AuditEventResponse::csv_header().matches(',').count());
    }
}
