//! Who the caller is in an account, and what they hold there: the one door to everything inside an account.

use crate::authz::policy_config::PolicyConfig;
use crate::domain::account::{Account, AccountKind};
use crate::domain::id::{AccountId, UserId};
use crate::domain::role::{OWNER_ROLE, RoleCode};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::transaction::context::{DecisionContext, IfMatch};
use crate::transaction::decision_error::DecisionError;
use crate::transaction::denial::{Denial, Refusal};
use crate::transaction::tracked_snapshot::TrackedSnapshot;
use rolecall_policy::{PermissionId, PermissionSet, Role};

/// A signed-in member of an account, with what they may do in it now.
#[derive(Clone, Debug)]
pub struct AuthorizedMember {
    /// Who.
    pub user: User,
    /// By which session.
    pub session: Session,
    /// Where.
    pub account: Account,
    /// As what.
    pub role: RoleCode,
    /// Holding what.
    pub rights: PermissionSet,
}

/// The policy's role of a code in an account. None where the policy has none, and where the team made a custom role of that
/// code before the policy had one: the members who hold it keep exactly what they were given, until the team deletes it.
/// The owner's role is always the policy's.
pub fn built_in_role<'r>(
    snapshot: &TrackedSnapshot,
    config: &'r PolicyConfig,
    account: AccountId,
    code: &str,
) -> Result<Option<&'r Role>, DecisionError> {
    let Some(role) = config.policy.role(code) else { return Ok(None) };
    // Not noted: no custom role of a code that the policy has can be made.
    let overridden = code != OWNER_ROLE && snapshot.custom_roles(account)?.iter().any(|custom| custom.code.as_str() == code);
    Ok((!overridden).then_some(role))
}

/// What a role grants in an account: built-in from the policy, custom from the account. None where it does not exist.
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

/// The set that stored codes name; a code that the policy no longer knows grants nothing.
pub fn permission_set_from_codes(config: &PolicyConfig, codes: &[String]) -> PermissionSet {
    let mut set = PermissionSet::EMPTY;
    for id in codes.iter().filter_map(|code| config.policy.permission(code)) {
        set.insert(id);
    }
    set
}

/// What a user holds in an account now; None for strangers. The owner of a personal account holds everything in it.
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

/// Steps into an account: 401 without a session; to strangers the account does not exist.
pub fn authenticate_member(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
) -> Result<AuthorizedMember, DecisionError> {
    let caller = snapshot.caller(ctx.now)?;
    let account = snapshot.account(id)?.ok_or(Denial::AccountNotFound)?;
    let (role, rights) = effective_permissions(snapshot, config, &account, caller.user.id)?.ok_or(Denial::AccountNotFound)?;
    Ok(AuthorizedMember { user: caller.user, session: caller.session, account, role, rights })
}

/// Steps into an account holding a permission, and at the version that the caller demands.
pub fn require_permission(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
    permission: PermissionId,
) -> Result<AuthorizedMember, DecisionError> {
    let caller = authenticate_member(snapshot, config, ctx, id)?;
    caller.require(snapshot, config, permission)?;
    caller.check_if_match(snapshot, ctx)?;
    Ok(caller)
}

/// Steps into an account as its owner, and at the version that the caller demands.
pub fn require_owner(
    snapshot: &TrackedSnapshot,
    config: &PolicyConfig,
    ctx: &DecisionContext,
    id: AccountId,
) -> Result<AuthorizedMember, DecisionError> {
    let caller = authenticate_member(snapshot, config, ctx, id)?;
    if caller.account.owner != caller.user.id {
        return Err(Denial::OwnerOnly.into());
    }
    caller.check_if_match(snapshot, ctx)?;
    Ok(caller)
}

impl AuthorizedMember {
    /// Refuses with the permission's name and the roles that grant it.
    pub fn require(&self, snapshot: &TrackedSnapshot, config: &PolicyConfig, permission: PermissionId) -> Result<(), DecisionError> {
        if self.rights.contains(permission) {
            return Ok(());
        }
        Err(Denial::PermissionMissing(self.refusal(snapshot, config, permission)?).into())
    }

    /// INVARIANT (no-escalation): nobody grants a permission that they do not hold at that moment.
    pub fn check_can_grant(&self, snapshot: &TrackedSnapshot, config: &PolicyConfig, granted: PermissionSet) -> Result<(), DecisionError> {
        match granted.difference(self.rights).iter().next() {
            None => Ok(()),
            Some(lacking) => Err(Denial::PermissionEscalation(self.refusal(snapshot, config, lacking)?).into()),
        }
    }

    /// Refuses where the caller demands another version of the account; holds the one that they demand.
    pub fn check_if_match(&self, snapshot: &TrackedSnapshot, ctx: &DecisionContext) -> Result<(), DecisionError> {
        match &ctx.if_match {
            Some(demanded) if !demanded.admits(Some(self.account.version)) => Err(Denial::PreconditionFailed.into()),
            Some(IfMatch::Versions(_)) => {
                snapshot.require_version(&self.account);
                Ok(())
            }
            Some(IfMatch::Any) | None => Ok(()),
        }
    }

    fn refusal(&self, snapshot: &TrackedSnapshot, config: &PolicyConfig, permission: PermissionId) -> Result<Refusal, DecisionError> {
        Ok(Refusal {
            permission: config.policy.code(permission).to_owned(),
            role: self.role.as_str().to_owned(),
            granted_by: granting_roles(snapshot, config, self.account.id, permission)?,
        })
    }
}

/// Codes of the roles of an account that grant a permission, built-in first.
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
