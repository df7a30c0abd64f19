//! SQL that violates an invariant directly, without the use cases: the schema rejects it and nothing changes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use support::{World, block_on};

/// Asserts that the schema rejects the SQL with this reason and leaves every table unchanged.
fn assert_rejected(world: &World, sql: &str, reason: &str) {
    let tables = ["account", "user", "member", "role", "invitation", "audit_event", "audit_disclosure", "api_key"];
    let dump = || tables.map(|table| world.store.db.native.rows(&format!("SELECT * FROM {table}")).unwrap());
    let before = dump();
    let error = world.sql(&format!("BEGIN; {sql}; COMMIT")).expect_err(sql).to_string();
    let _ = world.sql("ROLLBACK");
    assert!(error.contains(reason), "{sql}: {error}");
    assert_eq!(before, dump(), "{sql}");
}

#[test]
fn the_owner_cannot_be_removed_demoted_or_replaced_by_a_stranger() {
    let world = World::new();
    let (team, people) = world.team_with(&["admin", "dev"]);
    let [owner, _, dev] = [&people[0].id, &people[1].id, &people[2].id];
    let stranger = world.person("eve@example.com");
    for sql in [
        format!("DELETE FROM member WHERE account = '{team}' AND user = '{owner}'"),
        format!("DELETE FROM member WHERE account = '{team}'"),
        "DELETE FROM member".to_owned(),
        format!("UPDATE member SET role = 'basic' WHERE account = '{team}' AND user = '{owner}'"),
        format!("UPDATE member SET role = 'basic' WHERE account = '{team}'"),
        format!("UPDATE account SET owner = '{dev}' WHERE id = '{team}'"),
        format!("UPDATE account SET owner = '{}' WHERE id = '{team}'", stranger.id),
    ] {
        assert_rejected(&world, &sql, "owner-is-admin");
    }
    for sql in [
        format!("INSERT OR REPLACE INTO member VALUES ('{team}', '{owner}', 'basic', 1)"),
        format!("REPLACE INTO account (id, kind, name, owner, version, created_at) VALUES ('{team}', 'team', 'x', '{dev}', 9, 1)"),
        format!("UPDATE member SET user = '{}' WHERE account = '{team}' AND user = '{owner}'", stranger.id),
        format!("DELETE FROM account WHERE id = '{team}'"),
        format!("UPDATE account SET id = 'acct_x' WHERE id = '{team}'"),
        format!("UPDATE account SET version = 0 WHERE id = '{team}'"),
    ] {
        assert_rejected(&world, &sql, "rolecall: ");
    }
}

#[test]
fn an_invitation_is_used_once_and_its_terms_are_immutable() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    let pending = world.invite(&people[0], team, "new@example.com", "basic").unwrap().id;
    let accepted = "(SELECT id FROM invitation WHERE state = 'accepted')";
    for sql in [
        format!("UPDATE invitation SET state = 'pending', closed_by = NULL, closed_at = NULL WHERE id = {accepted}"),
        format!("UPDATE invitation SET state = 'revoked' WHERE id = {accepted}"),
        format!("UPDATE invitation SET closed_by = '{}' WHERE id = {accepted}", people[0].id),
    ] {
        assert_rejected(&world, &sql, "single-use");
    }
    for sql in [
        format!("UPDATE invitation SET role = 'admin' WHERE id = '{pending}'"),
        format!("UPDATE invitation SET email = 'eve@example.com' WHERE id = '{pending}'"),
        format!("UPDATE invitation SET account = '{}' WHERE id = '{pending}'", people[1].account),
        format!("UPDATE invitation SET link_version = 0 WHERE id = '{pending}'"),
        format!("UPDATE invitation SET expires_at = NULL WHERE id = {accepted}"),
        format!("DELETE FROM invitation WHERE id = '{pending}'"),
        format!(
            "INSERT INTO invitation SELECT 'inv_2', account, email, role, state, 1, lifetime, expires_at, invited_by, created_at, NULL, NULL FROM invitation WHERE id = '{pending}'"
        ),
        format!(
            "INSERT INTO invitation SELECT 'inv_3', '{}', 'a@b.c', role, 'pending', 1, lifetime, expires_at, invited_by, created_at, NULL, NULL FROM invitation WHERE id = '{pending}'",
            people[1].account
        ),
    ] {
        assert_rejected(&world, &sql, "rolecall: ");
    }
    assert_rejected(
        &world,
        &format!("UPDATE invitation SET state = 'accepted', closed_at = 1 WHERE id = '{pending}'"),
        "constraint failed",
    );
}

