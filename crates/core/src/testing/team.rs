//! Builder of snapshots: one account, its people, and everything that a decision about them can look up.

use super::{VERSION, account_id, api_key_id, codes, email, invitation_id, name, secret_hash, session, sign_in_method, user, user_id};
use crate::authzen::parse_policy;
use crate::credential::lockout::{Attempts, CounterKeys};
use crate::domain::account::{Account, AccountKind, Membership};
use crate::domain::api_key::ApiKey;
use crate::domain::attribute_policy::AttributePolicy;
use crate::domain::audit::GENESIS;
use crate::domain::email::Email;
use crate::domain::id::UserId;
use crate::domain::identity::{IdentityKind, StoredPassword};
use crate::domain::invitation::{DEFAULT_LIFETIME_SECONDS, Invitation, InvitationState};
use crate::domain::restore_epoch::RestoreEpoch;
use crate::domain::role::{CustomRole, OWNER_ROLE, RoleCode};
use crate::domain::second_factor::SecondFactors;
use crate::domain::secret_hashes::PasswordHash;
use crate::domain::session::{PasswordReset, Signup};
use crate::domain::user::User;
use crate::testing::NOW;
use crate::transaction::authzen_entities::{ApiKeyWithCreatorRole, LoadedMember};
use crate::transaction::fact::{Fact, FactValue};
use crate::transaction::lookup::Snapshot;
use crate::transaction::snapshot_values::{InvitationMails, ResolvedCredential, TeamContents};
use crate::transaction::tracked_snapshot::TrackedSnapshot;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The account `acme` with its people, invitations, roles and keys, and the credential of the request.
#[derive(Clone)]
pub struct Team {
    pub(super) account: Account,
    pub(super) members: Vec<Membership>,
    pub(super) users: BTreeMap<UserId, User>,
    pub(super) roles: Vec<CustomRole>,
    pub(super) invitations: Vec<Invitation>,
    pub(super) keys: Vec<ApiKey>,
    pub(super) owners_of_another: BTreeSet<UserId>,
    pub(super) policy: Option<AttributePolicy>,
    passwords: BTreeMap<Email, Option<(UserId, StoredPassword)>>,
    attempts: BTreeMap<String, Option<Attempts>>,
    unknown: BTreeSet<Email>,
    signups: Vec<Signup>,
    resets: Vec<PasswordReset>,
    credential: ResolvedCredential,
    adjustments: Vec<Rc<dyn Fn(&mut Snapshot)>>,
}

impl Default for Team {
    fn default() -> Self {
        Team::new()
    }
}

impl Team {
    /// A team without an owner yet: [`Team::owner`] is the first call that follows.
    pub fn new() -> Self {
        let personal = Account::personal(account_id("acme"), user_id("nobody"), name("Acme"), VERSION, NOW);
        let account = Account { kind: AccountKind::Team, members: 0, ..personal };
        Team {
            account,
            members: Vec::new(),
            users: BTreeMap::new(),
            roles: Vec::new(),
            invitations: Vec::new(),
            keys: Vec::new(),
            owners_of_another: BTreeSet::new(),
            policy: None,
            passwords: BTreeMap::new(),
            attempts: BTreeMap::new(),
            unknown: BTreeSet::new(),
            signups: Vec::new(),
            resets: Vec::new(),
            credential: ResolvedCredential::None,
            adjustments: Vec::new(),
        }
    }

    /// The personal account of a user.
    #[must_use]
    pub fn personal(owner: &str) -> Self {
        let mut team = Team::new().owner(owner);
        team.account.kind = AccountKind::Personal;
        team
    }

    /// Adds the owner, an admin.
    #[must_use]
    pub fn owner(mut self, who: &str) -> Self {
        self.account.owner = user_id(who);
        self.member(who, OWNER_ROLE)
    }

    /// Adds a member.
    #[must_use]
    pub fn member(mut self, who: &str, role: &str) -> Self {
        self.members.push(Membership { account: self.account.id, user: user_id(who), role: RoleCode::restore(role), joined_at: NOW });
        self.stranger(who)
    }

    /// Adds a user who is no member of the account.
    #[must_use]
    pub fn stranger(self, who: &str) -> Self {
        self.edit_user(who, |_| {})
    }

    /// Changes the user of a name, and adds them where there is none.
    #[must_use]
    pub fn edit_user(mut self, who: &str, edit: impl FnOnce(&mut User)) -> Self {
        edit(self.users.entry(user_id(who)).or_insert_with(|| user(who)));
        self
    }

    /// Loads everything about an email that no user has.
    #[must_use]
    pub fn unknown_email(mut self, address: &str) -> Self {
        self.unknown.insert(email(address));
        self
    }

