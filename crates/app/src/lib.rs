//! Use cases: the lookups of each decision, and the commit of its change.
//!
//! In scope: the order load → decide → commit, the retry of stale commits, the replay of stored responses, sealing of the audit
//! log, publication of minimum token versions, delivery of mail. Out of scope: decisions (`core`), SQL (`store`), HTTP (`wire`,
//! `worker`).

pub mod accounts;
pub mod api_keys;
pub mod app_state;
pub mod attribute_policies;
pub mod audit_log;
pub mod authzen;
pub mod delivery;
pub mod email_codes;
pub mod error;
pub mod gateway;
pub mod hash_queue;
pub mod invitations;
pub mod issuer_directory;
pub mod issuer_tokens;
pub mod joining;
pub mod members;
pub mod min_token_versions;
pub mod passkeys;
pub mod password_resets;
pub mod ports;
pub mod principals;
pub mod profile;
pub mod providers;
pub mod request_context;
pub mod roles;
pub mod second_factor;
pub mod session_start;
pub mod sessions;
pub mod sign_in_methods;
pub mod signups;
pub mod totp;
pub mod transaction;

pub use app_state::AppState;
pub use error::{AppError, Fault};
pub use request_context::{Idempotency, RequestContext};
pub use transaction::{Outcome, StoredResponse};

#[cfg(test)]
mod testing;
