//! Race conditions: concurrent requests with their batches in random order. The invariants are true under every schedule; without
//! the preconditions and triggers, some schedules violate them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use proptest::prelude::*;
use rolecall_app::{AppError, Outcome, accounts, invitations, members};
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::context::IfMatch;
use rolecall_core::transaction::denial::Denial;
use std::future::Future;
use std::pin::Pin;
use support::{Person, World, block_on, interleave};

type Run<'w> = Pin<Box<dyn Future<Output = Result<(), AppError>> + 'w>>;

fn accept<'w>(world: &'w World, person: &'w Person, link: &'w str) -> Run<'w> {
    Box::pin(async move { world.accept(person, link).await.map(drop) })
}

fn revoke<'w>(world: &'w World, by: &'w Person, team: AccountId, id: rolecall_core::domain::id::InvitationId) -> Run<'w> {
    Box::pin(async move { invitations::revoke(&world.app(), &world.request(Some(by)), team, Some(id), |()| None).await.map(drop) })
}

fn change_role<'w>(world: &'w World, by: &'w Person, team: AccountId, of: &'w Person, role: &'w str) -> Run<'w> {
    Box::pin(async move {
        members::change_role(&world.app(), &world.request(Some(by)), team, Some(of.id), Ok(role.to_owned()), |_| None).await.map(drop)
    })
}

fn leave<'w>(world: &'w World, person: &'w Person, team: AccountId) -> Run<'w> {
    Box::pin(
        async move { members::remove(&world.app(), &world.request(Some(person)), team, Some(person.id), false, |_| None).await.map(drop) },
    )
}

fn transfer<'w>(world: &'w World, by: &'w Person, team: AccountId, to: &'w Person) -> Run<'w> {
    Box::pin(
        async move { accounts::transfer(&world.app(), &world.request(Some(by)), team, Ok(to.id.to_string()), |_| None).await.map(drop) },
    )
}

fn delete_team<'w>(world: &'w World, by: &'w Person, team: AccountId) -> Run<'w> {
    Box::pin(async move { accounts::delete_team(&world.app(), &world.request(Some(by)), team, false, |_| None).await.map(drop) })
}

fn schedule() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 64)
}

fn joined(world: &World, team: AccountId, person: &Person) -> bool {
    world.count(&format!("SELECT count(*) FROM member WHERE account = '{team}' AND user = '{}'", person.id)) == 1
}

/// A world without preconditions and without the triggers that enforce invariants: only the decisions' own checks remain.
fn without_guards() -> World {
    let world = World::new();
    world.store.db.without_preconditions.set(true);
    for trigger in [
        "invitation_single_use",
        "member_insert_once",
        "member_insert_allowed",
        "account_personal_is_alone",
        "member_owner_stays",
        "member_owner_keeps_role",
        "account_owner_is_admin",
    ] {
        world.sql(&format!("DROP TRIGGER {trigger}")).unwrap();
    }
    world
}

/// Whether a revocation reported success although the invitee joined.
fn accept_and_revoke(world: &World, choices: &[u8]) -> bool {
    let (team, people) = world.team_with(&[]);
    let bob = world.person("bob@example.com");
    let invitation = world.invite(&people[0], team, &bob.email, "dev").unwrap();
    let link = world.link(&invitation);
    let results = interleave(vec![accept(world, &bob, &link), revoke(world, &people[0], team, invitation.id)], choices);
    results[1].is_ok() && joined(world, team, &bob)
}

/// Whether a personal account, formerly a team, has a second member.
fn accept_and_delete(world: &World, choices: &[u8]) -> bool {
    let (team, people) = world.team_with(&[]);
    let bob = world.person("bob@example.com");
    let invitation = world.invite(&people[0], team, &bob.email, "dev").unwrap();
    let link = world.link(&invitation);
    interleave(vec![accept(world, &bob, &link), delete_team(world, &people[0], team)], choices);
    world.count(&format!("SELECT count(*) FROM account WHERE id = '{team}' AND kind = 'personal' AND members > 1")) == 1
}

/// Whether a team's owner is not an admin of it.
fn leave_and_transfer(world: &World, choices: &[u8]) -> bool {
    let (team, people) = world.team_with(&["admin"]);
    let results = interleave(
        vec![
            leave(world, &people[1], team),
            transfer(world, &people[0], team, &people[1]),
            change_role(world, &people[0], team, &people[1], "basic"),
        ],
        choices,
    );
    drop(results);
    world.count("SELECT count(*) FROM account a WHERE NOT EXISTS (SELECT 1 FROM member m WHERE m.account = a.id AND m.user = a.owner AND m.role = 'admin')") > 0
}

