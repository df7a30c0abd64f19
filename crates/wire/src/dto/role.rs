//! DTOs of roles.

use super::macros::{requests, responses};
use rolecall_core::decision::roles::{NewRole, RoleDefinition, RoleUpdate};

requests! {
    /// Creation of a custom role.
    CreateRoleRequest {
        /// Role code: lower-case letters, digits and hyphens, starting with a letter; 1 to 40 characters.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 40, pattern = "^[a-z][a-z0-9-]*$", example = "on-call"))]
        code: String,
        /// Display title, 1 to 100 characters.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100, example = "On call"))]
        title: String,
        /// Permission codes, at most 256. The caller must hold each of them.
        #[cfg_attr(feature = "openapi", schema(max_items = 256, example = json!(["team.access", "pods.manage"])))]
        permissions: Vec<String>,
    }
    /// Update of a custom role.
    UpdateRoleRequest {
        /// Display title, 1 to 100 characters.
        #[cfg_attr(feature = "openapi", schema(nullable = false, min_length = 1, max_length = 100))]
        title: Option<String>,
        /// Permission codes, replacing the existing list; at most 256. The caller must hold each of them.
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
        /// Display title.
        title: String,
        /// Whether the role is defined by the policy, for every account.
        built_in: bool,
        /// Present and `true` if the policy gained a built-in role with this code after the team had created its custom role. In
        /// this account, the custom role applies until it is deleted.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(nullable = false))]
        overrides_built_in: Option<bool>,
        /// Permission codes, in the order of the policy.
        permissions: Vec<String>,
    }
}

impl From<CreateRoleRequest> for NewRole {
    fn from(request: CreateRoleRequest) -> Self {
        NewRole { code: request.code, title: request.title, permissions: request.permissions }
    }
}

impl From<UpdateRoleRequest> for RoleUpdate {
    fn from(request: UpdateRoleRequest) -> Self {
        RoleUpdate { title: request.title, permissions: request.permissions }
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
