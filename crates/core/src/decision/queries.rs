//! What a member may see: the account, its lists, what they may do. Nothing here changes anything.

use super::accounts::AccountWithRole;
use super::members::MemberWithUser;
use super::roles::RoleDefinition;
use crate::authz::member::{AuthorizedMember, authenticate_member, built_in_role, granting_roles};
use crate::authz::policy_config::PolicyConfig;
use crate::domain::account::Account;
use crate::domain::api_key::ApiKey;
use crate::domain::audit::{Event, set_missing_hashes};
use crate::domain::field_error::FieldError;
use crate::domain::id::{AccountId, ApiKeyId};
use crate::domain::invitation::Invitation;
use crate::domain::session::Session;
use crate::transaction::context::DecisionContext;
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::Denial;
use crate::transaction::lookup::Lookup;
use crate::transaction::lookup::Snapshot;
use crate::transaction::tracked_snapshot::TrackedSnapshot;
use rolecall_policy::PermissionId;

/// Somebody who may read: made by [`authorize_read`] alone, and what a list is not handed out without.
struct ReadGrant(AuthorizedMember);

/// Steps into an account to read, holding a permission.
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
        page(snapshot.pages()).cloned().ok_or_else(|| lookup.clone().into())
    }
}

/// The account (`team.access`).
pub fn account(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
) -> Result<AccountWithRole, DecisionError> {
    Ok(authorize_read(snapshot, config, ctx, id, config.team_access)?.0.into())
}

/// A page of members (`team.access`).
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

/// A page of invitations (`members.invite`).
pub fn invitations(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    lookup: &Lookup,
) -> Result<Vec<Invitation>, DecisionError> {
    authorize_read(snapshot, config, ctx, id, config.members_invite)?.page(snapshot, lookup, |pages| pages.invitation_page.as_ref())
}

/// Whether the caller may invite now (`members.invite`).
pub fn may_invite(snapshot: &TrackedSnapshot, config: &PolicyConfig, ctx: &DecisionContext, id: AccountId) -> Result<(), DecisionError> {
    authorize_read(snapshot, config, ctx, id, config.members_invite).map(|_| ())
}

/// A page of API keys (`team.manage`).
pub fn api_keys(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    lookup: &Lookup,
) -> Result<Vec<ApiKey>, DecisionError> {
    authorize_read(snapshot, config, ctx, id, config.team_manage)?.page(snapshot, lookup, |pages| pages.api_key_page.as_ref())
}

/// One API key, whether it has ended or not (`team.manage`).
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

/// A page of the audit log (`audit.read`), with the hashes that its new events will have; whether all have one.
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
    /// Whether some of their hashes are not stored yet.
    pub fresh: bool,
    /// Whether each has its hash.
    pub whole: bool,
}

/// The roles of the account, built-in first (`team.access`).
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

/// One of the account's own roles (`team.access`).
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

/// A page of the caller's live sessions, and which of them all asks.
pub fn sessions(snapshot: &TrackedSnapshot, ctx: &DecisionContext, lookup: &Lookup) -> Result<(Session, Vec<Session>), DecisionError> {
    let caller = snapshot.caller(ctx.now)?;
    let sessions = snapshot.pages().caller_session_page.clone().ok_or_else(|| DecisionError::from(lookup.clone()))?;
    Ok((caller.session, sessions))
}

/// One answered check.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PermissionCheck {
    /// The permission asked for.
    pub permission: String,
    /// Whether the caller holds it in the account now.
    pub allowed: bool,
    /// The caller's role.
    pub role: String,
    /// Roles that would allow; only where an explanation was asked for.
    pub granted_by: Option<Vec<String>>,
}

/// Most permissions of one `checks` request: as many as a policy can have.
pub const CHECKS_MAX: usize = rolecall_policy::PERMISSIONS_MAX;

/// Says for each permission whether the caller holds it; unknown codes are faulty fields, never a silent no. Open to every member.
pub fn checks(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    input: Result<(&[String], bool), Vec<FieldError>>,
) -> Result<Vec<PermissionCheck>, DecisionError> {
    let caller = authenticate_member(snapshot, config, ctx, id)?;
    let (codes, explain) = input.map_err(DecisionError::Invalid)?;
    if codes.len() > CHECKS_MAX {
        return Err(FieldError::new("/permissions", "too-long", format!("At most {CHECKS_MAX} permissions at once.")).into());
    }
    super::roles::parse_permissions(config, codes).map_err(DecisionError::Invalid)?;
    let mut checks = Vec::with_capacity(codes.len());
    for code in codes {
        let Some(permission) = config.policy.permission(code) else { continue };
        checks.push(PermissionCheck {
            permission: code.clone(),
            allowed: caller.rights.contains(permission),
            role: caller.role.as_str().to_owned(),
            granted_by: if explain { Some(granting_roles(snapshot, config, id, permission)?) } else { None },
        });
    }
    Ok(checks)
}

/// What a permission token says about its holder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemberPermissions {
    /// Who.
    pub user: crate::domain::id::UserId,
    /// Where.
    pub account: Account,
    /// As what.
    pub role: String,
    /// Holding what, in the policy's order.
    pub permissions: Vec<String>,
}

/// The caller's rights in an account, for a permission token. Open to every member.
pub fn rights(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
) -> Result<MemberPermissions, DecisionError> {
    let caller = authenticate_member(snapshot, config, ctx, id)?;
    Ok(MemberPermissions {
        user: caller.user.id,
        role: caller.role.as_str().to_owned(),
        permissions: config.policy.codes(caller.rights).into_iter().map(str::to_owned).collect(),
        account: caller.account,
    })
}

/// Faulty query parameters of the audit log, told only to who may read it.
pub fn refuse_fields<T>(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    errors: Vec<FieldError>,
) -> Result<T, DecisionError> {
    authorize_read(snapshot, config, ctx, id, config.audit_read)?;
    Err(DecisionError::Invalid(errors))
}
