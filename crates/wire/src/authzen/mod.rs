//! The JSON of AuthZEN: requests that are read and answers that are written.
//!
//! Its rules are not those of `/v1`: unknown fields are ignored, and whatever is missing or mistyped is 400.
//! Source: OpenID AuthZEN Authorization API 1.0, sections 6 to 10.

mod entity;
pub mod evaluation;
pub mod response;
pub mod search;

#[cfg(feature = "openapi")]
pub(crate) mod schema;

pub use entity::refused;
