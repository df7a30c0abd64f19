//! Identities: the password of a user is a row of its own, which a user can be without.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::ports::OutboxStore;
use rolecall_app::{AppError, AppState, password_resets, sessions};
use rolecall_core::credential::link::{LinkToken, Purpose};
use rolecall_core::credential::password::Pepper;
use rolecall_core::domain::mail::MailKind;
use rolecall_core::transaction::denial::Denial;
use rolecall_store::database::Value;
use rolecall_store::native::{InMemorySqlite, migrations};
use std::future::Future;
use std::pin::Pin;
use support::{PASSWORD, World, block_on, denial, interleave};

const EMAIL: &str = "ann@example.com";
const FIRST: &str = "eleven patient harbours glow";
const SECOND: &str = "twelve patient harbours glow";

fn sign_in(world: &World, password: &str) -> Result<(), AppError> {
    block_on(sessions::sign_in(&world.app(), &world.request(None), EMAIL, password, |_| None)).map(drop)
}

/// The token of the newest mail.
fn reset_token(world: &World) -> String {
    let mail = block_on(world.store.recent(Some(EMAIL), 1)).unwrap().remove(0);
    let MailKind::ResetPassword { reset } = mail.kind else { panic!("{:?}", mail.kind) };
    LinkToken::issue(&world.keys, Purpose::ResetPassword, reset.bits(), 1)
}

fn reset_password(world: &World, password: &str) {
    block_on(password_resets::request(&world.app(), &world.request(None), EMAIL, |()| None)).map(drop).unwrap();
    let token = reset_token(world);
    block_on(password_resets::complete(&world.app(), &world.request(None), &token, password, |()| None)).map(drop).unwrap();
}

#[test]
fn a_user_without_a_password_signs_in_with_none_and_gets_one_by_a_reset() {
    let world = World::new();
    let ann = world.person(EMAIL);
    world.sql("DELETE FROM identity WHERE kind = 'password'").unwrap();
    for password in ["", FIRST] {
        assert_eq!(denial(sign_in(&world, password)), Denial::CredentialsInvalid, "{password}");
    }
    reset_password(&world, FIRST);
    sign_in(&world, FIRST).unwrap();
    let first = world.text("SELECT id FROM identity WHERE kind = 'password'");
    assert!(first.starts_with("idn_"), "{first}");

    reset_password(&world, SECOND);
    sign_in(&world, SECOND).unwrap();
    assert_eq!(denial(sign_in(&world, FIRST)), Denial::CredentialsInvalid);
    assert_eq!(world.text("SELECT id FROM identity WHERE kind = 'password'"), first, "the identity is the same, with another proof");
    assert_eq!(world.count(&format!("SELECT count(*) FROM identity WHERE user = '{}' AND kind = 'password'", ann.id)), 1);
    world.assert_invariants();
}

type Run<'w> = Pin<Box<dyn Future<Output = Result<(), AppError>> + 'w>>;

/// Whether the old password is valid after a sign-in with it, which renews its hash, and a reset ran in this order.
fn old_password_survives(guarded: bool, choices: &[u8]) -> bool {
    let world = World::new();
    world.sign_up(EMAIL);
    block_on(password_resets::request(&world.app(), &world.request(None), EMAIL, |()| None)).map(drop).unwrap();
    let token = reset_token(&world);
    world.store.db.without_preconditions.set(!guarded);
    let pepper = Pepper::parse("p1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
    let app = AppState { pepper: Some(&pepper), ..world.app() };
    let request = world.request(None);
    let sign_in = |request| sessions::sign_in(&app, request, EMAIL, PASSWORD, |_| None);
    let renews: Run<'_> = Box::pin(async { sign_in(&request).await.map(drop) });
    let resets: Run<'_> =
        Box::pin(async { password_resets::complete(&app, &world.request(None), &token, SECOND, |()| None).await.map(drop) });
    let results = interleave(vec![renews, resets], choices);
    assert!(results[1].is_ok(), "{:?}", results[1]);
    block_on(sign_in(&world.request(None))).is_ok()
}

#[test]
fn a_hash_renewed_at_a_sign_in_never_replaces_a_new_password() {
    let orders = (0..16_u8).map(|bits| (0..4).map(|step| bits >> step & 1).collect::<Vec<_>>());
    let lost: Vec<_> = orders.clone().filter(|choices| old_password_survives(false, choices)).collect();
    assert!(!lost.is_empty(), "without preconditions the renewed hash replaces the new password in some order");
    for choices in orders {
        assert!(!old_password_survives(true, &choices), "{choices:?}");
    }
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
        .rows("SELECT user || ' ' || id || ' ' || kind || ' ' || proof || ' ' || epoch || ' ' || created_at AS line FROM identity WHERE kind = 'password' ORDER BY user")
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
    let mailboxes =
        database.rows("SELECT user FROM identity WHERE kind = 'email' AND id GLOB 'idn_*' AND length(id) = 36 ORDER BY user").unwrap();
    assert_eq!(mailboxes.len(), 2, "each has a proven mailbox");
}
