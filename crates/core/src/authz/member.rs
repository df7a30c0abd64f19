//! Who the caller is in an account, and what they hold there: the one door to everything inside an account.

use crate::authz::policy_config::Rules;
use crate::domain::account::{Account, AccountKind};
use crate::domain::id::{AccountId, UserId};
use crate::domain::role::{OWNER_ROLE, RoleCode};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::transaction::context::{IfMatch, Moment};
use crate::transaction::decision_error::Stop;
use crate::transaction::denial::{Denial, Refusal};
use crate::transaction::tracked_snapshot::View;
use rolecall_policy::{PermissionId, PermissionSet, Role};

/// A signed-in member of an account, with what they may do in it now.
#[derive(Clone, Debug)]
pub struct Insider {
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
pub fn built_in_role<'r>(view: &View, rules: &'r Rules, account: AccountId, code: &str) -> Result<Option<&'r Role>, Stop> {
    let Some(role) = rules.policy.role(code) else { return Ok(None) };
    // Not noted: no custom role of a code that the policy has can be made.
    let overridden = code != OWNER_ROLE && view.custom_roles(account)?.iter().any(|custom| custom.code.as_str() == code);
    Ok((!overridden).then_some(role))
}

/// What a role grants in an account: built-in from the policy, custom from the account. None where it does not exist.
pub fn role_permissions(view: &View, rules: &Rules, account: AccountId, code: &RoleCode) -> Result<Option<PermissionSet>, Stop> {
    if let Some(role) = built_in_role(view, rules, account, code.as_str())? {
        return Ok(Some(role.permissions));
    }
    let role = view.custom_role(account, code)?;
    Ok(role.map(|role| known_permissions(rules, &role.permissions)))
}

/// The set that stored codes name; a code that the policy no longer knows grants nothing.
pub fn known_permissions(rules: &Rules, codes: &[String]) -> PermissionSet {
    let mut set = PermissionSet::EMPTY;
    for id in codes.iter().filter_map(|code| rules.policy.permission(code)) {
        set.insert(id);
    }
    set
}

/// What a user holds in an account now; None for strangers. The owner of a personal account holds everything in it.
pub fn rights_of(view: &View, rules: &Rules, account: &Account, user: UserId) -> Result<Option<(RoleCode, PermissionSet)>, Stop> {
    let Some(member) = view.member(account.id, user)? else {
        return Ok(None);
    };
    if account.kind == AccountKind::Personal && account.owner == user {
        return Ok(Some((member.role, rules.policy.all())));
    }
    let rights = role_permissions(view, rules, account.id, &member.role)?.unwrap_or(PermissionSet::EMPTY);
    Ok(Some((member.role, rights)))
}

/// Steps into an account: 401 without a session; to strangers the account does not exist.
pub fn enter(view: &View, rules: &Rules, moment: &Moment, id: AccountId) -> Result<Insider, Stop> {
    let caller = view.caller(moment.now)?;
    let account = view.account(id)?.ok_or(Denial::AccountNotFound)?;
    let (role, rights) = rights_of(view, rules, &account, caller.user.id)?.ok_or(Denial::AccountNotFound)?;
    Ok(Insider { user: caller.user, session: caller.session, account, role, rights })
}

/// Steps into an account holding a permission, and at the version that the caller demands.
pub fn authorise(view: &View, rules: &Rules, moment: &Moment, id: AccountId, permission: PermissionId) -> Result<Insider, Stop> {
    let insider = enter(view, rules, moment, id)?;
    insider.require(view, rules, permission)?;
    insider.demand_version(view, moment)?;
    Ok(insider)
}

/// Steps into an account as its owner, and at the version that the caller demands.
pub fn authorise_owner(view: &View, rules: &Rules, moment: &Moment, id: AccountId) -> Result<Insider, Stop> {
    let insider = enter(view, rules, moment, id)?;
    if insider.account.owner != insider.user.id {
        return Err(Denial::OwnerOnly.into());
    }
    insider.demand_version(view, moment)?;
    Ok(insider)
}

impl Insider {
    /// Refuses with the permission's name and the roles that grant it.
    pub fn require(&self, view: &View, rules: &Rules, permission: PermissionId) -> Result<(), Stop> {
        if self.rights.contains(permission) {
            return Ok(());
        }
        Err(Denial::PermissionMissing(self.refusal(view, rules, permission)?).into())
    }

    /// INVARIANT (no-escalation): nobody grants a permission that they do not hold at that moment.
    pub fn may_grant(&self, view: &View, rules: &Rules, granted: PermissionSet) -> Result<(), Stop> {
        match granted.difference(self.rights).iter().next() {
            None => Ok(()),
            Some(lacking) => Err(Denial::PermissionEscalation(self.refusal(view, rules, lacking)?).into()),
        }
    }

    /// Refuses where the caller demands another version of the account; holds the one that they demand.
    pub fn demand_version(&self, view: &View, moment: &Moment) -> Result<(), Stop> {
        match &moment.if_match {
            Some(demanded) if !demanded.admits(Some(self.account.version)) => Err(Denial::PreconditionFailed.into()),
            Some(IfMatch::Versions(_)) => {
                view.hold_version(&self.account);
                Ok(())
            }
            Some(IfMatch::Any) | None => Ok(()),
        }
    }

    fn refusal(&self, view: &View, rules: &Rules, permission: PermissionId) -> Result<Refusal, Stop> {
        Ok(Refusal {
            permission: rules.policy.code(permission).to_owned(),
            role: self.role.as_str().to_owned(),
            granted_by: granting_roles(view, rules, self.account.id, permission)?,
        })
    }
}

/// Codes of the roles of an account that grant a permission, built-in first.
pub fn granting_roles(view: &View, rules: &Rules, account: AccountId, permission: PermissionId) -> Result<Vec<String>, Stop> {
    let mut roles = Vec::new();
    for code in rules.policy.roles_granting(permission) {
        roles.extend(built_in_role(view, rules, account, code)?.map(|role| role.code.clone()));
    }
    let custom = view.custom_roles(account)?.iter();
    roles.extend(
        custom.filter(|role| known_permissions(rules, &role.permissions).contains(permission)).map(|role| role.code.as_str().to_owned()),
    );
    Ok(roles)
}
