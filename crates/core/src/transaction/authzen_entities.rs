//! Members and API keys as AuthZEN evaluations and searches need them. No change rests on them.

use crate::domain::api_key::ApiKey;
use crate::domain::email::Email;
use crate::domain::id::{ApiKeyId, UserId};
use crate::domain::role::RoleCode;
use std::collections::BTreeMap;

/// A member by id, email and role.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoadedMember {
    /// The user.
    pub user: UserId,
    /// The user's email.
    pub email: Email,
    /// The role in the account.
    pub role: RoleCode,
}

/// An API key with the role that bounds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApiKeyWithCreatorRole {
    /// The key.
    pub key: ApiKey,
    /// The present role of the key's creator; None where the creator is no member.
    pub creator_role: Option<RoleCode>,
}

/// The loaded entities. `None` under a key means that the lookup found nothing.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "each slot is named after the lookup that fills it")]
pub struct LoadedEntities {
    pub members: BTreeMap<String, Option<LoadedMember>>,
    pub keys: BTreeMap<ApiKeyId, Option<ApiKeyWithCreatorRole>>,
    pub next_members: Option<Vec<LoadedMember>>,
    pub next_keys: Option<Vec<ApiKeyWithCreatorRole>>,
}
