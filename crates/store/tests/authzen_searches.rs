//! AuthZEN searches: their results are what evaluations allow, on every page.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::authzen;
use rolecall_attribute_policy::Attributes;
use rolecall_core::authzen::page::{LIMIT_MAX, PageRequest};
use rolecall_core::authzen::{ActionSearch, Entity, ResourceSearch, SubjectSearch};
use rolecall_core::domain::id::AccountId;
use serde_json::{Value, json};
use std::rc::Rc;
use support::authzen::{action, entity, is_allowed, put_policy};
use support::{Person, World, block_on};

/// A policy with attributes of members, of a non-member by email, of subjects that are not users, and of resources.
fn mixed_policy(world: &World, people: &[Person]) -> Value {
    let eve = world.person("eve@example.com");
    json!({
        "version": 1,
        "subjects": [
            { "type": "user", "id": "alice", "attributes": { "team": "red" } },
            { "type": "user", "id": "zoe", "attributes": { "team": "blue" } },
            { "type": "user", "id": people[1].email, "attributes": { "team": "red" } },
            { "type": "user", "id": people[2].id.to_string(), "attributes": { "team": "red" } },
            { "type": "user", "id": eve.email, "attributes": { "team": "red" } },
            { "type": "robot", "id": "r2", "attributes": { "team": "red" } },
        ],
        "resources": (0..7).map(|n| json!({ "type": "paint", "id": format!("p{n}"), "attributes": { "team": if n % 2 == 0 { "red" } else { "blue" } } })).collect::<Vec<_>>(),
        "rules": [
            { "id": "own-colour", "effect": "allow", "actions": ["use", "mix"], "resources": [{ "type": "paint" }], "when": [{ "attribute": "subject.team", "equals": { "attribute": "resource.team" } }] },
            { "id": "never-p4", "effect": "deny", "resources": [{ "type": "paint", "id": "p4" }] },
        ],
    })
}

/// The results of all pages of a subject search, and the maximum round trips of a page.
fn all_subjects(
    world: &World,
    by: &Person,
    team: AccountId,
    kind: &str,
    name: &str,
    resource: &Rc<Entity>,
    limit: u32,
) -> (Vec<String>, u32) {
    let (mut found, mut page_request, mut trips) = (Vec::new(), PageRequest::first(limit), 0);
    loop {
        world.store.db.batches.set(0);
        let search = SubjectSearch {
            kind: kind.into(),
            properties: Attributes::new(),
            action: action(name),
            resource: resource.clone(),
            context: Rc::default(),
        };
        let page = block_on(authzen::subjects(&world.app(), &world.request(Some(by)), Some(team), Ok((search, page_request)))).unwrap();
        trips = trips.max(world.store.db.batches.get());
        assert!(page.names.len() <= usize::try_from(limit).unwrap());
        found.extend(page.names);
        match page.next {
            Some(after) => page_request = PageRequest { limit, after, of: Some(page.account) },
            None => return (found, trips),
        }
    }
}

