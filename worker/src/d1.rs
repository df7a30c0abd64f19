//! The store's port on D1: binds values, runs one batch as one transaction, reads rows.
//!
//! It calls D1's JavaScript through the raw bindings, since the wrappers of the `worker` crate unwrap what can
//! fail, and reads all rows of a batch as one JSON text: crossing into JavaScript once beats once per cell.

use core::cell::Cell;
use core::fmt;
use rolecall_store::database::Rows;
use rolecall_store::{Database, DbError, Row, Statement, Value};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use worker::js_sys::futures::JsFuture;
use worker::js_sys::{Array, Error, JSON, Promise};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::worker_sys::types::D1Database as RawDatabase;

/// The D1 database of one request, counting what the request asks of it.
#[derive(Debug)]
pub struct D1 {
    database: RawDatabase,
    trips: Cell<u32>,
    statements: Cell<u32>,
    failed: Cell<bool>,
}

impl D1 {
    /// The database behind a binding.
    pub fn new(database: worker::D1Database) -> Self {
        let database = JsValue::from(database).unchecked_into();
        D1 { database, trips: Cell::new(0), statements: Cell::new(0), failed: Cell::new(false) }
    }

    /// Batches so far.
    pub fn trips(&self) -> u32 {
        self.trips.get()
    }

    /// Statements so far.
    pub fn statements(&self) -> u32 {
        self.statements.get()
    }

    /// Whether the database could not be reached or failed.
    pub fn failed(&self) -> bool {
        self.failed.get()
    }

    async fn run(&self, statements: Vec<Statement>) -> Result<String, JsValue> {
        let prepare = |statement: &Statement| {
            let values: Array = statement.params.iter().map(bound).collect();
            self.database.prepare(statement.sql)?.bind(values)
        };
        // One statement is a transaction by itself, and takes a shorter way.
        if let [only] = statements.as_slice() {
            let promise: Promise = prepare(only)?.all()?;
            let result = settled(&promise).await?;
            return json(&Array::of1(&result));
        }
        let prepared = Array::new();
        for statement in &statements {
            prepared.push(prepare(statement)?.as_ref());
        }
        let promise: Promise = self.database.batch(prepared.unchecked_into())?;
        json(&settled(&promise).await?)
    }
}

/// Waits for what may be no promise at all.
async fn settled(promise: &Promise) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::resolve(promise)).await
}

/// The JSON of an answer; what has none, like `undefined`, is no answer.
fn json(answer: &JsValue) -> Result<String, JsValue> {
    JSON::stringify(answer)?.as_string().ok_or_else(|| JsValue::from_str("D1 answered nothing"))
}

/// The rows of each statement. A statement that reads without a list of rows, a list of other length, or a failure that
/// was not thrown is no answer: it must not look like an account that does not exist.
fn sets(json: &str, reads: &[bool]) -> Result<Vec<Rows>, String> {
    let answers: Vec<Set> = serde_json::from_str(json).map_err(|e| format!("a D1 answer cannot be read: {e}"))?;
    if answers.len() != reads.len() {
        return Err(format!("D1 answered {} of {} statements", answers.len(), reads.len()));
    }
    let rows = |(set, reads): (Set, &bool)| match set.results {
        _ if !set.success => Err("D1 answered that a statement failed".to_owned()),
        None if *reads => Err("D1 answered a reading statement without rows".to_owned()),
        results => Ok(results.unwrap_or_default().into_iter().map(|row| row.0).collect()),
    };
    answers.into_iter().zip(reads).map(rows).collect()
}

impl Database for D1 {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError> {
        let count = u32::try_from(statements.len()).unwrap_or(u32::MAX);
        self.trips.set(self.trips.get() + 1);
        self.statements.set(self.statements.get().saturating_add(count));
        let reads: Vec<bool> = statements.iter().map(|statement| statement.sql.starts_with("SELECT")).collect();
        let answer = self.run(statements).await.map_err(|error| DbError::classify(text_of(&error)));
        let sets = answer.and_then(|json| sets(&json, &reads).map_err(DbError::Failed));
        self.failed.set(self.failed.get() || matches!(sets, Err(DbError::Failed(_))));
        sets
    }
}

fn bound(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        // D1 takes JavaScript numbers; the store keeps whole numbers below 2^53.
        Value::Integer(number) => JsValue::from_f64(*number as f64),
        Value::Text(text) => JsValue::from_str(text),
    }
}

/// Everything that an error says: D1 puts SQLite's words into the message or into the cause, depending on the call.
fn text_of(error: &JsValue) -> String {
    let Some(error) = error.dyn_ref::<Error>() else {
        return error.as_string().unwrap_or_else(|| "D1 failed without a word".to_owned());
    };
    let words = |error: &Error| error.message().as_string().unwrap_or_default();
    match error.cause().dyn_ref::<Error>() {
        Some(cause) => format!("{} ({})", words(error), words(cause)),
        None => words(error),
    }
}

/// One statement's part of a batch's answer.
#[derive(Deserialize)]
struct Set {
    results: Option<Vec<Columns>>,
    #[serde(default = "yes")]
    success: bool,
}

/// D1 throws where it fails; only an answer that says so has failed.
fn yes() -> bool {
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
        f.write_str("null, a whole number or a text")
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
        let sets = sets(json, &[true, true, false]).unwrap();
        assert_eq!(sets.iter().map(Vec::len).collect::<Vec<_>>(), [2, 0, 0]);
        let columns = &sets[0][0].0;
        assert_eq!(columns[0], ("b".to_owned(), Value::Integer(1_790_000_000_000)));
        assert_eq!(columns[1], ("a".to_owned(), Value::Text("x".to_owned())));
        assert_eq!(columns[2], ("c".to_owned(), Value::Null));
    }

    #[test]
    fn what_is_no_answer_of_d1_is_an_error_and_no_panic() {
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
            assert!(sets(json, &[true]).is_err(), "{json}");
        }
    }
}
