//! The signed-in person: who they are, where they belong, where they act.

use super::accounts::AccountAnswer;
use super::{change, nothing};
use crate::domain::account::Account;
use crate::domain::field_error::FieldError;
use crate::domain::id::AccountId;
use crate::domain::name::Name;
use crate::domain::role::RoleCode;
use crate::domain::user::User;
use crate::transaction::change::{Decided, Effect};
use crate::transaction::context::Moment;
use crate::transaction::decision_error::Stop;
use crate::transaction::denial::Denial;
use crate::transaction::lookup::{Page, Want};
use crate::transaction::tracked_snapshot::View;

/// A person with every account they belong to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Me {
    /// The person.
    pub user: User,
    /// Their accounts and roles in them: the first, and the one that they act in.
    pub memberships: Vec<AccountAnswer>,
    /// Whether there are more.
    pub more: bool,
}

/// Memberships that come with a person, besides the one that they act in; the list of accounts has all of them.
pub const OWN_MEMBERSHIPS_MAX: u32 = 1_000;

/// What to change; None leaves a part as it is.
#[derive(Clone, Debug, Default)]
pub struct ProfileEdit<'a> {
    /// Another shown name.
    pub name: Option<&'a str>,
    /// The account to act in from now on.
    pub active_account: Option<&'a str>,
}

/// Who is signed in.
pub fn me(view: &View, moment: &Moment) -> Result<Me, Stop> {
    let user = view.caller(moment.now)?.user;
    let mut memberships = answers(view.caller_memberships(&Want::CallerMemberships)?);
    let most = usize::try_from(OWN_MEMBERSHIPS_MAX).unwrap_or(usize::MAX);
    let beyond = memberships.split_off(most.min(memberships.len()));
    let more = !beyond.is_empty();
    memberships.extend(beyond.into_iter().filter(|answer| answer.account.id == user.active_account));
    Ok(Me { user, memberships, more })
}

fn answers(memberships: Vec<(Account, RoleCode)>) -> Vec<AccountAnswer> {
    memberships.into_iter().map(|(account, role)| AccountAnswer { account, role }).collect()
}

/// A page of the caller's accounts.
pub fn accounts(view: &View, moment: &Moment, page: &Page) -> Result<Vec<AccountAnswer>, Stop> {
    view.caller(moment.now)?;
    let mut accounts = answers(view.caller_memberships(&Want::CallerMembershipPage(page.clone()))?);
    accounts.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
    Ok(accounts)
}

/// Where a list of one's accounts goes on after this one.
pub fn position(answer: &AccountAnswer) -> String {
    format!("{}/{}", answer.account.kind.as_str(), answer.account.id)
}

/// Changes name and active account.
pub fn update(view: &View, moment: &Moment, input: Result<ProfileEdit<'_>, Vec<FieldError>>) -> Result<Decided<Me>, Stop> {
    let mut answer = me(view, moment)?;
    let input = input.map_err(Stop::Invalid)?;
    let mut effects = Vec::new();
    if let Some(name) = input.name {
        let name = Name::parse(name, "/name")?;
        effects.push(Effect::RenameUser(answer.user.id, name.clone()));
        answer.user.name = name;
    }
    if let Some(active) = input.active_account {
        let malformed = || FieldError::new("/active_account", "id-malformed", "This is no account id.");
        let active = AccountId::parse(active).ok_or_else(malformed)?;
        view.member(active, answer.user.id)?.ok_or(Denial::AccountNotFound)?;
        effects.push(Effect::SetActiveAccount(answer.user.id, active));
        answer.user.active_account = active;
    }
    Ok(if effects.is_empty() { nothing(view, answer) } else { change(view, effects, Vec::new(), answer) })
}
