//! Data transfer objects: request bodies, response bodies, and conversions from core.
//!
//! Fields may be added, never renamed or removed. Contains no rules.

mod account;
mod api_key;
mod audit;
mod invitation;
mod list;
mod macros;
mod meta;
mod passkey;
mod person;
mod provider;
mod role;
mod second_factor;
mod sign_in_proof;

pub use account::*;
pub use api_key::*;
pub use audit::*;
pub use invitation::*;
pub use list::*;
pub use meta::*;
pub use passkey::*;
pub use person::*;
pub use provider::*;
pub use role::*;
pub use second_factor::*;
pub use sign_in_proof::*;

#[cfg(feature = "openapi")]
pub(crate) use meta::schema;
