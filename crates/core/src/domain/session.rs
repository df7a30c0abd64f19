//! Signed-in browsers, and the one-time steps that lead to them.

use super::name::Name;
use crate::domain::email::Email;
use crate::domain::id::{ResetId, SessionId, SignupId, UserId};
use crate::domain::stored_secret::{PasswordHash, SecretHash};
use crate::domain::time::Timestamp;

/// A session ends this long after sign-in, used or not: 30 days (NIST SP 800-63B-4, AAL1), in seconds.
pub const SESSION_SECONDS: i64 = 30 * 24 * 60 * 60;
/// A session ends when unused for this long: 7 days, in seconds.
pub const SESSION_IDLE_SECONDS: i64 = 7 * 24 * 60 * 60;
/// `last_seen_at` is written at most this often, so that reads stay reads: 5 minutes, in seconds.
pub const SESSION_TOUCH_SECONDS: i64 = 5 * 60;
/// A verification link lives for a day: people open mail on another device, later. In seconds.
pub const SIGNUP_SECONDS: i64 = 24 * 60 * 60;
/// A reset link lives for half an hour: it is as good as a password. In seconds.
pub const RESET_SECONDS: i64 = 30 * 60;
/// Longest user agent that is kept, in characters.
pub const USER_AGENT_MAX: usize = 256;

/// A signed-in browser. Only a hash of its token is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// The session.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// What the token hashes to.
    pub token: SecretHash,
    /// The browser's own words.
    pub user_agent: String,
    /// When signed in.
    pub created_at: Timestamp,
    /// Last use, up to [`SESSION_TOUCH_SECONDS`] old.
    pub last_seen_at: Timestamp,
}

impl Session {
    /// Whether it still counts at `now` (ASVS 5.0 7.3.1, 7.3.2).
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.created_at.plus_seconds(SESSION_SECONDS) && now < self.last_seen_at.plus_seconds(SESSION_IDLE_SECONDS)
    }

    /// Whether `last_seen_at` is due to be written.
    pub fn last_use_is_due(&self, now: Timestamp) -> bool {
        now >= self.last_seen_at.plus_seconds(SESSION_TOUCH_SECONDS)
    }
}

/// A sign-up that waits for its email to be proven.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signup {
    /// The sign-up; its verification link is derived from this.
    pub id: SignupId,
    /// To be proven.
    pub email: Email,
    /// The name that the user will have.
    pub name: Name,
    /// The password that the user will have.
    pub password: PasswordHash,
    /// When.
    pub created_at: Timestamp,
    /// False once redeemed, voided by another, or replaced.
    pub open: bool,
    /// What the key of the browser that asked hashes to, where it sent one.
    pub browser: Option<SecretHash>,
}

impl Signup {
    /// Whether its link still works at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.open && now < self.created_at.plus_seconds(SIGNUP_SECONDS)
    }
}

/// A password reset that waits for its link to be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reset {
    /// The reset; its link is derived from this.
    pub id: ResetId,
    /// The address that asked.
    pub email: Email,
    /// Whose password; None where the address has no account, so that asking costs the same.
    pub user: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
    /// False once used or replaced.
    pub open: bool,
}

impl Reset {
    /// Whether its link still works at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.open && now < self.created_at.plus_seconds(RESET_SECONDS)
    }
}
