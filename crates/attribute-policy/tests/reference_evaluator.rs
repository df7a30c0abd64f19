//! A model of the language: a second evaluator, which reads the JSON of a policy and of a request directly, without parsing
//! either into types. Generated policies and requests must have the same outcome, by the same rule, in both.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use proptest::prelude::*;
use rolecall_attribute_policy::DOCUMENT_MAX;
use serde_json::{Map, Value, json};
use support::{evaluate, restore};

/// Evaluates every rule, then lets the effects compete.
fn model(policy: &Value, request: &Value) -> (&'static str, String) {
    let rules = policy["rules"].as_array().unwrap();
    let applying = rules.iter().filter(|rule| applies(rule, policy, request));
    let (denying, permitting): (Vec<_>, Vec<_>) = applying.partition(|rule| rule["effect"] == "deny");
    let id = |rule: &Value| rule["id"].as_str().unwrap().to_owned();
    match (denying.first(), permitting.first()) {
        (Some(rule), _) => ("deny", id(rule)),
        (None, Some(rule)) => ("allow", id(rule)),
        (None, None) => ("not-applicable", String::new()),
    }
}

fn applies(rule: &Value, policy: &Value, request: &Value) -> bool {
    let matches = |field: &str, test: &dyn Fn(&Value) -> bool| rule[field].as_array().is_none_or(|entries| entries.iter().any(test));
    let pattern = |side: &'static str, listed: &'static str| {
        move |pattern: &Value| {
            let entity = &request[side];
            pattern["type"] == entity["type"]
                && (pattern["id"].is_null() || ids(entity).contains(&&pattern["id"]))
                && (pattern["known"].is_null() || pattern["known"] == stored(policy, listed, entity).is_some())
        }
    };
    matches("actions", &|action| *action == request["action"]["name"])
        && matches("subjects", &pattern("subject", "subjects"))
        && matches("resources", &pattern("resource", "resources"))
        && rule["when"].as_array().into_iter().flatten().all(|condition| {
            let unknown = rule["effect"] == "deny";
            truth(condition, policy, request).unwrap_or(unknown)
        })
}

/// An entity's id and its aliases.
fn ids(entity: &Value) -> Vec<&Value> {
    core::iter::once(&entity["id"]).chain(entity["aliases"].as_array().into_iter().flatten()).collect()
}

/// The attributes of the first id that the policy lists.
fn stored<'a>(policy: &'a Value, listed: &str, entity: &Value) -> Option<Value> {
    let entities = policy[listed].as_array().into_iter().flatten();
    let of_type: Vec<&'a Value> = entities.filter(|listed| listed["type"] == entity["type"]).collect();
    let found = ids(entity).into_iter().find_map(|id| of_type.iter().find(|listed| listed["id"] == *id));
    found.map(|entity| entity["attributes"].clone())
}

/// All attributes of a request as one document, in which a path is only a walk.
fn attributes(policy: &Value, request: &Value) -> Value {
    let known = |side: &str| stored(policy, &format!("{side}s"), &request[side]).unwrap_or_default();
    let entity = |side: &str| {
        let mut merged = Map::new();
        for source in [&known(side), &request[side]["properties"]] {
            let given = source.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
            merged.extend(given.map(|(name, value)| (name.clone(), value.clone())));
        }
        merged.insert("type".into(), request[side]["type"].clone());
        merged.insert("id".into(), request[side]["id"].clone());
        merged
    };
    let mut action = request["action"]["properties"].as_object().cloned().unwrap_or_default();
    action.insert("name".into(), request["action"]["name"].clone());
    let member = request["member_role"].as_str().map(|role| json!({ "id": "usr_1", "email": "ann@example.com", "role": role }));
    json!({
        "subject": entity("subject"), "resource": entity("resource"), "action": action, "context": request["context"],
        "known": { "subject": known("subject"), "resource": known("resource") }, "member": member,
    })
}

