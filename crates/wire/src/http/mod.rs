//! Reading a request around its body: the path, the query, and the headers that carry meaning. Pure.

pub mod accept;
pub mod bearer;
pub mod cookie;
pub mod etag;
pub mod forward;
pub mod loopback;
pub mod network;
pub mod origin;
pub mod path;
pub mod query;
pub mod request_headers;
