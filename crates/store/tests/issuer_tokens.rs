//! Tokens of trusted issuers on the production statements: each starts one session, also of several requests at once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::ports::MaintenanceStore;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::denial::Denial;
use support::providers::{count, drop_guards, exchange, identities, orders, token, world};
use support::{block_on, denial, interleave};

/// Sessions that began with the same token twice at once, and how many of the requests succeeded.
fn the_same_token_twice(guards: Guards, order: &[u8]) -> (i64, usize) {
    let world = world();
    let ann = world.person("ann@example.com");
    let token = token(&world, "ann", "ann@example.com", "1");
    match guards {
        Guards::All => {}
        // The row of a spent token is a guard by itself.
        Guards::Row => world.store.db.without_preconditions.set(true),
        Guards::None => {
            drop_guards(&world);
            world.sql("DROP TABLE spent_challenge; CREATE TABLE spent_challenge (id TEXT, expires_at INTEGER)").unwrap();
        }
    }
    let results = interleave(vec![exchange(&world, &token), exchange(&world, &token)], order);
    let succeeded = results.iter().filter(|result| result.is_ok()).count();
    for refused in results.into_iter().filter(Result::is_err) {
        assert_eq!(denial(refused), Denial::IssuerTokenInvalid);
    }
    (count(&world, &format!("session WHERE user = '{}'", ann.id)) - 1, succeeded)
}

#[derive(Copy, Clone)]
enum Guards {
    All,
    Row,
    None,
}

#[test]
fn a_token_starts_one_session_in_every_order() {
    assert!(orders().any(|order| the_same_token_twice(Guards::None, &order) == (2, 2)), "without guards two sessions start in some order");
    for order in orders() {
        assert_eq!(the_same_token_twice(Guards::All, &order), (1, 1), "{order:?}");
        assert_eq!(the_same_token_twice(Guards::Row, &order), (1, 1), "{order:?}");
    }
}

/// Users and identities after two tokens of a person at once, who has the mailbox of a user or of nobody.
fn two_tokens(guarded: bool, is_user: bool, emails: [&str; 2], order: &[u8]) -> (i64, i64) {
    let world = world();
    if is_user {
        world.person("ann@example.com");
    }
    let tokens = [("1", emails[0]), ("2", emails[1])].map(|(id, email)| token(&world, "ann", email, id));
    if !guarded {
        drop_guards(&world);
    }
    let results = interleave(tokens.iter().map(|token| exchange(&world, token)).collect(), order);
    assert!(results.into_iter().all(|result| result.unwrap()));
    world.assert_invariants();
    (count(&world, "user"), identities(&world))
}

#[test]
fn two_tokens_of_a_person_at_once_connect_the_person_once() {
    let (same, changed) = (["ann@example.com"; 2], ["ann@example.com", "ann.b@example.com"]);
    assert!(orders().any(|order| two_tokens(false, true, same, &order) == (1, 2)), "without guards a user is connected twice");
    assert!(orders().any(|order| two_tokens(false, false, changed, &order) == (2, 2)), "without guards two users have the person");
    for order in orders() {
        assert_eq!(two_tokens(true, true, same, &order), (1, 1), "{order:?}");
        assert_eq!(two_tokens(true, false, changed, &order), (1, 1), "{order:?}");
    }
}

#[test]
fn a_spent_token_is_remembered_while_it_could_be_sent_again() {
    let world = world();
    let token = token(&world, "zoe", "zoe@example.com", "1");
    assert_eq!(block_on(exchange(&world, &token)), Ok(true));
    let start = world.now.get();
    // Five minutes of validity, and one for the issuer's clock; both in whole seconds.
    for seconds in [1, 300, 358] {
        world.now.set(start + seconds * 1000);
        block_on(world.store.purge(Timestamp::from_millis(world.now.get()))).unwrap();
        assert_eq!(denial(block_on(exchange(&world, &token))), Denial::IssuerTokenInvalid, "{seconds}");
        assert_eq!(count(&world, "spent_challenge"), 1);
    }
}
