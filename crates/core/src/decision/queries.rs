//! Queries of a member: the account, its lists, and the member's own permissions. They take no `If-Match`.

use super::accounts::AccountWithRole;
use super::members::MemberWithUser;
use super::roles::RoleDefinition;
use crate::authz::authenticated_principal::authenticate_principal;
use crate::authz::gateway::token_grants;
use crate::authz::member::{AuthenticatedMember, authenticate_member, built_in_role, granting_roles};
use crate::authz::policy_config::PolicyConfig;
use crate::credential::permission_token::Claims;
use crate::domain::account::Account;
use crate::domain::api_key::ApiKey;
use crate::domain::audit::{Event, set_missing_hashes};
use crate::domain::authentication::Authentication;
use crate::domain::field_error::FieldError;
use crate::domain::id::{AccountId, ApiKeyId};
use crate::domain::identity::SignInMethod;
use crate::domain::invitation::Invitation;
use crate::domain::session::Session;
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::lookup::{Lookup, Snapshot};
use crate::transaction::tracked_snapshot::TrackedSnapshot;
use rolecall_policy::PermissionId;

/// Proof of authorisation to read: created by [`authorize_read`] only, and required for every page.
struct ReadGrant(AuthenticatedMember);

/// Authenticates the caller as a member who holds a permission.
fn authorize_read(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    permission: PermissionId,
) -> Result<ReadGrant, DecisionError> {
    let caller = authenticate_member(snapshot, config, ctx, id)?;
    caller.require(snapshot, config, permission)?;
    Ok(ReadGrant(caller))
}

impl ReadGrant {
    fn page<T: Clone>(
        &self,
        snapshot: &TrackedSnapshot,
        lookup: &Lookup,
        page: impl Fn(&Snapshot) -> Option<&T>,
    ) -> Result<T, DecisionError> {
        page(snapshot.untracked()).cloned().ok_or_else(|| lookup.clone().into())
    }
}

/// Reads the account (`team.access`).
///
/// # Errors
///
/// Session (401), membership (404), [`Denial::PermissionMissing`], in this order.
pub fn account(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
) -> Result<AccountWithRole, DecisionError> {
    Ok(authorize_read(snapshot, config, ctx, id, config.team_access)?.0.into())
}

/// Lists a page of members (`team.access`).
///
/// # Errors
///
/// Session (401), membership (404), [`Denial::PermissionMissing`], in this order.
pub fn members(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    lookup: &Lookup,
) -> Result<Vec<MemberWithUser>, DecisionError> {
    let grant = authorize_read(snapshot, config, ctx, id, config.team_access)?;
    let rows = grant.page(snapshot, lookup, |pages| pages.member_page.as_ref())?;
    Ok(rows.into_iter().map(|(member, user)| MemberWithUser { member, user }).collect())
}

/// Lists a page of invitations (`members.invite`).
///
/// # Errors
///
/// Session (401), membership (404), [`Denial::PermissionMissing`], in this order.
pub fn invitations(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    lookup: &Lookup,
) -> Result<Vec<Invitation>, DecisionError> {
    authorize_read(snapshot, config, ctx, id, config.members_invite)?.page(snapshot, lookup, |pages| pages.invitation_page.as_ref())
}

/// Checks that the caller may invite (`members.invite`).
///
/// # Errors
///
/// Session (401), membership (404), [`Denial::PermissionMissing`], in this order.
pub fn may_invite(snapshot: &TrackedSnapshot, config: &PolicyConfig, ctx: &DecisionContext, id: AccountId) -> Result<(), DecisionError> {
    authorize_read(snapshot, config, ctx, id, config.members_invite).map(|_| ())
}

/// Lists a page of API keys (`team.manage`).
///
/// # Errors
///
/// Session (401), membership (404), [`Denial::PermissionMissing`], in this order.
pub fn api_keys(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    lookup: &Lookup,
) -> Result<Vec<ApiKey>, DecisionError> {
    authorize_read(snapshot, config, ctx, id, config.team_manage)?.page(snapshot, lookup, |pages| pages.api_key_page.as_ref())
}

/// Reads an API key, live or ended (`team.manage`).
///
/// # Errors
///
/// Session (401), membership (404), [`Denial::PermissionMissing`] and [`Denial::ApiKeyNotFound`], in this order.
pub fn api_key(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    key: Option<ApiKeyId>,
) -> Result<ApiKey, DecisionError> {
    authorize_read(snapshot, config, ctx, id, config.team_manage)?;
    Ok(key.map(|key| snapshot.api_key(key)).transpose()?.flatten().filter(|key| key.account == id).ok_or(Denial::ApiKeyNotFound)?)
}

