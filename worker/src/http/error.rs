//! Why a handler has no success to return. `finish` turns it into a problem document.

use rolecall_app::AppError;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::transaction::denial::Denial;
use rolecall_wire::problem::{Problem, ProblemCode};

/// Why there is no success.
#[derive(Debug)]
pub enum HandlerError {
    /// Told to the caller.
    Problem(Box<Problem>),
    /// From a use case.
    App(AppError),
    /// Machinery of the Worker itself failed; the text is for the log.
    Fault(String),
    /// The API behind the gateway failed; the text is for the log.
    Upstream(String),
}

impl From<AppError> for HandlerError {
    fn from(error: AppError) -> Self {
        HandlerError::App(error)
    }
}

impl From<Denial> for HandlerError {
    fn from(denial: Denial) -> Self {
        HandlerError::Problem(Box::new(denial.into()))
    }
}

impl From<Vec<FieldError>> for HandlerError {
    fn from(errors: Vec<FieldError>) -> Self {
        Problem::invalid(errors).into()
    }
}

impl From<ProblemCode> for HandlerError {
    fn from(code: ProblemCode) -> Self {
        Problem::new(code).into()
    }
}

impl From<Problem> for HandlerError {
    fn from(problem: Problem) -> Self {
        HandlerError::Problem(Box::new(problem))
    }
}

impl From<worker::Error> for HandlerError {
    fn from(error: worker::Error) -> Self {
        HandlerError::Fault(error.to_string())
    }
}