    /// Adds a custom role.
    #[must_use]
    pub fn custom_role(mut self, code: &str, permissions: &[&str]) -> Self {
        let role =
            CustomRole { account: self.account.id, code: RoleCode::restore(code), title: name(code), permissions: codes(permissions) };
        self.roles.push(role);
        self
    }

    /// Adds a pending invitation, sent by the owner.
    #[must_use]
    pub fn invitation(mut self, address: &str, role: &str) -> Self {
        self.invitations.push(Invitation {
            id: invitation_id(address),
            account: self.account.id,
            email: email(address),
            role: RoleCode::restore(role),
            stored: InvitationState::Pending,
            link_version: 1,
            lifetime: Some(DEFAULT_LIFETIME_SECONDS),
            expires_at: Some(NOW.plus_seconds(DEFAULT_LIFETIME_SECONDS)),
            invited_by: self.account.owner,
            created_at: NOW,
            closed_by: None,
        });
        self
    }

    /// Changes the invitation of an email.
    #[must_use]
    pub fn edit_invitation(mut self, address: &str, edit: impl FnOnce(&mut Invitation)) -> Self {
        edit(self.invitations.iter_mut().find(|invitation| invitation.id == invitation_id(address)).unwrap());
        self
    }

    /// Adds an API key of the account.
    #[must_use]
    pub fn api_key(mut self, key: &str, creator: &str, permissions: &[&str]) -> Self {
        self.keys.push(ApiKey {
            id: api_key_id(key),
            account: self.account.id,
            name: name(key),
            secret: secret_hash(key),
            permissions: codes(permissions),
            resources: Vec::new(),
            created_by: user_id(creator),
            created_at: NOW,
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
        });
        self
    }

    /// Changes an API key.
    #[must_use]
    pub fn edit_api_key(mut self, key: &str, edit: impl FnOnce(&mut ApiKey)) -> Self {
        edit(self.keys.iter_mut().find(|found| found.id == api_key_id(key)).unwrap());
        self
    }

    /// Stores an attribute policy at revision [`VERSION`], written by the owner.
    #[must_use]
    pub fn attribute_policy(mut self, document: &Value) -> Self {
        self.policy = Some(AttributePolicy {
            account: self.account.id,
            document: document.to_string(),
            rules: parse_policy(document).unwrap(),
            revision: VERSION,
            updated_by: self.account.owner,
            updated_at: NOW,
        });
        self
    }

    /// Stores a user's password hash, chosen before any restore.
    #[must_use]
    pub fn password(mut self, who: &str, hash: PasswordHash) -> Self {
        let stored = StoredPassword { hash, epoch: RestoreEpoch::FIRST };
        self.passwords.insert(email(who), Some((user_id(who), stored)));
        self
    }

    /// Loads the failed sign-ins of a scope; None: none.
    #[must_use]
    pub fn attempts(mut self, scope: &str, attempts: Option<Attempts>) -> Self {
        self.attempts.insert(scope.to_owned(), attempts);
        self
    }

    /// Gives a user an authenticator app with recovery codes, and no failures yet.
    #[must_use]
    pub fn second_factors(self, who: &str) -> Self {
        let (user, totp, codes) = (user_id(who), super::totp(who), super::stored_recovery_codes(who));
        let counters = [CounterKeys::for_totp(user), CounterKeys::for_recovery_codes(user)];
        let scopes: Vec<String> = counters.iter().flat_map(CounterKeys::both).collect();
        scopes.iter().fold(self, |team, scope| team.attempts(scope, None)).adjust(move |loaded| {
            if let Some(factors) = loaded.second_factors.get_mut(&user) {
                factors.totp = Some(totp.clone());
                factors.recovery = Some(codes.clone());
            }
            let kinds = [IdentityKind::Password, IdentityKind::Email, IdentityKind::Totp, IdentityKind::Recovery];
            loaded.sign_in_methods.insert(user, kinds.map(sign_in_method).to_vec());
        })
    }

    /// Adds a sign-up.
    #[must_use]
    pub fn signup(mut self, signup: Signup) -> Self {
        self.signups.push(signup);
        self
    }

    /// Adds a password reset.
    #[must_use]
    pub fn password_reset(mut self, reset: PasswordReset) -> Self {
        self.resets.push(reset);
        self
    }

    /// Lets a user own another account besides this one.
    #[must_use]
    pub fn owns_another(mut self, who: &str) -> Self {
        self.owners_of_another.insert(user_id(who));
        self
    }

