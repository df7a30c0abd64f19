//! What was loaded for one decision, handed out through accessors that note what was read.
//!
//! INVARIANT (facts-hold): what a change may rest on is read through accessors that note it, and a decision cannot read
//! what was not loaded: it stops with `Missing`, the use case loads that too and decides again. Accessors that note
//! nothing say so; no change may rest on what they hand out.

mod caps;
mod entities;

use crate::credential::lockout::Attempts;
use crate::domain::account::{Account, Membership};
use crate::domain::api_key::ApiKey;
use crate::domain::attribute_policy::AttributePolicy;
use crate::domain::email::Email;
use crate::domain::id::{AccountId, ApiKeyId, InvitationId, ResetId, SignupId, UserId};
use crate::domain::invitation::Invitation;
use crate::domain::principal::Principal;
use crate::domain::role::{CustomRole, RoleCode};
use crate::domain::session::{Reset, Session, Signup};
use crate::domain::time::Timestamp;
use crate::domain::user::{StoredPassword, User};
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::lookup::Snapshot;
use crate::transaction::lookup::{AccountRef, Addressee, Lookup, UserRef};
use crate::transaction::precondition::Precondition;
use crate::transaction::snapshot::{InvitationMails, ResolvedCredential, TeamContents};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// A snapshot under decision.
#[derive(Debug)]
pub struct TrackedSnapshot {
    loaded: Snapshot,
    reads: RefCell<Vec<Precondition>>,
}

/// Who is signed in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caller {
    /// The user.
    pub user: User,
    /// The session.
    pub session: Session,
}

fn slot<'a, K: Ord, V>(map: &'a BTreeMap<K, V>, key: &K, lookup: impl FnOnce() -> Lookup) -> Result<&'a V, DecisionError> {
    map.get(key).ok_or_else(|| lookup().into())
}

impl TrackedSnapshot {
    /// A view that nothing has been read from.
    pub fn new(loaded: Snapshot) -> Self {
        TrackedSnapshot { loaded, reads: RefCell::default() }
    }

    /// The facts noted so far, leaving none: a decision takes them as it makes its change.
    pub fn take_preconditions(&self) -> Vec<Precondition> {
        self.reads.take()
    }

    pub(crate) fn record(&self, precondition: Precondition) {
        let mut reads = self.reads.borrow_mut();
        if !reads.contains(&precondition) {
            reads.push(precondition);
        }
    }

    /// Who is signed in; everything that only a signed-in person may do begins here.
    pub fn caller(&self, now: Timestamp) -> Result<Caller, DecisionError> {
        let ResolvedCredential::Session(Some((session, user))) = &self.loaded.credential else {
            return Err(Denial::SessionMissing.into());
        };
        if !session.is_live(now) {
            return Err(Denial::SessionExpired.into());
        }
        self.record(Precondition::SessionLive(session.id));
        Ok(Caller { user: user.clone(), session: session.clone() })
    }

    /// Who acts, where API keys and permission tokens count as well as sessions.
    pub fn principal(&self, now: Timestamp) -> Result<Principal, DecisionError> {
        match &self.loaded.credential {
            ResolvedCredential::None | ResolvedCredential::Session(_) => Ok(Principal::User(self.caller(now)?.user)),
            ResolvedCredential::ApiKey(key) => {
                let key = key.as_ref().filter(|key| key.is_live(now)).ok_or(Denial::ApiKeyInvalid)?;
                self.record(Precondition::ApiKeyRevoked(key.id, false));
                Ok(Principal::ApiKey(key.clone()))
            }
            ResolvedCredential::Token(user) => Ok(Principal::User(user.clone().ok_or(Denial::TokenInvalid)?)),
        }
    }

    /// The account: its kind and owner are noted, its other fields are not. A rule on one of those needs a fact of its own,
    /// as the caps have, or [`TrackedSnapshot::require_version`].
    pub fn account(&self, id: AccountId) -> Result<Option<Account>, DecisionError> {
        let account = slot(&self.loaded.accounts, &id, || Lookup::Account(AccountRef::Id(id)))?;
        if let Some(account) = account {
            self.record(Precondition::AccountIs(id, account.kind, account.owner));
        }
        Ok(account.clone())
    }

    /// Demands that nothing at all changes in the account meanwhile.
    pub fn require_version(&self, account: &Account) {
        self.record(Precondition::AccountVersionIs(account.id, account.version));
    }

    /// The user's membership of the account.
    pub fn member(&self, account: AccountId, user: UserId) -> Result<Option<Membership>, DecisionError> {
        let lookup = || Lookup::Member(AccountRef::Id(account), UserRef::Id(user));
        let member = slot(&self.loaded.members, &(account, user), lookup)?;
        self.record(Precondition::MemberHasRole(account, user, member.as_ref().map(|m| m.role.clone())));
        Ok(member.clone())
    }

