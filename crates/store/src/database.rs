//! The port to SQLite, and the few shapes that cross it.

use core::fmt;

/// A value that is bound or read. Whole numbers stay below 2^53, since D1 hands them through JavaScript.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// NULL.
    Null,
    /// A whole number.
    Integer(i64),
    /// A text.
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

/// One constant statement and what is bound to `?1`, `?2`, …
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Statement {
    /// Constant text: nothing is ever put into it.
    pub sql: &'static str,
    /// In order of their numbers.
    pub params: Vec<Value>,
}

impl Statement {
    /// A statement with its parameters.
    pub fn new(sql: &'static str, params: impl IntoIterator<Item = Value>) -> Self {
        Statement { sql, params: params.into_iter().collect() }
    }
}

/// A statement whose parameters are turned into values one by one.
#[macro_export]
#[doc(hidden)]
macro_rules! statement {
    ($sql:expr $(, $param:expr)* $(,)?) => {
        $crate::Statement::new($sql, [$($crate::database::Value::from($param)),*])
    };
}

/// A row that was read: columns by name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Row(pub Vec<(String, Value)>);

/// Rows of one statement.
pub type Rows = Vec<Row>;

/// Why a batch did not run. Nothing of it is stored, unless machinery failed after the commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DbError {
    /// A fact, a trigger or a constraint refused it.
    Refused(String),
    /// Machinery failed; what is stored is unknown.
    Failed(String),
}

impl DbError {
    /// Sorts an error by its text: SQLite's constraint messages and our own begin or end alike on every driver.
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

/// A SQLite database that runs a list of statements as one transaction.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait Database {
    /// Runs all statements in order, or none of them; answers the rows of each.
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError>;
}

impl<D: Database> Database for &D {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError> {
        (*self).batch(statements).await
    }
}
