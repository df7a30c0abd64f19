//! Denied attempts in the audit log: one action's denials never suppress another's, and their number is limited.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::gateway::{self, GatewayQuery};
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::denial::Denial;
use rolecall_policy::RouteMatch;
use rolecall_store::Value;
use support::{Person, World, block_on, denial};

/// Sends the gateway a request that the member's role does not allow.
fn send_denied(world: &World, by: &Person, team: AccountId, method: &str, path: &str) {
    let RouteMatch::Match { route, params } = world.config.policy.match_route(method, path) else { panic!("no route {method} {path}") };
    let query = GatewayQuery { route, resource: rolecall_core::authz::gateway::resource_id(&params), named: Some(team) };
    let result = block_on(gateway::authorize(&world.app(), &world.request(Some(by)), &query));
    assert!(matches!(denial(result), Denial::PermissionMissing(_)), "{method} {path}");
}

fn texts(world: &World, sql: &str) -> Vec<String> {
    let rows = world.store.db.native.rows(sql).unwrap();
    rows.into_iter().map(|row| if let Value::Text(text) = &row.0[0].1 { text.clone() } else { panic!("not a text") }).collect()
}

fn recorded(world: &World, team: AccountId) -> Vec<String> {
    let line = "action || ' ' || resource_id || coalesce(' ' || (data ->> 'id'), '')";
    texts(world, &format!("SELECT {line} FROM audit_event WHERE account = '{team}' AND outcome = 'denied' ORDER BY seq"))
}

#[test]
fn distinct_denials_are_all_recorded_and_the_same_denial_once_a_minute() {
    let world = World::new();
    let (team, people) = world.team_with(&["basic", "basic"]);
    let (basic, other) = (&people[1], &people[2]);
    for _ in 0..3 {
        send_denied(&world, basic, team, "POST", "/api/pods");
        send_denied(&world, basic, team, "DELETE", "/api/pods/pod-1");
        send_denied(&world, basic, team, "DELETE", "/api/pods/pod-2");
        send_denied(&world, basic, team, "DELETE", "/api/volumes/pod-1");
        denial(world.invite(basic, team, "x@example.com", "basic"));
    }
    let mut expected = vec![
        "gateway.request POST /api/pods".to_owned(),
        "gateway.request DELETE /api/pods/{id} pod-1".to_owned(),
        "gateway.request DELETE /api/pods/{id} pod-2".to_owned(),
        "gateway.request DELETE /api/volumes/{id} pod-1".to_owned(),
        format!("invitation.create {team}"),
    ];
    assert_eq!(recorded(&world, team), expected);
    send_denied(&world, other, team, "POST", "/api/pods");
    expected.push("gateway.request POST /api/pods".to_owned());
    assert_eq!(recorded(&world, team), expected, "each actor is counted separately");
    world.now.set(world.now.get() + 61_000);
    send_denied(&world, basic, team, "POST", "/api/pods");
    expected.push("gateway.request POST /api/pods".to_owned());
    assert_eq!(recorded(&world, team), expected, "the same denial is recorded again after a minute");
    world.assert_invariants();
}

#[test]
fn after_twenty_distinct_denials_of_an_actor_one_event_records_that_the_limit_is_reached() {
    let world = World::new();
    let (team, people) = world.team_with(&["basic", "basic"]);
    let pods = |by: &Person, from: usize, to: usize| {
        (from..to).for_each(|n| send_denied(&world, by, team, "DELETE", &format!("/api/pods/pod-{n}")));
    };
    pods(&people[1], 0, 20);
    assert_eq!(recorded(&world, team).len(), 20);
    pods(&people[1], 10, 20);
    assert_eq!(recorded(&world, team).len(), 20, "a denial that is already recorded does not count again");
    pods(&people[1], 20, 60);
    let all = recorded(&world, team);
    assert_eq!((all.len(), all[20].as_str()), (21, format!("denials.limit {team}").as_str()));
    pods(&people[2], 0, 1);
    assert_eq!(recorded(&world, team).len(), 22, "actors do not share the limit");
    world.now.set(world.now.get() + 61_000);
    pods(&people[1], 60, 61);
    assert_eq!(recorded(&world, team)[22], "gateway.request DELETE /api/pods/{id} pod-60");
    world.assert_invariants();
}

#[test]
fn many_denials_of_one_action_do_not_suppress_another_and_an_account_has_its_own_limit() {
    let world = World::new();
    let (team, people) = world.team_with(&["basic", "basic", "basic", "basic", "basic", "basic", "basic"]);
    for n in 0..30 {
        send_denied(&world, &people[1], team, "DELETE", &format!("/api/pods/pod-{n}"));
    }
    denial(world.invite(&people[1], team, "x@example.com", "basic"));
    let all = recorded(&world, team);
    assert_eq!(
        (all.len(), all[21].as_str()),
        (22, format!("invitation.create {team}").as_str()),
        "the first denial of each action is always recorded"
    );
    for by in &people[2..] {
        for n in 0..20 {
            send_denied(&world, by, team, "DELETE", &format!("/api/pods/pod-{n}"));
        }
    }
    let attempts = recorded(&world, team).iter().filter(|line| !line.starts_with("denials.limit")).count();
    assert!((90..=107).contains(&attempts), "{attempts}: the account's limit applies to all actors together");
    world.assert_invariants();
}
