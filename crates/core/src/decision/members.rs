//! Members of an account: another role, removal, leaving.

use super::{Planned, PlannedChange, change, nothing};
use crate::authz::member::{authorise, enter, role_permissions};
use crate::authz::policy_config::Rules;
use crate::domain::account::Membership;
use crate::domain::field_error::FieldError;
use crate::domain::id::{AccountId, ApiKeyId, UserId};
use crate::domain::role::{OWNER_ROLE, RoleCode};
use crate::domain::user::User;
use crate::transaction::audit_event::Data;
use crate::transaction::audit_event::Resource;
use crate::transaction::change::{Decided, Effect};
use crate::transaction::context::Moment;
use crate::transaction::decision_error::Stop;
use crate::transaction::denial::Denial;
use crate::transaction::tracked_snapshot::View;
use rolecall_policy::PermissionSet;

/// A member with the data that others see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemberAnswer {
    /// Role and since when.
    pub member: Membership,
    /// Name and email.
    pub user: User,
}

/// A role by its code, with what it grants; unknown codes are a faulty field.
pub(super) fn known_role(view: &View, rules: &Rules, account: AccountId, code: &str) -> Result<(RoleCode, PermissionSet), Stop> {
    let unknown = || FieldError::new("/role", "role-unknown", format!("There is no role `{}` in this account.", excerpt(code)));
    let code = RoleCode::parse(code, "/role").map_err(|_| unknown())?;
    let permissions = role_permissions(view, rules, account, &code)?.ok_or_else(unknown)?;
    Ok((code, permissions))
}

/// Longest excerpt in characters: a code whole, and one that is too long far enough to be recognised.
const EXCERPT_MAX: usize = 60;

/// The beginning of what a caller sent, short enough for a message.
pub(super) fn excerpt(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(EXCERPT_MAX).collect()
}

/// Gives a member another role (`members.manage`, no-escalation).
pub fn change_role(
    view: &View,
    rules: &Rules,
    moment: &Moment,
    id: AccountId,
    user: UserId,
    role: Result<&str, Vec<FieldError>>,
) -> Result<Decided<MemberAnswer>, Stop> {
    let insider = authorise(view, rules, moment, id, rules.members_manage)?;
    let mut member = view.member(id, user)?.ok_or(Denial::MemberNotFound)?;
    let (role, granted) = known_role(view, rules, id, role.map_err(Stop::Invalid)?)?;
    if user == insider.account.owner && role.as_str() != OWNER_ROLE {
        return Err(Denial::OwnerMustStay.into());
    }
    insider.may_grant(view, rules, granted)?;
    let user_data = view.user(user)?.ok_or(Denial::MemberNotFound)?.clone();
    if role == member.role {
        return Ok(nothing(view, MemberAnswer { member, user: user_data }));
    }
    let data = Data::none().with("user", user).with("from", &member.role).with("to", &role);
    let event = moment.event(id, &insider.user, "member.update", Resource::new("member", user), data);
    member.role = role.clone();
    let answer = MemberAnswer { member, user: user_data };
    Ok(change(view, vec![Effect::SetMemberRole(id, user, role)], vec![event], answer))
}

/// Ends a membership: one's own (leaving), or another's (`members.manage`). Never the owner's (owner-is-admin).
///
/// The keys that the member made are revoked with it: their rights are bounded by what their maker holds, which is nothing
/// from now on. A dry run says so, key by key.
pub fn remove(
    view: &View,
    rules: &Rules,
    moment: &Moment,
    id: AccountId,
    user: UserId,
    dry_run: bool,
) -> Result<Decided<Planned<()>>, Stop> {
    let insider = enter(view, rules, moment, id)?;
    let leaving = user == insider.user.id;
    if !leaving {
        insider.require(view, rules, rules.members_manage)?;
    }
    insider.demand_version(view, moment)?;
    let member = view.member(id, user)?.ok_or(Denial::MemberNotFound)?;
    if user == insider.account.owner {
        return Err(Denial::OwnerMustStay.into());
    }
    let action = if leaving { "member.leave" } else { "member.remove" };
    let keys = view.keys_made_by(id, user, moment.now)?;
    if dry_run {
        let plan = removal(view, id, user, keys, action)?;
        return Ok(nothing(view, Planned::DryRun(plan)));
    }
    let mut data = Data::none().with("user", user).with("role", &member.role);
    if !keys.is_empty() {
        data = data.with_list("api_keys", keys);
    }
    let event = moment.event(id, &insider.user, action, Resource::new("member", user), data);
    Ok(change(view, vec![Effect::DeleteMember(id, user, moment.now)], vec![event], Planned::Done(())))
}

/// All that ends with a membership. Names of keys are for those who may list them, so ids alone are told.
fn removal(view: &View, id: AccountId, user: UserId, keys: &[ApiKeyId], action: &'static str) -> Result<Vec<PlannedChange>, Stop> {
    let mut plan = vec![PlannedChange::new(action, Resource::new("member", user), "The membership ends.")];
    plan.extend(keys.iter().map(|key| {
        let detail = "The API key is revoked: its rights are bounded by those of the member who made it.";
        PlannedChange::new("api-key.revoke", Resource::new("api_key", key), detail)
    }));
    if view.user(user)?.is_some_and(|user| user.active_account == id) {
        let detail = "The user acts in this account, and falls back to one of their own.";
        plan.push(PlannedChange::new("active-account.reset", Resource::new("user", user), detail));
    }
    Ok(plan)
}
