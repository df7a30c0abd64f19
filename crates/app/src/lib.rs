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
pub mod delivery;
pub mod error;
pub mod gateway;
pub mod hashing;
pub mod invitations;
pub mod joining;
pub mod members;
pub mod min_token_versions;
pub mod password_resets;
pub mod ports;
pub mod principals;
pub mod profile;
pub mod request_context;
pub mod roles;
pub mod session_start;
pub mod sessions;
pub mod signups;
pub mod transaction;

pub use error::{AppError, Fault};
pub use request_context::{App, Idempotency, RequestContext};
pub use transaction::{Outcome, StoredResponse};
