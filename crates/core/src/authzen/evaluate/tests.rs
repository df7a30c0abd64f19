use crate::authzen::{Action, Decision, Entity, EvaluationItem, Query, Reason, Semantic, evaluate};
use crate::domain::field_error::FieldError;
use crate::testing::*;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::lookup::{AuthzenLookup, Lookup};
use proptest::prelude::*;
use rolecall_attribute_policy::Attributes;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::rc::Rc;

fn entity(kind: &str, id: &str) -> Entity {
    Entity { kind: kind.to_owned(), id: id.to_owned(), properties: Attributes::new() }
}

fn item(subject: Entity, action: &str, resource: Entity) -> EvaluationItem {
    let action = Action { name: action.to_owned(), properties: Attributes::new() };
    let query =
        Query { subject: Rc::new(subject), action: Rc::new(action), resource: Rc::new(resource), context: Rc::new(Attributes::new()) };
    EvaluationItem { query: Ok(query), explain: true }
}

fn team() -> Team {
    Team::new().owner("ann").member("bob", "dev").stranger("eve").api_key("ci", "bob", &["pods.manage", "billing.view"]).as_caller("ann")
}

fn ask(team: &Team, items: &[EvaluationItem], semantic: Semantic) -> Result<Vec<Decision>, DecisionError> {
    evaluate(&team.snapshot(), &config(), &ctx(), None, Ok((items, semantic)))
}

fn one(team: &Team, subject: Entity, action: &str, resource: Entity) -> Decision {
    ask(team, &[item(subject, action, resource)], Semantic::ExecuteAll).unwrap().remove(0)
}

fn by_role(role: &str, permission: &str) -> Decision {
    Decision { allowed: true, reason: Some(Reason::Role { role: role.to_owned(), permission: permission.to_owned() }) }
}

#[test]
fn a_member_goes_by_id_and_by_every_spelling_of_the_email() {
    for id in [user_id("bob").to_string(), "bob@example.com".to_owned(), "BOB@Example.com".to_owned()] {
        assert_eq!(one(&team(), entity("user", &id), "start", entity("pod", "abc")), by_role("dev", "pods.manage"), "{id}");
    }
    let stranger = one(&team(), entity("user", "eve@example.com"), "start", entity("pod", "abc"));
    let nothing = Reason::NothingAllows { permission: Some("pods.manage".to_owned()), granted_by: codes(&["dev", "admin"]) };
    assert_eq!(stranger, Decision { allowed: false, reason: Some(nothing) });
    let unknown = one(&team(), entity("robot", "r2"), "dance", entity("floor", "1"));
    assert_eq!(unknown.reason, Some(Reason::NothingAllows { permission: None, granted_by: vec![] }));
}

#[test]
fn a_key_holds_what_it_was_given_and_its_creator_holds_while_it_lives() {
    let key = || entity("api_key", &api_key_id("ci").to_string());
    let may = |team: &Team, action: &str, resource: Entity| one(team, key(), action, resource).allowed;
    assert_eq!(one(&team(), key(), "start", entity("pod", "abc")), by_role("api_key", "pods.manage"));
    assert!(!may(&team(), "billing.view", entity("billing", "x")), "Bob does not hold it");
    assert!(!may(&team().edit_api_key("ci", |key| key.expires_at = Some(NOW)), "start", entity("pod", "abc")));
    let limited = team().edit_api_key("ci", |key| key.resources = codes(&["pod:abc"]));
    assert!(may(&limited, "start", entity("pod", "abc")) && !may(&limited, "start", entity("pod", "abd")));
    let orphan = team().edit_api_key("ci", |key| key.created_by = user_id("gone"));
    assert!(!may(&orphan, "start", entity("pod", "abc")), "its creator has left");
}

