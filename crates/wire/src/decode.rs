//! Decoder of request bodies: lists all unknown, missing and mistyped fields.
//!
//! Rules about the values of fields belong to the domain. It receives the errors of the decoder as well, so that a caller without
//! permission gets a denial instead of errors about fields.

use rolecall_core::decision::invitations::Lifetime;
use rolecall_core::domain::field_error::FieldError;
use serde_json::{Map, Value};

/// Maximum length of a string field in bytes, except for passwords and link tokens: four times the longest name or email.
pub const TEXT_MAX: usize = 1_600;
/// Maximum number of items in a list: that of permissions in a policy.
pub const LIST_MAX: usize = 256;

/// Maximum number of characters of an unknown field name that an error repeats: longer than every known name.
pub const NAME_EXCERPT_MAX: usize = 64;

/// A request body that can be decoded from a JSON object.
pub trait FromJson: Sized {
    /// Names of the fields.
    const FIELDS: &'static [&'static str];
    /// Decodes the fields; `None` if an error was added.
    fn read(fields: &mut Fields) -> Option<Self>;
}

/// Members of an object that is being decoded.
#[derive(Debug)]
pub struct Fields {
    members: Map<String, Value>,
    pointer: String,
    errors: Vec<FieldError>,
}

/// Type of a field.
pub trait FromField: Sized {
    /// Decodes the value of a field, `None` if absent. Returns `None` if an error was added.
    fn from_field(value: Option<Value>, at: &str, errors: &mut Vec<FieldError>) -> Option<Self>;
}

/// Decodes a request body.
///
/// # Errors
///
/// Every unknown, missing and mistyped field, with its JSON pointer.
///
/// # Examples
///
/// ```
/// use rolecall_wire::decode::decode;
/// use rolecall_wire::dto::UpdateMemberRequest;
///
/// let request: UpdateMemberRequest = decode(serde_json::json!({ "role": "dev" })).unwrap();
/// assert_eq!(request.role, "dev");
///
/// let errors = decode::<UpdateMemberRequest>(serde_json::json!({ "rolle": "dev" })).unwrap_err();
/// assert_eq!((errors[0].pointer.as_str(), errors[0].code), ("/role", "required"));
/// assert_eq!((errors[1].pointer.as_str(), errors[1].code), ("/rolle", "unknown"));
/// ```
pub fn decode<T: FromJson>(body: Value) -> Result<T, Vec<FieldError>> {
    let mut errors = Vec::new();
    match object(Some(body), "", &mut errors) {
        Some(value) if errors.is_empty() => Ok(value),
        _ => Err(errors),
    }
}

/// Decodes the body of a route without fields: an empty object.
///
/// # Errors
///
/// Every field, as unknown.
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
    /// Removes and decodes a field.
    pub fn take<T: FromField>(&mut self, name: &str) -> Option<T> {
        let value = self.members.remove(name);
        T::from_field(value, &format!("{}/{name}", self.pointer), &mut self.errors)
    }
}

/// Decodes a nested object; returns `None` if an error was added.
pub fn object<T: FromJson>(value: Option<Value>, at: &str, errors: &mut Vec<FieldError>) -> Option<T> {
    let members = match value {
        Some(Value::Object(members)) => members,
        Some(_) => return type_mismatch(at, "an object", errors),
        None => return required(at, errors),
    };
    let mut fields = Fields { members, pointer: at.to_owned(), errors: Vec::new() };
    let decoded = T::read(&mut fields);
    errors.append(&mut fields.errors);
    for name in fields.members.keys().take(LIST_MAX) {
        errors.push(FieldError::new(&format!("{at}/{}", escape(name)), "unknown", "The field is unknown."));
    }
    decoded
}

/// Escapes a name for a JSON pointer (RFC 6901) and truncates it to [`NAME_EXCERPT_MAX`].
fn escape(name: &str) -> String {
    name.chars().take(NAME_EXCERPT_MAX).collect::<String>().replace('~', "~0").replace('/', "~1")
}

fn type_mismatch<T>(at: &str, expected: &str, errors: &mut Vec<FieldError>) -> Option<T> {
    errors.push(FieldError::new(at, "type-wrong", format!("The value must be {expected}.")));
    None
}

fn required<T>(at: &str, errors: &mut Vec<FieldError>) -> Option<T> {
    errors.push(FieldError::new(at, "required", "The field is required."));
    None
}

impl FromField for String {
    fn from_field(value: Option<Value>, at: &str, errors: &mut Vec<FieldError>) -> Option<Self> {
        match value {
            Some(Value::String(text)) if text.len() > TEXT_MAX => {
                errors.push(FieldError::new(at, "too-long", format!("The value must have at most {TEXT_MAX} bytes.")));
                None
            }
            Some(Value::String(text)) if text.contains('\0') => {
                errors.push(FieldError::new(at, "value-invalid", "The value must not contain the character NUL."));
                None
            }
            Some(Value::String(text)) => Some(text),
            Some(_) => type_mismatch(at, "a string", errors),
            None => required(at, errors),
        }
    }
}

impl FromField for bool {
    fn from_field(value: Option<Value>, at: &str, errors: &mut Vec<FieldError>) -> Option<Self> {
        match value {
            Some(Value::Bool(value)) => Some(value),
            Some(_) => type_mismatch(at, "true or false", errors),
            None => required(at, errors),
        }
    }
}

