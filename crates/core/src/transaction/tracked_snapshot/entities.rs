//! Members and API keys for AuthZEN. No precondition is recorded: no change rests on them.

use super::TrackedSnapshot;
use crate::domain::id::{AccountId, ApiKeyId};
use crate::transaction::authzen_entities::{ApiKeyWithCreatorRole, LoadedMember};
use crate::transaction::decision_error::DecisionError;
use crate::transaction::lookup::{AccountRef, AuthzenLookup, Lookup};

fn not_loaded(account: AccountId, lookup: AuthzenLookup) -> DecisionError {
    Lookup::Authzen(AccountRef::Id(account), lookup).into()
}

impl TrackedSnapshot {
    /// A member by id or email.
    pub(crate) fn entity_member(&self, account: AccountId, name: &str) -> Result<Option<&LoadedMember>, DecisionError> {
        let found =
            self.loaded.authzen.members.get(name).ok_or_else(|| not_loaded(account, AuthzenLookup::Members(vec![name.to_owned()])))?;
        Ok(found.as_ref())
    }

    /// An API key of the account by id.
    pub(crate) fn entity_key(&self, account: AccountId, id: ApiKeyId) -> Result<Option<&ApiKeyWithCreatorRole>, DecisionError> {
        Ok(self.loaded.authzen.keys.get(&id).ok_or_else(|| not_loaded(account, AuthzenLookup::Keys(vec![id])))?.as_ref())
    }

    /// Stops the decision for everything that is not loaded yet of these members and keys, in one step.
    pub(crate) fn require_entities(&self, account: AccountId, members: Vec<String>, keys: Vec<ApiKeyId>) -> Result<(), DecisionError> {
        let members: Vec<String> = members.into_iter().filter(|name| !self.loaded.authzen.members.contains_key(name)).collect();
        if !members.is_empty() {
            return Err(not_loaded(account, AuthzenLookup::Members(members)));
        }
        let keys: Vec<ApiKeyId> = keys.into_iter().filter(|id| !self.loaded.authzen.keys.contains_key(id)).collect();
        if keys.is_empty() { Ok(()) } else { Err(not_loaded(account, AuthzenLookup::Keys(keys))) }
    }

    /// The members after an id, in order.
    pub(crate) fn next_members(&self, account: AccountId, after: &str, limit: u32) -> Result<&[LoadedMember], DecisionError> {
        self.loaded.authzen.next_members.as_deref().ok_or_else(|| not_loaded(account, AuthzenLookup::NextMembers(after.to_owned(), limit)))
    }

    /// The API keys after an id, in order.
    pub(crate) fn next_keys(&self, account: AccountId, after: &str, limit: u32) -> Result<&[ApiKeyWithCreatorRole], DecisionError> {
        self.loaded.authzen.next_keys.as_deref().ok_or_else(|| not_loaded(account, AuthzenLookup::NextKeys(after.to_owned(), limit)))
    }
}
