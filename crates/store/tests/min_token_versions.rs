//! Floors of permission tokens: raised by the changes that withdraw, in the same commit; copied to a shelf that may fail,
//! and never left below the highest by whoever writes last.

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
use support::{Person, World, block_on, together};

/// The last write wins, whatever it says; the first writes may fail.
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

struct Turn(bool);

impl Future for Turn {
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
    async fn put(&self, account: AccountId, floor: i64) -> Result<(), Fault> {
        // On its way, others may overtake it.
        Turn(false).await;
        self.writes.set(self.writes.get() + 1);
        if self.failing.get() > 0 {
            self.failing.set(self.failing.get() - 1);
            return Err(Fault::new("429"));
        }
        self.values.borrow_mut().insert(account, floor);
        Ok(())
    }

    async fn pause(&self) {
        Turn(false).await;
    }
}

fn version(world: &World, team: AccountId) -> i64 {
    world.count(&format!("SELECT version FROM account WHERE id = '{team}'"))
}

fn floor(world: &World, team: AccountId) -> i64 {
    block_on(world.store.min_token_version(team)).unwrap()
}

async fn set_role(world: &World, by: &Person, team: AccountId, of: &Person, role: &str) -> RequestContext {
    let request = world.request(Some(by));
    members::change_role(&world.app(), &request, team, Some(of.id), Ok(role.to_owned()), |_| None).await.unwrap();
    request
}

fn make_role(world: &World, by: &Person, team: AccountId) -> RequestContext {
    let request = world.request(Some(by));
    let role = roles::RoleInput { code: "on-call".to_owned(), title: "On call".to_owned(), permissions: vec!["team.access".to_owned()] };
    block_on(roles::create(&world.app(), &request, team, Ok(role), |_| None)).unwrap();
    request
}

#[test]
fn each_change_that_withdraws_raises_the_floor_to_its_own_version_and_no_other_change_does() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev", "admin", "basic"]);
    let app = world.app();
    let raised = |what: &str, change: &dyn Fn(&RequestContext), by: usize| {
        let request = world.request(Some(&people[by]));
        change(&request);
        assert_eq!(floor(&world, team), version(&world, team), "{what}");
        assert!(request.deferred.borrow().min_token_versions.contains(&team), "{what} is to be shelved");
    };
    let kept = |what: &str, change: &dyn Fn() -> RequestContext| {
        let before = floor(&world, team);
        let request = change();
        assert_eq!(floor(&world, team), before, "{what}");
        assert!(version(&world, team) > before && request.deferred.borrow().min_token_versions.is_empty(), "{what}");
    };
    kept("a new role", &|| make_role(&world, &people[0], team));
    kept("another name", &|| {
        let request = world.request(Some(&people[0]));
        block_on(accounts::rename(&app, &request, team, Ok("Acme Ltd".to_owned()), |_| None)).unwrap();
        request
    });
    raised(
        "another role",
        &|request| drop(block_on(members::change_role(&app, request, team, Some(people[1].id), Ok("basic".to_owned()), |_| None)).unwrap()),
        0,
    );
    raised("leaving", &|request| drop(block_on(members::remove(&app, request, team, Some(people[1].id), false, |_| None)).unwrap()), 1);
    raised("removal", &|request| drop(block_on(members::remove(&app, request, team, Some(people[3].id), false, |_| None)).unwrap()), 0);
    let edit = (None, Some(vec!["team.access".to_owned(), "pods.connect".to_owned()]));
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
fn a_floor_is_due_until_it_is_shelved_and_the_clock_sees_to_what_failed() {
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
    assert_eq!(busy.values.borrow().get(&team), Some(&floor(&world, team)), "written again after a refusal");
    assert!(block_on(world.store.min_token_versions_due(10)).unwrap().is_empty());
    block_on(min_token_versions::publish_due(&world.store, &broken)).unwrap();
    assert_eq!(broken.writes.get(), 3, "nothing is due");
}

#[test]
fn a_floor_that_no_living_token_is_below_is_forgotten() {
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
fn the_schema_lets_no_floor_fall_or_pass_the_version() {
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
    fn whoever_writes_last_the_shelf_ends_with_the_highest_floor(choices in proptest::collection::vec(any::<u8>(), 64)) {
        let world = World::new();
        let (team, people) = world.team_with(&["dev", "dev"]);
        let shelf = LastWriteWins::default();
        let withdraw = |of: usize| -> Pin<Box<dyn Future<Output = Result<(), Fault>> + '_>> {
            let (world, people, shelf) = (&world, &people, &shelf);
            Box::pin(async move {
                set_role(world, &people[0], team, &people[of], "basic").await;
                min_token_versions::publish(&world.store, shelf, team).await
            })
        };
        let outcomes = together(vec![withdraw(1), withdraw(2)], &choices);
        prop_assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        prop_assert_eq!(shelf.values.borrow().get(&team).copied(), Some(floor(&world, team)));
        prop_assert_eq!(floor(&world, team), version(&world, team));
    }
}