    /// Signs the request with a live session of this user.
    #[must_use]
    pub fn as_caller(self, who: &str) -> Self {
        let user = self.users.get(&user_id(who)).cloned().unwrap_or_else(|| user(who));
        self.credential(ResolvedCredential::Session(Some((session(who), user))))
    }

    /// Signs the request with an API key.
    #[must_use]
    pub fn as_api_key(self, key: &str) -> Self {
        let key = self.keys.iter().find(|found| found.id == api_key_id(key)).cloned();
        self.credential(ResolvedCredential::ApiKey(key))
    }

    /// Signs the request with this credential.
    #[must_use]
    pub fn credential(mut self, credential: ResolvedCredential) -> Self {
        self.credential = credential;
        self
    }

    /// Changes the account as loaded, after its counts were computed.
    #[must_use]
    pub fn edit_account(self, edit: impl Fn(&mut Account) + 'static) -> Self {
        let id = self.account.id;
        self.adjust(move |loaded| edit(loaded.accounts.get_mut(&id).and_then(Option::as_mut).unwrap()))
    }

    /// Changes the snapshot as loaded, after everything else.
    #[must_use]
    pub fn adjust(mut self, edit: impl Fn(&mut Snapshot) + 'static) -> Self {
        self.adjustments.push(Rc::new(edit));
        self
    }

    /// The role of a member.
    pub fn role_of(&self, who: UserId) -> Option<&str> {
        self.members.iter().find(|member| member.user == who).map(|member| member.role.as_str())
    }

    /// The owner of the account.
    pub fn owner_id(&self) -> UserId {
        self.account.owner
    }

    /// The snapshot under decision.
    pub fn snapshot(&self) -> TrackedSnapshot {
        TrackedSnapshot::new(self.load())
    }

    /// Everything that a decision about the account can look up.
    pub fn load(&self) -> Snapshot {
        let mut loaded = Snapshot { credential: self.credential.clone(), ..Snapshot::default() };
        self.load_people(&mut loaded);
        self.load_account(&mut loaded);
        self.load_pages(&mut loaded);
        for adjust in &self.adjustments {
            adjust(&mut loaded);
        }
        loaded
    }

    fn counted_account(&self) -> Account {
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        Account {
            members: count(self.members.len()),
            pending_invitations: count(self.pending().count()),
            custom_roles: count(self.roles.len()),
            api_keys: count(self.keys.iter().filter(|key| key.revoked_at.is_none()).count()),
            ..self.account.clone()
        }
    }

    fn pending(&self) -> impl Iterator<Item = &Invitation> {
        self.invitations.iter().filter(|invitation| invitation.stored == InvitationState::Pending)
    }

    fn membership(&self, user: UserId) -> Option<&Membership> {
        self.members.iter().find(|member| member.user == user)
    }

    fn load_people(&self, loaded: &mut Snapshot) {
        let id = self.account.id;
        let invited = self.invitations.iter().map(|invitation| &invitation.email);
        let asked = self.signups.iter().map(|signup| &signup.email);
        for address in invited.chain(asked).chain(&self.unknown) {
            loaded.emails.insert(address.clone(), None);
            loaded.facts.insert(Fact::EmailIsMember(id, address.clone()), false.into());
            loaded.credentials.insert(address.clone(), None);
        }
        for user in self.users.values() {
            let member = self.membership(user.id);
            let keys = self.keys.iter().filter(|key| key.created_by == user.id && key.is_live(NOW)).map(|key| key.id);
            let known = member.map(|member| LoadedMember { user: user.id, email: user.email.clone(), role: member.role.clone() });
            loaded.users.insert(user.id, Some(user.clone()));
            loaded.sign_in_methods.insert(user.id, vec![sign_in_method(IdentityKind::Password), sign_in_method(IdentityKind::Email)]);
            let password = self.passwords.get(&user.email).cloned().flatten().map(|(_, stored)| stored.hash);
            loaded.second_factors.insert(user.id, SecondFactors { password, ..SecondFactors::default() });
            loaded.emails.insert(user.email.clone(), Some(user.id));
            loaded.facts.insert(Fact::EmailIsMember(id, user.email.clone()), member.is_some().into());
            loaded.members.insert((id, user.id), member.cloned());
            loaded.facts.insert(Fact::KeysMadeBy(id, user.id, NOW), keys.collect::<Vec<_>>().into());
            loaded.authzen.members.insert(user.id.to_string(), known.clone());
            loaded.authzen.members.insert(user.email.as_str().to_owned(), known);
        }
        for (address, found) in &self.passwords {
            let found = found.as_ref().and_then(|(user, stored)| Some((self.users.get(user)?.clone(), stored.clone())));
            loaded.credentials.insert(address.clone(), found);
        }
        for address in loaded.emails.keys() {
            loaded.signups_since.insert(address.clone(), 0);
            loaded.resets_since.insert(address.clone(), 0);
            loaded.email_codes_since.insert(address.clone(), (0, 0));
            loaded.facts.insert(Fact::PendingInvitation(id, address.clone()), FactValue::Null);
        }
        loaded.signups = self.signups.iter().map(|signup| (signup.id, Some(signup.clone()))).collect();
        loaded.resets = self.resets.iter().map(|reset| (reset.id, Some(reset.clone()))).collect();
        loaded.attempts = self.attempts.clone().into_iter().collect();
    }

