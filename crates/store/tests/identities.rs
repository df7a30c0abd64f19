//! Identities: the password of a user is a row of its own, which a user can be without.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::ports::OutboxStore;
use rolecall_app::{AppError, password_resets, sessions};
use rolecall_core::credential::link::{LinkToken, Purpose};
use rolecall_core::domain::mail::MailKind;
use rolecall_core::transaction::denial::Denial;
use rolecall_store::database::Value;
use rolecall_store::native::{InMemorySqlite, migrations};
use support::{World, block_on, denial};

const EMAIL: &str = "ann@example.com";
const FIRST: &str = "eleven patient harbours glow";
const SECOND: &str = "twelve patient harbours glow";

fn sign_in(world: &World, password: &str) -> Result<(), AppError> {
    block_on(sessions::sign_in(&world.app(), &world.request(None), EMAIL, password, |_| None)).map(drop)
}

fn reset_password(world: &World, password: &str) {
    block_on(password_resets::request(&world.app(), &world.request(None), EMAIL, |()| None)).map(drop).unwrap();
    let mail = block_on(world.store.recent(Some(EMAIL), 1)).unwrap().remove(0);
    let MailKind::ResetPassword { reset } = mail.kind else { panic!("{:?}", mail.kind) };
    let token = LinkToken::issue(&world.keys, Purpose::ResetPassword, reset.bits(), 1);
    block_on(password_resets::complete(&world.app(), &world.request(None), &token, password, |()| None)).map(drop).unwrap();
}

#[test]
fn a_user_without_a_password_signs_in_with_none_and_gets_one_by_a_reset() {
    let world = World::new();
    let ann = world.person(EMAIL);
    world.sql("DROP TRIGGER identity_last_stays; DELETE FROM identity").unwrap();
    for password in ["", FIRST] {
        assert_eq!(denial(sign_in(&world, password)), Denial::CredentialsInvalid, "{password}");
    }
    reset_password(&world, FIRST);
    sign_in(&world, FIRST).unwrap();
    let first = world.text("SELECT id FROM identity");
    assert!(first.starts_with("idn_"), "{first}");

    reset_password(&world, SECOND);
    sign_in(&world, SECOND).unwrap();
    assert_eq!(denial(sign_in(&world, FIRST)), Denial::CredentialsInvalid);
    assert_eq!(world.text("SELECT id FROM identity"), first, "the identity is the same, with another proof");
    assert_eq!(world.count(&format!("SELECT count(*) FROM identity WHERE user = '{}' AND kind = 'password'", ann.id)), 1);
    world.assert_invariants();
}

#[test]
fn the_migration_makes_each_password_an_identity_of_its_user() {
    let position = migrations().iter().position(|sql| sql.contains("CREATE TABLE identity")).unwrap();
    let database = InMemorySqlite::with_schema(&migrations()[..position]).unwrap();
    for (digit, epoch) in [("a", 0), ("b", 3)] {
        let (user, account) = (format!("usr_{}", digit.repeat(32)), format!("acct_{}", digit.repeat(32)));
        database
            .execute(&format!(
                "BEGIN; INSERT INTO user (id, email, name, password, active_account, created_at, password_epoch) VALUES ('{user}', '{digit}@example.com', 'N', 'hash of {digit}', '{account}', 7, {epoch}); \
                 INSERT INTO account (id, kind, name, owner, version, created_at) VALUES ('{account}', 'personal', 'N', '{user}', 1, 7); \
                 INSERT INTO member VALUES ('{account}', '{user}', 'admin', 7); COMMIT"
            ))
            .unwrap();
    }
    for migration in &migrations()[position..] {
        database.execute(migration).unwrap();
    }
    let rows = database
        .rows("SELECT user || ' ' || id || ' ' || kind || ' ' || proof || ' ' || epoch || ' ' || created_at AS line FROM identity ORDER BY user")
        .unwrap();
    let lines: Vec<&str> = rows
        .iter()
        .map(|row| match &row.0[0].1 {
            Value::Text(line) => line.as_str(),
            other => panic!("{other:?} is not a text"),
        })
        .collect();
    let expected =
        [("a", 0), ("b", 3)].map(|(digit, epoch)| format!("usr_{0} idn_{0} password hash of {digit} {epoch} 7", digit.repeat(32)));
    assert_eq!(lines, expected);
}
