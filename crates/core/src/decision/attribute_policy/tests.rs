use super::*;
use crate::testing::*;
use crate::transaction::precondition::Precondition;
use serde_json::json;

fn acme() -> AccountId {
    account_id("acme")
}

fn document(id: &str) -> Value {
    json!({ "version": 1, "subjects": [{ "type": "user", "id": id }] })
}

fn team() -> Team {
    Team::new().owner("ann").member("bob", "dev").as_caller("ann")
}

fn with_policy() -> Team {
    team().attribute_policy(&document("eve@example.com"))
}

fn write(team: &Team, document: &Value) -> Result<Decision<AttributePolicyWrite>, DecisionError> {
    put(&team.snapshot(), &config(), &ctx(), acme(), Ok(document))
}

#[test]
fn a_first_policy_is_created_at_the_next_version_of_the_account() {
    let decided = write(&team(), &document("eve@example.com")).unwrap();
    let written = &decided.output;
    assert_eq!((written.created, written.policy.revision, written.policy.updated_by), (true, VERSION + 1, user_id("ann")));
    assert_eq!(decided.change.effects, [Effect::PutAttributePolicy(written.policy.clone())]);
    assert_eq!(event_names(&decided.change), ["attribute-policy.update"]);
    let data = event_data(&decided.change);
    assert_eq!((&data["subjects"], &data["rules"]), (&json!("1"), &json!("0")));
    let preconditions = [Precondition::AttributePolicyIs(acme(), None), Precondition::AccountVersionIs(acme(), VERSION)];
    assert_rests_on(&decided.change, &preconditions);
}

#[test]
fn another_document_replaces_the_policy_and_the_same_changes_nothing() {
    let replaced = write(&with_policy(), &document("zoe@example.com")).unwrap();
    assert!(!replaced.output.created);
    assert_rests_on(&replaced.change, &[Precondition::AttributePolicyIs(acme(), Some(VERSION))]);
    let same = write(&with_policy(), &document("eve@example.com")).unwrap();
    assert_eq!((same.change.is_empty(), same.output.created, same.output.policy.revision), (true, false, VERSION));
}

#[test]
fn if_match_is_about_the_revision_of_the_policy() {
    let decide =
        |team: &Team, versions: &[i64]| put(&team.snapshot(), &config(), &ctx_if_match(versions), acme(), Ok(&document("zoe@example.com")));
    assert!(decide(&with_policy(), &[VERSION]).is_ok());
    assert_eq!(denied(decide(&with_policy(), &[STALE_VERSION])), Denial::PreconditionFailed);
    assert_eq!(denied(decide(&team(), &[VERSION])), Denial::PreconditionFailed, "there is no policy of any revision");
}

#[test]
fn writing_checks_permission_revision_and_then_the_document() {
    let decide = |snapshot: &_, ctx: &_| put(snapshot, &config(), ctx, acme(), Ok(&json!({})));
    assert_requires_permission(&with_policy(), "team.manage", decide);
    assert_checks_if_match(&with_policy(), decide);
    assert!(!invalid(decide(&team().snapshot(), &ctx())).is_empty());
    let valid = |snapshot: &_, ctx: &_| put(snapshot, &config(), ctx, acme(), Ok(&document("zoe@example.com")));
    assert_eq!(slots_needed(&team(), valid), ["accounts", "members", "attribute_policies"]);
}

#[test]
fn reading_needs_the_permission_and_a_policy() {
    let decide = |snapshot: &_, ctx: &_| get(snapshot, &config(), ctx, acme());
    assert_requires_permission(&team(), "team.manage", decide);
    assert_checks_if_match(&with_policy(), decide);
    assert_eq!(denied(decide(&team().snapshot(), &ctx())), Denial::AttributePolicyNotFound);
    assert_eq!(decide(&with_policy().snapshot(), &ctx()).unwrap().revision, VERSION);
}

#[test]
fn dropping_removes_the_policy_once() {
    let decide = |snapshot: &_, ctx: &_| delete(snapshot, &config(), ctx, acme());
    assert_requires_permission(&with_policy(), "team.manage", decide);
    assert_checks_if_match(&with_policy(), decide);
    let decided = decide(&with_policy().snapshot(), &ctx()).unwrap();
    assert_eq!(decided.change.effects, [Effect::DropAttributePolicy(acme())]);
    assert_eq!(event_names(&decided.change), ["attribute-policy.delete"]);
    assert_rests_on(&decided.change, &[Precondition::AttributePolicyIs(acme(), Some(VERSION))]);
    let again = decide(&team().snapshot(), &ctx()).unwrap();
    assert!(again.change.is_empty());
    assert_rests_on(&again.change, &[Precondition::AttributePolicyIs(acme(), None)]);
}
