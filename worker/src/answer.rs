//! What a handler hands back: a success in its form, or why there is none. `respond` turns both into HTTP.

use crate::headers::Header;
use rolecall_app::{AppError, Done, Recorded};
use rolecall_core::domain::field_error::FieldError;
use rolecall_core::transaction::denial::Denial;
use rolecall_wire::problem::{Problem, ProblemCode};
use serde::Serialize;

/// The body of a success.
pub enum Body {
    /// None.
    Empty,
    /// JSON.
    Json(String),
    /// A text of another media type.
    Text(&'static str, String),
    /// A page, which may load its own scripts and styles.
    Html(String),
    /// A text that is compiled in, with its media type.
    Static(&'static str, &'static str),
    /// A response made elsewhere, kept with its status, and which of its headers pass.
    Passed(worker::Response, Vec<Header>),
}

/// A success.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// What is sent.
    pub body: Body,
    /// Headers of its own.
    pub headers: Vec<(&'static str, String)>,
    /// How long it may be kept; None: not at all.
    pub cache: Option<&'static str>,
}

/// Why there is no success.
#[derive(Debug)]
pub enum Failure {
    /// Told to the caller.
    Problem(Box<Problem>),
    /// From a use case.
    App(AppError),
    /// Machinery of the Worker itself failed; the text is for the log.
    Fault(String),
    /// The API behind the gateway failed; the text is for the log.
    Upstream(String),
}

impl Answer {
    /// A success with a body.
    pub fn new(status: u16, body: Body) -> Self {
        Answer { status, body, headers: Vec::new(), cache: None }
    }

    /// JSON of a DTO.
    pub fn json(status: u16, dto: &impl Serialize) -> Result<Self, Failure> {
        Ok(Answer::new(status, Body::Json(to_json(dto)?)))
    }

    /// One header more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// May be kept by browsers and caches.
    #[must_use]
    pub fn cached(mut self, how: &'static str) -> Self {
        self.cache = Some(how);
        self
    }
}

/// The JSON of a DTO.
pub fn to_json(dto: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(dto).map_err(|e| Failure::Fault(format!("a response cannot be written: {e}")))
}

/// An answer as it is kept for replays; nothing is kept where it cannot be written.
pub fn recorded(kind: impl Into<String>, dto: &impl Serialize) -> Option<Recorded> {
    Some(Recorded { kind: kind.into(), body: serde_json::to_string(dto).ok()? })
}

/// The record of an answer without a body.
pub fn nothing<T>(_: &T) -> Option<Recorded> {
    Some(Recorded { kind: String::new(), body: String::new() })
}

/// A fresh answer in the form in which it is kept, or the one that was kept.
pub fn settled<T>(done: Done<T>, render: impl Fn(&T) -> Option<Recorded>) -> Result<Recorded, Failure> {
    match done {
        Done::Fresh(answer) => render(&answer).ok_or_else(|| Failure::Fault("a response cannot be written".to_owned())),
        Done::Replayed(recorded) => Ok(recorded),
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        Failure::App(error)
    }
}

impl From<Denial> for Failure {
    fn from(denial: Denial) -> Self {
        Failure::Problem(Box::new(denial.into()))
    }
}

impl From<Vec<FieldError>> for Failure {
    fn from(errors: Vec<FieldError>) -> Self {
        Problem::invalid(errors).into()
    }
}

impl From<ProblemCode> for Failure {
    fn from(code: ProblemCode) -> Self {
        Problem::new(code).into()
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Failure::Problem(Box::new(problem))
    }
}

impl From<worker::Error> for Failure {
    fn from(error: worker::Error) -> Self {
        Failure::Fault(error.to_string())
    }
}
