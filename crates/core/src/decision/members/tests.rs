use super::*;
use crate::testing::*;
use crate::transaction::precondition::Precondition;

fn acme() -> AccountId {
    account_id("acme")
}

fn team() -> Team {
    Team::new().owner("ann").member("bob", "dev").member("amy", "admin").as_caller("ann")
}

fn give(team: &Team, who: &str, role: &str) -> Result<Decision<MemberWithUser>, DecisionError> {
    change_role(&team.snapshot(), &config(), &ctx(), acme(), Some(user_id(who)), Ok(role))
}

#[test]
fn a_member_gets_another_role() {
    let decided = give(&team(), "bob", "billing").unwrap();
    assert_eq!(decided.change.effects, [Effect::SetMemberRole(acme(), user_id("bob"), RoleCode::restore("billing"))]);
    assert_eq!(event_names(&decided.change), ["member.update"]);
    assert_eq!(event_data(&decided.change)["from"], "dev");
    assert_eq!((decided.output.member.role.as_str(), decided.output.user.email), ("billing", email("bob")));
    assert_rests_on(
        &decided.change,
        &[
            Precondition::MemberHasRole(acme(), user_id("ann"), Some(RoleCode::owner())),
            Precondition::MemberHasRole(acme(), user_id("bob"), Some(RoleCode::restore("dev"))),
        ],
    );
}

#[test]
fn the_same_role_again_changes_nothing() {
    assert!(give(&team(), "bob", "dev").unwrap().change.is_empty());
    assert!(give(&team(), "ann", "admin").unwrap().change.is_empty(), "the owner is admin already");
}

#[test]
fn a_role_is_changed_by_who_manages_members_and_only_of_members() {
    let decide = |snapshot: &_, ctx: &_| change_role(snapshot, &config(), ctx, acme(), None, Ok("no-such-role"));
    assert_requires_permission(&team(), "members.manage", decide);
    assert_checks_if_match(&team(), decide);
    assert_eq!(denied(decide(&team().snapshot(), &ctx())), Denial::MemberNotFound);
    assert_eq!(denied(give(&team().stranger("zoe"), "zoe", "no-such-role")), Denial::MemberNotFound);
}

#[test]
fn an_unknown_role_is_an_invalid_field_that_quotes_the_beginning_of_it() {
    for role in ["no-such-role", "Not a code", ""] {
        assert_eq!(invalid(give(&team(), "bob", role)), ["/role role-unknown"], "{role}");
    }
    let long = format!("x\u{7}{}", "y".repeat(100));
    let Err(DecisionError::Invalid(errors)) = give(&team(), "bob", &long) else { panic!() };
    assert!(errors[0].detail.contains(&format!("`x{}`", "y".repeat(59))), "{}", errors[0].detail);
}

#[test]
fn the_owner_stays_an_admin() {
    let by_admin = team().as_caller("amy");
    assert_eq!(denied(give(&by_admin, "ann", "dev")), Denial::OwnerMustStay);
    assert_eq!(denied(give(&team(), "ann", "dev")), Denial::OwnerMustStay, "nor by themselves");
    let wide = team().custom_role("all", &["team.manage", "members.manage"]);
    assert_eq!(denied(give(&wide, "ann", "all")), Denial::OwnerMustStay, "nor under another name");
    assert!(give(&by_admin, "amy", "dev").is_ok());
}

#[test]
fn nobody_gives_a_role_that_grants_more_than_they_hold() {
    let limited = team().custom_role("hr", &["members.manage", "team.access"]).member("hal", "hr").as_caller("hal");
    let refused = denied(give(&limited, "bob", "dev"));
    assert!(matches!(&refused, Denial::PermissionEscalation(refusal) if refusal.permission == "pods.connect" && refusal.role == "hr"));
    assert!(give(&limited, "bob", "hr").is_ok(), "exactly what they hold");
    assert!(matches!(denied(give(&limited, "hal", "admin")), Denial::PermissionEscalation(_)), "nor to themselves");
}

