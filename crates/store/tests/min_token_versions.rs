//! Minimum versions of permission tokens: raised in the transaction that revokes rights, then written to a cache whose writes may
//! fail or overtake each other.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use proptest::prelude::*;
use rolecall_app::ports::{MaintenanceStore, MinTokenVersionStore, TokenVersionCache};
use rolecall_app::{Fault, RequestContext, accounts, members, min_token_versions, roles};
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::time::Timestamp;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use support::{Person, World, block_on, interleave};

/// A cache in which the last write wins; the first `failing` writes fail.
#[derive(Default)]
struct LastWriteWins {
    values: RefCell<BTreeMap<AccountId, i64>>,
    writes: Cell<u32>,
    failing: Cell<u32>,
}

impl LastWriteWins {
    fn failing(times: u32) -> Self {
        LastWriteWins { failing: Cell::new(times), ..LastWriteWins::default() }
    }
}

struct YieldOnce(bool);

impl Future for YieldOnce {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if core::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl TokenVersionCache for LastWriteWins {
    async fn put(&self, account: AccountId, min_version: i64) -> Result<(), Fault> {
        // Yields, so that other writes can overtake this one.
        YieldOnce(false).await;
        self.writes.set(self.writes.get() + 1);
        if self.failing.get() > 0 {
            self.failing.set(self.failing.get() - 1);
            return Err(Fault::new("429"));
        }
        self.values.borrow_mut().insert(account, min_version);
        Ok(())
    }

    async fn pause(&self) {
        YieldOnce(false).await;
    }
}

fn version(world: &World, team: AccountId) -> i64 {
    world.count(&format!("SELECT version FROM account WHERE id = '{team}'"))
}

fn min_version(world: &World, team: AccountId) -> i64 {
    block_on(world.store.min_token_version(team)).unwrap()
}

async fn set_role(world: &World, by: &Person, team: AccountId, of: &Person, role: &str) -> RequestContext {
    let request = world.request(Some(by));
    members::change_role(&world.app(), &request, team, Some(of.id), Ok(role.to_owned()), |_| None).await.unwrap();
    request
}

fn make_role(world: &World, by: &Person, team: AccountId) -> RequestContext {
    let request = world.request(Some(by));
    let role = roles::NewRole { code: "on-call".to_owned(), title: "On call".to_owned(), permissions: vec!["team.access".to_owned()] };
    block_on(roles::create(&world.app(), &request, team, Ok(role), |_| None)).unwrap();
    request
}

#[test]
fn only_changes_that_revoke_rights_raise_the_minimum_version_and_to_their_own_version() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev", "admin", "basic"]);
    let app = world.app();
    let raised = |what: &str, change: &dyn Fn(&RequestContext), by: usize| {
        let request = world.request(Some(&people[by]));
        change(&request);
        assert_eq!(min_version(&world, team), version(&world, team), "{what}");
        assert!(request.deferred.borrow().min_token_versions.contains(&team), "{what}: the new minimum version is to be published");
    };
    let unchanged = |what: &str, change: &dyn Fn() -> RequestContext| {
        let before = min_version(&world, team);
        let request = change();
        assert_eq!(min_version(&world, team), before, "{what}");
        assert!(version(&world, team) > before && request.deferred.borrow().min_token_versions.is_empty(), "{what}");
    };
    unchanged("a new role", &|| make_role(&world, &people[0], team));
    unchanged("another name", &|| {
        let request = world.request(Some(&people[0]));
        block_on(accounts::update(&app, &request, team, Ok(accounts::AccountUpdate::named("Acme Ltd")), |_| None)).unwrap();
        request
    });
    raised(
        "another role",
        &|request| drop(block_on(members::change_role(&app, request, team, Some(people[1].id), Ok("basic".to_owned()), |_| None)).unwrap()),
        0,
    );
    raised("leaving", &|request| drop(block_on(members::remove(&app, request, team, Some(people[1].id), false, |_| None)).unwrap()), 1);
    raised("removal", &|request| drop(block_on(members::remove(&app, request, team, Some(people[3].id), false, |_| None)).unwrap()), 0);
    let edit = roles::RoleUpdate { permissions: Some(vec!["team.access".to_owned(), "pods.connect".to_owned()]), ..Default::default() };
    raised(
        "an edited role",
        &|request| drop(block_on(roles::update(&app, request, team, "on-call", Ok(edit.clone()), |_| None)).unwrap()),
        0,
    );
    raised("a deleted role", &|request| drop(block_on(roles::delete(&app, request, team, "on-call", |_| None)).unwrap()), 0);
    raised(
        "a transfer",
        &|request| drop(block_on(accounts::transfer(&app, request, team, Ok(people[2].id.to_string()), |_| None)).unwrap()),
        0,
    );
    raised("Delete Team", &|request| drop(block_on(accounts::delete_team(&app, request, team, false, |_| None)).unwrap()), 2);
}