#[test]
fn the_audit_log_is_append_only_gapless_and_sealed_once() {
    let world = World::new();
    let (team, _) = world.team_with(&["dev"]);
    block_on(rolecall_app::audit_log::seal(&world.store, team)).unwrap();
    let copy = "account, seq, id, at, actor_type, actor_id, actor_name, action, resource_type, resource_id, outcome, data, request_id";
    for sql in [
        "DELETE FROM audit_event".to_owned(),
        format!("DELETE FROM audit_event WHERE account = '{team}' AND seq = (SELECT max(seq) FROM audit_event WHERE account = '{team}')"),
        format!("UPDATE audit_event SET data = '{{}}' WHERE account = '{team}' AND seq = 1"),
        format!("UPDATE audit_event SET actor_id = 'usr_x' WHERE account = '{team}' AND seq = 1"),
        format!("UPDATE audit_event SET seq = 99 WHERE account = '{team}' AND seq = 1"),
        format!("UPDATE audit_event SET hash = NULL, prev_hash = NULL WHERE account = '{team}' AND seq = 1"),
        format!("UPDATE audit_event SET hash = '{}' WHERE account = '{team}' AND seq = 1", "a".repeat(64)),
        format!("INSERT OR REPLACE INTO audit_event ({copy}) SELECT {copy} FROM audit_event WHERE account = '{team}' AND seq = 1"),
        format!(
            "INSERT INTO audit_event ({copy}) SELECT account, 77, 'evt_77', at, actor_type, actor_id, actor_name, action, resource_type, resource_id, outcome, data, request_id FROM audit_event WHERE account = '{team}' AND seq = 1"
        ),
    ] {
        assert_rejected(&world, &sql, "audit-chain");
    }
}

#[test]
fn a_disclosure_comes_with_its_event_never_changes_and_does_not_come_back() {
    let world = World::new();
    let (team, _) = world.team_with(&["dev"]);
    let row =
        |seq: &str| format!("SELECT account, {seq}, path, subject, disclosure FROM audit_disclosure WHERE account = '{team}' AND seq = 1");
    for sql in [
        "UPDATE audit_disclosure SET subject = 'usr_x'".to_owned(),
        "UPDATE audit_disclosure SET disclosure = 'AAAA'".to_owned(),
        format!("INSERT OR REPLACE INTO audit_disclosure {}", row("seq")),
    ] {
        assert_rejected(&world, &sql, "audit-chain");
    }
    assert_rejected(&world, &format!("INSERT INTO audit_disclosure {}", row("99")), "FOREIGN KEY");
    // An erasure, after which neither an unsealed nor a sealed event gets the value back.
    let values = "quote(path) || ', ' || quote(subject) || ', ' || quote(disclosure)";
    let kept = world.text(&format!("SELECT {values} FROM audit_disclosure WHERE account = '{team}' AND seq = 1"));
    world.sql(&format!("DELETE FROM audit_disclosure WHERE account = '{team}'")).unwrap();
    let back = format!("INSERT INTO audit_disclosure VALUES ('{team}', 1, {kept})");
    assert_rejected(&world, &back, "audit-chain");
    block_on(rolecall_app::audit_log::seal(&world.store, team)).unwrap();
    assert_rejected(&world, &back, "audit-chain");
}

#[test]
fn a_personal_account_has_one_member() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    let single = world.person("lone@example.com");
    assert_rejected(&world, &format!("INSERT INTO member VALUES ('{}', '{}', 'dev', 1)", single.account, people[1].id), "rolecall: ");
    assert_rejected(&world, &format!("UPDATE account SET kind = 'personal' WHERE id = '{team}'"), "rolecall: ");
    assert_rejected(&world, &format!("INSERT INTO role VALUES ('{}', 'x', 'X', '[]')", single.account), "rolecall: ");
    assert_rejected(&world, &format!("UPDATE user SET active_account = '{team}' WHERE id = '{}'", single.id), "FOREIGN KEY");
    assert_rejected(&world, &format!("UPDATE user SET email = '{}' WHERE id = '{}'", people[0].email, single.id), "UNIQUE");
    assert_rejected(&world, "DELETE FROM user", "rolecall: ");
}

#[test]
fn the_schema_enforces_the_caps() {
    let world = World::new();
    let (team, _) = world.team_with(&[]);
    for column in ["members", "pending_invitations", "custom_roles", "api_keys"] {
        assert_rejected(&world, &format!("UPDATE account SET {column} = 1000000 WHERE id = '{team}'"), "constraint failed");
        assert_rejected(&world, &format!("UPDATE account SET {column} = -1 WHERE id = '{team}'"), "constraint failed");
    }
}