/// True, false or unknown (None).
fn truth(condition: &Value, policy: &Value, request: &Value) -> Option<bool> {
    let attributes = attributes(policy, request);
    let walk = |path: &Value| path.as_str().unwrap().split('.').fold(&attributes, |value, name| value.get(name).unwrap_or(&Value::Null));
    let (operator, operand) = condition.as_object().unwrap().iter().find(|(name, _)| *name != "attribute").unwrap();
    let left = walk(&condition["attribute"]);
    if operator == "exists" {
        return Some(left.is_null() != operand.as_bool().unwrap());
    }
    let right = operand.get("attribute").map_or(operand, walk);
    if [left, right].iter().any(|value| value.as_array().is_some_and(|items| items.len() > 256)) {
        return None;
    }
    let negated = operator.starts_with("not_");
    if left.is_null() || right.is_null() {
        return Some(negated);
    }
    let number = |value: &Value| value.is_number().then(|| scaled(value));
    let holds = match operator.as_str() {
        "equals" | "not_equals" => equal(left, right),
        "in" | "not_in" => right.as_array()?.iter().any(|item| equal(item, left)),
        "contains" => left.as_array()?.iter().any(|item| equal(item, right)),
        "less_than" => number(left)? < number(right)?,
        "greater_than" => number(left)? > number(right)?,
        other => panic!("{other}"),
    };
    Some(holds != negated)
}

/// Equal once every number is written in the same way.
fn equal(left: &Value, right: &Value) -> bool {
    fn normal(value: &Value) -> Value {
        match value {
            Value::Number(_) => json!({ "number": scaled(value).to_string() }),
            Value::Array(items) => items.iter().map(normal).collect(),
            Value::Object(members) => members.iter().map(|(name, value)| (format!("={name}"), normal(value))).collect(),
            other => other.clone(),
        }
    }
    normal(left) == normal(right)
}

/// A number times four, exactly: the generated fractions are quarters.
fn scaled(number: &Value) -> i128 {
    let integer = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    integer.map_or_else(|| (number.as_f64().unwrap() * 4.0) as i128, |integer| integer * 4)
}

/// Few values and names, so that they often meet.
fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (-2_i64..3).prop_map(Value::from),
        2 => (-8_i32..9).prop_map(|quarters| Value::from(f64::from(quarters) / 4.0)),
        1 => prop_oneof![Just(json!(i64::MIN)), Just(json!(i64::MAX)), Just(json!(u64::MAX)), Just(json!(9_223_372_036_854_775_808.0))],
        4 => prop_oneof![Just("a"), Just("b"), Just("u"), Just("x"), Just("dev"), Just("user")].prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let long = (255_usize..259, scalar()).prop_map(|(length, item)| Value::from(vec![item; length]));
    prop_oneof![10 => scalar(), 1 => Just(Value::Null), 1 => long].prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            2 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            1 => prop::collection::btree_map("[pq]", inner, 0..3).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// `type`, `id` and `name` are among the names: no property takes the place of an entity's own.
