//! Policies and requests as JSON.

#![allow(dead_code, reason = "each test file uses some of it")]

use rolecall_attribute_policy::{
    Attributes, EntityRef, EvaluationBudget, EvaluationContext, Member, PolicyOutcome, RuleSet, ValidationErrors,
};
use serde_json::{Value, json};

/// As in the application, without its whole grammar of emails: ids of users that look like emails are in lower case.
fn canonical_id(kind: &str, id: &str) -> Option<String> {
    (kind == "user" && id.contains('@')).then(|| id.to_ascii_lowercase())
}

pub fn parse(document: &Value) -> Result<RuleSet, ValidationErrors> {
    RuleSet::parse(document, canonical_id)
}

pub fn restore(document: &Value) -> Result<RuleSet, ValidationErrors> {
    RuleSet::restore(document, canonical_id)
}

pub fn policy(document: Value) -> RuleSet {
    parse(&document).unwrap_or_else(|errors| panic!("{errors}"))
}

pub fn attributes(value: &Value) -> Attributes {
    value.as_object().cloned().unwrap_or_default()
}

/// A request about subject `u` of type `user`, action `a` and resource `1` of type `r`.
pub fn request() -> Value {
    json!({ "subject": { "type": "user", "id": "u" }, "action": { "name": "a" }, "resource": { "type": "r", "id": "1" } })
}

/// Evaluates an AuthZEN request. `subject.aliases` are further ids of the subject; `member_role` makes it a member.
/// Returns `allow`, `deny` or `not-applicable`, and the rule's id.
pub fn evaluate(policy: &RuleSet, request: &Value) -> (&'static str, String) {
    let text = |pointer: &str| request.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let object = |pointer: &str| request.pointer(pointer).map(attributes).unwrap_or_default();
    let (subject, resource, action, context) =
        (object("/subject/properties"), object("/resource/properties"), object("/action/properties"), object("/context"));
    let aliases = request.pointer("/subject/aliases").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let subject_ids: Vec<&str> = core::iter::once(text("/subject/id")).chain(aliases).collect();
    let context = EvaluationContext {
        subject: EntityRef { kind: text("/subject/type"), ids: &subject_ids, properties: &subject },
        member: request.pointer("/member_role").and_then(Value::as_str).map(|role| Member { id: "usr_1", email: "ann@example.com", role }),
        action: text("/action/name"),
        action_properties: &action,
        resource: EntityRef { kind: text("/resource/type"), ids: &[text("/resource/id")], properties: &resource },
        context: &context,
    };
    match policy.evaluate(&context, &EvaluationBudget::default()) {
        Ok(PolicyOutcome::Permit(rule)) => ("allow", rule.id.clone()),
        Ok(PolicyOutcome::Deny(rule)) => ("deny", rule.id.clone()),
        Ok(PolicyOutcome::NotApplicable) => ("not-applicable", String::new()),
        Err(exceeded) => panic!("{exceeded}"),
    }
}
