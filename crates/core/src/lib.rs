//! The rules of Rolecall: accounts, members, invitations, roles, sessions and the audit trail.
//!
//! In scope: parsing what comes from outside into types, and deciding, purely, what a command changes.
//! Out of scope: reading and writing (`store`), the order of loading and committing (`app`),
//! HTTP (`wire`, `worker`). Time and random bytes are parameters, so every decision can be repeated.
//!
//! Architecture invariant: no async, no clock, no randomness, no SQL and no HTTP status in this crate.

pub mod access;
pub mod authzen;
pub mod brakes;
pub mod change;
pub mod cursor;
pub mod decision;
pub mod denial;
pub mod device;
pub mod email;
pub mod epoch;
pub mod fact;
pub mod floor;
pub mod gateway;
pub mod id;
pub mod link;
pub mod lockout;
pub mod model;
pub mod moment;
pub mod password;
pub mod permission_token;
pub mod principal;
pub mod rules;
pub mod secret;
pub mod time;
pub mod view;
pub mod want;
