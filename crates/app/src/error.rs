//! The three ways in which a use case fails, never merged: a no, faulty fields, broken machinery.

use core::fmt;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::transaction::denial::Denial;

/// Machinery failed. The text is for the log only and never reaches a caller.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault(String);

impl Fault {
    /// A fault with its cause.
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

/// Why a use case has no success to report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AppError {
    /// A rule says no.
    Denied(Denial),
    /// The fields are not right.
    Invalid(Vec<FieldError>),
    /// Machinery failed; whether the change happened is unknown, and sending it again is safe.
    Fault(Fault),
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
