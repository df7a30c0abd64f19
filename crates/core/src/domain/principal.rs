//! Who sends a request, and what proves it.

use crate::domain::api_key::ApiKey;
use crate::domain::audit::Actor;
use crate::domain::id::{AccountId, UserId};
use crate::domain::stored_secret::SecretHash;
use crate::domain::user::User;

/// What a request shows to prove who sends it. Secrets are hashes by now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Credential {
    /// A session's cookie.
    Session(SecretHash),
    /// An API key.
    ApiKey(SecretHash),
    /// A permission token of this user, verified already.
    Token(UserId),
}

/// Who acts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Principal {
    /// A person, by their session or by a permission token.
    User(User),
    /// An API key of an account.
    ApiKey(ApiKey),
}

impl Principal {
    /// `usr_…` or `key_…`.
    pub fn id(&self) -> String {
        match self {
            Principal::User(user) => user.id.to_string(),
            Principal::ApiKey(key) => key.id.to_string(),
        }
    }

    /// Whose rights bound what the principal may do: the person, or whoever made the key.
    pub fn user(&self) -> UserId {
        match self {
            Principal::User(user) => user.id,
            Principal::ApiKey(key) => key.created_by,
        }
    }

    /// Where it acts if nothing else is said: the person's active account, or the account of the key.
    pub fn default_account(&self) -> AccountId {
        match self {
            Principal::User(user) => user.active_account,
            Principal::ApiKey(key) => key.account,
        }
    }

    /// As the audit log names it.
    pub fn actor(&self) -> Actor {
        match self {
            Principal::User(user) => Actor::User(user.id, user.name.clone()),
            Principal::ApiKey(key) => Actor::ApiKey(key.id, key.name.clone()),
        }
    }
}
