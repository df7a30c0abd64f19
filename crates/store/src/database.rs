//! The port to SQLite: statements, values, rows and errors.

use core::fmt;

/// A value that is bound to a parameter or read from a column. Integers must stay below 2^53, because D1 converts them to JavaScript
/// numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// NULL.
    Null,
    /// A 64-bit integer.
    Integer(i64),
    /// A UTF-8 text.
    Text(String),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Integer(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// A constant SQL statement and the values of its parameters `?1`, `?2`, …
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Statement {
    /// The SQL text. It is `'static`, so that no value can be interpolated.
    pub sql: &'static str,
    /// The values in order of parameter numbers, beginning with `?1`.
    pub params: Vec<Value>,
}

impl Statement {
    /// Creates a statement from its SQL and the values of `?1`, `?2`, …
    pub fn new(sql: &'static str, params: impl IntoIterator<Item = Value>) -> Self {
        Statement { sql, params: params.into_iter().collect() }
    }
}

/// Creates a [`Statement`]; converts each parameter to a [`Value`](crate::Value).
#[macro_export]
#[doc(hidden)]
macro_rules! statement {
    ($sql:expr $(, $param:expr)* $(,)?) => {
        $crate::Statement::new($sql, [$($crate::database::Value::from($param)),*])
    };
}

/// A row of a result: column names with values, in the order of the select list.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Row(pub Vec<(String, Value)>);

/// The rows that one statement returned.
pub type Rows = Vec<Row>;

/// Why a batch failed. The batch is rolled back, unless the connection failed after the commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DbError {
    /// A precondition, a trigger or a constraint rejected the batch; nothing is stored.
    Refused(String),
    /// The database or the connection failed; whether the batch is stored is unknown.
    Failed(String),
}

impl DbError {
    /// Classifies a driver's error by its message. The schema's own messages contain `rolecall: `, and SQLite's contain
    /// `constraint failed`, whatever the driver adds to them.
    pub fn classify(text: String) -> Self {
        if text.contains("rolecall: ") || text.contains("constraint failed") { DbError::Refused(text) } else { DbError::Failed(text) }
    }
}

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DbError::Refused(text) => write!(f, "refused: {text}"),
            DbError::Failed(text) => write!(f, "failed: {text}"),
        }
    }
}

/// A SQLite database that runs a batch of statements as one transaction.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait Database {
    /// Runs the statements in order as one transaction. Returns the rows of each statement, in the same order.
    ///
    /// # Errors
    ///
    /// [`DbError::Refused`] if a precondition, a trigger or a constraint rejected a statement: the transaction is rolled back.
    /// [`DbError::Failed`] if the database or the connection failed.
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError>;
}

impl<D: Database> Database for &D {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError> {
        (*self).batch(statements).await
    }
}
