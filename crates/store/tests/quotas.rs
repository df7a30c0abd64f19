//! Quotas of accounts and users, and limits on stored responses. Each quota is a precondition; without preconditions, concurrent
//! requests exceed it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::request_context::CallerRateLimiter;
use rolecall_app::transaction::STORED_BODY_MAX;
use rolecall_app::{AppError, Outcome, StoredResponse, accounts, invitations, members, profile, sessions};
use rolecall_core::authz::quotas::{ACCOUNT_CHANGES, OWNER_RESERVE, QUOTA_EXEMPT_ACTIONS, USER_CHANGES, USER_INVITATIONS, USER_TEAMS};
use rolecall_core::domain::activity_counts::ClockWindow;
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::denial::Denial;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use support::{Person, World, block_on, denial, fresh_output, interleave};

type Run<'w> = Pin<Box<dyn Future<Output = Result<(), AppError>> + 'w>>;

fn rename<'w>(world: &'w World, by: &'w Person, account: AccountId, name: String) -> Run<'w> {
    Box::pin(async move {
        accounts::update(&world.app(), &world.request(Some(by)), account, Ok(accounts::AccountUpdate::named(name)), |_| None)
            .await
            .map(drop)
    })
}

fn invite<'w>(world: &'w World, by: &'w Person, team: AccountId, email: String) -> Run<'w> {
    let input = invitations::NewInvitation { email, role: "dev".to_owned(), lifetime: Default::default() };
    Box::pin(async move { invitations::create(&world.app(), &world.request(Some(by)), team, Ok(input), |_| None).await.map(drop) })
}

fn convert<'w>(world: &'w World, by: &'w Person, account: AccountId) -> Run<'w> {
    Box::pin(async move {
        accounts::convert(&world.app(), &world.request(Some(by)), account, Ok(accounts::Convert::default()), |_| None).await.map(drop)
    })
}

fn hour(world: &World) -> i64 {
    ClockWindow::Hour.window_number(Timestamp::from_millis(world.now.get()))
}

/// Inserts a further personal account of the person.
fn insert_account(world: &World, of: &Person, n: u128) -> AccountId {
    let id = AccountId::from_bits(n);
    world
        .sql(&format!(
            "BEGIN; INSERT INTO account (id, kind, name, owner, version, created_at) VALUES ('{id}', 'personal', 'P', '{0}', 1, 1); \
             INSERT INTO member VALUES ('{id}', '{0}', 'admin', 1); COMMIT",
            of.id
        ))
        .unwrap();
    id
}

fn succeeded(results: &[Result<(), AppError>]) -> usize {
    results.iter().filter(|result| result.is_ok()).count()
}

/// Runs five changes concurrently, where the quota allows two more. Returns how many succeeded, and the denial of a later one.
fn race(
    guarded: bool,
    prepare: impl Fn(&World, &Person, AccountId),
    run: impl for<'w> Fn(&'w World, &'w Person, AccountId, u8) -> Run<'w>,
) -> (usize, Denial) {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    prepare(&world, &people[0], team);
    world.store.db.without_preconditions.set(!guarded);
    let results = interleave((0..5).map(|n| run(&world, &people[0], team, n)).collect(), &[0, 1, 2, 3, 4]);
    let after = denial(block_on(run(&world, &people[0], team, 9)));
    (succeeded(&results), after)
}

