//! Parser of the query of a request: lists all unknown, repeated and invalid parameters.

use crate::decode::{NAME_EXCERPT_MAX, TEXT_MAX};
use crate::route::{ParameterKind, Route};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::domain::time::Timestamp;

/// Maximum number of parameters that are parsed: twice as many as any route has.
const PARAMETERS_MAX: usize = 20;

/// Validated query parameters.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Query(Vec<(&'static str, String)>);

impl Query {
    /// Parses the part of the URL after `?`.
    ///
    /// # Errors
    ///
    /// Every unknown, repeated and invalid parameter.
    ///
    /// # Examples
    ///
    /// ```
    /// use rolecall_wire::http::query::Query;
    /// use rolecall_wire::route::Operation;
    /// use rolecall_wire::route_table::ROUTES;
    ///
    /// let route = ROUTES.iter().find(|route| route.operation == Operation::ListMembers).unwrap();
    /// assert_eq!(Query::read(route, "limit=20").unwrap().count("limit"), Some(20));
    /// assert_eq!(Query::read(route, "size=20").unwrap_err()[0].pointer, "?size");
    /// ```
    pub fn read(route: &Route, raw: &str) -> Result<Query, Vec<FieldError>> {
        let mut query = Query::default();
        let mut errors = Vec::new();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()).take(PARAMETERS_MAX) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let at = || format!("?{}", name.chars().filter(|c| c.is_ascii_graphic()).take(NAME_EXCERPT_MAX).collect::<String>());
            let Some(parameter) = route.parameters.iter().find(|parameter| parameter.name == name) else {
                errors.push(FieldError::new(&at(), "unknown", "The parameter is unknown."));
                continue;
            };
            if query.text(parameter.name).is_some() {
                errors.push(FieldError::new(&at(), "value-invalid", "The parameter must not be repeated."));
                continue;
            }
            match decode(value).ok_or("The value must be percent-encoded UTF-8.").and_then(|value| validate(parameter.kind, value)) {
                Ok(value) => query.0.push((parameter.name, value)),
                Err(detail) => errors.push(FieldError::new(&at(), "value-invalid", detail)),
            }
        }
        if errors.is_empty() { Ok(query) } else { Err(errors) }
    }

    /// Returns the value of a parameter.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(parameter, _)| *parameter == name).map(|(_, value)| value.as_str())
    }

    /// Whether a parameter is `true`.
    pub fn flag(&self, name: &str) -> bool {
        self.text(name) == Some("true")
    }

    /// Returns a number; larger ones are reduced to [`u32::MAX`].
    pub fn count(&self, name: &str) -> Option<u32> {
        self.text(name).map(|digits| digits.parse().unwrap_or(u32::MAX))
    }

    /// Returns a time.
    pub fn time(&self, name: &str) -> Option<Timestamp> {
        self.text(name).and_then(Timestamp::parse)
    }
}

/// A parameter is repeated or malformed.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct NotSingle;

/// The decoded value of one parameter among any others: what another service sends may have more of them.
///
/// # Errors
///
/// [`NotSingle`] if the parameter is repeated (RFC 6749 section 3.1) or is no percent-encoded UTF-8.
pub fn single(raw: &str, name: &str) -> Result<Option<String>, NotSingle> {
    let pair =
        |pair: &'_ str| pair.split_once('=').map_or((pair.to_owned(), String::new()), |(name, value)| (name.to_owned(), value.to_owned()));
    let mut found = raw.split('&').map(pair).filter(|(other, _)| other == name).map(|(_, value)| value);
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => decode(&value).map(Some).ok_or(NotSingle),
        (Some(_), Some(_)) => Err(NotSingle),
    }
}

fn validate(kind: ParameterKind, value: String) -> Result<String, &'static str> {
    let error = match kind {
        ParameterKind::Text => (value.len() > TEXT_MAX || value.contains('\0'))
            .then_some("The value must have at most 1,600 bytes and must not contain the character NUL."),
        ParameterKind::Flag => (value != "true" && value != "false").then_some("The value must be `true` or `false`."),
        ParameterKind::Count => {
            let number = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
            (!number || value.bytes().all(|b| b == b'0')).then_some("The value must be a positive integer.")
        }
        ParameterKind::Time => {
            Timestamp::parse(&value).is_none().then_some("The value must be an RFC 3339 time, for example `2026-11-24T10:00:00Z`.")
        }
        ParameterKind::Word(values) => {
            (!values.contains(&value.as_str())).then_some("The value is not one of the allowed values of this parameter.")
        }
    };
    error.map_or(Ok(value), Err)
}

/// Decodes percent-encoding, with `+` for a space; `None` if malformed or not UTF-8.
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
    use crate::route::Operation;
    use crate::route_table::ROUTES;
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
    fn all_errors_are_listed_at_once() {
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

    #[test]
    fn one_of_many_parameters_is_found() {
        let raw = "state=a%2Bb+c&iss=https%3A%2F%2Fidp.example&session_state&scope=x&scope=y";
        assert_eq!(single(raw, "state"), Ok(Some("a+b c".to_owned())));
        assert_eq!(single(raw, "session_state"), Ok(Some(String::new())));
        assert_eq!(single(raw, "code"), Ok(None));
        assert_eq!(single(raw, "scope"), Err(NotSingle));
        assert_eq!(single("code=%zz", "code"), Err(NotSingle));
    }

    proptest! {
        #[test]
        fn reading_any_query_does_not_panic(raw: String) {
            let _ = (Query::read(audit(), &raw), single(&raw, "state"));
        }

        #[test]
        fn encoded_text_round_trips(text in "[^\0]{0,40}") {
            let encoded: String = text.bytes().map(|b| format!("%{b:02X}")).collect();
            let query = Query::read(audit(), &format!("actor={encoded}")).unwrap();
            prop_assert_eq!(query.text("actor"), Some(text.as_str()));
        }
    }
}
