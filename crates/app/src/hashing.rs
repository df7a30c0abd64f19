//! Admission of password hashing. Argon2id takes tens of milliseconds of the only thread of an isolate, so a bounded number
//! of requests waits for it, and between two hashes the event loop gets to whatever else is ready.

use core::cell::Cell;
use core::future::Future;
use core::pin::Pin;
use rolecall_core::denial::Denial;

/// Requests of one isolate that wait for a hash at most: some hundred milliseconds of work.
pub const WAITING_MAX: u32 = 8;
/// When to come back, in seconds: all that wait now are done by then.
const RETRY_AFTER_SECONDS: u64 = 2;

/// Gives the event loop the time for one round: other requests and answers from the network come first.
pub type Pause = fn() -> Pin<Box<dyn Future<Output = ()>>>;

/// Counts of an isolate's password hashes; holds nothing of any request.
#[derive(Debug)]
pub struct HashQueue {
    waiting: Cell<u32>,
    turns: Cell<u64>,
    pause: Pause,
}

impl HashQueue {
    /// A queue in which nobody waits.
    pub fn new(pause: Pause) -> Self {
        HashQueue { waiting: Cell::new(0), turns: Cell::new(0), pause }
    }

    /// Admits a request that will compute hashes, or refuses it before any work is done for it.
    pub fn enter(&self) -> Result<HashPermit<'_>, Denial> {
        if self.waiting.get() >= WAITING_MAX {
            return Err(Denial::TooManySignIns { retry_after: RETRY_AFTER_SECONDS });
        }
        self.waiting.set(self.waiting.get() + 1);
        Ok(HashPermit { queue: self })
    }
}

/// A place among those that wait; given back when dropped, however the request ends.
#[derive(Debug)]
pub struct HashPermit<'q> {
    queue: &'q HashQueue,
}

impl HashPermit<'_> {
    /// Waits until this request may compute one hash, at once after this returns.
    ///
    /// Whoever sees a hash begin during their own pause pauses once more: so there is one hash in a round of the event loop
    /// at most, and nobody holds anything that an aborted request could keep.
    pub async fn turn(&self) {
        let turns = &self.queue.turns;
        loop {
            let seen = turns.get();
            (self.queue.pause)().await;
            if turns.get() == seen {
                return turns.set(seen.wrapping_add(1));
            }
        }
    }
}

impl Drop for HashPermit<'_> {
    fn drop(&mut self) {
        self.queue.waiting.set(self.queue.waiting.get().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::task::{Context, Poll, Waker};
    use std::cell::RefCell;

    /// Ready at the second look: one round of an event loop.
    struct Round(bool);

    impl Future for Round {
        type Output = ();
        fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            if core::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
        }
    }

    fn queue() -> HashQueue {
        HashQueue::new(|| Box::pin(Round(false)))
    }

    #[test]
    fn one_hash_in_a_round_and_everybody_gets_their_turn_in_order() {
        let (queue, done) = (queue(), RefCell::new(Vec::new()));
        let request = |name: u32| {
            let permit = queue.enter().unwrap();
            let done = &done;
            Box::pin(async move {
                permit.turn().await;
                done.borrow_mut().push(name);
            })
        };
        let mut requests: Vec<_> = (0..WAITING_MAX).map(|name| Some(request(name))).collect();
        let mut context = Context::from_waker(Waker::noop());
        let mut rounds = 0;
        while requests.iter().any(Option::is_some) {
            let before = done.borrow().len();
            for slot in &mut requests {
                if slot.as_mut().is_some_and(|request| request.as_mut().poll(&mut context).is_ready()) {
                    *slot = None;
                }
            }
            assert!(done.borrow().len() <= before + 1, "two hashes in one round");
            rounds += 1;
            assert!(rounds < 100, "nobody waits for ever");
        }
        assert_eq!(*done.borrow(), (0..WAITING_MAX).collect::<Vec<_>>());
        assert_eq!(queue.waiting.get(), 0);
    }

    #[test]
    fn beyond_the_bound_nobody_waits_and_an_aborted_request_gives_its_place_back() {
        let queue = queue();
        let mut permits: Vec<_> = (0..WAITING_MAX).map(|_| queue.enter().unwrap()).collect();
        assert_eq!(queue.enter().err(), Some(Denial::TooManySignIns { retry_after: RETRY_AFTER_SECONDS }));
        let permit = permits.pop().unwrap();
        {
            let mut aborted = Box::pin(async move { permit.turn().await });
            assert!(aborted.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        let again = queue.enter().unwrap();
        assert!(queue.enter().is_err());
        drop((permits, again));
        assert_eq!(queue.waiting.get(), 0);
    }
}
