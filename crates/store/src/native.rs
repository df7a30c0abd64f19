//! A driver for SQLite in memory, for tests and simulations. The Worker never uses it.

use crate::database::{Database, DbError, Row, Rows, Statement, Value};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, params_from_iter};
use std::cell::RefCell;
use std::sync::OnceLock;

/// The SQL of every file in `migrations/`, in order of their names.
///
/// # Panics
///
/// If the folder cannot be read: the driver is for tests, which run where the sources are.
#[expect(clippy::expect_used, reason = "see Panics")]
pub fn migrations() -> &'static [String] {
    static SQL: OnceLock<Vec<String>> = OnceLock::new();
    SQL.get_or_init(|| {
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).expect("the folder of migrations");
        let mut files: Vec<_> = folder.map(|entry| entry.expect("an entry of the folder").path()).collect();
        files.sort();
        files.iter().map(|file| std::fs::read_to_string(file).expect("a migration in UTF-8")).collect()
    })
}

/// The schema that the [`migrations`] leave, as one text: a test that makes a thousand databases runs twenty migrations once.
///
/// # Panics
///
/// If a migration fails.
#[expect(clippy::expect_used, reason = "see Panics")]
fn migrated_schema() -> &'static [String] {
    static SQL: OnceLock<Vec<String>> = OnceLock::new();
    SQL.get_or_init(|| {
        let migrated = InMemorySqlite::with_schema(migrations()).expect("the migrations");
        let rows = migrated.rows("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid").expect("the schema");
        vec![rows.iter().filter_map(|row| row.opt_text("sql")).collect::<Vec<_>>().join(";\n")]
    })
}

/// A migrated SQLite database in memory.
#[derive(Debug)]
pub struct InMemorySqlite {
    connection: RefCell<Connection>,
}

impl InMemorySqlite {
    /// Creates an empty database with the schema that all [`migrations`] leave.
    ///
    /// # Errors
    ///
    /// Those of [`InMemorySqlite::with_schema`].
    pub fn new() -> Result<Self, DbError> {
        Self::with_schema(migrated_schema())
    }

    /// Creates an empty database with foreign keys, and runs these migrations.
    ///
    /// # Errors
    ///
    /// [`DbError`] if SQLite cannot open a database or a migration fails.
    pub fn with_schema(migrations: &[String]) -> Result<Self, DbError> {
        let connection = Connection::open_in_memory().map_err(error)?;
        connection.execute_batch("PRAGMA foreign_keys = ON").map_err(error)?;
        for migration in migrations {
            connection.execute_batch(migration).map_err(error)?;
        }
        Ok(InMemorySqlite { connection: RefCell::new(connection) })
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

impl Database for InMemorySqlite {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError> {
        let mut connection = self.connection.borrow_mut();
        let transaction = connection.transaction().map_err(error)?;
        let sets: Result<Vec<Rows>, DbError> = statements.iter().map(|s| read(&transaction, s.sql, &s.params)).collect();
        let sets = sets?;
        transaction.commit().map_err(error)?;
        Ok(sets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_database_has_the_schema_of_the_migrations() {
        let schema = |database: &InMemorySqlite| {
            let rows = database.rows("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name").unwrap();
            rows.iter().map(|row| format!("{row:?}")).collect::<Vec<_>>()
        };
        let migrated = InMemorySqlite::with_schema(migrations()).unwrap();
        assert_eq!(schema(&InMemorySqlite::new().unwrap()), schema(&migrated));
    }
}
