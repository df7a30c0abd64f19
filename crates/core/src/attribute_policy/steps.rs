//! How much comparing one request may cause. A policy and a request are each small, but every condition may walk a list
//! of the request, and every question of a batch or candidate of a search asks every condition.

use core::cell::Cell;

/// Comparisons of one request: some tens of milliseconds of an isolate that others wait for.
pub const STEPS_MAX: u32 = 2_000_000;
/// Bytes of text that count as one comparison.
const BYTES_PER_STEP: usize = 64;

/// Comparisons that are left to a request.
#[derive(Debug)]
pub struct Steps(Cell<u32>);

/// All of them are used up: what was compared last says nothing.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Exhausted;

impl Default for Steps {
    fn default() -> Self {
        Steps(Cell::new(STEPS_MAX))
    }
}

impl Steps {
    /// Takes one comparison of texts of up to so many bytes; false where none is left.
    pub(super) fn take(&self, bytes: usize) -> bool {
        let cost = u32::try_from(1 + bytes / BYTES_PER_STEP).unwrap_or(u32::MAX);
        let left = self.0.get().saturating_sub(cost);
        self.0.set(left);
        left > 0
    }

    /// Whether there was enough so far.
    pub(super) fn check(&self) -> Result<(), Exhausted> {
        if self.0.get() > 0 { Ok(()) } else { Err(Exhausted) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AttributePolicy, Attributes, Judgement, Party, Question};
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn what_a_request_may_compare_has_an_end_and_then_nothing_is_said() {
        let conditions: Vec<Value> =
            (0..100).map(|_| json!({ "attribute": "subject.a", "not_in": { "attribute": "context.a" } })).collect();
        let rules = json!([{ "id": "deny", "effect": "deny", "when": conditions }, { "id": "allow", "effect": "allow" }]);
        let policy = AttributePolicy::parse(&json!({ "version": 1, "rules": rules })).unwrap();
        let row = |last: i64| Value::from((0..120).chain([last]).collect::<Vec<i64>>());
        let attributes = |value: Value| value.as_object().cloned().unwrap_or_default();
        let (said, context) = (attributes(json!({ "a": row(-1) })), attributes(json!({ "a": (0..240).map(row).collect::<Vec<_>>() })));
        let none = Attributes::new();
        let party = |properties| Party { kind: "user", names: &["u"], properties };
        let question = Question {
            subject: party(&said),
            member: None,
            action: "read",
            action_properties: &none,
            resource: party(&none),
            context: &context,
        };
        let steps = Steps::default();
        assert_eq!(policy.judge(&question, &steps), Err(Exhausted));
        assert_eq!(policy.judge(&question, &steps), Err(Exhausted), "it does not come back");
        let short = Question { context: &none, ..question };
        assert!(matches!(policy.judge(&short, &Steps::default()), Ok(Judgement::Denied(_))));
    }
}
