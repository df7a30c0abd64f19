//! What a handler hands back: a success in its form, or why there is none. `respond` turns both into HTTP.

use crate::http::error::HandlerError;
use crate::http::headers::Header;
use rolecall_app::{Outcome, StoredResponse};
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
pub struct HandlerResponse {
    /// The HTTP status.
    pub status: u16,
    /// What is sent.
    pub body: Body,
    /// Headers of its own.
    pub headers: Vec<(&'static str, String)>,
    /// How long it may be kept; None: not at all.
    pub cache: Option<&'static str>,
}

impl HandlerResponse {
    /// A success with a body.
    pub fn new(status: u16, body: Body) -> Self {
        HandlerResponse { status, body, headers: Vec::new(), cache: None }
    }

    /// JSON of a DTO.
    pub fn json(status: u16, dto: &impl Serialize) -> Result<Self, HandlerError> {
        Ok(HandlerResponse::new(status, Body::Json(to_json(dto)?)))
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
pub fn to_json(dto: &impl Serialize) -> Result<String, HandlerError> {
    serde_json::to_string(dto).map_err(|e| HandlerError::Fault(format!("a response cannot be written: {e}")))
}

/// A response with a body in the form in which it is stored for replays; None where it cannot be written.
pub fn stored(kind: impl Into<String>, dto: &impl Serialize) -> Option<StoredResponse> {
    Some(StoredResponse { kind: kind.into(), body: serde_json::to_string(dto).ok()? })
}

/// A response without a body in the form in which it is stored for replays.
pub fn stored_empty<T>(_: &T) -> Option<StoredResponse> {
    Some(StoredResponse { kind: String::new(), body: String::new() })
}

/// The response of a mutation whose output always has one.
pub fn rendered<T>(outcome: Outcome<T>) -> Result<StoredResponse, HandlerError> {
    outcome.into_response().map_err(|_| HandlerError::Fault("a response cannot be written".to_owned()))
}
