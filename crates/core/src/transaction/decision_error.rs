//! Errors of a decision: a denial, invalid fields, or data that was not loaded.

use super::denial::Denial;
use super::lookup::Lookup;
use crate::domain::field_error::FieldError;

/// Error of a decision.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DecisionError {
    /// The command is denied.
    Denied(Denial),
    /// The caller is authorised, but fields are invalid.
    Invalid(Vec<FieldError>),
    /// The decision needs data that was not loaded: load it and decide again.
    NotLoaded(Box<Lookup>),
}

impl From<Denial> for DecisionError {
    fn from(denial: Denial) -> Self {
        DecisionError::Denied(denial)
    }
}

impl From<Lookup> for DecisionError {
    fn from(lookup: Lookup) -> Self {
        DecisionError::NotLoaded(Box::new(lookup))
    }
}

impl From<FieldError> for DecisionError {
    fn from(error: FieldError) -> Self {
        DecisionError::Invalid(vec![error])
    }
}