fn seconds(denial: &Denial) -> u64 {
    match denial {
        Denial::TooManyChanges { retry_after, .. } | Denial::TooManyMails { retry_after } => *retry_after,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_changes_of_an_account_are_limited_per_hour() {
    let full = |world: &World, _: &Person, team| {
        world
            .sql(&format!(
                "UPDATE account SET hour = {}, hour_changes = {} WHERE id = '{team}'",
                hour(world),
                ACCOUNT_CHANGES + OWNER_RESERVE - 2
            ))
            .unwrap();
    };
    fn run<'w>(world: &'w World, by: &'w Person, team: AccountId, n: u8) -> Run<'w> {
        rename(world, by, team, format!("Name {n}"))
    }
    let (succeeded_count, after) = race(true, full, run);
    assert_eq!(succeeded_count, 2);
    assert!(matches!(&after, Denial::TooManyChanges { what, .. } if what.contains("account")) && seconds(&after) <= 3600, "{after:?}");
    assert_eq!(race(false, full, run).0, 5);
}

#[test]
fn the_changes_of_a_user_are_limited_per_hour_across_accounts() {
    let full = |world: &World, by: &Person, _| {
        world.sql(&format!("UPDATE user SET hour = {}, hour_changes = {} WHERE id = '{}'", hour(world), USER_CHANGES - 2, by.id)).unwrap();
    };
    let elsewhere = |world: &World, by: &Person, team: AccountId| {
        full(world, by, team);
        insert_account(world, by, 7);
    };
    fn run<'w>(world: &'w World, by: &'w Person, team: AccountId, n: u8) -> Run<'w> {
        rename(world, by, if n.is_multiple_of(2) { team } else { AccountId::from_bits(7) }, format!("Name {n}"))
    }
    let (succeeded_count, after) = race(true, elsewhere, run);
    assert_eq!(succeeded_count, 2);
    assert!(matches!(&after, Denial::TooManyChanges { what, .. } if what.contains("you")), "{after:?}");
    assert_eq!(race(false, elsewhere, run).0, 5);
}

#[test]
fn only_committed_changes_are_counted_and_the_counters_reset_each_hour() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    let of_account = || world.count(&format!("SELECT hour_changes FROM account WHERE id = '{team}'"));
    let of = |person: &Person| world.count(&format!("SELECT hour_changes FROM user WHERE id = '{}'", person.id));
    // The conversion and the invitation are counted; joining and denied attempts are not.
    assert_eq!((of_account(), of(&people[0]), of(&people[1])), (2, 2, 0));
    assert!(block_on(rename(&world, &people[1], team, "No".to_owned())).is_err());
    block_on(rename(&world, &people[0], team, "Yes".to_owned())).unwrap();
    assert_eq!((of_account(), of(&people[0]), of(&people[1])), (3, 3, 0));
    world.now.set(world.now.get() + 3_600_000);
    block_on(rename(&world, &people[0], team, "Later".to_owned())).unwrap();
    assert_eq!((of_account(), of(&people[0])), (1, 1));
    assert_eq!(world.count(&format!("SELECT hour FROM account WHERE id = '{team}'")), hour(&world));
    assert_eq!(world.count(&format!("SELECT hour_invitations + day_teams * 10 FROM user WHERE id = '{}'", people[0].id)), 10);
}

#[test]
fn invitees_can_join_a_team_whose_quota_is_used_up() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let bob = world.person("bob@example.com");
    let invitation = world.invite(&people[0], team, &bob.email, "dev").unwrap();
    let full = ACCOUNT_CHANGES + OWNER_RESERVE;
    world.sql(&format!("UPDATE account SET hour = {}, hour_changes = {full} WHERE id = '{team}'", hour(&world))).unwrap();
    assert!(matches!(denial(block_on(rename(&world, &people[0], team, "X".to_owned()))), Denial::TooManyChanges { .. }));
    block_on(world.accept(&bob, &world.link(&invitation))).unwrap();
}

#[test]
fn a_member_can_be_removed_when_the_quota_is_used_up_and_the_owner_has_a_reserve() {
    let world = World::new();
    let (team, people) = world.team_with(&["admin"]);
    let fill = |count: i64| {
        world.sql(&format!("UPDATE account SET hour = {}, hour_changes = {count} WHERE id = '{team}'", hour(&world))).unwrap();
        world
            .sql(&format!("UPDATE user SET hour = {}, hour_changes = {USER_CHANGES} WHERE id = '{}'", hour(&world), people[1].id))
            .unwrap();
    };
    fill(ACCOUNT_CHANGES);
    assert!(matches!(denial(block_on(rename(&world, &people[1], team, "Mine".to_owned()))), Denial::TooManyChanges { .. }));
    block_on(rename(&world, &people[0], team, "Ours".to_owned())).unwrap();
    fill(ACCOUNT_CHANGES + OWNER_RESERVE);
    assert!(matches!(denial(block_on(rename(&world, &people[0], team, "Full".to_owned()))), Denial::TooManyChanges { .. }));
    let request = world.request(Some(&people[0]));
    block_on(members::remove(&world.app(), &request, team, Some(people[1].id), false, |_| None)).unwrap();
    assert_eq!(world.count(&format!("SELECT hour_changes FROM account WHERE id = '{team}'")), ACCOUNT_CHANGES + OWNER_RESERVE);
}

#[test]
fn the_schema_counts_the_same_actions_as_the_decisions() {
    let sql = include_str!("../migrations/0009_brakes.sql");
    let list = QUOTA_EXEMPT_ACTIONS.map(|action| format!("'{action}'")).join(", ");
    assert_eq!(sql.matches(&format!("NEW.action NOT IN ({list})")).count(), 2);
}

