//! Error of a handler. `finish` converts it to a problem document.

use rolecall_app::AppError;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::transaction::denial::Denial;
use rolecall_wire::problem::{Problem, ProblemCode};

/// Error of a handler.
#[derive(Debug)]
pub enum HandlerError {
    /// A problem that is returned as it is.
    Problem(Box<Problem>),
    /// Error of a use case.
    App(AppError),
    /// No route of the path has the method. The text is the value of `Allow`.
    MethodNotAllowed(String),
    /// Internal failure of the Worker; the message is logged and not returned.
    Fault(String),
    /// Failure of the upstream; the message is logged and not returned.
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
