//! Policy engine: permissions, built-in roles and routes, parsed from JSON and evaluated as bit sets.
//!
//! In scope: parsing and validating a policy, permission sets, route matching. Out of scope: assignment of roles (`core`) and all
//! I/O. The Worker and the browser run the same code.
//!
//! Architecture invariant: no clock, no randomness, no serde, no JavaScript types; small enough for the browser.
#![no_std]

extern crate alloc;

mod model;
mod parse;
mod path;
mod path_segments;
mod routes;
mod set;

pub use model::{Permission, Policy, Role, UnknownPermission};
pub use parse::PolicyError;
pub use path::{PATH_MAX, validate_path};
pub use routes::{Freshness, Route, RouteMatch};
pub use set::{PERMISSIONS_MAX, PermissionId, PermissionSet};
