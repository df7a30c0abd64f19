//! JSON of the AuthZEN API: parsed requests and serialised responses.
//!
//! Unlike in `/v1`, unknown members are ignored, and a missing or mistyped member is a 400 response.
//! Source: OpenID AuthZEN Authorization API 1.0, sections 6 to 10.

mod entity;
pub mod evaluation;
pub mod response;
pub mod search;

#[cfg(feature = "openapi")]
pub(crate) mod schema;

pub use entity::malformed_request;
