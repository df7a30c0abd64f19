use super::*;
use crate::domain::account::AccountKind::{Personal, Team as TeamKind};
use crate::domain::activity_counts::{ClockWindow, RecentActivity, WindowedCount};
use crate::testing::*;
use crate::transaction::precondition::Precondition;

fn acme() -> AccountId {
    account_id("acme")
}

fn team() -> Team {
    Team::new().owner("ann").member("bob", "dev").member("amy", "admin").as_caller("ann")
}

fn rename_to(team: &Team, name: &str) -> Result<Decision<AccountWithRole>, DecisionError> {
    update(&team.snapshot(), &config(), &ctx(), acme(), Ok(&AccountUpdate::named(name)))
}

fn actions(planned: &Planned<AccountWithRole>) -> Vec<&'static str> {
    match planned {
        Planned::DryRun(plan) => plan.iter().map(|change| change.action).collect(),
        Planned::Done(_) => panic!("it was done"),
    }
}

#[test]
fn renaming_writes_the_name_and_tells_the_one_before() {
    let decided = rename_to(&team(), " Umbrella ").unwrap();
    assert_eq!(decided.change.effects, [Effect::UpdateAccount(acme(), AccountChange::Name(name("Umbrella")))]);
    assert_eq!(event_names(&decided.change), ["account.update"]);
    assert_eq!(event_data(&decided.change), serde_json::json!({ "from": "Acme", "to": "Umbrella" }));
    assert_eq!((decided.output.account.name.as_str(), decided.output.account.version), ("Umbrella", VERSION + 1));
    assert_rests_on(
        &decided.change,
        &[
            Precondition::SessionLive(session_id("ann")),
            Precondition::AccountIs(acme(), TeamKind, user_id("ann")),
            Precondition::MemberHasRole(acme(), user_id("ann"), Some(RoleCode::owner())),
        ],
    );
}

#[test]
fn renaming_to_the_same_name_changes_nothing_and_keeps_the_preconditions() {
    let decided = rename_to(&team(), "Acme").unwrap();
    assert!(decided.change.is_empty() && !decided.change.preconditions.is_empty());
    assert_eq!(decided.output.account.version, VERSION);
}

#[test]
fn renaming_checks_session_membership_permission_version_and_then_the_name() {
    let decide = |snapshot: &_, ctx: &_| update(snapshot, &config(), ctx, acme(), Ok(&AccountUpdate::named("")));
    assert_requires_permission(&team(), "team.manage", decide);
    assert_checks_if_match(&team(), decide);
    assert_eq!(invalid(rename_to(&team(), "")), ["/name too-short"]);
    assert!(rename_to(&team(), &"é".repeat(100)).is_ok());
    assert_eq!(invalid(rename_to(&team(), &"é".repeat(101))), ["/name too-long"]);
    let unread = FieldError::new("", "json-malformed", "");
    assert_eq!(invalid(update(&team().snapshot(), &config(), &ctx(), acme(), Err(vec![unread]))), [" json-malformed"]);
}

#[test]
fn the_demanded_version_is_a_precondition_of_the_change() {
    let decided = update(&team().snapshot(), &config(), &ctx_if_match(&[VERSION]), acme(), Ok(&AccountUpdate::named("Umbrella"))).unwrap();
    assert_rests_on(&decided.change, &[Precondition::AccountVersionIs(acme(), VERSION)]);
    let without = rename_to(&team(), "Umbrella").unwrap();
    assert!(!without.change.preconditions.contains(&Precondition::AccountVersionIs(acme(), VERSION)));
}

#[test]
fn renaming_reads_the_account_the_member_and_for_a_custom_role_the_roles() {
    let decide = |snapshot: &_, ctx: &_| update(snapshot, &config(), ctx, acme(), Ok(&AccountUpdate::named("Umbrella")));
    assert_eq!(slots_needed(&team(), decide), ["accounts", "members"]);
    let custom = team().custom_role("boss", &["team.manage"]).member("cat", "boss").as_caller("cat");
    assert_eq!(slots_needed(&custom, decide), ["accounts", "members", "roles"]);
    let decided = decide(&custom.snapshot(), &ctx()).unwrap();
    let granted = Precondition::RoleGrants(acme(), RoleCode::restore("boss"), Some(codes(&["team.manage"])));
    assert_rests_on(&decided.change, &[granted]);
}

fn to_team(name: Option<&str>) -> Convert {
    Convert { name: name.map(str::to_owned), ..Convert::default() }
}

fn convert_with(team: &Team, input: Convert) -> Result<Decision<Planned<AccountWithRole>>, DecisionError> {
    convert(&team.snapshot(), &config(), &ctx(), acme(), Ok(&input))
}

