//! The language: operators, patterns, precedence and errors, the scenarios of AuthZEN, and properties of any policy.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use proptest::prelude::*;
use rolecall_attribute_policy::RuleSet;
use serde_json::{Value, json};
use support::{evaluate, parse, policy, request};

/// Whether a rule with this one condition applies, where the policy stores `stored` for the subject and the request says `said`.
fn holds(condition: Value, stored: Value, said: Value) -> bool {
    let policy = policy(json!({
        "version": 1,
        "subjects": [{ "type": "user", "id": "u", "attributes": stored }],
        "rules": [{ "id": "it", "effect": "allow", "when": [condition] }],
    }));
    let mut request = request();
    request["subject"]["properties"] = said;
    evaluate(&policy, &request).0 == "allow"
}

#[test]
fn each_operator_accepts_and_rejects() {
    let cases = [
        (json!({ "equals": "x" }), json!("x"), json!("y")),
        (json!({ "equals": 1 }), json!(1.0), json!("1")),
        (json!({ "equals": true }), json!(true), json!(1)),
        (json!({ "not_equals": "x" }), json!("y"), json!("x")),
        (json!({ "in": ["x", 2] }), json!(2.0), json!("z")),
        (json!({ "not_in": ["x", 2] }), json!("z"), json!("x")),
        (json!({ "contains": "x" }), json!(["w", "x"]), json!("x")),
        (json!({ "contains": 1 }), json!([1.0]), json!([[1]])),
        (json!({ "less_than": 10 }), json!(9.5), json!(10)),
        (json!({ "less_than": 10 }), json!(-1), json!("9")),
        (json!({ "greater_than": 18446744073709551614_u64 }), json!(18446744073709551615_u64), json!(18446744073709551614_u64)),
        (json!({ "exists": true }), json!(false), json!(null)),
        (json!({ "exists": false }), json!(null), json!(0)),
    ];
    for (test, yes, no) in cases {
        let mut condition = test.clone();
        condition["attribute"] = json!("subject.x");
        assert!(holds(condition.clone(), json!({}), json!({ "x": yes })), "{test} of {yes}");
        assert!(holds(condition.clone(), json!({ "x": yes }), json!({})), "{test} of stored {yes}");
        assert!(!holds(condition, json!({}), json!({ "x": no })), "{test} of {no}");
    }
}

#[test]
fn an_absent_attribute_satisfies_only_negated_operators() {
    for (test, expected) in [
        (json!({ "equals": "x" }), false),
        (json!({ "not_equals": "x" }), true),
        (json!({ "in": ["x"] }), false),
        (json!({ "not_in": ["x"] }), true),
        (json!({ "contains": "x" }), false),
        (json!({ "less_than": 1 }), false),
        (json!({ "greater_than": 1 }), false),
        (json!({ "exists": false }), true),
        (json!({ "exists": true }), false),
        (json!({ "equals": { "attribute": "subject.absent-too" } }), false),
    ] {
        let mut condition = test.clone();
        condition["attribute"] = json!("subject.absent");
        assert_eq!(holds(condition, json!({}), json!({})), expected, "{test}");
    }
}

#[test]
fn request_properties_come_before_stored_attributes_and_known_reads_the_stored_ones_alone() {
    let equals = |attribute: &str, value: &str| json!({ "attribute": attribute, "equals": value });
    assert!(holds(equals("subject.x", "said"), json!({ "x": "stored" }), json!({ "x": "said" })));
    assert!(!holds(equals("known.subject.x", "said"), json!({ "x": "stored" }), json!({ "x": "said" })));
    assert!(holds(equals("known.subject.x", "stored"), json!({ "x": "stored" }), json!({ "x": "said" })));
    assert!(holds(equals("subject.x", "stored"), json!({ "x": "stored" }), json!({ "x": null })), "null is absent");
    assert!(holds(equals("subject.id", "u"), json!({}), json!({ "id": "forged" })), "an id is never a property");
    assert!(!holds(equals("subject.type.x", "user"), json!({}), json!({})));
    assert!(holds(equals("subject.a.b.c", "x"), json!({}), json!({ "a": { "b": { "c": "x" } } })));
    assert!(!holds(equals("subject.a.b.c", "x"), json!({ "a": { "b": { "c": "x" } } }), json!({ "a": "flat" })));
    assert!(holds(
        json!({ "attribute": "subject.x", "in": { "attribute": "subject.list" } }),
        json!({ "list": ["v"] }),
        json!({ "x": "v" })
    ));
    assert!(holds(json!({ "attribute": "resource.id", "equals": { "attribute": "subject.owns" } }), json!({ "owns": "1" }), json!({})));
    assert!(holds(json!({ "attribute": "action.name", "equals": "a" }), json!({}), json!({})));
}

