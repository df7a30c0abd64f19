//! Use cases: what is loaded for a decision, who decides, and how the change is committed.
//!
//! In scope: the order load → decide → commit, repeating it when a fact was lost, replaying answers to
//! repeated requests, sealing the audit log, delivering mail. Out of scope: the rules (`core`), SQL (`store`),
//! HTTP (`wire`, `worker`).

pub mod accounts;
pub mod api_keys;
pub mod attribute_policies;
pub mod audit_log;
pub mod authzen;
pub mod call;
pub mod engine;
pub mod entrance;
pub mod error;
pub mod floors;
pub mod gateway;
pub mod hashing;
pub mod invitations;
pub mod joining;
pub mod members;
pub mod outbox;
pub mod password_resets;
pub mod ports;
pub mod principals;
pub mod profile;
pub mod roles;
pub mod sessions;
pub mod signups;

pub use call::{App, Call, Idempotency};
pub use engine::{Done, Recorded};
pub use error::{AppError, Fault};
