//! Delivering mail: written with its cause, delivered afterwards, tried again until it works or is given up.

use crate::error::Fault;
use crate::ports::OutboxStore;
use rolecall_core::domain::mail::Mail;
use rolecall_core::domain::time::Timestamp;

/// Mails of one delivery round.
const ROUND: usize = 20;
/// Rounds of one delivery at most: what still waits then is for the next.
const ROUNDS: usize = 10;
/// How long a delivery has its mails for itself, in seconds; a delivery that dies gives them back.
const CLAIM_SECONDS: i64 = 120;
/// Deliveries tried before a mail is given up: with the growing pauses below, about three days.
const ATTEMPTS_MAX: i64 = 18;
/// Pause after the first failure in seconds; doubled each time.
const PAUSE_SECONDS: i64 = 60;
/// Longest pause in seconds: eight hours.
const PAUSE_MAX_SECONDS: i64 = 8 * 60 * 60;

/// Hands mails to the outside.
#[expect(async_fn_in_trait, reason = "one isolate, one thread: no future leaves it")]
pub trait Mailer {
    /// Sends one mail; a failure says why, for the log.
    async fn send(&self, mail: &Mail) -> Result<(), Fault>;
}

/// What a round of delivery did.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Delivery {
    /// Mails sent.
    pub sent: usize,
    /// Mails to be tried again or given up.
    pub failed: usize,
}

/// Delivers what is due, round after round until nothing is. At least once: a mail whose delivery is cut off is sent again.
pub async fn deliver<S: OutboxStore, M: Mailer>(store: &S, mailer: &M, now: Timestamp) -> Result<Delivery, Fault> {
    let mut all = Delivery::default();
    for _ in 0..ROUNDS {
        let round = deliver_round(store, mailer, now).await?;
        all = Delivery { sent: all.sent + round.sent, failed: all.failed + round.failed };
        if round.sent + round.failed < ROUND {
            break;
        }
    }
    Ok(all)
}

async fn deliver_round<S: OutboxStore, M: Mailer>(store: &S, mailer: &M, now: Timestamp) -> Result<Delivery, Fault> {
    let mut sent = Vec::new();
    let mut delivery = Delivery::default();
    for queued in store.claim(now, now.plus_seconds(CLAIM_SECONDS), u32::try_from(ROUND).unwrap_or(u32::MAX)).await? {
        match mailer.send(&queued.mail).await {
            Ok(()) => sent.push(queued.mail.id),
            Err(fault) => {
                delivery.failed += 1;
                store.undelivered(queued.mail.id, next_try(queued.attempts + 1, now), &fault.to_string()).await?;
            }
        }
    }
    delivery.sent = sent.len();
    if !sent.is_empty() {
        store.delivered(&sent, now).await?;
    }
    Ok(delivery)
}

/// When to try again after so many failures; None: given up.
fn next_try(attempts: i64, now: Timestamp) -> Option<Timestamp> {
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
        let pauses: Vec<Option<i64>> = (1..=18).map(|n| next_try(n, now).map(Timestamp::seconds)).collect();
        assert_eq!(pauses[0], Some(60));
        assert_eq!(pauses[1], Some(120));
        assert_eq!(pauses[10], Some(PAUSE_MAX_SECONDS));
        assert_eq!(pauses[17], None);
        let days = pauses.iter().flatten().sum::<i64>() as f64 / 86_400.0;
        assert!((2.5..3.5).contains(&days), "{days} days");
    }
}
