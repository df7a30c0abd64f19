//! Shared vectors of request targets: checks natively which of them the gateway forwards, with the functions that the Worker calls
//! in the same order. `tests/e2e/gateway/paths.test.ts` sends the same targets over a socket.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

use rolecall_policy::{Policy, RouteMatch, validate_path};
use rolecall_wire::http::path::{PathOwner, owner, split};
use serde_json::Value;

fn read(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../../{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn only_matched_targets_are_forwarded_and_unchanged() {
    let policy = Policy::parse(&read("policy/default.json")).unwrap();
    let cases: Value = serde_json::from_str(&read("tests/vectors/gateway.json")).unwrap();
    for case in cases.as_array().unwrap() {
        let (method, target) = (case["method"].as_str().unwrap(), case["target"].as_str().unwrap());
        let url = if target.starts_with('/') { format!("http://host{target}") } else { target.to_owned() };
        let (path, query) = split(&url);
        let matched = match (owner(path), policy.match_route(method, path)) {
            (PathOwner::Gateway, RouteMatch::Match { route, .. }) => Some(route.pattern.as_str()),
            _ => None,
        };
        assert_eq!(matched, case["forwarded"].as_str(), "{case}");
        if matched.is_some() {
            assert_eq!(validate_path(path).as_deref(), Some(path));
            assert_eq!(
                target.strip_suffix('?').unwrap_or(target),
                if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
            );
            assert!(policy.methods(path).contains(&method));
        }
    }
    assert!(cases.as_array().unwrap().len() > 50);
}