#[test]
fn converting_keeps_the_id_and_takes_a_name_where_one_is_given() {
    let personal = Team::personal("ann").as_caller("ann");
    let decided = convert_with(&personal, Convert::default()).unwrap();
    assert_eq!(decided.change.effects, [Effect::UpdateAccount(acme(), AccountChange::Kind(TeamKind))]);
    let Planned::Done(done) = decided.output else { panic!("a dry run") };
    assert_eq!((done.account.id, done.account.kind, done.account.name.as_str()), (acme(), TeamKind, "Acme"));
    let named = convert_with(&personal, to_team(Some("Umbrella"))).unwrap();
    assert_eq!(
        named.change.effects,
        [
            Effect::UpdateAccount(acme(), AccountChange::Kind(TeamKind)),
            Effect::UpdateAccount(acme(), AccountChange::Name(name("Umbrella")))
        ]
    );
    assert_eq!(event_names(&named.change), ["account.convert"]);
    assert_rests_on(&named.change, &[Precondition::AccountIs(acme(), Personal, user_id("ann"))]);
}

#[test]
fn a_dry_run_of_converting_plans_what_would_be_done_and_writes_nothing() {
    let personal = Team::personal("ann").as_caller("ann");
    for (name, planned) in [(None, vec!["account.convert"]), (Some("Umbrella"), vec!["account.convert", "account.update"])] {
        let decided = convert_with(&personal, Convert { dry_run: true, ..to_team(name) }).unwrap();
        assert_eq!((actions(&decided.output), decided.change.is_empty()), (planned, true));
    }
}

#[test]
fn converting_a_team_again_changes_nothing() {
    assert!(convert_with(&team(), Convert::default()).unwrap().change.is_empty());
    assert!(actions(&convert_with(&team(), Convert { dry_run: true, ..Convert::default() }).unwrap().output).is_empty());
}

#[test]
fn converting_is_the_owners_and_judges_the_name_after_the_version() {
    let decide = |snapshot: &_, ctx: &_| convert(snapshot, &config(), ctx, acme(), Ok(&to_team(Some(""))));
    assert_requires_owner(&team(), decide);
    let personal = Team::personal("ann").as_caller("ann");
    assert_checks_if_match(&personal, decide);
    assert_eq!(invalid(decide(&personal.snapshot(), &ctx())), ["/name too-short"]);
}

#[test]
fn a_person_makes_twenty_teams_in_a_day() {
    let day = ClockWindow::Day.window_number(NOW);
    let made = |count: i64, window: i64| {
        Team::personal("ann")
            .edit_user("ann", |ann| ann.recent = RecentActivity { teams: WindowedCount { window, count }, ..Default::default() })
            .as_caller("ann")
    };
    let decided = convert_with(&made(19, day), Convert::default()).unwrap();
    assert_rests_on(&decided.change, &[Precondition::TeamsBelow(user_id("ann"), day)]);
    let refused = denied(convert_with(&made(20, day), Convert::default()));
    assert!(matches!(refused, Denial::TooManyChanges { retry_after, .. } if retry_after == ClockWindow::Day.seconds_left(NOW)));
    assert!(convert_with(&made(20, day - 1), Convert::default()).is_ok(), "another day");
    assert!(convert_with(&made(20, day), Convert { dry_run: true, ..Convert::default() }).is_ok(), "a dry run makes no team");
}

fn delete_team_of(team: &Team, dry_run: bool) -> Result<Decision<Planned<AccountWithRole>>, DecisionError> {
    delete_team(&team.snapshot(), &config(), &ctx(), acme(), dry_run)
}

fn full_team() -> Team {
    team().custom_role("ops", &["team.access"]).invitation("eve", "dev").api_key("ci", "bob", &["pods.connect"]).api_key("own", "ann", &[])
}

#[test]
fn deleting_a_team_ends_everything_of_others_at_exactly_this_version() {
    let decided = delete_team_of(&full_team(), false).unwrap();
    let effects = [
        Effect::EmptyTeam(acme(), user_id("ann"), NOW),
        Effect::UpdateAccount(acme(), AccountChange::Kind(Personal)),
        Effect::UpdateAccount(acme(), AccountChange::Name(name("ann"))),
    ];
    assert_eq!(decided.change.effects, effects);
    assert_rests_on(&decided.change, &[Precondition::AccountVersionIs(acme(), VERSION)]);
    let data = event_data(&decided.change);
    assert_eq!(data["members"], serde_json::json!([user_id("bob").to_string(), user_id("amy").to_string()]));
    assert_eq!(data["api_keys"], serde_json::json!([api_key_id("ci").to_string()]), "the owner's key stays");
    let Planned::Done(done) = decided.output else { panic!("a dry run") };
    assert_eq!((done.account.kind, done.account.name.as_str(), done.account.version), (Personal, "ann", VERSION + 1));
}

#[test]
fn a_dry_run_of_deleting_a_team_lists_each_thing_that_would_end() {
    let decided = delete_team_of(&full_team(), true).unwrap();
    let planned = ["team.delete", "account.update", "member.remove", "member.remove", "invitation.revoke", "role.delete", "api-key.revoke"];
    assert_eq!(actions(&decided.output), planned);
    assert!(decided.change.is_empty());
}

