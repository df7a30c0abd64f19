//! Admission control of password hashing. Argon2id takes tens of milliseconds of the only thread of an isolate, so a bounded
//! number of requests is admitted, and between two hashes the event loop runs whatever else is ready.

use core::cell::{Cell, RefCell};
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use rolecall_core::domain::time::Timestamp;
use rolecall_core::transaction::denial::Denial;
use std::rc::Rc;

/// Maximum number of requests of one isolate that are admitted at once, from their load to their commit: some hundred
/// milliseconds of hashing.
pub const WAITING_MAX: usize = 8;
/// `Retry-After` of a refused request in seconds: the requests that are admitted now have ended by then.
const RETRY_AFTER_SECONDS: u64 = 2;
/// Age in seconds at which a permit expires. The platform neither polls nor drops a request whose client disconnected, so a
/// permit may never be dropped.
const ABANDONED_SECONDS: i64 = 30;

/// How a request yields to the event loop for one turn, so that other requests and network responses are handled first. The
/// default does not yield.
#[derive(Clone, Default)]
pub struct Pause(Option<Rc<dyn Fn() -> Pin<Box<dyn Future<Output = ()>>>>>);

impl Pause {
    /// Yields by awaiting the future that the function returns.
    pub fn new(pause: impl Fn() -> Pin<Box<dyn Future<Output = ()>>> + 'static) -> Self {
        Pause(Some(Rc::new(pause)))
    }

    async fn wait(&self) {
        if let Some(pause) = &self.0 {
            pause().await;
        }
    }
}

impl fmt::Debug for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Pause(on)" } else { "Pause(off)" })
    }
}

/// Queue of the requests of an isolate that hash passwords. It holds no data of a request.
#[derive(Debug, Default)]
pub struct HashQueue {
    /// Number and time of each admitted request.
    places: RefCell<Vec<(u64, Timestamp)>>,
    admitted: Cell<u64>,
    turns: Cell<u64>,
}

impl HashQueue {
    /// Admits a request that hashes passwords, before any work is done for it.
    ///
    /// # Errors
    ///
    /// [`Denial::TooManySignIns`] if [`WAITING_MAX`] requests are admitted already.
    pub fn admit(&self, now: Timestamp, pause: &Pause) -> Result<HashPermit<'_>, Denial> {
        let mut places = self.places.borrow_mut();
        places.retain(|(_, since)| *since > now.plus_seconds(-ABANDONED_SECONDS));
        if places.len() >= WAITING_MAX {
            return Err(Denial::TooManySignIns { retry_after: RETRY_AFTER_SECONDS });
        }
        let number = self.admitted.get();
        self.admitted.set(number.wrapping_add(1));
        places.push((number, now));
        Ok(HashPermit { queue: self, number, pause: pause.clone() })
    }
}

/// Admission of a request to hash passwords. Dropping it releases the place in the queue.
#[derive(Debug)]
pub struct HashPermit<'q> {
    queue: &'q HashQueue,
    number: u64,
    pause: Pause,
}

impl HashPermit<'_> {
    /// Waits until this request may compute one hash, which it must do without another `await` before it.
    ///
    /// A request in whose turn of the event loop another hash began yields once more: there is at most one hash per turn, and no
    /// lock that an aborted request could hold.
    pub async fn wait_turn(&self) {
        let turns = &self.queue.turns;
        loop {
            let seen = turns.get();
            self.pause.wait().await;
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

    /// Ready at the second poll: one turn of an event loop.
    struct Round(bool);

    impl Future for Round {
        type Output = ();
        fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            if core::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
        }
    }

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn one_round() -> Pause {
        Pause::new(|| Box::pin(Round(false)))
    }

    #[test]
    fn one_hash_per_turn_of_the_event_loop_in_order_of_admission() {
        let (queue, done) = (HashQueue::default(), RefCell::new(Vec::new()));
        let request = |name: usize| {
            let permit = queue.admit(NOW, &one_round()).unwrap();
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
            assert!(done.borrow().len() <= before + 1, "two hashes in one turn");
            rounds += 1;
            assert!(rounds < 100, "a request never gets its turn");
        }
        assert_eq!(*done.borrow(), (0..WAITING_MAX).collect::<Vec<_>>());
        assert!(queue.places.borrow().is_empty());
    }

    #[test]
    fn beyond_the_bound_a_request_is_refused_and_an_aborted_one_releases_its_place() {
        let queue = HashQueue::default();
        let mut permits: Vec<_> = (0..WAITING_MAX).map(|_| queue.admit(NOW, &one_round()).unwrap()).collect();
        assert_eq!(queue.admit(NOW, &one_round()).err(), Some(Denial::TooManySignIns { retry_after: RETRY_AFTER_SECONDS }));
        let permit = permits.pop().unwrap();
        {
            let mut aborted = Box::pin(async move { permit.wait_turn().await });
            assert!(aborted.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        let again = queue.admit(NOW, &one_round()).unwrap();
        assert!(queue.admit(NOW, &one_round()).is_err());
        drop((permits, again));
        assert!(queue.places.borrow().is_empty());
    }

    #[test]
    fn an_abandoned_place_expires() {
        let queue = HashQueue::default();
        // What the platform never polls again is never dropped either.
        let abandoned: Vec<_> = (0..WAITING_MAX).map(|_| queue.admit(NOW, &one_round()).unwrap()).collect();
        assert!(queue.admit(NOW.plus_seconds(ABANDONED_SECONDS - 1), &one_round()).is_err());
        let later = queue.admit(NOW.plus_seconds(ABANDONED_SECONDS), &one_round()).unwrap();
        drop(abandoned);
        assert_eq!(queue.places.borrow().len(), 1, "a late permit releases no place but its own");
        drop(later);
    }
}
