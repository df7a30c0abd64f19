//! Principals and their credentials.

use crate::domain::api_key::ApiKey;
use crate::domain::audit::Actor;
use crate::domain::id::{AccountId, UserId};
use crate::domain::stored_secret::SecretHash;
use crate::domain::user::User;

/// Credential of a request, with secrets already hashed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Credential {
    /// Session cookie.
    Session(SecretHash),
    /// API key.
    ApiKey(SecretHash),
    /// Verified permission token of this user.
    Token(UserId),
}

/// Authenticated sender of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Principal {
    /// User, authenticated by a session or a permission token.
    User(User),
    /// API key of an account.
    ApiKey(ApiKey),
}

impl Principal {
    /// Textual id: `usr_…` or `key_…`.
    pub fn id(&self) -> String {
        match self {
            Principal::User(user) => user.id.to_string(),
            Principal::ApiKey(key) => key.id.to_string(),
        }
    }

    /// User whose permissions bound those of the principal: the user itself, or the creator of the API key.
    pub fn user(&self) -> UserId {
        match self {
            Principal::User(user) => user.id,
            Principal::ApiKey(key) => key.created_by,
        }
    }

    /// Account of a request that names none: the active account of the user, or the account of the API key.
    pub fn default_account(&self) -> AccountId {
        match self {
            Principal::User(user) => user.active_account,
            Principal::ApiKey(key) => key.account,
        }
    }

    /// Actor of audit events.
    pub fn actor(&self) -> Actor {
        match self {
            Principal::User(user) => Actor::User(user.id, user.name.clone()),
            Principal::ApiKey(key) => Actor::ApiKey(key.id, key.name.clone()),
        }
    }
}
