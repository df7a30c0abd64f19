//! Evaluations and searches of the AuthZEN Authorization API.
//!
//! In scope: permissions of roles (from stored memberships), the attribute policy, and the combination of both; searches and
//! their pages. Out of scope: the JSON of requests and responses (`wire::authzen`), loading (`app::authzen`).
//! Source: OpenID AuthZEN Authorization API 1.0, sections 5 to 8.
//!
//! INVARIANT (deny-wins): a rule of the attribute policy that denies overrides roles and every rule that permits;
//! otherwise a role or a rule that permits is enough; otherwise the decision is deny.

mod evaluate;
mod evaluator;
mod model;
pub mod page;
mod policy_document;
mod search;

pub use evaluate::evaluate;
pub use model::*;
pub use policy_document::{parse_policy, restore_policy};
pub use search::{ActionSearch, ResourceSearch, SearchResults, SubjectSearch, actions, resources, subjects};
