//! Stored attribute policies: deny rules match every spelling of an email, and a policy stored before a limit fails closed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::{AppError, attribute_policies};
use rolecall_core::decision::attribute_policy::AttributePolicyWrite;
use rolecall_core::domain::id::AccountId;
use serde_json::{Value, json};
use support::authzen::{evaluate, is_allowed};
use support::{Person, World, block_on, fresh_output};

fn put(world: &World, by: &Person, account: AccountId, document: Value) -> Result<AttributePolicyWrite, AppError> {
    block_on(attribute_policies::put(&world.app(), &world.request(Some(by)), account, Ok(document), |_| None)).map(fresh_output)
}

fn policy_of(rules: Value) -> Value {
    json!({ "version": 1, "rules": rules })
}

#[test]
fn a_deny_rule_for_an_email_matches_every_spelling_of_a_member_or_non_member() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    let owner = &people[0];
    for email in ["stranger@example.com", people[1].email.as_str()] {
        let shut = json!({ "id": "shut", "effect": "deny", "subjects": [{ "type": "user", "id": email }] });
        put(&world, owner, team, policy_of(json!([shut, { "id": "open", "effect": "allow" }]))).unwrap();
        for spelling in [email.to_owned(), email.to_uppercase(), email.replace("example", "EXAMPLE")] {
            assert!(!is_allowed(&world, owner, team, &format!("user:{spelling}"), "read", "r:1"), "{spelling}");
        }
        assert!(is_allowed(&world, owner, team, "user:somebody@example.com", "read", "r:1"));
    }
}

#[test]
fn a_stored_list_over_the_limit_denies_until_the_policy_is_replaced() {
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
    assert!(!is_allowed(&world, owner, team, &dev, "start", "pod:pod-0"));
    assert!(is_allowed(&world, owner, team, &dev, "start", "pod:pod-256"));
    assert!(matches!(put(&world, owner, team, document(257)), Err(AppError::Invalid(_))));
    // As stored by a version without the limit.
    world
        .sql(&format!(
            "UPDATE account SET version = version + 5; UPDATE attribute_policy SET document = '{}', revision = revision + 1",
            document(257)
        ))
        .unwrap();
    for pod in ["pod:pod-0", "pod:other"] {
        let decision = evaluate(&world, owner, team, &dev, "start", pod);
        assert!(!decision.allowed, "{pod}: {:?}", decision.reason);
    }
    let got = block_on(attribute_policies::get(&world.app(), &world.request(Some(owner)), team)).unwrap();
    assert_eq!(got.document, document(257).to_string(), "the stored document is returned unchanged");
    put(&world, owner, team, document(1)).unwrap();
    assert!(is_allowed(&world, owner, team, &dev, "start", "pod:other"));
}
