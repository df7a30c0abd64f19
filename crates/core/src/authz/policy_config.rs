//! The deployer's policy with the few permissions that Rolecall itself asks for, resolved once.

use crate::domain::role::{OWNER_ROLE, RoleCode};
use core::fmt;
use rolecall_policy::{PermissionId, Policy};

/// A policy that Rolecall can work with.
#[derive(Debug)]
pub struct PolicyConfig {
    /// Permissions, roles and routes.
    pub policy: Policy,
    /// See the team at all (`team.access`).
    pub team_access: PermissionId,
    /// Change the team's settings, delete it, manage API keys (`team.manage`).
    pub team_manage: PermissionId,
    /// Invite and manage invitations (`members.invite`).
    pub members_invite: PermissionId,
    /// Change roles and remove members (`members.manage`).
    pub members_manage: PermissionId,
    /// Read and export the audit log (`audit.read`).
    pub audit_read: PermissionId,
    /// The product's name: a context word for passwords, the sender in mails.
    pub product: String,
    /// Whether the limits of `quotas_enforced` and of invitation mails apply; off only while a developer tests load and races.
    pub quotas_enforced: bool,
}

/// The policy lacks something that Rolecall's own routes ask for.
#[derive(Debug, PartialEq, Eq)]
pub struct PolicyConfigError(String);

impl fmt::Display for PolicyConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for PolicyConfigError {}

impl PolicyConfig {
    /// Checks that the policy has the five permissions of Rolecall's own routes, and the owner's role.
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
            product: product.to_owned(),
            quotas_enforced: true,
        })
    }
}