/// Whether an acceptance granted a role after its inviter had lost the permission to grant it.
fn accept_and_demote(world: &World, choices: &[u8]) -> bool {
    let (team, people) = world.team_with(&["admin"]);
    let bob = world.person("bob@example.com");
    let invitation = world.invite(&people[1], team, &bob.email, "admin").unwrap();
    let link = world.link(&invitation);
    interleave(vec![accept(world, &bob, &link), change_role(world, &people[0], team, &people[1], "basic")], choices);
    let order = "SELECT (SELECT seq FROM audit_event WHERE action = 'invitation.accept' AND actor_id = ?) > (SELECT max(seq) FROM audit_event WHERE action = 'member.update')";
    joined(world, team, &bob) && world.count(&order.replace('?', &format!("'{}'", bob.id))) == 1
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_revocation_never_succeeds_after_the_invitee_joined(choices in schedule()) {
        let world = World::new();
        prop_assert!(!accept_and_revoke(&world, &choices));
        world.assert_invariants();
    }

    #[test]
    fn no_invitee_joins_a_deleted_team(choices in schedule()) {
        let world = World::new();
        prop_assert!(!accept_and_delete(&world, &choices));
        world.assert_invariants();
    }

    #[test]
    fn the_owner_of_a_team_is_always_an_admin(choices in schedule()) {
        let world = World::new();
        prop_assert!(!leave_and_transfer(&world, &choices));
        world.assert_invariants();
    }

    #[test]
    fn a_demoted_inviter_grants_no_role(choices in schedule()) {
        let world = World::new();
        prop_assert!(!accept_and_demote(&world, &choices));
        world.assert_invariants();
    }

    #[test]
    fn thirty_concurrent_acceptances_of_different_invitations_commit_without_retries(choices in schedule()) {
        let world = World::new();
        let (team, people) = world.team_with(&[]);
        let invited: Vec<(Person, String)> = (0..30)
            .map(|n| {
                let person = world.person(&format!("p{n}@example.com"));
                let invitation = world.invite(&people[0], team, &person.email, "dev").unwrap();
                let link = world.link(&invitation);
                (person, link)
            })
            .collect();
        world.store.db.batches.set(0);
        let runs = invited.iter().map(|(person, link)| accept(&world, person, link)).collect();
        prop_assert!(interleave(runs, &choices).iter().all(Result::is_ok));
        prop_assert_eq!(world.store.db.batches.get(), 60);
        world.assert_invariants();
    }

    #[test]
    fn concurrent_requests_with_one_idempotency_key_have_one_effect_and_one_response(choices in schedule()) {
        let world = World::new();
        let (team, people) = world.team_with(&[]);
        let invite = || -> Pin<Box<dyn Future<Output = Result<String, AppError>> + '_>> {
            let input = invitations::NewInvitation { email: "x@example.com".into(), role: "dev".into(), lifetime: Default::default() };
            let (world, owner) = (&world, &people[0]);
            Box::pin(async move {
                let request = world.request_with(Some(owner), Some(("key", "print")));
                let render = |i: &rolecall_core::domain::invitation::Invitation| Some(rolecall_app::StoredResponse { kind: "invitation".into(), body: i.id.to_string() });
                Ok(match invitations::create(&world.app(), &request, team, Ok(input), render).await? {
                    Outcome::Fresh { output: invitation, .. } => invitation.id.to_string(),
                    Outcome::Replayed(recorded) => recorded.body,
                })
            })
        };
        let results = interleave(vec![invite(), invite()], &choices);
        prop_assert_eq!(results[0].as_ref().unwrap(), results[1].as_ref().unwrap());
        prop_assert_eq!(world.count("SELECT count(*) FROM invitation"), 1);
        world.assert_invariants();
    }
}

#[test]
fn fifty_concurrent_acceptances_of_one_invitation_join_once() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let bob = world.person("bob@example.com");
    let invitation = world.invite(&people[0], team, &bob.email, "dev").unwrap();
    let link = world.link(&invitation);
    let runs = (0..50).map(|_| accept(&world, &bob, &link)).collect();
    assert!(interleave(runs, &[3, 1, 4, 1, 5, 9, 2, 6]).iter().all(Result::is_ok));
    assert_eq!(world.count("SELECT count(*) FROM audit_event WHERE action = 'invitation.accept'"), 1);
    world.assert_invariants();
}

