//! Mail: what the letters say, and how they get out.

pub mod delivery;
pub mod template;
