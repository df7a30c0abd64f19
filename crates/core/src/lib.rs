//! The rules of Rolecall: accounts, members, invitations, roles, sessions and the audit trail.
//!
//! In scope: parsing external input into types, and deciding, purely, what a command changes.
//! Out of scope: reading and writing (`store`), the order of loading and committing (`app`),
//! HTTP (`wire`, `worker`). Time and random bytes are parameters, so every decision can be repeated.
//!
//! - [`domain`]: the plain types, each parsed once; it imports nothing else of this crate.
//! - [`credential`]: secrets, links, cursors, tokens and passwords.
//! - [`transaction`]: what is loaded for a decision, what a decision returns, and the preconditions of its commit.
//! - [`authz`]: who the caller is, and what they may do.
//! - [`decision`]: one function per command.
//! - [`authzen`]: the evaluations and searches of the AuthZEN API.
//! - `testing` (feature `testing`): fixtures for unit tests of decisions.
//!
//! Architecture invariant: no async, no clock, no randomness, no SQL and no HTTP status in this crate.

pub mod authz;
pub mod authzen;
pub mod credential;
pub mod decision;
#[cfg(test)]
mod documented_limits;
pub mod domain;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod transaction;
