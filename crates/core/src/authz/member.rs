//! Authentication and authorisation of the caller as a member of an account.
//!
//! Every command and query inside an account begins with one of [`authenticate_member`], [`require_permission`] and
//! [`require_owner`]; they check in the order session (401), membership (404), permission (403), `If-Match` (412).

use crate::authz::policy_config::PolicyConfig;
use crate::domain::account::{Account, AccountKind};
use crate::domain::id::{AccountId, UserId};
use crate::domain::role::{OWNER_ROLE, RoleCode};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::transaction::context::{DecisionContext, IfMatch};
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::{Denial, MissingPermission};
use crate::transaction::tracked_snapshot::TrackedSnapshot;
use rolecall_policy::{PermissionId, PermissionSet, Role};

/// A signed-in member of an account with their effective permissions.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are named after their types")]
pub struct AuthenticatedMember {
    pub user: User,
    pub session: Session,
    pub account: Account,
    pub role: RoleCode,
    pub rights: PermissionSet,
}

/// Built-in role of a code in an account. None where the policy has no such role, and where the team made a custom role of
/// that code before the policy had one: members who hold the custom role keep exactly its permissions until the team deletes
/// it. The owner's role is always the policy's.
///
/// # Errors
///
/// [`DecisionError::NotLoaded`] if the custom roles were not loaded.
pub fn built_in_role<'r>(
    snapshot: &TrackedSnapshot,
    config: &'r PolicyConfig,
    account: AccountId,
    code: &str,
) -> Result<Option<&'r Role>, DecisionError> {
    let Some(role) = config.policy.role(code) else { return Ok(None) };
    // No precondition is recorded: a custom role of a code that the policy has cannot be created.
    let overridden = code != OWNER_ROLE && snapshot.custom_roles(account)?.iter().any(|custom| custom.code.as_str() == code);
    Ok((!overridden).then_some(role))
}

/// Permissions of a role in an account: of a built-in role from the policy, of a custom role from the account. None where the
/// role does not exist.
///
/// # Errors
///
/// [`DecisionError::NotLoaded`] if the custom roles were not loaded.
pub fn role_permissions(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    account: AccountId,
    code: &RoleCode,
) -> Result<Option<PermissionSet>, DecisionError> {
    if let Some(role) = built_in_role(snapshot, config, account, code.as_str())? {
        return Ok(Some(role.permissions));
    }
    let role = snapshot.custom_role(account, code)?;
    Ok(role.map(|role| permission_set_from_codes(config, &role.permissions)))
}

/// Permission set of stored codes. A code that the policy no longer has grants nothing.
pub fn permission_set_from_codes(config: &PolicyConfig, codes: &[String]) -> PermissionSet {
    let mut set = PermissionSet::EMPTY;
    for id in codes.iter().filter_map(|code| config.policy.permission(code)) {
        set.insert(id);
    }
    set
}

/// Role and permissions of a user in an account; None if they are no member. The owner of a personal account holds every
/// permission in it.
///
/// # Errors
///
/// [`DecisionError::NotLoaded`] if the membership or the custom roles were not loaded.
pub fn effective_permissions(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    account: &Account,
    user: UserId,
) -> Result<Option<(RoleCode, PermissionSet)>, DecisionError> {
    let Some(member) = snapshot.member(account.id, user)? else {
        return Ok(None);
    };
    if account.kind == AccountKind::Personal && account.owner == user {
        return Ok(Some((member.role, config.policy.all())));
    }
    let rights = role_permissions(snapshot, config, account.id, &member.role)?.unwrap_or(PermissionSet::EMPTY);
    Ok(Some((member.role, rights)))
}

/// Authenticates the caller as a member of an account.
///
/// # Errors
///
/// In this order: [`Denial::SessionMissing`] and [`Denial::SessionExpired`] without a live session,
/// [`Denial::AccountNotFound`] if there is no such account or the caller is no member of it, so that non-members cannot tell
/// one from the other. [`DecisionError::NotLoaded`] wherever data is missing.
pub fn authenticate_member(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
) -> Result<AuthenticatedMember, DecisionError> {
    let caller = snapshot.caller(ctx.now)?;
    let account = snapshot.account(id)?.ok_or(Denial::AccountNotFound)?;
    let (role, rights) = effective_permissions(snapshot, config, &account, caller.user.id)?.ok_or(Denial::AccountNotFound)?;
    Ok(AuthenticatedMember { user: caller.user, session: caller.session, account, role, rights })
}

