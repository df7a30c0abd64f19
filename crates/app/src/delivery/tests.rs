use super::*;
use crate::ports::ClaimedItem;
use crate::testing::block_on;
use core::cell::{Cell, RefCell};
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);

/// An item of the queue in memory.
#[derive(Default)]
struct Item {
    due: Option<Timestamp>,
    attempts: i64,
    delivered: bool,
    reason: String,
}

/// A queue in memory: ids are indices, and an item is its id.
#[derive(Default)]
struct Queue {
    items: RefCell<Vec<Item>>,
    marking_fails: Cell<bool>,
    /// The end of each claim, in order.
    claims: RefCell<Vec<Timestamp>>,
}

impl Queue {
    fn of(items: usize) -> Self {
        let items = (0..items).map(|_| Item { due: Some(NOW), ..Item::default() }).collect();
        Queue { items: RefCell::new(items), ..Queue::default() }
    }

    fn due(&self, id: usize) -> Option<Timestamp> {
        self.items.borrow()[id].due
    }

    fn delivered(&self) -> usize {
        self.items.borrow().iter().filter(|item| item.delivered).count()
    }
}

impl DeliveryQueue for Queue {
    type Id = usize;
    type Item = usize;

    async fn claim(&self, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<ClaimedItem<usize, usize>>, Fault> {
        self.claims.borrow_mut().push(until);
        let mut items = self.items.borrow_mut();
        let due = items.iter_mut().enumerate().filter(|(_, item)| item.due.is_some_and(|due| due <= now));
        let claimed = due.take(usize::try_from(limit).unwrap()).map(|(id, item)| {
            item.due = Some(until);
            ClaimedItem { id, item: id, attempts: item.attempts }
        });
        Ok(claimed.collect())
    }

    async fn mark_delivered(&self, ids: &[usize], _: Timestamp) -> Result<(), Fault> {
        if self.marking_fails.get() {
            return Err(Fault::new("the queue failed"));
        }
        for id in ids {
            let mut items = self.items.borrow_mut();
            items[*id].delivered = true;
            items[*id].due = None;
        }
        Ok(())
    }

    async fn record_failure(&self, id: usize, next: Option<Timestamp>, reason: &str) -> Result<(), Fault> {
        let mut items = self.items.borrow_mut();
        let item = &mut items[id];
        (item.due, item.attempts, item.reason) = (next, item.attempts + 1, reason.to_owned());
        Ok(())
    }
}

/// A receiver that fails for some items, and that answers in the next poll.
struct Receiver<F> {
    received: RefCell<Vec<usize>>,
    accepts: F,
}

fn receiver<F: Fn(usize) -> bool>(accepts: F) -> Receiver<F> {
    Receiver { received: RefCell::default(), accepts }
}

/// Pending once.
struct NextPoll(bool);

impl Future for NextPoll {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if core::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl<F: Fn(usize) -> bool> Sender<usize> for Receiver<F> {
    async fn send(&self, item: &usize) -> Result<(), Fault> {
        self.received.borrow_mut().push(*item);
        NextPoll(false).await;
        if (self.accepts)(*item) { Ok(()) } else { Err(Fault::new("refused")) }
    }
}

fn sorted(receiver: &Receiver<impl Fn(usize) -> bool>) -> Vec<usize> {
    let mut received = receiver.received.borrow().clone();
    received.sort_unstable();
    received
}

#[test]
fn the_backoff_doubles_up_to_its_maximum_and_ends_after_three_days() {
    let start = Timestamp::from_millis(0);
    let backoffs: Vec<Option<i64>> = (1..=ATTEMPTS_MAX).map(|attempts| next_attempt(attempts, start).map(Timestamp::seconds)).collect();
    assert_eq!(backoffs[..4], [Some(60), Some(120), Some(240), Some(480)]);
    assert!(backoffs.windows(2).all(|pair| pair[1].is_none() || pair[0] <= pair[1]), "{backoffs:?}");
    assert_eq!(backoffs[16], Some(BACKOFF_MAX_SECONDS));
    assert_eq!(backoffs[17], None);
    let days = backoffs.iter().flatten().sum::<i64>() as f64 / 86_400.0;
    assert!((2.5..3.5).contains(&days), "{days} days");
    assert_eq!(next_attempt(i64::MAX, start), None);
}

#[test]
fn an_item_that_always_fails_is_tried_eighteen_times_and_given_up() {
    let (queue, receiver) = (Queue::of(1), receiver(|_| false));
    let mut now = NOW;
    while let Some(due) = queue.due(0) {
        assert!(due >= now);
        let early = Timestamp::from_millis(due.millis() - 1);
        assert_eq!(block_on(deliver(&queue, &receiver, || early)), Ok(DeliveryCounts::default()), "not before it is due");
        now = due;
        assert_eq!(block_on(deliver(&queue, &receiver, || now)), Ok(DeliveryCounts { sent: 0, failed: 1 }));
    }
    assert_eq!(receiver.received.borrow().len(), 18);
    assert_eq!((queue.delivered(), queue.items.borrow()[0].reason.as_str()), (0, "refused"));
    assert_eq!(block_on(deliver(&queue, &receiver, || Timestamp::MAX)), Ok(DeliveryCounts::default()));
}

#[test]
fn a_failing_item_does_not_keep_the_others_waiting() {
    let (queue, receiver) = (Queue::of(50), receiver(|item| item % 10 != 0));
    assert_eq!(block_on(deliver(&queue, &receiver, || NOW)), Ok(DeliveryCounts { sent: 45, failed: 5 }));
    assert_eq!(sorted(&receiver), (0..50).collect::<Vec<_>>(), "each once, failed ones not again in the same delivery");
    assert_eq!(queue.delivered(), 45);
    assert_eq!(queue.due(10), Some(NOW.plus_seconds(BACKOFF_SECONDS)));
}

#[test]
fn one_delivery_sends_two_hundred_items_and_leaves_the_rest_due() {
    let (queue, receiver) = (Queue::of(250), receiver(|_| true));
    assert_eq!(block_on(deliver(&queue, &receiver, || NOW)), Ok(DeliveryCounts { sent: 200, failed: 0 }));
    assert_eq!(block_on(deliver(&queue, &receiver, || NOW)), Ok(DeliveryCounts { sent: 50, failed: 0 }));
    assert_eq!(sorted(&receiver), (0..250).collect::<Vec<_>>());
}

#[test]
fn concurrent_deliveries_send_each_item_once() {
    let (queue, receiver) = (Queue::of(60), receiver(|_| true));
    let mut deliveries = [(); 2].map(|()| Box::pin(deliver(&queue, &receiver, || NOW)));
    let mut counts = [None; 2];
    let mut context = Context::from_waker(Waker::noop());
    while counts.iter().any(Option::is_none) {
        for (delivery, count) in deliveries.iter_mut().zip(&mut counts).filter(|(_, count)| count.is_none()) {
            if let Poll::Ready(delivered) = delivery.as_mut().poll(&mut context) {
                *count = Some(delivered.unwrap().sent);
            }
        }
    }
    let [first, second] = counts.map(Option::unwrap);
    assert!(first > 0 && second > 0, "both take part: {first}, {second}");
    assert_eq!(first + second, 60);
    assert_eq!(sorted(&receiver), (0..60).collect::<Vec<_>>());
}

#[test]
fn items_of_an_interrupted_delivery_are_sent_again_after_the_claim() {
    let (queue, receiver) = (Queue::of(3), receiver(|_| true));
    let mut interrupted = Box::pin(deliver(&queue, &receiver, || NOW));
    assert!(interrupted.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(interrupted);
    let end = NOW.plus_seconds(CLAIM_SECONDS);
    assert_eq!(block_on(deliver(&queue, &receiver, || Timestamp::from_millis(end.millis() - 1))), Ok(DeliveryCounts::default()));
    assert_eq!(block_on(deliver(&queue, &receiver, || end)), Ok(DeliveryCounts { sent: 3, failed: 0 }));
    assert_eq!(sorted(&receiver), [0, 0, 1, 2], "at least once");
}

#[test]
fn a_fault_of_the_queue_comes_through_and_the_items_are_sent_again() {
    let (queue, receiver) = (Queue::of(2), receiver(|_| true));
    queue.marking_fails.set(true);
    assert_eq!(block_on(deliver(&queue, &receiver, || NOW)), Err(Fault::new("the queue failed")));
    queue.marking_fails.set(false);
    assert_eq!(block_on(deliver(&queue, &receiver, || NOW.plus_seconds(CLAIM_SECONDS))), Ok(DeliveryCounts { sent: 2, failed: 0 }));
    assert_eq!(queue.delivered(), 2);
}

#[test]
fn a_slow_receiver_is_sent_no_item_whose_claim_has_ended() {
    let time = Cell::new(NOW);
    let queue = Queue::of(30);
    // A second delivery begins after each item, as another request's would.
    let first = receiver(|_| {
        time.set(time.get().plus_seconds(CLAIM_SECONDS / 15));
        true
    });
    let second = receiver(|_| true);
    let mut slow = Box::pin(deliver(&queue, &first, || time.get()));
    while slow.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
        block_on(deliver(&queue, &second, || time.get())).unwrap();
    }
    block_on(deliver(&queue, &second, || time.get())).unwrap();
    let mut all = sorted(&first);
    all.extend(sorted(&second));
    all.sort_unstable();
    assert_eq!(all, (0..30).collect::<Vec<_>>(), "each once");
    assert_eq!(first.received.borrow().len(), 15);
}

#[test]
fn the_second_round_of_a_slow_delivery_claims_from_its_own_start() {
    let time = Cell::new(NOW);
    let queue = Queue::of(25);
    let slow = receiver(|_| {
        time.set(time.get().plus_seconds(5));
        true
    });
    assert_eq!(block_on(deliver(&queue, &slow, || time.get())), Ok(DeliveryCounts { sent: 25, failed: 0 }));
    let until = queue.claims.borrow().last().copied().unwrap();
    assert_eq!(until, NOW.plus_seconds(20 * 5 + CLAIM_SECONDS));
}
