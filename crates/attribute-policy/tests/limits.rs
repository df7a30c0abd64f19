//! Limits and mistyped values never permit: each limit is an error where a policy is written, and a condition that is
//! unknown makes a rule that denies apply. Compared with a small evaluator of one condition that has no limits.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use proptest::prelude::*;
use rolecall_attribute_policy::{
    Attributes, BudgetExceeded, COMPARISONS_MAX, EntityRef, EvaluationBudget, EvaluationContext, ITEMS_MAX, PolicyOutcome, oversized_list,
};
use serde_json::{Value, json};
use support::{attributes, evaluate, parse, policy, request, restore};

fn list(length: usize) -> Value {
    Value::from((0..length).collect::<Vec<_>>())
}

fn document(effect: &str, condition: &Value, stored: &Value) -> Value {
    let shut = json!({ "id": "it", "effect": effect, "when": [condition] });
    let open = json!({ "id": "open", "effect": "allow" });
    let rules = if effect == "deny" { json!([shut, open]) } else { json!([shut]) };
    json!({ "version": 1, "subjects": [{ "type": "user", "id": "u", "attributes": stored }], "rules": rules })
}

#[test]
fn a_list_over_the_limit_is_an_error_with_its_pointer() {
    let of = |attributes: Value| {
        let document =
            json!({ "version": 1, "resources": [{ "type": "t", "id": "x" }, { "type": "t", "id": "y", "attributes": attributes }] });
        parse(&document).map(drop).map_err(|errors| errors.0.into_iter().map(|f| (f.pointer, f.code)).collect::<Vec<_>>())
    };
    assert_eq!(of(json!({ "a": list(ITEMS_MAX), "b": { "c": [list(ITEMS_MAX)] } })), Ok(()));
    for (attributes, place) in [
        (json!({ "a": list(ITEMS_MAX + 1) }), "/resources/1/attributes/a"),
        (json!({ "a/b": { "c~d": list(ITEMS_MAX + 1) } }), "/resources/1/attributes/a~1b/c~0d"),
        (json!({ "a": [0, { "b": list(1000) }] }), "/resources/1/attributes/a/1/b"),
    ] {
        assert_eq!(of(attributes), Err(vec![(place.to_owned(), "too-long")]));
    }
}

#[test]
fn a_list_over_the_limit_in_a_restored_policy_denies_and_never_permits() {
    for test in [json!({ "contains": 0 }), json!({ "contains": -1 }), json!({ "equals": 1 }), json!({ "not_equals": 1 })] {
        let mut condition = test;
        condition["attribute"] = json!("subject.x");
        for (effect, decision) in [("deny", "deny"), ("allow", "not-applicable")] {
            let stored = document(effect, &condition, &json!({ "x": list(ITEMS_MAX + 1) }));
            assert!(parse(&stored).is_err());
            let restored = restore(&stored).unwrap();
            assert_eq!(evaluate(&restored, &request()).0, decision, "{effect} {condition}");
        }
    }
    for operator in ["in", "not_in"] {
        let condition = json!({ "attribute": "subject.id", operator: { "attribute": "known.subject.x" } });
        let stored = document("deny", &condition, &json!({ "x": list(ITEMS_MAX + 1) }));
        assert_eq!(evaluate(&restore(&stored).unwrap(), &request()).0, "deny", "{operator}");
    }
}

#[test]
fn a_value_of_a_type_the_operator_does_not_take_denies_and_never_permits() {
    for (test, value) in [
        (json!({ "greater_than": 1 }), json!("5000")),
        (json!({ "less_than": 1 }), json!(["5000"])),
        (json!({ "contains": "x" }), json!("x")),
        (json!({ "contains": "x" }), json!({ "x": true })),
        (json!({ "in": { "attribute": "subject.none-list" } }), json!("x")),
        (json!({ "not_in": { "attribute": "subject.none-list" } }), json!("x")),
    ] {
        let mut condition = test;
        condition["attribute"] = json!("subject.x");
        let stored = json!({ "x": value, "none-list": "x" });
        assert_eq!(evaluate(&policy(document("deny", &condition, &stored)), &request()).0, "deny", "{condition}");
        assert_eq!(evaluate(&policy(document("allow", &condition, &stored)), &request()).0, "not-applicable", "{condition}");
    }
}

