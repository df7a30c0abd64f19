//! DTOs of accounts, members, dry runs, permission checks and permission tokens.

use super::macros::{requests, responses};
use crate::problem::ProblemCode;
use rolecall_core::decision::PlannedChange;
use rolecall_core::decision::accounts::{AccountUpdate, AccountWithRole, Convert};
use rolecall_core::decision::members::MemberWithUser;
use rolecall_core::decision::queries::{PermissionCheck, PermissionsToCheck};

requests! {
    /// Update of an account.
    UpdateAccountRequest {
        /// Display name, 1 to 100 characters.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100, example = "Analytical Engines"))]
        name: String,
    }
    /// Conversion of a personal account to a team.
    ConvertAccountRequest {
        /// Name of the team, 1 to 100 characters. If omitted, the account keeps its name.
        #[cfg_attr(feature = "openapi", schema(nullable = false, min_length = 1, max_length = 100))]
        name: Option<String>,
        /// If `true`, return the changes that would be made without making them. Defaults to `false`.
        #[cfg_attr(feature = "openapi", schema(nullable = false))]
        dry_run: Option<bool>,
    }
    /// Transfer of ownership.
    TransferAccountRequest {
        /// Id of another admin of the team, who becomes the owner.
        #[cfg_attr(feature = "openapi", schema(example = "usr_0199aaaaaaaa7000800000000000000a"))]
        user: String,
    }
    /// Update of a member.
    UpdateMemberRequest {
        /// Role code.
        #[cfg_attr(feature = "openapi", schema(example = "dev"))]
        role: String,
    }
    /// Permissions to check.
    CheckPermissionsRequest {
        /// Permission codes of the policy, at most 256.
        #[cfg_attr(feature = "openapi", schema(max_items = 256, example = json!(["pods.manage", "billing.view"])))]
        permissions: Vec<String>,
        /// If `true`, include the role of the caller and the roles that grant each permission. Defaults to `false`.
        #[cfg_attr(feature = "openapi", schema(nullable = false))]
        explain: Option<bool>,
    }
}

responses! {
    /// A personal account or a team: the owner of resources and the unit of billing.
    AccountResponse {
        /// Account id, `acct_…`. It stays the same when the account is converted.
        #[cfg_attr(feature = "openapi", schema(example = "acct_0199aaaaaaaa7000800000000000000b"))]
        id: String,
        /// Kind of account: `personal` or `team`.
        #[cfg_attr(feature = "openapi", schema(example = "team"))]
        kind: &'static str,
        /// Display name.
        name: String,
        /// Id of the user who owns the account.
        owner: String,
        /// Role code of the current user.
        role: String,
        /// Version, incremented by every change and also sent as `ETag`. If several changes are made concurrently, the response
        /// to one of them can contain a version that is no longer the latest.
        version: i64,
        /// Time of creation.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        created_at: String,
    }
    /// A user as visible to members of the same account.
    MemberUserResponse {
        /// User id, `usr_…`.
        id: String,
        /// Display name.
        name: String,
        /// Verified email.
        #[cfg_attr(feature = "openapi", schema(format = "email"))]
        email: String,
    }
    /// A member of an account.
    MemberResponse {
        /// User.
        user: MemberUserResponse,
        /// Role code.
        role: String,
        /// Time at which the user became a member.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        joined_at: String,
    }
    /// Object affected by a change.
    ResourceResponse {
        /// Type: `account`, `member`, `invitation`, `role` or `api_key`.
        #[serde(rename = "type")]
        kind: &'static str,
        /// Id of the object, or code of the role.
        id: String,
    }
    /// One change of a dry run.
    PlannedChangeResponse {
        /// Action as in the audit log. A change that only follows from another one has an action of its own:
        /// `active-account.reset`.
        #[cfg_attr(feature = "openapi", schema(example = "member.remove"))]
        action: &'static str,
        /// Object that would change.
        resource: ResourceResponse,
        /// Description for people.
        detail: String,
    }
    /// Result of a dry run. Nothing was changed.
    DryRunResponse {
        /// Always `true`.
        dry_run: bool,
        /// Changes that would be made.
        changes: Vec<PlannedChangeResponse>,
    }
    /// Result of one permission check.
    CheckResponse {
        /// Permission code.
        permission: String,
        /// Whether the caller holds the permission now.
        allowed: bool,
        /// Reason of the result: `granted` or `permission-missing`.
        #[cfg_attr(feature = "openapi", schema(example = "granted"))]
        reason: &'static str,
        /// Role code of the caller; present with `explain`.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(nullable = false))]
        role: Option<String>,
        /// Codes of the roles of the account that grant the permission; present with `explain`.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(nullable = false))]
        granted_by: Option<Vec<String>>,
    }
    /// Results of permission checks.
    CheckPermissionsResponse {
        /// One result per permission, in the order of the request.
        results: Vec<CheckResponse>,
    }
    /// A permission token.
    TokenResponse {
        /// JWT signed with EdDSA. Verify it with the keys at `/.well-known/jwks.json`.
        token: String,
        /// Always `Bearer`.
        token_type: &'static str,
        /// Lifetime in seconds.
        expires_in: i64,
        /// Time of expiry.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        expires_at: String,
    }
}

impl From<UpdateAccountRequest> for AccountUpdate {
    fn from(request: UpdateAccountRequest) -> Self {
        AccountUpdate { name: request.name }
    }
}

impl From<ConvertAccountRequest> for Convert {
    fn from(request: ConvertAccountRequest) -> Self {
        Convert { name: request.name, dry_run: request.dry_run.unwrap_or_default() }
    }
}

impl From<CheckPermissionsRequest> for PermissionsToCheck {
    fn from(request: CheckPermissionsRequest) -> Self {
        PermissionsToCheck { permissions: request.permissions, explain: request.explain.unwrap_or_default() }
    }
}

impl From<&AccountWithRole> for AccountResponse {
    fn from(loaded: &AccountWithRole) -> Self {
        let account = &loaded.account;
        AccountResponse {
            id: account.id.to_string(),
            kind: account.kind.as_str(),
            name: account.name.to_string(),
            owner: account.owner.to_string(),
            role: loaded.role.to_string(),
            version: account.version,
            created_at: account.created_at.to_string(),
        }
    }
}

impl From<&MemberWithUser> for MemberResponse {
    fn from(loaded: &MemberWithUser) -> Self {
        let user = &loaded.user;
        MemberResponse {
            user: MemberUserResponse { id: user.id.to_string(), name: user.name.to_string(), email: user.email.as_str().to_owned() },
            role: loaded.member.role.to_string(),
            joined_at: loaded.member.joined_at.to_string(),
        }
    }
}

impl From<&[PlannedChange]> for DryRunResponse {
    fn from(changes: &[PlannedChange]) -> Self {
        let to_response = |change: &PlannedChange| PlannedChangeResponse {
            action: change.action,
            resource: ResourceResponse { kind: change.resource.kind, id: change.resource.id.clone() },
            detail: change.detail.clone(),
        };
        DryRunResponse { dry_run: true, changes: changes.iter().map(to_response).collect() }
    }
}

impl From<&PermissionCheck> for CheckResponse {
    fn from(check: &PermissionCheck) -> Self {
        CheckResponse {
            permission: check.permission.clone(),
            allowed: check.allowed,
            reason: if check.allowed { "granted" } else { ProblemCode::PermissionMissing.as_str() },
            role: check.granted_by.is_some().then(|| check.role.clone()),
            granted_by: check.granted_by.clone(),
        }
    }
}
