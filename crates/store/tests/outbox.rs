//! Mail that waits, on the real statements.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod support;

use rolecall_app::delivery::deliver;
use rolecall_app::ports::DeliveryQueue;
use rolecall_core::domain::time::Timestamp;
use support::mail::Letterbox;
use support::{World, block_on};

#[test]
fn a_mail_that_nobody_can_read_keeps_no_other_waiting() {
    let world = World::new();
    let (team, people) = world.team_with(&[]);
    for guest in ["one@example.com", "two@example.com", "three@example.com"] {
        world.invite(&people[0], team, guest, "basic").unwrap();
    }
    world.sql("UPDATE mail SET kind = 'of-tomorrow' WHERE recipient = 'two@example.com'").unwrap();
    let (letterbox, now) = (Letterbox::default(), Timestamp::from_millis(world.now.get()));
    let delivery = block_on(deliver(&world.store, &letterbox, now)).unwrap();
    assert_eq!(delivery.sent, 2);
    assert_eq!(letterbox.0.borrow().as_slice(), ["one@example.com", "three@example.com"]);
    assert!(block_on(world.store.claim(now.plus_seconds(86_400), now, 10)).unwrap().is_empty(), "it is put away, not tried again");
    assert_eq!(world.count("SELECT count(*) FROM mail WHERE kind = 'of-tomorrow' AND last_error IS NOT NULL"), 1);
}

#[test]
fn a_crowd_of_mails_goes_out_in_one_delivery() {
    let world = World::new();
    for n in 0..45 {
        let sql = format!(
            "INSERT INTO mail (id, recipient, kind, data, created_at, due_at) VALUES ('mail_{n:032x}', 'p{n}@example.com', 'password-changed', '{{}}', 1, 1)"
        );
        world.sql(&sql).unwrap();
    }
    let letterbox = Letterbox::default();
    let delivery = block_on(deliver(&world.store, &letterbox, Timestamp::from_millis(2))).unwrap();
    assert_eq!((delivery.sent, letterbox.0.borrow().len()), (45, 45));
    assert_eq!(world.count("SELECT count(*) FROM mail WHERE due_at IS NOT NULL"), 0);
}
