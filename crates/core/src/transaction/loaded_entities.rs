//! What is loaded of members and keys, to answer questions about them. Nothing is noted: no change rests on it.

use crate::domain::api_key::ApiKey;
use crate::domain::email::Email;
use crate::domain::id::{AccountId, ApiKeyId, UserId};
use crate::domain::role::RoleCode;
use crate::transaction::decision_error::Stop;
use crate::transaction::lookup::{AccessWant, AccountRef, Want};
use std::collections::BTreeMap;

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
    pub(crate) fn member(&self, account: AccountId, name: &str) -> Result<Option<&AccessMember>, Stop> {
        let found = self.members.get(name).ok_or_else(|| missing(account, AccessWant::Members(vec![name.to_owned()])))?;
        Ok(found.as_ref())
    }

    pub(crate) fn key(&self, account: AccountId, id: ApiKeyId) -> Result<Option<&AccessKey>, Stop> {
        Ok(self.keys.get(&id).ok_or_else(|| missing(account, AccessWant::Keys(vec![id])))?.as_ref())
    }

    /// Stops the decision for everything that is not loaded yet of these members and keys, in one step.
    pub(crate) fn demand(&self, account: AccountId, members: Vec<String>, keys: Vec<ApiKeyId>) -> Result<(), Stop> {
        let members: Vec<String> = members.into_iter().filter(|name| !self.members.contains_key(name)).collect();
        if !members.is_empty() {
            return Err(missing(account, AccessWant::Members(members)));
        }
        let keys: Vec<ApiKeyId> = keys.into_iter().filter(|id| !self.keys.contains_key(id)).collect();
        if keys.is_empty() { Ok(()) } else { Err(missing(account, AccessWant::Keys(keys))) }
    }

    pub(crate) fn members_after(&self, account: AccountId, after: &str) -> Result<&[AccessMember], Stop> {
        self.members_after.as_deref().ok_or_else(|| missing(account, AccessWant::MembersAfter(after.to_owned())))
    }

    pub(crate) fn keys_after(&self, account: AccountId, after: &str) -> Result<&[AccessKey], Stop> {
        self.keys_after.as_deref().ok_or_else(|| missing(account, AccessWant::KeysAfter(after.to_owned())))
    }
}
