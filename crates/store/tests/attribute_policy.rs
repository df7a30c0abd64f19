//! The attribute policy as it is stored: rules that deny hear what they are about, and what was stored before a limit.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::{AppError, attribute_policies};
use rolecall_core::decision::attribute_policy::AttributePolicyWrite;
use rolecall_core::domain::id::AccountId;
use serde_json::{Value, json};
use support::authzen::{ask, may};
use support::{Person, World, block_on, fresh};

fn put(world: &World, by: &Person, account: AccountId, document: Value) -> Result<AttributePolicyWrite, AppError> {
    block_on(attribute_policies::put(&world.app(), &world.request(Some(by)), account, Ok(document), |_| None)).map(fresh)
}

fn config(config: Value) -> Value {
    json!({ "version": 1, "rules": config })
}

#[test]
fn a_rule_that_denies_an_email_hears_every_spelling_of_it_whether_or_not_there_is_such_a_member() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    let owner = &people[0];
    for email in ["stranger@example.com", people[1].email.as_str()] {
        let shut = json!({ "id": "shut", "effect": "deny", "subjects": [{ "type": "user", "id": email }] });
        put(&world, owner, team, config(json!([shut, { "id": "open", "effect": "allow" }]))).unwrap();
        for spelling in [email.to_owned(), email.to_uppercase(), email.replace("example", "EXAMPLE")] {
            assert!(!may(&world, owner, team, &format!("user:{spelling}"), "read", "r:1"), "{spelling}");
        }
        assert!(may(&world, owner, team, "user:somebody@example.com", "read", "r:1"));
    }
}

#[test]
fn a_list_over_the_limit_that_is_stored_denies_until_the_policy_is_written_within_it() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    let owner = &people[0];
    let document = |length: usize| {
        let frozen: Vec<String> = (0..length).map(|n| format!("pod-{n}")).collect();
        json!({
            "version": 1,
            "subjects": [{ "type": "user", "id": people[1].email, "attributes": { "frozen": frozen } }],
            "rules": [{ "id": "frozen", "effect": "deny", "when": [{ "attribute": "resource.id", "in": { "attribute": "known.subject.frozen" } }] }],
        })
    };
    let dev = format!("user:{}", people[1].id);
    put(&world, owner, team, document(256)).unwrap();
    assert!(!may(&world, owner, team, &dev, "start", "pod:pod-0"));
    assert!(may(&world, owner, team, &dev, "start", "pod:pod-256"));
    assert!(matches!(put(&world, owner, team, document(257)), Err(AppError::Invalid(_))));
    // As a version without the limit would have stored it.
    world
        .sql(&format!(
            "UPDATE account SET version = version + 5; UPDATE attribute_policy SET document = '{}', revision = revision + 1",
            document(257)
        ))
        .unwrap();
    for pod in ["pod:pod-0", "pod:other"] {
        let verdict = ask(&world, owner, team, &dev, "start", pod);
        assert!(!verdict.allowed, "{pod}: {:?}", verdict.reason);
    }
    let got = block_on(attribute_policies::get(&world.app(), &world.request(Some(owner)), team)).unwrap();
    assert_eq!(got.document, document(257).to_string(), "it is read as it is stored");
    put(&world, owner, team, document(1)).unwrap();
    assert!(may(&world, owner, team, &dev, "start", "pod:other"));
}
