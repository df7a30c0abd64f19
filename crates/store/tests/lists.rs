//! Pagination of unbounded lists: the pages together are the complete list.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::ports::{Load, Store};
use rolecall_app::{accounts, audit_log, authzen, profile, sessions};
use rolecall_core::authzen::SubjectSearch;
use rolecall_core::authzen::page::{Cursor, PageRequest, SCAN_MAX};
use rolecall_core::decision::profile::{OWN_MEMBERSHIPS_MAX, account_sort_key};
use rolecall_core::domain::audit::AuditFilter;
use rolecall_core::domain::id::AccountId;
use rolecall_core::transaction::lookup::{Lookup, Page};
use rolecall_store::Value;
use std::collections::BTreeSet;
use std::rc::Rc;
use support::authzen::{action, entity};
use support::{Person, World, block_on};

const NUMBERS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ";

/// Adds the person to this many teams of the host.
fn join(world: &World, person: &Person, host: &Person, teams: u32) {
    let id = "'acct_' || printf('%032x', i)";
    world
        .sql(&format!(
            "BEGIN; {NUMBERS}{teams}) INSERT INTO account (id, kind, name, owner, version, created_at) SELECT {id}, 'team', 'T' || i, '{host}', 1, i FROM n; \
             {NUMBERS}{teams}) INSERT INTO member SELECT {id}, '{host}', 'admin', 1 FROM n; \
             {NUMBERS}{teams}) INSERT INTO member SELECT {id}, '{}', 'dev', 1 FROM n; COMMIT",
            person.id,
            host = host.id
        ))
        .unwrap();
}

fn accounts_by(world: &World, person: &Person, limit: u32) -> Vec<String> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = Page { after: after.clone(), limit };
        let found = block_on(accounts::list(&world.app(), &world.request(Some(person)), page)).unwrap();
        all.extend(found.iter().map(|found| found.account.id.to_string()));
        match found.last() {
            Some(last) if found.len() == limit as usize => after = Some(account_sort_key(last)),
            _ => return all,
        }
    }
}

#[test]
fn the_pages_of_own_accounts_are_complete_and_begin_with_the_personal_account() {
    let world = World::new();
    let (ann, host) = (world.person("ann@example.com"), world.person("host@example.com"));
    join(&world, &ann, &host, 2300);
    let complete = accounts_by(&world, &ann, 200);
    assert_eq!((complete.len(), complete.iter().collect::<BTreeSet<_>>().len()), (2301, 2301));
    assert_eq!(complete[0], ann.account.to_string());
    assert!(complete[1..].is_sorted());
    assert_eq!(accounts_by(&world, &ann, 1500), complete);
    assert_eq!(accounts_by(&world, &ann, 2301), complete);
    let me = block_on(profile::get(&world.app(), &world.request(Some(&ann)))).unwrap();
    assert_eq!((me.memberships.len(), me.more), (OWN_MEMBERSHIPS_MAX as usize, true));
    let last = complete.last().unwrap();
    world.sql(&format!("UPDATE user SET active_account = '{last}' WHERE id = '{}'", ann.id)).unwrap();
    let me = block_on(profile::get(&world.app(), &world.request(Some(&ann)))).unwrap();
    assert_eq!(me.memberships.last().unwrap().account.id.to_string(), *last, "the active account is always included");
    let me = block_on(profile::get(&world.app(), &world.request(Some(&host)))).unwrap();
    assert_eq!((me.memberships.len(), me.more), (OWN_MEMBERSHIPS_MAX as usize, true));
    let alone = world.person("alone@example.com");
    let me = block_on(profile::get(&world.app(), &world.request(Some(&alone)))).unwrap();
    assert_eq!((me.memberships.len(), me.more), (1, false));
}

#[test]
fn the_pages_of_own_sessions_are_complete_and_expired_sessions_leave_no_gaps() {
    let world = World::new();
    let ann = world.person("ann@example.com");
    let now = world.now.get();
    let day = 24 * 60 * 60 * 1000_i64;
    // Every third has expired, by age or by inactivity.
    world
        .sql(&format!(
            "{NUMBERS}99) INSERT INTO session (id, user, token, user_agent, created_at, last_seen_at, auth_time) SELECT 'ses_' || printf('%032x', i), '{}', printf('%064x', i), '', \
             {now} - iif(i % 3 = 0 AND i % 2 = 0, 40, 1) * {day}, {now} - iif(i % 3 = 0, 20, 1) * {day}, 1 FROM n",
            ann.id
        ))
        .unwrap();
    let list =
        |after: Option<String>, limit| block_on(sessions::list(&world.app(), &world.request(Some(&ann)), Page { after, limit })).unwrap().1;
    let complete = list(None, 5000);
    assert_eq!(complete.len(), 67, "the sessions that have not expired");
    for limit in [10, 30] {
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let page = list(after, limit);
            let full = page.len() == limit as usize;
            after = page.last().map(|session| session.id.to_string());
            paged.extend(page);
            if !full {
                break;
            }
        }
        assert_eq!(paged, complete, "pages of {limit}");
    }
}