#[test]
fn deleting_a_personal_account_as_a_team_changes_nothing() {
    let personal = Team::personal("ann").as_caller("ann");
    assert!(delete_team_of(&personal, false).unwrap().change.is_empty());
    assert!(actions(&delete_team_of(&personal, true).unwrap().output).is_empty());
}

#[test]
fn deleting_a_team_is_the_owners_and_needs_its_contents() {
    let decide = |snapshot: &_, ctx: &_| delete_team(snapshot, &config(), ctx, acme(), false);
    assert_requires_owner(&team(), decide);
    assert_checks_if_match(&team(), decide);
    assert_eq!(slots_needed(&full_team(), decide), ["accounts", "members", "sign_in_methods", "contents"]);
}

fn transfer_to(team: &Team, to: &str) -> Result<Decision<AccountWithRole>, DecisionError> {
    transfer(&team.snapshot(), &config(), &ctx(), acme(), Ok(&user_id(to).to_string()))
}

#[test]
fn an_owner_who_has_no_other_account_gets_a_personal_one() {
    let decided = transfer_to(&team(), "amy").unwrap();
    assert_eq!(event_names(&decided.change), ["account.transfer", "account.create"]);
    let [Effect::UpdateAccount(of, AccountChange::Owner(to)), Effect::InsertAccount(own), Effect::InsertMember(member)] =
        decided.change.effects.as_slice()
    else {
        panic!("{:?}", decided.change.effects)
    };
    assert_eq!((*of, *to), (acme(), user_id("amy")));
    assert_eq!((own.kind, own.owner, member.account, member.user), (Personal, user_id("ann"), own.id, user_id("ann")));
    assert_eq!((decided.output.account.owner, decided.output.role.as_str()), (user_id("amy"), "admin"));
    assert_rests_on(
        &decided.change,
        &[
            Precondition::MemberHasRole(acme(), user_id("amy"), Some(RoleCode::owner())),
            Precondition::FactIs(Fact::OwnerHasAnother(acme()), false.into()),
        ],
    );
}

#[test]
fn an_owner_who_has_another_account_gets_none() {
    let decided = transfer_to(&team().owns_another("ann"), "amy").unwrap();
    assert_eq!(decided.change.effects, [Effect::UpdateAccount(acme(), AccountChange::Owner(user_id("amy")))]);
    assert_rests_on(&decided.change, &[Precondition::FactIs(Fact::OwnerHasAnother(acme()), true.into())]);
}

#[test]
fn a_new_account_has_the_first_version_of_the_restore_epoch() {
    let epoch = crate::domain::restore_epoch::RestoreEpoch::restore(2);
    let to = user_id("amy").to_string();
    let decided = transfer(&team().snapshot(), &config(), &ctx().with_epoch(epoch), acme(), Ok(&to)).unwrap();
    let versions: Vec<i64> = decided
        .change
        .effects
        .iter()
        .filter_map(|effect| if let Effect::InsertAccount(own) = effect { Some(own.version) } else { None })
        .collect();
    assert_eq!(versions, [epoch.external_version(1)]);
}

#[test]
fn transferring_to_oneself_changes_nothing() {
    assert!(transfer_to(&team(), "ann").unwrap().change.is_empty());
}

#[test]
fn transferring_checks_the_owner_the_id_the_kind_the_member_and_the_role_in_this_order() {
    let decide = |snapshot: &_, ctx: &_| transfer(snapshot, &config(), ctx, acme(), Ok("nobody"));
    assert_requires_owner(&team(), decide);
    assert_checks_if_match(&team(), decide);
    let personal = Team::personal("ann").as_caller("ann");
    assert_eq!(invalid(decide(&personal.snapshot(), &ctx())), ["/user id-malformed"]);
    assert_eq!(denied(transfer_to(&personal, "ann")), Denial::AccountNotTeam);
    assert_eq!(denied(transfer_to(&team().stranger("zoe"), "zoe")), Denial::MemberNotFound);
    assert_eq!(denied(transfer_to(&team(), "bob")), Denial::TransferNeedsAdmin);
    let mighty = team().custom_role("mighty", &["team.manage", "members.manage"]).member("max", "mighty");
    assert_eq!(denied(transfer_to(&mighty, "max")), Denial::TransferNeedsAdmin, "the role counts, not what it grants");
}

#[test]
fn transferring_reads_the_heir_and_whether_the_owner_keeps_an_account() {
    let decide = |snapshot: &_, ctx: &_| transfer(snapshot, &config(), ctx, acme(), Ok(&user_id("amy").to_string()));
    assert_eq!(slots_needed(&team(), decide), ["accounts", "members", "sign_in_methods", "facts"]);
}
