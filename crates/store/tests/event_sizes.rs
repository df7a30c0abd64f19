//! Sizes of audit events. Events are never deleted, so the size of each is bounded for every input.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::api_keys::{self, NewApiKey};
use rolecall_app::{AppError, Outcome, accounts, attribute_policies, invitations, joining, members, profile, roles};
use rolecall_core::authz::policy_config::PolicyConfig;
use rolecall_core::credential::link::{LinkToken, Purpose};
use rolecall_core::credential::secret::ApiKeySecret;
use rolecall_core::decision::invitations::Lifetime;
use rolecall_core::domain::api_key::ApiKey;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::audit_event::EVENT_DATA_BYTES;
use rolecall_policy::{PERMISSIONS_MAX, Policy};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::{Person, World, block_on, fresh_output};

/// The size in bytes up to which SQLite stores a row of a `WITHOUT ROWID` table in its B-tree page, with pages of 4 kB. A larger row
/// needs an overflow page.
const ROW_IN_PLACE: i64 = 1_002;

/// A policy with the maximum number of permissions; those that Rolecall does not require have codes of the maximum length.
fn large_policy() -> (Policy, Vec<String>) {
    let mut codes: Vec<String> =
        ["team.access", "team.manage", "members.invite", "members.manage", "audit.read"].map(str::to_owned).to_vec();
    codes.extend((codes.len()..PERMISSIONS_MAX).map(|n| format!("{}{n:03}.{}", "p".repeat(29), "q".repeat(31))));
    let permissions: Vec<Value> = codes
        .iter()
        .enumerate()
        .map(|(n, code)| json!({ "code": code, "title": "T", "description": "D.", "resource": format!("r{n}"), "actions": ["a"] }))
        .collect();
    let document = json!({
        "version": 1,
        "permissions": permissions,
        "roles": [{ "code": "admin", "title": "Admin", "permissions": codes }, { "code": "d".repeat(40), "title": "D", "permissions": [codes[0]] }],
        "routes": [],
    });
    (Policy::parse(&document.to_string()).unwrap(), codes)
}

fn first(row: &rolecall_store::Row) -> String {
    let rolecall_store::Value::Text(text) = &row.0[0].1 else { panic!("the first column of {row:?} is not a text") };
    text.clone()
}

fn ok<T>(result: Result<Outcome<T>, AppError>) -> T {
    fresh_output(result.unwrap_or_else(|error| panic!("{error:?}")))
}

fn name(n: usize) -> String {
    format!("{}{n:02}", "😀".repeat(98))
}

/// An email of the maximum length that can be invited; the tag makes it distinct.
fn email(tag: char) -> String {
    let domain = format!("{0}.{0}.{1}.example", "d".repeat(60), "e".repeat(57));
    format!("{}@{domain}", tag.to_string().repeat(64))
}

fn set_longest_name(world: &World, person: &Person) {
    let request = world.request(Some(person));
    ok(block_on(profile::update(
        &world.app(),
        &request,
        Ok(profile::ProfileUpdate { name: Some(name(99)), ..profile::ProfileUpdate::default() }),
        |_| None,
    )));
}

fn key(world: &World, by: &Person, account: AccountId, codes: &[String]) -> ApiKey {
    let request = world.request(Some(by));
    let secret = ApiKeySecret::from_random(request.ctx.random()).hash(&world.keys);
    let resources = (0..100).map(|n| format!("pod:{}{n:03}", "x".repeat(193))).collect();
    let input = NewApiKey { name: name(1), permissions: codes.to_vec(), resources, expires_in: Some(60) };
    ok(block_on(api_keys::create(&world.app(), &request, account, Ok(input), &secret, |_| None)))
}

