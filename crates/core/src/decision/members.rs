//! Members of an account: change of role, removal, leaving.

use super::{Planned, PlannedChange, changed, unchanged};
use crate::authz::member::{authenticate_member, require_permission, role_permissions};
use crate::authz::policy_config::PolicyConfig;
use crate::domain::account::Membership;
use crate::domain::field_error::FieldError;
use crate::domain::id::{AccountId, ApiKeyId, UserId};
use crate::domain::role::{OWNER_ROLE, RoleCode};
use crate::domain::user::User;
use crate::transaction::audit_event::{EventData, Resource};
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::fact::Fact;
use crate::transaction::tracked_snapshot::TrackedSnapshot;
use rolecall_policy::PermissionSet;

/// A membership with the user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemberWithUser {
    /// The membership.
    pub member: Membership,
    /// The user.
    pub user: User,
}

/// Parses the role code of a request, with the permissions of the role; an unknown code is an invalid field `/role`.
pub(super) fn parse_role(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    account: AccountId,
    code: &str,
) -> Result<(RoleCode, PermissionSet), DecisionError> {
    let unknown = || FieldError::new("/role", "role-unknown", format!("The account has no role `{}`.", excerpt(code)));
    let code = RoleCode::parse(code, "/role").map_err(|_| unknown())?;
    let permissions = role_permissions(snapshot, config, account, &code)?.ok_or_else(unknown)?;
    Ok((code, permissions))
}

/// Maximum length of an excerpt in characters: longer than every valid code.
const EXCERPT_MAX: usize = 60;

/// Beginning of a received text without control characters, short enough for an error message.
pub(super) fn excerpt(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(EXCERPT_MAX).collect()
}

/// Changes the role of a member (`members.manage`). The same role again changes nothing.
///
/// INVARIANT (no-escalation): the caller holds every permission of the role. INVARIANT (owner-is-admin): the owner keeps the
/// role `admin`.
///
/// # Errors
///
/// Those of [`require_permission`], then [`Denial::MemberNotFound`], then invalid fields: `/role`, then
/// [`Denial::OwnerMustStay`], [`Denial::PermissionEscalation`].
pub fn change_role(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    user: Option<UserId>,
    role: Result<&str, Vec<FieldError>>,
) -> Result<Decision<MemberWithUser>, DecisionError> {
    let caller = require_permission(snapshot, config, ctx, id, config.members_manage)?;
    let user = user.ok_or(Denial::MemberNotFound)?;
    let mut member = snapshot.member(id, user)?.ok_or(Denial::MemberNotFound)?;
    let (role, granted) = parse_role(snapshot, config, id, role.map_err(DecisionError::Invalid)?)?;
    if user == caller.account.owner && role.as_str() != OWNER_ROLE {
        return Err(Denial::OwnerMustStay.into());
    }
    caller.check_can_grant(snapshot, config, granted)?;
    let user_data = snapshot.untracked_user(user)?.ok_or(Denial::MemberNotFound)?.clone();
    if role == member.role {
        return Ok(unchanged(snapshot, MemberWithUser { member, user: user_data }));
    }
    let data = EventData::none().with("user", user).with("from", &member.role).with("to", &role);
    let event = ctx.event(id, &caller.user, "member.update", Resource::new("member", user), data);
    member.role = role.clone();
    let output = MemberWithUser { member, user: user_data };
    Ok(changed(snapshot, vec![Effect::SetMemberRole(id, user, role)], vec![event], output))
}

/// Removes a member (`members.manage`), or lets the caller leave, which needs no permission.
///
/// INVARIANT (owner-is-admin): the owner can neither leave nor be removed. The API keys that the member created are revoked with
/// the membership; a dry run lists them.
///
/// # Errors
///
/// Session (401), membership (404), [`Denial::PermissionMissing`] unless the caller leaves,
/// [`Denial::PreconditionFailed`], [`Denial::MemberNotFound`], [`Denial::OwnerMustStay`], in this order.
pub fn remove(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    user: Option<UserId>,
    dry_run: bool,
) -> Result<Decision<Planned<()>>, DecisionError> {
    let caller = authenticate_member(snapshot, config, ctx, id)?;
    let leaving = user == Some(caller.user.id);
    if !leaving {
        caller.require(snapshot, config, config.members_manage)?;
    }
    caller.check_account_if_match(snapshot, ctx)?;
    let user = user.ok_or(Denial::MemberNotFound)?;
    let member = snapshot.member(id, user)?.ok_or(Denial::MemberNotFound)?;
    if user == caller.account.owner {
        return Err(Denial::OwnerMustStay.into());
    }
    let action = if leaving { "member.leave" } else { "member.remove" };
    let keys = snapshot.fact(Fact::keys_made_by(id, user, ctx.now))?;
    if dry_run {
        let plan = removal_plan(snapshot, id, user, &keys, action)?;
        return Ok(unchanged(snapshot, Planned::DryRun(plan)));
    }
    let mut data = EventData::none().with("user", user).with("role", &member.role);
    if !keys.is_empty() {
        data = data.with_list("api_keys", &keys);
    }
    let event = ctx.event(id, &caller.user, action, Resource::new("member", user), data);
    Ok(changed(snapshot, vec![Effect::DeleteMember(id, user, ctx.now)], vec![event], Planned::Done(())))
}

/// Plan of a removal. It has ids of API keys and not their names, which are for members who may list the keys.
fn removal_plan(
    snapshot: &TrackedSnapshot,
    id: AccountId,
    user: UserId,
    keys: &[ApiKeyId],
    action: &'static str,
) -> Result<Vec<PlannedChange>, DecisionError> {
    let mut plan = vec![PlannedChange::new(action, Resource::new("member", user), "The membership ends.")];
    plan.extend(keys.iter().map(|key| {
        let detail = "The API key is revoked: its rights are bounded by those of the member who made it.";
        PlannedChange::new("api-key.revoke", Resource::new("api_key", key), detail)
    }));
    if snapshot.untracked_user(user)?.is_some_and(|user| user.active_account == id) {
        let detail = "The user acts in this account, and falls back to one of their own.";
        plan.push(PlannedChange::new("active-account.reset", Resource::new("user", user), detail));
    }
    Ok(plan)
}

#[cfg(test)]
mod tests;
