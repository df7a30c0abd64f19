//! Custom roles of a team: create, update, delete (`members.manage`, no-escalation).

use super::joining::codes_in_order;
use super::members::excerpt;
use super::{changed, unchanged};
use crate::authz::member::{built_in_role, permission_set_from_codes, require_permission};
use crate::authz::policy_config::PolicyConfig;
use crate::domain::account::{AccountKind, CUSTOM_ROLES_MAX};
use crate::domain::field_error::FieldError;
use crate::domain::id::AccountId;
use crate::domain::name::Name;
use crate::domain::role::{CustomRole, RoleCode};
use crate::transaction::audit_event::{EventData, Resource};
use crate::transaction::change::{Decision, Effect};
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::fact::Fact;
use crate::transaction::precondition::Precondition;
use crate::transaction::tracked_snapshot::TrackedSnapshot;
use rolecall_policy::PermissionSet;

/// A built-in or custom role of an account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoleDefinition {
    /// Code of the role.
    pub code: String,
    /// Display title.
    pub title: String,
    /// Whether the policy defines it.
    pub built_in: bool,
    /// Whether the policy got a role of this code after the team made its own, which takes precedence in this account.
    pub overrides_built_in: bool,
    /// Permission codes in the policy's order.
    pub permissions: Vec<String>,
}

impl RoleDefinition {
    pub(super) fn custom(config: &PolicyConfig, role: &CustomRole) -> Self {
        RoleDefinition {
            code: role.code.as_str().to_owned(),
            title: role.title.as_str().to_owned(),
            built_in: false,
            overrides_built_in: config.policy.role(role.code.as_str()).is_some(),
            permissions: codes_in_order(config, &role.permissions),
        }
    }
}

/// Input of [`create`].
#[derive(Clone, Debug, Default)]
pub struct NewRole {
    /// Code as received.
    pub code: String,
    /// Title as received.
    pub title: String,
    /// Permission codes as received.
    pub permissions: Vec<String>,
}

/// Input of [`update`]; None keeps a field.
#[derive(Clone, Debug, Default)]
pub struct RoleUpdate {
    /// New title.
    pub title: Option<String>,
    /// New permissions, which replace the old ones.
    pub permissions: Option<Vec<String>>,
}

/// Parses permission codes of a request; unknown codes are invalid fields `/permissions/{index}`.
pub(super) fn parse_permissions(config: &PolicyConfig, codes: &[String]) -> Result<PermissionSet, Vec<FieldError>> {
    let mut set = PermissionSet::EMPTY;
    let mut errors = Vec::new();
    for (index, code) in codes.iter().enumerate() {
        match config.policy.permission(code) {
            Some(id) => set.insert(id),
            None => {
                let detail = format!("The policy has no permission `{}`.", excerpt(code));
                errors.push(FieldError::new(&format!("/permissions/{index}"), "permission-unknown", detail));
            }
        }
    }
    if errors.is_empty() { Ok(set) } else { Err(errors) }
}

fn codes_of(config: &PolicyConfig, set: PermissionSet) -> Vec<String> {
    config.policy.codes(set).into_iter().map(str::to_owned).collect()
}

/// Creates a custom role (`members.manage`).
///
/// INVARIANT (no-escalation): the caller holds every permission of the role.
///
/// # Errors
///
/// Those of [`require_permission`], then [`Denial::AccountNotTeam`], then invalid fields, all at once: `/code`,
/// `/title`, `/permissions`; then [`Denial::RoleCodeTaken`], [`Denial::PermissionEscalation`], [`Denial::LimitReached`].
pub fn create(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    input: Result<&NewRole, Vec<FieldError>>,
) -> Result<Decision<RoleDefinition>, DecisionError> {
    let caller = require_permission(snapshot, config, ctx, id, config.members_manage)?;
    let input = input.map_err(DecisionError::Invalid)?;
    if caller.account.kind != AccountKind::Team {
        return Err(Denial::AccountNotTeam.into());
    }
    let (code, title, set) =
        (RoleCode::parse(&input.code, "/code"), Name::parse(&input.title, "/title"), parse_permissions(config, &input.permissions));
    let (code, title, set) = match (code, title, set) {
        (Ok(code), Ok(title), Ok(set)) => (code, title, set),
        (code, title, set) => {
            let mut errors: Vec<FieldError> = code.err().into_iter().chain(title.err()).collect();
            errors.extend(set.err().unwrap_or_default());
            return Err(DecisionError::Invalid(errors));
        }
    };
    if config.policy.role(code.as_str()).is_some() || snapshot.custom_role(id, &code)?.is_some() {
        return Err(Denial::RoleCodeTaken.into());
    }
    caller.check_can_grant(snapshot, config, set)?;
    snapshot.check_cap(caller.account.custom_roles, CUSTOM_ROLES_MAX, "custom roles", Precondition::CustomRolesBelowCap(id))?;
    let role = CustomRole { account: id, code, title, permissions: codes_of(config, set) };
    let data = EventData::none().with_name("title", &role.title).with_list("permissions", &role.permissions);
    let event = ctx.event(id, &caller.user, "role.create", Resource::new("role", &role.code), data);
    let output = RoleDefinition::custom(config, &role);
    Ok(changed(snapshot, vec![Effect::InsertRole(role)], vec![event], output))
}

