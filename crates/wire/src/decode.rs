//! From JSON to a request: unknown, missing and mistyped fields, all of them listed, none of them judged.
//!
//! What a field may hold is the domain's business, which hears of these errors too, so that a caller who may
//! not do the thing at all learns nothing about its fields.

use rolecall_core::domain::field_error::FieldError;
use serde_json::{Map, Value};

/// Longest text of a field in bytes, passwords and link tokens aside: four times the longest name or email.
pub const TEXT_MAX: usize = 1_600;
/// Most items of a list: as many as a policy can have permissions.
pub const LIST_MAX: usize = 256;

/// Longest part of an unknown name in a pointer, in characters: longer than any of ours, short enough for a message.
pub const NAME_SHOWN: usize = 64;

/// A request body with named fields.
pub trait FromJson: Sized {
    /// The names of the fields.
    const FIELDS: &'static [&'static str];
    /// Takes the fields; None where errors were noted.
    fn read(fields: &mut Fields) -> Option<Self>;
}

/// The members of one object while they are read.
#[derive(Debug)]
pub struct Fields {
    members: Map<String, Value>,
    at: String,
    errors: Vec<FieldError>,
}

/// A type that a field can have. `None` means that an error was noted.
pub trait Field: Sized {
    /// Reads a field's value; `value` is None where the field is absent.
    fn field(value: Option<Value>, at: &str, errors: &mut Vec<FieldError>) -> Option<Self>;
}

/// Reads a whole request, or says everything that is wrong with its shape.
pub fn decode<T: FromJson>(body: Value) -> Result<T, Vec<FieldError>> {
    let mut errors = Vec::new();
    match object(Some(body), "", &mut errors) {
        Some(value) if errors.is_empty() => Ok(value),
        _ => Err(errors),
    }
}

/// Reads the body of a route that takes no fields.
pub fn deny_fields(body: Value) -> Result<(), Vec<FieldError>> {
    struct Nothing;
    impl FromJson for Nothing {
        const FIELDS: &'static [&'static str] = &[];
        fn read(_: &mut Fields) -> Option<Self> {
            Some(Nothing)
        }
    }
    decode::<Nothing>(body).map(|Nothing| ())
}

impl Fields {
    /// Reads one field.
    pub fn take<T: Field>(&mut self, name: &str) -> Option<T> {
        let value = self.members.remove(name);
        T::field(value, &format!("{}/{name}", self.at), &mut self.errors)
    }
}

/// Reads a nested object with named fields.
pub fn object<T: FromJson>(value: Option<Value>, at: &str, errors: &mut Vec<FieldError>) -> Option<T> {
    let members = match value {
        Some(Value::Object(members)) => members,
        Some(_) => return wrong(at, "an object", errors),
        None => return missing(at, errors),
    };
    let mut fields = Fields { members, at: at.to_owned(), errors: Vec::new() };
    let read = T::read(&mut fields);
    errors.append(&mut fields.errors);
    for name in fields.members.keys().take(LIST_MAX) {
        errors.push(FieldError::new(&format!("{at}/{}", escape(name)), "unknown", "There is no such field."));
    }
    read
}

/// A name as part of a JSON pointer (RFC 6901), cut where it is longer than any of ours.
fn escape(name: &str) -> String {
    name.chars().take(NAME_SHOWN).collect::<String>().replace('~', "~0").replace('/', "~1")
}

fn wrong<T>(at: &str, wanted: &str, errors: &mut Vec<FieldError>) -> Option<T> {
    errors.push(FieldError::new(at, "type-wrong", format!("This must be {wanted}.")));
    None
}

fn missing<T>(at: &str, errors: &mut Vec<FieldError>) -> Option<T> {
    errors.push(FieldError::new(at, "required", "This field must be given."));
    None
}

impl Field for String {
    fn field(value: Option<Value>, at: &str, errors: &mut Vec<FieldError>) -> Option<Self> {
        match value {
            Some(Value::String(text)) if text.len() > TEXT_MAX => {
                errors.push(FieldError::new(at, "too-long", format!("This is longer than {TEXT_MAX} bytes.")));
                None
            }
            Some(Value::String(text)) if text.contains('\0') => {
                errors.push(FieldError::new(at, "value-invalid", "This holds the character NUL."));
                None
            }
            Some(Value::String(text)) => Some(text),
            Some(_) => wrong(at, "a string", errors),
            None => missing(at, errors),
        }
    }
}

impl Field for bool {
    fn field(value: Option<Value>, at: &str, errors: &mut Vec<FieldError>) -> Option<Self> {
        match value {
            Some(Value::Bool(value)) => Some(value),
            Some(_) => wrong(at, "true or false", errors),
            None => missing(at, errors),
        }
    }
}

/// Absent is fine; null is a wrong type, so that a caller's mistake is not taken for their wish.
impl<T: Field> Field for Option<T> {
    fn field(value: Option<Value>, at: &str, errors: &mut Vec<FieldError>) -> Option<Self> {
        match value {
            None => Some(None),
            given => T::field(given, at, errors).map(Some),
        }
    }
}

