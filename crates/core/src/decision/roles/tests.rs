use super::*;
use crate::testing::*;

fn acme() -> AccountId {
    account_id("acme")
}

fn team() -> Team {
    Team::new().owner("ann").member("bob", "dev").custom_role("ops", &["pods.connect"]).as_caller("ann")
}

fn make(team: &Team, code: &str, title: &str, permissions: &[&str]) -> Result<Decision<RoleDefinition>, DecisionError> {
    let input = NewRole { code: code.to_owned(), title: title.to_owned(), permissions: codes(permissions) };
    create(&team.snapshot(), &config(), &ctx(), acme(), Ok(&input))
}

#[test]
fn a_role_is_stored_with_its_permissions_in_the_order_of_the_policy() {
    let decided = make(&team(), "on-call", "On call", &["pods.manage", "team.access", "pods.manage"]).unwrap();
    let role = CustomRole {
        account: acme(),
        code: RoleCode::restore("on-call"),
        title: name("On call"),
        permissions: codes(&["team.access", "pods.manage"]),
    };
    assert_eq!(decided.change.effects, [Effect::InsertRole(role)]);
    assert_eq!(event_names(&decided.change), ["role.create"]);
    assert_eq!((decided.output.built_in, decided.output.overrides_built_in), (false, false));
    let preconditions = [Precondition::RoleGrants(acme(), RoleCode::restore("on-call"), None), Precondition::CustomRolesBelowCap(acme())];
    assert_rests_on(&decided.change, &preconditions);
}

#[test]
fn a_role_may_grant_nothing() {
    assert_eq!(make(&team(), "guest", "Guest", &[]).unwrap().output.permissions, Vec::<String>::new());
}

#[test]
fn making_a_role_checks_permission_version_kind_fields_code_and_grant_in_this_order() {
    let decide = |snapshot: &_, ctx: &_| {
        let input = NewRole { code: "Bad Code".to_owned(), permissions: codes(&["pods.fly"]), ..NewRole::default() };
        create(snapshot, &config(), ctx, acme(), Ok(&input))
    };
    assert_requires_permission(&team(), "members.manage", decide);
    assert_checks_if_match(&team(), decide);
    assert_eq!(denied(decide(&Team::personal("ann").as_caller("ann").snapshot(), &ctx())), Denial::AccountNotTeam);
    assert_eq!(
        invalid(decide(&team().snapshot(), &ctx())),
        ["/code value-invalid", "/title too-short", "/permissions/0 permission-unknown"]
    );
    let limited = team().custom_role("hr", &["members.manage"]).member("hal", "hr").as_caller("hal");
    assert_eq!(denied(make(&limited, "dev", "Developer", &["pods.manage"])), Denial::RoleCodeTaken, "built-in");
    assert_eq!(denied(make(&limited, "ops", "Operators", &["pods.manage"])), Denial::RoleCodeTaken, "custom");
    let full = limited.clone().edit_account(|account| account.custom_roles = CUSTOM_ROLES_MAX);
    assert!(matches!(denied(make(&full, "new", "New", &["pods.manage"])), Denial::PermissionEscalation(_)));
    assert_eq!(denied(make(&full, "new", "New", &["members.manage"])), Denial::LimitReached("custom roles"));
}

#[test]
fn a_team_has_at_most_sixty_four_custom_roles() {
    let with = |count: i64| team().edit_account(move |account| account.custom_roles = count);
    assert!(make(&with(CUSTOM_ROLES_MAX - 1), "new", "New", &[]).is_ok());
    assert_eq!(denied(make(&with(CUSTOM_ROLES_MAX), "new", "New", &[])), Denial::LimitReached("custom roles"));
}

fn edit(team: &Team, code: &str, title: Option<&str>, permissions: Option<&[&str]>) -> Result<Decision<RoleDefinition>, DecisionError> {
    let input = RoleUpdate { title: title.map(str::to_owned), permissions: permissions.map(codes) };
    update(&team.snapshot(), &config(), &ctx(), acme(), code, Ok(&input))
}

#[test]
fn an_edit_writes_only_what_was_given() {
    let titled = edit(&team(), "ops", Some("Operators"), None).unwrap();
    let [Effect::UpdateRole(role)] = titled.change.effects.as_slice() else { panic!("{:?}", titled.change.effects) };
    assert_eq!((role.title.as_str(), role.permissions.as_slice()), ("Operators", codes(&["pods.connect"]).as_slice()));
    let widened = edit(&team(), "ops", None, Some(&["pods.manage", "pods.connect"])).unwrap();
    assert_eq!(widened.output.permissions, codes(&["pods.connect", "pods.manage"]));
    assert_eq!(event_data(&widened.change)["from"], serde_json::json!(["pods.connect"]));
}