/// A world whose audit log has every action, each with the largest event that a request can cause.
fn world_with_largest_events() -> World {
    let (policy, codes) = large_policy();
    let mut world = World::new();
    world.config = PolicyConfig::new(policy, "Rolecall").unwrap();
    let app = || world.app();
    let owner = world.sign_up("owner@example.com");
    set_longest_name(&world, &owner);
    let request = || world.request(Some(&owner));
    let team = owner.account;
    let role = "d".repeat(40);
    ok(block_on(accounts::convert(
        &app(),
        &request(),
        team,
        Ok(accounts::Convert { name: Some(name(2)), ..accounts::Convert::default() }),
        |_| None,
    )));
    ok(block_on(accounts::update(&app(), &request(), team, Ok(accounts::AccountUpdate::named(name(3))), |_| None)));
    let own = "c".repeat(40);
    let input = roles::NewRole { code: own.clone(), title: name(4), permissions: codes.clone() };
    ok(block_on(roles::create(&app(), &request(), team, Ok(input), |_| None)));
    ok(block_on(roles::update(
        &app(),
        &request(),
        team,
        &own,
        Ok(roles::RoleUpdate { title: Some(name(5)), permissions: Some(codes[1..].to_vec()) }),
        |_| None,
    )));

    let people: Vec<Person> = ['a', 'b', 'g'].map(|tag| world.person(&email(tag))).into();
    people.iter().for_each(|person| set_longest_name(&world, person));
    let invite = |address: &str, role: &str| {
        let input = invitations::NewInvitation { email: address.to_owned(), role: role.to_owned(), lifetime: Lifetime::Default };
        ok(block_on(invitations::create(&app(), &request(), team, Ok(input), |_| None)))
    };
    for person in &people[..2] {
        let invitation = invite(&person.email, "admin");
        block_on(world.accept(person, &world.link(&invitation))).unwrap();
    }
    let resent = invite(&email('r'), &role);
    let resent = ok(block_on(invitations::resend(&app(), &request(), team, Some(resent.id), |_| None)));
    let proof = LinkToken::issue(&world.keys, Purpose::InvitationProof, resent.id.bits(), resent.link_version);
    ok(block_on(joining::decline(&app(), &world.request(None), &world.link(&resent), Some(&proof), |()| None)));
    let revoked = invite(&email('v'), &role);
    ok(block_on(invitations::revoke(&app(), &request(), team, Some(revoked.id), |()| None)));

    for _ in 0..60 {
        key(&world, &people[0], team, &codes);
    }
    let own_key = key(&world, &owner, team, &codes);
    ok(block_on(api_keys::revoke(&app(), &request(), team, Some(own_key.id), |()| None)));
    ok(block_on(members::change_role(&app(), &request(), team, Some(people[0].id), Ok(role.clone()), |_| None)));
    ok(block_on(members::remove(&app(), &request(), team, Some(people[0].id), false, |_| None)));
    ok(block_on(attribute_policies::put(&app(), &request(), team, Ok(json!({ "version": 1, "description": "x".repeat(1000) })), |_| None)));
    ok(block_on(attribute_policies::delete(&app(), &request(), team, |()| None)));
    ok(block_on(accounts::transfer(&app(), &request(), team, Ok(people[1].id.to_string()), |_| None)));
    ok(block_on(members::remove(&app(), &request(), team, Some(owner.id), false, |_| None)));
    let new_owner = || world.request(Some(&people[1]));
    ok(block_on(roles::delete(&app(), &new_owner(), team, &own, |()| None)));
    for n in 0..60 {
        let member = world.person(&format!("m{n}@example.com"));
        world.sql(&format!("INSERT INTO member VALUES ('{team}', '{}', '{role}', 1)", member.id)).unwrap();
        ok(block_on(roles::create(
            &app(),
            &new_owner(),
            team,
            Ok(roles::NewRole { code: format!("r{n:02}{}", "r".repeat(37)), title: name(6), permissions: Vec::new() }),
            |_| None,
        )));
    }
    ok(block_on(accounts::delete_team(&app(), &new_owner(), team, false, |_| None)));
    world
}

