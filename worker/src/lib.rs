//! Rolecall as a Cloudflare Worker, without I/O: a state machine that an entry in JavaScript drives (`worker/entry`).
//!
//! In scope: HTTP requests and responses, calls of other Workers, the gateway, mail, the console's files, background work. What it
//! needs of the platform it asks for by [`io::Need`]. Out of scope: performing that I/O (the entry), the meaning of requests
//! (`wire`), use cases (`app`), decisions (`core`), SQL (`store`).
//!
//! INVARIANT (no-panic): no code here panics, because a trap ends all requests of the same isolate.
//! INVARIANT (no-shared-requests): no static contains data of a request.

#[cfg(target_arch = "wasm32")]
mod abi;
mod access_token;
mod assets;
mod background;
mod config;
#[cfg_attr(not(target_arch = "wasm32"), expect(dead_code, reason = "used by the exports of the wasm module"))]
mod encode;
mod gateway;
mod handlers;
mod http;
pub mod io;
mod isolate;
mod issuer_network;
mod mail;
mod need_database;
mod rate_limit;
mod relying_party;
mod rpc;
mod rsa;
mod sign_in_config;
mod signatures;
pub mod tasks;
mod token_version_kv;

pub use config::Environment;
pub use http::dispatch::RequestEntropy;
pub use http::request::RequestHead;
