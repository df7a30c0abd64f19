//! The rules: each takes a view, a moment and a command, and returns what changes or why nothing does.

pub mod accounts;
pub mod api_keys;
pub mod attribute_policy;
pub mod invitations;
pub mod joining;
pub mod members;
pub mod password_resets;
pub mod profile;
pub mod queries;
pub mod roles;
pub mod sessions;
pub mod signups;

use crate::transaction::audit_event::{NewEvent, Resource};
use crate::transaction::change::{ChangeSet, Decision, Effect};
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// One line of a dry run: what would be done to what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlannedChange {
    /// The audit action's word.
    pub action: &'static str,
    /// To what.
    pub resource: Resource,
    /// For a person.
    pub detail: String,
}

impl PlannedChange {
    fn new(action: &'static str, resource: Resource, detail: impl Into<String>) -> Self {
        PlannedChange { action, resource, detail: detail.into() }
    }
}

/// What was done, or what would be.
#[derive(Clone, PartialEq, Debug)]
pub enum Planned<T> {
    /// It was done.
    Done(T),
    /// Nothing was done; this is what would be.
    DryRun(Vec<PlannedChange>),
}

/// A change made of effects and events, with all that the view noted.
fn changed<T>(snapshot: &TrackedSnapshot, effects: Vec<Effect>, events: Vec<NewEvent>, output: T) -> Decision<T> {
    Decision { change: ChangeSet { preconditions: snapshot.take_preconditions(), effects, events }, output }
}

/// Nothing changes; the facts are kept, so that an idempotency record rests on them too.
fn unchanged<T>(snapshot: &TrackedSnapshot, output: T) -> Decision<T> {
    changed(snapshot, Vec::new(), Vec::new(), output)
}