/// Optional field. `null` is a type error, so that a mistake of the caller is not read as an omitted field.
impl<T: FromField> FromField for Option<T> {
    fn from_field(value: Option<Value>, at: &str, errors: &mut Vec<FieldError>) -> Option<Self> {
        match value {
            None => Some(None),
            present => T::from_field(present, at, errors).map(Some),
        }
    }
}

impl<T: FromField> FromField for Vec<T> {
    fn from_field(value: Option<Value>, at: &str, errors: &mut Vec<FieldError>) -> Option<Self> {
        let items = match value {
            Some(Value::Array(items)) => items,
            Some(_) => return type_mismatch(at, "a list", errors),
            None => return required(at, errors),
        };
        if items.len() > LIST_MAX {
            errors.push(FieldError::new(at, "too-long", format!("The list must have at most {LIST_MAX} items.")));
            return None;
        }
        let before = errors.len();
        let decoded: Vec<T> =
            items.into_iter().enumerate().filter_map(|(index, item)| T::from_field(Some(item), &format!("{at}/{index}"), errors)).collect();
        (errors.len() == before).then_some(decoded)
    }
}

/// A string that is never logged: a password, a credential or the token of a link. Its length is bounded only by that of the body.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Returns the string.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Secret(text)
    }
}

impl core::fmt::Debug for Secret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl FromField for Secret {
    fn from_field(value: Option<Value>, at: &str, errors: &mut Vec<FieldError>) -> Option<Self> {
        match value {
            Some(Value::String(text)) => Some(Secret(text)),
            Some(_) => type_mismatch(at, "a string", errors),
            None => required(at, errors),
        }
    }
}

/// Number of seconds, or `null` for unlimited; absent means the default.
impl FromField for Lifetime {
    fn from_field(value: Option<Value>, at: &str, errors: &mut Vec<FieldError>) -> Option<Self> {
        match value {
            None => Some(Lifetime::Default),
            Some(Value::Null) => Some(Lifetime::Unlimited),
            Some(Value::Number(number)) => match number.as_i64() {
                Some(seconds) if seconds >= 1 => Some(Lifetime::Seconds(seconds)),
                _ => {
                    errors.push(FieldError::new(at, "out-of-range", "The value must be a positive integer number of seconds, or null."));
                    None
                }
            },
            Some(_) => type_mismatch(at, "an integer number of seconds, or null", errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dto::{CreateApiKeyRequest, CreateInvitationRequest, SignUpRequest};
    use serde_json::json;

    fn errors<T: FromJson>(body: Value) -> Vec<(String, &'static str)> {
        decode::<T>(body).err().unwrap_or_default().into_iter().map(|e| (e.pointer, e.code)).collect()
    }

    #[test]
    fn all_errors_are_listed_at_once() {
        let body = json!({ "email": 7, "role~": 1, "expires_in": "soon", "a/b": null });
        let mut found = errors::<CreateInvitationRequest>(body);
        found.sort();
        let expected =
            [("/a~1b", "unknown"), ("/email", "type-wrong"), ("/expires_in", "type-wrong"), ("/role", "required"), ("/role~0", "unknown")];
        assert_eq!(found, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    }

    #[test]
    fn nested_objects_and_lists_point_inside() {
        let body = json!({ "email": "a@b.c", "password": "p", "invitation": { "token": 1, "extra": 2 } });
        assert_eq!(
            errors::<SignUpRequest>(body),
            [("/invitation/token", "type-wrong"), ("/invitation/proof", "required"), ("/invitation/extra", "unknown")]
                .map(|(p, c)| (p.to_owned(), c))
        );
        let body = json!({ "name": "ci", "permissions": ["a", 1, null] });
        assert_eq!(
            errors::<CreateApiKeyRequest>(body),
            [("/permissions/1".to_owned(), "type-wrong"), ("/permissions/2".to_owned(), "type-wrong")]
        );
    }

    #[test]
    fn a_lifetime_distinguishes_absent_null_and_a_number() {
        let lifetime = |body: Value| decode::<CreateInvitationRequest>(body).map(|request| request.expires_in).ok();
        assert_eq!(lifetime(json!({ "email": "", "role": "" })), Some(Lifetime::Default));
        assert_eq!(lifetime(json!({ "email": "", "role": "", "expires_in": null })), Some(Lifetime::Unlimited));
        assert_eq!(lifetime(json!({ "email": "", "role": "", "expires_in": 60 })), Some(Lifetime::Seconds(60)));
        for bad in [json!(0), json!(-1), json!(1.5), json!(1e300), json!(u64::MAX), json!("60"), json!([])] {
            assert_eq!(lifetime(json!({ "email": "", "role": "", "expires_in": bad })), None);
        }
    }

    #[test]
    fn a_string_is_neither_null_nor_contains_nul() {
        assert_eq!(
            errors::<SignUpRequest>(json!({ "email": "a\0", "password": "p", "name": null })),
            [("/email".to_owned(), "value-invalid"), ("/name".to_owned(), "type-wrong")]
        );
        assert_eq!(errors::<SignUpRequest>(json!([])), [(String::new(), "type-wrong")]);
    }

    #[test]
    fn a_password_is_never_printed() {
        let request = decode::<SignUpRequest>(json!({ "email": "a@b.c", "password": "correct horse" })).unwrap();
        assert!(!format!("{request:?}").contains("horse"));
    }
}
