//! What the domain consists of: plain types, each parsed once.

pub mod account;
pub mod api_key;
pub mod attribute_policy;
pub mod audit;
pub mod invitation;
pub mod mail;
pub mod name;
pub mod role;
pub mod session;
pub mod user;
