//! Errors of a policy document, each with its place in the document.

use core::error::Error;
use core::fmt;

/// A violation of the language's grammar or limits at one place of a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ValidationError {
    /// JSON pointer into the document (RFC 6901).
    pub pointer: String,
    /// Stable code, for example `too-long`.
    pub code: &'static str,
    /// A sentence for the author of the document.
    pub detail: String,
}

impl fmt::Display for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at \"{}\": {}", self.pointer, self.detail)
    }
}

impl Error for ValidationError {}

/// All errors of a document, at least one, in document order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ValidationErrors(pub Vec<ValidationError>);

impl fmt::Display for ValidationErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid attribute policy")?;
        self.0.iter().enumerate().try_for_each(|(index, error)| write!(f, "{} {error}", if index == 0 { ":" } else { ";" }))
    }
}

impl Error for ValidationErrors {}
