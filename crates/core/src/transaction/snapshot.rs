//! Data loaded for one decision, in one batch.

use super::loaded_entities::LoadedEntities;
use crate::credential::lockout::Attempts;
use crate::domain::account::{Account, Membership};
use crate::domain::api_key::ApiKey;
use crate::domain::attribute_policy::AttributePolicy;
use crate::domain::audit::Event;
use crate::domain::email::Email;
use crate::domain::id::{AccountId, ApiKeyId, InvitationId, ResetId, SessionId, SignupId, UserId};
use crate::domain::invitation::Invitation;
use crate::domain::role::{CustomRole, RoleCode};
use crate::domain::session::{Reset, Session, Signup};
use crate::domain::user::{StoredPassword, User};
use std::collections::BTreeMap;

/// Invitation mails of late.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct InvitationMails {
    /// To the address, from anybody.
    pub to_address: i64,
    /// From the account, to anybody.
    pub from_account: i64,
}

/// Ids of what Delete Team ends.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TeamContents {
    /// Members besides the owner.
    pub members: Vec<UserId>,
    /// Invitations that are pending.
    pub invitations: Vec<InvitationId>,
    /// Custom roles.
    pub roles: Vec<RoleCode>,
    /// Live API keys that are not the owner's.
    pub api_keys: Vec<ApiKeyId>,
}

/// Whom a request's credential belongs to. None inside: to nobody.
#[derive(Clone, Debug, Default)]
pub enum ResolvedCredential {
    /// There was none.
    #[default]
    None,
    /// A session, live or not.
    Session(Option<(Session, User)>),
    /// An API key, live or not.
    ApiKey(Option<ApiKey>),
    /// The user of a verified permission token.
    Token(Option<User>),
}

/// A consistent picture, loaded in one batch. `None` in a slot means that it was looked for and is not there.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "each slot is named after the Want that fills it")]
pub struct Snapshot {
    pub credential: ResolvedCredential,
    pub accounts: BTreeMap<AccountId, Option<Account>>,
    pub members: BTreeMap<(AccountId, UserId), Option<Membership>>,
    pub roles: BTreeMap<AccountId, Vec<CustomRole>>,
    pub users: BTreeMap<UserId, Option<User>>,
    pub emails: BTreeMap<Email, Option<UserId>>,
    pub credentials: BTreeMap<Email, Option<(User, StoredPassword)>>,
    pub invitations: BTreeMap<InvitationId, Option<Invitation>>,
    pub pending: BTreeMap<(AccountId, Email), Option<InvitationId>>,
    pub role_used: BTreeMap<(AccountId, RoleCode), bool>,
    pub email_members: BTreeMap<(AccountId, Email), bool>,
    pub invitation_mails: BTreeMap<AccountId, InvitationMails>,
    pub owns_another: BTreeMap<(UserId, AccountId), bool>,
    pub contents: BTreeMap<AccountId, TeamContents>,
    pub keys_made_by: BTreeMap<(AccountId, UserId), Vec<ApiKeyId>>,
    pub expired_api_keys: BTreeMap<AccountId, bool>,
    pub expired_invitations: BTreeMap<AccountId, bool>,
    pub signups: BTreeMap<SignupId, Option<Signup>>,
    pub signups_since: BTreeMap<Email, i64>,
    pub resets: BTreeMap<ResetId, Option<Reset>>,
    pub resets_since: BTreeMap<Email, i64>,
    pub attempts: BTreeMap<String, Option<Attempts>>,
    pub caller_sessions: BTreeMap<SessionId, Option<Session>>,
    pub api_keys: BTreeMap<ApiKeyId, Option<ApiKey>>,
    pub attribute_policies: BTreeMap<AccountId, Option<AttributePolicy>>,
    pub authzen: LoadedEntities,
    pub caller_memberships: Option<Vec<(Account, RoleCode)>>,
    pub caller_session_page: Option<Vec<Session>>,
    pub member_page: Option<Vec<(Membership, User)>>,
    pub invitation_page: Option<Vec<Invitation>>,
    pub api_key_page: Option<Vec<ApiKey>>,
    pub audit_page: Option<Vec<Event>>,
    pub unsealed: Option<(String, Vec<Event>)>,
}