/// Runs renames concurrently, each with the given `If-Match` version or none; returns the new version or the error of each.
fn renames(world: &World, owner: &Person, team: AccountId, count: u8, if_match: Option<i64>) -> Vec<Result<i64, AppError>> {
    let runs = (0..count).map(|n| -> Pin<Box<dyn Future<Output = _> + '_>> {
        Box::pin(async move {
            let mut request = world.request(Some(owner));
            request.ctx.if_match = if_match.map(|version| IfMatch::Versions(vec![version]));
            let named =
                accounts::update(&world.app(), &request, team, Ok(accounts::AccountUpdate::named(format!("Name {n}"))), |_| None).await;
            named.map(|done| support::fresh_output(done).account.version)
        })
    });
    // All renames load before the first commits.
    let choices: Vec<u8> = (0..count).chain([0; 200]).collect();
    interleave(runs.collect(), &choices)
}

#[test]
fn twenty_five_concurrent_renames_commit_without_retries_and_with_if_match_only_one_does() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let version = || world.count(&format!("SELECT version FROM account WHERE id = '{team}'"));
    let before = version();
    world.store.db.batches.set(0);
    let results = renames(&world, &people[0], team, 25, None);
    assert!(results.iter().all(|version| version.as_ref().is_ok_and(|version| *version > before)), "{results:?}");
    assert_eq!((world.store.db.batches.get(), version()), (50, before + 25));
    let results = renames(&world, &people[0], team, 25, Some(version()));
    assert_eq!(results.iter().filter(|end| **end == Ok(before + 26)).count(), 1);
    assert_eq!(results.iter().filter(|end| **end == Err(AppError::Denied(Denial::PreconditionFailed))).count(), 24);
    assert_eq!(version(), before + 26);
    world.assert_invariants();
}

#[test]
fn concurrent_acceptances_do_not_exceed_the_member_cap() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    world.sql("PRAGMA ignore_check_constraints = ON").unwrap();
    world.sql(&format!("UPDATE account SET members = 19995 WHERE id = '{team}'")).unwrap();
    world.sql("PRAGMA ignore_check_constraints = OFF").unwrap();
    let invited: Vec<(Person, String)> = (0..12)
        .map(|n| {
            let person = world.person(&format!("p{n}@example.com"));
            let invitation = world.invite(&people[0], team, &person.email, "dev").unwrap();
            let link = world.link(&invitation);
            (person, link)
        })
        .collect();
    let runs = invited.iter().map(|(person, link)| accept(&world, person, link)).collect();
    let results = interleave(runs, &[7, 3, 5, 2]);
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 5);
    assert!(results.iter().all(|r| r.is_ok() || *r == Err(AppError::Denied(Denial::LimitReached("members")))));
}

/// Shows that the tests above can fail: without the guards, some schedule violates each invariant.
#[test]
fn without_guards_some_schedule_violates_each_invariant() {
    let schedules: Vec<Vec<u8>> = (1..60_u32)
        .map(|n| (1..17_u32).map(|step| (n.wrapping_mul(2_654_435_761).wrapping_mul(step) >> 24).to_le_bytes()[0]).collect())
        .collect();
    let violated = |race: &dyn Fn(&World, &[u8]) -> bool| schedules.iter().any(|choices| race(&without_guards(), choices));
    assert!(violated(&accept_and_revoke), "revoke and accept");
    assert!(violated(&accept_and_delete), "delete the team and accept");
    assert!(violated(&leave_and_transfer), "leave and transfer");
    assert!(violated(&accept_and_demote), "demote the inviter and accept");
}

#[test]
fn of_two_admins_who_demote_each_other_one_remains_admin() {
    let world = World::new();
    let (team, people) = world.team_with(&["admin", "admin"]);
    for choices in [[0_u8, 1, 0, 1], [1, 0, 0, 1], [0, 0, 1, 1]] {
        let runs =
            vec![change_role(&world, &people[1], team, &people[2], "basic"), change_role(&world, &people[2], team, &people[1], "basic")];
        let results = interleave(runs, &choices);
        assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1, "{results:?}");
        block_on(change_role(&world, &people[0], team, &people[1], "admin")).unwrap();
        block_on(change_role(&world, &people[0], team, &people[2], "admin")).unwrap();
    }
}
