//! HTTP: reading a request, dispatching it to its handler, and finishing the response.

pub mod context;
pub mod cors;
pub mod dispatch;
pub mod error;
pub mod finish;
pub mod request;
pub mod response;
pub mod router;
pub mod security_headers;
