//! Mail: templates and delivery.

pub mod delivery;
pub mod template;
