//! The shapes of a problem as it is sent (RFC 9457), for the OpenAPI document.

use serde::Serialize;

/// A faulty field, as it is shown.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldProblem {
    /// JSON pointer into the body (RFC 6901), or `?name` for a query parameter.
    #[cfg_attr(feature = "openapi", schema(example = "/email"))]
    pub pointer: String,
    /// What is wrong.
    #[cfg_attr(feature = "openapi", schema(example = "email-malformed"))]
    pub code: String,
    /// One sentence for a person.
    pub detail: String,
}

/// What a refused caller would have needed.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DenialDetail {
    /// The permission that was needed and not held.
    #[cfg_attr(feature = "openapi", schema(example = "members.manage"))]
    pub permission: String,
    /// The caller's role.
    #[cfg_attr(feature = "openapi", schema(example = "dev"))]
    pub role: String,
    /// Roles of the account that would allow it.
    pub granted_by: Vec<String>,
}

/// A problem as it is sent (RFC 9457, `application/problem+json`).
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProblemDocument {
    /// Address of a page that explains the code.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(format = "uri"))]
    pub kind: String,
    /// The code's title.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// This occurrence.
    pub detail: String,
    /// `urn:uuid:` and the request id.
    pub instance: String,
    /// The stable code.
    pub code: String,
    /// Every faulty field; only with `fields-invalid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub errors: Option<Vec<FieldProblem>>,
    /// Only with `permission-missing` and `permission-escalation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub denial: Option<DenialDetail>,
}
