//! The mail outbox on the production statements.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::delivery::deliver;
use rolecall_app::ports::DeliveryQueue;
use rolecall_core::domain::time::Timestamp;
use support::recording_sender::RecordingSender;
use support::{World, block_on};

#[test]
fn a_mail_that_cannot_be_parsed_blocks_no_other() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    for guest in ["one@example.com", "two@example.com", "three@example.com"] {
        world.invite(&people[0], team, guest, "basic").unwrap();
    }
    world.sql("UPDATE mail SET kind = 'of-tomorrow' WHERE recipient = 'two@example.com'").unwrap();
    let (sender, now) = (RecordingSender::default(), Timestamp::from_millis(world.now.get()));
    let delivery = block_on(deliver(&world.store, &sender, || now)).unwrap();
    assert_eq!(delivery.sent, 2);
    assert_eq!(sender.0.borrow().as_slice(), ["one@example.com", "three@example.com"]);
    assert!(block_on(world.store.claim(now.plus_seconds(86_400), now, 10)).unwrap().is_empty(), "it is given up and not retried");
    assert_eq!(world.count("SELECT count(*) FROM mail WHERE kind = 'of-tomorrow' AND last_error IS NOT NULL"), 1);
}

#[test]
fn one_delivery_sends_all_due_mails() {
    let world = World::new();
    for n in 0..45 {
        let sql = format!(
            "INSERT INTO mail (id, recipient, kind, data, created_at, due_at) VALUES ('mail_{n:032x}', 'p{n}@example.com', 'password-changed', '{{}}', 1, 1)"
        );
        world.sql(&sql).unwrap();
    }
    let sender = RecordingSender::default();
    let delivery = block_on(deliver(&world.store, &sender, || Timestamp::from_millis(2))).unwrap();
    assert_eq!((delivery.sent, sender.0.borrow().len()), (45, 45));
    assert_eq!(world.count("SELECT count(*) FROM mail WHERE due_at IS NOT NULL"), 0);
}