    fn load_account(&self, loaded: &mut Snapshot) {
        let id = self.account.id;
        loaded.accounts.insert(id, Some(self.counted_account()));
        loaded.roles.insert(id, self.roles.clone());
        loaded.attribute_policies.insert(id, self.policy.clone());
        loaded.facts.insert(Fact::OwnerHasAnother(id), self.owners_of_another.contains(&self.account.owner).into());
        loaded.invitation_mails.insert(id, InvitationMails::default());
        for invitation in &self.invitations {
            loaded.invitations.insert(invitation.id, Some(invitation.clone()));
        }
        for invitation in self.pending() {
            loaded.facts.insert(Fact::PendingInvitation(id, invitation.email.clone()), Some(invitation.id).into());
        }
        for role in &self.roles {
            let offered =
                self.pending().any(|invitation| invitation.role == role.code && invitation.state(NOW) == InvitationState::Pending);
            let held = self.members.iter().any(|member| member.role == role.code);
            loaded.facts.insert(Fact::RoleInUse(id, role.code.clone(), NOW), (held || offered).into());
        }
        for key in &self.keys {
            let creator_role = self.membership(key.created_by).map(|member| member.role.clone());
            loaded.api_keys.insert(key.id, Some(key.clone()));
            loaded.authzen.keys.insert(key.id, Some(ApiKeyWithCreatorRole { key: key.clone(), creator_role }));
        }
        let over = self.keys.iter().any(|key| key.revoked_at.is_none() && !key.is_live(NOW));
        loaded.expired_api_keys.insert(id, over);
        let expired = self.pending().any(|invitation| invitation.state(NOW) == InvitationState::Expired);
        loaded.expired_invitations.insert(id, expired);
        let contents = TeamContents {
            members: self.members.iter().map(|member| member.user).filter(|user| *user != self.account.owner).collect(),
            invitations: self.pending().map(|invitation| invitation.id).collect(),
            roles: self.roles.iter().map(|role| role.code.clone()).collect(),
            api_keys: self
                .keys
                .iter()
                .filter(|key| key.revoked_at.is_none() && key.created_by != self.account.owner)
                .map(|key| key.id)
                .collect(),
        };
        loaded.contents.insert(id, contents);
    }

    fn load_pages(&self, loaded: &mut Snapshot) {
        let with_user = |member: &Membership| Some((member.clone(), self.users.get(&member.user)?.clone()));
        loaded.member_page = Some(self.members.iter().filter_map(with_user).collect());
        loaded.invitation_page = Some(self.invitations.clone());
        let unrevoked = self.keys.iter().filter(|key| key.revoked_at.is_none());
        loaded.api_key_page = Some(unrevoked.clone().cloned().collect());
        loaded.audit_page = Some(Vec::new());
        loaded.unsealed = Some((GENESIS.to_owned(), Vec::new()));
        let mut members: Vec<LoadedMember> =
            self.members.iter().filter_map(|member| loaded.authzen.members.get(&member.user.to_string())?.clone()).collect();
        members.sort_by_key(|member| member.user);
        let mut keys: Vec<ApiKeyWithCreatorRole> = unrevoked.filter_map(|key| loaded.authzen.keys.get(&key.id)?.clone()).collect();
        keys.sort_by_key(|key| key.key.id);
        loaded.authzen.next_members = Some(members);
        loaded.authzen.next_keys = Some(keys);
        if let ResolvedCredential::Session(Some((session, user))) = &self.credential {
            loaded.caller_password = Some(self.passwords.get(&user.email).cloned().flatten().map(|(_, stored)| stored));
            let own = self.membership(user.id).map(|member| (self.counted_account(), member.role.clone()));
            loaded.caller_memberships = Some(own.into_iter().collect());
            loaded.caller_sessions.insert(session.id, Some(session.clone()));
            loaded.caller_session_page = Some(vec![session.clone()]);
        }
    }
}
