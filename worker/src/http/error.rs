//! Error of a handler, and the problem that it becomes.

use rolecall_app::AppError;
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::transaction::denial::Denial;
use rolecall_wire::problem::{Problem, ProblemCode};

/// Error of a handler.
#[derive(Debug)]
pub enum HandlerError {
    /// A problem that is returned as it is.
    Problem(Box<Problem>),
    /// A problem, and the value of `Set-Cookie` of its response.
    ProblemWithCookie(Box<Problem>, String),
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

/// Problem to return for an error, and the cause of a fault for the log, which the caller does not receive.
pub fn problem_of(failure: HandlerError, store_failed: bool) -> (Problem, Option<String>) {
    let (cause, code) = match failure {
        HandlerError::Problem(problem) | HandlerError::ProblemWithCookie(problem, _) => return (*problem, None),
        HandlerError::MethodNotAllowed(_) => return (Problem::new(ProblemCode::MethodNotAllowed), None),
        HandlerError::App(AppError::Denied(denial)) => return (denial.into(), None),
        HandlerError::App(AppError::Invalid(errors)) => return (Problem::invalid(errors), None),
        HandlerError::App(AppError::Fault(fault)) => (fault.to_string(), ProblemCode::Internal),
        HandlerError::Fault(text) => (text, ProblemCode::Internal),
        HandlerError::Upstream(text) => (text, ProblemCode::UpstreamFailed),
    };
    (Problem::new(if store_failed { ProblemCode::StoreUnavailable } else { code }), Some(cause))
}

/// Whether a refusal is logged: failed authentication and authorization (ASVS 5.0 16.3.2).
pub fn is_logged_refusal(code: ProblemCode) -> bool {
    use ProblemCode as P;
    matches!(
        code,
        P::CredentialsInvalid
            | P::PasskeyInvalid
            | P::SecondFactorRequired
            | P::SecondFactorExpired
            | P::PasswordResetAdvised
            | P::SessionExpired
            | P::TokenInvalid
            | P::ApiKeyInvalid
            | P::PermissionMissing
            | P::PermissionEscalation
            | P::OwnerOnly
            | P::OriginForbidden
            | P::InvitationEmailMismatch
            | P::RateLimited
    )
}
