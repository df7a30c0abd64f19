//! Evaluation of conditions in three-valued logic.

use super::attribute_resolver::{Resolved, Resolver};
use super::{Condition, EvaluationBudget, Predicate};
use core::cmp::Ordering;
use serde_json::{Number, Value};

/// The truth value of a condition.
///
/// INVARIANT (deny-wins): a rule that denies applies where a condition is unknown, and a rule that permits does not, so that
/// no value, however large or mistyped, turns a denial into a permission.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Tristate {
    True,
    False,
    /// The value is present, and is of a type that the operator does not take, or over a limit.
    Unknown,
}

impl Tristate {
    fn negated(self) -> Self {
        match self {
            Tristate::True => Tristate::False,
            Tristate::False => Tristate::True,
            Tristate::Unknown => Tristate::Unknown,
        }
    }
}

impl From<bool> for Tristate {
    fn from(holds: bool) -> Self {
        if holds { Tristate::True } else { Tristate::False }
    }
}

impl Condition {
    pub(super) fn evaluate(&self, resolver: &Resolver<'_>) -> Tristate {
        let left = resolver.attribute(&self.left);
        let budget = resolver.budget;
        if !budget.spend(0) {
            return Tristate::Unknown;
        }
        let compare = |operand, operator: fn(&EvaluationBudget, &Value, &Value) -> Tristate| match (&left, resolver.operand(operand)) {
            (Resolved::Unreadable, _) | (_, Resolved::Unreadable) => Tristate::Unknown,
            (Resolved::Value(left), Resolved::Value(right)) => operator(budget, left, &right),
            (Resolved::Absent, _) | (_, Resolved::Absent) => Tristate::False,
        };
        match &self.predicate {
            Predicate::Equals(operand) => compare(operand, |budget, left, right| equal(budget, left, right).into()),
            Predicate::NotEquals(operand) => compare(operand, |budget, left, right| equal(budget, left, right).into()).negated(),
            Predicate::In(operand) => compare(operand, |budget, left, list| contains(budget, list, left)),
            Predicate::NotIn(operand) => compare(operand, |budget, left, list| contains(budget, list, left)).negated(),
            Predicate::Contains(operand) => compare(operand, contains),
            Predicate::LessThan(operand) => compare(operand, |_, left, right| is_ordered(left, right, Ordering::Less)),
            Predicate::GreaterThan(operand) => compare(operand, |_, left, right| is_ordered(left, right, Ordering::Greater)),
            Predicate::Exists(wanted) => ((left != Resolved::Absent) == *wanted).into(),
        }
    }
}

/// Whether a list contains an item; unknown of a value that is no list.
fn contains(budget: &EvaluationBudget, list: &Value, item: &Value) -> Tristate {
    list.as_array().map_or(Tristate::Unknown, |items| items.iter().any(|one| equal(budget, one, item)).into())
}

/// Equality of JSON values; numbers are equal by value, not by notation.
fn equal(budget: &EvaluationBudget, left: &Value, right: &Value) -> bool {
    let compared = |left: &Value, right: &Value| left.as_str().zip(right.as_str()).map_or(0, |(l, r)| l.len().min(r.len()));
    if !budget.spend(compared(left, right)) {
        return false;
    }
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => compare_numbers(left, right) == Some(Ordering::Equal),
        (Value::Array(left), Value::Array(right)) => left.len() == right.len() && left.iter().zip(right).all(|(l, r)| equal(budget, l, r)),
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len() && left.iter().all(|(name, l)| right.get(name).is_some_and(|r| equal(budget, l, r)))
        }
        _ => left == right,
    }
}

/// Whether two numbers are in this order; unknown of other values.
fn is_ordered(left: &Value, right: &Value, order: Ordering) -> Tristate {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            compare_numbers(left, right).map_or(Tristate::Unknown, |found| (found == order).into())
        }
        _ => Tristate::Unknown,
    }
}

/// Compares exactly, also where an integer has more digits than an `f64` holds.
fn compare_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        (Some(left), None) => compare_integer_to_float(left, right.as_f64()?),
        (None, Some(right)) => compare_integer_to_float(right, left.as_f64()?).map(Ordering::reverse),
        (None, None) => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

/// Integers of JSON are below 2^64 here, so an `f64` beyond that is greater or less than all of them.
fn compare_integer_to_float(integer: i128, float: f64) -> Option<Ordering> {
    const BEYOND: f64 = 36_893_488_147_419_103_232.0;
    if float.is_nan() {
        return None;
    }
    if float.abs() >= BEYOND {
        return Some(if float > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let floor = float.floor();
    Some(integer.cmp(&(floor as i128)).then(if float > floor { Ordering::Less } else { Ordering::Equal }))
}
