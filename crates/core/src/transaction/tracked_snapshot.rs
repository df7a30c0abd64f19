//! A loaded snapshot whose accessors record each read as a precondition.
//!
//! INVARIANT (preconditions-hold): a decision reads data that a change depends on through accessors that record it, and cannot
//! read data that was not loaded: it stops with [`DecisionError::NotLoaded`], and the use case loads that too and decides again.
//! Accessors that record nothing say so; no change may depend on their results.

mod caps;
mod entities;
mod passkeys;
mod provider_identities;
mod second_factors;

use crate::credential::lockout::Attempts;
use crate::domain::account::{Account, Membership};
use crate::domain::api_key::ApiKey;
use crate::domain::attribute_policy::AttributePolicy;
use crate::domain::email::Email;
use crate::domain::email_code::EmailCode;
use crate::domain::id::{AccountId, ApiKeyId, InvitationId, ResetId, SignupId, UserId};
use crate::domain::identity::{SignInMethod, StoredPassword};
use crate::domain::invitation::Invitation;
use crate::domain::principal::Principal;
use crate::domain::role::{CustomRole, RoleCode};
use crate::domain::secret_hashes::SecretHash;
use crate::domain::session::{PasswordReset, Session, Signup};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::fact::{FactOf, FromFactValue};
use crate::transaction::lookup::{AccountRef, Addressee, CodeAddressee, Lookup, Snapshot, UserRef};
use crate::transaction::precondition::Precondition;
use crate::transaction::slot_map::SlotMap;
use crate::transaction::snapshot_values::{InvitationMails, ResolvedCredential, TeamContents};
use std::cell::RefCell;

/// A snapshot with the preconditions that were recorded while a decision read it.
#[derive(Debug)]
pub struct TrackedSnapshot {
    loaded: Snapshot,
    reads: RefCell<Vec<Precondition>>,
}

/// The signed-in user with their session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caller {
    /// The user.
    pub user: User,
    /// The session.
    pub session: Session,
}

fn slot<'a, K: PartialEq, V>(map: &'a SlotMap<K, V>, key: &K, lookup: impl FnOnce() -> Lookup) -> Result<&'a V, DecisionError> {
    map.get(key).ok_or_else(|| lookup().into())
}

impl TrackedSnapshot {
    /// A snapshot without recorded preconditions.
    pub fn new(loaded: Snapshot) -> Self {
        TrackedSnapshot { loaded, reads: RefCell::default() }
    }

    /// Takes the preconditions recorded so far, leaving none.
    pub fn take_preconditions(&self) -> Vec<Precondition> {
        self.reads.take()
    }

    pub(crate) fn record_precondition(&self, precondition: Precondition) {
        let mut reads = self.reads.borrow_mut();
        if !reads.contains(&precondition) {
            reads.push(precondition);
        }
    }

    /// The value of a fact, which is recorded.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`], also for a loaded value of another type.
    pub fn fact<T: FromFactValue>(&self, FactOf { fact, .. }: FactOf<T>) -> Result<T, DecisionError> {
        let Some((value, read)) = self.loaded.facts.get(&fact).and_then(|value| Some((value, T::from_value(value)?))) else {
            return Err(Lookup::Fact(fact).into());
        };
        self.record_precondition(Precondition::FactIs(fact, value.clone()));
        Ok(read)
    }

    /// The signed-in user. Records that the session is live.
    ///
    /// # Errors
    ///
    /// [`Denial::SessionMissing`], [`Denial::SessionExpired`].
    pub fn caller(&self, now: Timestamp) -> Result<Caller, DecisionError> {
        let ResolvedCredential::Session(Some((session, user))) = &self.loaded.credential else {
            return Err(Denial::SessionMissing.into());
        };
        if !session.is_live(now) {
            return Err(Denial::SessionExpired.into());
        }
        self.record_precondition(Precondition::SessionLive(session.id));
        Ok(Caller { user: user.clone(), session: session.clone() })
    }

