//! Codes by mail against concurrent requests: a code works once, and ends with its fifth wrong one, however many arrive at once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::ports::OutboxStore;
use rolecall_app::{AppError, email_codes};
use rolecall_core::credential::one_time_code::{CODE_SECONDS, OneTimeCode};
use rolecall_core::domain::mail::MailKind;
use rolecall_core::transaction::denial::Denial;
use std::future::Future;
use std::pin::Pin;
use support::{World, block_on, denial, interleave};

const EMAIL: &str = "ann@example.com";
const BROWSER: &str = "the key of Ann's browser";

type Run<'w> = Pin<Box<dyn Future<Output = Result<(), AppError>> + 'w>>;

fn ask(world: &World, email: &str, browser: &str) {
    block_on(email_codes::request(&world.app(), &world.request(None), email, browser, |()| None)).map(drop).unwrap();
}

/// The digits of the newest mail, if there is one.
fn mailed(world: &World) -> Option<String> {
    let mail = block_on(world.store.recent(Some(EMAIL), 1)).unwrap().pop()?;
    let MailKind::SignInCode { code } = mail.kind else { panic!("{:?}", mail.kind) };
    Some(OneTimeCode::derive(&world.keys, code.bits(), &mail.to).reveal())
}

fn sign_in<'w>(world: &'w World, code: &'w str, browser: &'w str) -> Run<'w> {
    Box::pin(async move {
        let request = world.request(None);
        email_codes::sign_in(&world.app(), &request, EMAIL, code, Some(browser), |_| None).await.map(drop)
    })
}

fn wrong(right: &str) -> &'static str {
    if right == "0000 0000" { "00000001" } else { "00000000" }
}

fn sessions(world: &World) -> i64 {
    world.count("SELECT count(*) FROM session WHERE amr = '[\"otp\"]'")
}

#[test]
fn a_code_works_once_in_its_browser_for_ten_minutes() {
    let world = World::new();
    world.person(EMAIL);
    ask(&world, EMAIL, BROWSER);
    let code = mailed(&world).unwrap();
    assert_eq!(denial(block_on(sign_in(&world, &code, "the key of another browser"))), Denial::CodeInvalid);
    block_on(sign_in(&world, &code.replace(' ', "-"), BROWSER)).unwrap();
    assert_eq!(denial(block_on(sign_in(&world, &code, BROWSER))), Denial::CodeInvalid, "used");

    ask(&world, EMAIL, BROWSER);
    let replaced = mailed(&world).unwrap();
    ask(&world, EMAIL, BROWSER);
    let newest = mailed(&world).unwrap();
    assert_eq!(denial(block_on(sign_in(&world, &replaced, BROWSER))), Denial::CodeInvalid, "one at a time");
    ask(&world, EMAIL, "the key of another browser");
    world.now.set(world.now.get() + CODE_SECONDS * 1_000);
    assert_eq!(denial(block_on(sign_in(&world, &newest, BROWSER))), Denial::CodeInvalid, "expired");
    world.now.set(world.now.get() - 1_000);
    block_on(sign_in(&world, &newest, BROWSER)).unwrap();
    assert_eq!(sessions(&world), 2);
    world.assert_invariants();
}

#[test]
fn an_address_without_a_user_gets_no_mail_and_the_same_rows() {
    let world = World::new();
    world.person(EMAIL);
    ask(&world, EMAIL, BROWSER);
    ask(&world, "nobody@example.com", BROWSER);
    assert_eq!(world.count("SELECT count(*) FROM email_code"), 2);
    assert_eq!(world.count("SELECT count(*) FROM mail"), 1);
}

#[test]
fn one_network_causes_five_mails_in_ten_minutes() {
    let world = World::new();
    world.person(EMAIL);
    for n in 0..8 {
        ask(&world, EMAIL, &format!("the key of browser {n}"));
    }
    assert_eq!(world.count("SELECT count(*) FROM mail"), 5);
    world.now.set(world.now.get() + 601_000);
    ask(&world, EMAIL, BROWSER);
    assert_eq!(world.count("SELECT count(*) FROM mail"), 6);
}

/// A world whose schema does not keep what the preconditions keep.
fn world(guarded: bool) -> World {
    let world = World::new();
    world.person(EMAIL);
    ask(&world, EMAIL, BROWSER);
    if !guarded {
        world.store.db.without_preconditions.set(true);
        world.sql("DROP TRIGGER email_code_closed_for_good").unwrap();
    }
    world
}

fn schedules() -> impl Iterator<Item = Vec<u8>> {
    (0..40_u32)
        .map(|seed| (0..32_u32).map(|step| (seed.wrapping_mul(2_654_435_761).wrapping_add(step * 40_503) >> 13).to_le_bytes()[0]).collect())
}

/// Sessions after the right code arrived twice at once.
fn twice(guarded: bool, choices: &[u8]) -> i64 {
    let world = world(guarded);
    let code = mailed(&world).unwrap();
    interleave(vec![sign_in(&world, &code, BROWSER), sign_in(&world, &code, BROWSER)], choices);
    sessions(&world)
}

/// Whether the right code still worked after five wrong ones had been counted.
fn after_five(guarded: bool, choices: &[u8]) -> bool {
    let world = world(guarded);
    let code = mailed(&world).unwrap();
    let mut runs = vec![sign_in(&world, &code, BROWSER)];
    runs.extend((0..5).map(|_| sign_in(&world, wrong(&code), BROWSER)));
    let results = interleave(runs, choices);
    results[0].is_ok() && world.count("SELECT tries FROM email_code") == 5
}

#[test]
fn a_code_that_arrives_twice_at_once_starts_one_session() {
    assert!(schedules().any(|choices| twice(false, &choices) == 2), "without the precondition both succeed in some order");
    for choices in schedules() {
        assert_eq!(twice(true, &choices), 1, "{choices:?}");
    }
}

#[test]
fn the_fifth_wrong_code_ends_it_also_for_a_right_one_under_way() {
    // The right code is read first and written last.
    let last: Vec<u8> = core::iter::once(0).chain([1; 20]).collect();
    let all = || schedules().chain([last.clone()]);
    assert!(all().any(|choices| after_five(false, &choices)), "without the precondition the right code wins in some order");
    for choices in all() {
        assert!(!after_five(true, &choices), "{choices:?}");
    }
}

#[test]
fn forty_guesses_at_once_are_five_tries() {
    let world = world(true);
    let code = mailed(&world).unwrap();
    let runs = (0..40).map(|_| sign_in(&world, wrong(&code), BROWSER)).collect();
    let results = interleave(runs, &[3, 1, 4, 1, 5, 9, 2, 6]);
    assert!(results.iter().all(Result::is_err));
    assert_eq!(world.count("SELECT tries FROM email_code"), 5);
    assert_eq!(denial(block_on(sign_in(&world, &code, BROWSER))), Denial::CodeInvalid);
}
