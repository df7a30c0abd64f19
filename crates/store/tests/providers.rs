//! Persons at sign-in providers on the production statements: races, and what the schema keeps by itself.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::signups::{self, NewVerification};
use rolecall_core::credential::link::{LinkToken, Purpose};
use rolecall_core::domain::id::SignupId;
use rolecall_core::domain::provider_identity::PROVIDER_IDENTITIES_MAX;
use rolecall_core::transaction::denial::Denial;
use support::providers::{Network, Run, connect, count, drop_guards, identities, identity_of, link, orders, remove, sign_in, world};
use support::{Person, block_on, denial, interleave};

/// Users, identities of providers and sessions after two sign-ins of the same new person at once, whose primary address is another
/// the second time.
fn two_first_sign_ins(guarded: bool, emails: [&'static str; 2], order: &[u8]) -> (i64, i64, i64) {
    let world = world();
    if !guarded {
        drop_guards(&world);
    }
    let results = interleave(emails.map(|email| sign_in(&world, Network { number: 7, email })).into(), order);
    assert!(results.into_iter().all(|result| result.unwrap()), "both are signed in");
    world.assert_invariants();
    (count(&world, "user"), identities(&world), count(&world, "session"))
}

#[test]
fn two_first_sign_ins_of_a_person_at_once_make_one_user() {
    let (same, changed) = (["zoe@example.com"; 2], ["zoe@example.com", "zoe@new.example"]);
    assert!(orders().any(|order| two_first_sign_ins(false, changed, &order).0 == 2), "without guards two users have the person");
    for order in orders() {
        assert_eq!(two_first_sign_ins(true, changed, &order), (1, 1, 2), "{order:?}");
    }
    for order in [[0, 0, 1, 1, 0, 1], [1, 1, 0, 0, 1, 0], [0, 1, 0, 1, 0, 1]] {
        assert_eq!(two_first_sign_ins(true, same, &order), (1, 1, 2), "{order:?}");
    }
}

#[test]
fn a_person_who_verifies_the_mailbox_by_link_meanwhile_becomes_one_user_who_is_connected_or_waits() {
    let mut outcomes = Vec::new();
    for order in orders() {
        // The unique address is a guard by itself.
        for guarded in [true, false] {
            let world = world();
            let signup = SignupId::from_bits(3);
            let now = world.now.get();
            world
                .sql(&format!("INSERT INTO signup (id, email, name, password, open, created_at) VALUES ('{signup}', 'zoe@example.com', 'z', 'p', 1, {now})"))
                .unwrap();
            let token = LinkToken::issue(&world.keys, Purpose::VerifyEmail, signup.bits(), 1);
            let input = NewVerification { token, ..NewVerification::default() };
            if !guarded {
                drop_guards(&world);
            }
            let verify: Run<'_> =
                Box::pin(async { signups::verify_email(&world.app(), &world.request(None), &input, |_| None).await.map(|_| true) });
            let results = interleave(vec![verify, sign_in(&world, Network { number: 7, email: "zoe@example.com" })], &order);
            let [verified, signed_in] = <[_; 2]>::try_from(results).unwrap();
            assert_eq!((count(&world, "user"), count(&world, "session")), (1, 1), "{order:?}");
            match verified {
                Ok(_) => assert_eq!((signed_in, identities(&world)), (Ok(false), 0), "{order:?}"),
                refused => {
                    assert_eq!((denial(refused), signed_in, identities(&world)), (Denial::VerificationOver, Ok(true), 1), "{order:?}")
                }
            }
            world.assert_invariants();
            outcomes.push(identities(&world));
        }
    }
    assert!(outcomes.contains(&0) && outcomes.contains(&1), "each comes first in some order");
}

/// How two users fare who connect the same person at once: the denials, and the identities.
fn two_connections(guarded: bool, order: &[u8]) -> (Vec<Denial>, i64) {
    let world = world();
    let (ann, bob) = (world.person("ann@example.com"), world.person("bob@example.com"));
    let link = link(&world, 7);
    if !guarded {
        drop_guards(&world);
    }
    let results = interleave(vec![connect(&world, &ann, &link), connect(&world, &bob, &link)], order);
    let denials = results.into_iter().filter(Result::is_err).map(denial).collect();
    (denials, identities(&world))
}

#[test]
fn one_of_two_users_connects_a_person() {
    assert!(orders().any(|order| two_connections(false, &order).1 == 2), "without guards the person is both users'");
    for order in orders() {
        assert_eq!(two_connections(true, &order), (vec![Denial::IdentityTaken], 1), "{order:?}");
    }
}

#[test]
fn each_guard_by_itself_keeps_a_person_one_users() {
    // Both have loaded before one commits.
    for order in [[0, 0, 1, 1, 0, 1], [1, 1, 0, 0, 1, 0], [0, 1, 0, 1, 0, 1]] {
        for remaining in ["TRIGGER identity_insert_once", "INDEX identity_one_subject", "the preconditions", "none"] {
            let world = world();
            let (ann, bob) = (world.person("ann@example.com"), world.person("bob@example.com"));
            let link = link(&world, 7);
            world.store.db.without_preconditions.set(remaining != "the preconditions");
            for guard in ["TRIGGER identity_insert_once", "INDEX identity_one_subject"].iter().filter(|guard| **guard != remaining) {
                world.sql(&format!("DROP {guard}")).unwrap();
            }
            let results = interleave(vec![connect(&world, &ann, &link), connect(&world, &bob, &link)], &order);
            let denials: Vec<Denial> = results.into_iter().filter(Result::is_err).map(denial).collect();
            let expected = if remaining == "none" { (vec![], 2) } else { (vec![Denial::IdentityTaken], 1) };
            assert_eq!((denials, identities(&world)), expected, "{remaining} {order:?}");
        }
    }
}

#[test]
fn a_person_whom_a_user_gives_up_meanwhile_is_the_other_users_or_taken() {
    let mut connected = 0;
    for order in orders() {
        let world = world();
        let (ann, bob) = (world.person("ann@example.com"), world.person("bob@example.com"));
        let link = link(&world, 7);
        block_on(connect(&world, &ann, &link)).unwrap();
        let results = interleave(vec![connect(&world, &bob, &link), remove(&world, &ann)], &order);
        let [result, removed] = <[_; 2]>::try_from(results).unwrap();
        assert_eq!(removed, Ok(true));
        let won = result.is_ok();
        assert!(won || denial(result) == Denial::IdentityTaken);
        assert_eq!(count(&world, &format!("identity WHERE kind = 'provider' AND user = '{}'", bob.id)), i64::from(won), "{order:?}");
        assert_eq!(identities(&world), i64::from(won));
        connected += i64::from(won);
    }
    assert!((1..64).contains(&connected), "{connected}: each comes first in some order");
}

#[test]
fn a_removal_while_the_same_user_connects_again_after_a_restore_leaves_what_was_said() {
    // The connection loads, the removal loads and commits, the connection goes on.
    let stored = |guarded: bool| {
        let world = world();
        let ann = world.person("ann@example.com");
        block_on(connect(&world, &ann, &link(&world, 7))).unwrap();
        let world = world.restored();
        let ann = Person { session: world.person_session(&ann), ..ann };
        let link = link(&world, 7);
        world.store.db.without_preconditions.set(!guarded);
        let results = interleave(vec![connect(&world, &ann, &link), remove(&world, &ann)], &[0, 0, 1, 1, 1, 0]);
        assert_eq!(results, [Ok(true), Ok(true)]);
        identities(&world)
    };
    assert_eq!(stored(false), 0, "without the precondition nothing is connected");
    assert_eq!(stored(true), 1);
}

#[test]
fn a_person_who_is_removed_meanwhile_is_not_signed_in() {
    let result = |guarded: bool| {
        let world = world();
        let ann = world.person("ann@example.com");
        block_on(connect(&world, &ann, &link(&world, 7))).unwrap();
        world.store.db.without_preconditions.set(!guarded);
        let network = Network { number: 7, email: "ann@example.com" };
        let results = interleave(vec![sign_in(&world, network), remove(&world, &ann)], &[0, 0, 1, 1, 1, 0]);
        world.assert_invariants();
        results
    };
    assert_eq!(result(false), [Ok(true), Ok(true)], "without the precondition a session starts");
    assert_eq!(result(true), [Ok(false), Ok(true)]);
}

/// The identities of a user who had one less than the most, after two connections at once.
fn two_at_the_cap(guarded: bool, order: &[u8]) -> i64 {
    let world = world();
    let ann = world.person("ann@example.com");
    for number in 1..PROVIDER_IDENTITIES_MAX.unsigned_abs() {
        block_on(connect(&world, &ann, &link(&world, number))).unwrap();
    }
    let links = [100, 101].map(|number| link(&world, number));
    if !guarded {
        drop_guards(&world);
    }
    interleave(links.iter().map(|link| connect(&world, &ann, link)).collect(), order);
    identities(&world)
}

#[test]
fn a_user_has_at_most_twenty_identities_of_providers_in_every_order() {
    let order = [0, 0, 1, 1, 0, 1];
    assert_eq!(two_at_the_cap(false, &order), PROVIDER_IDENTITIES_MAX + 1);
    for order in [order, [0, 0, 0, 1, 1, 1], [1, 0, 1, 0, 1, 0]] {
        assert_eq!(two_at_the_cap(true, &order), PROVIDER_IDENTITIES_MAX);
    }
}

#[test]
fn a_person_of_before_a_restore_waits_until_they_are_connected_again() {
    let world = world();
    let (ann, bob) = (world.person("ann@example.com"), world.person("bob@example.com"));
    block_on(connect(&world, &ann, &link(&world, 7))).unwrap();
    let id = identity_of(&world, &ann);
    let network = Network { number: 7, email: "new@example.com" };
    assert_eq!(block_on(sign_in(&world, network.clone())), Ok(true));
    assert_eq!(world.text("SELECT told_email FROM identity WHERE kind = 'provider'"), "new@example.com");
    let world = world.restored();
    let [ann, bob] = [ann, bob].map(|person| Person { session: world.person_session(&person), ..person });
    assert_eq!(block_on(sign_in(&world, network.clone())), Ok(false));
    assert_eq!(denial(block_on(connect(&world, &bob, &link(&world, 7)))), Denial::IdentityTaken);
    block_on(connect(&world, &ann, &link(&world, 7))).unwrap();
    assert_eq!((identity_of(&world, &ann), identities(&world)), (id, 1));
    assert_eq!(block_on(sign_in(&world, network)), Ok(true));
}

#[test]
fn the_schema_keeps_who_a_person_is() {
    let world = world();
    let (ann, bob) = (world.person("ann@example.com"), world.person("bob@example.com"));
    block_on(connect(&world, &ann, &link(&world, 7))).unwrap();
    let columns = "user, id, kind, proof, epoch, created_at, issuer, subject, told_email";
    let insert = |values: &str| format!("INSERT INTO identity ({columns}) VALUES ('{}', 'idn_x', {values})", bob.id);
    let taken = insert("'provider', '', 0, 1, 'https://github.com/login/oauth', '7', NULL");
    for sql in [
        taken.clone(),
        taken.replace("INSERT", "INSERT OR REPLACE"),
        "UPDATE identity SET subject = '8' WHERE kind = 'provider'".to_owned(),
        "UPDATE identity SET issuer = 'https://other.example' WHERE kind = 'provider'".to_owned(),
        format!("UPDATE identity SET user = '{}' WHERE kind = 'provider'", bob.id),
        "UPDATE identity SET proof = 'x' WHERE kind = 'provider'".to_owned(),
        "UPDATE identity SET told_email = 'x@example.com' WHERE kind = 'email'".to_owned(),
        insert("'provider', 'x', 0, 1, 'https://idp.example', '7', NULL"),
        insert("'provider', '', 0, 1, 'https://idp.example', NULL, NULL"),
        insert("'provider', '', 0, 1, NULL, '7', NULL"),
        insert("'provider', '', 0, 1, 'https://idp.example', '', NULL"),
        insert(&format!("'provider', '', 0, 1, 'https://idp.example', '{}', NULL", "s".repeat(256))),
        insert(&format!("'provider', '', 0, 1, '{}', '7', NULL", "i".repeat(1025))),
        insert("'password', 'x', 0, 1, 'https://idp.example', '7', NULL"),
    ] {
        assert!(world.sql(&sql).is_err(), "{sql}");
    }
    // Case matters in a subject, and the same subject at another issuer is another person.
    world.sql(&insert("'provider', '', 0, 1, 'https://idp.example', '7', NULL")).unwrap();
    world.sql(&insert("'provider', '', 0, 1, 'https://idp.example', 'a', NULL").replace("idn_x", "idn_y")).unwrap();
    world.sql(&insert("'provider', '', 0, 1, 'https://idp.example', 'A', NULL").replace("idn_x", "idn_z")).unwrap();
}
