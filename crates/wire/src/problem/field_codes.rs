//! Codes of errors of one field.

/// Codes in `errors[].code`, with their descriptions.
pub const FIELD_CODES: &[(&str, &str)] = &[
    ("required", "The field is required."),
    ("unknown", "The field or query parameter is unknown."),
    ("type-wrong", "The value has the wrong JSON type."),
    ("ambiguous", "The value excludes another that the request has too."),
    ("too-short", "The string or list is shorter than allowed."),
    ("too-long", "The string or list is longer than allowed."),
    ("email-malformed", "The value is not a valid email address."),
    ("password-too-short", "The password must have at least 15 characters."),
    ("password-too-long", "The password must have at most 256 bytes."),
    ("password-common", "The password is commonly used and easy to guess."),
    ("password-repetitive", "The password consists of a repeated pattern."),
    ("password-context", "The password contains the product name, the account name, or a part of the email."),
    ("role-unknown", "The account has no role with this code."),
    ("permission-unknown", "The policy has no permission with this code."),
    ("id-malformed", "The value is not an id of the expected type."),
    ("value-invalid", "The value is not valid; `detail` says why."),
    ("out-of-range", "The number is outside the allowed range."),
];