#[test]
fn the_member_record_is_readable_and_no_property_replaces_it() {
    for (attribute, value) in [("member.role", "dev"), ("member.id", "usr_1"), ("member.email", "ann@example.com")] {
        let policy = policy(json!({ "version": 1, "rules": [
            { "id": "it", "effect": "allow", "when": [{ "attribute": attribute, "equals": value }] },
        ] }));
        let mut request = request();
        request["subject"]["properties"] = json!({ "role": "dev", "member": { "role": "dev" } });
        assert_eq!(evaluate(&policy, &request).0, "not-applicable", "{attribute}");
        request["member_role"] = json!("dev");
        assert_eq!(evaluate(&policy, &request).0, "allow", "{attribute}");
    }
}

#[test]
fn a_rule_that_denies_overrides_whatever_the_order() {
    let allow = json!({ "id": "open", "effect": "allow" });
    let deny = json!({ "id": "shut", "effect": "deny", "actions": ["a"] });
    for rules in [json!([allow, deny]), json!([deny, allow])] {
        assert_eq!(evaluate(&policy(json!({ "version": 1, "rules": rules })), &request()), ("deny", "shut".to_owned()));
    }
    let mut other = request();
    other["action"]["name"] = json!("b");
    assert_eq!(evaluate(&policy(json!({ "version": 1, "rules": [deny, allow] })), &other), ("allow", "open".to_owned()));
}

#[test]
fn patterns_match_by_type_id_and_whether_the_policy_lists_the_entity() {
    let with = |pattern: Value| {
        policy(json!({ "version": 1, "subjects": [{ "type": "user", "id": "u" }], "rules": [
            { "id": "it", "effect": "allow", "subjects": [pattern] },
        ] }))
    };
    let asked = |policy: &RuleSet, kind: &str, id: &str| {
        let mut request = request();
        request["subject"] = json!({ "type": kind, "id": id });
        evaluate(policy, &request).0 == "allow"
    };
    for (pattern, user_u, user_x, bot_u) in [
        (json!({ "type": "user" }), true, true, false),
        (json!({ "type": "user", "id": "u" }), true, false, false),
        (json!({ "type": "user", "known": true }), true, false, false),
        (json!({ "type": "user", "known": false }), false, true, false),
        (json!({ "type": "bot" }), false, false, true),
    ] {
        let policy = with(pattern.clone());
        let seen = [asked(&policy, "user", "u"), asked(&policy, "user", "x"), asked(&policy, "bot", "u")];
        assert_eq!(seen, [user_u, user_x, bot_u], "{pattern}");
    }
}

