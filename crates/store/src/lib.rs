//! The SQL statements of Rolecall and the conversion of rows to domain types, over one port: [`Database::batch`].
//!
//! In scope: migrations, statements, row parsing, and telling a rejection by the schema from a failure of the database.
//! Out of scope: what to change (`core`), when and how often (`app`), and the driver: `worker` has the one for D1, the module
//! `native` (with the feature of the same name) the one for SQLite in tests. All SQL is constant; every value is bound.

mod audit_log;
pub mod database;
mod denials;
mod effects;
mod idempotency;
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
