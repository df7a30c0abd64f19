//! Validation error of one field of a request.

use core::fmt;

/// Validation error of one field of a request body or query.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldError {
    /// JSON pointer into the request body (RFC 6901), or `?name` for a query parameter.
    pub pointer: String,
    /// Stable problem code, for example `email-malformed`.
    pub code: &'static str,
    /// Description of the error: one sentence for a person.
    pub detail: String,
}

impl FieldError {
    /// Creates an error; `detail` is part of the response.
    pub fn new(pointer: &str, code: &'static str, detail: impl Into<String>) -> Self {
        FieldError { pointer: pointer.to_owned(), code, detail: detail.into() }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.pointer, self.detail, self.code)
    }
}

impl core::error::Error for FieldError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_displayed_error_names_field_description_and_code() {
        let error = FieldError::new("/name", "too-short", "A name is missing.");
        assert_eq!(error.to_string(), "/name: A name is missing. (too-short)");
    }
}
