//! One decision's transaction: what it looks up, the loaded snapshot, its inputs, the change that it returns, and the
//! preconditions under which that change commits.

pub mod audit_event;
pub mod authzen_entities;
pub mod change;
pub mod context;
pub mod decision_error;
pub mod denial;
pub mod fact;
pub mod lookup;
pub mod precondition;
pub mod slot_map;
pub mod snapshot_values;
pub mod tracked_snapshot;
