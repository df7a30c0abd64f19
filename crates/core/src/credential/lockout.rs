//! Throttling of password guesses, identical for email addresses with and without a user.
//!
//! Two counters count the consecutive failures of a sign-in. The *backoff* counter counts one email address from one network:
//! after [`FREE_FAILURES`] failures each further attempt is delayed, with exponential backoff. An attacker is delayed this way
//! while the user, who signs in from another network, is not (ASVS 5.0 6.1.1). The *cap* counter counts one email address from
//! all networks: after [`FAILURES_MAX`] failures (NIST SP 800-63B-4 section 3.2.2) only a password reset allows another attempt.

use crate::domain::email::Email;
use crate::domain::id::UserId;
use crate::domain::secret_hashes::SecretHash;
use crate::domain::time::Timestamp;
use core::fmt;

/// Number of failures without a delay.
pub const FREE_FAILURES: u32 = 5;
/// First delay in seconds; each further failure doubles it.
pub const BACKOFF_SECONDS: i64 = 30;
/// Longest delay in seconds.
pub const BACKOFF_MAX_SECONDS: i64 = 15 * 60;
/// Number of consecutive failures from all networks after which only a password reset allows another attempt.
pub const FAILURES_MAX: u32 = 100;
/// `Retry-After` in seconds of an attempt beyond [`FAILURES_MAX`]. Only a password reset allows another attempt, whatever the wait.
const CAP_RETRY_SECONDS: u64 = 60 * 60;

/// Kind of a failure counter.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum CounterKind {
    /// Exponential backoff: one email address from one network, or one device.
    Backoff,
    /// Cap on consecutive failures: one email address from all networks, or one device.
    Cap,
}

/// Keys of the two counters of a sign-in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CounterKeys {
    /// Key of the [`CounterKind::Backoff`] counter.
    pub backoff: String,
    /// Key of the [`CounterKind::Cap`] counter.
    pub cap: String,
}

impl CounterKeys {
    /// Keys of a sign-in without a valid device cookie: by email address and network, and by email address.
    pub fn for_email(email: &Email, network: &str) -> CounterKeys {
        CounterKeys { backoff: format!("near:{network}|{}", email.as_str()), cap: format!("email:{}", email.as_str()) }
    }

    /// Keys of a sign-in with a valid device cookie. Such a device has counters of its own, so that failures elsewhere cannot lock
    /// out a user on a device that was used for a successful sign-in before.
    pub fn for_device(id: u128) -> CounterKeys {
        CounterKeys { backoff: format!("device:{id:032x}"), cap: format!("device-cap:{id:032x}") }
    }

    /// Keys of a re-authentication: by session, so that guesses with a stolen session lock the user out of no other.
    pub fn for_session(token: &SecretHash) -> CounterKeys {
        let token = token.to_hex();
        CounterKeys { backoff: format!("session:{token}"), cap: format!("session-cap:{token}") }
    }

    /// Keys of codes of an authenticator app: by user, since a code has 20 bits whatever network it comes from.
    pub fn for_totp(user: UserId) -> CounterKeys {
        CounterKeys { backoff: format!("totp:{user}"), cap: format!("totp-cap:{user}") }
    }

    /// Keys of recovery codes: by user, and apart from those of an app, so that they help a user whose app was locked by guesses.
    pub fn for_recovery_codes(user: UserId) -> CounterKeys {
        CounterKeys { backoff: format!("recovery:{user}"), cap: format!("recovery-cap:{user}") }
    }

    /// Both keys, the backoff counter first.
    pub fn both(&self) -> [String; 2] {
        [self.backoff.clone(), self.cap.clone()]
    }
}

/// Value of a failure counter: the failures since the last successful sign-in. The delay depends on these two numbers alone, so
/// concurrent failures only have to increment them in the database.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Attempts {
    /// Number of consecutive failures.
    pub failures: u32,
    /// Time of the last failure.
    pub last_failure: Timestamp,
}

/// Rejection of an attempt, with the time to wait before the next.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct RetryAfter(u64);

impl RetryAfter {
    /// Whole seconds, at least 1.
    pub fn seconds(self) -> u64 {
        self.0
    }
}

impl fmt::Display for RetryAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "too many failed attempts, retry after {} seconds", self.0)
    }
}

impl core::error::Error for RetryAfter {}

/// Delay after a number of consecutive failures, in seconds.
fn backoff_seconds(failures: u32) -> i64 {
    // 2^16 is beyond the maximum and does not overflow.
    failures.checked_sub(FREE_FAILURES).map_or(0, |doublings| (BACKOFF_SECONDS << doublings.min(16)).min(BACKOFF_MAX_SECONDS))
}

