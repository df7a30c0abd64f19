//! Profile of the signed-in user: name, accounts, active account.

use super::accounts::AccountWithRole;
use super::{changed, unchanged};
use crate::domain::account::Account;
use crate::domain::field_error::FieldError;
use crate::domain::id::AccountId;
use crate::domain::name::Name;
use crate::domain::role::RoleCode;
use crate::domain::user::User;
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::lookup::{Lookup, Page};
use crate::transaction::tracked_snapshot::TrackedSnapshot;

/// A user with their accounts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Profile {
    /// The user.
    pub user: User,
    /// Accounts and roles of the user: the first [`OWN_MEMBERSHIPS_MAX`], and the active account.
    pub memberships: Vec<AccountWithRole>,
    /// Whether the user has more accounts.
    pub more: bool,
}

/// Maximum number of accounts in a profile besides the active one; [`accounts`] lists all.
pub const OWN_MEMBERSHIPS_MAX: u32 = 1_000;

/// Input of [`update`]; None keeps a field.
#[derive(Clone, Debug, Default)]
pub struct ProfileUpdate {
    /// New display name.
    pub name: Option<String>,
    /// Id of the new active account.
    pub active_account: Option<String>,
}

/// Reads the profile of the caller.
///
/// # Errors
///
/// [`Denial::SessionMissing`], [`Denial::SessionExpired`].
pub fn me(snapshot: &TrackedSnapshot, ctx: &DecisionContext) -> Result<Profile, DecisionError> {
    let user = snapshot.caller(ctx.now)?.user;
    let mut memberships = with_roles(snapshot.caller_memberships(&Lookup::CallerMemberships)?);
    let most = usize::try_from(OWN_MEMBERSHIPS_MAX).unwrap_or(usize::MAX);
    let beyond = memberships.split_off(most.min(memberships.len()));
    let more = !beyond.is_empty();
    memberships.extend(beyond.into_iter().filter(|output| output.account.id == user.active_account));
    Ok(Profile { user, memberships, more })
}

fn with_roles(memberships: Vec<(Account, RoleCode)>) -> Vec<AccountWithRole> {
    memberships.into_iter().map(|(account, role)| AccountWithRole { account, role }).collect()
}

/// Lists a page of the caller's accounts.
///
/// # Errors
///
/// [`Denial::SessionMissing`], [`Denial::SessionExpired`].
pub fn accounts(snapshot: &TrackedSnapshot, ctx: &DecisionContext, page: &Page) -> Result<Vec<AccountWithRole>, DecisionError> {
    snapshot.caller(ctx.now)?;
    let mut accounts = with_roles(snapshot.caller_memberships(&Lookup::CallerMembershipPage(page.clone()))?);
    accounts.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
    Ok(accounts)
}

/// Sort key of an account in the list of the caller's accounts.
pub fn account_sort_key(output: &AccountWithRole) -> String {
    format!("{}/{}", output.account.kind.as_str(), output.account.id)
}

/// Changes the name and the active account of the caller.
///
/// # Errors
///
/// Those of [`me`], then invalid fields: `/name`, `/active_account`, then [`Denial::AccountNotFound`] if the user is no
/// member of the account.
pub fn update(
    snapshot: &TrackedSnapshot,
    ctx: &DecisionContext,
    input: Result<&ProfileUpdate, Vec<FieldError>>,
) -> Result<Decision<Profile>, DecisionError> {
    let mut output = me(snapshot, ctx)?;
    let input = input.map_err(DecisionError::Invalid)?;
    let mut effects = Vec::new();
    if let Some(name) = &input.name {
        let name = Name::parse(name, "/name")?;
        effects.push(Effect::RenameUser(output.user.id, name.clone()));
        output.user.name = name;
    }
    if let Some(active) = &input.active_account {
        let malformed = || FieldError::new("/active_account", "id-malformed", "The value is not an account id.");
        let active = AccountId::parse(active).ok_or_else(malformed)?;
        snapshot.member(active, output.user.id)?.ok_or(Denial::AccountNotFound)?;
        effects.push(Effect::SetActiveAccount(output.user.id, active));
        output.user.active_account = active;
    }
    Ok(if effects.is_empty() { unchanged(snapshot, output) } else { changed(snapshot, effects, Vec::new(), output) })
}

#[cfg(test)]
mod tests;
