//! Schemas of the problem document (RFC 9457), for the OpenAPI document.

use serde::Serialize;

/// An error of one field.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldProblem {
    /// JSON pointer into the request body (RFC 6901), or `?name` for a query parameter.
    #[cfg_attr(feature = "openapi", schema(example = "/email"))]
    pub pointer: String,
    /// Code of the error.
    #[cfg_attr(feature = "openapi", schema(example = "email-malformed"))]
    pub code: String,
    /// Description for people.
    pub detail: String,
}

/// Permission that a denied caller lacks.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DenialDetail {
    /// Missing permission.
    #[cfg_attr(feature = "openapi", schema(example = "members.manage"))]
    pub permission: String,
    /// Role code of the caller.
    #[cfg_attr(feature = "openapi", schema(example = "dev"))]
    pub role: String,
    /// Codes of the roles of the account that grant the permission.
    pub granted_by: Vec<String>,
}

/// A problem document (RFC 9457, `application/problem+json`).
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProblemDocument {
    /// URL of a page that explains the code.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(format = "uri"))]
    pub kind: String,
    /// Title of the code.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Description of this occurrence.
    pub detail: String,
    /// Request id as `urn:uuid:…`.
    pub instance: String,
    /// Stable problem code.
    pub code: String,
    /// Errors of fields; present with `fields-invalid` and `access-request-malformed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub errors: Option<Vec<FieldProblem>>,
    /// Missing permission; present with `permission-missing` and `permission-escalation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub denial: Option<DenialDetail>,
    /// Ways in which the caller can authenticate again, as `kind` in `GET /v1/me/sign-in-methods`, with `reauthentication-required`; what can
    /// be the second factor (`totp`, `recovery_code`, `passkey`), with `second-factor-required`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub methods: Option<Vec<String>>,
}
