//! How fast somebody may guess: a pure brake on sign-in, the same for emails with and without an account.
//!
//! Two scopes count failures. *Near* is one email from one network: a few free tries, then growing pauses; it is
//! what stops an attacker and leaves the victim, who sits elsewhere, alone (ASVS 5.0 6.1.1). *Far* is one email from
//! anywhere: at most 100 consecutive failures (NIST SP 800-63B-4 section 3.2.2), then only a password reset opens it.

use crate::domain::email::Email;
use crate::domain::time::Timestamp;

/// Failures before the first pause: a person tries the passwords they know.
pub const FREE_FAILURES: u32 = 5;
/// The first pause in seconds; doubled by each failure more.
pub const PAUSE_SECONDS: i64 = 30;
/// The longest pause in seconds.
pub const PAUSE_MAX_SECONDS: i64 = 15 * 60;
/// Consecutive failures from anywhere after which only a password reset helps.
pub const FAILURES_MAX: u32 = 100;
/// What a caller is told to wait when only a reset helps, in seconds.
const RESET_HINT_SECONDS: u64 = 60 * 60;

/// What a count is about.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Scope {
    /// One email from one network.
    Near,
    /// One email from anywhere.
    Far,
}

/// The two scopes in which a sign-in is counted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scopes {
    /// Of the growing pauses.
    pub near: String,
    /// Of the hard cap.
    pub far: String,
}

impl Scopes {
    /// Of a browser that nothing is known of: by email and network, and by email.
    pub fn of_stranger(email: &Email, network: &str) -> Scopes {
        Scopes { near: format!("near:{network}|{}", email.as_str()), far: format!("email:{}", email.as_str()) }
    }

    /// Of a known device: it is counted by itself, so that nobody can lock somebody out who signed in before.
    pub fn of_device(id: u128) -> Scopes {
        Scopes { near: format!("device:{id:032x}"), far: format!("device-cap:{id:032x}") }
    }

    /// Both names.
    pub fn names(&self) -> [String; 2] {
        [self.near.clone(), self.far.clone()]
    }
}

/// Failures in a scope since the last success. The pause follows from these two alone, so failures that arrive at
/// once are counted by the database and need not agree on anything.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Attempts {
    /// How many.
    pub failures: u32,
    /// When last.
    pub last_failure: Timestamp,
}

/// How long to wait.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct RetryAfter(u64);

impl RetryAfter {
    /// Whole seconds, at least 1.
    pub fn seconds(self) -> u64 {
        self.0
    }
}

/// The pause after so many failures of one email from one network, in seconds.
fn pause(failures: u32) -> i64 {
    failures.checked_sub(FREE_FAILURES).map_or(0, |more| (PAUSE_SECONDS << more.min(16)).min(PAUSE_MAX_SECONDS))
}

/// Whether a try may be made now.
pub fn check(scope: Scope, attempts: &Attempts, now: Timestamp) -> Result<(), RetryAfter> {
    match scope {
        Scope::Far if attempts.failures >= FAILURES_MAX => Err(RetryAfter(RESET_HINT_SECONDS)),
        Scope::Far => Ok(()),
        // Also where the last failure is of a request that came later than this one and was quicker.
        Scope::Near if attempts.failures < FREE_FAILURES => Ok(()),
        Scope::Near => {
            let until = attempts.last_failure.plus_seconds(pause(attempts.failures));
            let left = u64::try_from(until.millis() - now.millis()).unwrap_or_default();
            if left > 0 { Err(RetryAfter(left.div_ceil(1000))) } else { Ok(()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(failures: u32) -> Attempts {
        Attempts { failures, last_failure: Timestamp::from_millis(0) }
    }

    /// Tries as fast as allowed for so long, always wrongly; answers how many were tried.
    fn attack(scope: Scope, seconds: i64) -> u32 {
        let (mut now, mut attempts) = (Timestamp::from_millis(0), failed(0));
        while now.seconds() < seconds {
            match check(scope, &attempts, now) {
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
    fn a_person_who_mistypes_four_times_waits_for_nothing() {
        for now in [0, -2000] {
            assert!((0..FREE_FAILURES).all(|n| check(Scope::Near, &failed(n), Timestamp::from_millis(now)) == Ok(())), "at {now}");
        }
    }

    #[test]
    fn an_attacker_from_one_network_gets_a_hundred_tries_a_day() {
        let tries = attack(Scope::Near, 24 * 60 * 60);
        assert!((50..=110).contains(&tries), "{tries}");
    }

    #[test]
    fn a_hundred_failures_from_anywhere_are_the_end() {
        assert_eq!(attack(Scope::Far, 1_000_000), FAILURES_MAX);
    }

    #[test]
    fn pauses_double_up_to_a_quarter_of_an_hour_and_end() {
        let wait = |n, at| check(Scope::Near, &failed(n), Timestamp::from_millis(at)).map_err(RetryAfter::seconds);
        assert_eq!((5..12).map(|n| wait(n, 0)).collect::<Vec<_>>(), [30, 60, 120, 240, 480, 900, 900].map(Err));
        assert_eq!(wait(5, 29_001), Err(1));
        assert_eq!(wait(5, 30_000), Ok(()));
        assert_eq!(wait(u32::MAX, 0), Err(900));
    }
}
