//! Why a decision ends without a change: a refusal, invalid fields, or data that still has to be loaded.

use super::denial::Denial;
use super::lookup::Want;
use crate::domain::field_error::FieldError;

/// Why a decision stopped short of a change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stop {
    /// The answer is no.
    Denied(Denial),
    /// The caller may, but the fields are not right.
    Invalid(Vec<FieldError>),
    /// The decision asked for something that was not loaded: load it and decide again.
    Missing(Box<Want>),
}

impl From<Denial> for Stop {
    fn from(denial: Denial) -> Self {
        Stop::Denied(denial)
    }
}

impl From<Want> for Stop {
    fn from(want: Want) -> Self {
        Stop::Missing(Box::new(want))
    }
}

impl From<FieldError> for Stop {
    fn from(error: FieldError) -> Self {
        Stop::Invalid(vec![error])
    }
}
