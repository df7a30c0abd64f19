//! Expired API keys and invitations: they do not count against the caps and are deleted after their retention.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::api_keys::{self, NewApiKey};
use rolecall_app::ports::MaintenanceStore;
use rolecall_app::{AppError, accounts, invitations, members};
use rolecall_core::credential::secret::ApiKeySecret;
use rolecall_core::decision::Planned;
use rolecall_core::decision::invitations::Lifetime;
use rolecall_core::domain::api_key::ApiKey;
use rolecall_core::domain::id::{AccountId, ApiKeyId};
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::denial::Denial;
use std::future::Future;
use std::pin::Pin;
use support::{Person, World, block_on, denial, fresh_output, interleave};

type Run<'w, T> = Pin<Box<dyn Future<Output = Result<T, AppError>> + 'w>>;

const DAY: i64 = 24 * 3_600_000;

fn create_key<'w>(world: &'w World, by: &'w Person, account: AccountId) -> Run<'w, ApiKey> {
    Box::pin(async move {
        let request = world.request(Some(by));
        let secret = ApiKeySecret::from_random(request.ctx.random()).hash(&world.keys);
        let input =
            NewApiKey { name: "ci".into(), permissions: vec!["team.access".into()], resources: vec!["pod:1".into()], expires_in: None };
        api_keys::create(&world.app(), &request, account, Ok(input), &secret, |_| None).await.map(fresh_output)
    })
}

fn invite<'w>(world: &'w World, by: &'w Person, team: AccountId, email: &str) -> Run<'w, rolecall_core::domain::invitation::Invitation> {
    let input = invitations::NewInvitation { email: email.to_owned(), role: "dev".to_owned(), lifetime: Lifetime::Default };
    Box::pin(async move { invitations::create(&world.app(), &world.request(Some(by)), team, Ok(input), |_| None).await.map(fresh_output) })
}

fn leave<'w>(world: &'w World, person: &'w Person, team: AccountId) -> Run<'w, ()> {
    Box::pin(
        async move { members::remove(&world.app(), &world.request(Some(person)), team, Some(person.id), false, |_| None).await.map(drop) },
    )
}

/// Fills an account to its cap of API keys, of which `expired` have expired.
fn fill_keys(world: &World, account: AccountId, by: &Person, expired: i64) {
    let past = world.now.get() - 1;
    world
        .sql(&format!(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199) \
             INSERT INTO api_key (id, account, name, secret, permissions, resources, created_by, created_at, expires_at) \
             SELECT printf('key_%032x', i), '{account}', 'old', printf('%064x', i), '[\"team.access\"]', '[\"pod:1\"]', '{}', 1, \
             CASE WHEN i < {expired} THEN {past} - i END FROM n",
            by.id
        ))
        .unwrap();
}

/// Fills a team to its cap of pending invitations, of which `expired` have expired.
fn fill_invitations(world: &World, team: AccountId, by: &Person, expired: i64) {
    let past = world.now.get() - 1;
    world
        .sql(&format!(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19999) \
             INSERT INTO invitation (id, account, email, role, state, link_version, expires_at, invited_by, created_at) \
             SELECT printf('inv_%032x', i), '{team}', 'old' || i || '@example.com', 'dev', 'pending', 1, \
             CASE WHEN i < {expired} THEN {past} - i END, '{}', 1 FROM n",
            by.id
        ))
        .unwrap();
}

fn pending_invitations(world: &World, team: AccountId) -> i64 {
    world.count(&format!("SELECT pending_invitations FROM account WHERE id = '{team}'"))
}

fn keys(world: &World, account: AccountId) -> i64 {
    world.count(&format!("SELECT api_keys FROM account WHERE id = '{account}'"))
}

#[test]
fn each_new_key_replaces_the_first_expired_one_and_never_a_live_one() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    fill_keys(&world, team, &people[0], 2);
    for left in [1, 0] {
        block_on(create_key(&world, &people[0], team)).unwrap();
        let expired = format!("SELECT count(*) FROM api_key WHERE revoked_at IS NULL AND expires_at < {}", world.now.get());
        assert_eq!((keys(&world, team), world.count(&expired)), (200, left), "the key that expired first is revoked");
    }
    assert_eq!(denial(block_on(create_key(&world, &people[0], team))), Denial::LimitReached("API keys"));
    let with_rights =
        world.count("SELECT count(*) FROM api_key WHERE revoked_at IS NOT NULL AND (permissions <> '[]' OR resources <> '[]')");
    assert_eq!(with_rights, 0, "a revoked key has no permissions and no resources");
    world.assert_invariants();
}

#[test]
fn a_new_invitation_replaces_an_expired_one_of_the_same_or_another_address() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    fill_invitations(&world, team, &people[0], 2);
    block_on(invite(&world, &people[0], team, "new@example.com")).unwrap();
    assert_eq!(pending_invitations(&world, team), 20_000);
    // `old1` expired first and is closed; `old0` is the remaining expired invitation.
    block_on(invite(&world, &people[0], team, "old0@example.com")).unwrap();
    assert_eq!(pending_invitations(&world, team), 20_000);
    assert_eq!(world.count("SELECT count(*) FROM invitation WHERE state = 'expired'"), 2);
    let full = Denial::LimitReached("pending invitations");
    assert_eq!(denial(block_on(invite(&world, &people[0], team, "more@example.com"))), full);
    assert_eq!(denial(block_on(invite(&world, &people[0], team, "old5@example.com"))), Denial::InvitationPending);
    world.assert_invariants();
}

