//! Accounts and their members, what would change, what the caller may do.

use super::{requests, responses};
use crate::problem::ProblemCode;
use rolecall_core::decision::PlannedChange;
use rolecall_core::decision::accounts::AccountWithRole;
use rolecall_core::decision::members::MemberWithUser;
use rolecall_core::decision::queries::PermissionCheck;

requests! {
    /// Another name.
    UpdateAccountRequest {
        /// Shown name.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100, example = "Analytical Engines"))]
        name: String,
    }
    /// Personal to team.
    ConvertAccountRequest {
        /// The team's name; the account keeps its own where this is absent.
        #[cfg_attr(feature = "openapi", schema(nullable = false, min_length = 1, max_length = 100))]
        name: Option<String>,
        /// Only say what would change.
        #[cfg_attr(feature = "openapi", schema(nullable = false))]
        dry_run: Option<bool>,
    }
    /// Who becomes the owner.
    TransferAccountRequest {
        /// Id of another admin of the team.
        #[cfg_attr(feature = "openapi", schema(example = "usr_0199aaaaaaaa7000800000000000000a"))]
        user: String,
    }
    /// Another role for a member.
    UpdateMemberRequest {
        /// Role code.
        #[cfg_attr(feature = "openapi", schema(example = "dev"))]
        role: String,
    }
    /// Permissions to be checked.
    CheckPermissionsRequest {
        /// Permission codes of the policy.
        #[cfg_attr(feature = "openapi", schema(max_items = 256, example = json!(["pods.manage", "billing.view"])))]
        permissions: Vec<String>,
        /// Also say which roles would allow.
        #[cfg_attr(feature = "openapi", schema(nullable = false))]
        explain: Option<bool>,
    }
}

responses! {
    /// What owns resources and is billed.
    AccountResponse {
        /// `acct_…`; never changes, whatever the kind.
        #[cfg_attr(feature = "openapi", schema(example = "acct_0199aaaaaaaa7000800000000000000b"))]
        id: String,
        /// `personal` or `team`.
        #[cfg_attr(feature = "openapi", schema(example = "team"))]
        kind: &'static str,
        /// Shown name.
        name: String,
        /// Id of the owner.
        owner: String,
        /// The caller's role code.
        role: String,
        /// Raised by every change; also the `ETag`. Where others change the account at the same moment, the answer to a
        /// change can name a version below that of now.
        version: i64,
        /// When it came to be.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        created_at: String,
    }
    /// A person as their fellow members see them.
    MemberUserResponse {
        /// `usr_…`
        id: String,
        /// Shown name.
        name: String,
        /// Their email.
        #[cfg_attr(feature = "openapi", schema(format = "email"))]
        email: String,
    }
    /// A member of an account.
    MemberResponse {
        /// Who.
        user: MemberUserResponse,
        /// Role code.
        role: String,
        /// Since when.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        joined_at: String,
    }
    /// What would be changed.
    ResourceResponse {
        /// `account`, `member`, `invitation`, `role`, `api_key`
        #[serde(rename = "type")]
        kind: &'static str,
        /// Its id or code.
        id: String,
    }
    /// One change of a dry run.
    PlannedChangeResponse {
        /// The word that the audit log would have for it. What only follows from another change has a word of its own:
        /// `active-account.reset`.
        #[cfg_attr(feature = "openapi", schema(example = "member.remove"))]
        action: &'static str,
        /// To what.
        resource: ResourceResponse,
        /// For a person.
        detail: String,
    }
    /// What would change; nothing has.
    DryRunResponse {
        /// Always true.
        dry_run: bool,
        /// Every id that would be touched.
        changes: Vec<PlannedChangeResponse>,
    }
    /// One answered check.
    CheckResponse {
        /// The permission code.
        permission: String,
        /// Whether the caller holds it now.
        allowed: bool,
        /// `granted` or `permission-missing`.
        #[cfg_attr(feature = "openapi", schema(example = "granted"))]
        reason: &'static str,
        /// With `explain`: the caller's role code.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(nullable = false))]
        role: Option<String>,
        /// With `explain`: role codes of the account that would allow.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(nullable = false))]
        granted_by: Option<Vec<String>>,
    }
    /// The answers, in the order of the questions.
    CheckPermissionsResponse {
        /// One per permission.
        results: Vec<CheckResponse>,
    }
    /// A short-lived permission token.
    TokenResponse {
        /// An EdDSA JWT; verify it with the keys at `/.well-known/jwks.json`.
        token: String,
        /// Always `Bearer`.
        token_type: &'static str,
        /// Seconds that it lives.
        expires_in: i64,
        /// When it ends.
        #[cfg_attr(feature = "openapi", schema(format = "date-time"))]
        expires_at: String,
    }
}

impl From<&AccountWithRole> for AccountResponse {
    fn from(answer: &AccountWithRole) -> Self {
        let account = &answer.account;
        AccountResponse {
            id: account.id.to_string(),
            kind: account.kind.as_str(),
            name: account.name.to_string(),
            owner: account.owner.to_string(),
            role: answer.role.to_string(),
            version: account.version,
            created_at: account.created_at.to_string(),
        }
    }
}

impl From<&MemberWithUser> for MemberResponse {
    fn from(answer: &MemberWithUser) -> Self {
        let user = &answer.user;
        MemberResponse {
            user: MemberUserResponse { id: user.id.to_string(), name: user.name.to_string(), email: user.email.as_str().to_owned() },
            role: answer.member.role.to_string(),
            joined_at: answer.member.joined_at.to_string(),
        }
    }
}

impl From<&[PlannedChange]> for DryRunResponse {
    fn from(changes: &[PlannedChange]) -> Self {
        let shown = |change: &PlannedChange| PlannedChangeResponse {
            action: change.action,
            resource: ResourceResponse { kind: change.resource.kind, id: change.resource.id.clone() },
            detail: change.detail.clone(),
        };
        DryRunResponse { dry_run: true, changes: changes.iter().map(shown).collect() }
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
