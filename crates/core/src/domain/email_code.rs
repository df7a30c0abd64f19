//! One-time codes by mail, as stored: without the code, which is derived.

use crate::credential::one_time_code::{CODE_SECONDS, TRIES_MAX};
use crate::domain::email::Email;
use crate::domain::id::{EmailCodeId, UserId};
use crate::domain::secret_hashes::SecretHash;
use crate::domain::time::Timestamp;

/// A requested code.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the creation time says no more than its name")]
pub struct EmailCode {
    /// Id, from which the code is derived.
    pub id: EmailCodeId,
    /// Address in the request.
    pub email: Email,
    /// User of that address; None where there is none. The code is stored and its tries are counted either way, so that neither timing
    /// nor an answer reveals whether a user exists.
    pub user: Option<UserId>,
    /// Hash of the browser key in the request: the code counts in that browser alone.
    pub browser: SecretHash,
    /// Client network of the request, for the limit of mails.
    pub network: String,
    /// Number of wrong codes that were typed.
    pub tries: u32,
    pub created_at: Timestamp,
    /// False once used, used up or replaced.
    pub open: bool,
}

impl EmailCode {
    /// Returns whether the code is open, not expired at `now`, and has tries left.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.open && self.tries < TRIES_MAX && now < self.created_at.plus_seconds(CODE_SECONDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, email_code};

    #[test]
    fn a_code_ends_with_its_time_its_tries_or_its_use() {
        let live = |seconds: i64, edit: fn(&mut EmailCode)| {
            let mut code = email_code("ann");
            edit(&mut code);
            code.is_live(NOW.plus_seconds(seconds))
        };
        assert_eq!([live(CODE_SECONDS - 1, |_| {}), live(CODE_SECONDS, |_| {})], [true, false]);
        assert_eq!([live(0, |code| code.tries = TRIES_MAX - 1), live(0, |code| code.tries = TRIES_MAX)], [true, false]);
        assert!(!live(0, |code| code.open = false));
    }
}
