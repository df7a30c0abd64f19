//! The signed-in person: who they are, where they belong, where they act.

use super::accounts::AccountAnswer;
use super::{change, nothing};
use crate::change::{Decided, Effect};
use crate::denial::{Denial, FieldError, Stop};
use crate::id::AccountId;
use crate::model::name::Name;
use crate::model::user::User;
use crate::moment::Moment;
use crate::view::View;

/// A person with every account they belong to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Me {
    /// The person.
    pub user: User,
    /// Their accounts and roles in them.
    pub memberships: Vec<AccountAnswer>,
}

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
    let memberships = view.caller_memberships()?.iter();
    let memberships = memberships.map(|(account, role)| AccountAnswer { account: account.clone(), role: role.clone() }).collect();
    Ok(Me { user, memberships })
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
