//! Parsers of paths, queries and headers. Pure.

pub mod accept;
pub mod bearer;
pub mod cookie;
pub mod etag;
mod header_names;
pub mod local_host;
pub mod network;
pub mod origin;
pub mod path;
pub mod query;
pub mod request_headers;
pub mod response_headers;