#[test]
fn a_search_returns_exactly_what_evaluations_allow() {
    let world = World::new();
    let (team, people) = world.team_with(&["basic", "dev", "billing", "dev"]);
    put_policy(&world, &people[0], team, mixed_policy(&world, &people), None).unwrap();
    let candidates: Vec<String> =
        people.iter().map(|person| person.id.to_string()).chain(["alice", "zoe", "eve@example.com", "nobody"].map(str::to_owned)).collect();
    let own = team.to_string();
    for (name, kind, id) in [
        ("use", "paint", "p0"),
        ("use", "paint", "p1"),
        ("mix", "paint", "p4"),
        ("start", "pod", "1"),
        ("read", "team", "x"),
        ("read", "team", &own),
        ("fly", "pod", "1"),
    ] {
        let resource = entity(kind, id);
        let mut expected: Vec<String> = candidates
            .iter()
            .filter(|subject_id| is_allowed(&world, &people[0], team, &format!("user:{subject_id}"), name, &format!("{kind}:{id}")))
            .cloned()
            .collect();
        expected.sort();
        for limit in [1, 2, 3, LIMIT_MAX] {
            let (mut found, trips) = all_subjects(&world, &people[0], team, "user", name, &resource, limit);
            assert!(trips <= 2, "{trips} round trips");
            found.sort();
            assert_eq!(found, expected, "{name} {kind}:{id} in pages of {limit}");
        }
    }
    assert_eq!(all_subjects(&world, &people[0], team, "robot", "use", &entity("paint", "p2"), 5).0, ["r2"]);
    assert!(all_subjects(&world, &people[0], team, "spaceship", "use", &entity("paint", "p2"), 5).0.is_empty());

    for subject in [entity("user", "alice"), entity("user", &people[1].id.to_string()), entity("user", "nobody"), entity("robot", "r2")] {
        let subject_id = format!("{}:{}", subject.kind, subject.id);
        for (kind, name) in [("paint", "use"), ("paint", "start"), ("team", "read"), ("pod", "start")] {
            let search = ResourceSearch {
                subject: subject.clone(),
                action: action(name),
                kind: kind.into(),
                properties: Attributes::new(),
                context: Rc::default(),
            };
            world.store.db.batches.set(0);
            let found = block_on(authzen::resources(
                &world.app(),
                &world.request(Some(&people[0])),
                Some(team),
                Ok((search, PageRequest::first(LIMIT_MAX))),
            ))
            .unwrap();
            assert_eq!(world.store.db.batches.get(), 1);
            let known = (0..7).map(|n| format!("p{n}")).filter(|_| kind == "paint");
            let known = known.chain((kind == "team").then(|| team.to_string()));
            let expected: Vec<String> =
                known.filter(|id| is_allowed(&world, &people[0], team, &subject_id, name, &format!("{kind}:{id}"))).collect();
            assert_eq!(found.names, expected, "{subject_id} {name} {kind}");
        }
        for (kind, id) in [("paint", "p0"), ("paint", "p4"), ("pod", "1"), ("spaceship", "1")] {
            let search = ActionSearch { subject: subject.clone(), resource: entity(kind, id), context: Rc::default() };
            let found = block_on(authzen::actions(
                &world.app(),
                &world.request(Some(&people[0])),
                Some(team),
                Ok((search, PageRequest::first(LIMIT_MAX))),
            ))
            .unwrap();
            let names = ["connect", "create", "delete", "list", "mix", "read", "start", "stop", "use"];
            let expected: Vec<&str> =
                names.into_iter().filter(|name| is_allowed(&world, &people[0], team, &subject_id, name, &format!("{kind}:{id}"))).collect();
            assert_eq!(found.names, expected, "{subject_id} {kind}:{id}");
        }
    }
}

#[test]
fn the_pages_of_thousands_of_members_have_no_gap_and_no_duplicate() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    let mut sql = String::from("BEGIN;");
    for n in 0..2_300_u32 {
        // These users own no account; the foreign keys require only a membership in the active account.
        let (user, role) = (format!("usr_{n:032x}"), if n % 3 == 0 { "dev" } else { "basic" });
        sql.push_str(&format!(
            "INSERT INTO user (id, email, name, active_account, created_at) VALUES ('{user}', 'u{n}@example.com', 'U', '{team}', 1); INSERT INTO member VALUES ('{team}', '{user}', '{role}', 1);"
        ));
    }
    sql.push_str("COMMIT");
    world.sql(&sql).unwrap();
    let (found, trips) = all_subjects(&world, &people[0], team, "user", "start", &entity("pod", "1"), LIMIT_MAX);
    assert_eq!(trips, 1);
    let mut expected: Vec<String> = (0..2_300_u32).filter(|n| n % 3 == 0).map(|n| format!("usr_{n:032x}")).collect();
    expected.push(people[0].id.to_string());
    assert_eq!(found, expected);
}
