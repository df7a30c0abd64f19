//! What the service says about itself.

use super::responses;

responses! {
    /// The service answers, and so does its database.
    HealthResponse {
        /// Always `ok`; a service that is not well answers a problem.
        status: &'static str,
        /// The version that is deployed.
        version: &'static str,
    }
}

/// The policy as the deployer wrote it; sent as the very bytes of the file, so only its schema stands here.
#[cfg(feature = "openapi")]
pub(crate) mod schema {
    use super::responses;

    responses! {
        /// A permission of the policy.
        PolicyPermission {
            /// `resource.verb`
            #[schema(example = "pods.manage")]
            code: String,
            /// Shown title.
            title: String,
            /// For a person.
            description: String,
            /// What it is about.
            resource: String,
            /// What it lets one do with it.
            actions: Vec<String>,
        }
        /// A built-in role.
        PolicyRole {
            /// Role code.
            #[schema(example = "dev")]
            code: String,
            /// Shown title.
            title: String,
            /// Permission codes.
            permissions: Vec<String>,
        }
        /// A route behind the gateway.
        PolicyRoute {
            /// HTTP method.
            method: String,
            /// Path pattern.
            #[schema(example = "/api/pods/{id}")]
            path: String,
            /// The permission that it asks for.
            permission: String,
            /// `live`: checked against the database, not the token.
            #[schema(nullable = false)]
            freshness: Option<String>,
        }
        /// Permissions, roles and routes.
        PolicyResponse {
            /// Format version.
            version: i64,
            /// Every permission there is.
            permissions: Vec<PolicyPermission>,
            /// Built-in roles.
            roles: Vec<PolicyRole>,
            /// What the gateway lets through.
            routes: Vec<PolicyRoute>,
        }
    }
}
