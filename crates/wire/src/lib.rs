//! The wire: what requests and answers look like, which routes there are, how failures are told.
//!
//! In scope: the route table, DTOs, strict JSON, the problem registry, reading headers and queries, and the
//! OpenAPI document that follows from these. Out of scope: deciding (`core`), use cases (`app`), answering (`worker`).
//! Everything here is pure, so that it is tested natively.

pub mod authzen;
pub mod decode;
pub mod dto;
pub mod http;
pub mod json;
pub mod problem;
pub mod routes;
pub mod table;

#[cfg(feature = "openapi")]
pub mod openapi;