/// Lists a page of the audit log (`audit.read`), with the hashes that unsealed events will get.
///
/// # Errors
///
/// Session (401), membership (404), [`Denial::PermissionMissing`], in this order.
pub fn audit_log(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    lookup: &Lookup,
    unsealed: &Lookup,
) -> Result<AuditPage, DecisionError> {
    let grant = authorize_read(snapshot, config, ctx, id, config.audit_read)?;
    let mut events = grant.page(snapshot, lookup, |pages| pages.audit_page.as_ref())?;
    let fresh = events.iter().any(|event| event.hash.is_none());
    let (prev_hash, run) = grant.page(snapshot, unsealed, |pages| pages.unsealed.as_ref())?;
    let whole = !fresh || set_missing_hashes(&mut events, &prev_hash, &run);
    Ok(AuditPage { events, fresh, whole })
}

/// A page of the audit log.
#[derive(Clone, PartialEq, Debug)]
pub struct AuditPage {
    /// The events.
    pub events: Vec<Event>,
    /// Whether some of the events are not sealed yet.
    pub fresh: bool,
    /// Whether each event has its hash.
    pub whole: bool,
}

/// Lists the roles of the account, built-in roles first (`team.access`).
///
/// # Errors
///
/// Session (401), membership (404), [`Denial::PermissionMissing`], in this order.
pub fn roles(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
) -> Result<Vec<RoleDefinition>, DecisionError> {
    let grant = authorize_read(snapshot, config, ctx, id, config.team_access)?;
    let account = grant.0.account.id;
    let mut roles = Vec::new();
    for role in config.policy.roles() {
        roles.extend(built_in_role(snapshot, config, account, &role.code)?.map(|role| RoleDefinition {
            code: role.code.clone(),
            title: role.title.clone(),
            built_in: true,
            overrides_built_in: false,
            permissions: config.policy.codes(role.permissions).into_iter().map(str::to_owned).collect(),
        }));
    }
    roles.extend(snapshot.custom_roles(account)?.iter().map(|role| RoleDefinition::custom(config, role)));
    Ok(roles)
}

/// Reads a custom role (`team.access`).
///
/// # Errors
///
/// Session (401), membership (404), [`Denial::PermissionMissing`] and [`Denial::RoleNotFound`], in this order.
pub fn role(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    code: &str,
) -> Result<RoleDefinition, DecisionError> {
    let grant = authorize_read(snapshot, config, ctx, id, config.team_access)?;
    let found = snapshot.custom_roles(grant.0.account.id)?.iter().find(|role| role.code.as_str() == code);
    Ok(RoleDefinition::custom(config, found.ok_or(Denial::RoleNotFound)?))
}

/// Lists a page of the caller's live sessions, with the session of the request.
///
/// # Errors
///
/// [`Denial::SessionMissing`], [`Denial::SessionExpired`].
pub fn sessions(snapshot: &TrackedSnapshot, ctx: &DecisionContext, lookup: &Lookup) -> Result<(Session, Vec<Session>), DecisionError> {
    let caller = snapshot.caller(ctx.now)?;
    let sessions = snapshot.untracked().caller_session_page.clone().ok_or_else(|| DecisionError::from(lookup.clone()))?;
    Ok((caller.session, sessions))
}

/// Result of one permission check.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PermissionCheck {
    /// Permission code.
    pub permission: String,
    /// Whether the caller holds the permission in the account.
    pub allowed: bool,
    /// Role of the caller.
    pub role: String,
    /// Roles that grant the permission; only with an explanation.
    pub granted_by: Option<Vec<String>>,
}

/// Maximum number of permissions in one request: as many as a policy can have.
pub const CHECKS_MAX: usize = rolecall_policy::PERMISSIONS_MAX;

/// Input of [`check_permissions`].
#[derive(Clone, Debug, Default)]
pub struct PermissionsToCheck {
    /// Permission codes as received.
    pub permissions: Vec<String>,
    /// Whether to explain the results.
    pub explain: bool,
}

/// Checks for each permission whether the caller holds it. Every member may.
///
/// # Errors
///
/// Session (401), membership (404), then invalid fields: `/permissions` where there are too many, or each unknown code.
pub fn check_permissions(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    input: Result<&PermissionsToCheck, Vec<FieldError>>,
) -> Result<Vec<PermissionCheck>, DecisionError> {
    let caller = authenticate_member(snapshot, config, ctx, id)?;
    check_each(snapshot, config, id, input, caller.role.as_str(), &|permission| caller.rights.contains(permission))
}

