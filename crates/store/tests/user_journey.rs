//! The main user journey on the production statements: sign up, convert, invite, join, delete the team; and its round trips.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::{AppError, accounts, audit_log, members};
use rolecall_core::domain::account::AccountKind;
use rolecall_core::domain::audit::AuditFilter;
use rolecall_core::transaction::denial::Denial;
use rolecall_core::transaction::lookup::Page;
use support::{World, block_on, denial, done, fresh_output};

#[test]
fn a_user_signs_up_invites_a_colleague_and_deletes_the_team() {
    let world = World::new();
    let ann = world.sign_up("ann@example.com");
    let bob = world.person("bob@example.com");
    let team = world.team(&ann);
    let invitation = world.invite(&ann, team, "bob@example.com", "dev").unwrap();
    let joined = block_on(world.accept(&bob, &world.link(&invitation))).unwrap();
    assert_eq!(joined.user.active_account, team);
    assert_eq!(joined.account.role.as_str(), "dev");
    assert_eq!(
        denial(world.invite(&bob, team, "eve@example.com", "basic")),
        Denial::PermissionMissing(rolecall_core::transaction::denial::MissingPermission {
            permission: "members.invite".to_owned(),
            role: "dev".to_owned(),
            granted_by: vec!["admin".to_owned()],
        })
    );

    let request = world.request(Some(&ann));
    let deleted = done(fresh_output(block_on(accounts::delete_team(&world.app(), &request, team, false, |_| None)).unwrap()));
    assert_eq!((deleted.account.kind, deleted.account.id), (AccountKind::Personal, ann.account));
    world.assert_invariants();
    assert_eq!(world.count(&format!("SELECT count(*) FROM user WHERE id = '{}' AND active_account = '{}'", bob.id, bob.account)), 1);
}

#[test]
fn the_audit_log_is_sealed_and_verifies() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev", "billing"]);
    let request = world.request(Some(&people[0]));
    let filter = AuditFilter { ascending: true, ..AuditFilter::default() };
    let page = Page { after: None, limit: 100 };
    let events = block_on(audit_log::list(&world.app(), &request, team, Ok(filter), page)).unwrap();
    assert!(events.len() >= 5);
    let lines: Vec<String> = events.iter().map(|e| serde_json::Value::Object(e.to_verifiable_json()).to_string()).collect();
    assert_eq!(rolecall_audit::verify(&lines.join("\n")).ok(), u64::try_from(events.len()).ok());
}

#[test]
fn requests_of_a_non_member_are_not_found_and_not_recorded() {
    let world = World::new();
    let (team, people) = world.team_with(&["dev"]);
    let eve = world.person("eve@example.com");
    let before = world.count("SELECT count(*) FROM audit_event");
    assert_eq!(denial(world.invite(&eve, team, "x@example.com", "basic")), Denial::AccountNotFound);
    let request = world.request(Some(&eve));
    let removed = block_on(members::remove(&world.app(), &request, team, Some(people[1].id), false, |_| None));
    assert_eq!(removed.unwrap_err(), AppError::Denied(Denial::AccountNotFound));
    assert_eq!(world.count("SELECT count(*) FROM audit_event"), before);
}

#[test]
fn no_change_needs_more_than_two_round_trips() {
    let world = World::new();
    let owner = world.person("owner@example.com");
    let trips = |what: &str, run: &dyn Fn()| {
        world.store.db.batches.set(0);
        run();
        assert!(world.store.db.batches.get() <= 2, "{what} made {} round trips", world.store.db.batches.get());
    };
    trips("convert", &|| assert_eq!(world.team(&owner), owner.account));
    let team = owner.account;
    let bob = world.person("bob@example.com");
    trips("invite a person with an account", &|| drop(world.invite(&owner, team, "bob@example.com", "dev").unwrap()));
    trips("invite an email without an account", &|| drop(world.invite(&owner, team, "new@example.com", "dev").unwrap()));
    let invitation = world.invite(&owner, team, "carl@example.com", "dev").unwrap();
    let carl = world.person("carl@example.com");
    trips("accept", &|| drop(block_on(world.accept(&carl, &world.link(&invitation))).unwrap()));
    trips("a denied attempt", &|| drop(world.invite(&carl, team, "x@example.com", "dev")));
    let request = world.request(Some(&owner));
    trips("change a role", &|| {
        drop(block_on(members::change_role(&world.app(), &request, team, Some(carl.id), Ok("basic".to_owned()), |_| None)).unwrap())
    });
    trips("sign up", &|| drop(world.person("dora@example.com")));
    let request = world.request(Some(&owner));
    trips("delete the team", &|| drop(block_on(accounts::delete_team(&world.app(), &request, team, false, |_| None)).unwrap()));
    drop(bob);
}
