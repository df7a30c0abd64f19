//! Every SQL statement of Rolecall and every reader of rows, over one port: `batch(statements) → rows`.
//!
//! In scope: migrations, statements, row parsing, telling a refusal by the schema from broken machinery.
//! Out of scope: what to change (`core`), when and how often (`app`), the driver (`worker` for D1,
//! [`native`] for SQLite in tests). Only constant SQL exists here; every value is bound.

mod audit_log;
mod columns;
pub mod database;
mod denials;
mod effects;
mod lookups;
mod maintenance;
mod min_token_versions;
#[cfg(feature = "native")]
pub mod native;
mod outbox;
mod preconditions;
mod restore_epoch;
mod rows;
mod sql_store;
mod transaction;

pub use database::{Database, DbError, Row, Statement, Value};
pub use sql_store::SqlStore;
