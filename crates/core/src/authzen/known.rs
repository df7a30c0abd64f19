//! What is loaded of members and keys, to answer questions about them. Nothing is noted: no change rests on it.

use super::{Entity, key_name, member_name};
use crate::denial::Stop;
use crate::email::Email;
use crate::id::{AccountId, ApiKeyId, UserId};
use crate::model::api_key::ApiKey;
use crate::model::role::RoleCode;
use crate::view::{AccountRef, Want};
use std::collections::BTreeMap;

/// Something to load about an account. Each is one statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AccessWant {
    /// The members that go by these ids or emails.
    Members(Vec<String>),
    /// These API keys of the account.
    Keys(Vec<ApiKeyId>),
    /// The members whose ids follow this one, in order, as many as a page looks at.
    MembersAfter(String),
    /// The API keys that are not revoked and whose ids follow this one, in order, as many as a page looks at.
    KeysAfter(String),
}

/// A member, as questions know them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessMember {
    /// Who.
    pub user: UserId,
    /// Their email.
    pub email: Email,
    /// Their role.
    pub role: RoleCode,
}

/// An API key with what bounds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessKey {
    /// The key.
    pub key: ApiKey,
    /// The role that whoever made it has now; None: they are no member.
    pub creator_role: Option<RoleCode>,
}

/// What was loaded. `None` under a name means that it was looked for and is not there.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "each slot is named after the AccessWant that fills it")]
pub struct AccessKnown {
    pub members: BTreeMap<String, Option<AccessMember>>,
    pub keys: BTreeMap<ApiKeyId, Option<AccessKey>>,
    pub members_after: Option<Vec<AccessMember>>,
    pub keys_after: Option<Vec<AccessKey>>,
}

fn missing(account: AccountId, want: AccessWant) -> Stop {
    Want::Access(AccountRef::Id(account), want).into()
}

impl AccessKnown {
    pub(super) fn member(&self, account: AccountId, name: &str) -> Result<Option<&AccessMember>, Stop> {
        let found = self.members.get(name).ok_or_else(|| missing(account, AccessWant::Members(vec![name.to_owned()])))?;
        Ok(found.as_ref())
    }

    pub(super) fn key(&self, account: AccountId, id: ApiKeyId) -> Result<Option<&AccessKey>, Stop> {
        Ok(self.keys.get(&id).ok_or_else(|| missing(account, AccessWant::Keys(vec![id])))?.as_ref())
    }

    /// Demands in one step all that is not known yet of these subjects.
    pub(super) fn demand(&self, account: AccountId, subjects: &[Entity]) -> Result<(), Stop> {
        let members: Vec<String> = subjects.iter().filter_map(member_name).filter(|name| !self.members.contains_key(name)).collect();
        if !members.is_empty() {
            return Err(missing(account, AccessWant::Members(members)));
        }
        let keys: Vec<ApiKeyId> = subjects.iter().filter_map(key_name).filter(|id| !self.keys.contains_key(id)).collect();
        if keys.is_empty() { Ok(()) } else { Err(missing(account, AccessWant::Keys(keys))) }
    }

    pub(super) fn members_after(&self, account: AccountId, after: &str) -> Result<&[AccessMember], Stop> {
        self.members_after.as_deref().ok_or_else(|| missing(account, AccessWant::MembersAfter(after.to_owned())))
    }

    pub(super) fn keys_after(&self, account: AccountId, after: &str) -> Result<&[AccessKey], Stop> {
        self.keys_after.as_deref().ok_or_else(|| missing(account, AccessWant::KeysAfter(after.to_owned())))
    }
}
