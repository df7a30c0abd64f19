//! Principals and their credentials.

use crate::domain::api_key::ApiKey;
use crate::domain::audit::Actor;
use crate::domain::id::{AccountId, UserId};
use crate::domain::secret_hashes::SecretHash;
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
            Principal::ApiKey(key) => Actor::ApiKey(key.id, key.name.clone(), key.created_by),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::activity_counts::RecentActivity;
    use crate::domain::email::Email;
    use crate::domain::id::ApiKeyId;
    use crate::domain::name::Name;
    use crate::domain::time::Timestamp;

    #[test]
    fn a_user_acts_with_its_own_permissions_in_its_active_account() {
        let principal = Principal::User(User {
            id: UserId::from_bits(1),
            email: Email::parse("ann@example.com").unwrap(),
            name: Name::restore("Ann".to_owned()),
            active_account: AccountId::from_bits(2),
            created_at: Timestamp::from_millis(0),
            recent: RecentActivity::default(),
        });
        assert_eq!(principal.id(), UserId::from_bits(1).to_string());
        assert_eq!((principal.user(), principal.default_account()), (UserId::from_bits(1), AccountId::from_bits(2)));
        assert_eq!(principal.actor(), Actor::User(UserId::from_bits(1), Name::restore("Ann".to_owned())));
    }

    #[test]
    fn an_api_key_acts_with_the_permissions_of_its_creator_in_its_account() {
        let principal = Principal::ApiKey(ApiKey {
            id: ApiKeyId::from_bits(1),
            account: AccountId::from_bits(2),
            name: Name::restore("CI".to_owned()),
            secret: SecretHash::from_bytes([0; 32]),
            permissions: Vec::new(),
            resources: Vec::new(),
            created_by: UserId::from_bits(3),
            created_at: Timestamp::from_millis(0),
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
        });
        assert_eq!(principal.id(), ApiKeyId::from_bits(1).to_string());
        assert_eq!((principal.user(), principal.default_account()), (UserId::from_bits(3), AccountId::from_bits(2)));
        assert_eq!(principal.actor(), Actor::ApiKey(ApiKeyId::from_bits(1), Name::restore("CI".to_owned()), UserId::from_bits(3)));
    }
}
