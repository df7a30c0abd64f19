use super::*;
use serde_json::{Value, json};

fn configured(edit: impl FnOnce(&mut Value)) -> Result<PolicyConfig, PolicyConfigError> {
    let mut policy: Value = serde_json::from_str(include_str!("../../../../../policy/default.json")).unwrap();
    edit(&mut policy);
    PolicyConfig::new(Policy::parse(&policy.to_string()).unwrap(), "Rolecall")
}

/// Takes a permission out of the policy, and out of its roles and routes.
fn without(policy: &mut Value, code: &str) {
    let keep = |list: &mut Value, field: &str| list.as_array_mut().unwrap().retain(|entry| entry[field] != code);
    keep(&mut policy["permissions"], "code");
    keep(&mut policy["routes"], "permission");
    for role in policy["roles"].as_array_mut().unwrap() {
        role["permissions"].as_array_mut().unwrap().retain(|held| held != code);
    }
}

#[test]
fn the_shipped_policy_is_complete_and_its_quotas_are_enforced() {
    let config = configured(|_| {}).unwrap();
    assert_eq!(config.policy.code(config.team_access), "team.access");
    assert_eq!(config.policy.code(config.team_manage), "team.manage");
    assert_eq!(config.policy.code(config.members_invite), "members.invite");
    assert_eq!(config.policy.code(config.members_manage), "members.manage");
    assert_eq!(config.policy.code(config.audit_read), "audit.read");
    assert!(config.quotas_enforced);
}

#[test]
fn a_policy_without_one_of_the_five_permissions_is_refused_by_name() {
    for code in ["team.access", "team.manage", "members.invite", "members.manage", "audit.read"] {
        let error = configured(|policy| without(policy, code)).unwrap_err().to_string();
        assert!(error.contains(&format!("`{code}`")), "{error}");
    }
    assert!(configured(|policy| without(policy, "billing.view")).is_ok(), "any other may be left out");
}

#[test]
fn a_policy_without_the_owners_role_or_with_a_role_that_cannot_be_given_is_refused() {
    let renamed = |at: usize, code: &'static str| configured(move |policy| policy["roles"][at]["code"] = json!(code));
    assert!(renamed(3, "root").unwrap_err().to_string().contains("`admin`"));
    assert!(renamed(0, "a-40-letter-code-is-long-enough-for-any-x").is_err_and(|error| error.to_string().contains("1 to 40")));
}