/// Like [`check_permissions`], for a user or an API key. Every member and every key of the account may.
///
/// `resource` is the id of a resource, of the type of each permission; None is the whole collection. Only an API key can be limited
/// to resources.
///
/// # Errors
///
/// Those of [`authenticate_principal`], then invalid fields as in [`check_permissions`].
pub fn check_principal_permissions(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    resource: Option<&str>,
    input: Result<&PermissionsToCheck, Vec<FieldError>>,
) -> Result<Vec<PermissionCheck>, DecisionError> {
    let principal = authenticate_principal(snapshot, config, ctx, Some(id))?;
    check_each(snapshot, config, id, input, &principal.role, &|permission| principal.may(config, permission, resource))
}

fn check_each(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    id: AccountId,
    input: Result<&PermissionsToCheck, Vec<FieldError>>,
    role: &str,
    may: &dyn Fn(PermissionId) -> bool,
) -> Result<Vec<PermissionCheck>, DecisionError> {
    let PermissionsToCheck { permissions: codes, explain } = input.map_err(DecisionError::Invalid)?;
    if codes.len() > CHECKS_MAX {
        return Err(FieldError::new("/permissions", "too-long", format!("The list must have at most {CHECKS_MAX} permissions.")).into());
    }
    super::roles::parse_permissions(config, codes).map_err(DecisionError::Invalid)?;
    let mut checks = Vec::with_capacity(codes.len());
    for code in codes {
        let Some(permission) = config.policy.permission(code) else { continue };
        checks.push(PermissionCheck {
            permission: code.clone(),
            allowed: may(permission),
            role: role.to_owned(),
            granted_by: if *explain { Some(granting_roles(snapshot, config, id, permission)?) } else { None },
        });
    }
    Ok(checks)
}

/// Checks permissions by the claims of a verified permission token alone. None: they do not suffice, and the database decides.
///
/// As at the gateway, claims never deny: see [`token_grants`]. They name no roles, so they cannot explain.
pub fn check_permissions_by_token(policy_hash: &str, claims: &Claims, input: &PermissionsToCheck) -> Option<Vec<PermissionCheck>> {
    let PermissionsToCheck { permissions: codes, explain } = input;
    let suffices = !*explain && codes.len() <= CHECKS_MAX && codes.iter().all(|code| token_grants(policy_hash, claims, code));
    let check = |code: &String| PermissionCheck { permission: code.clone(), allowed: true, role: claims.role.clone(), granted_by: None };
    (suffices && !codes.is_empty()).then(|| codes.iter().map(check).collect())
}

/// Role and permissions of a member, as a permission token states them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemberPermissions {
    /// The member.
    pub user: crate::domain::id::UserId,
    /// How and when the member last proved who they are.
    pub authentication: Authentication,
    /// The account.
    pub account: Account,
    /// Role of the member.
    pub role: String,
    /// Permission codes in the policy's order.
    pub permissions: Vec<String>,
}

/// Reads the caller's role and permissions, for a permission token. Every member may.
///
/// # Errors
///
/// Session (401), membership (404).
pub fn rights(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
) -> Result<MemberPermissions, DecisionError> {
    let caller = authenticate_member(snapshot, config, ctx, id)?;
    Ok(MemberPermissions {
        user: caller.user.id,
        authentication: caller.session.authentication,
        role: caller.role.as_str().to_owned(),
        permissions: config.policy.codes(caller.rights).into_iter().map(str::to_owned).collect(),
        account: caller.account,
    })
}

/// Lists the ways of the caller to sign in that are valid, oldest first.
///
/// # Errors
///
/// [`Denial::SessionMissing`], [`Denial::SessionExpired`].
pub fn sign_in_methods(snapshot: &TrackedSnapshot, ctx: &DecisionContext) -> Result<Vec<SignInMethod>, DecisionError> {
    let caller = snapshot.caller(ctx.now)?;
    let methods = snapshot.sign_in_methods(caller.user.id)?;
    Ok(methods.iter().filter(|method| method.is_valid(ctx.epoch)).cloned().collect())
}

/// Reports invalid query parameters of the audit log, to members who may read it only.
///
/// # Errors
///
/// Always: session (401), membership (404), [`Denial::PermissionMissing`], then the invalid fields.
pub fn reject_audit_query<T>(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    errors: Vec<FieldError>,
) -> Result<T, DecisionError> {
    authorize_read(snapshot, config, ctx, id, config.audit_read)?;
    Err(DecisionError::Invalid(errors))
}

#[cfg(test)]
mod tests;
