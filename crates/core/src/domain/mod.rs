//! Domain types, each parsed once. This module imports nothing from the rest of the crate.

pub mod account;
pub mod activity_counts;
pub mod api_key;
pub mod attribute_policy;
pub mod audit;
pub mod authentication;
pub mod email;
pub mod email_code;
pub mod endpoint_url;
pub mod field_error;
pub mod id;
pub mod identity;
pub mod invitation;
pub mod mail;
pub mod name;
pub mod passkey;
pub mod personal_value;
pub mod principal;
pub mod provider_identity;
pub mod restore_epoch;
pub mod role;
pub mod secret_hashes;
pub mod session;
pub mod sign_in_config;
pub mod time;
pub mod user;