fn properties() -> impl Strategy<Value = Value> {
    let name = prop_oneof![6 => Just("p"), 3 => Just("q"), 1 => Just("type"), 1 => Just("id"), 1 => Just("name")];
    let value = prop_oneof![3 => value(), 1 => Just(Value::Null)];
    prop::collection::vec((name, value), 0..4)
        .prop_map(|members| Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
}

fn path() -> impl Strategy<Value = String> + Clone {
    let root = prop_oneof![
        4 => Just("subject."), 3 => Just("resource."), 1 => Just("action."), 2 => Just("context."), 2 => Just("known.subject."),
        1 => Just("known.resource."),
    ];
    let name = prop_oneof![6 => Just("p"), 3 => Just("q"), 2 => Just("p.p"), 1 => Just("q.p.q"), 1 => Just("id"), 1 => Just("type"),
        1 => Just("name"), 1 => Just("id.p")];
    prop_oneof![
        8 => (root, name).prop_map(|(root, name)| format!("{root}{name}")),
        1 => prop_oneof![Just("member.id"), Just("member.email"), Just("member.role")].prop_map(str::to_owned),
    ]
}

fn condition() -> impl Strategy<Value = Value> {
    let attribute = path().prop_map(|path| json!({ "attribute": path }));
    let one = prop_oneof![scalar(), attribute.clone()];
    let many = prop_oneof![prop::collection::vec(scalar(), 1..4).prop_map(Value::from), attribute.clone()];
    let number = prop_oneof![scalar().prop_filter("a number", Value::is_number), attribute];
    let test = prop_oneof![
        3 => (prop_oneof![Just("equals"), Just("not_equals"), Just("contains")], one),
        2 => (prop_oneof![Just("in"), Just("not_in")], many),
        2 => (prop_oneof![Just("less_than"), Just("greater_than")], number),
        1 => (Just("exists"), any::<bool>().prop_map(Value::from)),
    ];
    (path(), test).prop_map(|(path, (operator, operand))| json!({ "attribute": path, operator: operand }))
}

/// Entities of two types and few ids.
fn entity() -> impl Strategy<Value = Value> {
    ("user|bot", "[uv]").prop_map(|(kind, id)| json!({ "type": kind, "id": id }))
}

fn pattern() -> impl Strategy<Value = Value> {
    (entity(), any::<bool>(), prop::option::of(any::<bool>())).prop_map(|(mut pattern, with_id, known)| {
        let members = pattern.as_object_mut().unwrap();
        if !with_id {
            members.remove("id");
        }
        members.extend(known.map(|known| ("known".to_owned(), Value::from(known))));
        pattern
    })
}

fn rule() -> impl Strategy<Value = Value> {
    fn field(entries: impl Strategy<Value = Value>) -> impl Strategy<Value = Option<Vec<Value>>> {
        prop::option::of(prop::collection::vec(entries, 1..3))
    }
    let conditions = prop::collection::vec(condition(), 0..3);
    (any::<bool>(), field("[ab]".prop_map(Value::from)), field(pattern()), field(pattern()), conditions).prop_map(
        |(denies, actions, subjects, resources, when)| {
            let mut rule = json!({ "effect": if denies { "deny" } else { "allow" }, "when": when });
            for (name, entries) in [("actions", actions), ("subjects", subjects), ("resources", resources)] {
                if let Some(entries) = entries {
                    rule[name] = Value::from(entries);
                }
            }
            rule
        },
    )
}

fn document() -> impl Strategy<Value = Value> {
    fn listed() -> impl Strategy<Value = Vec<Value>> {
        prop::collection::btree_map(("user|bot", "[uv]"), properties(), 0..5).prop_map(|entities| {
            let entity = |((kind, id), attributes): ((String, String), Value)| json!({ "type": kind, "id": id, "attributes": attributes });
            entities.into_iter().map(entity).collect()
        })
    }
    (listed(), listed(), prop::collection::vec(rule(), 1..6)).prop_map(|(subjects, resources, mut rules)| {
        rules.iter_mut().enumerate().for_each(|(index, rule)| rule["id"] = Value::from(format!("r{index}")));
        json!({ "version": 1, "subjects": subjects, "resources": resources, "rules": rules })
    })
}

fn request() -> impl Strategy<Value = Value> {
    let aliases = prop::collection::vec("[uv]", 0..2);
    let role = prop::option::of(prop_oneof![Just("dev"), Just("basic")]);
    let entities = (entity(), aliases, entity());
    (entities, "[ab]", properties(), properties(), properties(), properties(), role).prop_map(
        |((mut subject, aliases, mut resource), action, of_subject, of_resource, of_action, context, role)| {
            subject["aliases"] = Value::from(aliases);
            subject["properties"] = of_subject;
            resource["properties"] = of_resource;
            let action = json!({ "name": action, "properties": of_action });
            json!({ "subject": subject, "action": action, "resource": resource, "context": context, "member_role": role })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]
    #[test]
    fn a_policy_evaluates_as_the_model_does(document in document(), requests in prop::collection::vec(request(), 1..5)) {
        prop_assume!(document.to_string().len() <= DOCUMENT_MAX);
        let policy = restore(&document).unwrap_or_else(|errors| panic!("{errors}"));
        for request in requests {
            prop_assert_eq!(evaluate(&policy, &request), model(&document, &request), "{} of {}", request, document);
        }
    }
}

#[test]
fn the_model_agrees_with_the_published_scenario() {
    let read = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    let policy = read(include_str!("../../../tests/vectors/authzen/todo-policy.json"));
    let cases = read(include_str!("../../../tests/vectors/authzen/todo-decisions.json"));
    for case in cases["evaluation"].as_array().unwrap() {
        assert_eq!(model(&policy, &case["request"]).0 == "allow", case["expected"], "{}", case["request"]);
    }
}
