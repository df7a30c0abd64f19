//! Domain types, each parsed once. This module imports nothing from the rest of the crate.

pub mod account;
pub mod activity_counts;
pub mod api_key;
pub mod attribute_policy;
pub mod audit;
pub mod email;
pub mod field_error;
pub mod id;
pub mod identity;
pub mod invitation;
pub mod mail;
pub mod name;
pub mod principal;
pub mod restore_epoch;
pub mod role;
pub mod secret_hashes;
pub mod session;
pub mod time;
pub mod user;
