//! A deployment that adds a built-in role or removes one while teams use its code: permissions never change silently.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::roles::{self, NewRole};
use rolecall_app::{accounts, invitations, joining, members};
use rolecall_core::authz::policy_config::PolicyConfig;
use rolecall_core::decision::queries::PermissionCheck;
use rolecall_core::decision::roles::RoleDefinition;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::lookup::Page;
use rolecall_policy::Policy;
use serde_json::{Value, json};
use support::authzen::is_allowed;
use support::{POLICY, Person, World, block_on, denial, fresh_output};

fn deploy(world: &mut World, edit: impl FnOnce(&mut Vec<Value>)) {
    let mut policy: Value = serde_json::from_str(POLICY).unwrap();
    edit(policy["roles"].as_array_mut().unwrap());
    world.config = PolicyConfig::new(Policy::parse(&policy.to_string()).unwrap(), "Rolecall").unwrap();
}

fn check(world: &World, by: &Person, team: AccountId, permissions: Vec<String>, explain: bool) -> Vec<PermissionCheck> {
    let input = accounts::PermissionsToCheck { permissions, explain };
    block_on(accounts::check_permissions(&world.app(), &world.request(Some(by)), team, Ok(input))).unwrap()
}

fn granted_permissions(world: &World, by: &Person, team: AccountId) -> Vec<String> {
    let codes = world.config.policy.permissions().iter().map(|permission| permission.code.clone()).collect();
    let checks = check(world, by, team, codes, false);
    checks.into_iter().filter(|check| check.allowed).map(|check| check.permission).collect()
}

fn list_roles(world: &World, by: &Person, team: AccountId) -> Vec<RoleDefinition> {
    block_on(roles::list(&world.app(), &world.request(Some(by)), team)).unwrap()
}

fn with_code<'r>(roles: &'r [RoleDefinition], code: &str) -> Vec<&'r RoleDefinition> {
    roles.iter().filter(|role| role.code == code).collect()
}

fn assign_role(world: &World, by: &Person, team: AccountId, to: &Person, role: &str) {
    let request = world.request(Some(by));
    block_on(members::change_role(&world.app(), &request, team, Some(to.id), Ok(role.to_owned()), |_| None)).unwrap();
}

#[test]
fn a_built_in_role_added_later_does_not_replace_a_custom_role_with_its_code() {
    let mut world = World::new();
    let (team, people) = world.team_with(&["basic", "basic"]);
    let (owner, ops, other) = (&people[0], &people[1], &people[2]);
    let input = NewRole { code: "ops".into(), title: "Our ops".into(), permissions: vec!["team.access".into(), "pods.connect".into()] };
    block_on(roles::create(&world.app(), &world.request(Some(owner)), team, Ok(input), |_| None)).map(fresh_output).unwrap();
    assign_role(&world, owner, team, ops, "ops");
    let invitation = world.invite(owner, team, "new@example.com", "ops").unwrap();
    let before = granted_permissions(&world, ops, team);
    assert_eq!(before, ["team.access", "pods.connect"]);

    deploy(&mut world, |roles| {
        roles.push(json!({ "code": "ops", "title": "Operations", "permissions": ["team.access", "clusters.manage"] }))
    });
    assert_eq!(granted_permissions(&world, ops, team), before, "members of the custom role have its permissions");
    assert!(is_allowed(&world, owner, team, &format!("user:{}", ops.id), "pods.connect", "pod:1"));
    assert!(!is_allowed(&world, owner, team, &format!("user:{}", ops.id), "clusters.manage", "cluster:1"));
    let checks = check(&world, ops, team, vec!["clusters.manage".to_owned()], true);
    assert_eq!(checks[0].granted_by, Some(vec!["admin".to_owned()]), "the custom role overrides the built-in one in this account");
    let preview = block_on(joining::preview(&world.app(), &world.request(None), &world.link(&invitation), None)).unwrap();
    assert_eq!(preview.role_title, "Our ops");

    let listed = list_roles(&world, owner, team);
    let found = with_code(&listed, "ops");
    assert_eq!(found.len(), 1, "one role per code");
    assert_eq!((found[0].built_in, found[0].overrides_built_in, found[0].title.as_str()), (false, true, "Our ops"));
    assert!(listed.iter().filter(|role| role.code != "ops").all(|role| role.built_in && !role.overrides_built_in));

    // The team can still edit and delete the custom role. The built-in role then applies; it must be assigned explicitly.
    let edit = roles::RoleUpdate { title: Some("Our operations".to_owned()), ..Default::default() };
    block_on(roles::update(&world.app(), &world.request(Some(owner)), team, "ops", Ok(edit), |_| None)).unwrap();
    let request = world.request(Some(owner));
    assert_eq!(denial(block_on(roles::delete(&world.app(), &request, team, "ops", |_| None))), Denial::RoleInUse);
    assign_role(&world, owner, team, ops, "basic");
    block_on(invitations::revoke(&world.app(), &world.request(Some(owner)), team, Some(invitation.id), |_| None)).unwrap();
    block_on(roles::delete(&world.app(), &world.request(Some(owner)), team, "ops", |_| None)).unwrap();
    assert!(with_code(&list_roles(&world, owner, team), "ops")[0].built_in);
    assign_role(&world, owner, team, other, "ops");
    assert_eq!(granted_permissions(&world, other, team), ["team.access", "clusters.manage"]);
    let request = world.request(Some(owner));
    assert_eq!(denial(block_on(roles::delete(&world.app(), &request, team, "ops", |_| None))), Denial::RoleBuiltIn);
}

#[test]
fn a_built_in_role_removed_from_the_policy_grants_nothing_and_breaks_nothing() {
    let mut world = World::new();
    let (team, people) = world.team_with(&["billing"]);
    let (owner, billing) = (&people[0], &people[1]);
    let invitation = world.invite(owner, team, "new@example.com", "billing").unwrap();
    let guest = world.person("new@example.com");
    deploy(&mut world, |roles| roles.retain(|role| role["code"] != "billing"));
    assert_eq!(granted_permissions(&world, billing, team), [""; 0]);
    assert!(!is_allowed(&world, owner, team, &format!("user:{}", billing.id), "billing.view", "billing:1"));
    assert!(with_code(&list_roles(&world, owner, team), "billing").is_empty());
    let page = Page { after: None, limit: 10 };
    let listed = block_on(members::list(&world.app(), &world.request(Some(owner)), team, page)).unwrap();
    assert_eq!(listed[1].member.role.as_str(), "billing", "the member is listed with the former role's code");
    let preview = block_on(joining::preview(&world.app(), &world.request(None), &world.link(&invitation), None)).unwrap();
    assert_eq!(preview.role_title, "billing");
    assert_eq!(denial(block_on(world.accept(&guest, &world.link(&invitation)))), Denial::InviterLacksPermission);
    let request = world.request(Some(owner));
    assert_eq!(denial(block_on(invitations::resend(&world.app(), &request, team, Some(invitation.id), |_| None))), Denial::RoleNotFound);
    assign_role(&world, owner, team, billing, "dev");
    assert!(granted_permissions(&world, billing, team).contains(&"pods.manage".to_owned()));
    world.assert_invariants();
}
