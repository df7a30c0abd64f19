//! Attribute policy documents of an account, in which a user's email has its canonical spelling.

use super::model::USER_SUBJECT_TYPE;
use crate::domain::email::Email;
use crate::domain::field_error::FieldError;
use rolecall_attribute_policy::{RuleSet, ValidationErrors};
use serde_json::Value;

/// Parses a document that a caller submits.
///
/// # Errors
///
/// Every violation of the language, as a field of the request.
pub fn parse_policy(document: &Value) -> Result<RuleSet, Vec<FieldError>> {
    let field = |errors: ValidationErrors| errors.0.into_iter().map(|e| FieldError { pointer: e.pointer, code: e.code, detail: e.detail });
    RuleSet::parse(document, canonical_id).map_err(|errors| field(errors).collect())
}

/// Parses a stored document, accepted under the rules of its time: see [`RuleSet::restore`].
///
/// # Errors
///
/// The violations where the document is not one that could have been stored.
pub fn restore_policy(document: &Value) -> Result<RuleSet, ValidationErrors> {
    RuleSet::restore(document, canonical_id)
}

fn canonical_id(kind: &str, id: &str) -> Option<String> {
    let email = (kind == USER_SUBJECT_TYPE).then(|| Email::parse(id).ok())?;
    email.map(|email| email.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_email_must_have_its_canonical_spelling() {
        for (kind, id, canonical) in [
            ("user", "ann@example.com", None),
            ("user", "Ann@Example.com", Some("ann@example.com")),
            ("user", "Record-1", None),
            ("user", "usr_1", None),
            ("bot", "Ann@Example.com", None),
        ] {
            let document = json!({ "version": 1, "subjects": [{ "type": kind, "id": id }] });
            let errors = parse_policy(&document).err().unwrap_or_default();
            assert_eq!(errors.first().map(|error| error.pointer.as_str()), canonical.map(|_| "/subjects/0/id"), "{id}");
            assert!(errors.iter().all(|error| canonical.is_some_and(|canonical| error.detail.contains(canonical))));
            assert_eq!(restore_policy(&document).is_err(), canonical.is_some(), "{id}");
        }
    }
}
