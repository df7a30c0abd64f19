//! Sessions, pending sign-ups and password resets.

use super::name::Name;
use crate::domain::authentication::Authentication;
use crate::domain::email::Email;
use crate::domain::id::{ResetId, SessionId, SignupId, UserId};
use crate::domain::secret_hashes::{PasswordHash, SecretHash};
use crate::domain::time::Timestamp;

/// Overall session timeout, counted from sign-in: 30 days (NIST SP 800-63B-4, AAL1), in seconds.
pub const SESSION_SECONDS: i64 = 30 * 24 * 60 * 60;
/// Inactivity timeout of a session: 7 days, in seconds.
pub const SESSION_IDLE_SECONDS: i64 = 7 * 24 * 60 * 60;
/// Shortest interval between two writes of `last_seen_at`: 5 minutes, in seconds. Most requests thus write nothing.
pub const SESSION_TOUCH_SECONDS: i64 = 5 * 60;
/// Lifetime of a verification link: one day, in seconds, since mail is often opened later and on another device.
pub const SIGNUP_SECONDS: i64 = 24 * 60 * 60;
/// Lifetime of a password reset link: 30 minutes, in seconds, since the link is equivalent to the password.
pub const RESET_SECONDS: i64 = 30 * 60;
/// Maximum length of a stored user agent in characters.
pub const USER_AGENT_MAX: usize = 256;

/// Session of a user in one browser. Only the hash of its token is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the remaining fields are those of the session resource of the HTTP contract")]
pub struct Session {
    pub id: SessionId,
    pub user: UserId,
    /// Hash of the session token.
    pub token: SecretHash,
    /// `User-Agent` header at sign-in, at most [`USER_AGENT_MAX`] characters.
    pub user_agent: String,
    /// Time of sign-in.
    pub created_at: Timestamp,
    /// Last use, up to [`SESSION_TOUCH_SECONDS`] old.
    pub last_seen_at: Timestamp,
    /// How and when the user last proved who they are: at sign-in, or again since.
    pub authentication: Authentication,
}

impl Session {
    /// Returns whether neither the overall nor the inactivity timeout has passed at `now` (ASVS 5.0 7.3.1, 7.3.2).
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.created_at.plus_seconds(SESSION_SECONDS) && now < self.last_seen_at.plus_seconds(SESSION_IDLE_SECONDS)
    }

    /// Returns whether `last_seen_at` is at least [`SESSION_TOUCH_SECONDS`] old.
    pub fn should_record_last_use(&self, now: Timestamp) -> bool {
        now >= self.last_seen_at.plus_seconds(SESSION_TOUCH_SECONDS)
    }
}

/// Sign-up whose email address is not verified yet.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the creation time says no more than its name")]
pub struct Signup {
    /// Id, from which the verification link is derived.
    pub id: SignupId,
    /// Address to verify.
    pub email: Email,
    /// Name of the future user.
    pub name: Name,
    /// Password hash of the future user, if they chose a password.
    pub password: Option<PasswordHash>,
    pub created_at: Timestamp,
    /// False once completed, replaced, or voided by another sign-up with the same address.
    pub open: bool,
    /// Hash of the browser key in the sign-up request, if it had one.
    pub browser: Option<SecretHash>,
}

impl Signup {
    /// Returns whether the sign-up is open and its link not expired at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.open && now < self.created_at.plus_seconds(SIGNUP_SECONDS)
    }
}

/// Requested password reset.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the creation time says no more than its name")]
pub struct PasswordReset {
    /// Id, from which the reset link is derived.
    pub id: ResetId,
    /// Address in the request.
    pub email: Email,
    /// User of that address; None where there is none. The reset is stored either way, so that timing does not reveal whether a
    /// user exists.
    pub user: Option<UserId>,
    pub created_at: Timestamp,
    /// False once completed or replaced.
    pub open: bool,
}

impl PasswordReset {
    /// Returns whether the reset is open and its link not expired at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.open && now < self.created_at.plus_seconds(RESET_SECONDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::authentication::AuthMethod;
    use proptest::prelude::*;

    fn at(seconds: i64, millis: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000 + millis)
    }

    fn session(created: i64, last_seen: i64) -> Session {
        Session {
            id: SessionId::from_bits(1),
            user: UserId::from_bits(2),
            token: SecretHash::from_bytes([0; 32]),
            user_agent: String::new(),
            created_at: at(created, 0),
            last_seen_at: at(last_seen, 0),
            authentication: Authentication::by(AuthMethod::Password, at(created, 0)),
        }
    }

    #[test]
    fn a_session_in_use_ends_30_days_after_sign_in() {
        let session = session(0, SESSION_SECONDS - 1);
        assert!(session.is_live(at(SESSION_SECONDS, -1)));
        assert!(!session.is_live(at(SESSION_SECONDS, 0)));
    }

    #[test]
    fn an_unused_session_ends_after_7_days() {
        let session = session(0, 100);
        assert!(session.is_live(at(100 + SESSION_IDLE_SECONDS, -1)));
        assert!(!session.is_live(at(100 + SESSION_IDLE_SECONDS, 0)));
    }

    #[test]
    fn the_last_use_is_written_every_five_minutes() {
        let session = session(0, 100);
        assert!(!session.should_record_last_use(at(100 + SESSION_TOUCH_SECONDS, -1)));
        assert!(session.should_record_last_use(at(100 + SESSION_TOUCH_SECONDS, 0)));
    }

    #[test]
    fn an_open_sign_up_ends_after_a_day() {
        let signup = |open| Signup {
            id: SignupId::from_bits(1),
            email: Email::parse("ann@example.com").unwrap(),
            name: Name::restore("Ann".to_owned()),
            password: None,
            created_at: at(0, 0),
            open,
            browser: None,
        };
        assert!(signup(true).is_live(at(SIGNUP_SECONDS, -1)));
        assert!(!signup(true).is_live(at(SIGNUP_SECONDS, 0)));
        assert!(!signup(false).is_live(at(0, 0)));
    }

    #[test]
    fn an_open_reset_ends_after_half_an_hour() {
        let reset = |open| PasswordReset {
            id: ResetId::from_bits(1),
            email: Email::parse("ann@example.com").unwrap(),
            user: None,
            created_at: at(0, 0),
            open,
        };
        assert!(reset(true).is_live(at(RESET_SECONDS, -1)));
        assert!(!reset(true).is_live(at(RESET_SECONDS, 0)));
        assert!(!reset(false).is_live(at(0, 0)));
    }

    proptest! {
        #[test]
        fn a_session_that_ended_never_becomes_live_again(seen in 0..SESSION_SECONDS, now in 0..2 * SESSION_SECONDS, later in 0..SESSION_SECONDS) {
            let session = session(0, seen);
            if !session.is_live(at(now, 0)) {
                prop_assert!(!session.is_live(at(now + later, 0)));
            }
        }
    }
}