#[test]
fn a_search_continues_beyond_the_keys_that_one_page_scans() {
    let world = World::new();
    let owner = world.person("owner@example.com");
    let keys = SCAN_MAX + 300;
    // More keys than the cap allows, so that the search needs two scans.
    world
        .sql(&format!(
            "DROP TRIGGER api_key_counted; {NUMBERS}{keys}) INSERT INTO api_key (id, account, name, secret, permissions, resources, created_by, created_at) \
             SELECT 'key_' || printf('%032x', i), '{}', 'k', printf('%064x', i), '[\"pods.connect\"]', '[]', '{}', 1 FROM n",
            owner.account, owner.id
        ))
        .unwrap();
    let search = |after: Cursor| {
        let search = SubjectSearch {
            kind: "api_key".to_owned(),
            properties: Default::default(),
            action: action("pods.connect"),
            resource: entity("pod", "1"),
            context: Rc::default(),
        };
        let page_request = PageRequest { limit: 5000, after, of: None };
        block_on(authzen::subjects(&world.app(), &world.request(Some(&owner)), None, Ok((search, page_request)))).unwrap()
    };
    let first = search(Cursor::start());
    assert_eq!(first.names.len(), SCAN_MAX as usize);
    let second = search(first.next.unwrap());
    assert_eq!((second.names.len(), second.next), (300, None));
}

/// The numbers of the events that pass the filter, read in pages of three.
fn audit_pages(world: &World, team: AccountId, filter: &AuditFilter) -> Vec<i64> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = Page { after, limit: 3 };
        let load = Load { credential: None, replay: None, lookups: vec![Lookup::AuditPage(team, filter.clone(), page)] };
        let events = block_on(world.store.load(&load)).unwrap().0.audit_page.unwrap();
        all.extend(events.iter().map(|event| event.seq));
        match events.last() {
            Some(last) if events.len() == 3 => after = Some(last.seq.to_string()),
            _ => return all,
        }
    }
}

#[test]
fn pages_of_the_audit_log_merge_sealed_and_unsealed_events_in_order() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    let invite = |n: u32| world.invite(&people[0], team, &format!("guest{n}@example.com"), "dev").unwrap();
    let first = invite(0);
    (1..4).for_each(|n| drop(invite(n)));
    block_on(audit_log::seal(&world.store, team)).unwrap();
    (4..8).for_each(|n| drop(invite(n)));
    let by = |sql: &str| -> Vec<i64> {
        let rows =
            world.store.db.native.rows(&format!("SELECT seq FROM audit_event WHERE account = '{team}' AND {sql} ORDER BY seq")).unwrap();
        rows.iter().map(|row| if let Value::Integer(seq) = row.0[0].1 { seq } else { panic!("{row:?}") }).collect()
    };
    let owner = people[0].id.to_string();
    let filters = [
        ("1", AuditFilter::default()),
        ("action = 'invitation.create'", AuditFilter { action: Some("invitation.create".to_owned()), ..AuditFilter::default() }),
        (&format!("actor_id = '{owner}'"), AuditFilter { actor: Some(owner.clone()), ..AuditFilter::default() }),
        ("resource_type = 'invitation'", AuditFilter { resource_type: Some("invitation".to_owned()), ..AuditFilter::default() }),
        (&format!("resource_id = '{}'", first.id), AuditFilter { resource_id: Some(first.id.to_string()), ..AuditFilter::default() }),
        (
            "action = 'invitation.create' AND actor_id <> ''",
            AuditFilter { action: Some("invitation.create".to_owned()), actor: Some(owner.clone()), ..AuditFilter::default() },
        ),
    ];
    assert!(!by("hash IS NULL").is_empty() && !by("hash IS NOT NULL").is_empty());
    for (sql, filter) in filters {
        let mut expected = by(sql);
        assert!(!expected.is_empty(), "{sql}");
        assert_eq!(audit_pages(&world, team, &AuditFilter { ascending: true, ..filter.clone() }), expected, "{sql}");
        expected.reverse();
        assert_eq!(audit_pages(&world, team, &filter), expected, "{sql}, newest first");
    }
}