#[test]
fn changing_a_role_reads_both_members_the_roles_and_the_user() {
    let team = team().custom_role("ops", &["pods.connect"]);
    let decide = |snapshot: &_, ctx: &_| change_role(snapshot, &config(), ctx, acme(), Some(user_id("bob")), Ok("ops"));
    assert_eq!(slots_needed(&team, decide), ["accounts", "members", "roles", "users"]);
    let decided = decide(&team.snapshot(), &ctx()).unwrap();
    let granted = Precondition::RoleGrants(acme(), RoleCode::restore("ops"), Some(codes(&["pods.connect"])));
    assert_rests_on(&decided.change, &[granted]);
}

fn end(team: &Team, who: &str, dry_run: bool) -> Result<Decision<Planned<()>>, DecisionError> {
    remove(&team.snapshot(), &config(), &ctx(), acme(), Some(user_id(who)), dry_run)
}

#[test]
fn removing_ends_the_membership_and_names_the_keys_that_end_with_it() {
    let team = team().api_key("ci", "bob", &[]).api_key("old", "bob", &[]).edit_api_key("old", |key| key.expires_at = Some(NOW));
    let decided = end(&team, "bob", false).unwrap();
    assert_eq!(decided.change.effects, [Effect::DeleteMember(acme(), user_id("bob"), NOW)]);
    assert_eq!((event_names(&decided.change), decided.output), (vec!["member.remove"], Planned::Done(())));
    assert_eq!(event_data(&decided.change)["api_keys"], serde_json::json!([api_key_id("ci").to_string()]));
    assert_rests_on(&decided.change, &[Precondition::FactIs(Fact::KeysMadeBy(acme(), user_id("bob"), NOW), vec![api_key_id("ci")].into())]);
}

#[test]
fn leaving_needs_no_permission_and_is_recorded_as_leaving() {
    let powerless = team().custom_role("none", &[]).member("nia", "none").as_caller("nia");
    let decided = end(&powerless, "nia", false).unwrap();
    assert_eq!(event_names(&decided.change), ["member.leave"]);
    assert_eq!(event_data(&decided.change).get("api_keys"), None);
    assert!(matches!(denied(end(&powerless, "bob", false)), Denial::PermissionMissing(_)));
}

#[test]
fn a_dry_run_of_removing_lists_keys_and_the_active_account() {
    let team = team().api_key("ci", "bob", &[]);
    let planned = |team: &Team| match end(team, "bob", true).unwrap() {
        Decision { change, output: Planned::DryRun(plan) } if change.is_empty() => {
            plan.into_iter().map(|change| change.action).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(planned(&team), ["member.remove", "api-key.revoke", "active-account.reset"]);
    let elsewhere = team.edit_user("bob", |bob| bob.active_account = account_id("home"));
    assert_eq!(planned(&elsewhere), ["member.remove", "api-key.revoke"]);
}

#[test]
fn the_owner_can_neither_leave_nor_be_removed() {
    assert_eq!(denied(end(&team(), "ann", false)), Denial::OwnerMustStay);
    assert_eq!(denied(end(&team().as_caller("amy"), "ann", true)), Denial::OwnerMustStay);
}

#[test]
fn removing_checks_permission_version_and_then_the_member() {
    let decide = |snapshot: &_, ctx: &_| remove(snapshot, &config(), ctx, acme(), None, false);
    assert_requires_permission(&team(), "members.manage", decide);
    assert_checks_if_match(&team(), decide);
    assert_eq!(denied(decide(&team().snapshot(), &ctx())), Denial::MemberNotFound);
    assert_eq!(denied(end(&team().stranger("zoe"), "zoe", false)), Denial::MemberNotFound);
}

#[test]
fn removing_reads_the_member_and_their_keys_and_a_dry_run_their_user() {
    let decide = |dry_run| {
        move |snapshot: &TrackedSnapshot, ctx: &DecisionContext| remove(snapshot, &config(), ctx, acme(), Some(user_id("bob")), dry_run)
    };
    assert_eq!(slots_needed(&team(), decide(false)), ["accounts", "members", "facts"]);
    assert_eq!(slots_needed(&team(), decide(true)), ["accounts", "members", "users", "facts"]);
}