/// Creates five keys concurrently where one key has expired; returns how many unexpired keys there are afterwards.
fn create_keys_concurrently(guarded: bool, choices: &[u8]) -> i64 {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    fill_keys(&world, team, &people[0], 1);
    if !guarded {
        world.store.db.without_preconditions.set(true);
        world.sql("PRAGMA ignore_check_constraints = ON").unwrap();
    }
    interleave((0..5).map(|_| create_key(&world, &people[0], team)).collect(), choices);
    let now = world.now.get();
    world.count(&format!("SELECT count(*) FROM api_key WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > {now})"))
}

/// Like [`create_keys_concurrently`], for invitations.
fn invite_concurrently(guarded: bool, choices: &[u8]) -> i64 {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    fill_invitations(&world, team, &people[0], 1);
    if !guarded {
        world.store.db.without_preconditions.set(true);
        world.sql("PRAGMA ignore_check_constraints = ON").unwrap();
    }
    let emails: Vec<String> = (0..5).map(|n| format!("new{n}@example.com")).collect();
    interleave(emails.iter().map(|email| invite(&world, &people[0], team, email)).collect(), choices);
    let now = world.now.get();
    world.count(&format!("SELECT count(*) FROM invitation WHERE state = 'pending' AND (expires_at IS NULL OR expires_at > {now})"))
}

#[test]
fn one_expired_key_or_invitation_is_replaced_only_once() {
    for choices in [[0_u8, 1, 2, 3, 4], [4, 3, 2, 1, 0], [0, 0, 1, 1, 2]] {
        assert_eq!(create_keys_concurrently(true, &choices), 200);
    }
    assert!(create_keys_concurrently(false, &[0, 1, 2, 3, 4]) > 200, "without preconditions all five are created");
    assert_eq!(invite_concurrently(true, &[0, 1, 2, 3, 4]), 20_000);
    assert!(invite_concurrently(false, &[0, 1, 2, 3, 4]) > 20_000, "without preconditions all five are created");
}

#[test]
fn keys_are_revoked_with_their_creators_membership_and_not_restored_with_it() {
    let world = World::new();
    let (team, people) = world.team_with(&["admin"]);
    let (owner, admin) = (&people[0], &people[1]);
    let (ends, stays) = (block_on(create_key(&world, admin, team)).unwrap(), block_on(create_key(&world, owner, team)).unwrap());
    let remove = |dry_run| {
        fresh_output(block_on(members::remove(&world.app(), &world.request(Some(owner)), team, Some(admin.id), dry_run, |_| None)).unwrap())
    };
    let Planned::DryRun(plan) = remove(true) else { panic!("done") };
    let revoked: Vec<&str> =
        plan.iter().filter(|change| change.action == "api-key.revoke").map(|change| change.resource.id.as_str()).collect();
    assert_eq!(revoked, [ends.id.to_string()]);
    assert!(matches!(remove(false), Planned::Done(())));
    assert_eq!(
        world.text("SELECT json_extract(data, '$.api_keys[0]') FROM audit_event WHERE action = 'member.remove'"),
        ends.id.to_string()
    );
    let live = || world.text("SELECT group_concat(id) FROM api_key WHERE revoked_at IS NULL");
    assert_eq!((live(), keys(&world, team)), (stays.id.to_string(), 1));
    let invitation = world.invite(owner, team, &admin.email, "admin").unwrap();
    block_on(world.accept(admin, &world.link(&invitation))).unwrap();
    assert_eq!(live(), stays.id.to_string());
    fresh_output(block_on(accounts::delete_team(&world.app(), &world.request(Some(owner)), team, false, |_| None)).unwrap());
    assert_eq!(live(), stays.id.to_string(), "the owner's key is not revoked");
}

/// A member leaves while creating keys. Returns whether a live key remains whose creator is not a member.
fn leave_and_create_keys(guarded: bool, choices: &[u8]) -> bool {
    let world = World::new();
    let (team, people) = world.team_with(&["admin"]);
    block_on(create_key(&world, &people[1], team)).unwrap();
    if !guarded {
        world.store.db.without_preconditions.set(true);
        world.sql("DROP TRIGGER api_key_of_member; DROP TRIGGER member_keys_end_first").unwrap();
    }
    let admin = &people[1];
    let both: Vec<Run<'_, ()>> = vec![
        leave(&world, admin, team),
        Box::pin(async { create_key(&world, admin, team).await.map(drop) }),
        Box::pin(async { create_key(&world, admin, team).await.map(drop) }),
    ];
    interleave(both, choices);
    world.count(
        "SELECT count(*) FROM api_key k WHERE revoked_at IS NULL AND NOT EXISTS (SELECT 1 FROM member m WHERE m.account = k.account AND m.user = k.created_by)",
    ) > 0
}

