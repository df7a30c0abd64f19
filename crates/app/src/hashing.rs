//! Admission of password hashing. Argon2id takes tens of milliseconds of the only thread of an isolate, so a bounded number
//! of requests waits for it, and between two hashes the event loop gets to whatever else is ready.

use core::cell::{Cell, RefCell};
use core::future::Future;
use core::pin::Pin;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::denial::Denial;

/// Requests of one isolate that are admitted to compute a hash at most, from their load to their commit: some hundred milliseconds
/// of work.
pub const WAITING_MAX: usize = 8;
/// When to come back, in seconds: all that wait now are done by then.
const RETRY_AFTER_SECONDS: u64 = 2;
/// After so many seconds a place counts as given back. The platform neither polls nor drops a request whose client has gone
/// away, so a permit may never be dropped.
const ABANDONED_SECONDS: i64 = 30;

/// Gives the event loop the time for one round: other requests and answers from the network come first.
pub type Pause = fn() -> Pin<Box<dyn Future<Output = ()>>>;

/// Counts of an isolate's password hashes; holds nothing of any request.
#[derive(Debug)]
pub struct HashQueue {
    /// Number and time of each admission.
    places: RefCell<Vec<(u64, Timestamp)>>,
    admitted: Cell<u64>,
    turns: Cell<u64>,
    pause: Pause,
}

impl HashQueue {
    /// A queue in which nobody waits.
    pub fn new(pause: Pause) -> Self {
        HashQueue { places: RefCell::default(), admitted: Cell::new(0), turns: Cell::new(0), pause }
    }

    /// Admits a request that will compute hashes, or refuses it before any work is done for it.
    pub fn admit(&self, now: Timestamp) -> Result<HashPermit<'_>, Denial> {
        let mut places = self.places.borrow_mut();
        places.retain(|(_, since)| *since > now.plus_seconds(-ABANDONED_SECONDS));
        if places.len() >= WAITING_MAX {
            return Err(Denial::TooManySignIns { retry_after: RETRY_AFTER_SECONDS });
        }
        let number = self.admitted.get();
        self.admitted.set(number.wrapping_add(1));
        places.push((number, now));
        Ok(HashPermit { queue: self, number })
    }
}

/// A place among those that wait; given back when dropped, however the request ends.
#[derive(Debug)]
pub struct HashPermit<'q> {
    queue: &'q HashQueue,
    number: u64,
}

impl HashPermit<'_> {
    /// Waits until this request may compute one hash, at once after this returns.
    ///
    /// Whoever sees a hash begin during their own pause pauses once more: so there is one hash in a round of the event loop
    /// at most, and nobody holds anything that an aborted request could keep.
    pub async fn wait_turn(&self) {
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
        self.queue.places.borrow_mut().retain(|(number, _)| *number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::task::{Context, Poll, Waker};

    /// Ready at the second look: one round of an event loop.
    struct Round(bool);

    impl Future for Round {
        type Output = ();
        fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            if core::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
        }
    }

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn queue() -> HashQueue {
        HashQueue::new(|| Box::pin(Round(false)))
    }

    #[test]
    fn one_hash_in_a_round_and_everybody_gets_their_turn_in_order() {
        let (queue, done) = (queue(), RefCell::new(Vec::new()));
        let request = |name: usize| {
            let permit = queue.admit(NOW).unwrap();
            let done = &done;
            Box::pin(async move {
                permit.wait_turn().await;
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
        assert!(queue.places.borrow().is_empty());
    }

    #[test]
    fn beyond_the_bound_nobody_waits_and_an_aborted_request_gives_its_place_back() {
        let queue = queue();
        let mut permits: Vec<_> = (0..WAITING_MAX).map(|_| queue.admit(NOW).unwrap()).collect();
        assert_eq!(queue.admit(NOW).err(), Some(Denial::TooManySignIns { retry_after: RETRY_AFTER_SECONDS }));
        let permit = permits.pop().unwrap();
        {
            let mut aborted = Box::pin(async move { permit.wait_turn().await });
            assert!(aborted.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        let again = queue.admit(NOW).unwrap();
        assert!(queue.admit(NOW).is_err());
        drop((permits, again));
        assert!(queue.places.borrow().is_empty());
    }

    #[test]
    fn a_place_that_nobody_gives_back_is_free_again_after_a_while() {
        let queue = queue();
        // What the platform never polls again is never dropped either.
        let abandoned: Vec<_> = (0..WAITING_MAX).map(|_| queue.admit(NOW).unwrap()).collect();
        assert!(queue.admit(NOW.plus_seconds(ABANDONED_SECONDS - 1)).is_err());
        let later = queue.admit(NOW.plus_seconds(ABANDONED_SECONDS)).unwrap();
        drop(abandoned);
        assert_eq!(queue.places.borrow().len(), 1, "who comes late gives back no place but their own");
        drop(later);
    }
}
