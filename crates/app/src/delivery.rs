//! Delivery of queued items to receivers outside of the service, at least once.
//!
//! An item is queued in the same transaction as its cause, claimed by one delivery at a time, retried with exponential backoff,
//! and given up after the last attempt. An item whose delivery is interrupted is sent again: a receiver needs the item's id to
//! recognise a duplicate.

use crate::error::Fault;
use crate::ports::DeliveryQueue;
use rolecall_core::domain::time::Timestamp;

/// Maximum number of items that are claimed at once.
const ROUND_ITEMS: usize = 20;
/// Maximum number of rounds of one delivery; further items remain due for the next delivery.
const ROUNDS_MAX: usize = 10;
/// Duration of a claim in seconds. Items of an interrupted delivery are due again after it.
const CLAIM_SECONDS: i64 = 120;
/// Number of attempts after which an item is given up: about three days, with the backoff below.
const ATTEMPTS_MAX: i64 = 18;
/// Backoff after the first failed attempt in seconds; doubled after each further one.
const BACKOFF_SECONDS: i64 = 60;
/// Maximum backoff in seconds: eight hours.
const BACKOFF_MAX_SECONDS: i64 = 8 * 60 * 60;

/// Sends items to a receiver outside of the service.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait Sender<T> {
    /// Sends one item.
    ///
    /// # Errors
    ///
    /// The reason of the failure, for the log and the queue. The item is retried.
    async fn send(&self, item: &T) -> Result<(), Fault>;
}

/// Result of one delivery.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct DeliveryCounts {
    /// Number of items that were sent.
    pub sent: usize,
    /// Number of failed attempts: of items that are retried, and of items that were given up.
    pub failed: usize,
}

/// Delivers the items that are due, at most 200. A failed attempt does not keep other items from being sent. `clock` returns the
/// present time: a slow receiver can make a delivery longer than a claim, and an item is only sent under a claim that holds.
///
/// # Errors
///
/// A fault of the queue. Items that were claimed and not marked as delivered are due again after two minutes, even if they were
/// sent.
pub async fn deliver<Q: DeliveryQueue>(
    queue: &Q,
    sender: &impl Sender<Q::Item>,
    clock: impl Fn() -> Timestamp,
) -> Result<DeliveryCounts, Fault> {
    let mut total = DeliveryCounts::default();
    for _ in 0..ROUNDS_MAX {
        let round = deliver_round(queue, sender, &clock).await?;
        total = DeliveryCounts { sent: total.sent + round.sent, failed: total.failed + round.failed };
        if round.sent + round.failed < ROUND_ITEMS {
            break;
        }
    }
    Ok(total)
}

async fn deliver_round<Q: DeliveryQueue>(
    queue: &Q,
    sender: &impl Sender<Q::Item>,
    clock: &impl Fn() -> Timestamp,
) -> Result<DeliveryCounts, Fault> {
    let now = clock();
    let claimed_until = now.plus_seconds(CLAIM_SECONDS);
    let mut sent = Vec::new();
    let mut failed = 0;
    for queued in queue.claim(now, claimed_until, u32::try_from(ROUND_ITEMS).unwrap_or(u32::MAX)).await? {
        if clock() >= claimed_until {
            break;
        }
        match sender.send(&queued.item).await {
            Ok(()) => sent.push(queued.id),
            Err(fault) => {
                failed += 1;
                queue.record_failure(queued.id, next_attempt(queued.attempts + 1, clock()), &fault.to_string()).await?;
            }
        }
    }
    if !sent.is_empty() {
        queue.mark_delivered(&sent, clock()).await?;
    }
    Ok(DeliveryCounts { sent: sent.len(), failed })
}

/// Time of the next attempt after this many failed ones; None: the item is given up.
fn next_attempt(attempts: i64, now: Timestamp) -> Option<Timestamp> {
    if attempts >= ATTEMPTS_MAX {
        return None;
    }
    let doublings = u32::try_from(attempts.clamp(1, 20) - 1).unwrap_or_default();
    Some(now.plus_seconds((BACKOFF_SECONDS << doublings).min(BACKOFF_MAX_SECONDS)))
}

#[cfg(test)]
mod tests;
