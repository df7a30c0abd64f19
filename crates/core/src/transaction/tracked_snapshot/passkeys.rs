//! Passkeys, and what else their users can sign in with.

use super::{TrackedSnapshot, slot};
use crate::domain::id::{IdentityId, UserId};
use crate::domain::passkey::{CredentialId, PASSKEYS_MAX, Passkey};
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::sign_in_config::SignInConfig;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::lookup::Lookup;
use crate::transaction::precondition::Precondition;

impl TrackedSnapshot {
    /// A passkey by its credential id. Records that it exists with its signature counter; its absence is not recorded, so no change
    /// may depend on it.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn passkey(&self, credential: &CredentialId) -> Result<Option<&Passkey>, DecisionError> {
        let found = slot(&self.loaded.passkeys, credential, || Lookup::Passkey(credential.clone()))?.as_ref();
        if let Some(passkey) = found {
            self.record_precondition(Precondition::PasskeyCountIs(passkey.user, passkey.id, passkey.sign_count));
        }
        Ok(found)
    }

    /// The passkeys of the caller by session, oldest first. Records nothing.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn caller_passkeys(&self) -> Result<&[Passkey], DecisionError> {
        self.loaded.caller_passkeys.as_deref().ok_or_else(|| Lookup::CallerPasskeys.into())
    }

    /// A passkey of the caller by its id. Records that it exists with its signature counter.
    ///
    /// # Errors
    ///
    /// [`Denial::PasskeyNotFound`], [`DecisionError::NotLoaded`].
    pub fn caller_passkey(&self, id: Option<IdentityId>) -> Result<&Passkey, DecisionError> {
        let passkey = self.caller_passkeys()?.iter().find(|passkey| Some(passkey.id) == id).ok_or(Denial::PasskeyNotFound)?;
        self.record_precondition(Precondition::PasskeyCountIs(passkey.user, passkey.id, passkey.sign_count));
        Ok(passkey)
    }

    /// Checks that the caller has fewer passkeys than the cap, and records it.
    ///
    /// # Errors
    ///
    /// [`Denial::LimitReached`], [`DecisionError::NotLoaded`].
    pub fn check_passkey_cap(&self, caller: UserId) -> Result<(), DecisionError> {
        let count = i64::try_from(self.caller_passkeys()?.len()).unwrap_or(i64::MAX);
        self.check_cap(count, PASSKEYS_MAX, "passkeys", Precondition::PasskeysBelowCap(caller))
    }

    /// Checks that a user can sign in by something else than this identity, which the deployment offers, and records that there is something
    /// else.
    ///
    /// # Errors
    ///
    /// [`Denial::LastSignInMethod`], [`DecisionError::NotLoaded`].
    pub fn require_other_sign_in_method(
        &self,
        user: UserId,
        id: IdentityId,
        (epoch, offered): (RestoreEpoch, &SignInConfig),
    ) -> Result<(), DecisionError> {
        if !self.sign_in_methods(user)?.iter().any(|method| method.id != id && method.is_usable(epoch, offered)) {
            return Err(Denial::LastSignInMethod.into());
        }
        self.record_precondition(Precondition::OtherSignInMethod(user, id));
        Ok(())
    }
}