#[test]
fn no_live_key_remains_of_a_member_who_leaves_while_creating_it() {
    let schedules: Vec<Vec<u8>> = (0..30_u8).map(|n| (0..9).map(|step| n.wrapping_mul(37).wrapping_add(step * n) >> 2).collect()).collect();
    for choices in &schedules {
        assert!(!leave_and_create_keys(true, choices), "{choices:?}");
    }
    assert!(schedules.iter().any(|choices| leave_and_create_keys(false, choices)), "without the guards, some schedule leaves a live key");
    // The event lists exactly the revoked keys.
    let world = World::new();
    let (team, people) = world.team_with(&["admin"]);
    interleave(
        vec![leave(&world, &people[1], team), Box::pin(async { create_key(&world, &people[1], team).await.map(drop) })],
        &[1, 0, 1, 0, 0],
    );
    let listed = "SELECT count(*) FROM audit_event e, json_each(coalesce(e.data ->> 'api_keys', '[]')) WHERE e.action = 'member.leave'";
    assert_eq!(world.count(listed), world.count("SELECT count(*) FROM api_key WHERE revoked_at IS NOT NULL"));
}

#[test]
fn the_schema_allows_keys_of_members_only_and_protects_live_keys() {
    let world = World::new();
    let (team, people) = world.team_with(&["admin"]);
    let eve = world.person("eve@example.com");
    let key = block_on(create_key(&world, &people[1], team)).unwrap();
    for attack in [
        format!("DELETE FROM member WHERE account = '{team}' AND user = '{}'", people[1].id),
        "DELETE FROM api_key".to_owned(),
        "UPDATE api_key SET permissions = '[\"team.manage\"]'".to_owned(),
        "UPDATE api_key SET resources = '[]'".to_owned(),
        "UPDATE api_key SET revoked_at = 1, permissions = '[\"team.manage\"]'".to_owned(),
        format!(
            "INSERT INTO api_key (id, account, name, secret, permissions, resources, created_by, created_at) VALUES ('x', '{team}', 'x', 'x', '[]', '[]', '{}', 1)",
            eve.id
        ),
    ] {
        assert!(world.sql(&attack).is_err(), "{attack}");
    }
    world.sql(&format!("UPDATE api_key SET revoked_at = 1, permissions = '[]', resources = '[]' WHERE id = '{}'", key.id)).unwrap();
    assert!(world.sql("UPDATE api_key SET revoked_at = NULL").is_err() && world.sql("UPDATE api_key SET permissions = '[\"x\"]'").is_err());
    world.sql("DELETE FROM api_key").unwrap();
}

#[test]
fn maintenance_closes_what_expired_and_deletes_what_was_revoked_thirty_days_ago() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let owner = &people[0];
    fill_keys(&world, team, owner, 3);
    fill_invitations(&world, team, owner, 3);
    let purge = |days: i64| block_on(world.store.purge(Timestamp::from_millis(world.now.get() + days * DAY))).unwrap();
    purge(29);
    assert_eq!(
        (keys(&world, team), pending_invitations(&world, team)),
        (200, 20_000),
        "for thirty days expired keys are listed and expired invitations can be resent"
    );
    purge(31);
    assert_eq!((keys(&world, team), pending_invitations(&world, team)), (197, 19_997));
    purge(60);
    assert_eq!(world.count("SELECT count(*) FROM api_key"), 200, "a revoked key can be revoked again");
    let (token, now) = (owner.session.to_hex(), world.now.get());
    world.sql(&format!("INSERT INTO session (id, user, token, user_agent, created_at, last_seen_at, auth_time) VALUES ('ses_{:032x}', '{}', '{token}', '', {now}, {now}, {now})", 5, owner.id)).unwrap();
    let request = world.request(Some(owner));
    fresh_output(block_on(api_keys::revoke(&world.app(), &request, team, Some(ApiKeyId::from_bits(1)), |()| None)).unwrap());
    purge(62);
    assert_eq!((world.count("SELECT count(*) FROM api_key"), keys(&world, team)), (197, 197));
    world.assert_invariants();
}

#[test]
fn beyond_a_hundred_sessions_of_a_user_the_least_recently_used_end() {
    let world = World::new();
    let ann = world.person("ann@example.com");
    let bob = world.person("bob@example.com");
    for n in 0..110 {
        let seen = 1_000 + (n * 7) % 110;
        world.sql(&format!("INSERT INTO session (id, user, token, user_agent, created_at, last_seen_at, auth_time) VALUES ('ses_{n:03}', '{}', 't{n}', '', 1, {seen}, 1)", ann.id)).unwrap();
    }
    let of = |user| world.count(&format!("SELECT count(*) FROM session WHERE user = '{user}'"));
    assert_eq!((of(ann.id), of(bob.id)), (100, 1));
    assert_eq!(
        world.count(&format!("SELECT count(*) FROM session WHERE token = '{}'", ann.session.to_hex())),
        1,
        "the most recently used session remains"
    );
    assert_eq!(world.count(&format!("SELECT min(last_seen_at) FROM session WHERE user = '{}'", ann.id)), 1_011);
}