fn find_editable_role(snapshot: &TrackedSnapshot, config: &PolicyConfig, id: AccountId, code: &str) -> Result<CustomRole, DecisionError> {
    if built_in_role(snapshot, config, id, code)?.is_some() {
        return Err(Denial::RoleBuiltIn.into());
    }
    let code = RoleCode::parse(code, "/code").map_err(|_| Denial::RoleNotFound)?;
    Ok(snapshot.custom_role(id, &code)?.ok_or(Denial::RoleNotFound)?)
}

/// Changes a custom role (`members.manage`). An edit without a difference changes nothing.
///
/// INVARIANT (no-escalation): the caller holds every permission that is added.
///
/// # Errors
///
/// Those of [`require_permission`], then [`Denial::RoleBuiltIn`], [`Denial::RoleNotFound`], then invalid fields:
/// `/title`, `/permissions`, then [`Denial::PermissionEscalation`].
pub fn update(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    code: &str,
    input: Result<&RoleUpdate, Vec<FieldError>>,
) -> Result<Decision<RoleDefinition>, DecisionError> {
    let caller = require_permission(snapshot, config, ctx, id, config.members_manage)?;
    let old = find_editable_role(snapshot, config, id, code)?;
    let input = input.map_err(DecisionError::Invalid)?;
    let mut role = old.clone();
    if let Some(title) = &input.title {
        role.title = Name::parse(title, "/title")?;
    }
    if let Some(codes) = &input.permissions {
        let set = parse_permissions(config, codes).map_err(DecisionError::Invalid)?;
        caller.check_can_grant(snapshot, config, set.difference(permission_set_from_codes(config, &old.permissions)))?;
        role.permissions = codes_of(config, set);
    }
    let output = RoleDefinition::custom(config, &role);
    if role == old {
        return Ok(unchanged(snapshot, output));
    }
    let data =
        EventData::none().with_name("title", &role.title).with_list("from", &old.permissions).with_list("permissions", &role.permissions);
    let event = ctx.event(id, &caller.user, "role.update", Resource::new("role", &role.code), data);
    Ok(changed(snapshot, vec![Effect::UpdateRole(role)], vec![event], output))
}

/// Deletes a custom role that no member has and no pending invitation offers (`members.manage`).
///
/// # Errors
///
/// Those of [`require_permission`], then [`Denial::RoleBuiltIn`], [`Denial::RoleNotFound`],
/// [`Denial::RoleInUse`].
pub fn delete(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    code: &str,
) -> Result<Decision<()>, DecisionError> {
    let caller = require_permission(snapshot, config, ctx, id, config.members_manage)?;
    let role = find_editable_role(snapshot, config, id, code)?;
    if snapshot.fact(Fact::role_in_use(id, role.code.clone(), ctx.now))? {
        return Err(Denial::RoleInUse.into());
    }
    let data = EventData::none().with_name("title", &role.title).with_list("permissions", &role.permissions);
    let event = ctx.event(id, &caller.user, "role.delete", Resource::new("role", &role.code), data);
    let effects = vec![Effect::CloseExpired(id, role.code.clone(), ctx.now), Effect::DeleteRole(id, role.code)];
    Ok(changed(snapshot, effects, vec![event], ()))
}

#[cfg(test)]
mod tests;
