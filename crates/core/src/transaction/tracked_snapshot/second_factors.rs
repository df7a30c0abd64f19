//! Second factors.

use super::{TrackedSnapshot, slot};
use crate::domain::id::UserId;
use crate::domain::second_factor::{RecoveryCodes, SecondFactors, Totp};
use crate::domain::user::User;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::fact::Fact;
use crate::transaction::lookup::{Lookup, UserRef};
use crate::transaction::precondition::Precondition;

impl TrackedSnapshot {
    /// The second factors of a user. Records which authenticator app is confirmed, and nothing else of them.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn second_factors(&self, user: UserId) -> Result<&SecondFactors, DecisionError> {
        let found = slot(&self.loaded.second_factors, &user, || Lookup::SecondFactors(UserRef::Id(user)))?;
        let confirmed = found.confirmed_totp().map(|totp| totp.id);
        self.record_precondition(Precondition::FactIs(Fact::ConfirmedTotp(user), confirmed.into()));
        Ok(found)
    }

    /// Records the last accepted step of an authenticator app, so that of two uses of a code at once one counts.
    pub fn require_totp_step(&self, totp: &Totp) {
        self.record_precondition(Precondition::TotpStepIs(totp.user, totp.id, totp.last_step));
    }

    /// Records which recovery codes are unused, so that of two uses of a code at once one counts.
    pub fn require_recovery_codes(&self, codes: &RecoveryCodes) {
        self.record_precondition(Precondition::RecoveryCodesLeft(codes.user, codes.id, codes.remaining()));
    }

    /// Records the password of a user as it was loaded with their second factors.
    pub fn require_password(&self, user: &User, factors: &SecondFactors) {
        self.record_precondition(Precondition::PasswordIs(user.email.clone(), factors.password.clone()));
    }
}