    /// The principal of a session, an API key or a permission token. Records that the session is live or the key not revoked.
    ///
    /// # Errors
    ///
    /// [`Denial::SessionMissing`], [`Denial::SessionExpired`], [`Denial::ApiKeyInvalid`] or [`Denial::TokenInvalid`], by the
    /// kind of credential.
    pub fn principal(&self, now: Timestamp) -> Result<Principal, DecisionError> {
        match &self.loaded.credential {
            ResolvedCredential::None | ResolvedCredential::Session(_) => Ok(Principal::User(self.caller(now)?.user)),
            ResolvedCredential::ApiKey(key) => {
                let key = key.as_ref().filter(|key| key.is_live(now)).ok_or(Denial::ApiKeyInvalid)?;
                self.record_precondition(Precondition::ApiKeyRevoked(key.id, false));
                Ok(Principal::ApiKey(key.clone()))
            }
            ResolvedCredential::Token(user) => Ok(Principal::User(user.clone().ok_or(Denial::TokenInvalid)?)),
        }
    }

    /// An account. Records its kind and owner, and no other field: a rule on another field needs a precondition of its own, as
    /// the caps have, or [`TrackedSnapshot::require_version`].
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn account(&self, id: AccountId) -> Result<Option<Account>, DecisionError> {
        let account = slot(&self.loaded.accounts, &id, || Lookup::Account(AccountRef::Id(id)))?;
        if let Some(account) = account {
            self.record_precondition(Precondition::AccountIs(id, account.kind, account.owner));
        }
        Ok(account.clone())
    }

    /// Records that the account must not change at all until the commit.
    pub fn require_version(&self, account: &Account) {
        self.record_precondition(Precondition::AccountVersionIs(account.id, account.version));
    }