#[test]
fn an_edit_that_changes_nothing_writes_nothing() {
    assert!(edit(&team(), "ops", None, None).unwrap().change.is_empty());
    assert!(edit(&team(), "ops", Some("ops"), Some(&["pods.connect", "pods.connect"])).unwrap().change.is_empty());
}

#[test]
fn an_edit_needs_what_it_adds_and_not_what_the_role_grants_already() {
    let limited = team().custom_role("hr", &["members.manage"]).member("hal", "hr").as_caller("hal");
    assert!(edit(&limited, "ops", None, Some(&["pods.connect", "members.manage"])).is_ok());
    assert!(edit(&limited, "ops", None, Some(&[])).is_ok(), "taking away is free");
    assert!(matches!(denied(edit(&limited, "ops", None, Some(&["pods.connect", "pods.manage"]))), Denial::PermissionEscalation(_)));
    assert!(matches!(denied(edit(&limited, "hr", None, Some(&["members.manage", "team.manage"]))), Denial::PermissionEscalation(_)));
}

#[test]
fn an_edit_checks_permission_version_the_role_and_then_the_fields() {
    let decide = |code: &'static str| {
        move |snapshot: &TrackedSnapshot, ctx: &DecisionContext| {
            let input = RoleUpdate { title: Some(String::new()), ..RoleUpdate::default() };
            update(snapshot, &config(), ctx, acme(), code, Ok(&input))
        }
    };
    assert_requires_permission(&team(), "members.manage", decide("nowhere"));
    assert_checks_if_match(&team(), decide("nowhere"));
    assert_eq!(denied(decide("admin")(&team().snapshot(), &ctx())), Denial::RoleBuiltIn);
    assert_eq!(denied(decide("nowhere")(&team().snapshot(), &ctx())), Denial::RoleNotFound);
    assert_eq!(denied(decide("No Code")(&team().snapshot(), &ctx())), Denial::RoleNotFound);
    assert_eq!(invalid(decide("ops")(&team().snapshot(), &ctx())), ["/title too-short"]);
    assert_eq!(invalid(edit(&team(), "ops", None, Some(&["team.access", "pods.fly"]))), ["/permissions/1 permission-unknown"]);
    assert_eq!(slots_needed(&team(), decide("ops")), ["accounts", "members", "roles"]);
}

#[test]
fn a_custom_role_of_a_code_that_the_policy_got_later_is_the_teams_to_change() {
    let older = team().custom_role("dev", &["pods.connect"]);
    assert!(edit(&older, "dev", Some("Our developers"), None).unwrap().output.overrides_built_in);
    let admin = team().custom_role("admin", &["pods.connect"]);
    assert_eq!(denied(edit(&admin, "admin", Some("Our admins"), None)), Denial::RoleBuiltIn, "the owner's role is the policy's");
}

fn drop_role(team: &Team, code: &str) -> Result<Decision<()>, DecisionError> {
    delete(&team.snapshot(), &config(), &ctx(), acme(), code)
}

#[test]
fn an_unused_role_is_deleted_with_the_expired_invitations_to_it() {
    let decided = drop_role(&team(), "ops").unwrap();
    let ops = RoleCode::restore("ops");
    assert_eq!(decided.change.effects, [Effect::CloseExpired(acme(), ops.clone(), NOW), Effect::DeleteRole(acme(), ops.clone())]);
    assert_eq!(event_names(&decided.change), ["role.delete"]);
    assert_rests_on(&decided.change, &[Precondition::FactIs(Fact::RoleInUse(acme(), ops, NOW), false.into())]);
}

#[test]
fn a_role_that_is_held_or_offered_is_not_deleted() {
    assert_eq!(denied(drop_role(&team().member("olga", "ops"), "ops")), Denial::RoleInUse);
    let offered = team().invitation("eve", "ops");
    assert_eq!(denied(drop_role(&offered, "ops")), Denial::RoleInUse);
    assert!(drop_role(&offered.edit_invitation("eve", |invitation| invitation.expires_at = Some(NOW)), "ops").is_ok());
}

#[test]
fn deleting_a_role_checks_permission_version_the_role_and_its_use() {
    let decide =
        |code: &'static str| move |snapshot: &TrackedSnapshot, ctx: &DecisionContext| delete(snapshot, &config(), ctx, acme(), code);
    assert_requires_permission(&team(), "members.manage", decide("nowhere"));
    assert_checks_if_match(&team(), decide("nowhere"));
    assert_eq!(denied(drop_role(&team(), "basic")), Denial::RoleBuiltIn);
    assert_eq!(denied(drop_role(&team(), "nowhere")), Denial::RoleNotFound);
    assert_eq!(slots_needed(&team(), decide("ops")), ["accounts", "members", "roles", "facts"]);
}