    /// A custom role by its code.
    pub fn custom_role(&self, account: AccountId, code: &RoleCode) -> Result<Option<CustomRole>, DecisionError> {
        let roles = slot(&self.loaded.roles, &account, || Lookup::Roles(AccountRef::Id(account)))?;
        let role = roles.iter().find(|role| role.code == *code).cloned();
        self.record(Precondition::RoleGrants(account, code.clone(), role.as_ref().map(|r| r.permissions.clone())));
        Ok(role)
    }

    /// All custom roles, for explaining an answer; nothing is noted, so no change may rest on them.
    pub fn custom_roles(&self, account: AccountId) -> Result<&[CustomRole], DecisionError> {
        let roles = slot(&self.loaded.roles, &account, || Lookup::Roles(AccountRef::Id(account)))?;
        Ok(roles)
    }

    /// Whether the role is neither held nor, at this time, offered.
    pub fn role_is_unused(&self, account: AccountId, code: &RoleCode, now: Timestamp) -> Result<bool, DecisionError> {
        let key = (account, code.clone());
        let used = *slot(&self.loaded.role_used, &key, || Lookup::RoleUse(account, code.clone(), now))?;
        if !used {
            self.record(Precondition::RoleUnused(account, code.clone(), now));
        }
        Ok(!used)
    }

    /// Whether whoever has the email is a member of the account. One fact for both answers and for an unknown email,
    /// so that inviting costs the same for all of them.
    pub fn email_is_member(&self, account: AccountId, email: &Email) -> Result<bool, DecisionError> {
        let key = (account, email.clone());
        let member = *slot(&self.loaded.email_members, &key, || Lookup::MemberByEmail(account, email.clone()))?;
        self.record(Precondition::EmailIsMember(account, email.clone(), member));
        Ok(member)
    }

