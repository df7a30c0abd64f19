//! The rules: each takes a view, a moment and a command, and returns what changes or why nothing does.

pub mod accounts;
pub mod api_keys;
pub mod attribute_policy;
pub mod invitations;
pub mod joining;
pub mod members;
pub mod password_resets;
pub mod profile;
pub mod reading;
pub mod roles;
pub mod sessions;
pub mod signups;

use crate::transaction::audit_event::{NewEvent, Resource};
use crate::transaction::change::{ChangeSet, Decided, Effect};
use crate::transaction::tracked_snapshot::View;

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
fn change<T>(view: &View, effects: Vec<Effect>, events: Vec<NewEvent>, answer: T) -> Decided<T> {
    Decided { change: ChangeSet { facts: view.take_facts(), effects, events }, answer }
}

/// Nothing changes; the facts are kept, so that an idempotency record rests on them too.
fn nothing<T>(view: &View, answer: T) -> Decided<T> {
    change(view, Vec::new(), Vec::new(), answer)
}