impl<T: Field> Field for Vec<T> {
    fn field(value: Option<Value>, at: &str, errors: &mut Vec<FieldError>) -> Option<Self> {
        let items = match value {
            Some(Value::Array(items)) => items,
            Some(_) => return wrong(at, "a list", errors),
            None => return missing(at, errors),
        };
        if items.len() > LIST_MAX {
            errors.push(FieldError::new(at, "too-long", format!("This list has more than {LIST_MAX} items.")));
            return None;
        }
        let before = errors.len();
        let read: Vec<T> =
            items.into_iter().enumerate().filter_map(|(index, item)| T::field(Some(item), &format!("{at}/{index}"), errors)).collect();
        (errors.len() == before).then_some(read)
    }
}

/// Text that must not show up anywhere: passwords and the tokens of links. Bounded by the body alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text, for whoever judges it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for Secret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Field for Secret {
    fn field(value: Option<Value>, at: &str, errors: &mut Vec<FieldError>) -> Option<Self> {
        match value {
            Some(Value::String(text)) => Some(Secret(text)),
            Some(_) => wrong(at, "a string", errors),
            None => missing(at, errors),
        }
    }
}

/// A number of whole seconds, where null says "without end" and absence "as usual".
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Span {
    /// Not given.
    Absent,
    /// `null`.
    Endless,
    /// So many seconds.
    Seconds(i64),
}

impl Field for Span {
    fn field(value: Option<Value>, at: &str, errors: &mut Vec<FieldError>) -> Option<Self> {
        match value {
            None => Some(Span::Absent),
            Some(Value::Null) => Some(Span::Endless),
            Some(Value::Number(number)) => match number.as_i64() {
                Some(seconds) if seconds >= 1 => Some(Span::Seconds(seconds)),
                _ => {
                    errors.push(FieldError::new(at, "out-of-range", "This is a whole number of seconds from 1, or null."));
                    None
                }
            },
            Some(_) => wrong(at, "a whole number of seconds, or null", errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dto::{CreateApiKeyRequest, CreateInvitationRequest, SignUpRequest};
    use serde_json::json;

    fn faults<T: FromJson>(body: Value) -> Vec<(String, &'static str)> {
        decode::<T>(body).err().unwrap_or_default().into_iter().map(|e| (e.pointer, e.code)).collect()
    }

    #[test]
    fn everything_wrong_is_listed_at_once() {
        let body = json!({ "email": 7, "role~": 1, "expires_in": "soon", "a/b": null });
        let mut found = faults::<CreateInvitationRequest>(body);
        found.sort();
        let expected =
            [("/a~1b", "unknown"), ("/email", "type-wrong"), ("/expires_in", "type-wrong"), ("/role", "required"), ("/role~0", "unknown")];
        assert_eq!(found, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    }

    #[test]
    fn nested_objects_and_lists_point_inside() {
        let body = json!({ "email": "a@b.c", "password": "p", "invitation": { "token": 1, "extra": 2 } });
        assert_eq!(
            faults::<SignUpRequest>(body),
            [("/invitation/token", "type-wrong"), ("/invitation/proof", "required"), ("/invitation/extra", "unknown")]
                .map(|(p, c)| (p.to_owned(), c))
        );
        let body = json!({ "name": "ci", "permissions": ["a", 1, null] });
        assert_eq!(
            faults::<CreateApiKeyRequest>(body),
            [("/permissions/1".to_owned(), "type-wrong"), ("/permissions/2".to_owned(), "type-wrong")]
        );
    }

    #[test]
    fn absent_null_and_a_number_are_three_things() {
        let span = |body: Value| decode::<CreateInvitationRequest>(body).map(|request| request.expires_in).ok();
        assert_eq!(span(json!({ "email": "", "role": "" })), Some(Span::Absent));
        assert_eq!(span(json!({ "email": "", "role": "", "expires_in": null })), Some(Span::Endless));
        assert_eq!(span(json!({ "email": "", "role": "", "expires_in": 60 })), Some(Span::Seconds(60)));
        for bad in [json!(0), json!(-1), json!(1.5), json!(1e300), json!(u64::MAX), json!("60"), json!([])] {
            assert_eq!(span(json!({ "email": "", "role": "", "expires_in": bad })), None);
        }
    }

    #[test]
    fn null_is_no_text_and_nul_no_character_of_one() {
        assert_eq!(
            faults::<SignUpRequest>(json!({ "email": "a\0", "password": "p", "name": null })),
            [("/email".to_owned(), "value-invalid"), ("/name".to_owned(), "type-wrong")]
        );
        assert_eq!(faults::<SignUpRequest>(json!([])), [(String::new(), "type-wrong")]);
    }

    #[test]
    fn a_password_is_never_printed() {
        let request = decode::<SignUpRequest>(json!({ "email": "a@b.c", "password": "correct horse" })).unwrap();
        assert!(!format!("{request:?}").contains("horse"));
    }
}
