//! HTTP contract: route table, request and response bodies, problem codes.
//!
//! In scope: the route table, DTOs, strict JSON, the problem registry, parsers of headers and queries, and the OpenAPI document
//! generated from these. Out of scope: decisions (`core`), use cases (`app`), dispatch and I/O (`worker`). Everything here is
//! pure and tested natively.

pub mod authzen;
pub mod decode;
pub mod dto;
pub mod http;
pub mod json;
pub mod problem;
pub mod route;
pub mod route_table;
pub mod service_call;

#[cfg(feature = "openapi")]
pub mod openapi;
