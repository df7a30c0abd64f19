//! Room for one more: caps of an account, where what time has ended makes room, and what was done of late.

use super::{TrackedSnapshot, slot};
use crate::domain::account::{API_KEYS_MAX, Account, PENDING_INVITATIONS_MAX};
use crate::domain::id::{AccountId, UserId};
use crate::domain::time::Timestamp;
use crate::domain::usage::{RecentActivity, WindowedCount};
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::lookup::Lookup;
use crate::transaction::precondition::Precondition;
use crate::transaction::snapshot::ResolvedCredential;

impl TrackedSnapshot {
    /// Demands room for one more of what `precondition` counts, where the loaded count `now` leaves any below `cap`.
    pub fn check_quota(&self, now: i64, cap: i64, what: &'static str, precondition: Precondition) -> Result<(), DecisionError> {
        if now >= cap {
            return Err(Denial::LimitReached(what).into());
        }
        self.record(precondition);
        Ok(())
    }

    /// Demands room for one more API key. True where there is none but that of a key which has expired: it must end in the
    /// same change, before the new one comes.
    pub fn check_api_key_cap(&self, account: &Account, now: Timestamp) -> Result<bool, DecisionError> {
        let full = account.api_keys >= API_KEYS_MAX;
        if full && !*slot(&self.loaded.expired_api_keys, &account.id, || Lookup::ExpiredApiKey(account.id, now))? {
            return Err(Denial::LimitReached("API keys").into());
        }
        self.record(Precondition::ApiKeysBelowCap(account.id, now));
        Ok(full)
    }

    /// The same for one more invitation that waits.
    pub fn check_invitation_cap(&self, account: &Account, now: Timestamp) -> Result<bool, DecisionError> {
        let full = account.pending_invitations >= PENDING_INVITATIONS_MAX;
        if full && !*slot(&self.loaded.expired_invitations, &account.id, || Lookup::ExpiredInvitation(account.id, now))? {
            return Err(Denial::LimitReached("pending invitations").into());
        }
        self.record(Precondition::PendingInvitationsBelowCap(account.id, now));
        Ok(full)
    }

    /// Changes of an account of late, as far as it was loaded; nothing is noted, see [`crate::authz::quotas`].
    pub(crate) fn changes_of(&self, account: AccountId) -> WindowedCount {
        self.loaded.accounts.get(&account).and_then(Option::as_ref).map(|account| account.changes).unwrap_or_default()
    }

    /// Whether the user owns the account, as far as it was loaded; nothing is noted, since an owner of before has a higher brake at most.
    pub(crate) fn is_owner(&self, account: AccountId, user: UserId) -> bool {
        self.loaded.accounts.get(&account).and_then(Option::as_ref).is_some_and(|account| account.owner == user)
    }

    /// What the caller did of late; nothing is noted, and nothing known of others.
    pub(crate) fn recent_of(&self, user: UserId) -> RecentActivity {
        match &self.loaded.credential {
            ResolvedCredential::Session(Some((_, caller))) if caller.id == user => caller.recent,
            _ => RecentActivity::default(),
        }
    }
}