/// Checks whether a counter allows an attempt at `now`.
///
/// # Errors
/// [`RetryAfter`] if the attempt comes before the end of the delay, or beyond [`FAILURES_MAX`].
pub fn check(kind: CounterKind, attempts: &Attempts, now: Timestamp) -> Result<(), RetryAfter> {
    match kind {
        CounterKind::Cap if attempts.failures >= FAILURES_MAX => Err(RetryAfter(CAP_RETRY_SECONDS)),
        CounterKind::Cap => Ok(()),
        // `last_failure` can be after `now`, where a concurrent request failed first.
        CounterKind::Backoff if attempts.failures < FREE_FAILURES => Ok(()),
        CounterKind::Backoff => {
            let until = attempts.last_failure.plus_seconds(backoff_seconds(attempts.failures));
            let left = u64::try_from(until.millis() - now.millis()).unwrap_or_default();
            if left > 0 { Err(RetryAfter(left.div_ceil(1000))) } else { Ok(()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn failed(failures: u32) -> Attempts {
        Attempts { failures, last_failure: Timestamp::from_millis(0) }
    }

    /// Number of failed attempts within a time, each made as soon as the counter allows it.
    fn attempts_within(kind: CounterKind, seconds: i64) -> u32 {
        let (mut now, mut attempts) = (Timestamp::from_millis(0), failed(0));
        while now.seconds() < seconds {
            match check(kind, &attempts, now) {
                Ok(()) => {
                    attempts = Attempts { failures: attempts.failures + 1, last_failure: now };
                    now = now.plus_seconds(1);
                }
                Err(wait) => now = now.plus_seconds(i64::try_from(wait.seconds()).unwrap()),
            }
        }
        attempts.failures
    }

    #[test]
    fn the_first_failures_cause_no_delay() {
        for now in [0, -2000] {
            assert!((0..FREE_FAILURES).all(|n| check(CounterKind::Backoff, &failed(n), Timestamp::from_millis(now)) == Ok(())), "at {now}");
        }
    }

    #[test]
    fn backoff_allows_about_a_hundred_attempts_a_day() {
        let attempts = attempts_within(CounterKind::Backoff, 24 * 60 * 60);
        assert!((50..=110).contains(&attempts), "{attempts}");
    }

    #[test]
    fn the_cap_allows_no_attempt_after_a_hundred_failures() {
        assert_eq!(attempts_within(CounterKind::Cap, 1_000_000), FAILURES_MAX);
    }

    #[test]
    fn delays_double_up_to_a_quarter_of_an_hour_and_end() {
        let wait = |n, at| check(CounterKind::Backoff, &failed(n), Timestamp::from_millis(at)).map_err(RetryAfter::seconds);
        assert_eq!((5..12).map(|n| wait(n, 0)).collect::<Vec<_>>(), [30, 60, 120, 240, 480, 900, 900].map(Err));
        assert_eq!(wait(5, 29_001), Err(1));
        assert_eq!(wait(5, 30_000), Ok(()));
        assert_eq!(wait(u32::MAX, 0), Err(900));
    }

    #[test]
    fn the_cap_allows_the_hundredth_attempt_and_not_the_next() {
        assert_eq!(check(CounterKind::Cap, &failed(FAILURES_MAX - 1), Timestamp::from_millis(0)), Ok(()));
        assert_eq!(check(CounterKind::Cap, &failed(FAILURES_MAX), Timestamp::MAX), Err(RetryAfter(3600)));
    }

    #[test]
    fn the_first_delay_follows_the_fifth_failure() {
        let now = Timestamp::from_millis(0);
        assert_eq!(check(CounterKind::Backoff, &failed(FREE_FAILURES - 1), now), Ok(()));
        assert_eq!(check(CounterKind::Backoff, &failed(FREE_FAILURES), now), Err(RetryAfter(30)));
    }

    #[test]
    fn the_counters_of_an_email_a_device_an_app_and_recovery_codes_are_different() {
        let email = Email::parse("ann@example.com").unwrap();
        let of_user = [CounterKeys::for_totp(UserId::from_bits(1)), CounterKeys::for_recovery_codes(UserId::from_bits(1))];
        let keys = [CounterKeys::for_email(&email, "192.0.2.1"), CounterKeys::for_device(1)].into_iter().chain(of_user);
        let distinct: std::collections::BTreeSet<String> = keys.flat_map(|keys| keys.both()).collect();
        assert_eq!(distinct.len(), 8);
    }

    #[test]
    fn the_cap_of_an_email_does_not_depend_on_the_network() {
        let email = Email::parse("ann@example.com").unwrap();
        let (one, other) = (CounterKeys::for_email(&email, "192.0.2.1"), CounterKeys::for_email(&email, "192.0.2.2"));
        assert_eq!(one.cap, other.cap);
        assert_ne!(one.backoff, other.backoff);
    }

    proptest! {
        #[test]
        fn delays_never_decrease_and_never_exceed_their_maximum(failures in 0_u32..u32::MAX) {
            prop_assert!(backoff_seconds(failures) <= backoff_seconds(failures + 1));
            prop_assert!(backoff_seconds(failures) <= BACKOFF_MAX_SECONDS);
        }

        #[test]
        fn an_attempt_is_allowed_after_the_retry_time_and_not_a_second_before(failures in FREE_FAILURES..40, elapsed in 0_i64..1_000_000) {
            let now = Timestamp::from_millis(elapsed);
            if let Err(retry) = check(CounterKind::Backoff, &failed(failures), now) {
                let seconds = i64::try_from(retry.seconds()).unwrap();
                prop_assert!(seconds >= 1);
                prop_assert_eq!(check(CounterKind::Backoff, &failed(failures), now.plus_seconds(seconds)), Ok(()));
                prop_assert!(check(CounterKind::Backoff, &failed(failures), now.plus_seconds(seconds - 1)).is_err());
            }
        }
    }

    #[test]
    fn a_failure_of_a_concurrent_request_in_the_future_delays_nobody_before_the_free_ones_are_used() {
        let now = Timestamp::from_millis(1_000_000);
        let attempts = |failures| Attempts { failures, last_failure: now.plus_seconds(5) };
        assert_eq!(check(CounterKind::Backoff, &attempts(FREE_FAILURES - 1), now), Ok(()));
        let refused = check(CounterKind::Backoff, &attempts(FREE_FAILURES), now).unwrap_err();
        assert_eq!(refused.to_string(), format!("too many failed attempts, retry after {} seconds", refused.seconds()));
    }
}
