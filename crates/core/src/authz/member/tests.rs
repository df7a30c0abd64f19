use super::*;
use crate::testing::*;
use crate::transaction::precondition::Precondition;

fn acme() -> AccountId {
    account_id("acme")
}

fn team() -> Team {
    Team::new().owner("ann").member("bob", "dev").custom_role("ops", &["pods.connect", "pods.fly"]).member("olga", "ops").as_caller("bob")
}

fn authenticate(team: &Team) -> Result<AuthenticatedMember, DecisionError> {
    authenticate_member(&team.snapshot(), &config(), &ctx(), acme())
}

fn held(team: &Team) -> Vec<String> {
    let config = config();
    config.policy.codes(authenticate(team).unwrap().rights).into_iter().map(str::to_owned).collect()
}

#[test]
fn a_member_holds_what_the_role_grants_and_nothing_that_the_policy_does_not_know() {
    let member = authenticate(&team()).unwrap();
    assert_eq!((member.user.id, member.account.id, member.role.as_str()), (user_id("bob"), acme(), "dev"));
    assert_eq!(held(&team().as_caller("olga")), codes(&["pods.connect"]));
    assert!(held(&team().member("gus", "gone").as_caller("gus")).is_empty(), "a role that does not exist");
}

#[test]
fn the_owner_of_a_personal_account_holds_everything_and_nobody_else_there_does() {
    let all = config().policy.all();
    let personal = Team::personal("ann").member("bob", "basic");
    assert_eq!(authenticate(&personal.clone().as_caller("ann")).unwrap().rights, all);
    assert_ne!(authenticate(&personal.as_caller("bob")).unwrap().rights, all);
}

#[test]
fn only_the_owner_of_a_personal_account_holds_what_the_policy_withholds_from_admins() {
    let text = include_str!("../../../../../policy/default.json").replace(", \"audit.read\"]", "]");
    let config = PolicyConfig::new(rolecall_policy::Policy::parse(&text).unwrap(), "Rolecall").unwrap();
    let holds = |team: Team| authenticate_member(&team.as_caller("ann").snapshot(), &config, &ctx(), acme()).unwrap().rights;
    assert!(holds(Team::personal("ann")).contains(config.audit_read));
    assert!(!holds(Team::new().owner("ann")).contains(config.audit_read), "a team's owner has the role of an admin");
}

#[test]
fn a_custom_role_that_is_older_than_the_built_in_of_its_code_counts_but_for_the_owners() {
    assert_eq!(held(&team().custom_role("dev", &["billing.view"])), codes(&["billing.view"]));
    let owner = team().custom_role("admin", &[]).as_caller("ann");
    assert!(held(&owner).contains(&"team.manage".to_owned()));
}

#[test]
fn members_only_and_from_a_consistent_read() {
    let decide = |snapshot: &_, ctx: &_| authenticate_member(snapshot, &config(), ctx, acme()).map(|member| member.rights);
    assert_members_only(&team(), decide);
    assert_eq!(slots_needed(&team(), decide), ["accounts", "members", "roles"]);
    let snapshot = team().as_caller("olga").snapshot();
    authenticate_member(&snapshot, &config(), &ctx(), acme()).unwrap();
    let granted = Some(codes(&["pods.connect", "pods.fly"]));
    let expected = [
        Precondition::SessionLive(session_id("olga")),
        Precondition::AccountIs(acme(), AccountKind::Team, user_id("ann")),
        Precondition::MemberHasRole(acme(), user_id("olga"), Some(RoleCode::restore("ops"))),
        Precondition::RoleGrants(acme(), RoleCode::restore("ops"), granted),
    ];
    assert_eq!(snapshot.take_preconditions(), expected);
}

#[test]
fn a_refusal_names_every_role_that_grants_the_permission_built_in_first() {
    let config = config();
    let connect = config.policy.permission("pods.connect").unwrap();
    let refused = team().member("bill", "billing").as_caller("bill");
    let denial = denied(require_permission(&refused.snapshot(), &config, &ctx(), acme(), connect));
    let granted_by = codes(&["basic", "dev", "admin", "ops"]);
    assert_eq!(
        denial,
        Denial::PermissionMissing(MissingPermission { permission: "pods.connect".to_owned(), role: "billing".to_owned(), granted_by })
    );
    let overridden = refused.custom_role("dev", &[]);
    let Denial::PermissionMissing(refusal) = denied(require_permission(&overridden.snapshot(), &config, &ctx(), acme(), connect)) else {
        panic!()
    };
    assert_eq!(refusal.granted_by, codes(&["basic", "admin", "ops"]));
}

#[test]
fn permission_and_ownership_come_before_if_match() {
    let config = config();
    assert_requires_permission(&team(), "team.access", |s, c| require_permission(s, &config, c, acme(), config.team_access));
    assert_requires_owner(&team(), |s, c| require_owner(s, &config, c, acme()));
    let owner = team().as_caller("ann");
    assert_checks_if_match(&owner, |s, c| require_owner(s, &config, c, acme()));
    assert_checks_if_match(&owner, |s, c| require_permission(s, &config, c, acme(), config.team_access));
}

#[test]
fn a_named_version_is_held_until_the_commit_and_any_version_is_not() {
    let config = config();
    let held = |if_match: Option<IfMatch>| {
        let snapshot = team().as_caller("ann").snapshot();
        let ctx = DecisionContext::new(NOW, "r".to_owned(), if_match, [1; 32]);
        require_owner(&snapshot, &config, &ctx, acme()).unwrap();
        snapshot.take_preconditions().contains(&Precondition::AccountVersionIs(acme(), VERSION))
    };
    assert!(held(Some(IfMatch::Versions(vec![STALE_VERSION, VERSION]))));
    assert!(!held(Some(IfMatch::Any)) && !held(None));
}

#[test]
fn what_is_granted_must_be_held_each_permission_of_it() {
    let config = config();
    let bob = authenticate(&team()).unwrap();
    let snapshot = team().snapshot();
    let may = |granted: &[&str]| bob.check_can_grant(&snapshot, &config, permission_set_from_codes(&config, &codes(granted)));
    assert_eq!(may(&[]), Ok(()));
    assert_eq!(may(&["pods.connect", "pods.manage"]), Ok(()));
    let Denial::PermissionEscalation(refusal) = denied(may(&["pods.manage", "audit.read", "team.manage"])) else { panic!() };
    assert_eq!((refusal.permission.as_str(), refusal.role.as_str()), ("team.manage", "dev"), "the first in the policy's order");
    assert_eq!(refusal.granted_by, codes(&["admin"]));
}