#[test]
fn numbers_compare_exactly_at_any_magnitude() {
    let ascending = [
        json!(-1e300),
        json!(i64::MIN),
        json!(-0.5),
        json!(0),
        json!(0.5),
        json!(9_007_199_254_740_992.0),
        json!(9_007_199_254_740_993_i64),
        json!(u64::MAX),
        json!(18_446_744_073_709_551_616.0),
        json!(1e300),
    ];
    for (at, left) in ascending.iter().enumerate() {
        for (other, right) in ascending.iter().enumerate() {
            for (operator, expected) in [("less_than", at < other), ("greater_than", at > other), ("equals", at == other)] {
                let condition = json!({ "attribute": "subject.x", operator: right });
                let decision = evaluate(&policy(document("deny", &condition, &json!({ "x": left }))), &request()).0;
                assert_eq!(decision == "deny", expected, "{left} {operator} {right}");
            }
        }
    }
}

#[test]
fn matching_is_charged_to_the_budget_and_an_exceeded_budget_decides_nothing() {
    let pattern = |n: usize| json!({ "type": "user", "id": format!("u{n}") });
    let rule = |n: usize| {
        let patterns: Vec<Value> = (0..100).map(pattern).collect();
        json!({ "id": n.to_string(), "effect": "deny", "subjects": patterns, "actions": (0..100).map(|n| format!("a{n}")).chain(["read".into()]).skip(1).collect::<Vec<_>>() })
    };
    let mut rules: Vec<Value> = (0..12).map(rule).collect();
    rules.push(json!({ "id": "open", "effect": "allow" }));
    let policy = policy(json!({ "version": 1, "rules": rules }));
    let none = attributes(&Value::Null);
    let entity = EntityRef { kind: "user", ids: &["other"], properties: &none };
    let context =
        EvaluationContext { subject: entity, member: None, action: "read", action_properties: &none, resource: entity, context: &none };
    let budget = EvaluationBudget::default();
    // 12 rules of 200 names each: the budget is for so many evaluations and no more.
    let per_evaluation = 12 * 200;
    let mut evaluated: u32 = 0;
    while let Ok(outcome) = policy.evaluate(&context, &budget) {
        assert!(matches!(outcome, PolicyOutcome::Permit(_)));
        evaluated += 1;
        assert!(evaluated <= COMPARISONS_MAX / per_evaluation, "matching is free");
    }
    assert!(evaluated > COMPARISONS_MAX / per_evaluation / 2, "{evaluated}");
    assert_eq!(policy.evaluate(&context, &budget), Err(BudgetExceeded));
}

#[test]
fn comparisons_of_lists_are_charged_and_a_spent_budget_stays_spent() {
    let conditions: Vec<Value> = (0..100).map(|_| json!({ "attribute": "subject.a", "not_in": { "attribute": "context.a" } })).collect();
    let rules = json!([{ "id": "deny", "effect": "deny", "when": conditions }, { "id": "allow", "effect": "allow" }]);
    let policy = policy(json!({ "version": 1, "rules": rules }));
    let row = |last: i64| Value::from((0..120).chain([last]).collect::<Vec<i64>>());
    let properties = attributes(&json!({ "a": row(-1) }));
    let long = attributes(&json!({ "a": (0..240).map(row).collect::<Vec<_>>() }));
    let none = Attributes::new();
    let entity = |properties| EntityRef { kind: "user", ids: &["u"], properties };
    let context = EvaluationContext {
        subject: entity(&properties),
        member: None,
        action: "read",
        action_properties: &none,
        resource: entity(&none),
        context: &long,
    };
    let budget = EvaluationBudget::default();
    assert_eq!(policy.evaluate(&context, &budget), Err(BudgetExceeded));
    assert_eq!(policy.evaluate(&context, &budget), Err(BudgetExceeded), "a second evaluation on the same budget");
    let short = EvaluationContext { context: &none, ..context };
    assert!(matches!(policy.evaluate(&short, &EvaluationBudget::default()), Ok(PolicyOutcome::Deny(_))));
}