/// The actions of all events that decisions create, extracted from their source.
fn actions() -> BTreeSet<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../core/src/decision");
    let mut actions = BTreeSet::new();
    // The subfolders and `invariants.rs` contain only unit tests.
    let is_source = |path: &std::path::PathBuf| path.is_file() && !path.ends_with("invariants.rs");
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(is_source) {
        let code = std::fs::read_to_string(path).unwrap();
        let quoted = code.split('"').skip(1).step_by(2);
        let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        actions.extend(quoted.filter(|text| text.split_once('.').is_some_and(|(kind, verb)| word(kind) && word(verb))).map(str::to_owned));
    }
    // An action of dry runs only, which is never stored as an event.
    actions.remove("active-account.reset");
    actions
}

#[test]
fn no_event_exceeds_the_maximum_size() {
    let world = world_with_largest_events();
    let seen = world.store.db.native.rows("SELECT DISTINCT action FROM audit_event WHERE outcome = 'done'").unwrap();
    let seen: BTreeSet<String> = seen.iter().map(first).collect();
    assert_eq!(seen, actions(), "every action must have its largest event in this world");
    let largest =
        world.text("SELECT action || ' ' || length(CAST(data AS BLOB)) FROM audit_event ORDER BY length(CAST(data AS BLOB)) DESC");
    let bytes: usize = largest.split_once(' ').unwrap().1.parse().unwrap();
    assert!(bytes <= EVENT_DATA_BYTES, "{largest}");
    world.assert_invariants();
}

#[test]
fn a_rename_event_needs_no_overflow_page() {
    let world = world_with_largest_events();
    let columns = "account, seq, id, at, actor_type, actor_id, actor_name, action, resource_type, resource_id, outcome, data, request_id";
    let lengths: Vec<String> = columns.split(", ").map(|column| format!("length(CAST({column} AS BLOB)) + 2")).collect();
    // Includes both hashes, which sealing adds.
    let row = format!("SELECT {} + 2 * 66 FROM audit_event WHERE action = 'account.update'", lengths.join(" + "));
    let bytes = world.count(&row);
    assert!(bytes <= ROW_IN_PLACE, "{bytes}");
}

#[test]
fn long_lists_are_stored_as_count_and_hash_and_short_lists_in_full() {
    let world = world_with_largest_events();
    let of = |action: &str, field: &str| {
        let sql = format!("SELECT json_extract(data, '$.{field}') FROM audit_event WHERE action = '{action}' ORDER BY length(data) DESC");
        serde_json::from_str::<Value>(&world.text(&sql)).unwrap()
    };
    let resources: Vec<String> = (0..100).map(|n| format!("pod:{}{n:03}", "x".repeat(193))).collect();
    let hash = rolecall_audit::hash_event(&json!(resources).to_string());
    assert_eq!(of("api-key.create", "resources"), json!({ "count": 100, "sha256": hash }));
    assert_eq!(of("role.create", "permissions")["count"], PERMISSIONS_MAX);
    assert_eq!([of("team.delete", "members")["count"].clone(), of("team.delete", "roles")["count"].clone()], [60, 60]);
    assert_eq!(of("member.remove", "api_keys")["count"], 60);
    assert_eq!(of("team.delete", "invitations"), json!([]));
}

#[test]
fn a_truncated_name_ends_with_an_ellipsis() {
    let world = world_with_largest_events();
    let disclosures = world.store.db.native.rows("SELECT DISTINCT disclosure FROM audit_disclosure WHERE path = 'actor.name'").unwrap();
    let truncated = format!("{}…", "😀".repeat(31));
    let names: BTreeSet<String> = disclosures.iter().map(|row| rolecall_audit::open(&first(row)).unwrap().1).collect();
    assert!(names.contains(&truncated) && names.contains("owner"), "{names:?}");
    assert!(names.iter().all(|name| name.len() <= 128), "{names:?}");
}
