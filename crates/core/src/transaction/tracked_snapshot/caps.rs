//! Caps of an account, below which expired objects do not count, and recent activity for quotas.

use super::{TrackedSnapshot, slot};
use crate::domain::account::{API_KEYS_MAX, Account, PENDING_INVITATIONS_MAX};
use crate::domain::activity_counts::{RecentActivity, WindowedCount};
use crate::domain::id::{AccountId, UserId};
use crate::domain::time::Timestamp;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::lookup::Lookup;
use crate::transaction::precondition::Precondition;
use crate::transaction::snapshot_values::ResolvedCredential;

impl TrackedSnapshot {
    /// Checks that the loaded count `now` is below `cap`, and records `precondition`, which checks it again at the commit.
    ///
    /// # Errors
    ///
    /// [`Denial::LimitReached`] of `what`.
    pub fn check_cap(&self, now: i64, cap: i64, what: &'static str, precondition: Precondition) -> Result<(), DecisionError> {
        if now >= cap {
            return Err(Denial::LimitReached(what).into());
        }
        self.record_precondition(precondition);
        Ok(())
    }

    /// Checks the cap of API keys. True at the cap if a key has expired: the same change must revoke it before it inserts the new
    /// one.
    ///
    /// # Errors
    ///
    /// [`Denial::LimitReached`], or [`DecisionError::NotLoaded`] at the cap.
    pub fn check_api_key_cap(&self, account: &Account, now: Timestamp) -> Result<bool, DecisionError> {
        let full = account.api_keys >= API_KEYS_MAX;
        if full && !*slot(&self.loaded.expired_api_keys, &account.id, || Lookup::ExpiredApiKey(account.id, now))? {
            return Err(Denial::LimitReached("API keys").into());
        }
        self.record_precondition(Precondition::ApiKeysBelowCap(account.id, now));
        Ok(full)
    }

    /// Checks the cap of pending invitations, like [`TrackedSnapshot::check_api_key_cap`].
    ///
    /// # Errors
    ///
    /// [`Denial::LimitReached`], or [`DecisionError::NotLoaded`] at the cap.
    pub fn check_invitation_cap(&self, account: &Account, now: Timestamp) -> Result<bool, DecisionError> {
        let full = account.pending_invitations >= PENDING_INVITATIONS_MAX;
        if full && !*slot(&self.loaded.expired_invitations, &account.id, || Lookup::ExpiredInvitation(account.id, now))? {
            return Err(Denial::LimitReached("pending invitations").into());
        }
        self.record_precondition(Precondition::PendingInvitationsBelowCap(account.id, now));
        Ok(full)
    }

    /// Changes of an account in the current window, if it was loaded. Records nothing: see [`crate::authz::quotas`].
    pub(crate) fn changes_of(&self, account: AccountId) -> WindowedCount {
        self.loaded.accounts.get(&account).and_then(Option::as_ref).map(|account| account.changes).unwrap_or_default()
    }

    /// Whether the user owns the account, if it was loaded. Records nothing: a former owner gets the higher quota at most.
    pub(crate) fn is_owner(&self, account: AccountId, user: UserId) -> bool {
        self.loaded.accounts.get(&account).and_then(Option::as_ref).is_some_and(|account| account.owner == user)
    }

    /// Recent activity of a user if they are the caller, and none of others. Records nothing.
    pub(crate) fn recent_of(&self, user: UserId) -> RecentActivity {
        match &self.loaded.credential {
            ResolvedCredential::Session(Some((_, caller))) if caller.id == user => caller.recent,
            _ => RecentActivity::default(),
        }
    }
}
