//! A database restored to an earlier point in time, in the next restore epoch: earlier credentials and links are rejected, and earlier
//! versions match nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::delivery::deliver;
use rolecall_app::ports::{MaintenanceStore, MinTokenVersionStore, OutboxStore};
use rolecall_app::{AppError, RequestContext, accounts, attribute_policies, password_resets, sessions};
use rolecall_core::credential::link::{LinkToken, Purpose};
use rolecall_core::credential::secret::ApiKeySecret;
use rolecall_core::decision::attribute_policy::AttributePolicyWrite;
use rolecall_core::domain::id::AccountId;
use rolecall_core::domain::mail::MailKind;
use rolecall_core::domain::restore_epoch::RestoreEpoch;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::context::IfMatch;
use rolecall_core::transaction::denial::Denial;
use serde_json::json;
use support::recording_sender::RecordingSender;
use support::{PASSWORD, Person, World, block_on, denial, fresh_output};

const NEW: &str = "eleven patient harbours glow";

fn sign_in(world: &World, email: &str, password: &str) -> Result<(), AppError> {
    block_on(sessions::sign_in(&world.app(), &world.request(None), email, password, |_| None)).map(drop)
}

/// Requests a password reset; returns the token of the mailed link.
fn reset(world: &World, email: &str) -> String {
    block_on(password_resets::request(&world.app(), &world.request(None), email, |()| None)).map(drop).unwrap();
    let mail = block_on(world.store.recent(Some(email), 1)).unwrap().remove(0);
    let MailKind::ResetPassword { reset } = mail.kind else { panic!("{:?}", mail.kind) };
    LinkToken::issue(&world.keys, Purpose::ResetPassword, reset.bits(), 1)
}

fn complete_reset(world: &World, token: &str) -> Result<(), AppError> {
    block_on(password_resets::complete(&world.app(), &world.request(None), token, NEW, |()| None)).map(drop)
}

/// A request with an `If-Match` version.
fn request_with_if_match(world: &World, by: &Person, version: i64) -> RequestContext {
    let mut request = world.request(Some(by));
    request.ctx.if_match = Some(IfMatch::Versions(vec![version]));
    request
}

fn rename(world: &World, by: &Person, version: i64, name: &str) -> Result<i64, AppError> {
    let done = block_on(accounts::update(
        &world.app(),
        &request_with_if_match(world, by, version),
        by.account,
        Ok(accounts::AccountUpdate::named(name)),
        |_| None,
    ));
    done.map(|done| fresh_output(done).account.version)
}

fn version(world: &World, by: &Person) -> i64 {
    block_on(accounts::get(&world.app(), &world.request(Some(by)), by.account)).unwrap().account.version
}

#[test]
fn a_password_from_before_a_restore_is_rejected_until_it_is_reset() {
    let world = World::new();
    world.sign_up("ann@example.com");
    let planted = reset(&world, "ann@example.com");
    sign_in(&world, "ann@example.com", PASSWORD).unwrap();

    let world = world.restored();
    let failures = || world.count("SELECT sum(failures) FROM attempt");
    for (email, password) in
        [("ann@example.com", PASSWORD), ("ann@example.com", NEW), ("nobody@example.com", PASSWORD), ("no email", PASSWORD)]
    {
        let before = if world.count("SELECT count(*) FROM attempt") == 0 { 0 } else { failures() };
        assert_eq!(denial(sign_in(&world, email, password)), Denial::CredentialsOutdated, "{email} {password}");
        assert_eq!(failures() - before, if email.contains('@') { 2 } else { 0 }, "each attempt counts as a failure");
    }
    assert_eq!(denial(complete_reset(&world, &planted)), Denial::VerificationNotFound, "a link from before the restore is rejected");
    complete_reset(&world, &reset(&world, "ann@example.com")).unwrap();
    sign_in(&world, "ann@example.com", NEW).unwrap();
    assert_eq!(denial(sign_in(&world, "ann@example.com", PASSWORD)), Denial::CredentialsOutdated);
    world.sign_up("bob@example.com");
    sign_in(&world, "bob@example.com", PASSWORD).unwrap();

    let world = world.restored();
    assert_eq!(denial(sign_in(&world, "ann@example.com", NEW)), Denial::CredentialsOutdated, "the same applies after the next restore");
}

