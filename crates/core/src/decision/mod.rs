//! Decisions: pure functions from a snapshot, the inputs of the request and a command to a change or a denial.
//!
//! A decision checks in the order session (401), account and membership (404), permission (403), `If-Match` (412), a recent
//! authentication (401), fields (422) and then state (409, 410), and stops with `NotLoaded` wherever it needs data that was not loaded.

pub mod accounts;
pub mod api_keys;
pub mod attribute_policy;
pub mod email_codes;
pub mod invitations;
pub mod joining;
pub mod members;
mod new_user;
pub mod passkey_sign_in;
pub mod passkeys;
pub mod password;
pub mod password_resets;
pub mod profile;
pub mod providers;
pub mod queries;
pub mod reauthentication;
pub mod roles;
pub mod second_factor;
pub mod session_start;
pub mod sessions;
pub mod signups;
mod throttle;
pub mod totp;

#[cfg(test)]
mod invariants;

use crate::transaction::audit_event::{NewEvent, Resource};
use crate::transaction::change::{ChangeSet, Decision, Effect};
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// One line of a dry run: an action and the resource that it would change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlannedChange {
    /// Action, named as in the audit log.
    pub action: &'static str,
    /// Resource that would change.
    pub resource: Resource,
    /// One sentence for people.
    pub detail: String,
}

impl PlannedChange {
    fn new(action: &'static str, resource: Resource, detail: impl Into<String>) -> Self {
        PlannedChange { action, resource, detail: detail.into() }
    }
}

/// Output of a command that supports dry runs.
#[derive(Clone, PartialEq, Debug)]
pub enum Planned<T> {
    /// The command was carried out.
    Done(T),
    /// Dry run: nothing was changed; these changes would be made.
    DryRun(Vec<PlannedChange>),
}

/// A decision with effects and events, on the preconditions that the snapshot recorded.
fn changed<T>(snapshot: &TrackedSnapshot, effects: Vec<Effect>, events: Vec<NewEvent>, output: T) -> Decision<T> {
    Decision { change: ChangeSet { preconditions: snapshot.take_preconditions(), effects, events }, output }
}

/// A decision that changes nothing. It keeps its preconditions, since a stored idempotency record depends on them too.
fn unchanged<T>(snapshot: &TrackedSnapshot, output: T) -> Decision<T> {
    changed(snapshot, Vec::new(), Vec::new(), output)
}