#[test]
fn the_invitations_of_a_user_are_limited_per_hour_across_teams() {
    let full = |world: &World, by: &Person, _| {
        world
            .sql(&format!("UPDATE user SET hour = {}, hour_invitations = {} WHERE id = '{}'", hour(world), USER_INVITATIONS - 2, by.id))
            .unwrap();
    };
    let fresh_team = |world: &World, by: &Person, team: AccountId| {
        let other = insert_account(world, by, 7);
        block_on(convert(world, by, other)).unwrap();
        full(world, by, team);
    };
    fn run<'w>(world: &'w World, by: &'w Person, team: AccountId, n: u8) -> Run<'w> {
        let team = if n.is_multiple_of(2) { team } else { AccountId::from_bits(7) };
        invite(world, by, team, format!("guest{n}@example.com"))
    }
    let (succeeded_count, after) = race(true, fresh_team, run);
    assert_eq!(succeeded_count, 2);
    assert!(matches!(after, Denial::TooManyMails { .. }), "{after:?}");
    assert_eq!(race(false, fresh_team, run).0, 5);
}

#[test]
fn resending_an_invitation_counts_as_an_invitation() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let invitation = world.invite(&people[0], team, "eve@example.com", "dev").unwrap();
    let resend = || block_on(invitations::resend(&world.app(), &world.request(Some(&people[0])), team, Some(invitation.id), |_| None));
    resend().map(drop).unwrap();
    assert_eq!(world.count(&format!("SELECT hour_invitations FROM user WHERE id = '{}'", people[0].id)), 2);
    world.sql(&format!("UPDATE user SET hour_invitations = {USER_INVITATIONS}")).unwrap();
    assert!(matches!(denial(resend()), Denial::TooManyMails { .. }));
}

#[test]
fn the_new_teams_of_a_user_are_limited_per_day() {
    let full = |world: &World, by: &Person, _| {
        for n in 0..10 {
            insert_account(world, by, 100 + n);
        }
        let day = ClockWindow::Day.window_number(Timestamp::from_millis(world.now.get()));
        world.sql(&format!("UPDATE user SET day = {day}, day_teams = {} WHERE id = '{}'", USER_TEAMS - 2, by.id)).unwrap();
    };
    fn run<'w>(world: &'w World, by: &'w Person, _: AccountId, n: u8) -> Run<'w> {
        convert(world, by, AccountId::from_bits(100 + u128::from(n)))
    }
    let (succeeded_count, after) = race(true, full, run);
    assert_eq!(succeeded_count, 2);
    assert!(matches!(&after, Denial::TooManyChanges { what, .. } if what.contains("teams")) && seconds(&after) > 3600, "{after:?}");
    assert_eq!(race(false, full, run).0, 5);
}

#[test]
fn quotas_can_be_disabled_in_development() {
    let mut world = World::new();
    world.config.quotas_enforced = false;
    let (team, people) = world.team_with(&[]);
    world.sql(&format!("UPDATE account SET hour = {0}, hour_changes = 99999; UPDATE user SET hour = {0}, hour_changes = 99999, hour_invitations = 99999", hour(&world))).unwrap();
    block_on(rename(&world, &people[0], team, "X".to_owned())).unwrap();
    block_on(invite(&world, &people[0], team, "a@example.com".to_owned())).unwrap();
}

fn keyed<'w>(world: &'w World, by: Option<&'w Person>, key: String) -> Run<'w> {
    Box::pin(async move {
        let request = world.request_with(by, Some((&key, "print")));
        let render = |_: &_| Some(StoredResponse { kind: String::new(), body: String::new() });
        profile::update(&world.app(), &request, Ok(profile::ProfileUpdate::default()), render).await.map(drop)
    })
}

fn records(world: &World) -> i64 {
    world.count("SELECT count(*) FROM idempotency")
}

#[test]
fn beyond_ten_thousand_stored_responses_of_a_principal_the_oldest_are_deleted() {
    let world = World::new();
    let ann = world.person("ann@example.com");
    world
        .sql(&format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) \
             INSERT INTO idempotency (principal, key, fingerprint, kind, body, created_at) SELECT '{}', 'old-' || i, 'print', '', '', i FROM n",
            ann.id
        ))
        .unwrap();
    block_on(keyed(&world, Some(&ann), "new".to_owned())).unwrap();
    assert_eq!(records(&world), 9_901);
    assert_eq!(
        world.count("SELECT count(*) FROM idempotency WHERE key IN ('new', 'old-101', 'old-100')"),
        2,
        "the oldest hundred are deleted"
    );
    assert_eq!(world.count("SELECT records FROM replay_count"), 9_901);
}

