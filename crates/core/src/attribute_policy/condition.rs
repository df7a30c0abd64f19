//! Whether a condition holds.

use super::attribute::Facts;
use super::{Condition, Steps, Test};
use core::cmp::Ordering;
use serde_json::{Number, Value};

impl Condition {
    pub(super) fn holds(&self, facts: &Facts<'_>) -> bool {
        let left = facts.value(&self.left);
        let steps = facts.steps;
        if !steps.take(0) {
            return false;
        }
        let with = |operand, test: fn(&Steps, &Value, &Value) -> bool| match (&left, facts.operand(operand)) {
            (Some(left), Some(right)) => test(steps, left, &right),
            _ => false,
        };
        match &self.test {
            Test::Equals(operand) => with(operand, same),
            Test::NotEquals(operand) => !with(operand, same),
            Test::In(operand) => with(operand, |steps, left, list| holds_item(steps, list, left)),
            Test::NotIn(operand) => !with(operand, |steps, left, list| holds_item(steps, list, left)),
            Test::Contains(operand) => with(operand, holds_item),
            Test::LessThan(operand) => with(operand, |_, left, right| compared(left, right) == Some(Ordering::Less)),
            Test::GreaterThan(operand) => with(operand, |_, left, right| compared(left, right) == Some(Ordering::Greater)),
            Test::Exists(wanted) => left.is_some() == *wanted,
        }
    }
}

/// Whether a value is a list that holds this item.
fn holds_item(steps: &Steps, list: &Value, item: &Value) -> bool {
    list.as_array().is_some_and(|items| items.iter().any(|one| same(steps, one, item)))
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

/// The order of two numbers; other values have none.
fn compared(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => numbers(left, right),
        _ => None,
    }
}

fn numbers(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}
