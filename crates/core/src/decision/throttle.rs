//! Throttling of guesses at a secret of a user: what sign-in and re-authentication have in common.

use crate::credential::lockout::{self, Attempts, CounterKeys, CounterKind};
use crate::domain::time::Timestamp;
use crate::transaction::change::Effect;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// An attempt that the counters of failures allow.
pub(super) struct Throttle {
    counters: CounterKeys,
    backoff: Option<Attempts>,
    cap: Option<Attempts>,
}

impl Throttle {
    /// Allows an attempt, whose result then depends on the counted failures: concurrent guesses are decided as if sent one by one.
    ///
    /// # Errors
    ///
    /// [`Denial::TooManyAttempts`] during a lockout; [`DecisionError::NotLoaded`].
    pub(super) fn check(snapshot: &TrackedSnapshot, now: Timestamp, counters: CounterKeys) -> Result<Throttle, DecisionError> {
        let (backoff, cap) = (snapshot.attempts(&counters.backoff)?, snapshot.attempts(&counters.cap)?);
        for (kind, attempts) in [(CounterKind::Backoff, &backoff), (CounterKind::Cap, &cap)] {
            if let Some(attempts) = attempts
                && let Err(wait) = lockout::check(kind, attempts, now)
            {
                return Err(Denial::TooManyAttempts { retry_after: wait.seconds() }.into());
            }
        }
        snapshot.require_failures_at_most(&counters.backoff, backoff.as_ref().map_or(0, |attempts| attempts.failures));
        snapshot.require_failures_at_most(&counters.cap, lockout::FAILURES_MAX - 1);
        Ok(Throttle { counters, backoff, cap })
    }

    /// Counts a failure.
    pub(super) fn failed(&self, now: Timestamp) -> Vec<Effect> {
        self.counters.both().map(|key| Effect::CountFailure(key, now)).to_vec()
    }

    /// Clears the counters that a success ends.
    pub(super) fn succeeded(self) -> Vec<Effect> {
        let clear = |counted: Option<Attempts>, key: String| counted.map(|_| Effect::ClearFailures(key));
        clear(self.backoff, self.counters.backoff).into_iter().chain(clear(self.cap, self.counters.cap)).collect()
    }
}
