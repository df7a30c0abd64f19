//! Database adapter of the store: asks the driver to run a batch on D1, and reads the rows of its reply.

use crate::io::{Io, Need};
use core::cell::Cell;
use core::fmt;
use rolecall_store::database::Rows;
use rolecall_store::{Database, DbError, Row, Statement, Value};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

/// Database of one task, with counters of its calls.
#[derive(Debug)]
pub struct NeedDatabase {
    io: Io,
    round_trips: Cell<u32>,
    statements: Cell<u32>,
    failed: Cell<bool>,
}

impl NeedDatabase {
    /// The database of a task's driver.
    pub fn new(io: Io) -> Self {
        NeedDatabase { io, round_trips: Cell::new(0), statements: Cell::new(0), failed: Cell::new(false) }
    }

    /// Number of batches so far.
    pub fn round_trips(&self) -> u32 {
        self.round_trips.get()
    }

    /// Number of statements so far.
    pub fn statements(&self) -> u32 {
        self.statements.get()
    }

    /// Whether the database or the connection failed.
    pub fn failed(&self) -> bool {
        self.failed.get()
    }
}

/// Whether a statement has a list of rows as its result, even an empty one.
fn has_rows(sql: &str) -> bool {
    sql.starts_with("SELECT") || sql.contains(" RETURNING ")
}

/// Parses the rows of each statement; `reads` tells which statements are queries.
///
/// # Errors
/// If the number of results is wrong, a statement failed, or a query has no list of rows. Such a result must not be taken for
/// an empty one.
fn parse_results(json: &str, reads: &[bool]) -> Result<Vec<Rows>, String> {
    let results: Vec<StatementResult> = serde_json::from_str(json).map_err(|e| format!("a D1 result cannot be parsed: {e}"))?;
    if results.len() != reads.len() {
        return Err(format!("D1 returned {} results for {} statements", results.len(), reads.len()));
    }
    let rows = |(result, reads): (StatementResult, &bool)| match result.results {
        _ if !result.success => Err("D1 reported a failed statement".to_owned()),
        None if *reads => Err("D1 returned no rows for a query".to_owned()),
        rows => Ok(rows.unwrap_or_default().into_iter().map(|row| row.0).collect()),
    };
    results.into_iter().zip(reads).map(rows).collect()
}

impl Database for NeedDatabase {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError> {
        let count = u32::try_from(statements.len()).unwrap_or(u32::MAX);
        self.round_trips.set(self.round_trips.get() + 1);
        self.statements.set(self.statements.get().saturating_add(count));
        let reads: Vec<bool> = statements.iter().map(|statement| has_rows(statement.sql)).collect();
        let reply = self.io.ask_text(Need::Database { statements }).await.map_err(DbError::classify);
        let rows = reply.and_then(|json| parse_results(&json, &reads).map_err(DbError::Failed));
        self.failed.set(self.failed.get() || matches!(rows, Err(DbError::Failed(_))));
        rows
    }
}

/// Result of one statement of a batch.
#[derive(Deserialize)]
struct StatementResult {
    results: Option<Vec<Columns>>,
    #[serde(default = "default_success")]
    success: bool,
}

/// D1 rejects the promise on failure, so a result without `success` counts as successful.
fn default_success() -> bool {
    true
}

struct Columns(Row);

impl<'de> Deserialize<'de> for Columns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ColumnsVisitor)
    }
}

struct ColumnsVisitor;

impl<'de> Visitor<'de> for ColumnsVisitor {
    type Value = Columns;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Columns, A::Error> {
        let mut columns = Vec::with_capacity(members.size_hint().unwrap_or(8));
        while let Some((name, Scalar(value))) = members.next_entry::<String, Scalar>()? {
            columns.push((name, value));
        }
        Ok(Columns(Row(columns)))
    }
}

struct Scalar(Value);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor).map(Scalar)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, an integer or a string")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        i64::try_from(value).map(Value::Integer).map_err(E::custom)
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_with_their_columns_in_order() {
        let json = r#"[{"results":[{"b":1790000000000,"a":"x","c":null},{"b":-1,"a":"","c":"y"}],"success":true,"meta":{"duration":0.5,"rows":[{}]}},{"results":[]},{"success":true}]"#;
        let results = parse_results(json, &[true, true, false]).unwrap();
        assert_eq!(results.iter().map(Vec::len).collect::<Vec<_>>(), [2, 0, 0]);
        let columns = &results[0][0].0;
        assert_eq!(columns[0], ("b".to_owned(), Value::Integer(1_790_000_000_000)));
        assert_eq!(columns[1], ("a".to_owned(), Value::Text("x".to_owned())));
        assert_eq!(columns[2], ("c".to_owned(), Value::Null));
    }

    #[test]
    fn queries_and_writes_that_return_rows_have_rows() {
        assert!(has_rows("SELECT 1") && has_rows("UPDATE mail SET due_at = ?1 WHERE id = ?2 RETURNING id"));
        assert!(!has_rows("DELETE FROM mail") && !has_rows("INSERT INTO fact SELECT 1"));
    }

    #[test]
    fn a_malformed_result_is_an_error() {
        for json in [
            r#"[{"results":[{"a":1.5}]}]"#,
            r#"[{"results":[{"a":{}}]}]"#,
            r#"[{"results":[1]}]"#,
            r#"[{"results":[null]}]"#,
            r#"[{"results":"x"}]"#,
            r#"[{"results":null}]"#,
            r#"[{"results":{}}]"#,
            r#"[{"success":true}]"#,
            r#"[{"results":[],"success":false,"error":"x"}]"#,
            r#"[{"results":[],"success":null}]"#,
            r#"[{"results":[]},{"results":[]}]"#,
            "[]",
            "[null]",
            "[7]",
            "null",
            "{}",
            "\"x\"",
            "",
        ] {
            assert!(parse_results(json, &[true]).is_err(), "{json}");
        }
    }
}
