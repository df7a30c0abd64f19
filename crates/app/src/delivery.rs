//! Delivery of what leaves the service: queued in the same batch as its cause, claimed by one delivery at a time, tried again
//! with growing pauses, and given up in the end. At least once: an item whose delivery is interrupted is sent again, so a
//! receiver needs the item's id to recognise it.

use crate::error::Fault;
use crate::ports::DeliveryQueue;
use rolecall_core::domain::time::Timestamp;

/// Items of one round of a delivery.
const ROUND_ITEMS: usize = 20;
/// Most rounds of one delivery; the rest waits for the next delivery.
const ROUNDS_MAX: usize = 10;
/// How long claimed items belong to one delivery, in seconds. A delivery that is interrupted returns them by this.
const CLAIM_SECONDS: i64 = 120;
/// Attempts before an item is given up: with the growing pauses below, about three days.
const ATTEMPTS_MAX: i64 = 18;
/// Pause after the first failure in seconds; doubled by each further one.
const PAUSE_SECONDS: i64 = 60;
/// Longest pause in seconds: eight hours.
const PAUSE_MAX_SECONDS: i64 = 8 * 60 * 60;

/// Sends items to a receiver outside of the service.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait Sender<T> {
    /// Sends one item.
    ///
    /// # Errors
    /// The reason of the failure, for the log and the queue; the item is tried again.
    async fn send(&self, item: &T) -> Result<(), Fault>;
}

/// Counts of one delivery.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Delivery {
    /// Items sent.
    pub sent: usize,
    /// Items to be tried again, or given up.
    pub failed: usize,
}

/// Delivers the items that are due, round after round until none is or [`ROUNDS_MAX`] is reached.
///
/// # Errors
/// A fault of the queue; what was claimed is due again after [`CLAIM_SECONDS`].
pub async fn deliver<Q: DeliveryQueue>(queue: &Q, sender: &impl Sender<Q::Item>, now: Timestamp) -> Result<Delivery, Fault> {
    let mut total = Delivery::default();
    for _ in 0..ROUNDS_MAX {
        let round = deliver_round(queue, sender, now).await?;
        total = Delivery { sent: total.sent + round.sent, failed: total.failed + round.failed };
        if round.sent + round.failed < ROUND_ITEMS {
            break;
        }
    }
    Ok(total)
}

async fn deliver_round<Q: DeliveryQueue>(queue: &Q, sender: &impl Sender<Q::Item>, now: Timestamp) -> Result<Delivery, Fault> {
    let mut sent = Vec::new();
    let mut failed = 0;
    for queued in queue.claim(now, now.plus_seconds(CLAIM_SECONDS), u32::try_from(ROUND_ITEMS).unwrap_or(u32::MAX)).await? {
        match sender.send(&queued.item).await {
            Ok(()) => sent.push(queued.id),
            Err(fault) => {
                failed += 1;
                queue.undelivered(queued.id, next_attempt(queued.attempts + 1, now), &fault.to_string()).await?;
            }
        }
    }
    if !sent.is_empty() {
        queue.delivered(&sent, now).await?;
    }
    Ok(Delivery { sent: sent.len(), failed })
}

/// The time of the next attempt after this many failures; None where the item is given up.
fn next_attempt(attempts: i64, now: Timestamp) -> Option<Timestamp> {
    if attempts >= ATTEMPTS_MAX {
        return None;
    }
    let doublings = u32::try_from(attempts.clamp(1, 20) - 1).unwrap_or_default();
    Some(now.plus_seconds((PAUSE_SECONDS << doublings).min(PAUSE_MAX_SECONDS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let now = Timestamp::from_millis(0);
        let pauses: Vec<Option<i64>> = (1..=18).map(|n| next_attempt(n, now).map(Timestamp::seconds)).collect();
        assert_eq!(pauses[0], Some(60));
        assert_eq!(pauses[1], Some(120));
        assert_eq!(pauses[10], Some(PAUSE_MAX_SECONDS));
        assert_eq!(pauses[17], None);
        let days = pauses.iter().flatten().sum::<i64>() as f64 / 86_400.0;
        assert!((2.5..3.5).contains(&days), "{days} days");
    }
}
