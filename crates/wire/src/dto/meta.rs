//! DTOs of the service: health and policy.

use super::macros::responses;

responses! {
    /// Health of the service and its database.
    HealthResponse {
        /// Always `ok`; a failure is returned as a problem.
        status: &'static str,
        /// Deployed version.
        version: &'static str,
    }
}

/// Schema of the policy. The policy file is sent byte for byte, so that no DTO is needed.
#[cfg(feature = "openapi")]
pub(crate) mod schema {
    use super::super::macros::responses;

    responses! {
        /// A permission of the policy.
        PolicyPermission {
            /// Permission code, `resource.verb`.
            #[schema(example = "pods.manage")]
            code: String,
            /// Display title.
            title: String,
            /// Description for people.
            #[schema(nullable = false)]
            description: Option<String>,
            /// Resource type that the permission applies to.
            #[schema(nullable = false)]
            resource: Option<String>,
            /// Actions that the permission allows.
            #[schema(nullable = false)]
            actions: Option<Vec<String>>,
        }
        /// A built-in role.
        PolicyRole {
            /// Role code.
            #[schema(example = "dev")]
            code: String,
            /// Display title.
            title: String,
            /// Permission codes.
            permissions: Vec<String>,
        }
        /// A gateway route.
        PolicyRoute {
            /// HTTP method.
            method: String,
            /// Path pattern.
            #[schema(example = "/api/pods/{id}")]
            path: String,
            /// Required permission code.
            permission: String,
            /// `live` if the permission is checked in the database for every request, instead of from a token.
            #[schema(nullable = false)]
            freshness: Option<String>,
        }
        /// The policy of the deployment.
        PolicyResponse {
            /// Format version.
            version: i64,
            /// Permissions.
            permissions: Vec<PolicyPermission>,
            /// Built-in roles.
            roles: Vec<PolicyRole>,
            /// Gateway routes.
            #[schema(nullable = false)]
            routes: Option<Vec<PolicyRoute>>,
        }
    }
}
