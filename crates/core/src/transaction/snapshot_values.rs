//! Compound values of a snapshot's slots.

use crate::domain::api_key::ApiKey;
use crate::domain::id::{ApiKeyId, InvitationId, UserId};
use crate::domain::role::RoleCode;
use crate::domain::session::Session;
use crate::domain::user::User;

/// Invitation mails sent within the quota window.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct InvitationMails {
    /// Mails to the address, from any account.
    pub to_address: i64,
    /// Invitations sent by the account, to any address.
    pub from_account: i64,
}

/// Ids of everything that Delete Team ends.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TeamContents {
    /// Members besides the owner.
    pub members: Vec<UserId>,
    /// Pending invitations.
    pub invitations: Vec<InvitationId>,
    /// Custom roles.
    pub roles: Vec<RoleCode>,
    /// Live API keys that are not the owner's.
    pub api_keys: Vec<ApiKeyId>,
}

/// The request's credential with its owner; None inside where the credential is unknown.
#[derive(Clone, Debug, Default)]
pub enum ResolvedCredential {
    /// The request has no credential.
    #[default]
    None,
    /// A session, live or ended.
    Session(Option<(Session, User)>),
    /// An API key, live or ended.
    ApiKey(Option<ApiKey>),
    /// The user of a verified permission token.
    Token(Option<User>),
}