#[test]
fn a_permission_is_asked_for_by_action_or_by_code_and_only_on_this_account() {
    let bob = || entity("user", "bob@example.com");
    let acme = account_id("acme").to_string();
    let may = |action: &str, resource: Entity| one(&team(), bob(), action, resource).allowed;
    assert!(may("pods.manage", entity("pod", "abc")) && may("pods.manage", entity("account", &acme)));
    assert!(may("read", entity("team", &acme)) && !may("read", entity("team", "acct_other")));
    assert!(!may("pods.manage", entity("account", "acct_other")) && !may("pods.manage", entity("cluster", "abc")));
    assert!(!may("update", entity("team", &acme)));
}

#[test]
fn the_owner_of_a_personal_account_may_everything_in_it() {
    let personal = Team::personal("ann").as_caller("ann");
    assert!(one(&personal, entity("user", "ann@example.com"), "export", entity("audit_log", "x")).allowed);
}

#[test]
fn a_rule_about_an_email_applies_to_every_spelling_of_it() {
    let rules = json!([
        { "id": "all", "effect": "allow" },
        { "id": "eve", "effect": "deny", "subjects": [{ "type": "user", "id": "eve@example.com" }] },
    ]);
    let team = team().attribute_policy(&json!({ "version": 1, "rules": rules }));
    for spelling in ["eve@example.com", "EVE@example.com", "Eve@EXAMPLE.com"] {
        let decision = one(&team, entity("user", spelling), "dance", entity("floor", "1"));
        assert_eq!(decision.reason, Some(Reason::RuleDenies("eve".to_owned())), "{spelling}");
    }
    let other = one(&team, entity("robot", "eve@example.com"), "dance", entity("floor", "1"));
    assert_eq!(other, Decision { allowed: true, reason: Some(Reason::RuleAllows("all".to_owned())) });
}

#[test]
fn a_batch_ends_where_its_semantic_says() {
    let bob = || entity("user", "bob@example.com");
    let (yes, no) = (item(bob(), "start", entity("pod", "1")), item(bob(), "export", entity("audit_log", "1")));
    let incomplete = EvaluationItem { query: Err(vec![FieldError::new("/subject", "required", "")]), explain: false };
    let allowed = |items: &[&EvaluationItem], semantic| -> Vec<bool> {
        let items: Vec<EvaluationItem> = items.iter().map(|item| (*item).clone()).collect();
        ask(&team(), &items, semantic).unwrap().iter().map(|decision| decision.allowed).collect()
    };
    assert_eq!(allowed(&[&yes, &no, &yes], Semantic::ExecuteAll), [true, false, true]);
    assert_eq!(allowed(&[&yes, &no, &yes], Semantic::DenyOnFirstDeny), [true, false]);
    assert_eq!(allowed(&[&no, &yes, &no], Semantic::PermitOnFirstPermit), [false, true]);
    assert_eq!(allowed(&[&incomplete, &yes], Semantic::DenyOnFirstDeny), [false], "an incomplete question is answered no");
    let told = EvaluationItem { explain: true, ..incomplete };
    assert!(
        matches!(&ask(&team(), &[told], Semantic::ExecuteAll).unwrap()[0].reason, Some(Reason::Incomplete(errors)) if errors.len() == 1)
    );
}

#[test]
fn asking_needs_the_permission_and_then_a_valid_request() {
    let faulty = || Err(vec![FieldError::new("/evaluations", "too-long", "")]);
    let config = config();
    let decide = |team: &Team| evaluate(&team.snapshot(), &config, &ctx(), None, faulty());
    assert_eq!(denied(decide(&team().credential(Default::default()))), Denial::SessionMissing);
    assert_eq!(denied(decide(&team().as_caller("eve"))), Denial::AccountNotFound);
    let limited = team().custom_role("none", &["pods.manage"]).member("nia", "none").as_caller("nia");
    assert!(matches!(denied(decide(&limited)), Denial::PermissionMissing(refusal) if refusal.permission == "team.access"));
    assert_eq!(invalid(decide(&team())), ["/evaluations too-long"]);
    let elsewhere = evaluate(&team().snapshot(), &config, &ctx(), Some(account_id("other")), faulty());
    assert!(matches!(not_loaded(elsewhere), Lookup::Account(_)), "another account is looked up, not taken for this one");
}