    /// Invitation mails since `since`, and whose sender is `by` in an hour of the clock: what `room` accepts is noted.
    pub fn invitation_mails(
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
            self.record(Precondition::InvitationMailsBelow(account, email.clone(), since, by, hour));
        }
        Ok(room)
    }

    /// A user's shown data; nothing is noted, since names and emails bind no decision.
    pub fn user(&self, id: UserId) -> Result<Option<&User>, DecisionError> {
        Ok(slot(&self.loaded.users, &id, || Lookup::User(UserRef::Id(id)))?.as_ref())
    }

    /// Who has an email.
    pub fn user_with_email(&self, email: &Email) -> Result<Option<UserId>, DecisionError> {
        let user = *slot(&self.loaded.emails, email, || Lookup::User(UserRef::Email(email.clone())))?;
        self.record(Precondition::EmailIs(email.clone(), user));
        Ok(user)
    }

    /// Who has an email, with the hash of their password.
    pub fn credential(&self, email: &Email) -> Result<Option<(User, StoredPassword)>, DecisionError> {
        let found = slot(&self.loaded.credentials, email, || Lookup::Credential(email.clone()))?;
        match found {
            Some((user, password)) => self.record(Precondition::PasswordIs(user.id, password.hash.clone())),
            None => self.record(Precondition::EmailIs(email.clone(), None)),
        }
        Ok(found.clone())
    }

    /// An invitation with its stored state and link version.
    pub fn invitation(&self, id: InvitationId) -> Result<Option<Invitation>, DecisionError> {
        let invitation = slot(&self.loaded.invitations, &id, || Lookup::Invitation(id))?;
        if let Some(found) = invitation {
            self.record(Precondition::InvitationIs(id, found.stored, found.link_version));
        }
        Ok(invitation.clone())
    }

    /// The invitation stored as pending for an email.
    pub fn pending_invitation(&self, account: AccountId, email: &Email) -> Result<Option<InvitationId>, DecisionError> {
        let key = (account, email.clone());
        let id = *slot(&self.loaded.pending, &key, || Lookup::PendingInvitation(account, email.clone()))?;
        self.record(Precondition::PendingInvitationIs(account, email.clone(), id));
        Ok(id)
    }

    /// Whether the user owns an account besides this one.
    pub fn owns_another(&self, user: UserId, account: AccountId) -> Result<bool, DecisionError> {
        let lookup = || Lookup::OwnsAnother(UserRef::Id(user), account);
        let owns = *slot(&self.loaded.owns_another, &(user, account), lookup)?;
        self.record(Precondition::OwnsAnother(user, account, owns));
        Ok(owns)
    }

    /// All that Delete Team would end; the whole account is held still, so that the list is exact.
    pub fn team_contents(&self, account: &Account) -> Result<&TeamContents, DecisionError> {
        self.require_version(account);
        slot(&self.loaded.contents, &account.id, || Lookup::TeamContents(account.id))
    }

    /// The live keys that a user made in an account, all of them.
    pub fn keys_made_by(&self, account: AccountId, user: UserId, now: Timestamp) -> Result<&[ApiKeyId], DecisionError> {
        let keys = slot(&self.loaded.keys_made_by, &(account, user), || Lookup::KeysMadeBy(account, user, now))?;
        self.record(Precondition::KeysMadeByAre(account, user, now, keys.clone()));
        Ok(keys)
    }

    /// A sign-up by its id.
    pub fn pending_signup(&self, id: SignupId) -> Result<Option<Signup>, DecisionError> {
        let signup = slot(&self.loaded.signups, &id, || Lookup::PendingSignup(id))?;
        if signup.as_ref().is_some_and(|s| s.open) {
            self.record(Precondition::SignupOpen(id));
        }
        Ok(signup.clone())
    }

    /// Whether fewer than `max` sign-ups were asked for with this email since `since`; a yes is noted.
    pub fn signups_below(&self, email: &Email, since: Timestamp, max: i64) -> Result<bool, DecisionError> {
        let below = *slot(&self.loaded.signups_since, email, || Lookup::SignupsSince(email.clone(), since))? < max;
        if below {
            self.record(Precondition::SignupsBelow(email.clone(), since));
        }
        Ok(below)
    }

    /// A password reset by its id.
    pub fn reset(&self, id: ResetId) -> Result<Option<Reset>, DecisionError> {
        let reset = slot(&self.loaded.resets, &id, || Lookup::Reset(id))?;
        if reset.as_ref().is_some_and(|r| r.open) {
            self.record(Precondition::ResetOpen(id));
        }
        Ok(reset.clone())
    }

    /// Whether fewer than `max` resets were asked for with this email since `since`; a yes is noted.
    pub fn resets_below(&self, email: &Email, since: Timestamp, max: i64) -> Result<bool, DecisionError> {
        let below = *slot(&self.loaded.resets_since, email, || Lookup::ResetsSince(email.clone(), since))? < max;
        if below {
            self.record(Precondition::ResetsBelow(email.clone(), since));
        }
        Ok(below)
    }

    /// Failed sign-ins in a scope; nothing is noted: see [`TrackedSnapshot::require_failures_at_most`].
    pub fn attempts(&self, scope: &str) -> Result<Option<Attempts>, DecisionError> {
        slot(&self.loaded.attempts, &scope.to_owned(), || Lookup::Attempts(scope.to_owned())).cloned()
    }

    /// Demands that no more sign-ins than this have failed in the scope when the change commits: guesses that are sent
    /// all at once count as if they had come one after the other.
    pub fn require_failures_at_most(&self, scope: &str, most: u32) {
        self.record(Precondition::FailuresAtMost(scope.to_owned(), most));
    }

    /// A session of the caller.
    pub fn caller_session(&self, id: crate::domain::id::SessionId) -> Result<Option<&Session>, DecisionError> {
        Ok(slot(&self.loaded.caller_sessions, &id, || Lookup::CallerSession(id))?.as_ref())
    }

    /// An API key.
    pub fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKey>, DecisionError> {
        let key = slot(&self.loaded.api_keys, &id, || Lookup::ApiKey(id))?;
        if let Some(key) = key {
            self.record(Precondition::ApiKeyRevoked(id, key.revoked_at.is_some()));
        }
        Ok(key.clone())
    }

    /// The account's attribute policy.
    pub fn attribute_policy(&self, account: AccountId) -> Result<Option<&AttributePolicy>, DecisionError> {
        let lookup = || Lookup::AttributePolicy(AccountRef::Id(account));
        let policy = slot(&self.loaded.attribute_policies, &account, lookup)?.as_ref();
        self.record(Precondition::AttributePolicyIs(account, policy.map(|policy| policy.revision)));
        Ok(policy)
    }

    /// The pages that were loaded for a list; each list has one.
    pub fn pages(&self) -> &Snapshot {
        &self.loaded
    }

    /// Accounts that the caller belongs to, personal ones first, by id: what this lookup loaded, each once.
    pub fn caller_memberships(&self, lookup: &Lookup) -> Result<Vec<(Account, RoleCode)>, DecisionError> {
        let mut found = self.loaded.caller_memberships.clone().ok_or_else(|| DecisionError::from(lookup.clone()))?;
        found.sort_by_key(|(account, _)| (account.kind.as_str(), account.id));
        found.dedup_by_key(|(account, _)| account.id);
        Ok(found)
    }
}
