//! Why a decision ends without a change: a refusal, invalid fields, or data that still has to be loaded.

use super::denial::Denial;
use super::lookup::Lookup;
use crate::domain::field_error::FieldError;

/// Why a decision stopped short of a change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DecisionError {
    /// The answer is no.
    Denied(Denial),
    /// The caller may, but the fields are not right.
    Invalid(Vec<FieldError>),
    /// The decision asked for something that was not loaded: load it and decide again.
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
