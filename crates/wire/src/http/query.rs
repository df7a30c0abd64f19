//! The query of a request, held against what its route takes: unknown, repeated and wrong parameters are all listed.

use crate::decode::{NAME_SHOWN, TEXT_MAX};
use crate::routes::{ParameterKind, Route};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::time::Timestamp;

/// Most parameters that are looked at: twice as many as any route takes.
const PARAMETERS_MAX: usize = 20;

/// Parameters that are what they must be.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Query(Vec<(&'static str, String)>);

impl Query {
    /// Reads the part of the URL after `?`.
    pub fn read(route: &Route, raw: &str) -> Result<Query, Vec<FieldError>> {
        let mut query = Query::default();
        let mut errors = Vec::new();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()).take(PARAMETERS_MAX) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let at = || format!("?{}", name.chars().filter(|c| c.is_ascii_graphic()).take(NAME_SHOWN).collect::<String>());
            let Some(parameter) = route.parameters.iter().find(|parameter| parameter.name == name) else {
                errors.push(FieldError::new(&at(), "unknown", "There is no such parameter."));
                continue;
            };
            if query.text(parameter.name).is_some() {
                errors.push(FieldError::new(&at(), "value-invalid", "This parameter is given twice."));
                continue;
            }
            match decode(value).ok_or("This is no percent-encoded UTF-8 text.").and_then(|value| judge(parameter.kind, value)) {
                Ok(value) => query.0.push((parameter.name, value)),
                Err(detail) => errors.push(FieldError::new(&at(), "value-invalid", detail)),
            }
        }
        if errors.is_empty() { Ok(query) } else { Err(errors) }
    }

    /// A parameter's text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a flag is up.
    pub fn flag(&self, name: &str) -> bool {
        self.text(name) == Some("true")
    }

    /// A number; one that is larger than any is the largest.
    pub fn count(&self, name: &str) -> Option<u32> {
        self.text(name).map(|digits| digits.parse().unwrap_or(u32::MAX))
    }

    /// A time.
    pub fn time(&self, name: &str) -> Option<Timestamp> {
        self.text(name).and_then(Timestamp::parse)
    }
}

fn judge(kind: ParameterKind, value: String) -> Result<String, &'static str> {
    let fault = match kind {
        ParameterKind::Text => {
            (value.len() > TEXT_MAX || value.contains('\0')).then_some("This text is too long, or holds the character NUL.")
        }
        ParameterKind::Flag => (value != "true" && value != "false").then_some("This is `true` or `false`."),
        ParameterKind::Count => {
            let number = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
            (!number || value.bytes().all(|b| b == b'0')).then_some("This is a whole number from 1.")
        }
        ParameterKind::Time => {
            Timestamp::parse(&value).is_none().then_some("This is an RFC 3339 time, for example `2026-11-24T10:00:00Z`.")
        }
        ParameterKind::Word(words) => {
            (!words.contains(&value.as_str())).then_some("This is not one of the words that the parameter takes.")
        }
    };
    fault.map_or(Ok(value), Err)
}

/// Decodes percent-encoding, with `+` for a space.
pub fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::Operation;
    use crate::table::ROUTES;
    use proptest::prelude::*;

    fn audit() -> &'static Route {
        ROUTES.iter().find(|route| route.operation == Operation::ReadAuditLog).unwrap()
    }

    #[test]
    fn parameters_are_decoded_and_typed() {
        let query = Query::read(audit(), "actor=usr_1&from=2026-11-24T10%3A00%3A00Z&limit=9999999999&action=member.remove&&cursor=a%2Bb+c")
            .unwrap();
        assert_eq!(query.text("actor"), Some("usr_1"));
        assert_eq!(query.text("cursor"), Some("a+b c"));
        assert_eq!(query.count("limit"), Some(u32::MAX));
        assert_eq!(query.time("from").unwrap().to_string(), "2026-11-24T10:00:00.000Z");
        assert_eq!(query.text("to"), None);
    }

    #[test]
    fn everything_wrong_is_listed_at_once() {
        let errors = Query::read(audit(), "limit=0&from=yesterday&nope=1&actor=a&actor=b&to=%zz&action=%00").unwrap_err();
        let found: Vec<(&str, &str)> = errors.iter().map(|e| (e.pointer.as_str(), e.code)).collect();
        let expected = [
            ("?limit", "value-invalid"),
            ("?from", "value-invalid"),
            ("?nope", "unknown"),
            ("?actor", "value-invalid"),
            ("?to", "value-invalid"),
            ("?action", "value-invalid"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn words_and_flags_are_exact() {
        let route = |operation| ROUTES.iter().find(|route| route.operation == operation).unwrap();
        assert!(Query::read(route(Operation::DeleteTeam), "dry_run=true").unwrap().flag("dry_run"));
        assert!(!Query::read(route(Operation::DeleteTeam), "dry_run=false").unwrap().flag("dry_run"));
        for bad in ["dry_run", "dry_run=1", "dry_run=TRUE", "Dry_run=true"] {
            assert!(Query::read(route(Operation::DeleteTeam), bad).is_err(), "{bad}");
        }
        assert!(Query::read(route(Operation::ListInvitations), "state=pending").is_ok());
        assert!(Query::read(route(Operation::ListInvitations), "state=Pending").is_err());
    }

    proptest! {
        #[test]
        fn any_query_is_safe(raw: String) {
            let _ = Query::read(audit(), &raw);
        }

        #[test]
        fn any_text_survives_encoding(text in "[^\0]{0,40}") {
            let encoded: String = text.bytes().map(|b| format!("%{b:02X}")).collect();
            let query = Query::read(audit(), &format!("actor={encoded}")).unwrap();
            prop_assert_eq!(query.text("actor"), Some(text.as_str()));
        }
    }
}