#[test]
fn every_error_has_its_pointer_and_code() {
    let cases: &[(Value, &str, &str)] = &[
        (json!([]), "", "type-wrong"),
        (json!({}), "/version", "required"),
        (json!({ "version": 2 }), "/version", "value-invalid"),
        (json!({ "version": 1, "rule": [] }), "/rule", "unknown"),
        (json!({ "version": 1, "a/b": [] }), "/a~1b", "unknown"),
        (json!({ "version": 1, "subjects": {} }), "/subjects", "type-wrong"),
        (json!({ "version": 1, "subjects": [{ "type": "user" }] }), "/subjects/0/id", "required"),
        (json!({ "version": 1, "subjects": [{ "type": "", "id": "x" }] }), "/subjects/0/type", "too-short"),
        (json!({ "version": 1, "subjects": [{ "type": "t", "id": "x".repeat(201) }] }), "/subjects/0/id", "too-long"),
        (json!({ "version": 1, "resources": [{ "type": "t", "id": "x", "attributes": [] }] }), "/resources/0/attributes", "type-wrong"),
        (json!({ "version": 1, "resources": [{ "type": "t", "id": "x" }, { "type": "t", "id": "x" }] }), "/resources/1", "value-invalid"),
        (json!({ "version": 1, "rules": [7] }), "/rules/0", "type-wrong"),
        (json!({ "version": 1, "rules": [{ "effect": "allow" }] }), "/rules/0/id", "required"),
        (json!({ "version": 1, "rules": [{ "id": "a b", "effect": "allow" }] }), "/rules/0/id", "value-invalid"),
        (json!({ "version": 1, "rules": [{ "id": "a" }] }), "/rules/0/effect", "value-invalid"),
        (json!({ "version": 1, "rules": [{ "id": "a", "effect": "permit" }] }), "/rules/0/effect", "value-invalid"),
        (
            json!({ "version": 1, "rules": [{ "id": "a", "effect": "allow" }, { "id": "a", "effect": "deny" }] }),
            "/rules/1/id",
            "value-invalid",
        ),
        (json!({ "version": 1, "rules": [{ "id": "a", "effect": "allow", "actions": [] }] }), "/rules/0/actions", "too-short"),
        (json!({ "version": 1, "rules": [{ "id": "a", "effect": "allow", "actions": [1] }] }), "/rules/0/actions/0", "type-wrong"),
        (json!({ "version": 1, "rules": [{ "id": "a", "effect": "allow", "subjects": [] }] }), "/rules/0/subjects", "too-short"),
        (
            json!({ "version": 1, "rules": [{ "id": "a", "effect": "allow", "subjects": [{ "id": "x" }] }] }),
            "/rules/0/subjects/0/type",
            "required",
        ),
        (
            json!({ "version": 1, "rules": [{ "id": "a", "effect": "allow", "subjects": [{ "type": "x", "known": 1 }] }] }),
            "/rules/0/subjects/0/known",
            "type-wrong",
        ),
        (json!({ "version": 1, "rules": [{ "id": "a", "effect": "allow", "unless": [] }] }), "/rules/0/unless", "unknown"),
        (condition(json!({ "attribute": "subject.x" })), "/rules/0/when/0", "value-invalid"),
        (condition(json!({ "attribute": "subject.x", "equals": 1, "in": [1] })), "/rules/0/when/0", "value-invalid"),
        (condition(json!({ "attribute": "subject.x", "matches": ".*" })), "/rules/0/when/0/matches", "unknown"),
        (condition(json!({ "equals": 1 })), "/rules/0/when/0/attribute", "required"),
        (condition(json!({ "attribute": "user.x", "equals": 1 })), "/rules/0/when/0/attribute", "value-invalid"),
        (condition(json!({ "attribute": "subject", "equals": 1 })), "/rules/0/when/0/attribute", "value-invalid"),
        (condition(json!({ "attribute": "subject..x", "equals": 1 })), "/rules/0/when/0/attribute", "value-invalid"),
        (condition(json!({ "attribute": "member.name", "equals": 1 })), "/rules/0/when/0/attribute", "value-invalid"),
        (condition(json!({ "attribute": "subject.x", "equals": null })), "/rules/0/when/0/equals", "type-wrong"),
        (
            condition(json!({ "attribute": "subject.x", "equals": { "attribute": "x" } })),
            "/rules/0/when/0/equals/attribute",
            "value-invalid",
        ),
        (condition(json!({ "attribute": "subject.x", "in": "x" })), "/rules/0/when/0/in", "type-wrong"),
        (condition(json!({ "attribute": "subject.x", "in": [] })), "/rules/0/when/0/in", "type-wrong"),
        (condition(json!({ "attribute": "subject.x", "in": [{}] })), "/rules/0/when/0/in", "type-wrong"),
        (condition(json!({ "attribute": "subject.x", "less_than": "9" })), "/rules/0/when/0/less_than", "type-wrong"),
        (condition(json!({ "attribute": "subject.x", "exists": "yes" })), "/rules/0/when/0/exists", "type-wrong"),
        (json!({ "version": 1, "description": "x".repeat(70_000) }), "", "too-long"),
    ];
    for (document, pointer, code) in cases {
        let errors: Vec<(String, &str)> = parse(document).unwrap_err().0.into_iter().map(|f| (f.pointer, f.code)).collect();
        assert_eq!(errors, [((*pointer).to_owned(), *code)], "{document}");
    }
}

fn condition(condition: Value) -> Value {
    json!({ "version": 1, "rules": [{ "id": "a", "effect": "allow", "when": [condition] }] })
}

#[test]
fn errors_are_reported_together_up_to_fifty() {
    let rules: Vec<Value> = (0..100).map(|_| json!({ "id": "?" })).collect();
    assert_eq!(parse(&json!({ "version": 1, "rules": rules })).unwrap_err().0.len(), 50);
    let rules: Vec<Value> = (0..201).map(|n| json!({ "id": n.to_string(), "effect": "allow" })).collect();
    assert_eq!(parse(&json!({ "version": 1, "rules": rules })).unwrap_err().0[0].code, "too-long");
}