#[test]
fn stored_responses_are_counted_and_requests_without_an_idempotency_key_store_none() {
    let world = World::new();
    let ann = world.person("ann@example.com");
    for n in 0..3 {
        block_on(keyed(&world, Some(&ann), format!("key-{n}"))).unwrap();
    }
    block_on(keyed(&world, Some(&ann), "key-1".to_owned())).unwrap();
    let counted = format!("SELECT coalesce(sum(records), 0) FROM replay_count WHERE principal = '{}'", ann.id);
    assert_eq!((records(&world), world.count(&counted)), (3, 3));
    world.sql("DELETE FROM idempotency WHERE key = 'key-1'").unwrap();
    assert_eq!(world.count(&counted), 2);
    let request = world.request(Some(&ann));
    block_on(profile::update(
        &world.app(),
        &request,
        Ok(profile::ProfileUpdate { name: Some("Ann B".to_owned()), ..profile::ProfileUpdate::default() }),
        |_| None,
    ))
    .unwrap();
    world.sql("UPDATE replay_count SET records = 2; DELETE FROM idempotency").unwrap();
    assert_eq!(world.count("SELECT count(*) FROM replay_count"), 0);
}

#[test]
fn an_unauthenticated_request_without_effect_stores_no_response() {
    let world = World::new();
    let ann = world.person("ann@example.com");
    let out = |by: Option<&Person>, key: &str| {
        let render = |_: &_| Some(StoredResponse { kind: String::new(), body: String::new() });
        block_on(sessions::sign_out(&world.app(), &world.request_with(by, Some((key, "out"))), render)).map(drop)
    };
    for n in 0..5 {
        out(None, &format!("key-{n}")).unwrap();
    }
    assert_eq!(records(&world), 0);
    out(Some(&ann), "key").unwrap();
    assert_eq!(records(&world), 1);
    out(Some(&ann), "key-again").unwrap();
    assert_eq!(records(&world), 1, "an ended session identifies no principal");
}

#[test]
fn a_response_over_the_size_limit_rolls_the_change_back() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let rename = |key: &str, name: &str, bytes: usize| {
        let request = world.request_with(Some(&people[0]), Some((key, "print")));
        let render = |_: &_| Some(StoredResponse { kind: String::new(), body: "x".repeat(bytes) });
        block_on(accounts::update(&world.app(), &request, team, Ok(accounts::AccountUpdate::named(name)), render))
    };
    assert!(matches!(rename("one", "Large", STORED_BODY_MAX + 1), Err(AppError::Fault(_))));
    assert_eq!(world.text(&format!("SELECT name FROM account WHERE id = '{team}'")), "Acme");
    assert!(matches!(rename("two", "Small", STORED_BODY_MAX), Ok(Outcome::Fresh { output: _, .. })));
    let attack = |bytes: usize| world.sql(&format!("INSERT INTO idempotency VALUES ('p', 'k', 'f', '', '{}', 1)", "x".repeat(bytes)));
    assert!(attack(STORED_BODY_MAX + 1).is_err() && attack(STORED_BODY_MAX).is_ok());
}

#[test]
fn an_authenticated_caller_is_rate_limited_once_per_request_before_the_decision() {
    let world = World::new();
    let ann = world.person("ann@example.com");
    let counted_callers: Rc<RefCell<Vec<String>>> = Rc::default();
    let counting = |admits: bool| {
        let counted_callers = counted_callers.clone();
        CallerRateLimiter::new(move |log_subject| {
            counted_callers.borrow_mut().push(log_subject);
            Box::pin(async move { Ok(admits) })
        })
    };
    let update = |by: Option<&Person>, admits, name: &str| {
        let request = world.request(by).with_rate_limit(counting(admits));
        block_on(profile::update(
            &world.app(),
            &request,
            Ok(profile::ProfileUpdate { name: Some(name.to_owned()), ..profile::ProfileUpdate::default() }),
            |_| None,
        ))
        .map(fresh_output)
    };
    update(Some(&ann), true, "Ann B").unwrap();
    assert_eq!(*counted_callers.borrow(), [format!("user:{}", ann.id)]);
    assert_eq!(denial(update(Some(&ann), false, "Ann C")), Denial::TooManyAttempts { retry_after: 60 });
    assert_eq!(world.text(&format!("SELECT name FROM user WHERE id = '{}'", ann.id)), "Ann B");
    let read = world.request(Some(&ann)).with_rate_limit(counting(false));
    assert!(matches!(denial(block_on(profile::get(&world.app(), &read))), Denial::TooManyAttempts { .. }));
    assert_eq!(denial(update(None, false, "X")), Denial::SessionMissing);
    assert_eq!(counted_callers.borrow().len(), 3, "an unauthenticated request is not counted here");
}
