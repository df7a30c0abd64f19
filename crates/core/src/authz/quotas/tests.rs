use super::*;
use crate::domain::activity_counts::{RecentActivity, WindowedCount};
use crate::domain::id::AccountId;
use crate::testing::*;
use crate::transaction::audit_event::{EventData, Resource};

fn acme() -> AccountId {
    account_id("acme")
}

fn counted(count: i64, window: i64) -> WindowedCount {
    WindowedCount { window, count }
}

/// A team with so many changes in this hour, of the account and of its caller.
fn team(caller: &'static str, of_account: i64, of_caller: i64) -> Team {
    let hour = ClockWindow::Hour.window_number(NOW);
    let recent = RecentActivity { changes: counted(of_caller, hour), ..Default::default() };
    let team = Team::new().owner("ann").member("bob", "admin").edit_user(caller, |user| user.recent = recent);
    team.as_caller(caller).edit_account(move |account| account.changes = counted(of_account, hour))
}

fn change(actor: &str, action: &'static str) -> ChangeSet {
    let event = ctx().event(acme(), &user(actor), action, Resource::new("account", acme()), EventData::none());
    ChangeSet { events: vec![event], ..ChangeSet::default() }
}

fn check(team: &Team, change: &mut ChangeSet) -> Result<(), Denial> {
    check_change_quota(&team.snapshot(), &config(), &ctx(), change)
}

fn too_many(what: &'static str) -> Denial {
    Denial::TooManyChanges { what, retry_after: ClockWindow::Hour.seconds_left(NOW) }
}

#[test]
fn an_account_and_a_person_change_so_much_in_an_hour_and_the_owner_more() {
    let at = |caller, of_account, of_caller| check(&team(caller, of_account, of_caller), &mut change(caller, "account.update"));
    assert_eq!(at("bob", ACCOUNT_CHANGES - 1, USER_CHANGES - 1), Ok(()));
    assert_eq!(at("bob", ACCOUNT_CHANGES, 0), Err(too_many("in this account within the hour")));
    assert_eq!(at("bob", 0, USER_CHANGES), Err(too_many("by you within the hour")));
    assert_eq!(at("ann", ACCOUNT_CHANGES + OWNER_RESERVE - 1, 0), Ok(()));
    assert_eq!(at("ann", ACCOUNT_CHANGES + OWNER_RESERVE, 0), Err(too_many("in this account within the hour")));
    assert_eq!(at("ann", 0, USER_CHANGES), Err(too_many("by you within the hour")));
}

#[test]
fn room_is_a_precondition_once_for_each_account_and_actor() {
    let mut change = change("bob", "account.update");
    change.events.push(change.events[0].clone());
    check(&team("bob", 0, 0), &mut change).unwrap();
    let expected = Precondition::ChangesBelow(acme(), ACCOUNT_CHANGES, Some(user_id("bob")), ClockWindow::Hour.window_number(NOW));
    assert_eq!(change.preconditions, [expected]);
}

#[test]
fn what_only_takes_away_is_never_refused() {
    for action in QUOTA_EXEMPT_ACTIONS {
        let mut change = change("bob", action);
        assert_eq!(check(&team("bob", i64::MAX, i64::MAX), &mut change), Ok(()), "{action}");
        assert!(change.preconditions.is_empty());
    }
}

#[test]
fn nothing_is_refused_where_quotas_are_not_enforced() {
    let free = PolicyConfig { quotas_enforced: false, ..config() };
    let mut change = change("bob", "account.update");
    let full = team("bob", i64::MAX, i64::MAX);
    assert_eq!(check_change_quota(&full.snapshot(), &free, &ctx(), &mut change), Ok(()));
    assert!(change.preconditions.is_empty());
    let snapshot = full.snapshot();
    assert_eq!(check_team_quota(&snapshot, &free, &ctx(), user_id("bob")), Ok(()));
    assert!(snapshot.take_preconditions().is_empty());
}

#[test]
fn counts_of_an_hour_that_is_over_do_not_matter() {
    let before = ClockWindow::Hour.window_number(NOW) - 1;
    let team = team("bob", 0, 0).edit_account(move |account| account.changes = counted(i64::MAX, before));
    assert_eq!(check(&team, &mut change("bob", "account.update")), Ok(()));
}