#[test]
fn a_minimum_version_is_due_until_published_and_the_scheduled_handler_retries_failures() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    block_on(min_token_versions::publish_due(&world.store, &LastWriteWins::default())).unwrap();
    assert!(block_on(world.store.min_token_versions_due(10)).unwrap().is_empty());

    block_on(set_role(&world, &people[0], team, &people[1], "basic"));
    let broken = LastWriteWins::failing(u32::MAX);
    assert!(block_on(min_token_versions::publish(&world.store, &broken, team)).is_err());
    assert_eq!((broken.writes.get(), block_on(world.store.min_token_versions_due(10)).unwrap()), (3, vec![team]));

    let busy = LastWriteWins::failing(1);
    block_on(min_token_versions::publish_due(&world.store, &busy)).unwrap();
    assert_eq!(busy.values.borrow().get(&team), Some(&min_version(&world, team)), "retried after a failed write");
    assert!(block_on(world.store.min_token_versions_due(10)).unwrap().is_empty());
    block_on(min_token_versions::publish_due(&world.store, &broken)).unwrap();
    assert_eq!(broken.writes.get(), 3, "nothing is due");
}

#[test]
fn a_minimum_version_is_no_longer_due_once_all_older_tokens_have_expired() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    block_on(set_role(&world, &people[0], team, &people[1], "basic"));
    let purge = |seconds: i64| block_on(world.store.purge(Timestamp::from_millis(world.now.get()).plus_seconds(seconds))).unwrap();
    purge(900);
    assert_eq!(block_on(world.store.min_token_versions_due(10)).unwrap(), [team]);
    purge(961);
    assert!(block_on(world.store.min_token_versions_due(10)).unwrap().is_empty());
}

#[test]
fn the_schema_rejects_a_minimum_version_that_falls_or_exceeds_the_version() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    block_on(set_role(&world, &people[0], team, &people[1], "basic"));
    for change in ["token_floor - 1", "version + 1", "0"] {
        assert!(world.sql(&format!("UPDATE account SET token_floor = {change} WHERE id = '{team}'")).is_err(), "{change}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_cache_ends_with_the_highest_minimum_version_in_every_order_of_writes(choices in proptest::collection::vec(any::<u8>(), 64)) {
        let world = World::new();
        let (team, people) = world.team_with(&["dev", "dev"]);
        let cache = LastWriteWins::default();
        let revoke = |of: usize| -> Pin<Box<dyn Future<Output = Result<(), Fault>> + '_>> {
            let (world, people, cache) = (&world, &people, &cache);
            Box::pin(async move {
                set_role(world, &people[0], team, &people[of], "basic").await;
                min_token_versions::publish(&world.store, cache, team).await
            })
        };
        let outcomes = interleave(vec![revoke(1), revoke(2)], &choices);
        prop_assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        prop_assert_eq!(cache.values.borrow().get(&team).copied(), Some(min_version(&world, team)));
        prop_assert_eq!(min_version(&world, team), version(&world, team));
    }
}
