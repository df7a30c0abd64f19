//! Response of a handler, before `finish` converts it to HTTP.

use crate::http::error::HandlerError;
use crate::io::Header;
use rolecall_app::{Outcome, StoredResponse};
use serde::Serialize;
use std::future::Future;
use std::pin::Pin;

/// Task that writes a streamed body by [`Need::Chunk`](crate::io::Need::Chunk); an error aborts the body.
pub type BodyStream = Pin<Box<dyn Future<Output = Result<(), ()>>>>;

/// Body of a response.
pub enum Body {
    /// No body.
    Empty,
    /// JSON text.
    Json(String),
    /// Media type and text.
    Text(&'static str, String),
    /// HTML page; its content security policy permits scripts and styles of this origin.
    Html(String),
    /// Media type and embedded text.
    Static(&'static str, &'static str),
    /// Body of the response that the task received last, and the headers to copy from it.
    Received(Vec<Header>),
    /// WebSocket of the response that the task received last, and the headers to copy from it.
    WebSocket(Vec<Header>),
    /// Media type and task that writes the body.
    Stream(&'static str, BodyStream),
}

/// Response of a handler.
pub struct HandlerResponse {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: Body,
    /// Additional headers.
    pub headers: Vec<(&'static str, String)>,
    /// Value of `Cache-Control`; `None` means `no-store`.
    pub cache: Option<&'static str>,
}

impl HandlerResponse {
    /// Creates a response without additional headers and with `Cache-Control: no-store`.
    pub fn new(status: u16, body: Body) -> Self {
        HandlerResponse { status, body, headers: Vec::new(), cache: None }
    }

    /// Creates a response with a DTO as JSON.
    ///
    /// # Errors
    /// [`HandlerError::Fault`] if serialization fails.
    pub fn json(status: u16, dto: &impl Serialize) -> Result<Self, HandlerError> {
        Ok(HandlerResponse::new(status, Body::Json(to_json(dto)?)))
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets `Cache-Control`.
    #[must_use]
    pub fn with_cache_control(mut self, directives: &'static str) -> Self {
        self.cache = Some(directives);
        self
    }
}

/// Serializes a DTO to JSON.
///
/// # Errors
/// [`HandlerError::Fault`] if serialization fails.
pub fn to_json(dto: &impl Serialize) -> Result<String, HandlerError> {
    serde_json::to_string(dto).map_err(|e| HandlerError::Fault(format!("a response cannot be written: {e}")))
}

/// Stored form of a response with a body, for idempotent replays; `None` if serialization fails.
pub fn stored_response(kind: impl Into<String>, dto: &impl Serialize) -> Option<StoredResponse> {
    Some(StoredResponse { kind: kind.into(), body: serde_json::to_string(dto).ok()? })
}

/// Stored form of a response without a body, for idempotent replays.
pub fn stored_empty<T>(_: &T) -> Option<StoredResponse> {
    Some(StoredResponse { kind: String::new(), body: String::new() })
}

/// Response of a mutation that stores its response.
///
/// # Errors
/// [`HandlerError::Fault`] if the output was not serialized.
pub fn outcome_response<T>(outcome: Outcome<T>) -> Result<StoredResponse, HandlerError> {
    outcome.into_response().map_err(|_| HandlerError::Fault("a response cannot be written".to_owned()))
}