#[test]
fn the_number_of_conditions_is_limited() {
    let rule =
        |n: usize| json!({ "id": n.to_string(), "effect": "deny", "when": vec![json!({ "attribute": "subject.x", "exists": true }); 50] });
    let many = |rules: usize| parse(&json!({ "version": 1, "rules": (0..rules).map(rule).collect::<Vec<_>>() }));
    assert!(many(10).is_ok());
    assert_eq!(many(11).unwrap_err().0[0].code, "too-long");
}

fn scenario(text: &str) -> RuleSet {
    policy(serde_json::from_str(text).unwrap())
}

#[test]
fn the_certification_scenario_has_the_expected_decisions() {
    let policy = scenario(include_str!("../../../policy/authzen-scenario.json"));
    let cases: Value = serde_json::from_str(include_str!("../../../tests/vectors/authzen/conformance-cases.json")).unwrap();
    let mut asked = 0;
    for case in cases.as_array().unwrap() {
        let decision = case.pointer("/expected/decision").and_then(Value::as_bool);
        if let (Some(expected), Some(request)) = (decision, case.get("request")) {
            assert_eq!(evaluate(&policy, request).0 == "allow", expected, "{}", case["module"]);
            asked += 1;
        }
    }
    assert!(asked >= 8, "{asked}");
    // The eight decisions of the scenario's fixture, one by one.
    let decide = |id: &str, role: &str, action: Value, record: &str, status: &str| {
        let mut request =
            json!({ "subject": { "type": "user", "id": id }, "action": action, "resource": { "type": "record", "id": record } });
        if !role.is_empty() {
            request["subject"]["properties"] = json!({ "role": role });
        }
        if !status.is_empty() {
            request["resource"]["properties"] = json!({ "status": status });
        }
        evaluate(&policy, &request).0 == "allow"
    };
    let (read, write) = (json!({ "name": "read" }), json!({ "name": "write" }));
    let delete = |soft: bool| json!({ "name": "delete", "properties": { "soft": soft } });
    assert!(decide("alice", "", read.clone(), "record-1", ""));
    assert!(decide("alice", "", write.clone(), "record-1", ""));
    assert!(decide("bob", "", read.clone(), "record-1", ""));
    assert!(!decide("bob", "", write.clone(), "record-1", ""));
    assert!(!decide("alice", "", write.clone(), "record-1", "archived"));
    assert!(decide("alice", "admin", write.clone(), "record-1", "archived"));
    assert!(decide("bob", "admin", write, "record-2", "archived"));
    assert!(decide("alice", "", delete(true), "record-1", ""));
    assert!(!decide("alice", "", delete(false), "record-1", ""));
    assert!(decide("alice", "manager", read.clone(), "record-1", "active"));
    assert!(!decide("nonexistent-user", "", read, "record-1", ""));
}

#[test]
fn the_todo_scenario_has_the_expected_decisions() {
    let policy = scenario(include_str!("../../../tests/vectors/authzen/todo-policy.json"));
    let cases: Value = serde_json::from_str(include_str!("../../../tests/vectors/authzen/todo-decisions.json")).unwrap();
    let cases = cases["evaluation"].as_array().unwrap();
    assert_eq!(cases.len(), 40);
    for case in cases {
        assert_eq!(evaluate(&policy, &case["request"]).0 == "allow", case["expected"], "{}", case["request"]);
    }
}

