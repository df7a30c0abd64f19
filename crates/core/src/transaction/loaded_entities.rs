//! What is loaded of members and keys, to answer questions about them. Nothing is noted: no change rests on it.

use crate::domain::api_key::ApiKey;
use crate::domain::email::Email;
use crate::domain::id::{AccountId, ApiKeyId, UserId};
use crate::domain::role::RoleCode;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::lookup::{AccountRef, AuthzenLookup, Lookup};
use std::collections::BTreeMap;

/// A member, as questions know them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoadedMember {
    /// Who.
    pub user: UserId,
    /// Their email.
    pub email: Email,
    /// Their role.
    pub role: RoleCode,
}

/// An API key with what bounds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoadedApiKey {
    /// The key.
    pub key: ApiKey,
    /// The role that whoever made it has now; None: they are no member.
    pub creator_role: Option<RoleCode>,
}

/// What was loaded. `None` under a name means that it was looked for and is not there.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "each slot is named after the AccessWant that fills it")]
pub struct LoadedEntities {
    pub members: BTreeMap<String, Option<LoadedMember>>,
    pub keys: BTreeMap<ApiKeyId, Option<LoadedApiKey>>,
    pub next_members: Option<Vec<LoadedMember>>,
    pub next_keys: Option<Vec<LoadedApiKey>>,
}

fn not_loaded(account: AccountId, lookup: AuthzenLookup) -> DecisionError {
    Lookup::Authzen(AccountRef::Id(account), lookup).into()
}

impl LoadedEntities {
    pub(crate) fn member(&self, account: AccountId, name: &str) -> Result<Option<&LoadedMember>, DecisionError> {
        let found = self.members.get(name).ok_or_else(|| not_loaded(account, AuthzenLookup::Members(vec![name.to_owned()])))?;
        Ok(found.as_ref())
    }

    pub(crate) fn key(&self, account: AccountId, id: ApiKeyId) -> Result<Option<&LoadedApiKey>, DecisionError> {
        Ok(self.keys.get(&id).ok_or_else(|| not_loaded(account, AuthzenLookup::Keys(vec![id])))?.as_ref())
    }

    /// Stops the decision for everything that is not loaded yet of these members and keys, in one step.
    pub(crate) fn require_loaded(&self, account: AccountId, members: Vec<String>, keys: Vec<ApiKeyId>) -> Result<(), DecisionError> {
        let members: Vec<String> = members.into_iter().filter(|name| !self.members.contains_key(name)).collect();
        if !members.is_empty() {
            return Err(not_loaded(account, AuthzenLookup::Members(members)));
        }
        let keys: Vec<ApiKeyId> = keys.into_iter().filter(|id| !self.keys.contains_key(id)).collect();
        if keys.is_empty() { Ok(()) } else { Err(not_loaded(account, AuthzenLookup::Keys(keys))) }
    }

    pub(crate) fn next_members(&self, account: AccountId, after: &str) -> Result<&[LoadedMember], DecisionError> {
        self.next_members.as_deref().ok_or_else(|| not_loaded(account, AuthzenLookup::NextMembers(after.to_owned())))
    }

    pub(crate) fn next_keys(&self, account: AccountId, after: &str) -> Result<&[LoadedApiKey], DecisionError> {
        self.next_keys.as_deref().ok_or_else(|| not_loaded(account, AuthzenLookup::NextKeys(after.to_owned())))
    }
}