#[test]
fn versions_from_before_a_restore_match_nothing_and_new_versions_are_consistent() {
    let world = World::new();
    let ann = world.person("ann@example.com");
    world.team(&ann);
    let seen = version(&world, &ann);
    rename(&world, &ann, seen, "Undone").unwrap();
    world.sql(&format!("DROP TRIGGER account_version_grows; UPDATE account SET version = {seen}")).unwrap();

    let world = world.restored();
    let bob = world.person("bob@example.com");
    let ann = Person { session: world.person_session(&ann), ..ann };
    assert_eq!(denial(rename(&world, &ann, seen, "Mine")), Denial::PreconditionFailed);
    assert_eq!(denial(rename(&world, &ann, seen + 1, "Mine")), Denial::PreconditionFailed);
    let now = version(&world, &ann);
    assert!(now > seen + 1_000_000, "{now} exceeds every version from before the restore");
    assert_eq!(rename(&world, &ann, now, "Mine").unwrap(), now + 1);
    assert_eq!(rename(&world, &ann, now + 1, "Again").unwrap(), now + 2, "the returned version matches");
    assert_eq!(denial(rename(&world, &ann, now, "Lost")), Denial::PreconditionFailed);
    assert_eq!(version(&world, &bob), world.epoch.external_version(1), "a new account starts in the current epoch");
    let signed_up = world.sign_up("carl@example.com");
    assert_eq!(version(&world, &signed_up), world.epoch.external_version(1));
    assert_eq!(world.count(&format!("SELECT version FROM account WHERE id = '{}'", signed_up.account)), 1);
}

fn write_policy(world: &World, by: &Person, if_match: Option<i64>, description: &str) -> Result<i64, AppError> {
    let document = json!({ "version": 1, "description": description, "rules": [] });
    let request = if_match.map_or_else(|| world.request(Some(by)), |revision| request_with_if_match(world, by, revision));
    let done = block_on(attribute_policies::put(&world.app(), &request, by.account, Ok(document), |_: &AttributePolicyWrite| None));
    done.map(|done| fresh_output(done).policy.revision)
}

#[test]
fn attribute_policy_revisions_from_before_a_restore_match_nothing() {
    let world = World::new();
    let ann = world.person("ann@example.com");
    world.team(&ann);
    let before = write_policy(&world, &ann, None, "first").unwrap();
    let world = world.restored();
    let ann = Person { session: world.person_session(&ann), ..ann };
    assert_eq!(denial(write_policy(&world, &ann, Some(before), "second")), Denial::PreconditionFailed);
    let read = block_on(attribute_policies::get(&world.app(), &world.request(Some(&ann)), ann.account)).unwrap();
    assert_eq!(read.revision, world.epoch.external_version(before));
    let written = write_policy(&world, &ann, Some(read.revision), "second").unwrap();
    assert_eq!(block_on(attribute_policies::get(&world.app(), &world.request(Some(&ann)), ann.account)).unwrap().revision, written);
    write_policy(&world, &ann, Some(written), "third").unwrap();
}

#[test]
fn minimum_token_versions_are_converted_to_the_current_epoch() {
    let world = World::new();
    let (team, _) = world.team_with(&["dev"]);
    world.sql("UPDATE account SET token_floor = 2, floor_due_at = 1 WHERE kind = 'team'").unwrap();
    let world = world.restored();
    let min_version = block_on(world.store.min_token_version(team)).unwrap();
    assert_eq!(min_version, world.epoch.external_version(2));
    assert_eq!(block_on(world.store.mark_cached(team, min_version)).unwrap(), min_version);
    assert_eq!(world.count(&format!("SELECT floor_due_at IS NULL FROM account WHERE id = '{team}'")), 1);
}

fn make_key(world: &World, by: &Person, account: AccountId) {
    let request = world.request(Some(by));
    let secret = ApiKeySecret::from_random(request.ctx.random()).hash(&world.keys);
    let input = rolecall_app::api_keys::NewApiKey {
        name: "ci".to_owned(),
        permissions: vec!["team.access".to_owned()],
        resources: Vec::new(),
        expires_in: None,
    };
    block_on(rolecall_app::api_keys::create(&world.app(), &request, account, Ok(input), &secret, |_| None)).map(drop).unwrap();
}

#[test]
fn due_mail_from_before_a_restore_is_not_sent_and_earlier_api_keys_do_not_count() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    make_key(&world, &people[0], team);
    world.invite(&people[0], team, "before@example.com", "basic").unwrap();
    let world = world.restored();
    let owner = Person { session: world.person_session(&people[0]), ..people[0].clone() };
    world.invite(&owner, team, "after@example.com", "basic").unwrap();
    make_key(&world, &owner, team);
    let (sender, now) = (RecordingSender::default(), Timestamp::from_millis(world.now.get()));
    assert_eq!(block_on(deliver(&world.store, &sender, || now)).unwrap().sent, 1);
    assert_eq!(sender.0.borrow().as_slice(), ["after@example.com"]);

    block_on(world.store.purge(now)).unwrap();
    assert_eq!(
        world.text("SELECT last_error FROM mail WHERE recipient = 'before@example.com' AND due_at IS NULL"),
        "written before a restore"
    );
    assert_eq!(world.count("SELECT count(*) FROM api_key WHERE revoked_at IS NULL"), 1);
    assert_eq!(world.count(&format!("SELECT api_keys FROM account WHERE id = '{team}'")), 1);
    assert_eq!(world.count("SELECT epoch FROM api_key WHERE revoked_at IS NULL"), RestoreEpoch::restore(1).number());
}