#[test]
fn the_example_in_the_documentation_has_the_documented_decisions() {
    let page = include_str!("../../../docs/AUTHZEN.md");
    let example = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let policy = scenario(example);
    let asked = |id: &str, role: &str, action: &str, status: Option<&str>| {
        let mut request =
            json!({ "subject": { "type": "user", "id": id }, "action": { "name": action }, "resource": { "type": "report", "id": "q3" } });
        request["resource"]["properties"] = json!({ "status": status });
        if !role.is_empty() {
            request["member_role"] = json!(role);
        }
        evaluate(&policy, &request).0
    };
    assert_eq!(asked("ann@example.com", "basic", "write", None), "allow");
    assert_eq!(asked("ann@example.com", "basic", "write", Some("published")), "deny");
    assert_eq!(asked("ann@example.com", "", "write", None), "not-applicable", "only a member has `member.email`");
    let mut other: Value = serde_json::from_str(example).unwrap();
    other["resources"][0]["attributes"]["owner"] = json!("ben@example.com");
    for (clearance, role, expected) in [(3, "dev", "allow"), (2, "dev", "not-applicable"), (3, "basic", "not-applicable")] {
        other["subjects"][0]["attributes"]["clearance"] = json!(clearance);
        let mut request = json!({ "subject": { "type": "user", "id": "ann@example.com", "properties": { "clearance": 9 } }, "action": { "name": "read" }, "resource": { "type": "report", "id": "q3" } });
        request["member_role"] = json!(role);
        assert_eq!(evaluate(&self::policy(other.clone()), &request).0, expected);
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z.]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let names = prop_oneof!["subjects|resources|rules|when|actions|attribute|equals|in|type|id|effect|version|known", "[a-z]{0,4}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(names, inner, 0..5).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn rule() -> impl Strategy<Value = Value> {
    let side = prop_oneof![Just("allow"), Just("deny")];
    let operator = prop_oneof![Just("equals"), Just("not_equals"), Just("contains")];
    let attribute = prop_oneof![Just("subject.x"), Just("resource.x"), Just("context.x"), Just("known.subject.x"), Just("action.name")];
    (side, prop::option::of("[ab]"), prop::option::of((attribute, operator, "[xy]"))).prop_map(|(effect, action, condition)| {
        let mut rule = json!({ "effect": effect });
        if let Some(action) = action {
            rule["actions"] = json!([action]);
        }
        if let Some((attribute, operator, value)) = condition {
            rule["when"] = json!([{ "attribute": attribute, operator: value }]);
        }
        rule
    })
}

fn document() -> impl Strategy<Value = Value> {
    (prop::collection::vec(rule(), 0..6), "[xy]").prop_map(|(mut rules, x)| {
        rules.iter_mut().enumerate().for_each(|(index, rule)| rule["id"] = json!(format!("r{index}")));
        json!({ "version": 1, "subjects": [{ "type": "user", "id": "u", "attributes": { "x": x } }], "rules": rules })
    })
}

fn request_about() -> impl Strategy<Value = Value> {
    ("[uv]", "[ab]", prop::option::of("[xy]")).prop_map(|(id, action, x)| {
        json!({
            "subject": { "type": "user", "id": id, "properties": { "x": x } },
            "action": { "name": action },
            "resource": { "type": "r", "id": "1", "properties": { "x": "x" } },
        })
    })
}

proptest! {
    #[test]
    fn parsing_any_json_does_not_panic_and_errors_point_into_it(document in json_value()) {
        match parse(&document) {
            Ok(_) => {}
            Err(errors) => {
                prop_assert!(!errors.0.is_empty());
                for error in errors.0 {
                    let parent = error.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
                    prop_assert!(document.pointer(parent).is_some(), "{} in {document}", error.pointer);
                }
            }
        }
    }

    #[test]
    fn the_order_of_rules_changes_no_decision(document in document(), request in request_about(), by in 0_usize..6) {
        let decision = evaluate(&policy(document.clone()), &request).0;
        let mut turned = document;
        if let Some(rules) = turned["rules"].as_array_mut() {
            let by = by.min(rules.len());
            rules.rotate_left(by);
        }
        prop_assert_eq!(evaluate(&policy(turned), &request).0, decision);
    }

    #[test]
    fn adding_a_rule_that_denies_permits_nothing_and_adding_one_that_permits_denies_nothing(document in document(), request in request_about(), extra in rule()) {
        let before = evaluate(&policy(document.clone()), &request).0;
        let mut more = document;
        let mut extra = extra;
        extra["id"] = json!("extra");
        let denies = extra["effect"] == "deny";
        if let Some(rules) = more["rules"].as_array_mut() {
            rules.push(extra);
        }
        let after = evaluate(&policy(more), &request).0;
        let sound = if denies { before == "allow" || after != "allow" } else { before != "allow" || after == "allow" };
        prop_assert!(sound, "{} and then {}", before, after);
    }
}

#[test]
fn an_id_in_another_than_its_canonical_spelling_is_an_error() {
    for (id, fine) in [("ann@example.com", true), ("Ann@Example.com", false), ("Record-1", true), ("usr_1", true)] {
        let document = json!({ "version": 1, "subjects": [{ "type": "user", "id": id, "attributes": {} }],
            "rules": [{ "id": "r", "effect": "deny", "subjects": [{ "type": "user", "id": id }] }] });
        assert_eq!(parse(&document).is_ok(), fine, "{id}");
    }
}
