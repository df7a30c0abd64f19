//! Refused attempts in the audit log: none hides another, and nobody floods it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::gateway::{self, GatewayQuery};
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::denial::Denial;
use rolecall_policy::RouteMatch;
use rolecall_store::Value;
use support::{Person, World, block_on, denial};

/// Asks the gateway for a request that the member's role does not allow.
fn refused(world: &World, by: &Person, team: AccountId, method: &str, path: &str) {
    let RouteMatch::Match { route, params } = world.config.policy.match_route(method, path) else { panic!("no route {method} {path}") };
    let ask = GatewayQuery { route, resource: rolecall_core::authz::gateway::resource_id(&params), named: Some(team) };
    let answer = block_on(gateway::authorize(&world.app(), &world.request(Some(by)), &ask));
    assert!(matches!(denial(answer), Denial::PermissionMissing(_)), "{method} {path}");
}

fn texts(world: &World, sql: &str) -> Vec<String> {
    let rows = world.store.db.native.rows(sql).unwrap();
    rows.into_iter().map(|row| if let Value::Text(text) = &row.0[0].1 { text.clone() } else { panic!("no text") }).collect()
}

fn recorded(world: &World, team: AccountId) -> Vec<String> {
    let told = "action || ' ' || resource_id || coalesce(' ' || (data ->> 'id'), '')";
    texts(world, &format!("SELECT {told} FROM audit_event WHERE account = '{team}' AND outcome = 'denied' ORDER BY seq"))
}

#[test]
fn one_refusal_hides_no_other_and_the_same_is_recorded_once_a_minute() {
    let world = World::new();
    let (team, people) = world.team_with(&["basic", "basic"]);
    let (basic, other) = (&people[1], &people[2]);
    for _ in 0..3 {
        refused(&world, basic, team, "POST", "/api/pods");
        refused(&world, basic, team, "DELETE", "/api/pods/pod-1");
        refused(&world, basic, team, "DELETE", "/api/pods/pod-2");
        refused(&world, basic, team, "DELETE", "/api/volumes/pod-1");
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
    refused(&world, other, team, "POST", "/api/pods");
    expected.push("gateway.request POST /api/pods".to_owned());
    assert_eq!(recorded(&world, team), expected, "another actor counts by themselves");
    world.now.set(world.now.get() + 61_000);
    refused(&world, basic, team, "POST", "/api/pods");
    expected.push("gateway.request POST /api/pods".to_owned());
    assert_eq!(recorded(&world, team), expected, "a minute later it is recorded again");
    world.assert_invariants();
}

#[test]
fn beyond_twenty_different_refusals_of_one_actor_one_event_says_that_there_were_more() {
    let world = World::new();
    let (team, people) = world.team_with(&["basic", "basic"]);
    let pods = |by: &Person, from: usize, to: usize| {
        (from..to).for_each(|n| refused(&world, by, team, "DELETE", &format!("/api/pods/pod-{n}")));
    };
    pods(&people[1], 0, 20);
    assert_eq!(recorded(&world, team).len(), 20);
    pods(&people[1], 10, 20);
    assert_eq!(recorded(&world, team).len(), 20, "what is recorded already is no more");
    pods(&people[1], 20, 60);
    let all = recorded(&world, team);
    assert_eq!((all.len(), all[20].as_str()), (21, format!("denials.limit {team}").as_str()));
    pods(&people[2], 0, 1);
    assert_eq!(recorded(&world, team).len(), 22, "nobody uses up another's");
    world.now.set(world.now.get() + 61_000);
    pods(&people[1], 60, 61);
    assert_eq!(recorded(&world, team)[22], "gateway.request DELETE /api/pods/{id} pod-60");
    world.assert_invariants();
}

#[test]
fn a_flood_of_refusals_hides_no_action_and_an_account_has_a_bound_of_its_own() {
    let world = World::new();
    let (team, people) = world.team_with(&["basic", "basic", "basic", "basic", "basic", "basic", "basic"]);
    for n in 0..30 {
        refused(&world, &people[1], team, "DELETE", &format!("/api/pods/pod-{n}"));
    }
    denial(world.invite(&people[1], team, "x@example.com", "basic"));
    let all = recorded(&world, team);
    assert_eq!(
        (all.len(), all[21].as_str()),
        (22, format!("invitation.create {team}").as_str()),
        "the first of each action is always there"
    );
    for by in &people[2..] {
        for n in 0..20 {
            refused(&world, by, team, "DELETE", &format!("/api/pods/pod-{n}"));
        }
    }
    let attempts = recorded(&world, team).iter().filter(|told| !told.starts_with("denials.limit")).count();
    assert!((90..=107).contains(&attempts), "{attempts}: many actors together have a bound, too");
    world.assert_invariants();
}
