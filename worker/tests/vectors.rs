//! The shared vectors against the whole Worker, without workerd: permission cells, and request targets of the gateway.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod driver;

use driver::people::{Person, text, with_bearer};
use driver::{Driver, ORIGIN};
use rolecall_worker::io::Need;
use rolecall_worker::tasks::Step;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn vectors(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(format!("{}/../tests/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A team with one member of each built-in role, by role code.
fn team_of_all_roles(driver: &Driver) -> (String, BTreeMap<&'static str, Person<'_>>) {
    let owner = driver.sign_up("owner");
    let team = owner.convert("Acme");
    let mut members = BTreeMap::new();
    for role in ["basic", "billing", "dev", "admin"] {
        let person = driver.sign_up(role);
        owner.hire(&team, &person, role);
        members.insert(role, person);
    }
    (team, members)
}

#[test]
fn every_cell_of_the_table_is_answered_by_a_check() {
    let driver = Driver::new();
    let (team, members) = team_of_all_roles(&driver);
    let cells = vectors("cells");
    for cell in &cells {
        let member = &members[text(cell, "/role").as_str()];
        let body = member.browser.post(&format!("/v1/accounts/{team}/checks"), &json!({ "permissions": [cell["permission"]] })).json();
        assert_eq!(body["results"][0]["allowed"], cell["allowed"], "{cell}");
    }
    assert_eq!(cells.len(), 56);
}

#[test]
fn only_matched_targets_are_forwarded_byte_by_byte() {
    let driver = Driver::new();
    let (team, members) = team_of_all_roles(&driver);
    let token_of = |role: &str| text(&members[role].browser.ask("POST", &format!("/v1/accounts/{team}/tokens"), None).json(), "/token");
    let (admin, basic) = (token_of("admin"), token_of("basic"));
    let (mut sent, mut passed) = (0, 0);
    for case in vectors("gateway") {
        let (method, target) = (text(&case, "/method"), text(&case, "/target"));
        // A target that is a whole URL replaces the origin; the platform resolves it.
        let target = target
            .strip_prefix("http://")
            .map_or(target.as_str(), |rest| rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or("/"));
        if !target.starts_with('/') {
            continue;
        }
        let forwarded = |token: &str| {
            let mut call = driver.start(with_bearer(&method, target, token));
            while call.waits() {
                if let Step::Need(Need::Forward(forward)) = &call.step {
                    return Ok(forward.clone());
                }
                driver.advance(&mut call);
            }
            Err(driver.run(call).unwrap().0.status)
        };
        sent += 1;
        match (&case["forwarded"], forwarded(&admin)) {
            (Value::Null, Err(status)) => assert!([400, 404, 405].contains(&status), "{case}: {status}"),
            (Value::String(_), Ok(forward)) => {
                assert_eq!(
                    (forward.method.as_str(), forward.url),
                    (method.as_str(), format!("{ORIGIN}{}", target.trim_end_matches('?'))),
                    "{case}"
                );
                assert!(forward.service && !forward.body, "{case}");
            }
            (_, other) => panic!("{case}: {other:?}"),
        }
        if let Ok(forward) = forwarded(&basic) {
            passed += 1;
            let path = forward.url.strip_prefix(ORIGIN).unwrap().split('?').next().unwrap().to_owned();
            assert!(path == "/api/pods" || path.strip_prefix("/api/pods/").is_some_and(|id| !id.contains('/')), "{case}: {path}");
        }
    }
    assert!(sent > 50 && passed > 5, "{sent} sent, {passed} passed");
}

#[test]
fn a_text_that_is_no_head_of_a_request_is_none() {
    for text in ["", "GET", "\n", "GET\nhttp://localhost/\na", "GET\nhttp://localhost/\n\nb\nc"] {
        assert!(rolecall_worker::RequestHead::parse(text, false).is_none_or(|head| head.headers.is_empty()), "{text:?}");
    }
    let head = rolecall_worker::RequestHead::parse("GET\nhttp://localhost/\naccept\n*/*", true).unwrap();
    assert_eq!((head.method.as_str(), head.url.as_str(), head.headers.len(), head.has_body), ("GET", "http://localhost/", 1, true));
}