/// The truth value of a condition where nothing has a limit; None is unknown.
fn model(condition: &Value, subject: &Value) -> Option<bool> {
    let get = |path: &Value| {
        let mut names = path.as_str().unwrap_or_default().split('.').skip(1);
        names.try_fold(subject, |value, name| value.as_object()?.get(name)).filter(|value| !value.is_null())
    };
    let left = get(&condition["attribute"]);
    let (operator, literal) = condition.as_object().unwrap().iter().find(|(name, _)| *name != "attribute").unwrap();
    let right = if literal.is_object() { get(&literal["attribute"]) } else { Some(literal) };
    if operator == "exists" {
        return Some(left.is_some() == (literal == &json!(true)));
    }
    let negative = operator.starts_with("not_");
    let (Some(left), Some(right)) = (left, right) else { return Some(negative) };
    let holds = match operator.trim_start_matches("not_") {
        "equals" => left == right,
        "in" => right.as_array()?.contains(left),
        "contains" => left.as_array()?.contains(right),
        "less_than" => left.as_i64()? < right.as_i64()?,
        _ => left.as_i64()? > right.as_i64()?,
    };
    Some(holds != negative)
}

fn grown() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        (-3_i64..300).prop_map(Value::from),
        prop_oneof![Just(i64::MAX), Just(i64::MIN)].prop_map(Value::from),
        prop_oneof![Just(0_usize), Just(1), Just(199), Just(200), Just(201), Just(5000)].prop_map(|n| Value::from("x".repeat(n))),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    let length = prop_oneof![0_usize..4, 255_usize..259, Just(2000_usize)];
    let list = (length, -3_i64..300).prop_map(|(length, from)| Value::from((from..).take(length).collect::<Vec<_>>()));
    let leaf = prop_oneof![3 => scalar, 2 => list];
    leaf.prop_recursive(3, 6, 2, |inner| {
        prop_oneof![inner.clone().prop_map(|value| json!({ "y": value })), prop::collection::vec(inner, 0..3).prop_map(Value::from),]
    })
}

fn operand() -> impl Strategy<Value = (&'static str, Value)> {
    let scalar = prop_oneof![(-3_i64..300).prop_map(Value::from), Just(json!("x")), Just(json!("x".repeat(5000))), Just(json!(true))];
    let path = prop_oneof![Just("subject.p"), Just("subject.q"), Just("subject.q.y")].prop_map(|path| json!({ "attribute": path }));
    let one = prop_oneof![scalar.clone(), path.clone()];
    let many = prop_oneof![prop::collection::vec(scalar, 1..5).prop_map(Value::from), path.clone()];
    let number = prop_oneof![(-3_i64..300).prop_map(Value::from), path];
    prop_oneof![
        (prop_oneof![Just("equals"), Just("not_equals"), Just("contains")], one),
        (prop_oneof![Just("in"), Just("not_in")], many),
        (prop_oneof![Just("less_than"), Just("greater_than")], number),
        (Just("exists"), any::<bool>().prop_map(Value::from)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn no_value_over_a_limit_turns_a_denial_into_a_permission(
        stored in (grown(), grown()), path in prop_oneof![Just("subject.p"), Just("subject.q"), Just("subject.p.y")],
        (operator, operand) in operand(), denies: bool, said: bool,
    ) {
        let subject = json!({ "p": stored.0, "q": stored.1 });
        let condition = json!({ "attribute": path, operator: operand });
        let (kept, sent) = if said { (json!({}), subject.clone()) } else { (subject.clone(), json!({})) };
        let document = document(if denies { "deny" } else { "allow" }, &condition, &kept);
        let Ok(policy) = restore(&document) else { return Ok(()) };
        let mut request = request();
        request["subject"]["properties"] = sent;
        let decision = evaluate(&policy, &request).0;
        let opens = match model(&condition, &subject) {
            Some(holds) => holds != denies,
            None => false,
        };
        prop_assert!(opens || decision != "allow", "{} {}", condition, decision);
        // Within the limits the two agree.
        if parse(&document).is_ok() && oversized_list(&subject).is_none() {
            prop_assert_eq!(decision == "allow", opens, "{}", condition);
        }
    }
}