/// Authenticates the caller as a member of an account who holds a permission, and checks `If-Match`.
///
/// # Errors
///
/// In this order: those of [`authenticate_member`], [`Denial::PermissionMissing`] with the roles that grant the permission,
/// [`Denial::PreconditionFailed`] if `If-Match` names another version of the account.
///
#[cfg_attr(feature = "testing", doc = "```")]
#[cfg_attr(not(feature = "testing"), doc = "```ignore")]
/// use rolecall_core::authz::member::require_permission;
/// use rolecall_core::testing::{Team, account_id, config, ctx};
/// use rolecall_core::transaction::decision_error::DecisionError;
/// use rolecall_core::transaction::denial::Denial;
///
/// let config = config();
/// let team = Team::new().owner("ann").member("bob", "dev");
/// let require = |who: &str| {
///     let snapshot = team.clone().as_caller(who).snapshot();
///     require_permission(&snapshot, &config, &ctx(), account_id("acme"), config.members_invite)
/// };
/// assert_eq!(require("ann").unwrap().role.as_str(), "admin");
/// assert!(matches!(require("bob"), Err(DecisionError::Denied(Denial::PermissionMissing(refusal))) if refusal.granted_by == ["admin"]));
/// assert!(matches!(require("nobody"), Err(DecisionError::NotLoaded(_))));
/// ```
pub fn require_permission(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    permission: PermissionId,
) -> Result<AuthenticatedMember, DecisionError> {
    let caller = authenticate_member(snapshot, config, ctx, id)?;
    caller.require(snapshot, config, permission)?;
    caller.check_account_if_match(snapshot, ctx)?;
    Ok(caller)
}

/// Authenticates the caller as the owner of an account, and checks `If-Match`.
///
/// # Errors
///
/// In this order: those of [`authenticate_member`], [`Denial::OwnerOnly`], [`Denial::PreconditionFailed`].
pub fn require_owner(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
) -> Result<AuthenticatedMember, DecisionError> {
    let caller = authenticate_member(snapshot, config, ctx, id)?;
    if caller.account.owner != caller.user.id {
        return Err(Denial::OwnerOnly.into());
    }
    caller.check_account_if_match(snapshot, ctx)?;
    Ok(caller)
}

impl AuthenticatedMember {
    /// Checks that the member holds a permission.
    ///
    /// # Errors
    ///
    /// [`Denial::PermissionMissing`] with the permission's code, the member's role and the roles that grant the permission.
    pub fn require(&self, snapshot: &TrackedSnapshot, config: &PolicyConfig, permission: PermissionId) -> Result<(), DecisionError> {
        if self.rights.contains(permission) {
            return Ok(());
        }
        Err(Denial::PermissionMissing(self.refusal(snapshot, config, permission)?).into())
    }

    /// Checks that the member holds every permission that they grant.
    ///
    /// INVARIANT (no-escalation): nobody grants a permission that they do not hold at that moment.
    ///
    /// # Errors
    ///
    /// [`Denial::PermissionEscalation`] for the first permission, in the policy's order, that is not held.
    pub fn check_can_grant(&self, snapshot: &TrackedSnapshot, config: &PolicyConfig, granted: PermissionSet) -> Result<(), DecisionError> {
        match granted.difference(self.rights).iter().next() {
            None => Ok(()),
            Some(lacking) => Err(Denial::PermissionEscalation(self.refusal(snapshot, config, lacking)?).into()),
        }
    }

    /// Checks `If-Match` against the version of the account. A named version becomes a precondition of the change.
    ///
    /// # Errors
    ///
    /// [`Denial::PreconditionFailed`] if `If-Match` names other versions only.
    pub fn check_account_if_match(&self, snapshot: &TrackedSnapshot, ctx: &DecisionContext) -> Result<(), DecisionError> {
        match &ctx.if_match {
            Some(demanded) if !demanded.admits(Some(self.account.version)) => Err(Denial::PreconditionFailed.into()),
            Some(IfMatch::Versions(_)) => {
                snapshot.require_version(&self.account);
                Ok(())
            }
            Some(IfMatch::Any) | None => Ok(()),
        }
    }

    fn refusal(
        &self,
        snapshot: &TrackedSnapshot,
        config: &PolicyConfig,
        permission: PermissionId,
    ) -> Result<MissingPermission, DecisionError> {
        Ok(MissingPermission {
            permission: config.policy.code(permission).to_owned(),
            role: self.role.as_str().to_owned(),
            granted_by: granting_roles(snapshot, config, self.account.id, permission)?,
        })
    }
}

/// Codes of the roles of an account that grant a permission, built-in roles first.
///
/// # Errors
///
/// [`DecisionError::NotLoaded`] if the custom roles were not loaded.
pub fn granting_roles(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    account: AccountId,
    permission: PermissionId,
) -> Result<Vec<String>, DecisionError> {
    let mut roles = Vec::new();
    for code in config.policy.roles_granting(permission) {
        roles.extend(built_in_role(snapshot, config, account, code)?.map(|role| role.code.clone()));
    }
    let custom = snapshot.custom_roles(account)?.iter();
    roles.extend(
        custom
            .filter(|role| permission_set_from_codes(config, &role.permissions).contains(permission))
            .map(|role| role.code.as_str().to_owned()),
    );
    Ok(roles)
}

#[cfg(test)]
mod tests;
