//! A field of a request that is not as it must be.

/// A field that is not as it must be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldError {
    /// JSON pointer into the request body (RFC 6901), or `?name` for a query parameter.
    pub pointer: String,
    /// Stable code, for example `email-malformed`.
    pub code: &'static str,
    /// One sentence for a person.
    pub detail: String,
}

impl FieldError {
    /// A faulty field; `detail` is shown to the caller.
    pub fn new(pointer: &str, code: &'static str, detail: impl Into<String>) -> Self {
        FieldError { pointer: pointer.to_owned(), code, detail: detail.into() }
    }
}
