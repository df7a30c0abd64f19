//! Test vectors of `tests/vectors`, which the npm package runs as well.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

use rolecall_json::{Document, Kind, Value, parse};
use rolecall_policy::{Freshness, Policy, RouteMatch, validate_path};

fn read(name: &str) -> String {
    let path = format!("{}/../../{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn vectors(name: &str) -> Document {
    parse(&read(&format!("tests/vectors/{name}.json"))).unwrap_or_else(|error| panic!("{name}: {error:?}"))
}

fn policy(name: Option<&str>) -> Policy {
    let path = name.map_or("policy/default.json".to_string(), |name| format!("tests/vectors/{name}.json"));
    Policy::parse(&read(&path)).unwrap()
}

fn text<'d>(case: Value<'d>, name: &str) -> &'d str {
    case.get(name).and_then(Value::as_text).unwrap_or_else(|| panic!("no {name} in {}", case.canonical()))
}

fn texts<'d>(case: Value<'d>, name: &str) -> Vec<&'d str> {
    case.get(name).unwrap_or_else(|| panic!("no {name} in {}", case.canonical())).items().filter_map(Value::as_text).collect()
}

#[test]
fn the_codes_of_a_role_or_token_round_trip_through_a_set() {
    let policy = policy(None);
    let mut ran = 0;
    for case in vectors("rights").root().items() {
        // Sets of codes and built-in roles only: their combination is implemented in the npm package.
        let codes = match (case.get("permissions"), case.get("custom_roles")) {
            (Some(_), _) => texts(case, "permissions"),
            (None, Some(roles)) => match roles.items().find(|role| text(*role, "code") == text(case, "role")) {
                Some(role) if case.get("list").is_some() => texts(role, "permissions"),
                _ => continue,
            },
            (None, None) => {
                let role = policy.role(text(case, "role"));
                assert_eq!(role.is_none(), case.get("error").is_some(), "{}", case.canonical());
                match role {
                    Some(role) => policy.codes(role.permissions),
                    None => continue,
                }
            }
        };
        match (policy.permission_set(codes.iter().copied()), case.get("error")) {
            (Ok(set), None) => assert_eq!(policy.codes(set), texts(case, "list"), "{}", case.canonical()),
            (Err(unknown), Some(error)) => assert_eq!(unknown.0, text(error, "value")),
            (result, _) => panic!("{}: {result:?}", case.canonical()),
        }
        ran += 1;
    }
    assert!(ran >= 10);
}

#[test]
fn the_roles_that_grant_a_permission_are_listed() {
    let policy = policy(None);
    for case in vectors("explain").root().items() {
        let id = policy.permission(text(case, "permission"));
        assert_eq!(id.is_none(), case.get("error").is_some(), "{}", case.canonical());
        if let Some(id) = id {
            let custom: Vec<&str> = case.get("custom_roles").into_iter().flat_map(Value::items).map(|role| text(role, "code")).collect();
            let built_in: Vec<&str> = texts(case, "granted_by").into_iter().filter(|code| !custom.contains(code)).collect();
            assert_eq!(policy.roles_granting(id), built_in, "{}", case.canonical());
        }
    }
}

#[test]
fn requests_match_the_expected_routes() {
    for case in vectors("routes").root().items() {
        let policy = policy(case.get("policy").and_then(Value::as_text));
        let wanted = case.get("match").filter(|wanted| wanted.kind() == Kind::Object);
        match (policy.match_route(text(case, "method"), text(case, "path")), wanted) {
            (RouteMatch::Match { route, params }, Some(wanted)) => {
                assert_eq!(policy.code(route.permission), text(wanted, "permission"), "{}", case.canonical());
                assert_eq!(route.freshness == Freshness::Live, text(wanted, "freshness") == "live", "{}", case.canonical());
                assert_eq!(route.pattern, text(wanted, "pattern"), "{}", case.canonical());
                let named: Vec<(&str, &str)> = wanted
                    .get("params")
                    .into_iter()
                    .flat_map(Value::members)
                    .map(|(name, value)| (name, value.as_text().unwrap()))
                    .collect();
                assert_eq!(params, named, "{}", case.canonical());
            }
            (RouteMatch::NoRoute | RouteMatch::BadPath, None) => {}
            (other, _) => panic!("{}: {other:?}", case.canonical()),
        }
    }
}

#[test]
fn ambiguous_paths_are_rejected_and_plain_paths_unchanged() {
    let document = vectors("paths");
    let policy = policy(None);
    for path in texts(document.root(), "plain") {
        assert_eq!(validate_path(path).as_deref(), Some(path));
    }
    for case in document.root().get("refused").unwrap().items() {
        assert_eq!(validate_path(text(case, "path")), None, "{}", text(case, "why"));
        for method in ["GET", "POST", "PATCH", "DELETE"] {
            assert_eq!(policy.match_route(method, text(case, "path")), RouteMatch::BadPath, "{}", text(case, "why"));
        }
    }
}

#[test]
fn the_first_error_of_a_policy_is_reported_with_code_and_pointer() {
    for case in vectors("policies").root().items() {
        let error = case.get("error").filter(|error| error.kind() == Kind::Object);
        match (Policy::parse(text(case, "json")), error) {
            (Ok(_), None) => {}
            (Err(found), Some(error)) => {
                assert_eq!((found.code(), found.pointer()), (text(error, "code"), text(error, "pointer")), "{}", text(case, "name"));
                if let Some(value) = error.get("value").and_then(Value::as_text) {
                    assert_eq!(found.value(), value, "{}", text(case, "name"));
                }
            }
            (result, _) => panic!("{}: {:?}", text(case, "name"), result.err()),
        }
    }
}
