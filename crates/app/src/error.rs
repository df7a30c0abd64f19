//! Errors of use cases: a denial, invalid fields, or a fault.

use core::fmt;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::transaction::denial::Denial;

/// Failure of the store, of a binding or of another service. The text is for the log alone and is never sent to a client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault(String);

impl Fault {
    /// A fault with the text of its cause.
    pub fn new(cause: impl ToString) -> Self {
        Fault(cause.to_string())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for Fault {}

/// Error of a use case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AppError {
    /// The request is denied.
    Denied(Denial),
    /// The caller is authorised, but fields are invalid.
    Invalid(Vec<FieldError>),
    /// A dependency failed. Whether the change was committed is unknown; a retry with the same idempotency key is safe.
    Fault(Fault),
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AppError::Denied(denial) => write!(f, "denied: {denial:?}"),
            AppError::Invalid(errors) => write!(f, "{} invalid fields", errors.len()),
            AppError::Fault(fault) => write!(f, "a dependency failed: {fault}"),
        }
    }
}

impl core::error::Error for AppError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            AppError::Denied(_) => None,
            AppError::Invalid(errors) => errors.first().map(|error| error as _),
            AppError::Fault(fault) => Some(fault),
        }
    }
}

impl From<Denial> for AppError {
    fn from(denial: Denial) -> Self {
        AppError::Denied(denial)
    }
}

impl From<Fault> for AppError {
    fn from(fault: Fault) -> Self {
        AppError::Fault(fault)
    }
}
