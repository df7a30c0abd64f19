//! Configuration of a deployment: its policy, with the permissions of Rolecall's own routes resolved once.

use crate::domain::role::{OWNER_ROLE, RoleCode};
use crate::domain::sign_in_config::SignInConfig;
use core::fmt;
use rolecall_policy::{PermissionId, Policy};

/// A policy that has every permission and role that Rolecall's own routes need.
#[derive(Debug)]
pub struct PolicyConfig {
    /// Permissions, roles and routes.
    pub policy: Policy,
    /// `team.access`: read the account, its members and its roles.
    pub team_access: PermissionId,
    /// `team.manage`: change the account's settings, its API keys and its attribute policy.
    pub team_manage: PermissionId,
    /// `members.invite`: create, list, resend and revoke invitations.
    pub members_invite: PermissionId,
    /// `members.manage`: change roles, remove members, manage custom roles.
    pub members_manage: PermissionId,
    /// `audit.read`: read and export the audit log.
    pub audit_read: PermissionId,
    /// Ways to sign in that the deployment offers.
    pub sign_in: SignInConfig,
    /// Product name: refused as a part of passwords, and the sender of mails.
    pub product: String,
    /// Whether the limits of [`crate::authz::quotas`] and of invitation mails apply; off only in tests of load and races.
    pub quotas_enforced: bool,
}

/// The policy lacks a permission or a role that Rolecall's own routes need, or has a role that cannot be assigned.
#[derive(Debug, PartialEq, Eq)]
pub struct PolicyConfigError(String);

impl fmt::Display for PolicyConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for PolicyConfigError {}

impl PolicyConfig {
    /// Resolves the five permissions of Rolecall's own routes.
    ///
    /// # Errors
    ///
    /// If one of them is missing, if the owner's role is missing, or if the code of a role is malformed.
    pub fn new(policy: Policy, product: &str) -> Result<Self, PolicyConfigError> {
        let own =
            |code: &str| policy.permission(code).ok_or_else(|| PolicyConfigError(format!("the policy lacks the permission `{code}`")));
        let (team_access, team_manage) = (own("team.access")?, own("team.manage")?);
        let (members_invite, members_manage) = (own("members.invite")?, own("members.manage")?);
        let audit_read = own("audit.read")?;
        if policy.role(OWNER_ROLE).is_none() {
            return Err(PolicyConfigError(format!("the policy lacks the role `{OWNER_ROLE}` that every owner has")));
        }
        if let Some(role) = policy.roles().iter().find(|role| RoleCode::parse(&role.code, "").is_err()) {
            let form = "1 to 40 lower-case letters, digits and hyphens, beginning with a letter";
            return Err(PolicyConfigError(format!("the role `{}` cannot be given to anybody: a role's code is {form}", role.code)));
        }
        Ok(PolicyConfig {
            policy,
            team_access,
            team_manage,
            members_invite,
            members_manage,
            audit_read,
            sign_in: SignInConfig::default(),
            product: product.to_owned(),
            quotas_enforced: true,
        })
    }
}

#[cfg(test)]
mod tests;
