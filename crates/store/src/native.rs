//! A driver for SQLite in memory, for tests and simulations. The Worker never uses it.

use crate::database::{Database, DbError, Row, Rows, Statement, Value};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, params_from_iter};
use std::cell::RefCell;

/// The SQL of every migration, in order.
pub const MIGRATIONS: [&str; 13] = [
    include_str!("../migrations/0001_accounts.sql"),
    include_str!("../migrations/0002_attribute_policy.sql"),
    include_str!("../migrations/0003_vouching.sql"),
    include_str!("../migrations/0004_token_floor.sql"),
    include_str!("../migrations/0005_upkeep.sql"),
    include_str!("../migrations/0006_sealing.sql"),
    include_str!("../migrations/0007_versions.sql"),
    include_str!("../migrations/0008_what_time_ends.sql"),
    include_str!("../migrations/0009_brakes.sql"),
    include_str!("../migrations/0010_replays.sql"),
    include_str!("../migrations/0011_denials.sql"),
    include_str!("../migrations/0012_restore_epoch.sql"),
    include_str!("../migrations/0013_audit_filters.sql"),
];

/// A migrated SQLite database in memory.
#[derive(Debug)]
pub struct Native {
    connection: RefCell<Connection>,
}

impl Native {
    /// Creates an empty database, enables foreign keys and runs [`MIGRATIONS`].
    ///
    /// # Errors
    ///
    /// [`DbError`] if SQLite cannot open a database or a migration fails.
    pub fn new() -> Result<Self, DbError> {
        let connection = Connection::open_in_memory().map_err(error)?;
        connection.execute_batch("PRAGMA foreign_keys = ON").map_err(error)?;
        for migration in MIGRATIONS {
            connection.execute_batch(migration).map_err(error)?;
        }
        Ok(Native { connection: RefCell::new(connection) })
    }

    /// Runs one or more SQL statements outside of a batch, for tests that attack the schema or remove a trigger.
    ///
    /// # Errors
    ///
    /// [`DbError`] if SQLite rejects a statement; earlier statements keep their effect.
    pub fn execute(&self, sql: &str) -> Result<(), DbError> {
        self.connection.borrow().execute_batch(sql).map_err(error)
    }

    /// Returns the rows of one SQL statement.
    ///
    /// # Errors
    ///
    /// [`DbError`] if SQLite rejects the statement.
    pub fn rows(&self, sql: &str) -> Result<Rows, DbError> {
        read(&self.connection.borrow(), sql, &[])
    }
}

fn error(error: rusqlite::Error) -> DbError {
    DbError::classify(error.to_string())
}

fn read(connection: &Connection, sql: &str, params: &[Value]) -> Result<Rows, DbError> {
    let mut prepared = connection.prepare_cached(sql).map_err(error)?;
    let names: Vec<String> = prepared.column_names().into_iter().map(str::to_owned).collect();
    let bound = params.iter().map(|value| match value {
        Value::Null => rusqlite::types::Value::Null,
        Value::Integer(number) => rusqlite::types::Value::Integer(*number),
        Value::Text(text) => rusqlite::types::Value::Text(text.clone()),
    });
    let mut found = prepared.query(params_from_iter(bound)).map_err(error)?;
    let mut rows = Rows::new();
    while let Some(row) = found.next().map_err(error)? {
        let mut columns = Vec::with_capacity(names.len());
        for (index, name) in names.iter().enumerate() {
            let value = match row.get_ref(index).map_err(error)? {
                ValueRef::Null | ValueRef::Blob(_) | ValueRef::Real(_) => Value::Null,
                ValueRef::Integer(number) => Value::Integer(number),
                ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
            };
            columns.push((name.clone(), value));
        }
        rows.push(Row(columns));
    }
    Ok(rows)
}

impl Database for Native {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError> {
        let mut connection = self.connection.borrow_mut();
        let transaction = connection.transaction().map_err(error)?;
        let sets: Result<Vec<Rows>, DbError> = statements.iter().map(|s| read(&transaction, s.sql, &s.params)).collect();
        let sets = sets?;
        transaction.commit().map_err(error)?;
        Ok(sets)
    }
}