    /// Membership of a user in an account.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn member(&self, account: AccountId, user: UserId) -> Result<Option<Membership>, DecisionError> {
        let lookup = || Lookup::Member(AccountRef::Id(account), UserRef::Id(user));
        let member = slot(&self.loaded.members, &(account, user), lookup)?;
        self.record_precondition(Precondition::MemberHasRole(account, user, member.as_ref().map(|m| m.role.clone())));
        Ok(member.clone())
    }

    /// A custom role by its code. Records its permissions, or its absence.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn custom_role(&self, account: AccountId, code: &RoleCode) -> Result<Option<CustomRole>, DecisionError> {
        let roles = slot(&self.loaded.roles, &account, || Lookup::Roles(AccountRef::Id(account)))?;
        let role = roles.iter().find(|role| role.code == *code).cloned();
        self.record_precondition(Precondition::RoleGrants(account, code.clone(), role.as_ref().map(|r| r.permissions.clone())));
        Ok(role)
    }

    /// All custom roles, for explanations. Records nothing.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn custom_roles(&self, account: AccountId) -> Result<&[CustomRole], DecisionError> {
        let roles = slot(&self.loaded.roles, &account, || Lookup::Roles(AccountRef::Id(account)))?;
        Ok(roles)
    }

    /// Whether `room` accepts the invitation mails since `since`; true is recorded, for the sender `by` in an hour of the clock too.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn invitation_mails_below(
        &self,
        account: AccountId,
        email: &Email,
        since: Timestamp,
        (by, hour): (UserId, i64),
        room: impl FnOnce(InvitationMails) -> bool,
    ) -> Result<bool, DecisionError> {
        let mails =
            *slot(&self.loaded.invitation_mails, &account, || Lookup::InvitationMails(account, Addressee::Email(email.clone()), since))?;
        let room = room(mails);
        if room {
            self.record_precondition(Precondition::InvitationMailsBelow(account, email.clone(), since, by, hour));
        }
        Ok(room)
    }

    /// A user, for outputs and texts. Records no precondition, so what a change does must not depend on it.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn untracked_user(&self, id: UserId) -> Result<Option<&User>, DecisionError> {
        Ok(slot(&self.loaded.users, &id, || Lookup::User(UserRef::Id(id)))?.as_ref())
    }

    /// The user of an email.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn user_with_email(&self, email: &Email) -> Result<Option<UserId>, DecisionError> {
        let user = *slot(&self.loaded.emails, email, || Lookup::User(UserRef::Email(email.clone())))?;
        self.record_precondition(Precondition::EmailIs(email.clone(), user));
        Ok(user)
    }

    /// The user of an email with their stored password; None if no user with this email has a password.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn user_with_password(&self, email: &Email) -> Result<Option<(User, StoredPassword)>, DecisionError> {
        let found = slot(&self.loaded.credentials, email, || Lookup::Credential(email.clone()))?;
        let hash = found.as_ref().map(|(_, password)| password.hash.clone());
        self.record_precondition(Precondition::PasswordIs(email.clone(), hash));
        Ok(found.clone())
    }

    /// Records that the session must not get a new token until the commit, so that of several authentications at once one counts.
    pub fn require_session_token(&self, session: &Session) {
        self.record_precondition(Precondition::SessionTokenIs(session.id, session.token.clone()));
    }

    /// The stored password of the signed-in user; None if they have none. Records it.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn caller_password(&self, caller: &User) -> Result<Option<StoredPassword>, DecisionError> {
        let stored = self.loaded.caller_password.clone().ok_or_else(|| DecisionError::from(Lookup::CallerPassword))?;
        self.record_precondition(Precondition::PasswordIs(caller.email.clone(), stored.as_ref().map(|stored| stored.hash.clone())));
        Ok(stored)
    }

    /// The ways of a user to sign in, for outputs. Records no precondition, so what a change does must not depend on it.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn sign_in_methods(&self, user: UserId) -> Result<&[SignInMethod], DecisionError> {
        Ok(slot(&self.loaded.sign_in_methods, &user, || Lookup::SignInMethods(UserRef::Id(user)))?)
    }

    /// An invitation. Records its stored state and link version.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn invitation(&self, id: InvitationId) -> Result<Option<Invitation>, DecisionError> {
        let invitation = slot(&self.loaded.invitations, &id, || Lookup::Invitation(id))?;
        if let Some(found) = invitation {
            self.record_precondition(Precondition::InvitationIs(id, found.stored, found.link_version));
        }
        Ok(invitation.clone())
    }

    /// Everything that the deletion of a team ends. Records the version of the account, so that the list is exact.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn team_contents(&self, account: &Account) -> Result<&TeamContents, DecisionError> {
        self.require_version(account);
        slot(&self.loaded.contents, &account.id, || Lookup::TeamContents(account.id))
    }

    /// A sign-up by its id. Records that it is open.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn pending_signup(&self, id: SignupId) -> Result<Option<Signup>, DecisionError> {
        let signup = slot(&self.loaded.signups, &id, || Lookup::PendingSignup(id))?;
        if signup.as_ref().is_some_and(|s| s.open) {
            self.record_precondition(Precondition::SignupOpen(id));
        }
        Ok(signup.clone())
    }

    /// Whether fewer than `max` sign-ups were made with this email since `since`; true is recorded.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn signups_below(&self, email: &Email, since: Timestamp, max: i64) -> Result<bool, DecisionError> {
        let below = *slot(&self.loaded.signups_since, email, || Lookup::SignupsSince(email.clone(), since))? < max;
        if below {
            self.record_precondition(Precondition::SignupsBelow(email.clone(), since));
        }
        Ok(below)
    }

    /// A password reset by its id. Records that it is open.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn password_reset(&self, id: ResetId) -> Result<Option<PasswordReset>, DecisionError> {
        let reset = slot(&self.loaded.resets, &id, || Lookup::PasswordReset(id))?;
        if reset.as_ref().is_some_and(|r| r.open) {
            self.record_precondition(Precondition::ResetOpen(id));
        }
        Ok(reset.clone())
    }

    /// Whether fewer than `max` resets were requested with this email since `since`; true is recorded.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn resets_below(&self, email: &Email, since: Timestamp, max: i64) -> Result<bool, DecisionError> {
        let below = *slot(&self.loaded.resets_since, email, || Lookup::ResetsSince(email.clone(), since))? < max;
        if below {
            self.record_precondition(Precondition::ResetsBelow(email.clone(), since));
        }
        Ok(below)
    }

    /// The newest open code of the address and the browser that were loaded. Records its number of tries.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn open_email_code(&self) -> Result<Option<EmailCode>, DecisionError> {
        let Some(code) = &self.loaded.open_email_code else {
            return Err(Lookup::OpenEmailCode(CodeAddressee::Caller, SecretHash::from_bytes([0; 32])).into());
        };
        if let Some(code) = code {
            self.record_precondition(Precondition::EmailCodeIs(code.id, code.tries));
        }
        Ok(code.clone())
    }

    /// Whether fewer codes than both limits were requested for the email: from this network and from all, each since the start of its
    /// window; true is recorded.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn email_codes_below(
        &self,
        email: &Email,
        network: &str,
        (near, far): (Timestamp, Timestamp),
        (network_max, all_max): (i64, i64),
    ) -> Result<bool, DecisionError> {
        let lookup = || Lookup::EmailCodesSince(email.clone(), network.to_owned(), near, far);
        let (from_network, from_all) = *slot(&self.loaded.email_codes_since, email, lookup)?;
        let below = from_network < network_max && from_all < all_max;
        if below {
            self.record_precondition(Precondition::EmailCodesBelow(email.clone(), network.to_owned(), near, far));
        }
        Ok(below)
    }

    /// Failed sign-ins of a scope. Records nothing: see [`TrackedSnapshot::require_failures_at_most`].
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn attempts(&self, scope: &str) -> Result<Option<Attempts>, DecisionError> {
        slot(&self.loaded.attempts, &scope.to_owned(), || Lookup::Attempts(scope.to_owned())).cloned()
    }

    /// Records that no more sign-ins than this may have failed in the scope at the commit, so that concurrent guesses count as if
    /// sent one by one.
    pub fn require_failures_at_most(&self, scope: &str, most: u32) {
        self.record_precondition(Precondition::FailuresAtMost(scope.to_owned(), most));
    }

    /// A session of the caller by its id. Records nothing.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn caller_session(&self, id: crate::domain::id::SessionId) -> Result<Option<&Session>, DecisionError> {
        Ok(slot(&self.loaded.caller_sessions, &id, || Lookup::CallerSession(id))?.as_ref())
    }

    /// An API key. Records whether it is revoked.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKey>, DecisionError> {
        let key = slot(&self.loaded.api_keys, &id, || Lookup::ApiKey(id))?;
        if let Some(key) = key {
            self.record_precondition(Precondition::ApiKeyRevoked(id, key.revoked_at.is_some()));
        }
        Ok(key.clone())
    }

    /// Attribute policy of an account. Records its revision, or its absence.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn attribute_policy(&self, account: AccountId) -> Result<Option<&AttributePolicy>, DecisionError> {
        let lookup = || Lookup::AttributePolicy(AccountRef::Id(account));
        let policy = slot(&self.loaded.attribute_policies, &account, lookup)?.as_ref();
        self.record_precondition(Precondition::AttributePolicyIs(account, policy.map(|policy| policy.revision)));
        Ok(policy)
    }

    /// The loaded snapshot, for the pages of lists. Records nothing.
    pub fn untracked(&self) -> &Snapshot {
        &self.loaded
    }

    /// Accounts of the caller that `lookup` loaded, each once, personal ones first and then by id. Records nothing.
    ///
    /// # Errors
    ///
    /// [`DecisionError::NotLoaded`].
    pub fn caller_memberships(&self, lookup: &Lookup) -> Result<Vec<(Account, RoleCode)>, DecisionError> {
        let mut found = self.loaded.caller_memberships.clone().ok_or_else(|| DecisionError::from(lookup.clone()))?;
        found.sort_by_key(|(account, _)| (account.kind.as_str(), account.id));
        found.dedup_by_key(|(account, _)| account.id);
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
