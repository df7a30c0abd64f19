//! Whether a condition holds.

use super::attribute::{Facts, Resolved};
use super::{Condition, Steps, Test};
use core::cmp::Ordering;
use serde_json::{Number, Value};

/// What a condition says. INVARIANT (deny-wins): where it cannot be told, a rule that denies applies and one that allows
/// does not, so that no value, however large or mistyped, turns a no into a yes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// The operator cannot tell: the value is there, and is of a type that it does not take, or is over a limit.
    Unknown,
}

impl Truth {
    fn negated(self) -> Self {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Truth::True } else { Truth::False }
    }
}

impl Condition {
    pub(super) fn evaluate(&self, facts: &Facts<'_>) -> Truth {
        let left = facts.value(&self.left);
        let steps = facts.steps;
        if !steps.take(0) {
            return Truth::Unknown;
        }
        let with = |operand, test: fn(&Steps, &Value, &Value) -> Truth| match (&left, facts.operand(operand)) {
            (Resolved::Unreadable, _) | (_, Resolved::Unreadable) => Truth::Unknown,
            (Resolved::Value(left), Resolved::Value(right)) => test(steps, left, &right),
            (Resolved::Absent, _) | (_, Resolved::Absent) => Truth::False,
        };
        match &self.test {
            Test::Equals(operand) => with(operand, |steps, left, right| same(steps, left, right).into()),
            Test::NotEquals(operand) => with(operand, |steps, left, right| same(steps, left, right).into()).negated(),
            Test::In(operand) => with(operand, |steps, left, list| holds_item(steps, list, left)),
            Test::NotIn(operand) => with(operand, |steps, left, list| holds_item(steps, list, left)).negated(),
            Test::Contains(operand) => with(operand, holds_item),
            Test::LessThan(operand) => with(operand, |_, left, right| ordered(left, right, Ordering::Less)),
            Test::GreaterThan(operand) => with(operand, |_, left, right| ordered(left, right, Ordering::Greater)),
            Test::Exists(wanted) => ((left != Resolved::Absent) == *wanted).into(),
        }
    }
}

/// Whether a list holds an item; of what is no list nobody can tell.
fn holds_item(steps: &Steps, list: &Value, item: &Value) -> Truth {
    list.as_array().map_or(Truth::Unknown, |items| items.iter().any(|one| same(steps, one, item)).into())
}

/// Equality of JSON values; numbers by what they are, not by how they are written.
fn same(steps: &Steps, left: &Value, right: &Value) -> bool {
    let texts = |left: &Value, right: &Value| left.as_str().zip(right.as_str()).map_or(0, |(l, r)| l.len().min(r.len()));
    if !steps.take(texts(left, right)) {
        return false;
    }
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => numbers(left, right) == Some(Ordering::Equal),
        (Value::Array(left), Value::Array(right)) => left.len() == right.len() && left.iter().zip(right).all(|(l, r)| same(steps, l, r)),
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len() && left.iter().all(|(name, l)| right.get(name).is_some_and(|r| same(steps, l, r)))
        }
        _ => left == right,
    }
}

/// Whether two numbers stand in this order; of other values nobody can tell.
fn ordered(left: &Value, right: &Value, order: Ordering) -> Truth {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => numbers(left, right).map_or(Truth::Unknown, |found| (found == order).into()),
        _ => Truth::Unknown,
    }
}

/// Exact also where a whole number has more digits than a fraction can hold.
fn numbers(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        (Some(left), None) => whole_to_float(left, right.as_f64()?),
        (None, Some(right)) => whole_to_float(right, left.as_f64()?).map(Ordering::reverse),
        (None, None) => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

/// JSON's whole numbers are below 2^64, and every `f64` beyond that is larger or smaller than all of them.
fn whole_to_float(whole: i128, float: f64) -> Option<Ordering> {
    const BEYOND: f64 = 36_893_488_147_419_103_232.0;
    if float.is_nan() {
        return None;
    }
    if float.abs() >= BEYOND {
        return Some(if float > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let floor = float.floor();
    Some(whole.cmp(&(floor as i128)).then(if float > floor { Ordering::Less } else { Ordering::Equal }))
}
