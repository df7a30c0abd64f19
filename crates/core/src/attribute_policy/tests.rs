//! The language, fault by fault and rule by rule; the two scenarios; and properties of any policy.

use super::{AttributePolicy, Attributes, Judgement, Member, Party, Question, Steps};
use proptest::prelude::*;
use serde_json::{Value, json};

pub(super) fn policy(document: Value) -> AttributePolicy {
    AttributePolicy::parse(&document).unwrap()
}

pub(super) fn attributes(value: &Value) -> Attributes {
    value.as_object().cloned().unwrap_or_default()
}

/// Asks with an AuthZEN request; answers `allow`, `deny` or `silent` and the rule.
pub(super) fn ask(policy: &AttributePolicy, request: &Value) -> (&'static str, String) {
    let text = |pointer: &str| request.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let of = |pointer: &str| attributes(request.pointer(pointer).unwrap_or(&Value::Null));
    let (subject, resource, action, context) =
        (of("/subject/properties"), of("/resource/properties"), of("/action/properties"), of("/context"));
    let question = Question {
        subject: Party { kind: text("/subject/type"), names: &[text("/subject/id")], properties: &subject },
        member: request.pointer("/member_role").and_then(Value::as_str).map(|role| Member { id: "usr_1", email: "ann@example.com", role }),
        action: text("/action/name"),
        action_properties: &action,
        resource: Party { kind: text("/resource/type"), names: &[text("/resource/id")], properties: &resource },
        context: &context,
    };
    match policy.judge(&question, &Steps::default()).unwrap() {
        Judgement::Allowed(rule) => ("allow", rule.id.clone()),
        Judgement::Denied(rule) => ("deny", rule.id.clone()),
        Judgement::Silent => ("silent", String::new()),
    }
}

pub(super) fn request() -> Value {
    json!({ "subject": { "type": "user", "id": "u" }, "action": { "name": "a" }, "resource": { "type": "r", "id": "1" } })
}

/// Whether a rule with this one condition applies, where the subject is known with `stored` and says `said`.
fn holds(condition: Value, stored: Value, said: Value) -> bool {
    let policy = policy(json!({
        "version": 1,
        "subjects": [{ "type": "user", "id": "u", "attributes": stored }],
        "rules": [{ "id": "it", "effect": "allow", "when": [condition] }],
    }));
    let mut request = request();
    request["subject"]["properties"] = said;
    ask(&policy, &request).0 == "allow"
}

