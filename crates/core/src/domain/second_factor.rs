//! Second factors: an authenticator app with recovery codes, and passkeys beside them.

use crate::domain::id::{IdentityId, UserId};
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::secret_hashes::{EncryptedSecret, KeyedHash, PasswordHash};
use crate::domain::time::Timestamp;

/// What can be the second factor of a sign-in.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SecondFactor {
    /// A code of an authenticator app.
    Totp,
    /// A recovery code.
    RecoveryCode,
    /// A passkey.
    Passkey,
}

impl SecondFactor {
    /// All of them.
    pub const ALL: [SecondFactor; 3] = [SecondFactor::Totp, SecondFactor::RecoveryCode, SecondFactor::Passkey];

    /// Text in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            SecondFactor::Totp => "totp",
            SecondFactor::RecoveryCode => "recovery_code",
            SecondFactor::Passkey => "passkey",
        }
    }

    /// Parses the text of one.
    pub fn parse(text: &str) -> Option<Self> {
        SecondFactor::ALL.into_iter().find(|factor| factor.as_str() == text)
    }
}

/// Authenticator app of a user; at most one.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the remaining fields name themselves")]
pub struct Totp {
    pub id: IdentityId,
    pub user: UserId,
    /// Secret that the app and the server share.
    pub secret: EncryptedSecret,
    /// Time step whose code was accepted last; None until the app is confirmed by its first code.
    pub last_step: Option<i64>,
    pub created_at: Timestamp,
}

/// Use of an authenticator app.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the remaining fields name themselves")]
pub struct TotpUse {
    pub user: UserId,
    pub id: IdentityId,
    /// Time step whose code was accepted.
    pub step: i64,
    /// The secret under the present key, if it was encrypted under an earlier one.
    pub secret: Option<EncryptedSecret>,
    pub at: Timestamp,
}

/// Unused recovery codes of a user; at most one set.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the remaining fields name themselves")]
pub struct RecoveryCodes {
    pub id: IdentityId,
    pub user: UserId,
    /// Hashes of the unused codes.
    pub hashes: Vec<KeyedHash>,
    /// Restore epoch in which they were made; they are valid in that epoch only.
    pub epoch: RestoreEpoch,
    pub created_at: Timestamp,
}

impl RecoveryCodes {
    /// Number of unused codes.
    pub fn remaining(&self) -> u32 {
        u32::try_from(self.hashes.len()).unwrap_or(u32::MAX)
    }
}

/// Second factors of a user, and the password to which a sign-in that waits for one is bound.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SecondFactors {
    /// Authenticator app, confirmed or not.
    pub totp: Option<Totp>,
    /// Recovery codes.
    pub recovery: Option<RecoveryCodes>,
    /// Restore epoch of each passkey.
    pub passkeys: Vec<RestoreEpoch>,
    /// Password of the user.
    pub password: Option<PasswordHash>,
}

impl SecondFactors {
    /// The authenticator app that the user has confirmed: with one, every sign-in asks for a second factor. A restore of the database
    /// changes nothing of it: it must be no way around the second factor.
    pub fn confirmed_totp(&self) -> Option<&Totp> {
        self.totp.as_ref().filter(|totp| totp.last_step.is_some())
    }

    /// Recovery codes that are valid in this epoch.
    pub fn valid_recovery(&self, epoch: RestoreEpoch) -> Option<&RecoveryCodes> {
        self.recovery.as_ref().filter(|codes| codes.epoch == epoch)
    }

    /// What the user can give as a second factor; `passkeys`: whether the deployment offers them.
    pub fn usable(&self, epoch: RestoreEpoch, passkeys: bool) -> Vec<SecondFactor> {
        let has_codes = self.valid_recovery(epoch).is_some_and(|codes| !codes.hashes.is_empty());
        let has_passkey = passkeys && self.passkeys.contains(&epoch);
        let usable = [self.confirmed_totp().is_some(), has_codes, has_passkey];
        SecondFactor::ALL.into_iter().zip(usable).filter(|(_, is_usable)| *is_usable).map(|(factor, _)| factor).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totp(last_step: Option<i64>) -> Option<Totp> {
        let secret = EncryptedSecret::restore("k1.AA".to_owned());
        Some(Totp { id: IdentityId::from_bits(1), user: UserId::from_bits(2), secret, last_step, created_at: Timestamp::from_millis(0) })
    }

    fn codes(count: usize) -> Option<RecoveryCodes> {
        let hashes = vec![KeyedHash::from_parts("k1", [7; 32]); count];
        let (id, user, created_at) = (IdentityId::from_bits(3), UserId::from_bits(2), Timestamp::from_millis(0));
        Some(RecoveryCodes { id, user, hashes, epoch: RestoreEpoch::FIRST, created_at })
    }

    #[test]
    fn an_app_counts_once_it_was_confirmed_and_after_a_restore_too() {
        assert!(SecondFactors { totp: totp(None), ..SecondFactors::default() }.confirmed_totp().is_none());
        let confirmed = SecondFactors { totp: totp(Some(1)), recovery: codes(1), passkeys: vec![RestoreEpoch::FIRST], password: None };
        assert_eq!(confirmed.usable(RestoreEpoch::FIRST, true), SecondFactor::ALL);
        assert_eq!(confirmed.usable(RestoreEpoch::restore(1), true), [SecondFactor::Totp]);
        assert_eq!(confirmed.usable(RestoreEpoch::FIRST, false), [SecondFactor::Totp, SecondFactor::RecoveryCode]);
        let used_up = SecondFactors { recovery: codes(0), ..confirmed };
        assert_eq!(used_up.usable(RestoreEpoch::FIRST, false), [SecondFactor::Totp]);
    }

    #[test]
    fn each_has_a_text() {
        assert_eq!(SecondFactor::ALL.map(|factor| SecondFactor::parse(factor.as_str())), SecondFactor::ALL.map(Some));
        assert_eq!(SecondFactor::parse("recovery"), None);
    }
}