#[test]
fn members_and_keys_that_were_not_loaded_are_asked_for() {
    let items = [item(entity("user", "bob@example.com"), "start", entity("pod", "1"))];
    let decide = |snapshot: &_, ctx: &_| evaluate(snapshot, &config(), ctx, None, Ok((&items, Semantic::ExecuteAll)));
    assert_eq!(slots_needed(&team(), decide), ["accounts", "members", "roles", "attribute_policies", "authzen"]);
    let missing = ask(&team(), &[item(entity("user", "new@example.com"), "start", entity("pod", "1"))], Semantic::ExecuteAll);
    assert!(matches!(not_loaded(missing), Lookup::Authzen(_, AuthzenLookup::Members(names)) if names == ["new@example.com"]));
}

fn pick(names: &'static [&'static str]) -> impl Strategy<Value = Option<&'static str>> {
    proptest::option::of(proptest::sample::select(names))
}

/// A rule: its effect, and the id of a subject, the action and the resource that it is limited to.
type Rule = (bool, Option<&'static str>, Option<&'static str>, Option<&'static str>);

fn document(rules: &[Rule]) -> Value {
    let rule = |(at, (permit, subject, action, resource)): (usize, &Rule)| {
        let mut rule = json!({ "id": format!("r{at}"), "effect": if *permit { "allow" } else { "deny" } });
        if let Some(id) = subject {
            rule["subjects"] = json!([{ "type": "user", "id": id }]);
        }
        if let Some(name) = action {
            rule["actions"] = json!([name]);
        }
        if let Some(id) = resource {
            rule["resources"] = json!([{ "type": "pod", "id": id }]);
        }
        rule
    };
    json!({ "version": 1, "rules": rules.iter().enumerate().map(rule).collect::<Vec<_>>() })
}

proptest! {
    /// INVARIANT (deny-wins) against a reading of the policy file and of the generated rules as plain strings.
    #[test]
    fn a_rule_that_denies_wins_over_roles_and_rules_that_permit(
        rules in proptest::collection::vec(
            (any::<bool>(), pick(&["bob@example.com", "eve@example.com"]), pick(&["start", "read", "dance"]), pick(&["p1", "p2"])), 0..6),
        role in proptest::sample::select(&["basic", "billing", "dev", "admin"][..]),
        subject in proptest::sample::select(&["bob@example.com", "eve@example.com", "BOB@example.com"][..]),
        action in proptest::sample::select(&["start", "read", "dance"][..]),
        resource in proptest::sample::select(&["p1", "p2", "p3"][..]),
    ) {
        let policy: Value = serde_json::from_str(include_str!("../../../../../policy/default.json")).unwrap();
        let texts = |list: &Value| -> BTreeSet<String> { list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect() };
        let held = policy["roles"].as_array().unwrap().iter().find(|known| known["code"] == role).map(|known| texts(&known["permissions"])).unwrap();
        let asked = |permission: &&Value| permission["resource"] == "pod" && texts(&permission["actions"]).contains(action);
        let by_role = !subject.starts_with("eve")
            && policy["permissions"].as_array().unwrap().iter().filter(asked).any(|permission| held.contains(permission["code"].as_str().unwrap()));
        let applies = |rule: &&Rule| {
            rule.1.is_none_or(|id| id == subject.to_lowercase()) && rule.2.is_none_or(|name| name == action) && rule.3.is_none_or(|id| id == resource)
        };
        let effects: Vec<bool> = rules.iter().filter(applies).map(|rule| rule.0).collect();
        let expected = !effects.contains(&false) && (by_role || effects.contains(&true));

        let team = Team::new().owner("ann").member("bob", role).stranger("eve").as_caller("ann");
        let team = if rules.is_empty() { team } else { team.attribute_policy(&document(&rules)) };
        let bob = team.adjust(|loaded| {
            let found = loaded.authzen.members["bob@example.com"].clone();
            loaded.authzen.members.insert("BOB@example.com".to_owned(), found);
        });
        prop_assert_eq!(one(&bob, entity("user", subject), action, entity("pod", resource)).allowed, expected);
    }
}