#[test]
fn every_operator_says_what_its_name_says() {
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
fn an_absent_attribute_passes_only_what_is_negative() {
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
fn the_request_comes_before_what_is_known_and_known_can_be_asked_for_alone() {
    let equals = |attribute: &str, value: &str| json!({ "attribute": attribute, "equals": value });
    assert!(holds(equals("subject.x", "said"), json!({ "x": "stored" }), json!({ "x": "said" })));
    assert!(!holds(equals("known.subject.x", "said"), json!({ "x": "stored" }), json!({ "x": "said" })));
    assert!(holds(equals("known.subject.x", "stored"), json!({ "x": "stored" }), json!({ "x": "said" })));
    assert!(holds(equals("subject.x", "stored"), json!({ "x": "stored" }), json!({ "x": null })), "null says nothing");
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
fn what_the_account_knows_of_a_member_is_an_attribute() {
    for (attribute, value) in [("member.role", "dev"), ("member.id", "usr_1"), ("member.email", "ann@example.com")] {
        let policy = policy(json!({ "version": 1, "rules": [
            { "id": "it", "effect": "allow", "when": [{ "attribute": attribute, "equals": value }] },
        ] }));
        let mut request = request();
        request["subject"]["properties"] = json!({ "role": "dev", "member": { "role": "dev" } });
        assert_eq!(ask(&policy, &request).0, "silent", "{attribute}");
        request["member_role"] = json!("dev");
        assert_eq!(ask(&policy, &request).0, "allow", "{attribute}");
    }
}

#[test]
fn a_rule_that_denies_wins_wherever_it_stands() {
    let allow = json!({ "id": "open", "effect": "allow" });
    let deny = json!({ "id": "shut", "effect": "deny", "actions": ["a"] });
    for rules in [json!([allow, deny]), json!([deny, allow])] {
        assert_eq!(ask(&policy(json!({ "version": 1, "rules": rules })), &request()), ("deny", "shut".to_owned()));
    }
    let mut other = request();
    other["action"]["name"] = json!("b");
    assert_eq!(ask(&policy(json!({ "version": 1, "rules": [deny, allow] })), &other), ("allow", "open".to_owned()));
}

#[test]
fn patterns_fit_by_type_id_and_whether_the_policy_knows_the_entity() {
    let with = |pattern: Value| {
        policy(json!({ "version": 1, "subjects": [{ "type": "user", "id": "u" }], "rules": [
            { "id": "it", "effect": "allow", "subjects": [pattern] },
        ] }))
    };
    let asked = |policy: &AttributePolicy, kind: &str, id: &str| {
        let mut request = request();
        request["subject"] = json!({ "type": kind, "id": id });
        ask(policy, &request).0 == "allow"
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
fn every_fault_is_named_with_its_place() {
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
        let faults: Vec<(String, &str)> = AttributePolicy::parse(document).unwrap_err().into_iter().map(|f| (f.pointer, f.code)).collect();
        assert_eq!(faults, [((*pointer).to_owned(), *code)], "{document}");
    }
}

fn condition(condition: Value) -> Value {
    json!({ "version": 1, "rules": [{ "id": "a", "effect": "allow", "when": [condition] }] })
}

#[test]
fn faults_are_told_at_once_and_not_without_end() {
    let rules: Vec<Value> = (0..100).map(|_| json!({ "id": "?" })).collect();
    assert_eq!(AttributePolicy::parse(&json!({ "version": 1, "rules": rules })).unwrap_err().len(), 50);
    let rules: Vec<Value> = (0..201).map(|n| json!({ "id": n.to_string(), "effect": "allow" })).collect();
    assert_eq!(AttributePolicy::parse(&json!({ "version": 1, "rules": rules })).unwrap_err()[0].code, "too-long");
}

#[test]
fn what_a_decision_can_cost_is_bounded() {
    let rule =
        |n: usize| json!({ "id": n.to_string(), "effect": "deny", "when": vec![json!({ "attribute": "subject.x", "exists": true }); 50] });
    let many = |rules: usize| AttributePolicy::parse(&json!({ "version": 1, "rules": (0..rules).map(rule).collect::<Vec<_>>() }));
    assert!(many(10).is_ok());
    assert_eq!(many(11).unwrap_err()[0].code, "too-long");
}

fn scenario(text: &str) -> AttributePolicy {
    policy(serde_json::from_str(text).unwrap())
}

#[test]
fn the_certification_scenario_decides_as_it_must() {
    let policy = scenario(include_str!("../../../../policy/authzen-scenario.json"));
    let cases: Value = serde_json::from_str(include_str!("../../../../tests/vectors/authzen/conformance-cases.json")).unwrap();
    let mut asked = 0;
    for case in cases.as_array().unwrap() {
        let decision = case.pointer("/expected/decision").and_then(Value::as_bool);
        if let (Some(expected), Some(request)) = (decision, case.get("request")) {
            assert_eq!(ask(&policy, request).0 == "allow", expected, "{}", case["module"]);
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
        ask(&policy, &request).0 == "allow"
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
fn the_todo_scenario_decides_as_it_must() {
    let policy = scenario(include_str!("../../../../tests/vectors/authzen/todo-policy.json"));
    let cases: Value = serde_json::from_str(include_str!("../../../../tests/vectors/authzen/todo-decisions.json")).unwrap();
    let cases = cases["evaluation"].as_array().unwrap();
    assert_eq!(cases.len(), 40);
    for case in cases {
        assert_eq!(ask(&policy, &case["request"]).0 == "allow", case["expected"], "{}", case["request"]);
    }
}

#[test]
fn the_worked_example_of_the_documentation_does_what_it_says() {
    let page = include_str!("../../../../docs/AUTHZEN.md");
    let example = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let policy = scenario(example);
    let asked = |id: &str, role: &str, action: &str, status: Option<&str>| {
        let mut request =
            json!({ "subject": { "type": "user", "id": id }, "action": { "name": action }, "resource": { "type": "report", "id": "q3" } });
        request["resource"]["properties"] = json!({ "status": status });
        if !role.is_empty() {
            request["member_role"] = json!(role);
        }
        ask(&policy, &request).0
    };
    assert_eq!(asked("ann@example.com", "basic", "write", None), "allow");
    assert_eq!(asked("ann@example.com", "basic", "write", Some("published")), "deny");
    assert_eq!(asked("ann@example.com", "", "write", None), "silent", "who is no member owns nothing");
    let mut other: Value = serde_json::from_str(example).unwrap();
    other["resources"][0]["attributes"]["owner"] = json!("ben@example.com");
    for (clearance, role, expected) in [(3, "dev", "allow"), (2, "dev", "silent"), (3, "basic", "silent")] {
        other["subjects"][0]["attributes"]["clearance"] = json!(clearance);
        let mut request = json!({ "subject": { "type": "user", "id": "ann@example.com", "properties": { "clearance": 9 } }, "action": { "name": "read" }, "resource": { "type": "report", "id": "q3" } });
        request["member_role"] = json!(role);
        assert_eq!(ask(&self::policy(other.clone()), &request).0, expected);
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

fn question() -> impl Strategy<Value = Value> {
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
    fn any_json_is_safe_to_read_and_faults_point_inside(document in json_value()) {
        match AttributePolicy::parse(&document) {
            Ok(_) => {}
            Err(faults) => {
                prop_assert!(!faults.is_empty());
                for fault in faults {
                    let parent = fault.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
                    prop_assert!(document.pointer(parent).is_some(), "{} in {document}", fault.pointer);
                }
            }
        }
    }

    #[test]
    fn the_order_of_rules_changes_no_decision(document in document(), request in question(), by in 0_usize..6) {
        let decision = ask(&policy(document.clone()), &request).0;
        let mut turned = document;
        if let Some(rules) = turned["rules"].as_array_mut() {
            let by = by.min(rules.len());
            rules.rotate_left(by);
        }
        prop_assert_eq!(ask(&policy(turned), &request).0, decision);
    }

    #[test]
    fn one_more_rule_that_denies_opens_nothing_and_one_that_allows_shuts_nothing(document in document(), request in question(), extra in rule()) {
        let before = ask(&policy(document.clone()), &request).0;
        let mut more = document;
        let mut extra = extra;
        extra["id"] = json!("extra");
        let denies = extra["effect"] == "deny";
        if let Some(rules) = more["rules"].as_array_mut() {
            rules.push(extra);
        }
        let after = ask(&policy(more), &request).0;
        let sound = if denies { before == "allow" || after != "allow" } else { before != "allow" || after == "allow" };
        prop_assert!(sound, "{} and then {}", before, after);
    }
}

#[test]
fn an_email_that_would_name_nobody_is_a_fault() {
    for (id, fine) in [("ann@example.com", true), ("Ann@Example.com", false), ("Record-1", true), ("usr_1", true)] {
        let document = json!({ "version": 1, "subjects": [{ "type": "user", "id": id, "attributes": {} }],
            "rules": [{ "id": "r", "effect": "deny", "subjects": [{ "type": "user", "id": id }] }] });
        assert_eq!(AttributePolicy::parse(&document).is_ok(), fine, "{id}");
    }
}
