//! Roles, built-in and custom.

use super::{requests, responses};
use rolecall_core::decision::roles::RoleDefinition;

requests! {
    /// A custom role.
    CreateRoleRequest {
        /// Lower-case letters, digits and hyphens, beginning with a letter.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 40, pattern = "^[a-z][a-z0-9-]*$", example = "on-call"))]
        code: String,
        /// Shown title.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100, example = "On call"))]
        title: String,
        /// Permission codes; none that the caller does not hold.
        #[cfg_attr(feature = "openapi", schema(max_items = 256, example = json!(["team.access", "pods.manage"])))]
        permissions: Vec<String>,
    }
    /// What to change of a custom role.
    UpdateRoleRequest {
        /// Shown title.
        #[cfg_attr(feature = "openapi", schema(nullable = false, min_length = 1, max_length = 100))]
        title: Option<String>,
        /// All permission codes that it is to have.
        #[cfg_attr(feature = "openapi", schema(nullable = false, max_items = 256))]
        permissions: Option<Vec<String>>,
    }
}

responses! {
    /// A role of an account.
    RoleResponse {
        /// Role code.
        #[cfg_attr(feature = "openapi", schema(example = "dev"))]
        code: String,
        /// Shown title.
        title: String,
        /// Whether the policy defines it, for every account.
        built_in: bool,
        /// There, and true, where the policy got a role of this code after the team had made this one. In this account the
        /// team's counts, until the team deletes it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(nullable = false))]
        overrides_built_in: Option<bool>,
        /// Permission codes in the policy's order.
        permissions: Vec<String>,
    }
}

impl From<&RoleDefinition> for RoleResponse {
    fn from(role: &RoleDefinition) -> Self {
        RoleResponse {
            code: role.code.clone(),
            title: role.title.clone(),
            built_in: role.built_in,
            overrides_built_in: role.overrides_built_in.then_some(true),
            permissions: role.permissions.clone(),
        }
    }
}
